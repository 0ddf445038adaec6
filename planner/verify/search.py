"""The verifier's own search over roads: outward from each site against the traffic, until the cutoff, compiled.

A plain Dijkstra search on a heap, of which each entry holds distance and node in one number. It shares no code with
`geodata.travel_time`, which searches in buckets from where people are.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST = 1 << 16
"""Pairs there is room for before the answer grows."""


def rows_by(key: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order that puts rows side by side that share a key, and where those of each key begin."""
    bounds = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(key, minlength=count), out=bounds[1:])
    return np.argsort(key, kind="stable"), bounds


@njit(cache=True, nogil=True)
def near_pairs(  # pragma: no cover - compiled
    arc_bounds: NDArray[np.int64],
    arc_tail: NDArray[np.int64],
    arc_cost: NDArray[np.int64],
    seed_bounds: NDArray[np.int64],
    seed_node: NDArray[np.int64],
    seed_cost: NDArray[np.int64],
    end_bounds: NDArray[np.int64],
    end_point: NDArray[np.int64],
    end_cost: NDArray[np.int64],
    points: int,
    cutoff: int,
) -> NDArray[np.int32]:
    """Return (point, site, deciseconds) of all points within the cutoff of each site, inclusive, each pair once.

    Parameters
    ----------
    arc_bounds, arc_tail, arc_cost
        int64: arcs by the node they end in, the node they begin in, deciseconds.
    seed_bounds, seed_node, seed_cost
        int64: by site, the nodes it is reached from and what the rest of the way costs.
    end_bounds, end_point, end_cost
        int64: by node, the points that join the roads there and what the way to it costs.
    points
        How many points there are.
    cutoff
        Deciseconds.
    """
    nodes = len(arc_bounds) - 1
    far = cutoff + 1
    best = np.full(nodes, far, dtype=np.int64)
    time = np.full(points, far, dtype=np.int64)
    seen = np.empty(nodes, dtype=np.int64)
    met = np.empty(points, dtype=np.int64)
    out = np.empty((3, FIRST), dtype=np.int32)
    count = 0
    for site in range(len(seed_bounds) - 1):
        heap = [np.int64(0) for _ in range(0)]
        many, found = 0, 0
        for k in range(seed_bounds[site], seed_bounds[site + 1]):
            node, cost = seed_node[k], seed_cost[k]
            if cost < best[node]:
                if best[node] == far:
                    seen[many] = node
                    many += 1
                best[node] = cost
                heappush(heap, cost * nodes + node)
        while len(heap) > 0:
            entry = heappop(heap)
            cost, node = entry // nodes, entry % nodes
            if cost > best[node]:
                continue
            for k in range(end_bounds[node], end_bounds[node + 1]):
                whole = cost + end_cost[k]
                point = end_point[k]
                if whole < time[point]:
                    if time[point] == far:
                        met[found] = point
                        found += 1
                    time[point] = whole
            for k in range(arc_bounds[node], arc_bounds[node + 1]):
                whole = cost + arc_cost[k]
                tail = arc_tail[k]
                if whole < best[tail]:
                    if best[tail] == far:
                        seen[many] = tail
                        many += 1
                    best[tail] = whole
                    heappush(heap, whole * nodes + tail)
        while count + found > out.shape[1]:
            wider = np.empty((3, 2 * out.shape[1]), dtype=np.int32)
            wider[:, :count] = out[:, :count]
            out = wider
        for k in range(found):
            out[0, count], out[1, count], out[2, count] = met[k], site, time[met[k]]
            time[met[k]] = far
            count += 1
        for k in range(many):
            best[seen[k]] = far
    return out[:, :count]
