"""Minutes from people to every open site, searched again: outward from each site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.verify.reach import ends_of, same_edge
from planner.verify.rows import values
from planner.verify.search import near_pairs, rows_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geodata.roads import RoadNetwork
    from geodata.roads.network import ModeGraph
    from planner.plan import Plan
    from planner.policy import Policy, Tier, Way
    from planner.rules.hours import HoursRule

HALF = np.arange(24) * 60 + 30


@dataclass(frozen=True, eq=False)
class WayReach:
    """What one way of a tier reaches: rows of ``points``, columns of ``sites``, deciseconds of each pair within the cutoff."""

    tier: Tier
    way: Way
    points: list[str]
    sites: list[str]
    row: np.ndarray
    column: np.ndarray
    deciseconds: np.ndarray


def all_pairs(plan: Plan, policy: Policy, network: RoadNetwork) -> list[WayReach]:
    """Search from every open site of every tier, for each way people come."""
    access, points = plan.derived["access"], plan.derived["access_points"]
    found = []
    for tier in policy.tiers:
        opened = sorted(plan.facilities.loc[plan.facilities["tier"] == tier.name, "site_id"])
        for way in tier.streams:
            here = access[access["mode"] == way.mode]
            table = points[points["mode"] == way.mode].set_index("access_id")
            of_site = here[here["layer"] == "sites"].set_index("entity_id")["access_id"]
            at = of_site.reindex(opened).dropna()
            names = values(
                here.loc[here["layer"] == way.demand, "access_id"].dropna().drop_duplicates()
            )
            spots = sorted(set(at))
            row, spot, time = within(
                network, network.modes[way.mode], table.loc[names], table.loc[spots], round(way.cutoff_min * 600)
            )  # fmt: skip
            # Several sites may stand at one access point.
            held = pd.Index(spots).get_indexer(at.to_numpy(dtype=object))
            holders, bounds = rows_by(held, len(spots))
            times = np.diff(bounds)[spot]
            first = np.repeat(bounds[spot] - np.cumsum(times) + times, times)
            flat = holders[first + np.arange(len(first))]
            found.append(
                WayReach(tier, way, names, list(at.index), np.repeat(row, times), flat.astype(np.int32), np.repeat(time, times))
            )  # fmt: skip
    return found


def within(
    network: RoadNetwork, graph: ModeGraph, demand: pd.DataFrame, sites: pd.DataFrame, cutoff_ds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Return (demand row, site row, deciseconds) of all pairs within the cutoff, inclusive, each once."""
    n, many = network.n_nodes, len(sites)
    nothing = np.zeros(0, np.int64)
    if not many or demand.empty:
        return nothing, nothing, nothing
    tail = np.repeat(np.arange(n), np.diff(graph.indptr))
    order, arc_bounds = rows_by(graph.heads.astype(np.int64), n)
    site, node, cost = _joined(ends_of(network, graph, sites, leaving=False))
    by_site, seed_bounds = rows_by(site, many)
    point, at, way = _joined(ends_of(network, graph, demand, leaving=True))
    by_node, end_bounds = rows_by(at, n)
    found = near_pairs(
        arc_bounds, tail[order], graph.cost_ds.astype(np.int64)[order],
        seed_bounds, node[by_site], cost[by_site],
        end_bounds, point[by_node], way[by_node], len(demand), cutoff_ds,
    )  # fmt: skip
    direct = same_edge(graph, demand, sites)
    near = direct[2] <= cutoff_ds
    who, which, time = (
        np.concatenate([a, b[near].astype(np.int32)]) for a, b in zip(found, direct, strict=True)
    )
    return _shortest(who, which, time, many, cutoff_ds) if near.any() else (who, which, time)


def _joined(parts: list[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    return tuple(np.concatenate([part[k] for part in parts]).astype(np.int64) for k in range(3))


def _shortest(
    who: np.ndarray, which: np.ndarray, time: np.ndarray, sites: int, cutoff_ds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each pair once, with its shortest time."""
    # Pair and time in one number: sorting numbers is several times faster than sorting rows.
    pair, times = who.astype(np.int64) * sites + which, cutoff_ds + 1
    ordered = np.sort(pair * times + time)
    pair, time = np.divmod(ordered, times)
    first = np.ones(len(pair), dtype=bool)
    first[1:] = pair[1:] != pair[:-1]
    who, which = np.divmod(pair[first], sites)
    return who.astype(np.int32), which.astype(np.int32), time[first].astype(np.int32)


def host_open(site: Mapping[str, Any], rule: HoursRule) -> np.ndarray:
    """Return bool (24,): whether a host is open at half past each hour."""
    opens = site["opens"] if isinstance(site["opens"], str) else rule.host_opens
    closes = site["closes"] if isinstance(site["closes"], str) else rule.host_closes
    a, b = (int(text[:2]) * 60 + int(text[3:5]) for text in (opens, closes))
    return (a <= HALF) & (b > HALF) if b > a else (a <= HALF) | (b > HALF)
