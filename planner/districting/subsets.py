# ruff: noqa: PLR0917, PLR0912, PLR0915, C901 - a numba kernel is one loop over plain arrays
"""Every connected set of units below a maximum, for parts of at most 64 units, as bit masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDEST = 64

# The place of a single bit without a loop: multiplied by a de Bruijn number, its first six bits differ for every place.
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
TOP_SIX = np.uint64(58)
PLACES = np.zeros(64, dtype=np.int64)
for _place in range(64):
    PLACES[((int(DE_BRUIJN) << _place) & 0xFFFF_FFFF_FFFF_FFFF) >> 58] = _place


@njit(cache=True, nogil=True)
def connected_subsets(
    neighbours: NDArray[np.uint64],
    measures: NDArray[np.float64],
    least: NDArray[np.float64],
    most: NDArray[np.float64],
    cap: int,
    visits: int,
) -> tuple[NDArray[np.uint64], bool, int]:
    """List the connected sets whose every measure is between ``least`` and ``most`` (inclusive), each once.

    Sets grow from their smallest unit; a set above ``most`` is not grown further, so the list is complete. Limits are
    used as given: the caller adds the slack.

    Parameters
    ----------
    neighbours
        Bit mask of each unit's neighbours.
    measures, least, most
        What each unit holds, and the limits.
    cap, visits
        Most sets to list, and to look at.

    Returns
    -------
    tuple of NDArray[np.uint64], bool, int
        The sets as bit masks, whether the list is complete, and how many sets were looked at.
    """
    n, bands = measures.shape
    one = np.uint64(1)
    none = np.uint64(0)
    found = np.empty(min(cap, 4096), dtype=np.uint64)
    listed, looked = 0, 0
    depth_most = 2 * n + 2
    inside = np.empty(depth_most, dtype=np.uint64)
    frontier = np.empty(depth_most, dtype=np.uint64)
    closed = np.empty(depth_most, dtype=np.uint64)
    held = np.empty((depth_most, bands))
    for root in range(n):
        fits = True
        for m in range(bands):
            if measures[root, m] > most[m]:
                fits = False
        if not fits:
            continue
        # Units before the root are closed: sets with them were listed from them.
        inside[0] = one << np.uint64(root)
        closed[0] = (one << np.uint64(root)) - one
        frontier[0] = neighbours[root] & ~closed[0]
        held[0] = measures[root]
        depth, fresh = 0, True
        while depth >= 0:
            if fresh:
                looked += 1
                full = True
                for m in range(bands):
                    if held[depth, m] < least[m]:
                        full = False
                if full:
                    if listed == cap:
                        return found[:listed], False, looked
                    if listed == len(found):
                        longer = np.empty(min(cap, 2 * len(found)), dtype=np.uint64)
                        longer[:listed] = found
                        found = longer
                    found[listed] = inside[depth]
                    listed += 1
                if looked >= visits:
                    return found[:listed], False, looked
            open_units = frontier[depth] & ~closed[depth] & ~inside[depth]
            if open_units == none:
                depth -= 1
                fresh = False
                continue
            bit = open_units & (~open_units + one)
            # This level goes on without the unit; a new level takes it.
            closed[depth] |= bit
            unit = PLACES[(bit * DE_BRUIJN) >> TOP_SIX]
            fresh = True
            for m in range(bands):
                held[depth + 1, m] = held[depth, m] + measures[unit, m]
                if held[depth + 1, m] > most[m]:
                    fresh = False
            if not fresh:
                continue
            inside[depth + 1] = inside[depth] | bit
            frontier[depth + 1] = frontier[depth] | neighbours[unit]
            closed[depth + 1] = closed[depth]
            depth += 1
    return found[:listed], True, looked


def neighbour_masks(indptr: NDArray[np.int32], indices: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return the neighbours of each of at most 64 units as a bit mask."""
    masks = np.zeros(len(indptr) - 1, dtype=np.uint64)
    for unit in range(len(masks)):
        for other in indices[indptr[unit] : indptr[unit + 1]]:
            masks[unit] |= np.uint64(1) << np.uint64(other)
    return masks
