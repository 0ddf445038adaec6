"""What runs on the chosen sites: posts, money, hours, programme, services; each step of the line in a few lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.bargaining import bargaining, mediation
from planner.budget import custody, enterprise_dues, federation_budget, site_costs
from planner.equity import equity
from planner.hourly import hourly_coverage
from planner.hours import Timetable, plan_hours
from planner.kit import kit_table
from planner.presence import Profiles, profiles_of
from planner.programme import Programme, plan_programme
from planner.readiness import propose_models, readiness
from planner.rooms import rooms_of
from planner.services import catchments, service_lists, standards
from planner.staffing import staff_districts
from planner.targets import hand_down

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from geodata.layers import Layers
    from planner.organisations import Organisations
    from planner.pipeline.ground import Ground
    from planner.pipeline.sites import TierAnswer
    from planner.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Settled:
    """What the stages before gave and every later step looks at.

    Parameters
    ----------
    scenario, layers, formed, ground
        Settings and frames.
    districts
        Federations.
    siting
        Answers of the tiers, in the policy's order.
    facilities
        All open sites.
    unregistered
        Workers whom no row of the register explains.
    """

    scenario: Scenario
    layers: Layers
    formed: Organisations
    ground: Ground
    districts: pd.DataFrame
    siting: list[TierAnswer]
    facilities: pd.DataFrame
    unregistered: gpd.GeoDataFrame

    @cached_property
    def people(self) -> pd.DataFrame:
        """Workers as demand: enterprises in scope, and workers whom no row of the register explains."""
        from planner.kpis import with_unregistered

        return with_unregistered(self.enterprises, pd.DataFrame(self.unregistered))

    @cached_property
    def profiles(self) -> Profiles:
        """Presence of all people: counted in their zone where the scenario has counts, else by industry."""
        counted = self.layers.presence
        zone = None if counted is None else self.zone_of(counted)
        table = None if counted is None else pd.DataFrame(counted.drop(columns="geometry"))
        return profiles_of(self.people["industry"], self.scenario.rules.hours, zone, table)

    def zone_of(self, zones: gpd.GeoDataFrame) -> pd.Series:
        """Return the zone each of the people lies in, missing outside all; of several the first by id."""
        points = pd.concat(
            [
                self.layers.enterprises.set_index("enterprise_id").geometry,
                self.unregistered.set_index("unregistered_id").geometry,
            ]
        )
        spots = gpd_frame(points.loc[self.people["enterprise_id"]].to_numpy(), zones.crs)
        joined = spots.sjoin(zones[["zone_id", "geometry"]], predicate="intersects")
        first = joined.groupby(level=0)["zone_id"].min()
        return pd.Series(first.reindex(range(len(spots))), dtype=object)

    @cached_property
    def answers(self) -> dict[str, TierAnswer]:
        """Tier -> its answer."""
        tiers = self.scenario.rules.tiers
        return {tier.name: answer for tier, answer in zip(tiers, self.siting, strict=True)}

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """Candidates, indexed by ``site_id``."""
        return self.ground.sites.set_index("site_id")

    @property
    def day(self) -> date:
        """Day that shares of dues, refunds and premises are read for."""
        return self.scenario.resources.day or self.scenario.rules.programme.begins

    @property
    def enterprises(self) -> pd.DataFrame:
        """Enterprises in scope, without geometry."""
        layer = self.layers.enterprises
        return pd.DataFrame(layer[layer["in_scope"]].drop(columns="geometry"))

    @property
    def district_of(self) -> pd.Series:
        """District of each organised enterprise, indexed by ``enterprise_id``."""
        unit = self.formed.organisations.set_index("organisation_id")["unit_id"]
        members = self.formed.membership.set_index("enterprise_id")["organisation_id"]
        found: pd.Series = members.map(unit).map(self.unit_area("district_id"))
        return found

    @cached_property
    def town_of(self) -> pd.Series:
        """Street_town of each enterprise in scope by its own place, indexed by ``enterprise_id``.

        Enterprises of other jurisdictions are in no organisation and stand where their point lies.
        """
        known = self.formed.places.set_index("enterprise_id")["street_town_id"]
        layer = self.layers.enterprises
        rest = layer[layer["in_scope"] & ~layer["enterprise_id"].isin(known.index)]
        elsewhere = self.area_of_points(rest, "enterprise_id", "street_town_id")
        units = self.unregistered.set_index("unregistered_id")["unit_id"]
        beyond = units.map(self.unit_area("street_town_id")).dropna()
        inside: pd.Series = pd.concat([known, elsewhere, beyond])
        return inside

    def area_of_points(self, layer: gpd.GeoDataFrame, id_column: str, area: str) -> pd.Series:
        """Return the area each point lies in, indexed by its id; points outside every unit are absent."""
        from geodata.areas import unit_of

        if layer.empty:
            return pd.Series(dtype=object)
        units = unit_of(layer.geometry, self.layers.units)["unit_id"]
        areas = pd.Series(units.to_numpy(), index=layer[id_column].to_numpy())
        found: pd.Series = areas.map(self.unit_area(area)).dropna()
        return found

    def unit_area(self, area: str) -> pd.Series:
        """Return an area of each basic unit."""
        return self.ground.unit_area[area]


def gpd_frame(points: np.ndarray, crs: object) -> gpd.GeoDataFrame:
    """Return points as a frame numbered from 0."""
    import geopandas as gpd

    return gpd.GeoDataFrame(geometry=points, crs=crs)


def targets(scenario: Scenario, layers: Layers, formed: Organisations) -> pd.DataFrame:
    """Hand the city's numbers down to boroughs and street_towns."""
    return hand_down(scenario.rules, pd.DataFrame(formed.organisations), layers.street_towns)


