# ruff: noqa: PLR0917, PLR0912, PLR0915, C901 - a numba kernel is one loop over plain arrays
"""Depth-first search over maps made of listed subsets: is there one with more districts in band?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def find_map(
    sets: NDArray[np.uint64],
    start: NDArray[np.int64],
    slack: NDArray[np.float64],
    within: NDArray[np.bool_],
    held: NDArray[np.float64],
    neighbours: NDArray[np.uint64],
    measures: NDArray[np.float64],
    band: NDArray[np.float64],
    count: int,
    wanted: int,
    spare: float,
    steps: int,
) -> tuple[bool, NDArray[np.int64], int]:
    """Search every map of ``count`` listed subsets with at least ``wanted`` in band.

    The lowest unit not covered yet is covered next, so every map is met once. A branch ends when its subsets use up more
    slack than there is to spare, or when what is left cannot hold the districts that are still wanted: by totals, or
    because a connected piece of it is too light for one.

    Parameters
    ----------
    sets, start
        Subsets as bit masks, by their lowest unit, then by slack; ``start[u]`` is the first one of unit ``u``, shape
        (units + 1,).
    slack
        What each subset uses up of ``spare``, at least 0.
    within, held
        Whether each subset is in band, and its totals.
    neighbours, measures
        Of the units.
    band
        Shape (3, bands): least, most, hard maximum (infinity: none); slack included.
    count, wanted
        Districts of the map, and how many of them must be in band.
    spare
        Most slack of a map (inclusive).
    steps
        Most subsets to look at.

    Returns
    -------
    tuple of bool, NDArray[np.int64], int
        Whether the search is complete, the subsets of the first map found (empty: none), subsets looked at.
    """
    n, bands = measures.shape
    one = np.uint64(1)
    none = np.uint64(0)
    every = none
    for unit in range(n):
        every |= one << np.uint64(unit)
    chosen = np.full(count, -1, dtype=np.int64)
    at = np.zeros(count + 1, dtype=np.int64)
    stop = np.zeros(count + 1, dtype=np.int64)
    covered = np.zeros(count + 1, dtype=np.uint64)
    good = np.zeros(count + 1, dtype=np.int64)
    used = np.zeros(count + 1)
    left = np.zeros((count + 1, bands))
    for unit in range(n):
        left[0] += measures[unit]
    at[0], stop[0] = start[0], start[1]
    depth, looked = 0, 0
    while depth >= 0:
        if at[depth] >= stop[depth]:
            depth -= 1
            continue
        pick = at[depth]
        at[depth] += 1
        if used[depth] + slack[pick] > spare:
            # The others of this unit use up more still.
            at[depth] = stop[depth]
            continue
        looked += 1
        if looked > steps:
            return False, chosen[:0], looked
        if sets[pick] & covered[depth] != none:
            continue
        now = covered[depth] | sets[pick]
        won = good[depth] + (1 if within[pick] else 0)
        others = count - depth - 1
        needed = max(0, wanted - won)
        if needed > others:
            continue
        loose = others - needed
        fits = True
        for m in range(bands):
            left[depth + 1, m] = left[depth, m] - held[pick, m]
            rest = left[depth + 1, m]
            if rest < needed * band[0, m]:
                fits = False
            if rest > needed * band[1, m] and (
                loose == 0 or rest > needed * band[1, m] + loose * band[2, m]
            ):
                fits = False
        if not fits:
            continue
        chosen[depth] = pick
        if now == every:
            if others == 0 and won >= wanted:
                return True, chosen[: depth + 1].copy(), looked
            continue
        if others == 0:
            continue
        # Pieces too light for a district in band must each be a district of another kind.
        open_units = every & ~now
        pieces, light, room = 0, 0, 0
        while open_units != none:
            piece = open_units & (~open_units + one)
            grown = piece
            while grown != none:
                unit = 0
                while (grown >> np.uint64(unit)) & one == none:
                    unit += 1
                grown &= ~(one << np.uint64(unit))
                fresh = neighbours[unit] & open_units & ~piece
                piece |= fresh
                grown |= fresh
            open_units &= ~piece
            pieces += 1
            hosts = count
            for m in range(bands):
                total = 0.0
                for unit in range(n):
                    if (piece >> np.uint64(unit)) & one != none:
                        total += measures[unit, m]
                if band[0, m] > 0:
                    hosts = min(hosts, int(total / band[0, m]))
            if hosts == 0:
                light += 1
            room += hosts
        if pieces > others or light > loose or room < needed:
            continue
        lowest = 0
        while (now >> np.uint64(lowest)) & one != none:
            lowest += 1
        depth += 1
        covered[depth], good[depth] = now, won
        used[depth] = used[depth - 1] + slack[pick]
        at[depth], stop[depth] = start[lowest], start[lowest + 1]
    return True, chosen[:0], looked
