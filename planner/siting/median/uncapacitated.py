"""Location without capacities: swap search and bound in turn, then HiGHS on what the bound leaves open."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.siting.median.dual import TURNS, Bound, narrow
from planner.siting.median.exact import radius_form
from planner.siting.median.highs import Ending, run_highs
from planner.siting.median.rules import FREE
from planner.siting.median.search import SwapSearch, greedy_sites
from planner.siting.median.start import allowed_start, reaching_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.effort import Effort
    from planner.siting.median.model import Location

LARGEST_PROGRAM = 12_000
"""HiGHS is tried when at most this many radii are left."""
NODES = 20_000_000
"""Most nodes of one HiGHS run, times the radii."""

SLICES = 8
"""A slice of search takes about this part of the work that is left; a round tries about every candidate once."""


class Found(NamedTuple):
    """Result of a solve: None where no allowed answer was found.

    Parameters
    ----------
    is_open
        Open sites.
    given
        Pair given to each demand, -1 left out; None: the nearest open site.
    impossible
        Proved that no answer keeps the rules.
    """

    is_open: NDArray[np.bool_] | None
    given: NDArray[np.int64] | None = None
    impossible: bool = False


def nearest_costs(location: Location, is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return what each demand costs with a set of open sites, its unserved cost where none reaches it."""
    return _ordered_costs(location, is_open)[0]


