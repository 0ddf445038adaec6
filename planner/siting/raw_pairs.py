"""Loops over raw coverage pairs, compiled: who is covered, by how much, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True)
def nearest_open(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    times: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    ranks: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the nearest open candidate of each demand; ``times`` empty means that only ranks count."""
    demands = len(indptr) - 1
    assignment = np.full(demands, -1, dtype=np.int32)
    timed = len(times) > 0
    for demand in range(demands):
        best = -1
        best_time = 0
        for pair in range(indptr[demand], indptr[demand + 1]):
            candidate = indices[pair]
            if not is_open[candidate]:
                continue
            time = times[pair] if timed else 0
            if (
                best < 0
                or time < best_time
                or (time == best_time and ranks[candidate] < ranks[best])
            ):
                best = candidate
                best_time = time
        assignment[demand] = best
    return assignment


@njit(cache=True)
def covered_shares(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    shares: NDArray[np.float64],
    is_open: NDArray[np.bool_],
    backup: int,
) -> NDArray[np.float64]:
    """Return the ``backup``-th largest share among the open candidates of each demand (0 when fewer)."""
    demands = len(indptr) - 1
    counted = np.zeros(demands)
    graded = len(shares) > 0
    largest = np.zeros(backup)
    for demand in range(demands):
        largest[:] = 0.0
        for pair in range(indptr[demand], indptr[demand + 1]):
            if not is_open[indices[pair]]:
                continue
            share = shares[pair] if graded else 1.0
            place = backup
            while place > 0 and largest[place - 1] < share:
                place -= 1
            for later in range(backup - 1, place, -1):
                largest[later] = largest[later - 1]
            if place < backup:
                largest[place] = share
        counted[demand] = largest[backup - 1]
    return counted


@njit(cache=True)
def transpose(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Turn sparse rows into sparse columns; rows come out ascending within a column."""
    starts = np.zeros(columns + 1, dtype=np.int64)
    for pair in range(len(indices)):
        starts[indices[pair] + 1] += 1
    for column in range(columns):
        starts[column + 1] += starts[column]
    place = starts[:-1].copy()
    rows = np.empty(len(indices), dtype=np.int32)
    for row in range(len(indptr) - 1):
        for pair in range(indptr[row], indptr[row + 1]):
            column = indices[pair]
            rows[place[column]] = row
            place[column] += 1
    return starts, rows
