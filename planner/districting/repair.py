# ruff: noqa: PLR0917, PLR0912, C901 - a numba kernel is one loop over plain arrays
"""Make any labelling a map: every district connected, none empty, every unit in one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def keep_heaviest_pieces(
    labels: NDArray[np.int32],
    count: int,
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    load: NDArray[np.float64],
    fixed: NDArray[np.bool_],
) -> None:
    """Unlabel (-1) all but one connected piece of each district: the one with a fixed unit, else the heaviest.

    Ties go to the piece with the smallest unit. A district has at most one piece with fixed units.
    """
    n = len(labels)
    piece = np.full(n, -1, dtype=np.int32)
    stack = np.empty(n, dtype=np.int32)
    best = np.full(count, -1, dtype=np.int32)
    best_load = np.full(count, -1.0)
    for start in range(n):
        if labels[start] < 0 or piece[start] >= 0:
            continue
        district, total = labels[start], 0.0
        piece[start], stack[0], top = start, start, 1
        while top > 0:
            top -= 1
            here = stack[top]
            total += math.inf if fixed[here] else load[here]
            for at in range(indptr[here], indptr[here + 1]):
                other = indices[at]
                if labels[other] == district and piece[other] < 0:
                    piece[other] = start
                    stack[top] = other
                    top += 1
        if total > best_load[district]:
            best[district], best_load[district] = start, total
    for unit in range(n):
        if labels[unit] >= 0 and piece[unit] != best[labels[unit]]:
            labels[unit] = -1


@njit(cache=True, nogil=True)
def attach(
    labels: NDArray[np.int32],
    count: int,
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    load: NDArray[np.float64],
) -> None:
    """Give each unlabelled unit to the lightest district it borders, wave by wave."""
    n = len(labels)
    held = np.zeros(count)
    waiting = 0
    for unit in range(n):
        if labels[unit] >= 0:
            held[labels[unit]] += load[unit]
        else:
            waiting += 1
    while waiting > 0:
        before = waiting
        for unit in range(n):
            if labels[unit] >= 0:
                continue
            best = -1
            for at in range(indptr[unit], indptr[unit + 1]):
                d = labels[indices[at]]
                if d >= 0 and (
                    best < 0 or held[d] < held[best] or (held[d] == held[best] and d < best)
                ):
                    best = d
            if best >= 0:
                labels[unit] = best
                held[best] += load[unit]
                waiting -= 1
        if waiting == before:
            return


@njit(cache=True, nogil=True)
def split(
    labels: NDArray[np.int32],
    district: int,
    new: int,
    share: float,
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    load: NDArray[np.float64],
    fixed: NDArray[np.bool_],
) -> bool:
    """Cut a connected district in two along a random spanning tree; the cut-off side holds about ``share`` of it.

    The side with fixed units keeps the label. Uses numba's generator, which the caller seeds.

    Returns
    -------
    bool
        False when the district cannot be cut (one unit, or every cut would part fixed units).
    """
    n = len(labels)
    start, members, total, pinned = -1, 0, 0.0, 0
    for unit in range(n):
        if labels[unit] == district:
            members += 1
            total += load[unit]
            pinned += 1 if fixed[unit] else 0
            if start < 0 or np.random.random() * members < 1.0:  # noqa: NPY002
                start = unit
    if members < 2:
        return False
    # A tree grown by taking a random unit of the frontier: quick, and different each time.
    parent = np.full(n, -2, dtype=np.int32)
    order = np.empty(members, dtype=np.int32)
    frontier = np.empty(len(indices) + 1, dtype=np.int32)
    origin = np.empty(len(indices) + 1, dtype=np.int32)
    frontier[0], origin[0], waiting, reached = start, -1, 1, 0
    while waiting > 0:
        at = int(np.random.random() * waiting)  # noqa: NPY002
        unit, before = frontier[at], origin[at]
        waiting -= 1
        frontier[at], origin[at] = frontier[waiting], origin[waiting]
        if parent[unit] != -2:
            continue
        parent[unit] = before
        order[reached] = unit
        reached += 1
        for link in range(indptr[unit], indptr[unit + 1]):
            other = indices[link]
            if labels[other] == district and parent[other] == -2:
                frontier[waiting], origin[waiting] = other, unit
                waiting += 1
    below = load.copy()
    pins = np.zeros(n, dtype=np.int64)
    best, best_miss, best_flipped = -1, math.inf, False
    for i in range(members - 1, 0, -1):
        unit = order[i]
        pins[unit] += 1 if fixed[unit] else 0
        below[parent[unit]] += below[unit]
        pins[parent[unit]] += pins[unit]
        if pins[unit] == 0 or pins[unit] == pinned:
            wanted = share if pins[unit] == 0 else 1.0 - share
            miss = abs(below[unit] - wanted * total)
            if miss < best_miss:
                best, best_miss, best_flipped = unit, miss, pins[unit] > 0
    if best < 0:
        return False
    side = np.zeros(n, dtype=np.bool_)
    side[best] = True
    for i in range(1, members):
        unit = order[i]
        if parent[unit] >= 0 and side[parent[unit]]:
            side[unit] = True
    for i in range(members):
        unit = order[i]
        if side[unit] != best_flipped:
            labels[unit] = new
    return True


@njit(cache=True, nogil=True)
def fill_empty(
    labels: NDArray[np.int32],
    count: int,
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    load: NDArray[np.float64],
    fixed: NDArray[np.bool_],
    seed: int,
) -> None:
    """Split the heaviest district that can be split until no label in 0 ... count - 1 is empty."""
    np.random.seed(seed)  # noqa: NPY002  (numba's generator, seeded per call)
    n = len(labels)
    for new in range(count):
        held = np.zeros(count)
        size = np.zeros(count, dtype=np.int64)
        for unit in range(n):
            held[labels[unit]] += load[unit]
            size[labels[unit]] += 1
        if size[new] > 0:
            continue
        done = False
        while not done:
            heaviest = -1
            for d in range(count):
                if size[d] > 1 and (heaviest < 0 or held[d] > held[heaviest]):
                    heaviest = d
            if heaviest < 0:
                return
            done = split(labels, heaviest, new, 0.5, indptr, indices, load, fixed)
            size[heaviest] = 0


@njit(cache=True, nogil=True)
def tree_map(
    count: int,
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    load: NDArray[np.float64],
    seed: int,
) -> NDArray[np.int32]:
    """Draw a map by cutting along random spanning trees, each time in the proportion of the districts on each side."""
    np.random.seed(seed)  # noqa: NPY002  (numba's generator, seeded per call)
    n = len(load)
    labels = np.zeros(n, dtype=np.int32)
    fixed = np.zeros(n, dtype=np.bool_)
    owed = np.zeros(count, dtype=np.int64)
    owed[0] = count
    new = 1
    while new < count:
        widest = -1
        for d in range(new):
            if owed[d] > 1 and (widest < 0 or owed[d] > owed[widest]):
                widest = d
        if widest < 0:
            break
        half = owed[widest] // 2
        if split(labels, widest, new, half / owed[widest], indptr, indices, load, fixed):
            owed[new] = half
            owed[widest] -= half
            new += 1
        else:
            owed[widest] = 1
    return labels


@njit(cache=True, nogil=True)
def sow(seed: int) -> None:
    """Seed the generator of this thread's kernels."""
    np.random.seed(seed)  # noqa: NPY002
