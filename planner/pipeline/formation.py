"""From enterprises to union organisations: the plan's own, and the counts at all three levels of formation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from geodata.roads.osm_file import OSM_SUFFIXES

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.layers import Layers
    from geodata.roads import RoadNetwork
    from planner.organisations import OrganisationRules, Organisations, Standing
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
    sizes
        Size of joint unions by street_town, see `planner.problems.joint_sizes`; no rows before they are fitted, and where the
        policy leaves them alone.
    """

    formed: Organisations
    counts: pd.DataFrame
    off_site: pd.DataFrame
    sizes: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Survey:
    """Where enterprises stand and who is next to whom, found out when first asked and known from then on."""

    scenario: Scenario
    layers: Layers
    network: RoadNetwork

    @cached_property
    def rules(self) -> OrganisationRules:
        """Rules of forming organisations."""
        return organisation_rules(self.scenario)

    @cached_property
    def standing(self) -> Standing:
        """Carriers from footprints and neighbours by walking time."""
        return _survey(self.scenario, self.layers, self.network, self.rules)


def organise(surveyed: Survey, parent: Plan | None = None) -> Formation:
    """Form union organisations by the policy's rules, carriers from footprints, neighbours by walking time.

    Organisations of the parent plan are kept while they can be, under their ids.
    """
    from planner.organisations import flag_off_site, form_level, formation_table
    from planner.organisations.counting import LEVELS
    from planner.problems.joint_sizes import COLUMNS

    rules, standing, layers = surveyed.rules, surveyed.standing, surveyed.layers
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
    return Formation(levels[rules.level], counts, flagged, pd.DataFrame(columns=list(COLUMNS)))


def fit_joint_unions(
    surveyed: Survey,
    formation: Formation,
    *,
    adjacency: pd.DataFrame,
    listed: pd.DataFrame | None = None,
    parent: Plan | None = None,
) -> Formation:
    """Form joint unions larger or smaller where, at the policy's size, a street_town cannot have all districts in band.

    Unions of today, of the parent plan, of the list of existing federations (``listed``) and those a pin names stay. Where
    covered units count instead of organisations, sizes change nothing and are left alone.
    """
    from planner.organisations import formation_table, settle
    from planner.organisations.drawing import draw
    from planner.organisations.resizing import with_reshared
    from planner.problems.districting import districting_problem
    from planner.problems.joint_sizes import fit_joint_sizes, short_of_band

    scenario, layers, rules = surveyed.scenario, surveyed.layers, surveyed.rules
    federations = scenario.rules.federations
    if not scenario.rules.organisations.resize_joint_unions or federations.count != "organisations":
        return formation
    formed = formation.formed
    previous = previous_unions(parent, rules, rules.level)
    problem = districting_problem(layers.units, formed.organisations, adjacency, federations)
    if not short_of_band(problem):
        return formation
    standing = surveyed.standing
    drawn = draw(standing, rules, previous)
    held = _held(scenario, formed, listed)
    taken, sizes = fit_joint_sizes(problem, standing, drawn, rules, held)
    if not taken:
        return replace(formation, sizes=sizes)
    formed = settle(standing, with_reshared(drawn, taken), rules, previous)
    counts = formation_table(
        {rules.level: formed},
        layers.enterprises,
        layers.units,
        layers.street_towns,
        layers.boroughs,
    )
    anew = [f"{what}_{rules.level}" for what in ("organisations", "own", "joint")]
    counted = formation.counts.assign(**{name: counts[name] for name in anew})
    return Formation(formed, counted, formation.off_site, sizes)


def _held(scenario: Scenario, formed: Organisations, listed: pd.DataFrame | None) -> set[str]:
    """Return the enterprises whose union a pin or the list of existing federations names."""
    named = {pin.id for pin in scenario.change.pins if pin.kind == "organisation"}
    if listed is not None:
        named |= set(listed["organisation_id"].dropna()) | set(listed["organisation_name"].dropna())
    unions = formed.organisations
    hit = unions["organisation_id"].isin(named) | unions["name"].isin(named)
    member = formed.membership
    return set(
        member.loc[
            member["organisation_id"].isin(unions.loc[hit, "organisation_id"]), "enterprise_id"
        ]
    )


def _survey(
    scenario: Scenario, layers: Layers, network: RoadNetwork, rules: OrganisationRules
) -> Standing:
    """Find carriers from footprints and neighbours by walking time."""
    from planner.organisations import RoadWalks, survey
    from planner.pipeline.ground import water_barriers

    walks = RoadWalks(
        network,
        scenario.travel.mode,
        max_snap_m=scenario.travel.max_snap_m,
        barriers=water_barriers(scenario, network),
    )
    places = _footprints(scenario, layers.crs)
    return survey(layers.enterprises, layers.units, rules, places=places, walks=walks)


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
        policy.organisations,
        formation_share=policy.rates.enterprises_share,
        carrier_organisations_most=max(1, int(policy.federations.organisations.most)),
        carrier_workers_most=max(1, int(policy.federations.workers.most)),
    )


def _footprints(scenario: Scenario, crs: str) -> gpd.GeoDataFrame | None:
    """Return the buildings and named places of the road file, where the scenario wants them and the file has any."""
    from geodata.roads import read_carrier_places

    roads = scenario.resolve(scenario.inputs.roads)
    if not scenario.units.footprints or not roads.name.lower().endswith(OSM_SUFFIXES):
        return None
    places = read_carrier_places(roads, crs)
    return places if len(places) else None