def post_staff(scenario: Scenario, districts: pd.DataFrame) -> pd.DataFrame:
    """Post professionals to federations."""
    return staff_districts(districts, scenario.rules.staffing, scenario.resources.professionals)


@dataclass(frozen=True, eq=False)
class Money:
    """What sites cost, federations' budgets, and what a street_town's custody centre keeps."""

    costs: pd.DataFrame
    budget: pd.DataFrame
    custody: pd.DataFrame


def count_money(settled: Settled, staffing: pd.DataFrame) -> Money:
    """Work out costs, dues and budgets."""
    rules = settled.scenario.rules
    costs = site_costs(rules, settled.facilities, settled.sites)
    dues = enterprise_dues(settled.enterprises, rules.money, settled.day)
    budget = federation_budget(
        rules, settled.districts, staffing, dues, settled.district_of, costs, settled.facilities,
        settled.day,
    )  # fmt: skip
    kept = custody(
        rules, budget, settled.districts, settled.facilities, settled.layers.street_towns
    )
    return Money(costs, budget, kept)


def set_hours(settled: Settled, staffing: pd.DataFrame) -> Timetable:
    """Choose opening hours."""
    rules = settled.scenario.rules
    people = settled.people[["enterprise_id", "workers"]].copy()
    for name in rules.hours.tiers:
        people[f"row_{name}"] = demand_row(settled, name, people["enterprise_id"])
    reached = {name: settled.answers[name].reached for name in rules.hours.tiers}
    return plan_hours(
        rules, settled.facilities, settled.sites, staffing, people, settled.profiles, reached
    )


def demand_row(settled: Settled, tier_name: str, entities: pd.Series) -> np.ndarray:
    """Return the row of a tier's demand each enterprise is in; -1 where it is in none."""
    tier = settled.scenario.rules.tier(tier_name)
    access = settled.ground.demand["workers", tier.mode].entities.set_index("entity_id")[
        "access_id"
    ]
    rows = settled.answers[tier_name].reached.rows
    place = pd.Series(np.arange(len(rows)), index=rows["access_id"])
    found = entities.map(access).map(place).fillna(-1)
    return np.asarray(found, dtype=np.int64)


def phase(settled: Settled, staffing: pd.DataFrame, money: Money) -> Programme:
    """Choose the half-year each site opens in."""
    scenario = settled.scenario
    reached = {name: answer.reached for name, answer in settled.answers.items()}
    return plan_programme(
        scenario.rules, scenario.resources, settled.facilities, settled.sites, money.costs, staffing,
        reached, seed=scenario.seed,
    )  # fmt: skip


