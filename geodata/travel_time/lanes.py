# ruff: noqa: PLR0912 - a numba kernel is one loop over plain arrays
"""Sixteen neighbouring sources searched at once on a graph in layers.

Each node has a row of sixteen values, one for each source, and one vector instruction relaxes an
arc for all of them. The search climbs from the sources to the core, runs over the core with a
coarse bucket queue (a node returns whenever one of its lanes falls, so the result is exact), and
lets the values flow down to the lower layers. Neighbouring sources reach almost the same nodes;
the weakness is that sources far apart share little and every lane is carried through all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geodata.travel_time.bits import highest_bit, kernel, lowest_bit, mark
from geodata.travel_time.vector import LANES, lower, relax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.travel_time.contract import Layers

BUCKETS = 64


class Ranks(NamedTuple):
    """A graph in layers as the kernels take it, costs cut off at ``far`` and as narrow as the lanes."""

    up_indptr: NDArray[np.int64]
    up_heads: NDArray[np.int32]
    up_cost: NDArray[Any]
    down_indptr: NDArray[np.int64]
    down_heads: NDArray[np.int32]
    down_cost: NDArray[Any]
    n_low: int
    node: NDArray[np.int32]
    rank: NDArray[np.int32]
    far: int
    shift: int


class Space(NamedTuple):
    """What one thread needs for its searches; between searches every lane is ``far`` and every set empty."""

    lanes: NDArray[Any]
    bits: NDArray[np.uint64]
    summary: NDArray[np.uint64]
    first: NDArray[np.int32]
    after: NDArray[np.int32]
    before: NDArray[np.int32]
    queued: NDArray[np.int32]
    seen: NDArray[np.bool_]
    touched: NDArray[np.int32]


def lane_dtype(cutoff_ds: int) -> np.dtype[Any]:
    """Type of the lanes: the sum of two costs beyond the cutoff must still fit."""
    return np.dtype(np.uint16 if cutoff_ds < 2**15 - 1 else np.uint32)


def ranks(layers: Layers, cutoff_ds: int) -> Ranks:
    """Prepare a graph in layers for searches up to a cutoff."""
    far = cutoff_ds + 1
    dtype = lane_dtype(cutoff_ds)
    return Ranks(
        layers.up_indptr,
        layers.up_heads,
        np.minimum(layers.up_cost, far).astype(dtype),
        layers.down_indptr,
        layers.down_heads,
        np.minimum(layers.down_cost, far).astype(dtype),
        layers.n_low,
        layers.node,
        layers.rank,
        far,
        max((cutoff_ds // BUCKETS).bit_length(), 0),
    )


def space(graph: Ranks) -> Space:
    """Make the arrays of one thread."""
    n = len(graph.node)
    core = n - graph.n_low
    return Space(
        np.full(n * LANES, graph.far, graph.up_cost.dtype),
        np.zeros((n >> 6) + 1, np.uint64),
        np.zeros((n >> 12) + 1, np.uint64),
        np.full((graph.far >> graph.shift) + 1, -1, np.int32),
        np.empty(core, np.int32),
        np.empty(core, np.int32),
        np.full(core, -1, np.int32),
        np.zeros(core, np.bool_),
        np.empty(n, np.int32),
    )


@kernel
def _enqueue(room: Space, node: int, bucket: int) -> int:
    """Put a core node into a bucket or move it to an earlier one; 1 when it was not waiting."""
    old = room.queued[node]
    if old >= 0:
        if old <= bucket:
            return 0
        following, preceding = room.after[node], room.before[node]
        if preceding >= 0:
            room.after[preceding] = following
        else:
            room.first[old] = following
        if following >= 0:
            room.before[following] = preceding
    following = room.first[bucket]
    room.after[node] = following
    room.before[node] = -1
    if following >= 0:
        room.before[following] = node
    room.first[bucket] = node
    room.queued[node] = bucket
    return 1 if old < 0 else 0


@kernel
def _reach_core(graph: Ranks, room: Space, rank: int, value: int, reached: int) -> tuple[int, int]:
    """Note that a core node fell to ``value``; return core nodes reached so far, and 1 if it was not waiting."""
    core = rank - graph.n_low
    if not room.seen[core]:
        room.seen[core] = True
        room.touched[reached] = rank
        reached += 1
    return reached, _enqueue(room, core, value >> graph.shift)


@kernel
def _climb(
    graph: Ranks, room: Space, seed_node: NDArray[np.int32], seed_cost: NDArray[np.int32]
) -> tuple[int, int]:
    """Place the sources and go up to the core; return core nodes reached, and how many wait."""
    reached, waiting = 0, 0
    for lane in range(len(seed_node)):
        for slot in range(seed_node.shape[1]):
            node, value = seed_node[lane, slot], np.int64(seed_cost[lane, slot])
            if node < 0 or value >= graph.far:
                continue
            rank = np.int64(graph.rank[node])
            if value >= room.lanes[rank * LANES + lane]:
                continue
            room.lanes[rank * LANES + lane] = value
            if rank < graph.n_low:
                mark(room.bits, room.summary, rank)
            else:
                reached, new = _reach_core(graph, room, rank, value, reached)
                waiting += new
    for top in range(len(room.summary)):
        words = room.summary[top]
        while words != np.uint64(0):
            at_word = np.int64(lowest_bit(words))
            word = (top << 6) + at_word
            pending = room.bits[word]
            while pending != np.uint64(0):
                at_bit = np.int64(lowest_bit(pending))
                rank = (word << 6) + at_bit
                for arc in range(graph.up_indptr[rank], graph.up_indptr[rank + 1]):
                    head = np.int64(graph.up_heads[arc])
                    least = relax(room.lanes, rank, head, graph.up_cost[arc], graph.far)
                    if least >= graph.far:
                        continue
                    if head < graph.n_low:
                        mark(room.bits, room.summary, head)
                    else:
                        reached, new = _reach_core(graph, room, head, least, reached)
                        waiting += new
                # Arcs only go up, so only later bits of this word can be new.
                pending = room.bits[word] & ~((np.uint64(2) << np.uint64(at_bit)) - np.uint64(1))
            words = room.summary[top] & ~((np.uint64(2) << np.uint64(at_word)) - np.uint64(1))
    return reached, waiting


@kernel
def _cross(graph: Ranks, room: Space, reached: int, waiting: int) -> int:
    """Search the core until nothing falls any more; return the core nodes reached."""
    bucket = 0
    while waiting > 0:
        core = np.int64(room.first[bucket])
        if core < 0:
            bucket += 1
            continue
        following = room.after[core]
        room.first[bucket] = following
        if following >= 0:
            room.before[following] = -1
        room.queued[core] = -1
        waiting -= 1
        rank = core + graph.n_low
        for arc in range(graph.up_indptr[rank], graph.up_indptr[rank + 1]):
            head = np.int64(graph.up_heads[arc])
            least = relax(room.lanes, rank, head, graph.up_cost[arc], graph.far)
            if least < graph.far:
                reached, new = _reach_core(graph, room, head, least, reached)
                waiting += new
    return reached


@kernel
def _descend(graph: Ranks, room: Space, reached: int) -> int:
    """Let values flow from the core to the lower layers; return all nodes reached."""
    for k in range(reached):
        rank = np.int64(room.touched[k])
        room.seen[rank - graph.n_low] = False
        for arc in range(graph.down_indptr[rank], graph.down_indptr[rank + 1]):
            head = np.int64(graph.down_heads[arc])
            if lower(room.lanes, rank, head, graph.down_cost[arc]):
                mark(room.bits, room.summary, head)
    for top in range(len(room.summary) - 1, -1, -1):
        while room.summary[top] != np.uint64(0):
            at_word = np.int64(highest_bit(room.summary[top]))
            word = (top << 6) + at_word
            while room.bits[word] != np.uint64(0):
                at_bit = np.int64(highest_bit(room.bits[word]))
                room.bits[word] ^= np.uint64(1) << np.uint64(at_bit)
                rank = (word << 6) + at_bit
                room.touched[reached] = rank
                reached += 1
                for arc in range(graph.down_indptr[rank], graph.down_indptr[rank + 1]):
                    head = np.int64(graph.down_heads[arc])
                    if lower(room.lanes, rank, head, graph.down_cost[arc]):
                        mark(room.bits, room.summary, head)
            room.summary[top] ^= np.uint64(1) << np.uint64(at_word)
    return reached


@kernel
def spread(
    graph: Ranks, room: Space, seed_node: NDArray[np.int32], seed_cost: NDArray[np.int32]
) -> int:
    """Fill the lanes of every node within the cutoff of up to LANES sources.

    Returns how many nodes were reached by any of them; ``room.touched`` lists their ranks, and the
    caller clears their rows before the next search.
    """
    reached, waiting = _climb(graph, room, seed_node, seed_cost)
    reached = _cross(graph, room, reached, waiting)
    return int(_descend(graph, room, reached))
