# ruff: noqa: PLR0917, PLR0912, C901 - a numba kernel is one loop over plain arrays
"""Walking times between the units of a connected part, and the hubs of its districts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def travel_table(
    indptr: NDArray[np.int32], indices: NDArray[np.int32], ds: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Return walking deciseconds between all units, over links of the part only (Dijkstra, binary heap).

    Parameters
    ----------
    indptr, indices, ds
        Neighbours of each unit and deciseconds to them, in compressed sparse rows.

    Returns
    -------
    NDArray[np.float32]
        Shape (units, units); infinity where there is no path.
    """
    n = len(indptr) - 1
    table = np.full((n, n), np.inf, dtype=np.float32)
    heap_key = np.empty(len(indices) + 1, dtype=np.int64)
    heap_unit = np.empty(len(indices) + 1, dtype=np.int32)
    reached = np.empty(n, dtype=np.int64)
    far = np.int64(2**62)
    for source in range(n):
        reached[:] = far
        reached[source] = 0
        heap_key[0], heap_unit[0], size = 0, source, 1
        while size > 0:
            key, unit = heap_key[0], heap_unit[0]
            size -= 1
            last_key, last_unit, hole = heap_key[size], heap_unit[size], 0
            while True:
                child = 2 * hole + 1
                if child >= size:
                    break
                if child + 1 < size and heap_key[child + 1] < heap_key[child]:
                    child += 1
                if heap_key[child] >= last_key:
                    break
                heap_key[hole], heap_unit[hole] = heap_key[child], heap_unit[child]
                hole = child
            heap_key[hole], heap_unit[hole] = last_key, last_unit
            if key > reached[unit]:
                continue
            for at in range(indptr[unit], indptr[unit + 1]):
                other = indices[at]
                through = key + ds[at]
                if through < reached[other]:
                    reached[other] = through
                    hole = size
                    size += 1
                    while hole > 0:
                        parent = (hole - 1) // 2
                        if heap_key[parent] <= through:
                            break
                        heap_key[hole], heap_unit[hole] = heap_key[parent], heap_unit[parent]
                        hole = parent
                    heap_key[hole], heap_unit[hole] = through, other
        for unit in range(n):
            if reached[unit] < far:
                table[source, unit] = reached[unit]
    return table


@njit(cache=True, nogil=True)
def place_hubs(
    labels: NDArray[np.int32],
    count: int,
    table: NDArray[np.float32],
    mass: NDArray[np.float64],
    hub: NDArray[np.int32],
    cost: NDArray[np.float64],
) -> None:
    """Set each district's hub to the unit with the least weighted time to its units; ties to the smaller unit.

    Parameters
    ----------
    labels, count
        District of each unit, and how many districts there are.
    table, mass
        Times between units and what each unit counts.
    hub, cost
        Written: the hub of each district and the weighted time to it.
    """
    n = len(labels)
    start = np.zeros(count + 1, dtype=np.int32)
    for unit in range(n):
        start[labels[unit] + 1] += 1
    for district in range(count):
        start[district + 1] += start[district]
    member = np.empty(n, dtype=np.int32)
    filled = start[:count].copy()
    for unit in range(n):
        member[filled[labels[unit]]] = unit
        filled[labels[unit]] += 1
    for district in range(count):
        hub[district], cost[district] = -1, np.inf
        for i in range(start[district], start[district + 1]):
            centre, total = member[i], 0.0
            for j in range(start[district], start[district + 1]):
                total += table[centre, member[j]] * mass[member[j]]
                if total >= cost[district]:
                    break
            if total < cost[district]:
                hub[district], cost[district] = centre, total


@njit(cache=True, nogil=True)
def reach_within(
    unit: int,
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    measures: NDArray[np.float64],
    most: NDArray[np.float64],
    usable: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Say which units a connected set around ``unit`` can contain without exceeding ``most`` in any one measure.

    For each measure alone the lightest path counts (the units on it, both ends included), through usable units only.
    """
    n, bands = measures.shape
    within = np.ones(n, dtype=np.bool_)
    for m in range(bands):
        lightest = np.full(n, np.inf)
        lightest[unit] = measures[unit, m]
        waiting = np.zeros(n, dtype=np.bool_)
        queue = np.empty(n, dtype=np.int32)
        queue[0], first, size = unit, 0, 1
        waiting[unit] = True
        while size > 0:
            here = queue[first]
            first = (first + 1) % n
            size -= 1
            waiting[here] = False
            for at in range(indptr[here], indptr[here + 1]):
                other = indices[at]
                through = lightest[here] + measures[other, m]
                if usable[other] and through < lightest[other] and through <= most[m]:
                    lightest[other] = through
                    if not waiting[other]:
                        waiting[other] = True
                        queue[(first + size) % n] = other
                        size += 1
        for other in range(n):
            if lightest[other] > most[m]:
                within[other] = False
    return within
