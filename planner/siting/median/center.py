"""p-centre: the shortest longest travel time, by covering problems over the sorted travel times."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.siting.median.capacitated import solve_capacitated
from planner.siting.median.exact import site_program
from planner.siting.median.highs import Ending, run_highs
from planner.siting.median.start import NODES, add_reach, reaching_start
from planner.siting.median.uncapacitated import Found, solve_uncapacitated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.effort import Effort
    from planner.siting.median.model import Location


class Cover(NamedTuple):
    """Cheapest sites that cover everything within one travel time: what was found and the proved lower limit.

    ``least`` is infinity where no sites do.
    """

    found: Found
    least: float


def solve_center(
    location: Location, effort: Effort, *, seed: int, start: NDArray[np.bool_] | None = None
) -> tuple[Found, float]:
    """Solve a p-centre problem; parameters as in `solve_uncapacitated`.

    The cost of covering everything within ``r`` only falls as ``r`` grows, so between two travel times the
    objective is at least the shorter one plus the cost at the longer one. Without site costs this is plain binary
    search.

    Returns
    -------
    tuple
        What was found, and the proved lower bound.
    """
    if location.tied and not location.priced:
        bare = replace(location, site_costs=np.zeros(location.candidates), tied=False, step=1.0)
        found, bound = solve_center(bare, effort, seed=seed, start=start)
        if found.is_open is None or effort.over():
            return found, bound
        worst = _value(bare, found)
        chosen = _cover(location, int(worst), effort, seed, found.is_open)
        return (found if chosen.found.is_open is None else chosen.found), bound
    search = _Search(location, effort, seed, start)
    return search.run()


class _Search:
    def __init__(
        self, location: Location, effort: Effort, seed: int, start: NDArray[np.bool_] | None
    ) -> None:
        self.location = location
        self.effort = effort
        self.seed = seed
        self.start = start
        self.best = Found(None)
        self.best_value = math.inf

    def run(self) -> tuple[Found, float]:
        """Bisect the travel times until every interval is proved no better."""
        location = self.location
        radii = np.unique(np.append(location.times, 0))
        radii = radii[radii >= _forced(location)]
        last = len(radii) - 1
        whole = self.cover(int(radii[last]))
        if whole.found.is_open is None:
            return Found(None, impossible=whole.least == math.inf), (
                float(radii[0]) + whole.least + location.constant
            )
        # (first, last, least cost at last): the answer lies at one of radii[first..last].
        intervals = [(0, last, whole.least)]
        unknown = math.inf
        proved = [float(radii[last]) + whole.least]
        while intervals:
            intervals.sort(key=lambda item: float(radii[item[0]]) + item[2], reverse=True)
            first, last, least = intervals.pop()
            limit = float(radii[first]) + least + location.constant
            self.effort.prove(min(limit, unknown, self.best_value))
            if limit >= self.best_value - 1e-9 or first == last:
                continue
            if self.effort.over():
                unknown = min(unknown, limit)
                break
            middle = (first + last - 1) // 2
            cover = self.cover(int(radii[middle]))
            intervals.append((middle + 1, last, least))
            if cover.least == math.inf:
                continue
            proved.append(float(radii[middle]) + cover.least)
            if cover.found.is_open is None:
                unknown = min(unknown, float(radii[first]) + cover.least + location.constant)
            else:
                intervals.append((first, middle, cover.least))
        bound = min([self.best_value, unknown, *(value + location.constant for value in proved)])
        self.effort.prove(bound)
        return self.best, bound

    def cover(self, radius: int) -> Cover:
        """Cover everything within a travel time, and take the sites as an answer."""
        warm = self.best.is_open if self.best.is_open is not None else self.start
        cover = _cover(self.location, radius, self.effort, self.seed, warm)
        if cover.found.is_open is not None:
            value = _value(self.location, cover.found)
            if value < self.best_value:
                self.best, self.best_value = cover.found, value
                self.effort.offer(value)
        return cover


def _forced(location: Location) -> int:
    """Return the longest of the demands' ``backup``-th shortest times: nothing shorter can do."""
    owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
    order = np.lexsort((location.times, owners))
    counts = np.diff(location.indptr)
    if not counts.any():
        return 0
    # Who reaches fewer than asked for is served by no radius; the search for one says so.
    last = (location.indptr[:-1] + np.minimum(location.backup, counts) - 1)[counts > 0]
    return int(location.times[order][last].max())


