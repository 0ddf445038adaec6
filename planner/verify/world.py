"""What the checks of operations share: people by entity, who reaches which open site, where everything lies."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.scenario import Resources
from planner.verify.pairs import WayReach, all_pairs, host_open
from planner.verify.rows import named_rows, rows_of, values
from planner.verify.served import HOURS, Served

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from geodata.roads import RoadNetwork
    from planner.plan import Plan
    from planner.policy import Policy, Tier

DAYS = ("weekday", "weekend")


@dataclass(frozen=True, eq=False)
class World:
    """A plan and what is worked out again from it."""

    plan: Plan
    policy: Policy
    network: RoadNetwork
    notes: dict[str, Any] = field(default_factory=dict)
    _access_of: dict[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def resources(self) -> Resources:
        """What there was to plan with."""
        return Resources.model_validate(self.plan.manifest["scenario"].get("resources", {}))

    @property
    def day(self) -> date:
        """Day that shares and premises are read for."""
        return self.resources.day or self.policy.programme.begins

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """Candidates by id."""
        return self.plan.layers["sites"].set_index("site_id")

    @cached_property
    def opened_sites(self) -> dict[str, dict[str, Any]]:
        """Site id -> its row, of all premises that carry an open site."""
        return dict(named_rows(self.sites.loc[sorted(set(self.plan.facilities["site_id"]))]))

    @cached_property
    def enterprises(self) -> pd.DataFrame:
        """Enterprises in scope."""
        layer = self.plan.layers["enterprises"]
        return pd.DataFrame(layer[layer["in_scope"]].drop(columns="geometry"))

    @cached_property
    def people(self) -> pd.DataFrame:
        """Workers as demand: enterprises in scope, and those whom no row of the register explains."""
        columns = ["enterprise_id", "industry", "workers"]
        beyond = self.plan.layers.get("unregistered")
        if beyond is None or beyond.empty:
            return self.enterprises[columns]
        more = pd.DataFrame({"enterprise_id": beyond["unregistered_id"].to_numpy(), "industry": "", "workers": beyond["workers"].to_numpy()})  # fmt: skip
        return pd.concat([self.enterprises[columns], more], ignore_index=True)

    @cached_property
    def presence(self) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
        """Share of each one's workers present by hour, on weekdays and at weekends: as counted in the zone, else by industry."""
        rule = self.policy.hours
        profiles = {section: one for one in rule.presence for section in one.industries}
        general = next((one for one in rule.presence if not one.industries), rule.presence[0])
        known = {(g.weekday, g.weekend): (g.weekday, g.weekend) for g in rule.presence}
        found = {}
        for name, section in zip(
            self.people["enterprise_id"], self.people["industry"], strict=True
        ):
            one = profiles.get(section, general)
            found[str(name)] = known[one.weekday, one.weekend]
        counted = self.plan.layers.get("presence")
        if counted is None or counted.empty:
            return found
        shares = {
            (row["zone_id"], row["day"]): tuple(float(row[hour]) for hour in HOURS)
            for row in counted.to_dict(orient="records")
        }
        of_zone = {
            zone: tuple(shares.get((zone, day), getattr(general, day)) for day in DAYS)
            for zone, _day in shares
        }
        for name, zone in self._zones(counted).items():
            if name in found:
                found[name] = of_zone[zone]
        return found

    def _zones(self, counted: gpd.GeoDataFrame) -> dict[str, str]:
        """Return the first zone by id that holds each enterprise or place of unregistered workers."""
        import shapely

        zones = counted.drop_duplicates("zone_id").sort_values("zone_id")
        names, shapes = zones["zone_id"].tolist(), zones.geometry.to_numpy()
        found: dict[str, str] = {}
        layers = [(self.plan.layers["enterprises"], "enterprise_id")]
        if "unregistered" in self.plan.layers:
            layers.append((self.plan.layers["unregistered"], "unregistered_id"))
        tree = shapely.STRtree(shapes)
        for layer, id_column in layers:
            at, zone = tree.query(layer.geometry.to_numpy(), predicate="intersects")
            ids = layer[id_column].to_numpy(dtype=object)
            for k, z in sorted(zip(at.tolist(), zone.tolist(), strict=True), reverse=True):
                found[str(ids[k])] = names[z]
        return found

    @cached_property
    def access(self) -> dict[tuple[str, str], dict[str, str]]:
        """(layer, mode) -> access point of each entity that has one."""
        found: dict[tuple[str, str], dict[str, str]] = {}
        table = self.plan.derived["access"].dropna(subset="access_id")
        for (layer, mode), rows in table.groupby(["layer", "mode"]):
            found[str(layer), str(mode)] = dict(
                zip(rows["entity_id"], rows["access_id"], strict=True)
            )
        return found

    @cached_property
    def pairs(self) -> list[WayReach]:
        """All reach, searched again."""
        return all_pairs(self.plan, self.policy, self.network)

    @cached_property
    def served(self) -> dict[str, Served]:
        """Tier -> people by way and access point, with the sites they reach."""
        parts: dict[str, list[WayReach]] = {}
        for reach in self.pairs:
            parts.setdefault(reach.tier.name, []).append(reach)
        return {tier.name: self._served(tier, parts[tier.name]) for tier in self.policy.tiers}

    def _served(self, tier: Tier, ways: list[WayReach]) -> Served:
        opened = self.plan.facilities.loc[self.plan.facilities["tier"] == tier.name, "site_id"]
        sites = np.array(sorted(set(opened)), dtype=object)
        number = {name: k for k, name in enumerate(sites)}
        columns: list[tuple[np.ndarray, ...]] = []
        pairs: list[tuple[np.ndarray, ...]] = []
        done = 0
        for reach in ways:
            heads, hours = self._people_at(reach)
            here = np.flatnonzero((heads > 0) | hours.any(axis=1))
            place = np.full(len(reach.points), -1, dtype=np.int64)
            place[here] = done + np.arange(len(here))
            done += len(here)
            points = np.array(reach.points, dtype=object)[here]
            columns.append((np.full(len(here), reach.way.number), points, heads[here], hours[here]))
            of_site = np.array([number[name] for name in reach.sites], dtype=np.int64)
            keep = place[reach.row] >= 0
            if reach.way.needs_parking:
                parking = self.sites.loc[reach.sites, "ebike_parking"].to_numpy(float)
                keep &= (parking != 0)[reach.column]
            pairs.append(
                (place[reach.row][keep], of_site[reach.column[keep]], reach.deciseconds[keep])
            )
        group, site, time = (np.concatenate([part[k] for part in pairs]) for k in range(3))
        order = np.lexsort((site, time, group))
        way, access, heads, hours = (np.concatenate([part[k] for part in columns]) for k in range(4))  # fmt: skip
        counted = [self.open_at_siting(tier, name) for name in sites]
        host = np.array(counted, dtype=bool).reshape(len(sites), 24)  # bool without any site, too
        return Served(tier, way, access, heads, hours, sites, host, group[order], site[order], time[order])  # fmt: skip

    def _people_at(self, reach: WayReach) -> tuple[np.ndarray, np.ndarray]:
        """Return workers, and outdoor workers by hour, at each access point of a way."""
        way, count = reach.way, len(reach.points)
        place = {name: k for k, name in enumerate(reach.points)}
        access = self.access.get((way.demand, way.mode), {})
        heads, hours = np.zeros(count), np.zeros((count, 24))
        outdoor = way.demand == "outdoor"
        frame = self.plan.layers["outdoor"] if outdoor else self.people
        if outdoor:
            frame = frame[frame["kind"].isin(way.kinds)]
        names = frame["outdoor_id" if outdoor else "enterprise_id"]
        at = np.array([place.get(access.get(name, ""), -1) for name in names], dtype=np.int64)
        on = at >= 0
        if outdoor:
            np.add.at(hours, at[on], frame[HOURS].to_numpy(float)[on])
        else:
            np.add.at(heads, at[on], frame["workers"].to_numpy(float)[on])
        return heads, hours

    @cached_property
    def host(self) -> dict[str, np.ndarray]:
        """Hours each open site's host keeps, bool (24,)."""
        return {name: host_open(row, self.policy.hours) for name, row in self.opened_sites.items()}

    def access_of(self, mode: str) -> np.ndarray:
        """Return the access point of each of `people` for a mode, empty where there is none."""
        if mode not in self._access_of:
            known = self.access.get(("workers", mode), {})
            names = values(self.people["enterprise_id"])
            self._access_of[mode] = np.array([known.get(name, "") for name in names], object)
        return self._access_of[mode]

    def opened(self, served: Served, day: str) -> np.ndarray:
        """Return bool (sites, 24): whether each site of a tier is open at half past each hour of a day."""
        closed = np.zeros(24, dtype=bool)
        rows = [self.open_hours.get((f"{served.tier.name}:{s}", day), closed) for s in served.sites]
        return np.array(rows, dtype=bool).reshape(len(rows), 24)

    def since(self, served: Served, unknown: int) -> np.ndarray:
        """Return the half-year each site of a tier opens in."""
        table = self.plan.decisions["programme"]
        known = dict(zip(table["facility_id"], table["half_year"], strict=True))
        return np.array([int(known.get(f"{served.tier.name}:{s}", unknown)) for s in served.sites])

    def open_at_siting(self, tier: Tier, site_id: str) -> np.ndarray:
        """Return the hours a site counted in when it was chosen."""
        return (
            self.host[site_id]
            if tier.hours == "host" and tier.demand == "outdoor"
            else np.ones(24, bool)
        )

    @cached_property
    def unit_district(self) -> dict[str, str]:
        """District of each basic unit."""
        table = self.plan.decisions["unit_district"]
        return dict(zip(table["unit_id"], table["district_id"], strict=True))

    @cached_property
    def organisation_place(self) -> pd.DataFrame:
        """District and street_town of each organised enterprise's union, by ``enterprise_id``."""
        member = self.plan.decisions["membership"].set_index("enterprise_id")["organisation_id"]
        district = self.plan.decisions["organisation_district"].set_index("organisation_id")[
            "district_id"
        ]
        return pd.DataFrame({"district_id": member.map(district)})

    def units_of(
        self, points: gpd.GeoDataFrame, id_column: str, slack_m: float = 0.0
    ) -> dict[str, set[str]]:
        """Return the units each point touches; with slack, a border belongs to either side."""
        import shapely

        units = self.plan.layers["units"]
        tree = shapely.STRtree(np.asarray(units.geometry.array, dtype=object))
        spots = np.asarray(points.geometry.array, dtype=object)
        near, unit = tree.query(spots, predicate="dwithin", distance=slack_m)
        names, ids = values(points[id_column]), values(units["unit_id"])
        found: dict[str, set[str]] = {}
        for k, u in zip(near.tolist(), unit.tolist(), strict=True):
            found.setdefault(names[k], set()).add(ids[u])
        return found

    @cached_property
    def unit_town(self) -> dict[str, str]:
        """Street_town of each basic unit."""
        units = self.plan.layers["units"]
        return dict(zip(units["unit_id"], units["street_town_id"], strict=True))

    @cached_property
    def town_borough(self) -> dict[str, str]:
        """Borough of each street_town."""
        towns = self.plan.layers["street_towns"]
        return dict(zip(towns["street_town_id"], towns["borough_id"], strict=True))

    @cached_property
    def windows(self) -> dict[str, dict[str, list[tuple[int, int]]]]:
        """Facility -> kind of day -> its windows, minutes after midnight."""
        found: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for row in rows_of(self.plan.decisions["hours"]):
            day = found.setdefault(str(row.facility_id), {}).setdefault(str(row.day), [])
            day.append((int(row.opens_min), int(row.closes_min)))
        return found

    @cached_property
    def open_hours(self) -> dict[tuple[str, str], np.ndarray]:
        """(facility, kind of day) -> whether it is open at half past each hour, bool (24,)."""
        half = np.arange(24) * 60 + 30
        return {
            (facility, day): np.any([(half >= a) & (half < b) for a, b in spans], axis=0)
            for facility, days in self.windows.items()
            for day, spans in days.items()
        }

    def is_open(self, facility_id: str, day: str, hour: int) -> bool:
        """Return whether a site is open at half past an hour."""
        hours = self.open_hours.get((facility_id, day))
        return hours is not None and bool(hours[hour])
