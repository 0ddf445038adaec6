"""What a planner looks at before a plan is made: what each street_town allows, and what balance costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.pipeline.density import read_everything
from planner.pipeline.districts import carry_districts
from planner.pipeline.existing import existing_federations
from planner.pipeline.formation import Survey, fit_joint_unions, organise
from planner.pipeline.network import network_for
from planner.pipeline.parent import read_parent
from planner.pipeline.sub_areas import unit_sub_areas
from planner.pipeline.units import adjoin, cut_units
from planner.problems.districting import districting_problem

if TYPE_CHECKING:
    import pandas as pd

    from planner.districting import DistrictingProblem
    from planner.scenario import Scenario


def districts_to_draw(scenario: Scenario) -> tuple[DistrictingProblem, pd.DataFrame]:
    """Return the districting problem of a scenario, as its run would solve it; nothing but the network is stored.

    Beside it the sizes of joint unions, see `planner.problems.joint_sizes`.

    Raises
    ------
    GeodataError, PlannerError
        For inputs that cannot be used.
    """
    layers, _density, tables = read_everything(scenario)
    store = scenario.resolve(scenario.store.path)
    network = network_for(scenario, crs=layers.crs, store=store)
    layers = cut_units(scenario, layers, network)
    parent = read_parent(scenario, store)
    surveyed = Survey(scenario, layers, network)
    formation = organise(surveyed, parent)
    adjacency = adjoin(scenario, layers, formation.formed, network, tables.links)
    formation = fit_joint_unions(
        surveyed,
        formation,
        adjacency=adjacency,
        listed=tables.federations,
        parent=parent,
    )
    formed = formation.formed
    layers, existing = existing_federations(tables.federations, layers, formed, adjacency)
    base = districting_problem(
        layers.units,
        formed.organisations,
        adjacency,
        scenario.rules.federations,
        unit_sub_areas(tables, layers),
    )
    carried, _before = carry_districts(
        scenario, base, layers.units, formed, existing=existing, parent=parent
    )
    return (base if carried is None else carried.problem), formation.sizes
