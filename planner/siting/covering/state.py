"""The open set of a covering search with its counts, gains and losses, kept up to date move by move (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core

SLACK = 1e-9


class Cover(NamedTuple):
    """The fixed arrays of a core that the compiled search reads."""

    weights: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    column_indptr: NDArray[np.int64]
    column_rows: NDArray[np.int32]
    backup: int
    profit: NDArray[np.float64]
    fixed: NDArray[np.bool_]
    least_sites: int
    most_sites: int


class Rules(NamedTuple):
    """Side rules and spacing conflicts, by site and (for count rules) by rule."""

    indptr: NDArray[np.int64]
    rules: NDArray[np.int32]
    coefficients: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    partition: NDArray[np.int32]
    member_indptr: NDArray[np.int64]
    members: NDArray[np.int32]
    conflict_indptr: NDArray[np.int64]
    conflict_sites: NDArray[np.int32]


class State(NamedTuple):
    """What changes: open flags, cover counts, scores and rule totals.

    ``score`` of a closed site is what opening it gains, of an open one what closing it loses, its profit included.
    ``reaching`` is the sum of the open sites that reach a row; ``sole`` is the open site where there is just one,
    else -1.
    """

    is_open: NDArray[np.bool_]
    counts: NDArray[np.int32]
    reaching: NDArray[np.int64]
    sole: NDArray[np.int32]
    score: NDArray[np.float64]
    totals: NDArray[np.float64]
    open_list: NDArray[np.int32]
    place: NDArray[np.int32]
    numbers: NDArray[np.int64]
    """[number of open sites]"""
    value: NDArray[np.float64]
    """[objective without the core's constant]"""
    shut: NDArray[np.bool_]
    checked: NDArray[np.bool_]
    """[whether every move is followed by a comparison with a recomputation from scratch]"""


def cover_of(core: Core) -> Cover:
    """Return the arrays of a core in the form the compiled search takes."""
    return Cover(
        core.weights,
        core.indptr,
        core.indices,
        core.column_indptr,
        core.column_rows,
        core.backup,
        core.profit,
        core.fixed,
        core.least_sites,
        core.most_sites,
    )


def rules_of(core: Core) -> Rules:
    """Return the rules of a core in the form the compiled search takes."""
    side = core.side
    inside = np.flatnonzero(side.partition >= 0).astype(np.int32)
    order = inside[np.argsort(side.partition[inside], kind="stable")]
    indptr = np.zeros(len(side.low) + 1, dtype=np.int64)
    np.cumsum(np.bincount(side.partition[order], minlength=len(side.low)), out=indptr[1:])
    return Rules(
        side.indptr,
        side.rules,
        side.coefficients,
        side.low,
        side.high,
        side.partition,
        indptr,
        order,
        core.conflict_indptr,
        core.conflict_sites,
    )


def state_of(
    core: Core, chosen: NDArray[np.integer], shut: NDArray[np.bool_] | None = None
) -> State:
    """Return the state in which exactly ``chosen`` is open; ``shut`` sites never open."""
    state = State(
        np.zeros(core.sites, dtype=np.bool_),
        np.zeros(core.rows, dtype=np.int32),
        np.zeros(core.rows, dtype=np.int64),
        np.full(core.rows, -1, dtype=np.int32),
        np.zeros(core.sites),
        np.zeros(len(core.side.low)),
        np.zeros(max(1, core.sites), dtype=np.int32),
        np.full(core.sites, -1, dtype=np.int32),
        np.zeros(1, dtype=np.int64),
        np.zeros(1),
        np.zeros(core.sites, dtype=np.bool_) if shut is None else shut,
        np.array([core.debug]),
    )
    reset(cover_of(core), rules_of(core), state, np.sort(chosen).astype(np.int64))
    return state


@njit(cache=True, nogil=True)
def reset(cover: Cover, rules: Rules, state: State, chosen: NDArray[np.int64]) -> None:
    """Open exactly ``chosen``, computing everything from scratch."""
    state.is_open[:] = False
    state.counts[:] = 0
    state.reaching[:] = 0
    state.totals[:] = 0.0
    state.place[:] = -1
    state.numbers[0] = len(chosen)
    for at in range(len(chosen)):
        site = chosen[at]
        state.is_open[site] = True
        state.open_list[at] = site
        state.place[site] = at
        for pair in range(cover.column_indptr[site], cover.column_indptr[site + 1]):
            row = cover.column_rows[pair]
            state.counts[row] += 1
            state.reaching[row] += site
        for entry in range(rules.indptr[site], rules.indptr[site + 1]):
            state.totals[rules.rules[entry]] += rules.coefficients[entry]
    rescore(cover, state)


@njit(cache=True, nogil=True)
def rescore(cover: Cover, state: State) -> None:
    """Compute every score and the value from the counts, which also clears rounding that moves have left."""
    value = 0.0
    for row in range(len(cover.weights)):
        state.sole[row] = state.reaching[row] if state.counts[row] == 1 else -1
        if state.counts[row] >= cover.backup:
            value += cover.weights[row]
    for site in range(len(cover.profit)):
        critical = cover.backup if state.is_open[site] else cover.backup - 1
        score = cover.profit[site]
        if state.is_open[site]:
            value += score
        for pair in range(cover.column_indptr[site], cover.column_indptr[site + 1]):
            row = cover.column_rows[pair]
            if state.counts[row] == critical:
                score += cover.weights[row]
        state.score[site] = score
    state.value[0] = value


@njit(cache=True, nogil=True)
def compare(cover: Cover, rules: Rules, state: State) -> None:
    """Raise where anything kept up to date differs from its recomputation: the debug switch of `solve`."""
    rows, sites = len(cover.weights), len(cover.profit)
    fresh = State(
        np.zeros(sites, dtype=np.bool_),
        np.zeros(rows, dtype=np.int32),
        np.zeros(rows, dtype=np.int64),
        np.full(rows, -1, dtype=np.int32),
        np.zeros(sites),
        np.zeros(len(rules.low)),
        np.zeros(max(1, sites), dtype=np.int32),
        np.full(sites, -1, dtype=np.int32),
        np.zeros(1, dtype=np.int64),
        np.zeros(1),
        state.shut,
        np.zeros(1, dtype=np.bool_),
    )
    reset(cover, rules, fresh, np.flatnonzero(state.is_open))
    if fresh.numbers[0] != state.numbers[0]:
        raise AssertionError("debug: the number of open sites is not what was kept")
    for row in range(rows):
        if fresh.counts[row] != state.counts[row] or fresh.reaching[row] != state.reaching[row]:
            raise AssertionError("debug: cover counts are not what was kept")
        if cover.backup == 1 and fresh.sole[row] != state.sole[row]:
            raise AssertionError("debug: the only site of a row is not what was kept")
    slack = 1e-9 * (1.0 + abs(fresh.value[0]))
    if abs(fresh.value[0] - state.value[0]) > slack:
        raise AssertionError("debug: the value is not what was kept")
    for site in range(sites):
        if abs(fresh.score[site] - state.score[site]) > slack:
            raise AssertionError("debug: a gain or loss is not what was kept")
    for rule in range(len(rules.low)):
        if abs(fresh.totals[rule] - state.totals[rule]) > 1e-9 * (1.0 + abs(fresh.totals[rule])):
            raise AssertionError("debug: the total of a rule is not what was kept")


@njit(cache=True, nogil=True)
def compare_change(state: State, before: float, change: float) -> None:
    """Raise, in debug mode, where a move did not change the value by what it was chosen for."""
    if state.checked[0]:
        scale = 1.0 + abs(before) + abs(change)
        if abs(state.value[0] - before - change) > 1e-9 * scale:
            raise AssertionError("debug: a move does not change the value by what was reckoned")


@njit(cache=True, nogil=True)
def open_site(cover: Cover, rules: Rules, state: State, site: int) -> None:
    """Open a closed site and update counts, scores, totals and value."""
    backup = cover.backup
    score = state.score
    for pair in range(cover.column_indptr[site], cover.column_indptr[site + 1]):
        row = cover.column_rows[pair]
        count = state.counts[row]
        weight = cover.weights[row]
        if backup == 1:
            if count == 0:
                for other in range(cover.indptr[row], cover.indptr[row + 1]):
                    score[cover.indices[other]] -= weight
                score[site] += weight
                state.sole[row] = site
            elif count == 1:
                score[state.sole[row]] -= weight
                state.sole[row] = -1
        elif backup - 2 <= count <= backup:
            for other in range(cover.indptr[row], cover.indptr[row + 1]):
                near = cover.indices[other]
                if near == site:
                    continue
                if state.is_open[near]:
                    if count == backup - 1:
                        score[near] += weight
                    elif count == backup:
                        score[near] -= weight
                elif count == backup - 1:
                    score[near] -= weight
                elif count == backup - 2:
                    score[near] += weight
        state.counts[row] = count + 1
        state.reaching[row] += site
    state.value[0] += score[site]
    state.is_open[site] = True
    state.open_list[state.numbers[0]] = site
    state.place[site] = state.numbers[0]
    state.numbers[0] += 1
    for entry in range(rules.indptr[site], rules.indptr[site + 1]):
        state.totals[rules.rules[entry]] += rules.coefficients[entry]
    if state.checked[0]:
        compare(cover, rules, state)


@njit(cache=True, nogil=True)
def close_site(cover: Cover, rules: Rules, state: State, site: int) -> None:
    """Close an open site and update counts, scores, totals and value."""
    backup = cover.backup
    score = state.score
    state.value[0] -= score[site]
    for pair in range(cover.column_indptr[site], cover.column_indptr[site + 1]):
        row = cover.column_rows[pair]
        count = state.counts[row]
        weight = cover.weights[row]
        state.reaching[row] -= site
        if backup == 1:
            if count == 1:
                for other in range(cover.indptr[row], cover.indptr[row + 1]):
                    score[cover.indices[other]] += weight
                score[site] -= weight
                state.sole[row] = -1
            elif count == 2:
                score[state.reaching[row]] += weight
                state.sole[row] = state.reaching[row]
        elif backup - 1 <= count <= backup + 1:
            for other in range(cover.indptr[row], cover.indptr[row + 1]):
                near = cover.indices[other]
                if near == site:
                    continue
                if state.is_open[near]:
                    if count == backup:
                        score[near] -= weight
                    elif count == backup + 1:
                        score[near] += weight
                elif count == backup:
                    score[near] += weight
                elif count == backup - 1:
                    score[near] -= weight
        state.counts[row] = count - 1
    state.is_open[site] = False
    last = state.numbers[0] - 1
    at = state.place[site]
    moved = state.open_list[last]
    state.open_list[at] = moved
    state.place[moved] = at
    state.place[site] = -1
    state.numbers[0] = last
    for entry in range(rules.indptr[site], rules.indptr[site + 1]):
        state.totals[rules.rules[entry]] -= rules.coefficients[entry]
    if state.checked[0]:
        compare(cover, rules, state)


@njit(cache=True, nogil=True)
def shared_score(cover: Cover, state: State, entering: int, leaving: int) -> float:
    """Return what the gain of one and the loss of the other count twice when both change at once."""
    shared = 0.0
    backup = cover.backup
    if backup == 1:
        for pair in range(cover.column_indptr[entering], cover.column_indptr[entering + 1]):
            row = cover.column_rows[pair]
            if state.sole[row] == leaving:
                shared += cover.weights[row]
        return shared
    for pair in range(cover.column_indptr[entering], cover.column_indptr[entering + 1]):
        row = cover.column_rows[pair]
        count = state.counts[row]
        if count == backup or count == backup - 1:
            for other in range(cover.indptr[row], cover.indptr[row + 1]):
                if cover.indices[other] == leaving:
                    shared += cover.weights[row] if count == backup else -cover.weights[row]
                    break
    return shared


@njit(cache=True, nogil=True)
def permitted(cover: Cover, rules: Rules, state: State, entering: int, leaving: int) -> bool:
    """Say whether a swap, an opening (``leaving`` -1) or a closing (``entering`` -1) keeps every rule."""
    count = state.numbers[0]
    if entering >= 0:
        count += 1
        if state.shut[entering]:
            return False
        for entry in range(rules.conflict_indptr[entering], rules.conflict_indptr[entering + 1]):
            near = rules.conflict_sites[entry]
            if near != leaving and state.is_open[near]:
                return False
    if leaving >= 0:
        count -= 1
        if cover.fixed[leaving]:
            return False
    if count > cover.most_sites or count < cover.least_sites:
        return False
    return _totals_hold(rules, state, entering, leaving)


@njit(cache=True, nogil=True)
def _coefficient(rules: Rules, site: int, rule: int) -> Any:
    if site >= 0:
        for entry in range(rules.indptr[site], rules.indptr[site + 1]):
            if rules.rules[entry] == rule:
                return rules.coefficients[entry]
    return 0.0


@njit(cache=True, nogil=True)
def _totals_hold(rules: Rules, state: State, entering: int, leaving: int) -> bool:
    if entering >= 0:
        for entry in range(rules.indptr[entering], rules.indptr[entering + 1]):
            rule = rules.rules[entry]
            total = state.totals[rule] + rules.coefficients[entry]
            total -= _coefficient(rules, leaving, rule)
            slack = SLACK * (1.0 + abs(total))
            if total > rules.high[rule] + slack or total < rules.low[rule] - slack:
                return False
    if leaving >= 0:
        for entry in range(rules.indptr[leaving], rules.indptr[leaving + 1]):
            rule = rules.rules[entry]
            total = state.totals[rule] - rules.coefficients[entry]
            total += _coefficient(rules, entering, rule)
            slack = SLACK * (1.0 + abs(total))
            if total > rules.high[rule] + slack or total < rules.low[rule] - slack:
                return False
    return True
