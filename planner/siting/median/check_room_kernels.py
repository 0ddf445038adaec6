"""The debug switch of `solve`: loads, costs and steps of an assignment against their recomputation (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.room_kernels import Given, Room
    from planner.siting.median.swap_kernels import Limits, Pairs


@njit(cache=True)
def tally(pairs: Pairs, room: Room, given: Given) -> tuple[float, float, float]:
    """Return cost, overload and load of an assignment, each from the pairs alone."""
    used = np.zeros(len(room.capacities))
    cost = 0.0
    load = 0.0
    for demand in range(len(given.pair)):
        pair = given.pair[demand]
        if pair >= 0:
            cost += pairs.costs[pair]
            used[pairs.columns[pair]] += room.loads[demand]
            load += room.loads[demand]
        else:
            cost += pairs.unserved[demand]
    over = 0.0
    for site in range(len(used)):
        over += max(0.0, used[site] - room.capacities[site] * (1.0 + 1e-12))
    return cost, over, load


@njit(cache=True)
def compare_room(pairs: Pairs, room: Room, is_open: NDArray[np.bool_], given: Given) -> None:
    """Raise where a load is not what the pairs say, or a demand has a pair that it may not have."""
    used = np.zeros(len(room.capacities))
    scale = 1.0
    for demand in range(len(given.pair)):
        pair = given.pair[demand]
        if pair < 0:
            continue
        if pair < pairs.indptr[demand] or pair >= pairs.indptr[demand + 1]:
            raise AssertionError("debug: a demand has the pair of another one")
        if not is_open[pairs.columns[pair]]:
            raise AssertionError("debug: a demand is kept at a closed site")
        used[pairs.columns[pair]] += room.loads[demand]
        scale += room.loads[demand]
    for site in range(len(used)):
        if abs(used[site] - given.used[site]) > 1e-9 * scale:
            raise AssertionError("debug: the load of a site is not what was kept")


@njit(cache=True)
def compare_step(
    pairs: Pairs,
    room: Room,
    given: Given,
    before: tuple[float, float, float],
    cost: float,
    over: float,
) -> None:
    """Raise where a move did not change cost and overload by what it was taken for; ``before`` is a `tally`."""
    after = tally(pairs, room, given)
    if abs(after[0] - before[0] - cost) > 1e-9 * (1.0 + abs(before[0]) + abs(after[0])):
        raise AssertionError("debug: a move does not change the cost by its step")
    if abs(after[1] - before[1] - over) > 1e-9 * (1.0 + before[2] + after[2]):
        raise AssertionError("debug: a move does not change the overload by its step")


@njit(cache=True)
def compare_kept(
    pairs: Pairs,
    limits: Limits,
    room: Room,
    is_open: NDArray[np.bool_],
    given: Given,
    value: float,
) -> None:
    """Raise where the answer that a search keeps is not worth the value it keeps with it."""
    compare_room(pairs, room, is_open, given)
    cost, over, _load = tally(pairs, room, given)
    fresh = cost + room.price * over
    for site in range(len(is_open)):
        if is_open[site]:
            fresh += limits.site_costs[site]
    if abs(fresh - value) > 1e-9 * (1.0 + abs(fresh) + cost):
        raise AssertionError("debug: the value of an assignment is not what was kept")
