"""Swap search with annealed acceptance (compiled): random neighbouring swaps, cooled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from planner.siting.covering.descent import make_move
from planner.siting.covering.state import Cover, Rules, State, permitted, shared_score

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def draw(source: NDArray[np.uint64]) -> Any:
    """Return 64 random bits (splitmix64); the one-element ``source`` is the generator's state."""
    source[0] += np.uint64(0x9E3779B97F4A7C15)
    mixed = source[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@njit(cache=True, nogil=True)
def below(source: NDArray[np.uint64], size: int) -> Any:
    """Return a random whole number from 0 to ``size`` - 1."""
    return np.int64((draw(source) >> np.uint64(32)) * np.uint64(size) >> np.uint64(32))


@njit(cache=True, nogil=True)
def fraction(source: NDArray[np.uint64]) -> float:
    """Return a random number in [0, 1)."""
    return float(draw(source) >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True, nogil=True)
def _neighbour(
    cover: Cover, rules: Rules, state: State, source: NDArray[np.uint64], leaving: int
) -> Any:
    """Return a random site that shares demand (or an exact count rule) with one that may leave."""
    rule = rules.partition[leaving]
    if rule >= 0:
        tight = state.totals[rule] - 1.0 < rules.low[rule]
        if tight or (draw(source) & np.uint64(1)) == np.uint64(0):
            first, last = rules.member_indptr[rule], rules.member_indptr[rule + 1]
            return rules.members[first + below(source, last - first)]
    first, last = cover.column_indptr[leaving], cover.column_indptr[leaving + 1]
    if first == last or below(source, 16) == 0:
        return below(source, len(cover.profit))
    row = cover.column_rows[first + below(source, last - first)]
    first, last = cover.indptr[row], cover.indptr[row + 1]
    return cover.indices[first + below(source, last - first)]


@njit(cache=True, nogil=True)
def _better_neighbour(
    cover: Cover, rules: Rules, state: State, source: NDArray[np.uint64], leaving: int
) -> Any:
    """Of two random neighbours return the one that gains more: more of the moves proposed are worth a thought."""
    one = _neighbour(cover, rules, state, source, leaving)
    other = _neighbour(cover, rules, state, source, leaving)
    if state.is_open[one] or (not state.is_open[other] and state.score[other] > state.score[one]):
        return other
    return one


@njit(cache=True, nogil=True)
def _save(state: State, best: NDArray[np.int32]) -> tuple[float, int]:
    """Copy the open sites; return their value and number."""
    size = state.numbers[0]
    best[:size] = state.open_list[:size]
    return state.value[0], size


@njit(cache=True, nogil=True)
def anneal(
    cover: Cover,
    rules: Rules,
    state: State,
    source: NDArray[np.uint64],
    temperatures: tuple[float, float],
    proposals: int,
    goal: float,
    best: NDArray[np.int32],
) -> tuple[float, int, int]:
    """Propose swaps (now and then an opening or a closing) at falling temperature.

    Parameters
    ----------
    cover, rules, state
        The problem and the open set, changed in place.
    source
        Generator state.
    temperatures
        First and last temperature in objective units, both above 0.
    proposals
        Number of moves proposed.
    goal
        End early once the value reaches this; infinity never does.
    best
        Buffer of at least as many places as sites; receives the best open set seen.

    Returns
    -------
    tuple
        Value of the best open set (without the core's constant), its size, and how many moves were made.
    """
    sites = len(cover.profit)
    hot, cold = temperatures
    cooling = (cold / hot) ** (1.0 / max(1, proposals // 256))
    temperature = hot
    best_value, best_size = _save(state, best)
    unsaved = False
    moves = 0
    for proposal in range(proposals):
        if proposal % 256 == 255:
            temperature *= cooling
        entering, leaving = -1, -1
        size = state.numbers[0]
        free = size < cover.most_sites
        if size == 0 or (free and below(source, 4) == 0):
            entering = below(source, sites)
        else:
            leaving = state.open_list[below(source, size)]
            if not free or size <= cover.least_sites or below(source, 8) > 0:
                entering = _better_neighbour(cover, rules, state, source, leaving)
        if entering >= 0 and state.is_open[entering]:
            continue
        change = 0.0
        if entering >= 0:
            change += state.score[entering]
        if leaving >= 0:
            change -= state.score[leaving]
        # Chance decides first, on the most the move can bring: most proposals end here.
        barrier = temperature * np.log(max(fraction(source), 1e-300))
        swap = entering >= 0 and leaving >= 0
        shared = max(0.0, state.score[leaving] - cover.profit[leaving]) if swap else 0.0
        if change + shared <= barrier or not permitted(cover, rules, state, entering, leaving):
            continue
        if swap:
            change += shared_score(cover, state, entering, leaving)
            if change <= barrier:
                continue
        if change < 0.0 and unsaved:
            best_value, best_size = _save(state, best)
            unsaved = False
        make_move(cover, rules, state, entering, leaving, change)
        moves += 1
        unsaved = state.value[0] > best_value + 1e-9 * abs(best_value)
        if unsaved and state.value[0] >= goal:
            break
    if unsaved:
        best_value, best_size = _save(state, best)
    return best_value, best_size, moves
