"""Who reaches what: nearest sites, cards, coverage by hour, by group, by half-year, and room, all worked out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geodata.messages import translator
from planner.verify.compare import differing
from planner.verify.finding import Finding, finding
from planner.verify.rows import lookup, rows_of

if TYPE_CHECKING:
    from planner.policy import Tier
    from planner.verify.world import Group, World

_ = translator("planner")

LINEAR_MOST = 400_000
"""Pairs up to which the most that can be served is worked out again as a linear programme."""


def check_reach(world: World) -> list[Finding]:
    """Compare each row's nearest open site and time with those searched again, hour by hour for hosted sites."""
    found: list[Finding] = []
    said = world.plan.derived["reach"]
    for tier in world.policy.tiers:
        mine = said[said["tier"] == tier.name]
        booked: dict[tuple[int, str], list[tuple[int, str, int]]] = {}
        for row in rows_of(mine):
            key = (int(row.way), str(row.access_id))
            booked.setdefault(key, []).append(
                (int(row.hours), str(row.site_id), int(row.deciseconds))
            )
        wrong, elsewhere = [], []
        for group in world.groups[tier.name]:
            rows = booked.pop((group.way, group.access_id), [])
            times = dict(group.near)
            for hour in hours_of(tier, group):
                nearest = next(
                    (t for s, t in group.near if hour < 0 or world.open_at_siting(tier, s)[hour]),
                    -1,
                )
                stated = [t for mask, _site, t in rows if hour < 0 or mask >> hour & 1]
                if stated != ([nearest] if nearest >= 0 else []):
                    wrong.append(group.access_id)
                    break
            elsewhere += [group.access_id for _mask, site, t in rows if times.get(site) != t]
        wrong += [name for _way, name in booked]
        found += finding(
            "reach", _("access points whose time to the nearest site differs"), wrong, tier.name
        )
        found += finding(
            "reach_site",
            _("access points booked to a site that is not so near"),
            elsewhere,
            tier.name,
        )
    return found


def hours_of(tier: Tier, group: Group) -> list[int]:
    """Return the hours in which a group counts; -1 where hours do not matter."""
    if tier.demand != "outdoor":
        return [-1]
    first, last = tier.period.first_hour, tier.period.last_hour
    return [hour for hour in range(first, last + 1) if group.hours[hour] > 0]


def weight_in(group: Group, hour: int) -> float:
    """Return people of a group in an hour; heads where hours do not matter."""
    return float(group.heads if hour < 0 else group.hours[hour])


def reachable(world: World, tier: Tier, group: Group, hour: int) -> list[str]:
    """Return the sites a group reaches in an hour, nearest first."""
    return [s for s, _time in group.near if hour < 0 or world.open_at_siting(tier, s)[hour]]


def check_cards(world: World) -> list[Finding]:
    """Count people within reach of each site, and those only it reaches."""
    within: dict[str, float] = {}
    only: dict[str, float] = {}
    for name in world.plan.facilities["facility_id"]:
        within[name] = only[name] = 0.0
    for tier in world.policy.tiers:
        for group in world.groups[tier.name]:
            for hour in hours_of(tier, group):
                sites, weight = reachable(world, tier, group, hour), weight_in(group, hour)
                for site in sites:
                    within[f"{tier.name}:{site}"] += weight
                if len(sites) == 1:
                    only[f"{tier.name}:{sites[0]}"] += weight
    again = pd.DataFrame({"facility_id": list(within), "within": list(within.values()), "only_here": list(only.values())})  # fmt: skip
    return differing("site_cards", _("sites whose people within reach do not add up"), world.plan.derived["site_cards"], again, ["facility_id"], "site_cards")  # fmt: skip


def hourly_again(world: World) -> pd.DataFrame:
    """Return people present and covered by tier, day and hour."""
    rows = []
    by_profile: dict[tuple[tuple[float, ...], ...], dict[str, float]] = {}
    for name, workers in zip(world.people["enterprise_id"], world.people["workers"], strict=True):
        one = by_profile.setdefault(world.presence[str(name)], {})
        one[name] = one.get(name, 0.0) + float(workers)
    outdoor = world.plan.layers["outdoor"]
    for tier in world.policy.tiers:
        total = {(day, hour): 0.0 for day in ("weekday", "weekend") for hour in range(24)}
        covered = dict(total)
        opened = {(group.way, group.access_id): group for group in world.groups[tier.name]}
        if tier.demand == "outdoor":
            kinds = [kind for way in tier.streams for kind in way.kinds]
            sums = outdoor.loc[outdoor["kind"].isin(kinds), [f"h{h:02d}" for h in range(24)]].sum()
            for day, hour in total:
                total[day, hour] = float(sums[f"h{hour:02d}"])
        for d, day in enumerate(("weekday", "weekend")):
            near_at = {key: _open_hours(world, tier, group, day) for key, group in opened.items()}
            if tier.demand == "outdoor":
                for key, group in opened.items():
                    for hour in range(tier.period.first_hour, tier.period.last_hour + 1):
                        covered[day, hour] += float(group.hours[hour]) * near_at[key][hour]
                continue
            access = world.access.get(("workers", tier.mode), {})
            for profile, people in by_profile.items():
                share = profile[d]
                everybody = sum(people.values())
                met = np.zeros(24)
                for name, workers in people.items():
                    here = near_at.get((0, access.get(name, "")))
                    if here is not None:
                        met += workers * here
                for hour in range(24):
                    total[day, hour] += everybody * share[hour]
                    covered[day, hour] += met[hour] * share[hour]
        rows += [
            (tier.name, day, hour, total[day, hour], covered[day, hour]) for day, hour in total
        ]
    return pd.DataFrame(rows, columns=["tier", "day", "hour", "present", "covered"])


