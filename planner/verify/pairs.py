"""Minutes from people to every open site, searched again with scipy: one search per site, a few at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.reach import TINY, ends_of, same_edge

if TYPE_CHECKING:
    import pandas as pd

    from geodata.roads import RoadNetwork
    from geodata.roads.network import ModeGraph
    from planner.plan import Plan
    from planner.policy import Policy, Tier, Way

CELLS = 30_000_000
"""Most distances held at once."""

HALF = np.arange(24) * 60 + 30


@dataclass(frozen=True, eq=False)
class WayReach:
    """What one way of a tier reaches: ``matrix`` (points, sites) of deciseconds, -1 out of the cutoff."""

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
            names = here.loc[here["layer"] == way.demand, "access_id"].dropna().unique().tolist()
            spots = sorted(set(at))
            row, spot, time = within(
                network, network.modes[way.mode], table.loc[names], table.loc[spots], round(way.cutoff_min * 600)
            )  # fmt: skip
            # Several sites may stand at one access point.
            holders: dict[str, list[int]] = {}
            for column, name in enumerate(at.index):
                holders.setdefault(at[name], []).append(column)
            count = np.array([len(holders[name]) for name in spots], dtype=np.int64)
            columns = [holders[spots[k]] for k in spot.tolist()]
            times = count[spot] if len(spot) else np.zeros(0, np.int64)
            flat = np.array([one for some in columns for one in some], dtype=np.int64)
            found.append(
                WayReach(tier, way, names, list(at.index), np.repeat(row, times), flat, np.repeat(time, times))
            )  # fmt: skip
    return found


def within(
    network: RoadNetwork, graph: ModeGraph, demand: pd.DataFrame, sites: pd.DataFrame, cutoff_ds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Return (demand row, site row, deciseconds) of all pairs within the cutoff, inclusive."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n, many = network.n_nodes, len(sites)
    nothing = np.zeros(0, np.int64)
    if not many or demand.empty:
        return nothing, nothing, nothing
    tail = np.repeat(np.arange(n), np.diff(graph.indptr))
    rows, columns, costs = [graph.heads.astype(np.int64)], [tail], [graph.cost_ds.astype(float)]
    for site, node, cost in ends_of(network, graph, sites, leaving=False):
        rows.append(n + site)
        columns.append(node)
        costs.append(cost.astype(float))
    row, column, cost = (np.concatenate(part) for part in (rows, columns, costs))
    order = np.lexsort((cost, column, row))
    row, column, cost = row[order], column[order], cost[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    matrix = csr_array(
        (np.maximum(cost[first], TINY), (row[first], column[first])), shape=(n + many, n + many)
    )
    ends = _Ends(ends_of(network, graph, demand, leaving=True), n)
    direct = same_edge(graph, demand, sites)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    step = max(1, CELLS // (n + many))
    for start in range(0, many, step):
        part = np.arange(start, min(start + step, many))
        distance = dijkstra(matrix, indices=n + part, limit=cutoff_ds + 0.4)
        site, node = np.nonzero(distance[:, :n] <= cutoff_ds + 0.4)
        who, which, time = ends.reached(site, node, distance[site, node])
        here = (direct[1] >= start) & (direct[1] < start + len(part))
        who = np.concatenate([who, direct[0][here]])
        which = np.concatenate([which + start, direct[1][here]])
        time = np.concatenate([time, direct[2][here]])
        time = np.rint(time).astype(np.int64)
        near = time <= cutoff_ds
        found.append(_shortest(who[near], which[near], time[near]))
    return tuple(np.concatenate([part[k] for part in found]) for k in range(3))  # type: ignore[return-value]


class _Ends:
    """Points by the node they reach the network at, with what the way there costs."""

    def __init__(self, ends: list[tuple[np.ndarray, ...]], nodes: int) -> None:
        who, node, cost = (np.concatenate([part[k] for part in ends]) for k in range(3))
        order = np.argsort(node, kind="stable")
        self.who, self.cost = who[order], cost[order].astype(float)
        self.bounds = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=nodes))])

    def reached(
        self, site: np.ndarray, node: np.ndarray, time: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (point, site, time) through every node a site reaches."""
        count = self.bounds[node + 1] - self.bounds[node]
        first = np.repeat(self.bounds[node] - np.cumsum(count) + count, count)
        at = first + np.arange(len(first))
        return self.who[at], np.repeat(site, count), np.repeat(time, count) + self.cost[at]


def _shortest(
    who: np.ndarray, which: np.ndarray, time: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each pair once, with its shortest time."""
    order = np.lexsort((time, which, who))
    who, which, time = who[order], which[order], time[order]
    first = np.ones(len(who), dtype=bool)
    first[1:] = (who[1:] != who[:-1]) | (which[1:] != which[:-1])
    return who[first], which[first], time[first]


def host_open(site: pd.Series, rule: object) -> np.ndarray:
    """Return bool (24,): whether a host is open at half past each hour."""
    opens = site["opens"] if isinstance(site["opens"], str) else rule.host_opens  # type: ignore[attr-defined]
    closes = site["closes"] if isinstance(site["closes"], str) else rule.host_closes  # type: ignore[attr-defined]
    a, b = (int(text[:2]) * 60 + int(text[3:5]) for text in (opens, closes))
    return (a <= HALF) & (b > HALF) if b > a else (a <= HALF) | (b > HALF)
