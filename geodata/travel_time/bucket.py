# ruff: noqa: PLR0917 - a numba kernel is one loop over plain arrays
"""One search at a time with a bucket queue: exact in whole deciseconds, for any graph and cutoff.

Dial's algorithm (Communications of the ACM 12, 1969): one bucket for each decisecond up to the
cutoff, so nodes settle in order without comparisons; the buckets in use are a set of bits, so empty
ones cost nothing. Its weakness is that it settles every node once per source;
`geodata.travel_time.lanes` shares that work between neighbouring sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geodata.travel_time.bits import drain, kernel, lowest_bit, mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNREACHED = np.int32(2**31 - 1)
PAIRS, SUMS, TARGET_COUNTS = 0, 1, 2
"""What a search writes down: every pair, a sum for each source, or a count for each target."""


class Arcs(NamedTuple):
    """Arcs of a graph in compressed sparse rows, in the direction of a search."""

    indptr: NDArray[np.int64]
    heads: NDArray[np.int32]
    cost: NDArray[np.int32]


class Queue(NamedTuple):
    """What one thread needs for its searches; between searches all distances are UNREACHED.

    ``first`` is the latest entry of each bucket; an entry is a node and the entry before it, side by
    side in ``entries``. A node that comes nearer gets a new entry, and the old one is passed over.
    """

    distance: NDArray[np.int32]
    first: NDArray[np.int32]
    entries: NDArray[np.int32]
    order: NDArray[np.int32]
    bits: NDArray[np.uint64]
    summary: NDArray[np.uint64]


def queue_for(arcs: Arcs, cutoff_ds: int, most_seeds: int = 64) -> Queue:
    """Make the arrays of one thread, for searches from at most ``most_seeds`` nodes.

    Every seed and every arc makes at most one entry. The set of bits serves buckets, then nodes.
    """
    n = len(arcs.indptr) - 1
    numbers = max(n, cutoff_ds + 1)
    return Queue(
        np.full(n, UNREACHED, np.int32),
        np.full(cutoff_ds + 1, -1, np.int32),
        np.empty(2 * (len(arcs.heads) + most_seeds), np.int32),
        np.empty(n, np.int32),
        np.zeros((numbers >> 6) + 1, np.uint64),
        np.zeros((numbers >> 12) + 1, np.uint64),
    )


@kernel
def reverse_arcs(
    indptr: NDArray[np.int64], heads: NDArray[np.int32], cost: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Turn every arc round."""
    n, m = len(indptr) - 1, len(heads)
    start = np.zeros(n + 1, np.int64)
    for arc in range(m):
        start[heads[arc] + 1] += 1
    for node in range(n):
        start[node + 1] += start[node]
    place = start[:-1].copy()
    tails = np.empty(m, np.int32)
    costs = np.empty(m, np.int32)
    for node in range(n):
        for arc in range(indptr[node], indptr[node + 1]):
            at = place[heads[arc]]
            place[heads[arc]] += 1
            tails[at] = node
            costs[at] = cost[arc]
    return start, tails, costs


@kernel
def _put(queue: Queue, entry: int, node: int, d: int) -> None:
    """Place a node in the bucket of its distance."""
    queue.distance[node] = d
    following = queue.first[d]
    queue.entries[entry] = node
    queue.entries[entry + 1] = following
    queue.first[d] = entry
    if following < 0:
        mark(queue.bits, queue.summary, np.int64(d))


@kernel
def search(
    arcs: Arcs,
    queue: Queue,
    seed_node: NDArray[np.int32],
    seed_cost: NDArray[np.int32],
    cutoff: int,
) -> int:
    """Settle every node within the cutoff of the seeds; return how many, in ``queue.order`` by distance.

    ``queue.distance`` is left filled for the settled nodes; the caller resets exactly those.
    """
    if 2 * (len(arcs.heads) + len(seed_node)) > len(queue.entries):
        raise ValueError("the queue was made for fewer seeds")
    free = np.int64(0)
    for s in range(len(seed_node)):
        node, d = np.int64(seed_node[s]), np.int64(seed_cost[s])
        if node >= 0 and d <= cutoff and d < queue.distance[node]:
            _put(queue, free, node, d)
            free += 2
    settled = 0
    for top in range((cutoff >> 12) + 1):
        while queue.summary[top] != np.uint64(0):
            at_word = np.int64(lowest_bit(queue.summary[top]))
            word = (top << 6) + at_word
            while queue.bits[word] != np.uint64(0):
                at_bit = np.int64(lowest_bit(queue.bits[word]))
                bucket = (word << 6) + at_bit
                while queue.first[bucket] >= 0:
                    entry = np.int64(queue.first[bucket])
                    queue.first[bucket] = queue.entries[entry + 1]
                    node = np.int64(queue.entries[entry])
                    if queue.distance[node] != bucket:
                        continue
                    queue.order[settled] = node
                    settled += 1
                    room = cutoff - bucket
                    for arc in range(arcs.indptr[node], arcs.indptr[node + 1]):
                        step = np.int64(arcs.cost[arc])
                        head = np.int64(arcs.heads[arc])
                        if step <= room and bucket + step < queue.distance[head]:
                            _put(queue, free, head, bucket + step)
                            free += 2
                queue.bits[word] ^= np.uint64(1) << np.uint64(at_bit)
            queue.summary[top] ^= np.uint64(1) << np.uint64(at_word)
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
    arcs: Arcs, queue: Queue, seed_node: NDArray[np.int32], seed_cost: NDArray[np.int32], cutoff: int,
    weights: NDArray[np.int64], what: int, found: NDArray[np.int32],
    times: NDArray[Any],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:  # fmt: skip
    """Nodes within the cutoff of each source: number (or sum of weights), nodes ascending, deciseconds.

    ``what`` is PAIRS or SUMS. The pairs are written to ``found`` and
    ``times``, or to longer copies; the arrays returned may be longer than the pairs.
    """
    counts = np.zeros(len(seed_node), np.int64)
    filled = 0
    for row in range(len(seed_node)):
        settled = search(arcs, queue, seed_node[row], seed_cost[row], cutoff)
        sums = np.int64(settled)
        if what == PAIRS:
            found, times = grown(found, filled + settled), grown(times, filled + settled)
            for k in range(settled):
                mark(queue.bits, queue.summary, np.int64(queue.order[k]))
            drain(queue.bits, queue.summary, queue.order)
            for k in range(settled):
                node = queue.order[k]
                found[filled] = node
                times[filled] = queue.distance[node]
                filled += 1
        elif len(weights):
            sums = np.int64(0)
            for k in range(settled):
                sums += weights[queue.order[k]]
        for k in range(settled):
            queue.distance[queue.order[k]] = UNREACHED
        counts[row] = sums
    return counts, found, times
