"""Location with capacities: sites first, then whole demands to sites; bounded by knapsacks, exact when small."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.median.dual import TURNS, Bound, narrow, worth_giving
from planner.siting.median.exact import assignment_form, assignment_start
from planner.siting.median.highs import Ending, run_highs
from planner.siting.median.room_kernels import Given, Room, assign, wander
from planner.siting.median.rules import CLOSED
from planner.siting.median.search import SwapSearch, greedy_sites
from planner.siting.median.start import allowed_start
from planner.siting.median.uncapacitated import Found

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.effort import Effort
    from planner.siting.median.model import Location
    from planner.siting.median.swap_kernels import State

LARGEST_PROGRAM = 60_000
"""HiGHS is tried when at most this many pairs are left."""
NODES = 20_000
"""Most nodes of one HiGHS run when the caller sets no limit."""
DEEP_PAIRS = 5_000
"""Up to this many pairs every exchange of two demands is tried after every move of sites."""


class RoomSearch:
    """Search over sites and assignment together, in slices.

    Parameters
    ----------
    location
        A problem with capacities.
    seed
        Any integer.
    """

    def __init__(self, location: Location, *, seed: int) -> None:
        if location.loads is None or location.capacities is None:
            raise RuntimeError("a problem without capacities came to the search with them")
        # Demand left out within a limit is decided by the exact program; here all of it is served.
        must = location.unserved
        if location.skip_weights is not None:
            must = np.full(location.demands, np.inf)
        self.location = replace(location, unserved=must)
        self.swaps = SwapSearch(self.location, seed=seed)
        owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
        mean_load = max(1e-12, float(location.loads.mean())) if location.demands else 1.0
        longest = float(location.costs.max(initial=0.0)) + 1.0
        self.room = Room(
            loads=location.loads,
            capacities=location.capacities,
            by_column=np.lexsort((location.columns, owners)).astype(np.int64),
            optional=np.isfinite(must),
            backup=location.backup,
            price=4.0 * (longest + float(np.abs(location.site_costs).max(initial=0.0))) / mean_load,
            checked=location.debug,
        )
        self.least_gain = 0.5 if location.step else 1e-10 * longest
        self.state: State | None = None
        self.given = self._nothing()
        self.value = math.inf

    def _nothing(self) -> Given:
        location = self.location
        return Given(np.full(location.demands, -1, dtype=np.int64), np.zeros(location.candidates))

    def begin(self, is_open: NDArray[np.bool_]) -> None:
        """Assign demand to a set of sites; keep it if it beats the best so far."""
        given = self._nothing()
        value = assign(self.swaps.pairs, self.room, is_open, given, self.least_gain, True)
        value += float(self.location.site_costs[is_open].sum())
        if value < self.value:
            self.value, self.given = value, given
            self.state = self.swaps.state_of(is_open)

    def run(self, rounds: int) -> bool:
        """Try ``rounds`` random moves; say whether the best improved."""
        if self.state is None or not self.state.opened[0]:
            return False
        before = self.value
        self.value = wander(
            self.swaps.pairs,
            self.swaps.limits,
            self.room,
            self.state,
            self.swaps.state_of(self.state.is_open),
            self.given,
            self.value,
            rounds,
            self.swaps.random,
            self.least_gain,
            len(self.location.costs) <= DEEP_PAIRS,
        )
        return self.value < before - 1e-9 * abs(before)


def assigned_value(
    location: Location, is_open: NDArray[np.bool_], given: NDArray[np.int64]
) -> float:
    """Return the objective of an assignment, infinity where it breaks a rule."""
    if location.loads is None or location.capacities is None:
        return math.inf
    served = given >= 0
    columns = location.columns[given[served]]
    used = np.bincount(columns, weights=location.loads[served], minlength=location.candidates)
    if (used > location.capacities * (1 + 1e-9) + 1e-9).any() or not is_open[columns].all():
        return math.inf
    if not location.rules.allows(is_open):
        return math.inf
    if location.backup > 1:
        owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
        seen = np.bincount(owners[is_open[location.columns]], minlength=location.demands)
        if (seen[served] < location.backup).any():
            return math.inf
    left = ~served
    skipped = 0.0 if location.skip_weights is None else float(location.skip_weights[left].sum())
    if skipped > location.skip_limit * (1 + 1e-9) + 1e-9 and location.skip_weights is not None:
        return math.inf
    total = float(location.costs[given[served]].sum()) + float(location.unserved[left].sum())
    return total + float(location.site_costs[is_open].sum()) + location.constant


class Solver:
    """One solve; see `solve_capacitated`."""

    def __init__(self, location: Location, effort: Effort, seed: int, enough: float) -> None:
        self.location = location
        self.effort = effort
        self.seed = seed
        self.enough = enough
        self.found = Found(None)
        self.best_value = math.inf
        self.bound_value = -math.inf
        self.bound: Bound | None = None

    def offer(self, is_open: NDArray[np.bool_], given: NDArray[np.int64]) -> None:
        """Keep an answer if it keeps every rule and is better."""
        value = assigned_value(self.location, is_open, given)
        if value < self.best_value:
            self.found, self.best_value = Found(is_open.copy(), given.copy()), value
            self.effort.offer(value)

    def prove(self, bound: float) -> None:
        """Keep a bound (constant included) if it is higher."""
        self.bound_value = max(self.bound_value, bound)
        self.effort.prove(bound)

    def over(self) -> bool:
        """Say whether to stop now: proved, good enough, hopeless, or told to."""
        if self.best_value <= self.enough or self.bound_value > self.enough > -math.inf:
            return True
        slack = 1e-8 * max(1.0, abs(self.bound_value)) if math.isfinite(self.best_value) else 0.0
        return self.best_value <= self.bound_value + slack or self.effort.over()

    def search_and_bound(self, start: NDArray[np.bool_], *, patience: int) -> None:
        """Alternate slices of search and bound until neither gains any more."""
        location = self.location
        search = RoomSearch(location, seed=self.seed)
        search.begin(start)
        self._take(search)
        if self.bound is None:
            owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
            prices = np.zeros(location.demands)
            np.maximum.at(prices, owners, location.costs)
            self.bound = Bound(location, prices / 2.0)
        rounds = int(np.clip(1_000_000 // max(1, len(location.costs)), 4, 400))
        turns = int(np.clip(2_000_000 // max(1, len(location.costs)), 20, TURNS))
        idle = 0
        while idle < patience and not self.over():
            gained = search.run(rounds)
            self.effort.spend(rounds)
            self._take(search)
            if self.over():
                return
            gained |= self.bound.climb(
                min(self.best_value - location.constant, search.value), turns
            )
            self.effort.spend(turns)
            # The bound may be one of a problem narrowed to answers better than the incumbent.
            self.prove(min(self.bound.value + location.constant, self.best_value))
            hint = self.bound.sites()
            if location.rules.allows(hint):
                before = search.value
                search.begin(hint)
                gained |= search.value < before
                self._take(search)
            idle = 0 if gained else idle + 1

    def _take(self, search: RoomSearch) -> None:
        if search.state is not None:
            self.offer(search.state.is_open, search.given.pair)

    def prove_rest(self) -> bool:
        """Fix candidates by reduced costs and hand the rest to HiGHS; say whether that settled it."""
        location = self.location
        for _ in range(10):
            if self.bound is None or not math.isfinite(self.best_value):
                break
            target = self.best_value - location.constant
            state, fixed = self.bound.fix(target)
            if fixed == 0:
                break
            location = narrow(location, state)
            dual = self.bound.dual
            self.bound = Bound(location, dual.prices, dual.row_prices)
            self.bound.climb(target, 100)
            self.effort.spend(100)
            self.prove(min(self.bound.value + location.constant, self.best_value))
            if self.over():
                return True
        if len(location.costs) > LARGEST_PROGRAM:
            return False
        return self._highs(location)

    def _highs(self, location: Location) -> bool:
        program = assignment_form(location)
        start = None
        if self.found.is_open is not None and self.found.given is not None:
            start = self._start(location, self.found.is_open, self.found.given)
        answer = run_highs(
            program,
            seed=self.seed,
            start=start,
            absolute_gap=0.999
            if location.step
            else 1e-9 * max(1.0, min(1e12, abs(self.best_value))),
            nodes=min(NODES, self.effort.work_left()),
            seconds=self.effort.seconds_left(),
        )
        self.effort.spend(1 + answer.nodes)
        if start is not None and answer.contradicts(self.best_value - location.constant):
            return False
        if answer.ending is Ending.INFEASIBLE:
            self.prove(self.best_value)
            if self.found.is_open is None:
                self.found = Found(None, impossible=True)
            return True
        bound = answer.bound + location.constant
        if location.step and math.isfinite(bound):
            bound = math.ceil(bound - 1e-6)
        if answer.values is not None:
            is_open, given = read_assignment(location, answer.values)
            self.offer(is_open, self._whole_pairs(location, given))
        self.prove(min(bound, self.best_value))
        if answer.ending is Ending.CLOCK:
            self.effort.over()
        return answer.ending is Ending.PROVED

    def _places(self, location: Location) -> NDArray[np.int64]:
        """Return where the pairs of a narrowed problem stand in the whole one."""
        if len(location.costs) == len(self.location.costs):
            return np.arange(len(location.costs))
        whole = self.location
        owners = np.repeat(np.arange(whole.demands), np.diff(whole.indptr))
        kept = (location.rules.state[whole.columns] != CLOSED) & worth_giving(whole, owners)
        return np.flatnonzero(kept)

    def _whole_pairs(self, location: Location, given: NDArray[np.int64]) -> NDArray[np.int64]:
        places = self._places(location)
        return np.where(given >= 0, places[given] if len(places) else -1, -1)

    def _start(
        self, location: Location, is_open: NDArray[np.bool_], given: NDArray[np.int64]
    ) -> NDArray[np.float64] | None:
        """Write the incumbent for the narrowed problem, None where it was narrowed away."""
        back = np.full(len(self.location.costs), -1, dtype=np.int64)
        places = self._places(location)
        back[places] = np.arange(len(places))
        pairs = np.where(given >= 0, back[given] if len(back) else -1, -1)
        if ((pairs < 0) & (given >= 0)).any() or not location.rules.allows(is_open):
            return None
        return assignment_start(location, is_open, pairs)


def read_assignment(
    location: Location, values: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Read open sites and the pair given to each demand from the columns of the assignment form."""
    is_open = values[: location.candidates] > 0.5
    pairs = values[location.candidates : location.candidates + len(location.costs)] > 0.5
    owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
    given = np.full(location.demands, -1, dtype=np.int64)
    given[owners[pairs]] = np.flatnonzero(pairs)
    return is_open, given


def solve_capacitated(
    location: Location,
    effort: Effort,
    *,
    seed: int,
    start: NDArray[np.bool_] | None = None,
    enough: float = -math.inf,
) -> tuple[Found, float]:
    """Solve a location problem with capacities; parameters as in `solve_uncapacitated`.

    Returns
    -------
    tuple
        What was found with the pair of each demand, and the proved lower bound.
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
    solver.search_and_bound(begin, patience=3)
    settled = solver.over() or solver.prove_rest()
    if not settled and effort.ends_by_itself() and solver.found.is_open is not None:
        solver.search_and_bound(solver.found.is_open, patience=2**30)
    return solver.found, solver.bound_value
