# ruff: noqa: PLR0917, FBT001 - numba kernels take plain arrays by position
"""One search at a time with a bucket queue: exact in whole deciseconds, for any graph and cutoff.

Dial's algorithm (Communications of the ACM 12, 1969): one bucket per decisecond up to the cutoff,
so nodes settle in order without comparisons. Its weakness is that it settles every node once per
source; `geodata.travel_time.lanes` shares that work between neighbouring sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.travel_time.bits import kernel, lowest_bit

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNREACHED = np.int32(2**31 - 1)
GROWTH = 1 << 16


@kernel
def reverse_arcs(
    indptr: NDArray[np.int64], heads: NDArray[np.int32], cost: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Turn every arc round; the last array says which arc each one was."""
    n, m = len(indptr) - 1, len(heads)
    start = np.zeros(n + 1, np.int64)
    for arc in range(m):
        start[heads[arc] + 1] += 1
    for node in range(n):
        start[node + 1] += start[node]
    place = start[:-1].copy()
    tails = np.empty(m, np.int32)
    costs = np.empty(m, np.int32)
    was = np.empty(m, np.int32)
    for node in range(n):
        for arc in range(indptr[node], indptr[node + 1]):
            at = place[heads[arc]]
            place[heads[arc]] += 1
            tails[at] = node
            costs[at] = cost[arc]
            was[at] = arc
    return start, tails, costs, was


@kernel
def workspace(
    n_nodes: int, n_arcs: int, cutoff: int, seeds: int
) -> tuple[
    NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]
]:
    """Arrays one thread needs for its searches: distance, bucket heads, entries (two), settled order."""
    distance = np.full(n_nodes, UNREACHED, np.int32)
    first = np.full(cutoff + 1, -1, np.int32)
    entries = n_arcs + seeds
    return (
        distance,
        first,
        np.empty(entries, np.int32),
        np.empty(entries, np.int32),
        np.empty(n_nodes, np.int32),
    )


@kernel
def search(
    indptr: NDArray[np.int64],
    heads: NDArray[np.int32],
    cost: NDArray[np.int32],
    seed_node: NDArray[np.int32],
    seed_cost: NDArray[np.int32],
    cutoff: int,
    distance: NDArray[np.int32],
    first: NDArray[np.int32],
    entry_node: NDArray[np.int32],
    entry_next: NDArray[np.int32],
    order: NDArray[np.int32],
) -> int:
    """Settle every node within the cutoff of the seeds; return how many, in ``order`` by distance.

    ``distance`` is left filled for the settled nodes; the caller resets exactly those.
    """
    used = 0
    lowest = cutoff + 1
    for s in range(len(seed_node)):
        node, d = seed_node[s], seed_cost[s]
        if node >= 0 and d <= cutoff and d < distance[node]:
            distance[node] = d
            entry_node[used] = node
            entry_next[used] = first[d]
            first[d] = used
            used += 1
            lowest = min(lowest, d)
    settled = 0
    waiting = used
    bucket = lowest
    while waiting > 0:
        entry = first[bucket]
        if entry < 0:
            bucket += 1
            continue
        first[bucket] = entry_next[entry]
        waiting -= 1
        node = entry_node[entry]
        if distance[node] != bucket:
            continue
        order[settled] = node
        settled += 1
        room = cutoff - bucket
        for arc in range(indptr[node], indptr[node + 1]):
            step = cost[arc]
            if step > room:
                continue
            head = heads[arc]
            d = bucket + step
            if d < distance[head]:
                distance[head] = d
                entry_node[used] = head
                entry_next[used] = first[d]
                first[d] = used
                used += 1
                waiting += 1
    return settled


@kernel
def grown(array: Any, needed: int) -> Any:
    """Return the array, or a longer copy of it with room for ``needed`` values."""
    if needed <= len(array):
        return array
    longer = np.empty(max(needed, len(array) + len(array) // 2), array.dtype)
    longer[: len(array)] = array
    return longer


@kernel
def search_nodes(
    indptr: NDArray[np.int64],
    heads: NDArray[np.int32],
    cost: NDArray[np.int32],
    sources: NDArray[np.int32],
    cutoff: int,
    like: NDArray[np.uint16] | NDArray[np.int32],
    count_only: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint16] | NDArray[np.int32]]:
    """Every node within the cutoff of each source node: counts, nodes ascending, deciseconds."""
    n = len(indptr) - 1
    distance, first, entry_node, entry_next, order = workspace(n, len(heads), cutoff, 1)
    seed_cost = np.zeros(1, np.int32)
    bitmap = np.zeros((n >> 6) + 1, np.uint64)
    counts = np.zeros(len(sources), np.int64)
    size = 0 if count_only else GROWTH
    found = np.empty(size, np.int32)
    times = np.empty(size, like.dtype)
    filled = 0
    for row in range(len(sources)):
        m = search(
            indptr, heads, cost, sources[row : row + 1], seed_cost, cutoff,
            distance, first, entry_node, entry_next, order,
        )  # fmt: skip
        counts[row] = m
        if count_only:
            for k in range(m):
                distance[order[k]] = UNREACHED
            continue
        low, high = n, 0
        for k in range(m):
            node = order[k]
            word = node >> 6
            bitmap[word] |= np.uint64(1) << np.uint64(node & 63)
            low = min(low, word)
            high = max(high, word)
        found = grown(found, filled + m)
        times = grown(times, filled + m)
        for word in range(low, high + 1):
            bits = bitmap[word]
            bitmap[word] = np.uint64(0)
            while bits != np.uint64(0):
                node = (word << 6) + np.int64(lowest_bit(bits))
                bits &= bits - np.uint64(1)
                found[filled] = node
                times[filled] = distance[node]
                distance[node] = UNREACHED
                filled += 1
    return counts, found[:filled].copy(), times[:filled].copy()
