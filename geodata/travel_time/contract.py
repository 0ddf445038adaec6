# ruff: noqa: PLR0917, PLR0912, C901 - a numba kernel is one loop over plain arrays
"""Take the minor nodes out of a graph, layer by layer, without changing any shortest path.

A node is removed together with its arcs, and every trip through it gets a shortcut unless another
way of two arcs is as short. What remains is a small core where a search has little to do; values
then flow down to the removed nodes layer by layer, without any queue. This is the first part of a
contraction hierarchy (Geisberger et al., Transportation Science 46, 2012) swept as in PHAST
(Delling et al., JPDC 73, 2013), stopped at nodes whose removal would add too many arcs. Its
weakness: it pays only when many searches share one graph, and most on graphs with narrow waists,
as real cities have; a full grid costs five times as much to put into layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geodata.travel_time.bits import kernel
from geodata.travel_time.bucket import reverse_arcs

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_LAYERS = 60
LEAST_SHARE = 0.02
DENSEST = 250


@dataclass(frozen=True, eq=False)
class Layers:
    """A graph in layers; nodes are renumbered by layer, the core last.

    Parameters
    ----------
    node
        int32, shape (nodes,): node of each rank; within a layer nodes ascend.
    rank
        int32, shape (nodes,): rank of each node.
    n_low
        Ranks from here on are the core.
    up_indptr, up_heads, up_cost
        Arcs to higher ranks, and between core nodes, by tail rank.
    down_indptr, down_heads, down_cost
        Arcs to lower ranks by tail rank.
    """

    node: NDArray[np.int32]
    rank: NDArray[np.int32]
    n_low: int
    up_indptr: NDArray[np.int64]
    up_heads: NDArray[np.int32]
    up_cost: NDArray[np.int32]
    down_indptr: NDArray[np.int64]
    down_heads: NDArray[np.int32]
    down_cost: NDArray[np.int32]


@kernel
def _tidy(
    n: int,
    tails: NDArray[np.int32],
    heads: NDArray[np.int32],
    cost: NDArray[np.int32],
    used: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Sort arcs by tail, keep the cheapest of parallels and drop loops."""
    start = np.zeros(n + 1, np.int64)
    for arc in range(used):
        start[tails[arc] + 1] += 1
    for node in range(n):
        start[node + 1] += start[node]
    place = start[:-1].copy()
    by_tail = np.empty(used, np.int64)
    for arc in range(used):
        by_tail[place[tails[arc]]] = arc
        place[tails[arc]] += 1
    indptr = np.empty(n + 1, np.int64)
    out_heads = np.empty(used, np.int32)
    out_cost = np.empty(used, np.int32)
    slot = np.full(n, -1, np.int64)
    kept = 0
    for node in range(n):
        first = kept
        indptr[node] = first
        for k in range(start[node], start[node + 1]):
            arc = by_tail[k]
            head = heads[arc]
            if head == node:
                continue
            if slot[head] >= first:
                out_cost[slot[head]] = min(out_cost[slot[head]], cost[arc])
            else:
                slot[head] = kept
                out_heads[kept] = head
                out_cost[kept] = cost[arc]
                kept += 1
    indptr[n] = kept
    return indptr, out_heads[:kept].copy(), out_cost[:kept].copy()


