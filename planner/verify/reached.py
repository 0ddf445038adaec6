"""Who reaches what: nearest sites, cards, coverage by hour, by group, by half-year, and room, all worked out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geodata.messages import translator
from planner.verify.compare import differing
from planner.verify.finding import Finding, finding
from planner.verify.pairs import within
from planner.verify.rows import lookup
from planner.verify.served import HOURS

if TYPE_CHECKING:
    from planner.policy import Tier
    from planner.verify.served import Served
    from planner.verify.world import World

_ = translator("planner")

DAYS = ("weekday", "weekend")

LINEAR_MOST = 400_000
"""Pairs up to which the most that can be served is worked out again as a linear programme."""


def check_reach(world: World) -> list[Finding]:
    """Compare each row's nearest open site and time with those searched again, hour by hour for hosted sites."""
    found: list[Finding] = []
    said = world.plan.derived["reach"]
    for tier in world.policy.tiers:
        served, mine = world.served[tier.name], said[said["tier"] == tier.name]
        way, mask = mine["way"].to_numpy(np.int64), mine["hours"].to_numpy(np.int64)
        stated = mine["deciseconds"].to_numpy(np.int64)
        access = mine["access_id"].to_numpy(dtype=object)
        group = np.full(len(mine), -1, dtype=np.int64)
        for number in np.unique(way):
            group[way == number] = served.place(access[way == number], int(number))
        known = group >= 0
        off = np.zeros(len(served.access), dtype=bool)
        for slot in served.slots:
            rows = known & ((mask >> slot & 1) == 1) if slot >= 0 else known
            times = np.bincount(group[rows], minlength=len(off))
            total = np.bincount(group[rows], stated[rows], minlength=len(off))
            nearest, _site = served.nearest(slot)
            reached = nearest >= 0
            wrong = (times != reached) | (reached & (total != nearest))
            off |= wrong & (served.weight(slot) > 0)
        names = [*served.access[off], *access[~known]]
        found += finding(
            "reach", _("access points whose time to the nearest site differs"), names, tier.name
        )
        elsewhere = access[known][_not_so_near(served, mine["site_id"], group, stated)[known]]
        found += finding(
            "reach_site",
            _("access points booked to a site that is not so near"),
            elsewhere,
            tier.name,
        )
    return found


def _not_so_near(
    served: Served, sites: pd.Series, group: np.ndarray, stated: np.ndarray
) -> np.ndarray:
    """Return which booked rows name a site that is not the stated time away."""
    number = {name: k for k, name in enumerate(served.sites)}
    site = np.array([number.get(name, -1) for name in sites], dtype=np.int64)
    many = len(served.sites) + 1
    pairs = pd.Series(served.time, index=served.group * many + served.site)
    found = pairs.reindex(np.where(site >= 0, group * many + site, -1)).to_numpy(float)
    return np.asarray(found != stated)


def check_parent_reach(world: World) -> list[Finding]:
    """Search from parents to the sites under them, where the policy says how far they may be."""
    plan, network = world.plan, world.network
    points = plan.derived["access_points"]
    found: list[Finding] = []
    for tier in world.policy.tiers:
        if tier.parent_cutoff_min is None:
            continue
        mine = plan.facilities[(plan.facilities["tier"] == tier.name) & ~plan.facilities["compulsory"].astype(bool)]  # fmt: skip
        access = world.access.get(("sites", tier.mode), {})
        table = points[points["mode"] == tier.mode].set_index("access_id")
        site_of = lookup(plan.facilities, "facility_id", "site_id")
        own = [access.get(site, "") for site in mine["site_id"]]
        above = [access.get(site_of.get(p, ""), "") for p in mine["parent_facility_id"]]
        children, parents = sorted(set(own) - {""}), sorted(set(above) - {""})
        row, column, _time = within(
            network, network.modes[tier.mode], table.loc[children], table.loc[parents], round(tier.parent_cutoff_min * 600)
        )  # fmt: skip
        near = {(children[r], parents[c]) for r, c in zip(row.tolist(), column.tolist(), strict=True)}  # fmt: skip
        far = [f for f, pair in zip(mine["facility_id"], zip(own, above, strict=True), strict=True) if pair not in near]  # fmt: skip
        found += finding("parent_reach", _("sites out of reach of their parent"), far, tier.name)
    return found


def check_cards(world: World) -> list[Finding]:
    """Count people within reach of each site, and those only it reaches."""
    names: list[str] = []
    within: list[float] = []
    only: list[float] = []
    for tier in world.policy.tiers:
        served = world.served[tier.name]
        inside, alone = np.zeros(len(served.sites)), np.zeros(len(served.sites))
        for slot in served.slots:
            group, site, _time = served.pairs(slot)
            weight = served.weight(slot)[group]
            inside += np.bincount(site, weight, len(inside))
            single = np.bincount(group, minlength=len(served.access))[group] == 1
            alone += np.bincount(site[single], weight[single], len(alone))
        names += [f"{tier.name}:{site}" for site in served.sites]
        within += inside.tolist()
        only += alone.tolist()
    again = pd.DataFrame({"facility_id": names, "within": within, "only_here": only})
    return differing("site_cards", _("sites whose people within reach do not add up"), world.plan.derived["site_cards"], again, ["facility_id"], "site_cards")  # fmt: skip


