"""Compiled swap search: which closed site for which open one, with gains and losses kept up to date.

After Resende and Werneck (2007): opening ``i`` and closing ``r`` gains ``gain(i) - loss(r) + extra(i, r)``, where
``extra`` needs only the pairs of ``i`` that beat a demand's second nearest open site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from planner.siting.median.check_kernels import compare, compare_gain
from planner.siting.median.rules import TOLERANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray


ALL = 2**60
"""No limit on the candidates tried."""


class Pairs(NamedTuple):
    """Pairs by demand (sorted by cost) and by candidate, with what staying unserved costs in the search."""

    indptr: NDArray[np.int64]
    columns: NDArray[np.int32]
    costs: NDArray[np.float64]
    starts: NDArray[np.int64]
    """First pair of each candidate in the next two arrays."""
    rows: NDArray[np.int32]
    places: NDArray[np.int64]
    """Where each pair stands in ``columns`` and ``costs``."""
    unserved: NDArray[np.float64]


class Limits(NamedTuple):
    """The rules as plain arrays, see `planner.siting.median.rules.Rules`."""

    state: NDArray[np.int8]
    least: int
    most: int
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    factors: NDArray[np.float64]
    site_costs: NDArray[np.float64]


class State(NamedTuple):
    """A set of open sites and everything kept up to date about it."""

    is_open: NDArray[np.bool_]
    sites: NDArray[np.int32]
    """Open candidates in the first ``opened[0]`` places, in no order."""
    slot: NDArray[np.int32]
    """Place of each open candidate in ``sites``."""
    opened: NDArray[np.int64]
    first: NDArray[np.int64]
    """Pair of each demand with its nearest open site, -1 unserved."""
    second: NDArray[np.int64]
    loss: NDArray[np.float64]
    """What closing each open candidate costs, its own cost apart."""
    sums: NDArray[np.float64]
    """Left side of each row of the rules."""
    value: NDArray[np.float64]
    dirty: NDArray[np.bool_]
    extra: NDArray[np.float64]
    """Workspace, all zero between calls."""
    shift: NDArray[np.float64]
    """Workspace, all zero between calls."""
    checked: NDArray[np.bool_]
    """[whether every move is followed by a comparison with a recomputation]"""


@njit(cache=True)
def next_random(seed: NDArray[np.uint64]) -> int:
    """Draw 31 random bits (xorshift64*); the generator is its one-element argument."""
    x = seed[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    seed[0] = x
    return np.int64((x * np.uint64(2685821657736338717)) >> np.uint64(33))  # type: ignore[return-value]


@njit(cache=True)
def _cost(pairs: Pairs, demand: int, pair: int) -> float:
    return float(pairs.costs[pair] if pair >= 0 else pairs.unserved[demand])


@njit(cache=True)
def _move_loss(pairs: Pairs, state: State, demand: int, sign: float) -> None:
    first = state.first[demand]
    if first >= 0:
        step = _cost(pairs, demand, state.second[demand]) - pairs.costs[first]
        state.loss[pairs.columns[first]] += sign * step


@njit(cache=True)
def _mark(pairs: Pairs, state: State, demand: int, limit: float) -> None:
    for pair in range(pairs.indptr[demand], pairs.indptr[demand + 1]):
        if pairs.costs[pair] >= limit:
            break
        state.dirty[pairs.columns[pair]] = True


@njit(cache=True)
def _next_open(pairs: Pairs, state: State, demand: int, pair: int) -> int:
    for place in range(pair, pairs.indptr[demand + 1]):
        if pairs.costs[place] >= pairs.unserved[demand]:
            return -1
        if state.is_open[pairs.columns[place]]:
            return place
    return -1


@njit(cache=True)
def open_site(pairs: Pairs, limits: Limits, state: State, site: int) -> None:
    """Open a closed candidate."""
    state.is_open[site] = True
    state.slot[site] = state.opened[0]
    state.sites[state.opened[0]] = site
    state.opened[0] += 1
    state.value[0] += limits.site_costs[site]
    for entry in range(limits.starts[site], limits.starts[site + 1]):
        state.sums[limits.rows[entry]] += limits.factors[entry]
    for entry in range(pairs.starts[site], pairs.starts[site + 1]):
        demand = pairs.rows[entry]
        pair = pairs.places[entry]
        cost = pairs.costs[pair]
        second = state.second[demand]
        first = state.first[demand]
        if cost >= pairs.unserved[demand] or (second >= 0 and pair > second):
            continue
        limit = _cost(pairs, demand, second)
        _move_loss(pairs, state, demand, -1.0)
        if first < 0 or pair < first:
            state.value[0] += cost - _cost(pairs, demand, first)
            state.second[demand] = first
            state.first[demand] = pair
        else:
            state.second[demand] = pair
        _move_loss(pairs, state, demand, 1.0)
        _mark(pairs, state, demand, limit)
    if state.checked[0]:
        compare(pairs, limits, state)


@njit(cache=True)
def close_site(pairs: Pairs, limits: Limits, state: State, site: int) -> None:
    """Close an open candidate."""
    state.is_open[site] = False
    state.opened[0] -= 1
    last = state.sites[state.opened[0]]
    state.sites[state.slot[site]] = last
    state.slot[last] = state.slot[site]
    state.value[0] -= limits.site_costs[site]
    state.dirty[site] = True
    for entry in range(limits.starts[site], limits.starts[site + 1]):
        state.sums[limits.rows[entry]] -= limits.factors[entry]
    for entry in range(pairs.starts[site], pairs.starts[site + 1]):
        demand = pairs.rows[entry]
        pair = pairs.places[entry]
        first = state.first[demand]
        second = state.second[demand]
        if pair not in (first, second):
            continue
        _move_loss(pairs, state, demand, -1.0)
        if pair == first:
            state.value[0] += _cost(pairs, demand, second) - pairs.costs[first]
            state.first[demand] = second
        if second >= 0:
            state.second[demand] = _next_open(pairs, state, demand, second + 1)
        _move_loss(pairs, state, demand, 1.0)
        _mark(pairs, state, demand, _cost(pairs, demand, state.second[demand]))
    state.loss[site] = 0.0
    if state.checked[0]:
        compare(pairs, limits, state)


@njit(cache=True)
def rules_hold(limits: Limits, state: State, entering: int, leaving: int) -> bool:
    """Say whether a swap, an opening (``leaving`` -1) or a closing (``entering`` -1) keeps every row and count."""
    count = state.opened[0] + (entering >= 0) - (leaving >= 0)
    if count < limits.least or count > limits.most:
        return False
    if entering >= 0 and limits.state[entering] != 0:
        return False
    if leaving >= 0 and limits.state[leaving] == 1:
        return False
    holds = True
    moved = (np.int64(entering), np.int64(leaving))
    sign = 1.0
    for site in moved:
        if site >= 0:
            for entry in range(limits.starts[site], limits.starts[site + 1]):
                state.shift[limits.rows[entry]] += sign * limits.factors[entry]
        sign = -1.0
    for site in moved:
        if site >= 0:
            for entry in range(limits.starts[site], limits.starts[site + 1]):
                row = limits.rows[entry]
                total = state.sums[row] + state.shift[row]
                if total > limits.high[row] + TOLERANCE or total < limits.low[row] - TOLERANCE:
                    holds = False
    for site in moved:
        if site >= 0:
            for entry in range(limits.starts[site], limits.starts[site + 1]):
                state.shift[limits.rows[entry]] = 0.0
    return holds


@njit(cache=True)
def _best_move(pairs: Pairs, limits: Limits, state: State, site: int) -> tuple[float, int]:
    """Return the best gain of opening ``site`` and which open site to close for it (-1: none)."""
    gain = -limits.site_costs[site]
    for entry in range(pairs.starts[site], pairs.starts[site + 1]):
        demand = pairs.rows[entry]
        pair = pairs.places[entry]
        second = state.second[demand]
        if second >= 0 and pair > second:
            continue
        cost = pairs.costs[pair]
        limit = _cost(pairs, demand, second)
        if cost >= limit:
            continue
        first = state.first[demand]
        if first < 0:
            gain += limit - cost
            continue
        nearest = pairs.costs[first]
        if cost < nearest:
            gain += nearest - cost
            state.extra[pairs.columns[first]] += limit - nearest
        else:
            state.extra[pairs.columns[first]] += limit - cost
    best = 0.0
    leaving = -2
    if gain > 0.0 and rules_hold(limits, state, site, -1):
        best = gain
        leaving = -1
    for place in range(state.opened[0]):
        other = state.sites[place]
        total = gain + limits.site_costs[other] - state.loss[other] + state.extra[other]
        better = total > best or (total == best and leaving >= 0 and other < leaving)
        if better and rules_hold(limits, state, site, other):
            best = total
            leaving = other
        state.extra[other] = 0.0
    return best, leaving


@njit(cache=True)
def descend(
    pairs: Pairs, limits: Limits, state: State, start: int, least_gain: float, most: int
) -> int:
    """Swap, open and close until no marked candidate improves or ``most`` were tried; return how many were."""
    candidates = len(state.is_open)
    tried = 0
    idle = 0
    site = start
    while idle < candidates and tried < most:
        idle += 1
        site = site + 1 if site + 1 < candidates else 0
        if not state.dirty[site]:
            continue
        state.dirty[site] = False
        if state.is_open[site]:
            saving = limits.site_costs[site] - state.loss[site]
            if saving > least_gain and rules_hold(limits, state, -1, site):
                before = state.value[0]
                close_site(pairs, limits, state, site)
                compare_gain(state, before, saving)
                idle = 0
            continue
        if limits.state[site] != 0:
            continue
        tried += 1
        gain, leaving = _best_move(pairs, limits, state, site)
        if leaving == -2 or gain <= least_gain:
            continue
        before = state.value[0]
        if leaving >= 0:
            close_site(pairs, limits, state, leaving)
        open_site(pairs, limits, state, site)
        compare_gain(state, before, gain)
        idle = 0
    return tried


@njit(cache=True)
def _copy(source: State, target: State) -> None:
    target.is_open[:] = source.is_open
    target.sites[:] = source.sites
    target.slot[:] = source.slot
    target.opened[:] = source.opened
    target.first[:] = source.first
    target.second[:] = source.second
    target.loss[:] = source.loss
    target.sums[:] = source.sums
    target.value[:] = source.value


@njit(cache=True)
def _neighbour(pairs: Pairs, state: State, site: int, seed: NDArray[np.uint64]) -> tuple[int, int]:
    """Draw a demand of ``site`` and a closed candidate near that demand; (-1, -1) where there is none."""
    length = pairs.starts[site + 1] - pairs.starts[site]
    if length == 0:
        return -1, -1
    offset = next_random(seed) % length
    for step in range(min(length, 64)):
        demand = pairs.rows[pairs.starts[site] + (offset + step) % length]
        first = state.first[demand]
        if first < 0 or pairs.columns[first] != site:
            continue
        width = min(pairs.indptr[demand + 1] - pairs.indptr[demand], 24)
        for _ in range(6):
            place = pairs.indptr[demand] + next_random(seed) % width
            if not state.is_open[pairs.columns[place]]:
                return demand, pairs.columns[place]
    return -1, -1


@njit(cache=True)
def kick(
    pairs: Pairs, limits: Limits, state: State, strength: int, seed: NDArray[np.uint64]
) -> None:
    """Swap a few neighbouring sites at random, keeping every rule."""
    candidates = len(state.is_open)
    if state.opened[0] == 0:
        return
    leaving = state.sites[next_random(seed) % state.opened[0]]
    for _ in range(strength):
        demand, entering = _neighbour(pairs, state, leaving, seed)
        if entering < 0 or not rules_hold(limits, state, entering, leaving):
            for _ in range(32):
                entering = next_random(seed) % candidates
                leaving = state.sites[next_random(seed) % state.opened[0]]
                if not state.is_open[entering] and rules_hold(limits, state, entering, leaving):
                    break
                entering = -1
            if entering < 0:
                return
        close_site(pairs, limits, state, leaving)
        open_site(pairs, limits, state, entering)
        following = -1 if demand < 0 else state.second[demand]
        if following < 0 or pairs.columns[following] == entering:
            leaving = state.sites[next_random(seed) % state.opened[0]]
        else:
            leaving = pairs.columns[following]


@njit(cache=True)
def iterate(
    pairs: Pairs,
    limits: Limits,
    state: State,
    best: State,
    rounds: int,
    seed: NDArray[np.uint64],
    least_gain: float,
) -> tuple[int, int]:
    """Kick and descend from a local optimum; ``best`` holds the best set, ``state`` ends equal to it.

    Returns
    -------
    tuple
        Candidates tried, and rounds that improved the best.
    """
    tried = 0
    better = 0
    candidates = len(state.is_open)
    most = 2 + min(4, state.opened[0] // 8)
    for _ in range(rounds):
        state.dirty[:] = False
        kick(pairs, limits, state, 1 + next_random(seed) % most, seed)
        tried += 1 + descend(pairs, limits, state, next_random(seed) % candidates, least_gain, ALL)
        if state.value[0] < best.value[0] - least_gain:
            better += 1
        if state.value[0] <= best.value[0] + least_gain:
            _copy(state, best)
        else:
            _copy(best, state)
    return tried, better
