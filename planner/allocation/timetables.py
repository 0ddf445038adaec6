"""Best timetables of one site, or of two together, for given values of their hours: exact, by all timetables of a day.

A timetable is a set of windows of whole hours on weekdays and another at weekends; staff hours tie the two together.
For two sites the value of a pair of day timetables is a sum over hours (what each adds, less what both would count
twice), so all pairs of a day are one product of matrices, and lengths are joined as for one site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.allocation.opening import OpeningProblem

NEVER = -1e15
"""Value of an hour in which a site may not open."""


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


class Fitting(NamedTuple):
    """The timetables of a day that fit a site, shortest first.

    Parameters
    ----------
    which, table
        Their numbers, and float64 (timetables, 24): 1 where one is open.
    starts, lengths
        Where those of each number of hours begin, and the hours.
    """

    which: NDArray[np.int64]
    table: NDArray[np.float64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


class Timetables:
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
        self._known: dict[tuple[int, bytes, int, int], Fitting] = {}

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

    def best_of_two(
        self, alone: NDArray[np.float64], shared: NDArray[np.float64], pair: tuple[int, int]
    ) -> tuple[float, NDArray[np.bool_]]:
        """Return value and hours (2, 48) of the best timetables of two sites together.

        Parameters
        ----------
        alone
            float64 (2, 48): what an hour of each site adds of people only it would meet.
        shared
            float64 (48,): what an hour of either adds of people both would meet, counted once.
        pair
            The two sites.
        """
        fit = [[self._fitting(site, day) for day in (0, 1)] for site in pair]
        weekdays, weekends = ((fit[0][at], fit[1][at]) for at in (0, 1))
        day = [
            _pairs_of_day(one.table, other.table, alone[:, hours], shared[hours])
            for one, other, hours in (
                (*weekdays, slice(0, 24)),
                (*weekends, slice(24, 48)),
            )
        ]
        weekday = _by_lengths(day[0], weekdays[0].starts, weekdays[1].starts)
        weekend = _by_lengths(day[1], weekends[0].starts, weekends[1].starts)
        most = np.maximum.accumulate(np.maximum.accumulate(weekend, axis=0), axis=1)
        caps = [
            self._weekend_places(site, weekdays[one].lengths, weekends[one].lengths)
            for one, site in enumerate(pair)
        ]
        fine = (caps[0] >= 0)[:, None] & (caps[1] >= 0)
        total = weekday + most[np.maximum(caps[0], 0)][:, np.maximum(caps[1], 0)]
        total = np.where(fine, total, NEVER)
        first, second = np.unravel_index(int(np.argmax(total)), total.shape)
        at_weekday = _first_in(
            day[0], weekdays[0].starts, weekdays[1].starts, (int(first), int(second)), weekday
        )
        lengths = weekend[: caps[0][first] + 1, : caps[1][second] + 1]
        place = np.unravel_index(int(np.argmax(lengths)), lengths.shape)
        at_weekend = _first_in(
            day[1], weekends[0].starts, weekends[1].starts, (int(place[0]), int(place[1])), weekend
        )
        hours = [
            np.concatenate(
                [
                    self.patterns[weekdays[one].which[at_weekday[one]]],
                    self.patterns[weekends[one].which[at_weekend[one]]],
                ]
            )
            for one in (0, 1)
        ]
        return float(total[first, second]), np.array(hours)

    def _fitting(self, site: int, day: int) -> Fitting:
        """Return the timetables of a day that a site's hours and staff allow; most sites have those of many others."""
        problem = self.problem
        staff, helped = int(problem.staff_hours[site]), int(problem.volunteer_hours[site])
        key = (day, problem.allowed[site, day].tobytes(), staff, helped)
        known = self._known.get(key)
        if known is None:
            lengths = self.patterns.sum(axis=1)
            fine = ~(self.patterns & ~problem.allowed[site, day]).any(axis=1)
            if day == 0:
                fine &= lengths >= problem.weekday_least
                fine &= 5 * lengths <= staff
            else:
                fine &= 2 * lengths <= staff - 5 * problem.weekday_least + helped
            which = np.flatnonzero(fine)
            lengths = lengths[which]
            starts = np.flatnonzero(np.r_[True, lengths[1:] != lengths[:-1]])
            table = self.patterns[which].astype(np.float64)
            known = self._known[key] = Fitting(which, table, starts, lengths[starts])
        return known

    def _weekend_places(
        self, site: int, weekday: NDArray[np.int64], weekend: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return, for each length of a weekday, the place of the longest weekend day that staff hours leave; -1: none."""
        left = self.problem.staff_hours[site] - 5 * weekday + self.problem.volunteer_hours[site]
        places: NDArray[np.int64] = np.searchsorted(weekend, left // 2, side="right") - 1
        return places


def _pairs_of_day(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    alone: NDArray[np.float64],
    shared: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the value of every pair of day timetables of two sites: what each adds, less what both would count twice."""
    both = (first * shared) @ second.T
    return np.asarray((first @ (alone[0] + shared))[:, None] + second @ (alone[1] + shared) - both)


def _by_lengths(
    values: NDArray[np.float64], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the best value for each pair of lengths."""
    by_row = np.maximum.reduceat(values, rows, axis=0)
    return np.maximum.reduceat(by_row, columns, axis=1)


def _first_in(
    values: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    block: tuple[int, int],
    best: NDArray[np.float64],
) -> tuple[int, int]:
    """Return the first pair of timetables with the best value of a pair of lengths."""
    row = slice(rows[block[0]], rows[block[0] + 1] if block[0] + 1 < len(rows) else None)
    column = slice(
        columns[block[1]], columns[block[1] + 1] if block[1] + 1 < len(columns) else None
    )
    part = values[row, column]
    at, beside = np.unravel_index(int(np.argmax(part == best[block])), part.shape)
    return int(rows[block[0]] + at), int(columns[block[1]] + beside)