def hourly_again(world: World) -> pd.DataFrame:
    """Return people present and covered by tier, day and hour."""
    rows = []
    profiles, number = profile_of(world)
    workers = world.people["workers"].to_numpy(float)
    outdoor = world.plan.layers["outdoor"]
    for tier in world.policy.tiers:
        served = world.served[tier.name]
        for d, day in enumerate(DAYS):
            near = served.open_in(world.opened(served, day))
            present, covered = np.zeros(24), np.zeros(24)
            if tier.demand == "outdoor":
                kinds = [kind for way in tier.streams for kind in way.kinds]
                present = outdoor.loc[outdoor["kind"].isin(kinds), HOURS].sum().to_numpy(float)
                covered[served.slots] = (served.hours * near).sum(axis=0)[served.slots]
            else:
                place = served.place(world.access_of(tier.mode), 0)
                on = place >= 0
                for k, share in enumerate(profiles[:, d]):
                    mine = number == k
                    here = np.bincount(place[mine & on], workers[mine & on], len(near))
                    present += workers[mine].sum() * share
                    covered += (here @ near) * share
            rows += [(tier.name, day, h, present[h], covered[h]) for h in range(24)]
    return pd.DataFrame(rows, columns=["tier", "day", "hour", "present", "covered"])


def profile_of(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return the profiles of presence there are, (profiles, 2, 24), and the number of each person's."""
    known: dict[tuple[tuple[float, ...], tuple[float, ...]], int] = {}
    names = world.people["enterprise_id"].astype(str)
    number = [known.setdefault(world.presence[name], len(known)) for name in names]
    return np.array(list(known), dtype=float).reshape(-1, 2, 24), np.array(number, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Entities:
    """A tier's demand, one row per entity and, outdoors, hour: place in its layer, kind, weight, deciseconds or -1."""

    row: np.ndarray
    kind: np.ndarray
    weight: np.ndarray
    time: np.ndarray


def entities(world: World, tier: Tier) -> Entities:
    """Return everybody a tier serves, with the time to the nearest site that is open then."""
    served = world.served[tier.name]
    outdoor = world.plan.layers["outdoor"]
    parts: list[tuple[np.ndarray, ...]] = []
    for way in tier.streams:
        if way.demand != "outdoor":
            place = served.place(world.access_of(way.mode), way.number)
            weight = world.people["workers"].to_numpy(float)
            none = np.full(len(weight), "", dtype=object)
            parts.append((np.arange(len(weight)), none, weight, _taken(served.nearest(-1)[0], place)))  # fmt: skip
            continue
        rows = np.flatnonzero(outdoor["kind"].isin(way.kinds))
        mine = outdoor.iloc[rows]
        access = world.access.get(("outdoor", way.mode), {})
        place = served.place(
            np.array([access.get(name, "") for name in mine["outdoor_id"]], object), way.number
        )
        kinds = mine["kind"].to_numpy(dtype=object)
        for slot in served.slots:
            weight = mine[HOURS[slot]].to_numpy(float)
            parts.append((rows, kinds, weight, _taken(served.nearest(slot)[0], place)))
    return Entities(*(np.concatenate([part[k] for part in parts]) for k in range(4)))


def _taken(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return values at places, -1 where there is no place."""
    found: np.ndarray = np.append(values, -1)[place]
    return found


def equity_again(world: World, town_of: dict[str, str]) -> pd.DataFrame:
    """Return coverage by group of each tier, by plain sums."""
    rows: list[tuple[object, ...]] = []
    names = world.people["enterprise_id"]
    small = world.people["workers"].to_numpy() < world.policy.equity.small_workers
    groups = {
        "street_town": np.array([town_of.get(name, "") for name in names], dtype=object),
        "industry": world.people["industry"].to_numpy(dtype=object),
        "size": np.where(small, "small", "other").astype(object),
    }
    for tier in world.policy.tiers:
        people = entities(world, tier)
        keys = {by: group[people.row] for by, group in groups.items()}
        if tier.demand == "outdoor":
            keys = {"outdoor": people.kind}
        reached = people.time >= 0
        minutes = people.weight * np.where(reached, people.time, 0) / 600.0
        for by, key in keys.items():
            known, at = np.unique(key.astype(str), return_inverse=True)
            sums = [np.bincount(at, one, len(known)) for one in (people.weight, people.weight * reached, minutes)]  # fmt: skip
            rows += [(tier.name, by, name, *_shares(*map(float, one))) for name, *one in zip(known.tolist(), *sums, strict=True)]  # fmt: skip
        # The longest ways first; the last of them counts in part.
        order = np.argsort(np.where(reached, -people.time, -(10**9)), kind="stable")
        weight, time = people.weight[order], people.time[order]
        before = np.concatenate([[0.0], np.cumsum(weight)[:-1]])
        left = world.policy.equity.worst_share * float(people.weight.sum())
        part = np.clip(left - before, 0.0, weight)
        near = time >= 0
        worst = [float(part.sum()), float(part[near].sum()), float((part * time)[near].sum() / 600.0)]  # fmt: skip
        if worst[0] > 0:
            rows.append((tier.name, "worst_tenth", "worst_tenth", *_shares(*worst)))
    columns = ["tier", "by", "group", "people", "covered", "coverage_share", "mean_min"]
    return pd.DataFrame(rows, columns=columns)


def _shares(people: float, covered: float, time: float) -> tuple[float, float, float, float]:
    return people, covered, covered / people if people else 0.0, time / covered if covered else 0.0


def coverage_again(world: World) -> pd.DataFrame:
    """Return people within reach of an open site by half-year and tier."""
    rows = []
    last = world.policy.programme.half_years + 1
    for tier in world.policy.tiers:
        served = world.served[tier.name]
        since = world.since(served, last + 1)
        total, covered = 0.0, np.zeros(last + 1)
        for slot in served.slots:
            weight = served.weight(slot)
            first = served.earliest(slot, since, last + 1)
            total += float(weight.sum())
            covered += np.bincount(first, weight, last + 2)[: last + 1]
        rows += [(half, tier.name, total, up) for half, up in enumerate(np.cumsum(covered))]
    return pd.DataFrame(rows, columns=["half_year", "tier", "people", "covered"])


def check_rooms(world: World) -> list[Finding]:
    """Work out seats, who comes in the busiest hour, and the most that can be served (as a linear programme)."""
    rows = []
    for tier in world.policy.tiers:
        rule = tier.capacity
        if rule is None:
            continue
        served = world.served[tier.name]
        hour = _busiest(world, tier)
        load, reach = _loads(served, hour, rule.visit_share)
        room = {}
        for site in served.sites:
            row = world.opened_sites[site]
            area = 0.0 if pd.isna(row["floor_area_m2"]) else float(row["floor_area_m2"])
            seats = min(max(area // rule.m2_per_seat, rule.seats_least), rule.seats_most)
            seats = int(seats if pd.isna(row["seats"]) else row["seats"])
            room[site] = round(seats * rule.visits_per_seat_hour * 100)
        most = _most_served(load, reach, list(room.values()))
        rows.append((tier.name, hour, sum(load), sum(room.values()), most))
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


def _loads(served: Served, slot: int, share: float) -> tuple[list[int], list[tuple[int, ...]]]:
    """Return people (hundredths) by the sites they reach; those who reach the same ones are one load."""
    exact = served.weight(slot) * share * 100
    # Halves are halves whatever the order of the sum: a millionth of a hundredth decides nothing.
    people = np.rint(np.round(exact, 6)).astype(np.int64)
    group, site, _time = served.pairs(slot)
    order = np.lexsort((site, group))
    group, site = group[order], site[order]
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, int)
    loads: dict[tuple[int, ...], int] = {}
    for start, end in zip(first.tolist(), [*first[1:].tolist(), len(group)], strict=False):
        key = tuple(site[start:end].tolist())
        loads[key] = loads.get(key, 0) + int(people[group[start]])
    return list(loads.values()), list(loads)


def _most_served(load: list[int], reach: list[tuple[int, ...]], room: list[int]) -> float | None:
    """Return the most that fit, by linear programming; None where there are too many pairs for that."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    pairs = [(k, site) for k, sites in enumerate(reach) for site in sites]
    if not pairs:
        return 0.0
    if len(pairs) > LINEAR_MOST:
        return None
    rows = [k for k, _site in pairs] + [len(load) + site for _k, site in pairs]
    columns = [*range(len(pairs)), *range(len(pairs))]
    matrix = csr_array(
        (np.ones(len(rows)), (rows, columns)), shape=(len(load) + len(room), len(pairs))
    )
    answer: Any = linprog(  # type: ignore[call-overload]
        -np.ones(len(pairs)), A_ub=matrix, b_ub=[*load, *room], method="highs"
    )
    return -float(answer.fun)


def check_operations_reach(world: World, town_of: dict[str, str]) -> list[Finding]:
    """Compare coverage by hour, by group and by half-year."""
    derived = world.plan.derived
    found = differing("hourly", _("hours of a tier whose coverage does not follow from opening hours"), derived["hourly"], hourly_again(world), ["tier", "day", "hour"], "hourly")  # fmt: skip
    found += differing("equity", _("groups whose coverage does not add up"), derived["equity"], equity_again(world, town_of), ["tier", "by", "group"], "equity")  # fmt: skip
    return found + differing("programme_coverage", _("half-years whose coverage does not follow from what is open"), derived["programme_coverage"], coverage_again(world), ["half_year", "tier"], "programme")  # fmt: skip