def _open_hours(world: World, tier: Tier, group: Group, day: str) -> np.ndarray:
    """Return bool (24,): whether a group reaches a site that is open at half past each hour."""
    found = np.zeros(24, dtype=bool)
    for site, _time in group.near:
        hours = world.open_hours.get((f"{tier.name}:{site}", day))
        if hours is not None:
            found |= hours & world.open_at_siting(tier, site)
    return found


def entity_rows(world: World, tier: Tier) -> list[tuple[str, str, float, int]]:
    """Return (entity, kind, weight, deciseconds or -1) per entity and, outdoors, hour."""
    nearest = {}
    for group in world.groups[tier.name]:
        for hour in hours_of(tier, group):
            site = next(
                ((s, t) for s, t in group.near if hour < 0 or world.open_at_siting(tier, s)[hour]),
                None,
            )
            nearest[group.way, group.access_id, hour] = -1 if site is None else site[1]
    rows = []
    outdoor = world.plan.layers["outdoor"]
    for way in tier.streams:
        access = world.access.get((way.demand, way.mode), {})
        if way.demand == "outdoor":
            mine = outdoor[outdoor["kind"].isin(way.kinds)]
            for hour in range(tier.period.first_hour, tier.period.last_hour + 1):
                for name, kind, weight in zip(
                    mine["outdoor_id"], mine["kind"], mine[f"h{hour:02d}"], strict=True
                ):
                    rows.append(
                        (
                            name,
                            kind,
                            float(weight),
                            nearest.get((way.number, access.get(name, ""), hour), -1),
                        )
                    )
        else:
            for name, workers in zip(
                world.people["enterprise_id"], world.people["workers"], strict=True
            ):
                rows.append(
                    (
                        name,
                        "",
                        float(workers),
                        nearest.get((way.number, access.get(name, ""), -1), -1),
                    )
                )
    return rows


def equity_again(world: World, town_of: dict[str, str]) -> pd.DataFrame:
    """Return coverage by group of each tier, by plain sums."""
    rows = []
    industry = dict(zip(world.people["enterprise_id"], world.people["industry"], strict=True))
    workers = dict(zip(world.people["enterprise_id"], world.people["workers"], strict=True))
    for tier in world.policy.tiers:
        people = entity_rows(world, tier)
        keys: dict[str, list[str]] = {}
        if tier.demand == "outdoor":
            keys["outdoor"] = [kind for _name, kind, _weight, _time in people]
        else:
            small = world.policy.equity.small_workers
            keys["street_town"] = [town_of.get(row[0], "") for row in people]
            keys["industry"] = [industry[row[0]] for row in people]
            keys["size"] = ["small" if workers[row[0]] < small else "other" for row in people]
        for by, names in keys.items():
            sums: dict[str, list[float]] = {}
            for name, (_entity, _kind, weight, time) in zip(names, people, strict=True):
                one = sums.setdefault(name, [0.0, 0.0, 0.0])
                one[0] += weight
                if time >= 0:
                    one[1] += weight
                    one[2] += weight * time / 600.0
            rows += [(tier.name, by, name, *_shares(*one)) for name, one in sums.items()]
        left = world.policy.equity.worst_share * sum(row[2] for row in people)
        worst = [0.0, 0.0, 0.0]
        for _entity, _kind, weight, time in sorted(
            people, key=lambda r: -(r[3] if r[3] >= 0 else 10**9)
        ):
            part = min(weight, left)
            left -= part
            worst[0] += part
            if time >= 0:
                worst[1] += part
                worst[2] += part * time / 600.0
        if worst[0] > 0:
            rows.append((tier.name, "worst_tenth", "worst_tenth", *_shares(*worst)))
    columns = ["tier", "by", "group", "people", "covered", "coverage_share", "mean_min"]
    return pd.DataFrame(rows, columns=columns)


def _shares(people: float, covered: float, time: float) -> tuple[float, float, float, float]:
    return people, covered, covered / people if people else 0.0, time / covered if covered else 0.0