@kernel
def _independent(
    indptr: NDArray[np.int64],
    heads: NDArray[np.int32],
    r_indptr: NDArray[np.int64],
    r_tails: NDArray[np.int32],
    layer: NDArray[np.int32],
    densest: int,
    number: int,
) -> int:
    """Give layer ``number`` to nodes that are cheaper to remove than all their neighbours; how many."""
    n = len(layer)
    price = np.empty(n, np.int64)
    for node in range(n):
        into = r_indptr[node + 1] - r_indptr[node]
        out = indptr[node + 1] - indptr[node]
        # Ties are broken by a scrambled id: plain ids would take one node per street and layer.
        scrambled = (np.uint64(node) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(34)
        price[node] = ((into * out - into - out + 64) << 30) + np.int64(scrambled)
    ceiling = (densest + 64 + 1) << 30
    chosen = 0
    for node in range(n):
        if layer[node] >= 0 or price[node] >= ceiling:
            continue
        least = True
        for arc in range(indptr[node], indptr[node + 1]):
            other = heads[arc]
            if price[other] < price[node] or (price[other] == price[node] and other < node):
                least = False
                break
        if least:
            for arc in range(r_indptr[node], r_indptr[node + 1]):
                other = r_tails[arc]
                if price[other] < price[node] or (price[other] == price[node] and other < node):
                    least = False
                    break
        if least:
            layer[node] = number
            chosen += 1
    return chosen


@kernel
def _remove(
    indptr: NDArray[np.int64],
    heads: NDArray[np.int32],
    cost: NDArray[np.int32],
    r_indptr: NDArray[np.int64],
    r_tails: NDArray[np.int32],
    r_cost: NDArray[np.int32],
    layer: NDArray[np.int32],
    number: int,
    kept: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    gone: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
) -> tuple[int, int]:
    """Split arcs into those that stay (with shortcuts) and those of layer ``number``."""
    stay, left = 0, 0
    for node in range(len(layer)):
        removed = layer[node] == number
        for arc in range(indptr[node], indptr[node + 1]):
            head = heads[arc]
            if removed or layer[head] == number:
                gone[0][left] = node
                gone[1][left] = head
                gone[2][left] = cost[arc]
                left += 1
            else:
                kept[0][stay] = node
                kept[1][stay] = head
                kept[2][stay] = cost[arc]
                stay += 1
        if not removed:
            continue
        for into in range(r_indptr[node], r_indptr[node + 1]):
            tail = r_tails[into]
            for out in range(indptr[node], indptr[node + 1]):
                head = heads[out]
                through = np.int64(r_cost[into]) + cost[out]
                if head == tail or through >= 2**30:
                    continue
                # Another way of one or two arcs, over a node that stays, makes the shortcut needless.
                needed = True
                for first in range(indptr[tail], indptr[tail + 1]):
                    middle = heads[first]
                    if middle == head and cost[first] <= through:
                        needed = False
                        break
                    if layer[middle] == number or cost[first] > through:
                        continue
                    for second in range(indptr[middle], indptr[middle + 1]):
                        if heads[second] == head and cost[first] + cost[second] <= through:
                            needed = False
                            break
                    if not needed:
                        break
                if needed:
                    kept[0][stay] = tail
                    kept[1][stay] = head
                    kept[2][stay] = through
                    stay += 1
    return stay, left


@kernel
def _shortcut_room(
    indptr: NDArray[np.int64], r_indptr: NDArray[np.int64], layer: NDArray[np.int32], number: int
) -> int:
    """Most shortcuts that removing layer ``number`` can make."""
    room = 0
    for node in range(len(layer)):
        if layer[node] == number:
            room += (indptr[node + 1] - indptr[node]) * (r_indptr[node + 1] - r_indptr[node])
    return room


def _arrays(size: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    return np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int32)


def contract(
    indptr: NDArray[np.int64],
    heads: NDArray[np.int32],
    cost: NDArray[np.int32],
    *,
    densest: int = DENSEST,
) -> Layers:
    """Put a graph into layers.

    Parameters
    ----------
    indptr, heads, cost
        The graph in compressed sparse rows; costs are whole and at least 0.
    densest
        A node stays in the core when removing it may add more than this many arcs.
    """
    n = len(indptr) - 1
    tails = np.repeat(np.arange(n, dtype=np.int32), np.diff(indptr))
    arcs = _tidy(n, tails, heads, cost, len(heads))
    layer = np.full(n, -1, np.int32)
    removed: list[tuple[NDArray[np.int32], ...]] = []
    remaining = n
    for number in range(MOST_LAYERS):
        back = reverse_arcs(*arcs)
        chosen = _independent(arcs[0], arcs[1], back[0], back[1], layer, densest, number)
        if chosen == 0:
            break
        kept = _arrays(len(arcs[1]) + _shortcut_room(arcs[0], back[0], layer, number))
        gone = _arrays(len(arcs[1]))
        stay, left = _remove(*arcs, *back, layer, number, kept, gone)
        removed.append(tuple(part[:left].copy() for part in gone))
        arcs = _tidy(n, *kept, stay)
        remaining -= chosen
        if chosen < LEAST_SHARE * remaining:
            break
    core_tails = np.repeat(np.arange(n, dtype=np.int32), np.diff(arcs[0]))
    everything = [(core_tails, arcs[1], arcs[2]), *removed]
    tails, all_heads, all_cost = (np.concatenate(parts) for parts in zip(*everything, strict=True))
    return _ranked(layer, tails, all_heads, all_cost)


def _ranked(
    layer: NDArray[np.int32],
    tails: NDArray[np.int32],
    heads: NDArray[np.int32],
    cost: NDArray[np.int32],
) -> Layers:
    """Renumber nodes by layer, the core last, and sort arcs into up and down."""
    n = len(layer)
    core = np.int32(MOST_LAYERS + 1)
    order = np.argsort(np.where(layer < 0, core, layer), kind="stable").astype(np.int32)
    rank = np.empty(n, np.int32)
    rank[order] = np.arange(n, dtype=np.int32)
    n_low = int((layer >= 0).sum())
    tails, heads = rank[tails], rank[heads]
    up = (heads > tails) | ((heads >= n_low) & (tails >= n_low))
    return Layers(
        order,
        rank,
        n_low,
        *_tidy(n, tails[up], heads[up], cost[up], int(up.sum())),
        *_tidy(n, tails[~up], heads[~up], cost[~up], int((~up).sum())),
    )