def _value(location: Location, found: Found) -> float:
    """Return the longest time of an answer with its site costs."""
    if found.is_open is None:
        return math.inf
    owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
    opened = np.flatnonzero(found.is_open[location.columns])
    order = opened[np.lexsort((location.times[opened], owners[opened]))]
    rank = np.arange(len(order)) - np.searchsorted(owners[order], owners[order])
    worst = 0.0
    if location.demands:
        worst = float(location.times[order[rank == location.backup - 1]].max())
    if found.given is not None and location.demands:
        worst = max(worst, float(location.times[found.given].max()))
    return worst + float(location.site_costs[found.is_open].sum()) + location.constant


def _cover(
    location: Location,
    radius: int,
    effort: Effort,
    seed: int,
    start: NDArray[np.bool_] | None,
) -> Cover:
    """Find the cheapest sites that cover all demand within ``radius``."""
    kept = np.flatnonzero(location.times <= radius)
    owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))[kept]
    counts = np.bincount(owners, minlength=location.demands)
    near = replace(
        location,
        indptr=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)]),
        columns=location.columns[kept],
        costs=np.zeros(len(kept)),
        times=location.times[kept],
        constant=0.0,
    )
    if (counts < location.backup).any():
        return Cover(Found(None), math.inf)
    inner = effort.inner()
    if location.capacities is not None:
        cover = _with_room(near, inner, seed, start)
    elif location.backup > 1:
        cover = _by_highs(near, inner, seed)
    elif location.site_costs.any():
        found, least = solve_uncapacitated(near, inner, seed=seed, start=start)
        cover = Cover(found, math.inf if found.impossible else least)
    else:
        cover = _by_search(near, inner, seed, start)
    effort.spend(inner.work)
    effort.clock_used |= inner.clock_used
    given = cover.found.given
    if given is not None:
        cover = cover._replace(found=cover.found._replace(given=kept[given]))
    # Where a search ended with nothing proved, no set of sites costs less than all that pay together.
    return cover._replace(least=max(cover.least, float(np.minimum(near.site_costs, 0.0).sum())))


def _by_search(near: Location, effort: Effort, seed: int, start: NDArray[np.bool_] | None) -> Cover:
    """Leave as little as possible uncovered: nothing is a yes, a bound above nothing a no; HiGHS settles the rest."""
    counted = replace(near, unserved=np.ones(near.demands), step=1.0)
    found, bound = solve_uncapacitated(
        counted, effort, seed=seed, start=start, enough=0.0, exact=False
    )
    if found.impossible or bound > 0.5:
        return Cover(Found(None, impossible=True), math.inf)
    if found.is_open is not None and found.is_open[near.columns].any():
        owners = np.repeat(np.arange(near.demands), np.diff(near.indptr))
        served = np.bincount(owners[found.is_open[near.columns]], minlength=near.demands) > 0
        if served.all():
            return Cover(found, 0.0)
    if near.demands == 0:
        return Cover(found, 0.0)
    reach = reaching_start(near, seed=seed, effort=effort)
    return Cover(
        Found(reach.is_open, impossible=reach.impossible), math.inf if reach.impossible else 0.0
    )


def _by_highs(near: Location, effort: Effort, seed: int) -> Cover:
    """Hand the covering problem to HiGHS as it is."""
    program = site_program(near, np.zeros(0))
    if not near.site_costs.any():
        program.costs = np.ones(near.candidates)
    add_reach(program, near)
    answer = run_highs(program, seed=seed, nodes=NODES, seconds=effort.seconds_left())
    effort.spend(1 + answer.nodes)
    if answer.ending is Ending.CLOCK:
        effort.clock_used = True
    if answer.ending is Ending.INFEASIBLE:
        return Cover(Found(None, impossible=True), math.inf)
    least = answer.bound if near.site_costs.any() else 0.0
    if answer.values is None:
        return Cover(Found(None), least)
    is_open = answer.values > 0.5
    return Cover(Found(is_open), min(least, float(near.site_costs[is_open].sum())))


def _with_room(near: Location, effort: Effort, seed: int, start: NDArray[np.bool_] | None) -> Cover:
    """Cover within capacities, demand assigned as a whole."""
    if near.site_costs.any():
        found, least = solve_capacitated(near, effort, seed=seed, start=start)
        return Cover(found, math.inf if found.impossible else least)
    counted = replace(near, unserved=np.ones(near.demands), step=1.0)
    found, bound = solve_capacitated(counted, effort, seed=seed, start=start, enough=0.0)
    if found.impossible or bound > 0.5:
        return Cover(Found(None, impossible=True), math.inf)
    if found.given is not None and (found.given >= 0).all():
        return Cover(found, 0.0)
    return Cover(Found(None), 0.0)