def _ordered_costs(
    location: Location, is_open: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each demand's cost at its nearest and at its second nearest open site."""
    owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
    opened = np.flatnonzero(is_open[location.columns])
    rank = np.arange(len(opened)) - np.searchsorted(owners[opened], owners[opened])
    results = []
    for place in (0, 1):
        costs = location.unserved.copy()
        pairs = opened[rank == place]
        costs[owners[pairs]] = np.minimum(location.costs[pairs], costs[owners[pairs]])
        results.append(costs)
    return results[0], results[1]


def value_of(location: Location, is_open: NDArray[np.bool_]) -> float:
    """Return the objective of a set of open sites, infinity where demand that must be served is not."""
    total = float(nearest_costs(location, is_open).sum())
    return total + float(location.site_costs[is_open].sum()) + location.constant


class Solver:
    """One solve; see `solve_uncapacitated`."""

    def __init__(
        self, location: Location, effort: Effort, seed: int, enough: float = -math.inf
    ) -> None:
        self.location = location
        self.effort = effort
        self.seed = seed
        self.enough = enough
        self.best: NDArray[np.bool_] | None = None
        self.best_value = math.inf
        self.bound_value = -math.inf
        self.bound: Bound | None = None

    def offer(self, is_open: NDArray[np.bool_]) -> None:
        """Keep a set of sites if it keeps the rules and is better."""
        if not self.location.rules.allows(is_open):
            return
        value = value_of(self.location, is_open)
        if value < self.best_value:
            self.best, self.best_value = is_open.copy(), value
            self.effort.offer(value)

    def prove(self, bound: float) -> None:
        """Keep a bound (constant included) if it is higher."""
        self.bound_value = max(self.bound_value, bound)
        self.effort.prove(bound)

    def closed(self) -> bool:
        """Say whether nothing is left to do: proved, good enough, or hopeless."""
        if self.best_value <= self.enough or self.bound_value > self.enough > -math.inf:
            return True
        slack = 1e-8 * max(1.0, abs(self.bound_value)) if math.isfinite(self.best_value) else 0.0
        return self.best_value <= self.bound_value + slack

    def over(self) -> bool:
        """Say whether to stop now."""
        return self.closed() or self.effort.over()

    def search_and_bound(self, start: NDArray[np.bool_], *, patience: int) -> None:
        """Alternate slices of search and bound until neither gains any more."""
        location = self.location
        self.offer(start)
        if self.bound is None:
            prices = _ordered_costs(location, start)[1]
            prices[~np.isfinite(prices)] = 2.0 * location.costs.max(initial=0.0) + 1.0
            self.bound = Bound(location, prices)
            worst = float(self.bound.pairs.unserved.sum())
            self.bound.climb(min(self.best_value - location.constant, worst), TURNS)
            self.effort.spend(TURNS)
            self.prove(self.bound.value + location.constant)
        search = SwapSearch(location, seed=self.seed)
        search.begin(start, self.over)
        self.effort.spend(search.tried)
        self.offer(search.sites())
        rounds = int(np.clip(2_000_000 // max(1, len(location.costs)), 4, 200))
        idle = 0
        while idle < patience and not self.over():
            tried = search.tried
            gained = search.run(min(rounds, self._affordable_rounds()))
            self.effort.spend(search.tried - tried + 1)
            self.offer(search.sites())
            if self.over():
                return
            target = min(self.best_value, self.value_in(search)) - location.constant
            gained |= self.bound.climb(target, TURNS)
            self.effort.spend(TURNS)
            self._prove_rest_bound(self.bound.value + location.constant)
            if self.over():
                return
            hint = self.bound.sites()
            if location.rules.allows(hint):
                before = search.tried
                gained |= self._try(search, hint)
                self.effort.spend(search.tried - before)
            idle = 0 if gained else idle + 1

    def _affordable_rounds(self) -> int:
        """Return how long a slice of search may be, so that the bound and HiGHS get their part of counted work."""
        return max(1, self.effort.work_left() // (SLICES * max(1, self.location.candidates)))

    def _try(self, search: SwapSearch, hint: NDArray[np.bool_]) -> bool:
        before = self.best_value
        search.begin(hint, self.over)
        self.offer(search.sites())
        return self.best_value < before

    def value_in(self, search: SwapSearch) -> float:
        """Return the search's own value: what stands in while no answer serves everyone."""
        return (
            math.inf
            if search.best is None
            else float(search.best.value[0]) + self.location.constant
        )

    def prove_rest(self) -> bool:
        """Fix candidates by reduced costs and hand the rest to HiGHS; say whether that settled it."""
        location = self.location
        if self.bound is not None and math.isfinite(self.best_value):
            for _ in range(20):
                target = self.best_value - location.constant
                state, fixed = self.bound.fix(target)
                if fixed == 0 and location is not self.location:
                    break
                location = narrow(location, state)
                dual = self.bound.dual
                self.bound = Bound(location, dual.prices, dual.row_prices)
                rising = self.bound.climb(target, TURNS)
                self.effort.spend(TURNS)
                self._prove_rest_bound(self.bound.value + location.constant)
                if self.over():
                    return True
                if not rising and fixed == 0:
                    break
        return self._highs(location)

    def _prove_rest_bound(self, bound: float) -> None:
        """Keep a bound of the fixed problem, which holds for the whole one up to the incumbent."""
        self.prove(min(bound, self.best_value))

    def _highs(self, location: Location) -> bool:
        prices = np.zeros(location.demands) if self.bound is None else self.bound.dual.prices
        depth = prices.copy()
        if self.best is not None:
            depth = np.maximum(depth, nearest_costs(location, self.best))
        while not self.over():
            form = radius_form(location, depth)
            if len(form.keys) > LARGEST_PROGRAM:
                return False
            start = None
            held = False
            if self.best is not None and math.isfinite(self.best_value):
                # An answer of this very program, unless fixing has cut it off as no better than itself.
                held = location.rules.allows(self.best)
                start = form.start(self.best, nearest_costs(location, self.best))
            answer = run_highs(
                form.program,
                seed=self.seed,
                start=start,
                absolute_gap=0.999
                if location.step
                else 1e-7 * max(1.0, abs(self.best_value)) * 0.01,
                nodes=min(1 + NODES // max(1000, len(form.keys)), self.effort.work_left()),
                seconds=self.effort.seconds_left(),
            )
            self.effort.spend(1 + answer.nodes)
            fixed = form.constant + location.constant
            if held and answer.contradicts(self.best_value - fixed):
                return False
            if answer.ending is Ending.INFEASIBLE:
                # Only answers no better than the incumbent were cut off before.
                self.prove(self.best_value)
                return True
            bound = answer.bound + fixed
            if location.step and math.isfinite(bound):
                bound = math.ceil(bound - 1e-6)
            self._prove_rest_bound(bound)
            if answer.values is not None:
                is_open = answer.values[: location.candidates] > 0.5
                self.offer(is_open)
                costs = nearest_costs(location, is_open)
                short = costs > depth
                if self.closed():
                    return True
                if answer.ending is Ending.PROVED and short.any():
                    depth[short] = np.where(np.isfinite(costs[short]), costs[short], np.inf)
                    continue
            if answer.ending is Ending.CLOCK:
                self.effort.over()
            return answer.ending is Ending.PROVED
        return True


def solve_uncapacitated(
    location: Location,
    effort: Effort,
    *,
    seed: int,
    start: NDArray[np.bool_] | None = None,
    enough: float = -math.inf,
    exact: bool = True,
) -> tuple[Found, float]:
    """Solve a location problem without capacities.

    Parameters
    ----------
    location
        The problem; ``backup`` must be 1.
    effort
        What may be spent; collects work and log.
    seed
        Any integer.
    start
        Open sites to begin with; ignored where they break the rules.
    enough
        Stop at an answer of this value, and as soon as none can be this good.
    exact
        Whether HiGHS may follow the search.

    Returns
    -------
    tuple
        What was found, and the proved lower bound.
    """
    solver = Solver(location, effort, seed, enough)
    begin = start if start is not None and location.rules.allows(start) else None
    if begin is None:
        begin = greedy_sites(location)
        if not location.rules.allows(begin):
            allowed = allowed_start(location, begin, seed=seed, effort=effort)
            if allowed.is_open is None:
                return Found(None, impossible=allowed.impossible), solver.bound_value
            begin = allowed.is_open
    free = int((location.rules.state == FREE).sum())
    solver.search_and_bound(begin, patience=3 if free > 0 else 1)
    if solver.best is None or not math.isfinite(solver.best_value):
        reach = reaching_start(location, seed=seed, effort=effort)
        if reach.impossible:
            return Found(None, impossible=True), math.inf
        if reach.is_open is not None:
            solver.best_value, solver.best = math.inf, None
            solver.search_and_bound(reach.is_open, patience=3)
            solver.offer(reach.is_open)
    if not exact:
        return Found(solver.best), solver.bound_value
    settled = solver.over() or solver.prove_rest()
    if not settled and effort.ends_by_itself() and solver.best is not None:
        solver.search_and_bound(solver.best, patience=2**30)
    return Found(solver.best), solver.bound_value
