"""Compiled loops of presolve: pick rows, expand graded shares into levels, merge identical rows by hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True)
def take_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    rows: NDArray[np.int64],
    place: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the given rows with candidates renamed by ``place`` (-1 drops one), ascending within each row."""
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    for new in range(len(rows)):
        size = 0
        for pair in range(indptr[rows[new]], indptr[rows[new] + 1]):
            if place[indices[pair]] >= 0:
                size += 1
        starts[new + 1] = starts[new] + size
    taken = np.empty(starts[-1], dtype=np.int32)
    for new in range(len(rows)):
        at = starts[new]
        ascending = True
        for pair in range(indptr[rows[new]], indptr[rows[new] + 1]):
            renamed = place[indices[pair]]
            if renamed >= 0:
                if at > starts[new] and taken[at - 1] > renamed:
                    ascending = False
                taken[at] = renamed
                at += 1
        if not ascending:
            taken[starts[new] : at] = np.sort(taken[starts[new] : at])
    return starts, taken


@njit(cache=True)
def take_shares(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    shares: NDArray[np.float64],
    rows: NDArray[np.int64],
    place: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return the shares of the pairs that `take_rows` returns, in the same order."""
    total = 0
    for new in range(len(rows)):
        for pair in range(indptr[rows[new]], indptr[rows[new] + 1]):
            if place[indices[pair]] >= 0:
                total += 1
    taken = np.empty(total)
    at = 0
    for new in range(len(rows)):
        first, last = indptr[rows[new]], indptr[rows[new] + 1]
        order = np.argsort(place[indices[first:last]])
        for offset in order:
            if place[indices[first + offset]] >= 0:
                taken[at] = shares[first + offset]
                at += 1
    return taken


@njit(cache=True)
def select_pairs(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return only the rows flagged in ``kept``."""
    rows = 0
    total = 0
    for row in range(len(kept)):
        if kept[row]:
            rows += 1
            total += indptr[row + 1] - indptr[row]
    starts = np.zeros(rows + 1, dtype=np.int64)
    taken = np.empty(total, dtype=np.int32)
    new = 0
    for row in range(len(kept)):
        if kept[row]:
            size = indptr[row + 1] - indptr[row]
            starts[new + 1] = starts[new] + size
            taken[starts[new] : starts[new + 1]] = indices[indptr[row] : indptr[row + 1]]
            new += 1
    return starts, taken


@njit(cache=True)
def expand_shares(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Turn graded rows into plain ones: one per distinct share, reached by the sites of at least that share.

    The largest share among open sites, times the weight, is the sum over these levels of the weight times the step
    to the next lower share; so graded cover is plain cover of more rows, and the same holds for the second largest.
    """
    rows = 0
    total = 0
    for row in range(len(weights)):
        graded = np.sort(shares[indptr[row] : indptr[row + 1]])
        size = len(graded)
        for place in range(size):
            if graded[place] > 0 and (place == 0 or graded[place] > graded[place - 1]):
                rows += 1
                total += size - place
    starts = np.zeros(rows + 1, dtype=np.int64)
    taken = np.empty(total, dtype=np.int32)
    level_weights = np.empty(rows)
    new = 0
    at = 0
    for row in range(len(weights)):
        graded = np.sort(shares[indptr[row] : indptr[row + 1]])
        below = 0.0
        for level in graded:
            if level <= below:
                continue
            level_weights[new] = weights[row] * (level - below)
            for pair in range(indptr[row], indptr[row + 1]):
                if shares[pair] >= level:
                    taken[at] = indices[pair]
                    at += 1
            new += 1
            starts[new] = at
            below = level
    return starts, taken, level_weights


@njit(cache=True)
def _row_hashes(indptr: NDArray[np.int64], indices: NDArray[np.integer]) -> NDArray[np.uint64]:
    hashes = np.empty(len(indptr) - 1, dtype=np.uint64)
    for row in range(len(hashes)):
        total = np.uint64(indptr[row + 1] - indptr[row])
        for pair in range(indptr[row], indptr[row + 1]):
            mixed = np.uint64(indices[pair]) + np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            total += mixed ^ (mixed >> np.uint64(31))
        hashes[row] = total
    return hashes


@njit(cache=True)
def _same(indptr: NDArray[np.int64], indices: NDArray[np.integer], row: int, other: int) -> bool:
    size = indptr[row + 1] - indptr[row]
    if size != indptr[other + 1] - indptr[other]:
        return False
    for offset in range(size):
        if indices[indptr[row] + offset] != indices[indptr[other] + offset]:
            return False
    return True


@njit(cache=True)
def _representatives(
    indptr: NDArray[np.int64],
    indices: NDArray[np.integer],
    hashes: NDArray[np.uint64],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    first = np.arange(len(order))
    start = 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and hashes[order[stop]] == hashes[order[start]]:
            stop += 1
        for later in range(start + 1, stop):
            # Equal hashes are compared in full: a collision must not merge unlike demand.
            for earlier in range(start, later):
                leader = order[earlier]
                if first[leader] == leader and _same(indptr, indices, order[later], leader):
                    first[order[later]] = leader
                    break
        start = stop
    return first


def alike(indptr: NDArray[np.int64], keys: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return for each row the first row with the same keys in the same order, itself where it is the first."""
    hashes = _row_hashes(indptr, keys)
    return np.asarray(_representatives(indptr, keys, hashes, np.argsort(hashes, kind="stable")))


def merge_rows(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Merge rows that the same sites reach, adding their weights; the first of equal rows keeps its place.

    Returns
    -------
    tuple
        ``indptr``, ``indices`` and weights of the rows that are left.
    """
    if not len(weights):
        return indptr, indices, weights
    first = alike(indptr, indices)
    merged = np.bincount(first, weights=weights, minlength=len(weights))
    kept = first == np.arange(len(first))
    starts, taken = select_pairs(indptr, indices, kept)
    return starts, taken, merged[kept]
