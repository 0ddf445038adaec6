# ruff: noqa: PLR0917, C901 - a numba kernel is one loop over plain arrays
"""What duals make of every listed subset, in compiled code on bit masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Duals of 16 units at a time are summed in a table.
CHUNK = 16


@njit(cache=True, nogil=True)
def _sums(price):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return sums over every subset of each 16 units, so that a subset of 64 costs four look-ups."""
    table = np.zeros((4, 1 << CHUNK))
    for unit in range(len(price)):
        chunk, low = unit // CHUNK, unit % CHUNK
        for below in range(1 << low):
            table[chunk, (1 << low) + below] = table[chunk, below] + price[unit]
    # Units beyond the last one are in no subset: their entries stay as they are.
    return table


@njit(cache=True, nogil=True)
def excesses(
    sets: NDArray[np.uint64],
    value: NDArray[np.bool_],
    rooms: NDArray[np.float32],
    dual: NDArray[np.float64],
    units: int,
    cuts: NDArray[np.uint64],
) -> NDArray[np.float32]:
    """Return the value of each subset less what the rows charge for it.

    Parameters
    ----------
    sets, value, rooms
        As in `planner.districting.programme.Columns`.
    dual
        Of the units, the count, the rows of room, and the cuts, in this order.
    units
        Number of units.
    cuts
        Triples of units as bit masks: a subset with two or more of them is charged.
    """
    table = _sums(dual[:units])
    mask = np.uint64((1 << CHUNK) - 1)
    one, none = np.uint64(1), np.uint64(0)
    charged = np.flatnonzero(dual[units + 1 + rooms.shape[1] :] > 1e-9)
    first = units + 1 + rooms.shape[1]
    result = np.empty(len(sets), dtype=np.float32)
    for i in range(len(sets)):
        s = sets[i]
        charge = (
            dual[units]
            + table[0, s & mask]
            + table[1, (s >> np.uint64(16)) & mask]
            + table[2, (s >> np.uint64(32)) & mask]
            + table[3, s >> np.uint64(48)]
        )
        for r in range(rooms.shape[1]):
            charge += dual[units + 1 + r] * rooms[i, r]
        for c in charged:
            common = s & cuts[c]
            if common & (common - one) != none:
                charge += dual[first + c]
        result[i] = (1.0 if value[i] else 0.0) - charge
    return result


def crossed(sets: NDArray[np.uint64], cut: np.uint64) -> NDArray[np.bool_]:
    """Say which subsets hold two or more of a cut's units."""
    common = sets & cut
    several: NDArray[np.bool_] = (common != 0) & ((common & (common - np.uint64(1))) != 0)
    return several


@njit(cache=True, nogil=True)
def _broken(sets, weight, units, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    one = np.uint64(1)
    # For each pair of units the weight of subsets with both; three pairs count a subset with all three thrice.
    pair = np.zeros((units, units))
    for i in range(len(sets)):
        for a in range(units):
            if (sets[i] >> np.uint64(a)) & one:
                for b in range(a + 1, units):
                    if (sets[i] >> np.uint64(b)) & one:
                        pair[a, b] += weight[i]
    found = []
    for a in range(units):
        for b in range(a + 1, units):
            for c in range(b + 1, units):
                if pair[a, b] + pair[a, c] + pair[b, c] <= limit:
                    continue
                cut = (one << np.uint64(a)) | (one << np.uint64(b)) | (one << np.uint64(c))
                held = 0.0
                for i in range(len(sets)):
                    common = sets[i] & cut
                    if common & (common - one) != np.uint64(0):
                        held += weight[i]
                if held > limit:
                    found.append((held, cut))
    return found


def crossed_triples(
    sets: NDArray[np.uint64], weight: NDArray[np.float64], units: int, limit: float
) -> list[np.uint64]:
    """Return triples of units of which subsets of more than ``limit`` weight hold two or more, the worst first."""
    if not len(sets):
        return []
    found = _broken(sets, weight, units, limit)
    return [np.uint64(cut) for held, cut in sorted(found, key=lambda f: (-f[0], int(f[1])))]


@njit(cache=True, nogil=True)
def totals(sets: NDArray[np.uint64], measures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each subset holds, shape (sets, bands)."""
    bands = measures.shape[1]
    held = np.empty((len(sets), bands))
    mask = np.uint64((1 << CHUNK) - 1)
    for m in range(bands):
        table = _sums(measures[:, m].copy())
        for i in range(len(sets)):
            s = sets[i]
            held[i, m] = (
                table[0, s & mask]
                + table[1, (s >> np.uint64(16)) & mask]
                + table[2, (s >> np.uint64(32)) & mask]
                + table[3, s >> np.uint64(48)]
            )
    return held
