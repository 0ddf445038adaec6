"""What a planner looks at before a plan is made: what each street_town allows, and what balance costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.pipeline.density import read_all_inputs
from planner.pipeline.network import network_for
from planner.pipeline.steps import adjoin, organise
from planner.problems.districting import districting_problem

if TYPE_CHECKING:
    from planner.districting import DistrictingProblem
    from planner.scenario import Scenario


def districts_to_draw(scenario: Scenario) -> DistrictingProblem:
    """Return the districting problem of a scenario, as its run would solve it; nothing but the network is stored.

    Raises
    ------
    GeodataError, PlannerError
        For inputs that cannot be used.
    """
    layers, _density = read_all_inputs(scenario)
    network = network_for(scenario, crs=layers.crs, store=scenario.resolve(scenario.store.path))
    formed = organise(scenario, layers)
    adjacency = adjoin(scenario, layers, formed, network)
    return districting_problem(
        layers.units, formed.organisations, adjacency, scenario.rules.federations
    )
