"""Descent to a local best (compiled): every opening, closing and swap that gains is made, until none is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from planner.siting.covering.state import (
    Cover,
    Rules,
    State,
    close_site,
    compare_change,
    open_site,
    permitted,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST = 32
"""Open sites of least loss that are kept in order: of those that share nothing with a site, the best to close with it."""


class Scratch(NamedTuple):
    """What `best_partner` works in, clean before and after, and the open sites that lose least."""

    overlap: NDArray[np.float64]
    marked: NDArray[np.bool_]
    sharing: NDArray[np.int32]
    lowest: NDArray[np.int32]
    numbers: NDArray[np.int64]
    """[open sites in ``lowest``, open sites that may close]"""


@njit(cache=True, nogil=True)
def scratch_for(cover: Cover) -> Scratch:
    """Return clean scratch for a core."""
    sites = len(cover.profit)
    return Scratch(
        np.zeros(sites),
        np.zeros(sites, dtype=np.bool_),
        np.empty(max(1, sites), dtype=np.int32),
        np.empty(LOWEST, dtype=np.int32),
        np.zeros(2, dtype=np.int64),
    )


@njit(cache=True, nogil=True)
def order_lowest(cover: Cover, state: State, scratch: Scratch) -> None:
    """Keep the open sites that lose least by closing, of equals the first in line; those that must stay are left out."""
    lowest, score = scratch.lowest, state.score
    held, may_close = 0, 0
    for at in range(state.numbers[0]):
        site = state.open_list[at]
        if cover.fixed[site]:
            continue
        may_close += 1
        place = held
        while place > 0:
            before = lowest[place - 1]
            if score[before] < score[site] or (score[before] == score[site] and before < site):
                break
            place -= 1
        if place == LOWEST:
            continue
        held = min(held + 1, LOWEST)
        for later in range(held - 1, place, -1):
            lowest[later] = lowest[later - 1]
        lowest[place] = site
    scratch.numbers[0], scratch.numbers[1] = held, may_close


@njit(cache=True, nogil=True)
def _share(cover: Cover, state: State, entering: int, scratch: Scratch) -> int:
    """Gather the open sites that share demand with a closed one, and what both changes count twice; return how many."""
    overlap, marked, sharing = scratch.overlap, scratch.marked, scratch.sharing
    backup = cover.backup
    count = 0
    for pair in range(cover.column_indptr[entering], cover.column_indptr[entering + 1]):
        row = cover.column_rows[pair]
        covered = state.counts[row]
        if backup == 1:
            if covered == 1:
                near = state.sole[row]
                overlap[near] += cover.weights[row]
                if not marked[near]:
                    marked[near] = True
                    sharing[count] = near
                    count += 1
        elif covered == backup or covered == backup - 1:
            weight = cover.weights[row] if covered == backup else -cover.weights[row]
            for other in range(cover.indptr[row], cover.indptr[row + 1]):
                near = cover.indices[other]
                if state.is_open[near]:
                    overlap[near] += weight
                    if not marked[near]:
                        marked[near] = True
                        sharing[count] = near
                        count += 1
    return count


@njit(cache=True, nogil=True)
def _is_better(change: float, leaving: int, best_change: float, best_leaving: int) -> bool:
    """Say whether a swap beats the best so far; of equals the first in line does, but never an opening alone."""
    return change > best_change or (change == best_change and -1 < leaving < best_leaving)


@njit(cache=True, nogil=True)
def best_partner(
    cover: Cover, rules: Rules, state: State, entering: int, scratch: Scratch
) -> tuple[float, int]:
    """Return the best change of opening one site, and the site to close with it (-1: none).

    Only the open sites that share demand with it are looked at one by one; of the others the one that loses least is the
    best, see `order_lowest`, which must have been called since the last move.
    """
    best_change = -np.inf
    best_leaving = -2
    gain = state.score[entering]
    if permitted(cover, rules, state, entering, -1):
        best_change, best_leaving = gain, -1
    count = _share(cover, state, entering, scratch)
    rule = rules.partition[entering]
    full = rule >= 0 and state.totals[rule] + 1.0 > rules.high[rule]
    if full:
        # A full count rule leaves only its own open sites to swap with.
        for at in range(rules.member_indptr[rule], rules.member_indptr[rule + 1]):
            leaving = rules.members[at]
            if not state.is_open[leaving]:
                continue
            change = gain - state.score[leaving] + scratch.overlap[leaving]
            if _is_better(change, leaving, best_change, best_leaving) and permitted(
                cover, rules, state, entering, leaving
            ):
                best_change, best_leaving = change, leaving
    else:
        for at in range(count):
            leaving = scratch.sharing[at]
            change = gain - state.score[leaving] + scratch.overlap[leaving]
            if _is_better(change, leaving, best_change, best_leaving) and permitted(
                cover, rules, state, entering, leaving
            ):
                best_change, best_leaving = change, leaving
        leaving = _best_apart(cover, rules, state, entering, scratch)
        if leaving >= 0 and _is_better(
            gain - state.score[leaving], leaving, best_change, best_leaving
        ):
            best_change, best_leaving = gain - state.score[leaving], leaving
    for at in range(count):
        scratch.overlap[scratch.sharing[at]] = 0.0
        scratch.marked[scratch.sharing[at]] = False
    return best_change, best_leaving


@njit(cache=True, nogil=True)
def _best_apart(cover: Cover, rules: Rules, state: State, entering: int, scratch: Scratch) -> Any:
    """Return the open site that loses least among those that share nothing with one and may close for it; -1: none."""
    for at in range(scratch.numbers[0]):
        leaving = scratch.lowest[at]
        if not scratch.marked[leaving] and permitted(cover, rules, state, entering, leaving):
            return leaving
    if scratch.numbers[0] == scratch.numbers[1]:
        return -1
    best = -1
    for at in range(state.numbers[0]):
        leaving = state.open_list[at]
        if scratch.marked[leaving] or cover.fixed[leaving]:
            continue
        loss = state.score[leaving]
        if best >= 0 and (
            loss > state.score[best] or (loss == state.score[best] and leaving > best)
        ):
            continue
        if permitted(cover, rules, state, entering, leaving):
            best = leaving
    return best


@njit(cache=True, nogil=True)
def make_move(
    cover: Cover, rules: Rules, state: State, entering: int, leaving: int, change: float
) -> None:
    """Make a move (-1: nothing enters, or leaves) that was chosen because it changes the value by ``change``."""
    before = state.value[0]
    if leaving >= 0:
        close_site(cover, rules, state, leaving)
    if entering >= 0:
        open_site(cover, rules, state, entering)
    compare_change(state, before, change)


@njit(cache=True, nogil=True)
def descend(cover: Cover, rules: Rules, state: State, rounds: int, least_gain: float) -> int:
    """Take improving openings, closings and swaps in order of site until none is left; return the moves made."""
    sites = len(cover.profit)
    scratch = scratch_for(cover)
    order_lowest(cover, state, scratch)
    moves = 0
    for _round in range(rounds):
        before = moves
        for site in range(sites):
            entering, leaving, change = -1, site, -state.score[site]
            if not state.is_open[site]:
                if state.shut[site]:
                    continue
                entering = site
                change, leaving = best_partner(cover, rules, state, site, scratch)
            elif not (change > least_gain and permitted(cover, rules, state, -1, site)):
                continue
            if leaving > -2 and change > least_gain:
                make_move(cover, rules, state, entering, leaving, change)
                order_lowest(cover, state, scratch)
                moves += 1
        if moves == before:
            break
    return moves