def serve(
    settled: Settled,
    staffing: pd.DataFrame,
    money: Money,
    timetable: Timetable,
    goals: pd.DataFrame,
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Return the models proposed, and the tables that follow from the plan: readiness, bargaining, services, equity."""
    rules, layers, ground = settled.scenario.rules, settled.layers, settled.ground
    ready = readiness(
        rules, settled.districts, staffing, money.budget, settled.facilities, settled.sites,
        ground.site_area["district_id"], settled.day,
    )  # fmt: skip
    models = propose_models(rules, ready, settled.districts, layers.street_towns, goals)
    cases = settled.area_of_points(layers.disputes, "dispute_id", "district_id")
    seats = mediation(
        rules, settled.districts, settled.facilities, cases,
        layers.disputes.set_index("dispute_id")["settled"],
    )  # fmt: skip
    special = settled.facilities[settled.facilities["tier"].isin(rules.services.special_tiers)]
    catchment = catchments(
        rules, settled.enterprises, _nearest(settled, rules.services.special_tiers), special,
        _outdoor_by_district(settled), seats,
    )  # fmt: skip
    reached = {tier.name: entity_reach(settled, tier.name) for tier in rules.tiers}
    tables = {
        "readiness": ready,
        "kit": kit_table(rules, settled.facilities, settled.sites),
        "bargaining": bargaining(
            settled.enterprises, settled.town_of.reindex(settled.formed.membership["enterprise_id"]), rules.bargaining
        ),
        "mediation": seats,
        "catchments": catchment,
        "services": service_lists(rules, settled.facilities, catchment),
        "standards": standards(
            rules, settled.facilities, settled.sites, timetable.hours, staffing, ready
        ),
        "equity": equity(
            rules, reached, settled.people, settled.town_of, pd.DataFrame(layers.outdoor)
        ),
        "hourly": hourly_coverage(
            rules, timetable.hours,
            {name: answer.reached for name, answer in settled.answers.items()},
            {tier.name: demand_row(settled, tier.name, settled.people["enterprise_id"]) for tier in rules.tiers if tier.demand == "workers"},
            settled.people, settled.profiles, layers.outdoor, ground.demand,
        ),
        "rooms": rooms_of(
            rules, settled.sites, {name: answer.reached for name, answer in settled.answers.items()}, layers.outdoor, ground.demand
        ),
    }  # fmt: skip
    return models, tables


def entity_reach(settled: Settled, tier_name: str) -> pd.DataFrame:
    """Return one row per entity and block of hours of a tier: ``entity_id``, ``weight``, ``deciseconds``."""
    from planner.kpis import reached_by

    tier = settled.scenario.rules.tier(tier_name)
    access = {key: one.entities.set_index("entity_id")["access_id"] for key, one in settled.ground.demand.items()}  # fmt: skip
    return reached_by(
        tier,
        settled.people,
        pd.DataFrame(settled.layers.outdoor),
        lambda demand, mode: access[demand, mode],
        settled.answers[tier_name].reach,
    )


def _nearest(settled: Settled, tiers: tuple[str, ...]) -> pd.Series:
    """Return each enterprise's nearest site of the tiers named, the first tier that has one."""
    found = pd.Series(dtype=object)
    for name in tiers:
        tier = settled.scenario.rules.tier(name)
        access = settled.ground.demand["workers", tier.mode].entities.dropna(subset="access_id")
        nearest = settled.answers[name].reach.set_index("access_id")["site_id"]
        sites = access.set_index("entity_id")["access_id"].map(nearest).dropna()
        found = found.combine_first(name + ":" + sites.astype(str)) if len(found) else name + ":" + sites.astype(str)  # fmt: skip
    return found


def _outdoor_by_district(settled: Settled) -> pd.Series:
    outdoor = settled.layers.outdoor
    districts = settled.area_of_points(outdoor, "outdoor_id", "district_id")
    hours = [f"h{hour:02d}" for hour in range(24)]
    mean = outdoor.set_index("outdoor_id")[hours].sum(axis=1) / 24.0
    sums: pd.Series = mean.reindex(districts.index).groupby(districts.to_numpy()).sum()
    return sums
