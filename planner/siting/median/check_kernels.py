"""The debug switch of `solve`: what a swap search keeps up to date against its recomputation (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from planner.siting.median.swap_kernels import Limits, Pairs, State


@njit(cache=True)
def compare(pairs: Pairs, limits: Limits, state: State) -> None:
    """Raise where nearest sites, losses, rule totals or value differ from a computation from scratch."""
    value = 0.0
    loss = np.zeros(len(state.is_open))
    sums = np.zeros(len(state.sums))
    opened = 0
    for site in range(len(state.is_open)):
        if state.is_open[site]:
            opened += 1
            value += limits.site_costs[site]
            for entry in range(limits.starts[site], limits.starts[site + 1]):
                sums[limits.rows[entry]] += limits.factors[entry]
    scale = 1.0 + abs(value)
    for demand in range(len(pairs.indptr) - 1):
        first, second = -1, -1
        for pair in range(pairs.indptr[demand], pairs.indptr[demand + 1]):
            if pairs.costs[pair] >= pairs.unserved[demand]:
                break
            if state.is_open[pairs.columns[pair]]:
                if first < 0:
                    first = pair
                else:
                    second = pair
                    break
        if first != state.first[demand] or second != state.second[demand]:
            raise AssertionError("debug: the nearest open sites of a demand are not what was kept")
        nearest = pairs.costs[first] if first >= 0 else pairs.unserved[demand]
        value += nearest
        scale += abs(nearest)
        if first >= 0:
            following = pairs.costs[second] if second >= 0 else pairs.unserved[demand]
            loss[pairs.columns[first]] += following - nearest
            scale += abs(following)
    if opened != state.opened[0]:
        raise AssertionError("debug: the number of open sites is not what was kept")
    if abs(value - state.value[0]) > 1e-9 * scale:
        raise AssertionError("debug: the value is not what was kept")
    for site in range(len(loss)):
        if state.is_open[site] and abs(loss[site] - state.loss[site]) > 1e-9 * scale:
            raise AssertionError("debug: a loss is not what was kept")
    for row in range(len(sums)):
        if abs(sums[row] - state.sums[row]) > 1e-9 * (1.0 + abs(sums[row])):
            raise AssertionError("debug: the total of a rule is not what was kept")


@njit(cache=True)
def compare_gain(state: State, before: float, gain: float) -> None:
    """Raise, in debug mode, where a move did not lower the value by the gain it was chosen for."""
    if state.checked[0]:
        scale = 1.0 + abs(before) + abs(gain)
        if abs(before - state.value[0] - gain) > 1e-9 * scale:
            raise AssertionError("debug: a move does not gain what it was chosen for")
