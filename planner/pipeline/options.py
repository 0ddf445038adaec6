"""What a planner looks at before a plan is made: what each street_town allows, and what balance costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.pipeline.density import read_everything
from planner.pipeline.formation import organise
from planner.pipeline.network import network_for
from planner.pipeline.units import adjoin, cut_units
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
    layers, _density, tables = read_everything(scenario)
    network = network_for(scenario, crs=layers.crs, store=scenario.resolve(scenario.store.path))
    layers = cut_units(scenario, layers, network)
    formed = organise(scenario, layers, network).formed
    adjacency = adjoin(scenario, layers, formed, network, tables.links)
    return districting_problem(
        layers.units, formed.organisations, adjacency, scenario.rules.federations
    )
