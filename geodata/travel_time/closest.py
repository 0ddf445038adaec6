# ruff: noqa: PLR0917, C901 - a numba kernel is one loop over plain arrays
"""The nearest few facilities of every point."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import Fault, InvalidRowsError
from geodata.messages import translator
from geodata.travel_time.bits import kernel
from geodata.travel_time.bucket import UNREACHED, Arcs
from geodata.travel_time.checks import (
    ALL_DAY,
    check_points,
    checked_ids,
    cutoff_deciseconds,
    mode_graph,
)
from geodata.travel_time.engine import time_dtype
from geodata.travel_time.graphs import directed
from geodata.travel_time.matrix import side, target_index, trip_links
from geodata.travel_time.points import Side, Targets, on_same_edge
from geodata.travel_time.times import TravelTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geodata.roads.network import RoadNetwork, Snapped

_ = translator("geodata")


@kernel
def _label(
    arcs: Arcs, end: Side, k: int, cutoff: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Give every node its k nearest destinations, on the reversed graph; ties go to the earlier one.

    Dijkstra's algorithm with up to k labels at each node, ordered by (time, destination).
    """
    n = len(arcs.indptr) - 1
    held = np.zeros(n, np.int32)
    who = np.empty((n, k), np.int32)
    when = np.empty((n, k), np.int32)
    heap: Any = [(np.int64(0), np.int64(0), np.int64(0)) for _ in range(0)]
    for row in range(len(end.edge)):
        for slot in range(2):
            node, d = np.int64(end.node[row, slot]), np.int64(end.cost[row, slot])
            if node >= 0 and d <= cutoff:
                heappush(heap, (d, np.int64(row), node))
    while len(heap) > 0:
        d, point, node = heappop(heap)
        if held[node] == k:
            continue
        known = False
        for j in range(held[node]):
            known = known or who[node, j] == point
        if known:
            continue
        who[node, held[node]] = point
        when[node, held[node]] = d
        held[node] += 1
        for arc in range(arcs.indptr[node], arcs.indptr[node + 1]):
            head, total = np.int64(arcs.heads[arc]), d + np.int64(arcs.cost[arc])
            if total <= cutoff and held[head] < k:
                heappush(heap, (total, point, head))
    return held, who, when


@kernel
def _offer(who: NDArray[np.int64], when: NDArray[np.int64], used: int, point: int, d: int) -> int:
    """Add a candidate, or lower it when it is known; return how many there are."""
    for j in range(used):
        if who[j] == point:
            when[j] = min(when[j], d)
            return used
    who[used] = point
    when[used] = d
    return used + 1


@kernel
def _choose(
    start: Side, target: Targets, held: NDArray[np.int32], node_who: NDArray[np.int32],
    node_when: NDArray[np.int32], k: int, cutoff: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:  # fmt: skip
    """Take each origin's k nearest from the labels of its nodes and the points of its own edge."""
    n = len(start.edge)
    counts = np.zeros(n, np.int64)
    indices = np.empty(n * k, np.int32)
    times = np.empty(n * k, np.int32)
    crowd = 0
    for edge in range(len(target.on_edge) - 1):
        crowd = max(crowd, target.on_edge[edge + 1] - target.on_edge[edge])
    who = np.empty(2 * k + crowd, np.int64)
    when = np.empty(2 * k + crowd, np.int64)
    filled = 0
    for row in range(n):
        used = 0
        for slot in range(2):
            node = start.node[row, slot]
            if node < 0:
                continue
            for j in range(held[node]):
                total = np.int64(start.cost[row, slot]) + node_when[node, j]
                used = _offer(who, when, used, np.int64(node_who[node, j]), total)
        edge = start.edge[row]
        if edge >= 0:
            for at in range(target.on_edge[edge], target.on_edge[edge + 1]):
                point = np.int64(target.on_point[at])
                total = np.int64(on_same_edge(start, row, target.side, point, 0))
                used = _offer(who, when, used, point, total)
        taken = filled
        while taken - filled < k:
            best = -1
            for j in range(used):
                if when[j] <= cutoff and (best < 0 or (when[j], who[j]) < (when[best], who[best])):
                    best = j
            if best < 0:
                break
            # Columns ascend within a row: move larger ones up.
            place = taken
            while place > filled and indices[place - 1] > who[best]:
                indices[place] = indices[place - 1]
                times[place] = times[place - 1]
                place -= 1
            indices[place] = who[best]
            times[place] = when[best]
            taken += 1
            when[best] = UNREACHED
        counts[row] = taken - filled
        filled = taken
    return counts, indices[:filled].copy(), times[:filled].copy()


def nearest(
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped,
    *,
    from_ids: Sequence[str] | NDArray[np.str_],
    to_ids: Sequence[str] | NDArray[np.str_],
    mode: str,
    k: int,
    cutoff_min: float,
    period: str = ALL_DAY,
) -> TravelTimes:
    """Find the nearest ``k`` destinations of every origin within a cutoff.

    One search from all destinations at once, whatever the number of origins. Of equally near
    destinations the one that comes first in ``to_ids`` is taken.

    Parameters
    ----------
    network, origins, destinations, from_ids, to_ids, mode, cutoff_min, period
        As for `geodata.travel_time.travel_times`.
    k
        Number of destinations wanted, at least 1.

    Returns
    -------
    TravelTimes
        At most ``k`` pairs in a row, columns ascending.

    Raises
    ------
    NetworkError, InvalidRowsError
        As for `geodata.travel_time.travel_times`, or when ``k`` is below 1.
    """
    if k < 1:
        raise InvalidRowsError(
            Fault(_("at least one facility must be asked for"), where="k", examples=(k,))
        )
    cutoff_ds = cutoff_deciseconds(cutoff_min)
    graph = mode_graph(network, mode, period)
    check_points(network, origins, mode, "origins")
    check_points(network, destinations, mode, "destinations")
    rows = checked_ids(from_ids, origins, "from_ids")
    columns = checked_ids(to_ids, destinations, "to_ids")
    start, end = trip_links(network, graph, origins, destinations)
    arcs = directed(graph, reverse=True).arcs
    targets = target_index(end, network.n_nodes, network.n_edges)
    k = min(k, max(len(end), 1))
    labels = _label(arcs, side(end), k, cutoff_ds)
    counts, indices, times = _choose(side(start), targets, *labels, k, cutoff_ds)
    indptr = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(counts, out=indptr[1:])
    deciseconds = times.astype(time_dtype(cutoff_ds))
    return TravelTimes(rows, columns, indptr, indices, deciseconds, mode, cutoff_ds, period)