def coverage_again(world: World) -> pd.DataFrame:
    """Return people within reach of an open site by half-year and tier."""
    since = lookup(world.plan.decisions["programme"], "facility_id", "half_year")
    rows = []
    last = world.policy.programme.half_years + 1
    for tier in world.policy.tiers:
        first: list[tuple[float, int]] = []
        for group in world.groups[tier.name]:
            for hour in hours_of(tier, group):
                sites = reachable(world, tier, group, hour)
                opens = min(
                    (int(since.get(f"{tier.name}:{s}", last + 1)) for s in sites), default=last + 1
                )
                first.append((weight_in(group, hour), opens))
        total = sum(weight for weight, _opens in first)
        rows += [
            (half, tier.name, total, sum(w for w, opens in first if opens <= half))
            for half in range(last + 1)
        ]
    return pd.DataFrame(rows, columns=["half_year", "tier", "people", "covered"])


def check_rooms(world: World) -> list[Finding]:
    """Work out seats, who comes in the busiest hour, and the most that can be served (as a linear programme)."""
    rows = []
    for tier in world.policy.tiers:
        rule = tier.capacity
        if rule is None:
            continue
        hour = _busiest(world, tier)
        load, reach = [], []
        for group in world.groups[tier.name]:
            sites = reachable(world, tier, group, hour)
            people = round(weight_in(group, hour) * rule.visit_share * 100)
            if sites and (hour < 0 or group.hours[hour] > 0):
                load.append(people)
                reach.append(sites)
        opened = world.plan.facilities.loc[world.plan.facilities["tier"] == tier.name, "site_id"]
        room = {}
        for site in opened:
            row = world.sites.loc[site]
            area = 0.0 if pd.isna(row["floor_area_m2"]) else float(row["floor_area_m2"])
            seats = min(max(area // rule.m2_per_seat, rule.seats_least), rule.seats_most)
            seats = int(seats if pd.isna(row["seats"]) else row["seats"])
            room[site] = round(seats * rule.visits_per_seat_hour * 100)
        served = _most_served(load, reach, room)
        rows.append((tier.name, hour, sum(load), sum(room.values()), served))
    again = pd.DataFrame(rows, columns=["tier", "hour", "load", "room", "served"])
    said = world.plan.derived["rooms"]
    found = differing("rooms", _("tiers whose room or load does not follow from seats and people"), said, again.drop(columns="served"), ["tier"], "rooms")  # fmt: skip
    known = again.dropna(subset="served").merge(said, on="tier", suffixes=("", "_said"))
    off = known.loc[(known["served"] - known["served_said"]).abs() > 1, "tier"]
    above = said.loc[(said["served"] > said["load"]) | (said["served"] > said["room"]), "tier"]
    return found + finding("capacity", _("tiers that serve more or fewer than their seats allow"), [*off, *above], "rooms")  # fmt: skip


def _busiest(world: World, tier: Tier) -> int:
    if tier.demand != "outdoor":
        return -1
    kinds = [kind for way in tier.streams for kind in way.kinds]
    outdoor = world.plan.layers["outdoor"]
    mine = outdoor[outdoor["kind"].isin(kinds)]
    hours = range(tier.period.first_hour, tier.period.last_hour + 1)
    return max(hours, key=lambda h: (round(float(mine[f"h{h:02d}"].sum()), 6), -h))


def _most_served(load: list[int], reach: list[list[str]], room: dict[str, int]) -> float | None:
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    pairs = [(k, site) for k, sites in enumerate(reach) for site in sites]
    if not pairs:
        return 0.0
    if len(pairs) > LINEAR_MOST:
        return None
    place = {site: len(load) + k for k, site in enumerate(room)}
    rows = [k for k, _site in pairs] + [place[site] for _k, site in pairs]
    columns = [*range(len(pairs)), *range(len(pairs))]
    matrix = csr_array(
        (np.ones(len(rows)), (rows, columns)), shape=(len(load) + len(room), len(pairs))
    )
    answer: Any = linprog(  # type: ignore[call-overload]
        -np.ones(len(pairs)), A_ub=matrix, b_ub=[*load, *room.values()], method="highs"
    )
    return -float(answer.fun)


def check_operations_reach(world: World, town_of: dict[str, str]) -> list[Finding]:
    """Compare coverage by hour, by group and by half-year."""
    derived = world.plan.derived
    found = differing("hourly", _("hours of a tier whose coverage does not follow from opening hours"), derived["hourly"], hourly_again(world), ["tier", "day", "hour"], "hourly")  # fmt: skip
    found += differing("equity", _("groups whose coverage does not add up"), derived["equity"], equity_again(world, town_of), ["tier", "by", "group"], "equity")  # fmt: skip
    return found + differing("programme_coverage", _("half-years whose coverage does not follow from what is open"), derived["programme_coverage"], coverage_again(world), ["half_year", "tier"], "programme")  # fmt: skip
