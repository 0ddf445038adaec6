"""Compiled assignment of whole demands to open sites within capacity: shifts and swaps under a rising price.

Overload is allowed at a price that rises until nothing is overloaded; after that only moves that keep the
capacities are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from numba import njit

from planner.siting.median.check_room_kernels import (
    compare_kept,
    compare_room,
    compare_step,
    tally,
)
from planner.siting.median.swap_kernels import (
    Limits,
    Pairs,
    State,
    _copy,
    close_site,
    kick,
    next_random,
    open_site,
    rules_hold,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Room(NamedTuple):
    """Capacities and what the assignment needs to look pairs up."""

    loads: NDArray[np.float64]
    capacities: NDArray[np.float64]
    by_column: NDArray[np.int64]
    """Pairs of each demand in order of candidate."""
    optional: NDArray[np.bool_]
    backup: int
    price: float
    """What a unit of overload counts in the value of an answer that breaks capacities."""
    checked: bool
    """Whether every move is followed by a comparison with a recomputation."""


class Given(NamedTuple):
    """An assignment: pair of each demand (-1: left out) and load of each candidate."""

    pair: NDArray[np.int64]
    used: NDArray[np.float64]


@njit(cache=True)
def _over(room: Room, site: int, used: float) -> float:
    return float(max(0.0, used - room.capacities[site] * (1.0 + 1e-12)))


@njit(cache=True)
def _change(room: Room, used: NDArray[np.float64], site: int, load: float) -> float:
    """Return how the overload of a site changes with its load."""
    return _over(room, site, used[site] + load) - _over(room, site, used[site])


@njit(cache=True)
def _find(pairs: Pairs, room: Room, demand: int, site: int) -> int:
    """Return the pair of a demand and a candidate, -1 where there is none."""
    low = pairs.indptr[demand]
    high = pairs.indptr[demand + 1]
    while low < high:
        middle = (low + high) // 2
        if pairs.columns[room.by_column[middle]] < site:
            low = middle + 1
        else:
            high = middle
    if low < pairs.indptr[demand + 1] and pairs.columns[room.by_column[low]] == site:
        return int(room.by_column[low])
    return -1


@njit(cache=True)
def _cost(pairs: Pairs, demand: int, pair: int) -> float:
    return float(pairs.costs[pair] if pair >= 0 else pairs.unserved[demand])


@njit(cache=True)
def _give(pairs: Pairs, room: Room, given: Given, demand: int, pair: int) -> None:
    old = given.pair[demand]
    if old >= 0:
        given.used[pairs.columns[old]] -= room.loads[demand]
    if pair >= 0:
        given.used[pairs.columns[pair]] += room.loads[demand]
    given.pair[demand] = pair


@njit(cache=True)
def _seen(pairs: Pairs, is_open: NDArray[np.bool_], demand: int, most: int) -> int:
    count = 0
    for pair in range(pairs.indptr[demand], pairs.indptr[demand + 1]):
        if is_open[pairs.columns[pair]]:
            count += 1
            if count >= most:
                break
    return count


@njit(cache=True)
def _repair(pairs: Pairs, room: Room, is_open: NDArray[np.bool_], given: Given) -> None:
    """Give demand without an open site to its cheapest one, or leave it out."""
    for demand in range(len(given.pair)):
        old = given.pair[demand]
        fits = _seen(pairs, is_open, demand, room.backup) >= room.backup
        if old >= 0 and is_open[pairs.columns[old]] and fits:
            continue
        chosen = -1
        if fits:
            for pair in range(pairs.indptr[demand], pairs.indptr[demand + 1]):
                if is_open[pairs.columns[pair]]:
                    chosen = pair
                    break
        _give(pairs, room, given, demand, chosen)
    if room.checked:
        compare_room(pairs, room, is_open, given)


@njit(cache=True)
def _shift(
    pairs: Pairs,
    room: Room,
    is_open: NDArray[np.bool_],
    given: Given,
    price: float,
    least_gain: float,
) -> bool:
    """Move single demands while that helps; say whether anything moved."""
    moved = False
    for demand in range(len(given.pair)):
        old = given.pair[demand]
        load = room.loads[demand]
        now = _cost(pairs, demand, old)
        relief = 0.0
        if old >= 0:
            relief = _change(room, given.used, pairs.columns[old], -load)
        elif room.backup > 1 and _seen(pairs, is_open, demand, room.backup) < room.backup:
            continue
        best = -least_gain
        chosen = -2
        over = 0.0
        for pair in range(pairs.indptr[demand], pairs.indptr[demand + 1]):
            step = pairs.costs[pair] - now + price * relief
            if step >= best:
                break
            site = pairs.columns[pair]
            if not is_open[site] or pair == old:
                continue
            added = _change(room, given.used, site, load)
            step += price * added
            if step < best:
                best = step
                chosen = pair
                over = relief + added
        leaves = old >= 0 and room.optional[demand]
        if leaves and pairs.unserved[demand] - now + price * relief < best:
            chosen = -1
            over = relief
        if chosen > -2:
            if room.checked:
                before = tally(pairs, room, given)
            _give(pairs, room, given, demand, chosen)
            if room.checked:
                compare_room(pairs, room, is_open, given)
                cost = _cost(pairs, demand, chosen) - now
                compare_step(pairs, room, given, before, cost, over)
            moved = True
    return moved


@njit(cache=True)
def _exchange(
    pairs: Pairs,
    room: Room,
    is_open: NDArray[np.bool_],
    given: Given,
    price: float,
    least_gain: float,
    deep: bool,
) -> bool:
    """Swap two demands of different sites (or a served for an unserved one) while that helps.

    Unless ``deep``, only demand that is left out or stands at an overloaded site is tried.
    """
    moved = False
    for demand in range(len(given.pair)):
        old = given.pair[demand]
        mine = -1 if old < 0 else pairs.columns[old]
        load = room.loads[demand]
        if not deep and mine >= 0 and _over(room, mine, given.used[mine]) <= 0.0:
            continue
        if old < 0 and room.backup > 1 and _seen(pairs, is_open, demand, room.backup) < room.backup:
            continue
        done = False
        for pair in range(pairs.indptr[demand], pairs.indptr[demand + 1]):
            site = pairs.columns[pair]
            if done:
                break
            if not is_open[site] or site == mine:
                continue
            for entry in range(pairs.starts[site], pairs.starts[site + 1]):
                other = pairs.rows[entry]
                if given.pair[other] != pairs.places[entry]:
                    continue
                back = -1
                if mine >= 0:
                    back = _find(pairs, room, other, mine)
                    if back < 0:
                        continue
                elif not room.optional[other]:
                    continue
                change = room.loads[other] - load
                cost = pairs.costs[pair] - _cost(pairs, demand, old)
                cost += _cost(pairs, other, back) - pairs.costs[given.pair[other]]
                over = _change(room, given.used, site, -change)
                if mine >= 0:
                    over += _change(room, given.used, mine, change)
                if cost + price * over < -least_gain:
                    if room.checked:
                        before = tally(pairs, room, given)
                    _give(pairs, room, given, demand, pair)
                    _give(pairs, room, given, other, back)
                    if room.checked:
                        compare_room(pairs, room, is_open, given)
                        compare_step(pairs, room, given, before, cost, over)
                    moved = True
                    done = True
                    break
    return moved


@njit(cache=True)
def _overload(room: Room, is_open: NDArray[np.bool_], given: Given) -> float:
    total = 0.0
    for site in range(len(is_open)):
        if is_open[site]:
            total += _over(room, site, given.used[site])
    return total


@njit(cache=True)
def assign(
    pairs: Pairs,
    room: Room,
    is_open: NDArray[np.bool_],
    given: Given,
    least_gain: float,
    deep: bool,
) -> float:
    """Improve an assignment to the open sites in place; return its cost with overload at its price."""
    _repair(pairs, room, is_open, given)
    price = room.price / 64.0
    for _ in range(12):
        for _ in range(12):
            if _shift(pairs, room, is_open, given, price, least_gain):
                continue
            if not _exchange(pairs, room, is_open, given, price, least_gain, deep):
                break
        if _overload(room, is_open, given) <= 0.0:
            break
        price *= 4.0
    for _ in range(12):
        if _shift(pairs, room, is_open, given, 1e15, least_gain):
            continue
        if not _exchange(pairs, room, is_open, given, 1e15, least_gain, deep):
            break
    total = room.price * _overload(room, is_open, given)
    for demand in range(len(given.pair)):
        total += _cost(pairs, demand, given.pair[demand])
    return total


@njit(cache=True)
def _site_cost(limits: Limits, is_open: NDArray[np.bool_]) -> float:
    total = 0.0
    for site in range(len(is_open)):
        if is_open[site]:
            total += limits.site_costs[site]
    return total


@njit(cache=True)
def wander(
    pairs: Pairs,
    limits: Limits,
    room: Room,
    state: State,
    spare: State,
    given: Given,
    value: float,
    rounds: int,
    seed: NDArray[np.uint64],
    least_gain: float,
    deep: bool,
) -> float:
    """Swap, open or close sites at random and reassign, keeping what is no worse; return the value reached.

    ``state`` and ``given`` hold the answer; ``spare`` is workspace and equals ``state`` at the start.
    """
    candidates = len(state.is_open)
    trial = Given(given.pair.copy(), given.used.copy())
    for _ in range(rounds):
        draw = next_random(seed) % 10
        site = next_random(seed) % candidates
        if draw == 0 and not state.is_open[site] and rules_hold(limits, state, site, -1):
            open_site(pairs, limits, state, site)
        elif draw == 1 and state.opened[0] > 0:
            leaving = state.sites[next_random(seed) % state.opened[0]]
            if not rules_hold(limits, state, -1, leaving):
                continue
            close_site(pairs, limits, state, leaving)
        else:
            kick(pairs, limits, state, 1 + (draw == 2) + (draw == 3), seed)
        trial.pair[:] = given.pair
        trial.used[:] = given.used
        total = assign(pairs, room, state.is_open, trial, least_gain, deep)
        total += _site_cost(limits, state.is_open)
        if total <= value + 1e-9 * abs(value):
            value = total
            given.pair[:] = trial.pair
            given.used[:] = trial.used
            _copy(state, spare)
        else:
            _copy(spare, state)
        if room.checked:
            compare_kept(pairs, limits, room, state.is_open, given, value)
    return value
