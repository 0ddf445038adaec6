# ruff: noqa: PLR0917 - a numba kernel is one loop over plain arrays
"""Searches between points on edges, one source at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geodata.travel_time.bits import drain, kernel, mark
from geodata.travel_time.bucket import PAIRS, SUMS, UNREACHED, Arcs, Queue, grown, search

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Side(NamedTuple):
    """Points as the kernels take them; the fields are those of `geodata.travel_time.links.Links`."""

    node: NDArray[np.int32]
    cost: NDArray[np.int32]
    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    along: NDArray[np.int32]
    against: NDArray[np.int32]
    access: NDArray[np.int32]


class Targets(NamedTuple):
    """Points that are looked for: by node, by edge, and themselves."""

    at_node: NDArray[np.int64]
    at_point: NDArray[np.int32]
    at_cost: NDArray[np.int32]
    on_edge: NDArray[np.int64]
    on_point: NDArray[np.int32]
    side: Side


@kernel
def on_same_edge(source: Side, row: int, target: Side, point: int, reverse: int) -> int:
    """Deciseconds between two points of one edge without leaving it, or UNREACHED.

    ``reverse`` is 1 when ``source`` is where the trip ends.
    """
    start, end, a, b = (target, source, point, row) if reverse else (source, target, row, point)
    best = np.int64(UNREACHED)
    here, there = start.fraction[a], end.fraction[b]
    if start.along[a] >= 0 and there >= here:
        best = min(best, np.int64(end.along[b]) - start.along[a])
    if start.against[a] >= 0 and there <= here:
        best = min(best, np.int64(start.against[a]) - end.against[b])
    return int(best + start.access[a] + end.access[b])


@kernel
def search_points(
    arcs: Arcs, queue: Queue, source: Side, target: Targets, reverse: int, cutoff: int,
    weights: NDArray[np.int64], what: int, found: NDArray[np.int32],
    times: NDArray[Any],
    target_counts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:  # fmt: skip
    """Points within the cutoff of each source: number (or sum of weights), points ascending, deciseconds.

    ``what`` is PAIRS, SUMS or TARGET_COUNTS of `geodata.travel_time.bucket`; TARGET_COUNTS adds to
    ``target_counts`` how many sources reach each point. The pairs are written to ``found`` and
    ``times``, or to longer copies; the arrays returned may be longer than the pairs.
    """
    n = len(target.side.edge)
    best = np.full(n, UNREACHED, np.int32)
    bits = np.zeros((n >> 6) + 1, np.uint64)
    summary = np.zeros((n >> 12) + 1, np.uint64)
    reached = np.empty(n, np.int32)
    counts = np.zeros(len(source.edge), np.int64)
    filled = 0
    for row in range(len(source.edge)):
        settled = search(arcs, queue, source.node[row], source.cost[row], cutoff)
        for k in range(settled):
            here = queue.order[k]
            d = queue.distance[here]
            queue.distance[here] = UNREACHED
            for at in range(target.at_node[here], target.at_node[here + 1]):
                total = np.int64(d) + target.at_cost[at]
                point = target.at_point[at]
                if total <= cutoff and total < best[point]:
                    best[point] = total
                    mark(bits, summary, np.int64(point))
        edge = source.edge[row]
        if edge >= 0:
            for at in range(target.on_edge[edge], target.on_edge[edge + 1]):
                point = target.on_point[at]
                total = on_same_edge(source, row, target.side, point, reverse)
                if total <= cutoff and total < best[point]:
                    best[point] = total
                    mark(bits, summary, np.int64(point))
        used = drain(bits, summary, reached)
        if what == PAIRS:
            found, times = grown(found, filled + used), grown(times, filled + used)
        sums = np.int64(0)
        for k in range(used):
            point = reached[k]
            if what == PAIRS:
                found[filled] = point
                times[filled] = best[point]
                filled += 1
            elif what == SUMS:
                sums += weights[point] if len(weights) else np.int64(1)
            else:
                target_counts[point] += 1
            best[point] = UNREACHED
        counts[row] = used if what == PAIRS else sums
    return counts, found, times
