"""Opening hours: windows per site under staff hours, so that most worker-hours find an open site; with a proved bound.

Each (group, day, hour) counts once if any site it reaches is open then. Every site takes one timetable: windows of whole
hours on weekdays and at weekends that its weekly staff hours allow. The bound relaxes "counts once" with multipliers
(Lagrange), after which each site's best timetable is found exactly; the answer is built site by site and improved by
giving one site at a time its best timetable against all others. Weakness: the gap that remains where many sites overlap
is one of the method, not of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.result import Outcome, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

PASSES = 4
"""Most passes over all sites."""
NEVER = -1e15
"""Value of an hour in which a site may not open."""


@dataclass(frozen=True, eq=False)
class OpeningProblem:
    """When sites may open and whom they reach.

    Parameters
    ----------
    weights
        float64 (groups, 2, 24): worker-hours a week to be had on weekdays and at weekends.
    indptr, indices
        Sites each group reaches.
    allowed
        bool (sites, 2, 24): hours in which a site may open.
    staff_hours, volunteer_hours
        int64 (sites,): hours a week; volunteers cover weekends only.
    windows_most, window_least, weekday_least
        Windows of a day, hours of a window, hours of a weekday.
    """

    weights: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    allowed: NDArray[np.bool_]
    staff_hours: NDArray[np.int64]
    volunteer_hours: NDArray[np.int64]
    windows_most: int = 2
    window_least: int = 2
    weekday_least: int = 2


@dataclass(frozen=True, eq=False)
class Opening:
    """Hours open, bool (sites, 2, 24), and what the optimiser says of them; ``short`` are sites that cannot open so long."""

    opened: NDArray[np.bool_]
    outcome: Outcome
    short: NDArray[np.int64]


def day_patterns(windows_most: int, window_least: int) -> NDArray[np.bool_]:
    """Return all timetables of a day, bool (patterns, 24), sorted by hours open; the first is closed all day."""
    singles = [(start, end) for start in range(24) for end in range(start + window_least, 25)]
    patterns = [np.zeros(24, dtype=np.bool_)]
    for start, end in singles:
        one = np.zeros(24, dtype=np.bool_)
        one[start:end] = True
        patterns.append(one)
        if windows_most > 1:
            for later, last in singles:
                if later > end:
                    two = one.copy()
                    two[later:last] = True
                    patterns.append(two)
    table = np.array(patterns)
    return table[np.argsort(table.sum(axis=1), kind="stable")]


def best_opening(problem: OpeningProblem, *, rounds: int) -> Opening:
    """Choose the hours of every site.

    Parameters
    ----------
    problem
        Arrays.
    rounds
        Rounds of the search for the bound; counted, so that the answer repeats exactly.

    Returns
    -------
    Opening
        Status infeasible where a site cannot open for the fewest hours of a weekday; ``short`` names them.
    """
    from scipy.sparse import csr_array

    sites = len(problem.staff_hours)
    choose = _Timetables(problem)
    short = choose.impossible()
    if len(short):
        outcome = Outcome(
            status=Status.INFEASIBLE, sense="max", value=np.nan, bound=-np.inf,
            reason="staff hours or host hours leave too few hours on a weekday",
        )  # fmt: skip
        return Opening(np.zeros((sites, 2, 24), dtype=np.bool_), outcome, short)
    groups = len(problem.weights)
    weights = problem.weights.reshape(groups, 48)
    reach = csr_array(
        (np.ones(len(problem.indices)), problem.indices, problem.indptr), shape=(groups, sites)
    )
    order, bound, work = _bound(weights, reach, choose, rounds)
    opened, passes = _build(weights, reach, choose, order)
    value = _value(weights, reach, opened)
    bound = max(bound, value)
    met = bound - value <= 1e-9 * max(1.0, bound)
    outcome = Outcome(
        status=Status.OPTIMAL if met else Status.FEASIBLE,
        sense="max",
        value=value,
        bound=value if met else bound,
        work=work + passes,
    )
    return Opening(opened.reshape(sites, 2, 24), outcome, short)


class _Timetables:
    """Best timetable of every site for given values of its hours, exact."""

    def __init__(self, problem: OpeningProblem) -> None:
        self.problem = problem
        usable = day_patterns(problem.windows_most, problem.window_least)
        ever = problem.allowed.any(axis=(0, 1))
        self.patterns = usable[~(usable & ~ever).any(axis=1)]
        lengths = self.patterns.sum(axis=1)
        self.starts = np.flatnonzero(np.r_[True, lengths[1:] != lengths[:-1]])
        self.lengths = lengths[self.starts]
        self.table = self.patterns.T.astype(np.float64)

    def impossible(self) -> NDArray[np.int64]:
        """Return the sites that no timetable fits."""
        value, _best = self.best(np.zeros((len(self.problem.staff_hours), 48)))
        return np.flatnonzero(value < NEVER / 2)

    def best(
        self, scores: NDArray[np.float64], rows: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return value and hours (sites, 48) of the best timetable of the sites given (all when left out)."""
        problem = self.problem
        rows = np.arange(len(problem.staff_hours)) if rows is None else rows
        values = np.empty(len(rows))
        hours = np.zeros((len(rows), 48), dtype=np.bool_)
        for first in range(0, len(rows), 512):
            part = slice(first, first + 512)
            values[part], hours[part] = self._best(scores[part], rows[part])
        return values, hours

    def _best(
        self, scores: NDArray[np.float64], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        problem = self.problem
        allowed = problem.allowed[rows].reshape(len(rows), 48)
        worth = np.where(allowed, scores, NEVER)
        weekday, at_weekday = self._by_length(worth[:, :24])
        weekend, at_weekend = self._by_length(worth[:, 24:])
        # Best weekend of at most so many hours, and which.
        most = np.maximum.accumulate(weekend, axis=1)
        which = np.where(weekend == most, np.arange(len(self.lengths)), 0)
        which = np.maximum.accumulate(which, axis=1)
        staff, helped = problem.staff_hours[rows], problem.volunteer_hours[rows]
        value = np.full(len(rows), NEVER)
        chosen = np.zeros((len(rows), 2), dtype=np.int64)
        for place, length in enumerate(self.lengths.tolist()):
            if length < problem.weekday_least:
                continue
            left = staff - 5 * length
            cap = np.searchsorted(self.lengths, (left + helped) // 2, side="right") - 1
            cap = np.maximum(cap, 0)
            total = weekday[:, place] + np.take_along_axis(most, cap[:, None], 1)[:, 0]
            better = (left >= 0) & (total > value) & (weekday[:, place] > NEVER / 2)
            value = np.where(better, total, value)
            pick = np.take_along_axis(which, cap[:, None], 1)[:, 0]
            chosen[better, 0], chosen[better, 1] = place, pick[better]
        row = np.arange(len(rows))
        hours = np.concatenate(
            [
                self.patterns[at_weekday[row, chosen[:, 0]]],
                self.patterns[at_weekend[row, chosen[:, 1]]],
            ],
            axis=1,
        )
        return value, hours

    def _by_length(
        self, worth: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the best value for each number of hours, and the pattern that has it (the first of equals)."""
        values = worth @ self.table
        best = np.maximum.reduceat(values, self.starts, axis=1)
        ends = np.r_[self.starts[1:], values.shape[1]]
        at = np.empty(best.shape, dtype=np.int64)
        for place, (start, end) in enumerate(zip(self.starts, ends, strict=True)):
            at[:, place] = start + np.argmax(values[:, start:end], axis=1)
        return best, at


def _bound(
    weights: NDArray[np.float64], reach: csr_array, choose: _Timetables, rounds: int
) -> tuple[NDArray[np.int64], float, int]:
    """Return sites in order of promise, the proved bound, and the rounds it took (subgradient on the multipliers)."""
    count = np.maximum(np.asarray(reach.sum(axis=1)).ravel(), 1.0)
    multipliers = weights / count[:, None]
    reachable = np.asarray(reach.sum(axis=1)).ravel() > 0
    total = float(weights[reachable].sum())
    best, step, stalled = total, 1.0, 0
    order = np.arange(reach.shape[1])
    upward = reach.T.tocsr()
    done = 0
    for done in range(1, rounds + 1):  # noqa: B007 - counted
        scores = upward @ multipliers
        value, hours = choose.best(scores)
        level = float((weights - multipliers)[reachable].sum() + value.sum())
        if level < best - 1e-9 * max(1.0, best):
            best, stalled = level, 0
            order = np.argsort(-value, kind="stable")
        else:
            stalled += 1
            if stalled >= 4:
                step, stalled = step / 2, 0
        met = reach @ hours.astype(np.float64)
        slope = np.where(weights > 0, met - 1.0, 0.0)
        # Nothing moves a multiplier out of its range.
        slope[(multipliers <= 0) & (slope > 0)] = 0.0
        slope[(multipliers >= weights) & (slope < 0)] = 0.0
        norm = float((slope**2 * weights).sum())
        if norm == 0 or step < 1e-3:
            break
        size = step * 0.05 * best / norm
        multipliers = np.clip(multipliers - size * slope * weights, 0.0, weights)
    return order, best, done


class _Improver:
    """Hours of all sites, how often each hour of each group is met, and moves that only ever gain."""

    def __init__(self, weights: NDArray[np.float64], reach: csr_array, choose: _Timetables) -> None:
        self.weights, self.choose = weights, choose
        self.groups_of = reach.T.tocsr()
        self.sites = reach.shape[1]
        self.opened = np.zeros((self.sites, 48), dtype=np.bool_)
        self.met = np.zeros(weights.shape, dtype=np.int32)

    def rows(self, site: int) -> NDArray[np.int32]:
        """Return the groups that reach a site."""
        span = slice(self.groups_of.indptr[site], self.groups_of.indptr[site + 1])
        return np.asarray(self.groups_of.indices[span])

    def put(self, site: int, hours: NDArray[np.bool_]) -> None:
        """Give a site other hours."""
        rows = self.rows(site)
        self.met[rows] += hours.astype(np.int32) - self.opened[site]
        self.opened[site] = hours

    def best(self, site: int) -> tuple[float, float, NDArray[np.bool_]]:
        """Return what a site's hours add to all others', what the best ones would, and those."""
        rows = self.rows(site)
        alone = (self.met[rows] - self.opened[site]) == 0
        scores = np.where(alone, self.weights[rows], 0.0).sum(axis=0)[None, :]
        value, hours = self.choose.best(scores, np.array([site]))
        return float(scores[0, self.opened[site]].sum()), float(value[0]), hours[0]

    def singly(self, order: list[int], *, first: bool) -> bool:
        """Give each site its best hours against all others; return whether anything changed."""
        changed = False
        for site in order:
            now, better, hours = self.best(site)
            if first or better > now + 1e-9:
                changed |= bool((self.opened[site] != hours).any())
                self.put(site, hours)
        return changed

    def in_pairs(self, order: list[int], mates: NDArray[np.int64]) -> bool:
        """Choose the hours of two sites that share most people anew, the other one first; keep what gains."""
        changed = False
        nothing = np.zeros(48, dtype=np.bool_)
        for site in order:
            mate = int(mates[site])
            if mate < 0:
                continue
            before = self.opened[[site, mate]].copy()
            was = self._lost([site, mate])
            for one in (site, mate):
                self.put(one, nothing)
            gained = 0.0
            for one in (mate, site):
                _now, value, hours = self.best(one)
                gained += value
                self.put(one, hours)
            if gained > was + 1e-9:
                changed = True
                continue
            for one, hours in zip((site, mate), before, strict=True):
                self.put(one, hours)
        return changed

    def _lost(self, pair: list[int]) -> float:
        """Return what would be lost without both sites."""
        rows = np.unique(np.concatenate([self.rows(one) for one in pair]))
        by_pair = np.zeros((len(rows), 48), dtype=np.int32)
        for one in pair:
            by_pair[np.searchsorted(rows, self.rows(one))] += self.opened[one]
        only = (by_pair > 0) & (self.met[rows] == by_pair)
        return float(self.weights[rows][only].sum())


def _mates(weights: NDArray[np.float64], reach: csr_array) -> NDArray[np.int64]:
    """Return the site that shares most people with each site, the first of equals; -1 where none does."""
    from scipy.sparse import diags_array

    shared = (reach.T @ diags_array(weights.sum(axis=1)) @ reach).tolil()
    shared.setdiag(0)
    table = shared.tocsr()
    table.eliminate_zeros()
    mates = np.full(reach.shape[1], -1, dtype=np.int64)
    for site in range(len(mates)):
        span = slice(table.indptr[site], table.indptr[site + 1])
        if span.stop > span.start:
            order = np.argsort(table.indices[span], kind="stable")
            names, sums = table.indices[span][order], table.data[span][order]
            mates[site] = names[np.argmax(sums)]
    return mates


def _build(
    weights: NDArray[np.float64], reach: csr_array, choose: _Timetables, order: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], int]:
    """Give each site its best timetable against all others until none gains, then pairs of neighbours theirs."""
    search = _Improver(weights, reach, choose)
    listed = order.tolist()
    passes = 0
    for passes in range(1, PASSES + 1):
        if not search.singly(listed, first=passes == 1):
            break
    if search.in_pairs(listed, _mates(weights, reach)):
        search.singly(listed, first=False)
    return search.opened, passes


def _value(weights: NDArray[np.float64], reach: csr_array, opened: NDArray[np.bool_]) -> float:
    return float(weights[(reach @ opened.astype(np.float64)) > 0].sum())
