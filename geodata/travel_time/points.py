# ruff: noqa: PLR0917, PLR0912, PLR0915, C901, FBT001 - a numba kernel is one loop over plain arrays
"""Bucket-queue searches between points on edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geodata.travel_time.bits import kernel, lowest_bit
from geodata.travel_time.bucket import GROWTH, UNREACHED, grown, search, workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def on_same_edge(
    ahead_from: int, ahead_to: int, back_from: int, back_to: int, f_from: float, f_to: float
) -> int:
    """Deciseconds between two points of one edge without leaving it, or UNREACHED."""
    best = np.int64(UNREACHED)
    if ahead_from >= 0 and f_to >= f_from:
        best = min(best, np.int64(ahead_to) - np.int64(ahead_from))
    if back_from >= 0 and f_to <= f_from:
        best = min(best, np.int64(back_from) - np.int64(back_to))
    return int(best)


@kernel
def search_points(
    indptr: NDArray[np.int64],
    heads: NDArray[np.int32],
    cost: NDArray[np.int32],
    # the points searched from
    node: NDArray[np.int32],
    node_cost: NDArray[np.int32],
    edge: NDArray[np.int32],
    fraction: NDArray[np.float64],
    along: NDArray[np.int32],
    against: NDArray[np.int32],
    access: NDArray[np.int32],
    # the points looked for, by node and by edge
    at_node: NDArray[np.int64],
    at_point: NDArray[np.int32],
    at_cost: NDArray[np.int32],
    on_edge: NDArray[np.int64],
    on_point: NDArray[np.int32],
    to_fraction: NDArray[np.float64],
    to_along: NDArray[np.int32],
    to_against: NDArray[np.int32],
    to_access: NDArray[np.int32],
    n_points: int,
    cutoff: int,
    reverse: bool,
    like: NDArray[np.uint16] | NDArray[np.int32],
    count_only: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint16] | NDArray[np.int32]]:
    """Every point within the cutoff of each point searched from: counts, points ascending, deciseconds."""
    n = len(indptr) - 1
    distance, first, entry_node, entry_next, order = workspace(n, len(heads), cutoff, 2)
    best = np.full(n_points, UNREACHED, np.int32)
    bitmap = np.zeros((n_points >> 6) + 1, np.uint64)
    counts = np.zeros(len(node), np.int64)
    size = 0 if count_only else GROWTH
    found = np.empty(size, np.int32)
    times = np.empty(size, like.dtype)
    filled = 0
    for row in range(len(node)):
        m = search(
            indptr, heads, cost, node[row], node_cost[row], cutoff,
            distance, first, entry_node, entry_next, order,
        )  # fmt: skip
        low, high, reached = len(bitmap), -1, 0
        for k in range(m):
            here = order[k]
            d = distance[here]
            distance[here] = UNREACHED
            for at in range(at_node[here], at_node[here + 1]):
                total = np.int64(d) + at_cost[at]
                point = at_point[at]
                if total <= cutoff and total < best[point]:
                    if best[point] == UNREACHED:
                        reached += 1
                    best[point] = total
                    word = point >> 6
                    bitmap[word] |= np.uint64(1) << np.uint64(point & 63)
                    low = min(low, word)
                    high = max(high, word)
        own = edge[row]
        if own >= 0:
            for at in range(on_edge[own], on_edge[own + 1]):
                point = on_point[at]
                if reverse:
                    between = on_same_edge(
                        to_along[point], along[row], to_against[point], against[row],
                        to_fraction[point], fraction[row],
                    )  # fmt: skip
                else:
                    between = on_same_edge(
                        along[row], to_along[point], against[row], to_against[point],
                        fraction[row], to_fraction[point],
                    )  # fmt: skip
                total = between + access[row] + to_access[point]
                if total <= cutoff and total < best[point]:
                    if best[point] == UNREACHED:
                        reached += 1
                    best[point] = total
                    word = point >> 6
                    bitmap[word] |= np.uint64(1) << np.uint64(point & 63)
                    low = min(low, word)
                    high = max(high, word)
        counts[row] = reached
        if not count_only:
            found = grown(found, filled + reached)
            times = grown(times, filled + reached)
        for word in range(low, high + 1):
            bits = bitmap[word]
            bitmap[word] = np.uint64(0)
            while bits != np.uint64(0):
                point = (word << 6) + np.int64(lowest_bit(bits))
                bits &= bits - np.uint64(1)
                if not count_only:
                    found[filled] = point
                    times[filled] = best[point]
                    filled += 1
                best[point] = UNREACHED
    return counts, found[:filled].copy(), times[:filled].copy()


@kernel
def scatter(
    first_row: int,
    counts: NDArray[np.int64],
    found: NDArray[np.int32],
    times: NDArray[np.uint16] | NDArray[np.int32],
    place: NDArray[np.int64],
    indices: NDArray[np.int32],
    deciseconds: NDArray[np.uint16] | NDArray[np.int32],
) -> None:
    """Write a block searched from columns into rows; ``place`` is the next free cell of each row."""
    at = 0
    for k in range(len(counts)):
        column = first_row + k
        for _ in range(counts[k]):
            row = found[at]
            cell = place[row]
            place[row] = cell + 1
            indices[cell] = column
            deciseconds[cell] = times[at]
            at += 1
