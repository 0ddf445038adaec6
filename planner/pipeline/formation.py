"""From enterprises to union organisations: the plan's own, and the counts at all three levels of formation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from geodata.roads.osm_file import OSM_SUFFIXES

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.layers import Layers
    from geodata.roads import RoadNetwork
    from planner.organisations import OrganisationRules, Organisations
    from planner.organisations.continuity import Previous
    from planner.plan import Plan
    from planner.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Formation:
    """What organising gave.

    Parameters
    ----------
    formed
        Organisations at the level the policy plans for.
    counts
        Organisations and both rates by area, see `planner.organisations.formation_table`.
    off_site
        ``enterprise_id``, ``flag``, ``workers``: large enterprises whose workers are probably elsewhere.
    """

    formed: Organisations
    counts: pd.DataFrame
    off_site: pd.DataFrame


def organise(
    scenario: Scenario, layers: Layers, network: RoadNetwork, parent: Plan | None = None
) -> Formation:
    """Form union organisations by the policy's rules, carriers from footprints, neighbours by walking time.

    Organisations of the parent plan are kept while they can be, under their ids.
    """
    from planner.organisations import RoadWalks, flag_off_site, form_level, formation_table, survey
    from planner.organisations.counting import LEVELS
    from planner.pipeline.ground import water_barriers

    rules = organisation_rules(scenario)
    walks = RoadWalks(
        network,
        scenario.travel.mode,
        max_snap_m=scenario.travel.max_snap_m,
        barriers=water_barriers(scenario, network),
    )
    places = _footprints(scenario, layers.crs)
    standing = survey(layers.enterprises, layers.units, rules, places=places, walks=walks)
    levels = {
        level: form_level(standing, rules, level, previous_unions(parent, rules, level))
        for level in LEVELS
    }
    counts = formation_table(
        levels, layers.enterprises, layers.units, layers.street_towns, layers.boroughs
    )
    # a row split off to a workplace is where its workers are
    office = layers.enterprises[~layers.enterprises["enterprise_id"].str.contains("@", regex=False)]
    flagged = flag_off_site(office[office["in_scope"]], rules)
    return Formation(levels[rules.level], counts, flagged)


def previous_unions(parent: Plan | None, rules: OrganisationRules, level: str) -> Previous | None:
    """Return the parent's organisations for the level it planned for; other levels are counts and carry nothing on."""
    from planner.organisations.continuity import Previous

    if parent is None or level != rules.level:
        return None
    table = parent.layers["organisations"].drop(columns="geometry")
    return Previous(pd.DataFrame(table), parent.decisions["membership"])


def organisation_rules(scenario: Scenario) -> OrganisationRules:
    """Return the rules of forming organisations; the share of level ``at_85`` is the rate the policy asks for."""
    from planner.organisations import OrganisationRules

    policy = scenario.rules
    return OrganisationRules.from_policy(
        policy.organisations, formation_share=policy.rates.enterprises_share
    )


def _footprints(scenario: Scenario, crs: str) -> gpd.GeoDataFrame | None:
    """Return the buildings and named places of the road file, where the scenario wants them and the file has any."""
    from geodata.roads import read_carrier_places

    roads = scenario.resolve(scenario.inputs.roads)
    if not scenario.units.footprints or not roads.name.lower().endswith(OSM_SUFFIXES):
        return None
    places = read_carrier_places(roads, crs)
    return places if len(places) else None
