"""Maximal covering: greedy, annealed swaps and a Lagrangian bound in turn, and an exact finish where it pays."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.covering.anneal import anneal
from planner.siting.covering.bound import Prices
from planner.siting.covering.construct import construct
from planner.siting.covering.descent import descend
from planner.siting.covering.exact import solve_exact
from planner.siting.covering.restrict import restrict
from planner.siting.covering.state import cover_of, rescore, rules_of, state_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.siting.covering.core import Core
    from planner.siting.covering.run import Run
    from planner.siting.covering.state import State

SMALL_PAIRS = 4_000
"""Cores of at most this many pairs go to the integer programme at once."""
PROPOSALS = 1_000
"""Proposed swaps that make one unit of work."""
CHUNK = 64
"""Units of work between two looks at the stopping rule."""
HEATS = (0.05, 0.03, 0.1, 0.2)
"""First temperatures of successive cycles, as shares of the mean loss of an open site."""
LARGE_HEATS = (0.1, 0.2, 0.4)
"""The same on large cores, where each cycle is longer than the one before: the longer it cools, the hotter it should begin.
Further cycles begin as the last."""
COLD = 0.03
"""The last temperature of a cycle as a share of its first."""
MOST_MOVES = 0.25
"""Share of proposals that a large core's first temperature may let through; above it, it is halved."""
LARGE_SITES = 10_000
"""Above this many sites cycles begin short, and all from the incumbent; below it every other one from the greedy answer."""
LARGE_SITES_DENSE = 5_000
"""The same where pairs are more than `LARGE_PAIRS`, so that moves take long."""
LARGE_PAIRS = 2_000_000
DENSE_PAIRS = 20_000_000
"""From this many pairs a move touches so many that search and bound take short turns."""
DENSE_UNITS = 512
STILL = 2e-4
"""Step length below which prices no longer move."""
ROUNDS = 500
"""Bound rounds after the first cycle; later visits take a quarter."""
FIRST_PAIRS = 25_000
"""Pairs left by fixing up to which the integer programme is tried at first; doubles from visit to visit."""
EXACT_PAIRS = 400_000
EXACT_SECONDS = 300.0
POOL = 6
"""Local bests whose sites are combined."""
MERGE_PAIRS = 100_000
MERGE_NODES = 30


def is_large(core: Core) -> bool:
    """Say whether cycles should begin short, see `LARGE_SITES`."""
    return core.sites > (LARGE_SITES_DENSE if len(core.indices) > LARGE_PAIRS else LARGE_SITES)


class Search:
    """Annealed swap search over one run, cycle after cycle.

    Parameters
    ----------
    run
        The books of the run.
    goal
        Value (without the core's constant) that is good enough to end a cycle.
    """

    def __init__(self, run: Run, goal: float = math.inf) -> None:
        core = run.core
        self.run = run
        self.cover = cover_of(core)
        self.rules = rules_of(core)
        self.shut = np.zeros(core.sites, dtype=np.bool_)
        self.goal = goal
        self.pool: list[NDArray[np.int64]] = []
        self.large = is_large(core)
        if self.large:
            # A short cycle often does; each further one is twice as long.
            self.units = max(4 * CHUNK, core.sites // 16)
        else:
            self.units = max(4 * CHUNK, core.sites // 8, len(core.indices) // 400)
        self.cooled = 1.0
        if len(core.indices) > DENSE_PAIRS:
            self.units = min(self.units, DENSE_UNITS)
        self.source = np.array([run.seed * 2 + 1], dtype=np.uint64)
        self.buffer = np.empty(max(1, core.sites), dtype=np.int32)

    def descend(self, chosen: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the local best reached from a set of sites."""
        state = state_of(self.run.core, chosen, self.shut)
        least = 1e-9 * max(1.0, abs(float(state.value[0])))
        moves = descend(self.cover, self.rules, state, 50, least)
        self.run.work += 1 + moves
        return np.flatnonzero(state.is_open)

    def cycle(self, start: NDArray[np.integer], heat: float) -> None:
        """Anneal from a set of sites, offer what was found and keep it in the pool.

        Parameters
        ----------
        start
            Sites to start from.
        heat
            First temperature as a share of the mean loss of an open site; lower on large cores where so many moves are
            made at it that it finds nothing.
        """
        run = self.run
        state = state_of(run.core, start, self.shut)
        scale = float(np.abs(state.score[start]).mean()) if len(start) else 0.0
        scale = scale or float(np.abs(state.score).max(initial=0.0)) or 1.0
        parts = -(-self.units // CHUNK)
        found: tuple[float, NDArray[np.int64]] = (-np.inf, np.sort(start).astype(np.int64))
        part = 0
        while part < parts:
            hot = heat * scale * self.cooled
            ends = hot * COLD ** (part / parts), hot * COLD ** ((part + 1) / parts)
            value, sites, moves = self._walk(state, ends)
            if value > found[0]:
                found = (value, sites)
            if run.over() or value >= self.goal:
                break
            if self.large and part == 0 and moves > MOST_MOVES * CHUNK * PROPOSALS:
                self.cooled /= 2
            else:
                part += 1
        local = self.descend(found[1])
        run.offer(local)
        self.pool = [*self.pool[1 - POOL :], local]

    def _walk(
        self, state: State, ends: tuple[float, float]
    ) -> tuple[float, NDArray[np.int64], int]:
        """Anneal for a chunk between two temperatures; return the best value met, its sites, and the moves made."""
        value, size, moves = anneal(
            self.cover,
            self.rules,
            state,
            self.source,
            ends,
            CHUNK * PROPOSALS,
            self.goal,
            self.buffer,
        )
        self.run.work += CHUNK
        rescore(self.cover, state)
        return value, np.sort(self.buffer[:size]).astype(np.int64), moves

    def merge(self) -> None:
        """Combine the pool exactly: an integer programme over the sites that its answers use."""
        run, core = self.run, self.run.core
        if run.best is None:
            return
        shut = np.ones(core.sites, dtype=np.bool_)
        shut[run.best] = False
        sizes = np.diff(core.column_indptr)
        for chosen in reversed(self.pool):
            # The latest answers first, as many as keep the programme small.
            wider = shut.copy()
            wider[chosen] = False
            if sizes[~wider].sum() > MERGE_PAIRS:
                break
            shut = wider
        smaller, left = restrict(core, shut, core.fixed)
        seconds = min(EXACT_SECONDS, run.stop.seconds_left(run.progress))
        exact = solve_exact(
            smaller,
            seed=run.seed,
            start=np.searchsorted(left, run.best),
            nodes=MERGE_NODES,
            seconds=seconds,
        )
        run.work += exact.nodes
        if exact.chosen is not None:
            run.offer(self.descend(left[exact.chosen]))


def maximise(run: Run) -> bool:
    """Run the phases of maximal covering until the stopping rule is met or the answer proved.

    Parameters
    ----------
    run
        Books of the run, with any start already offered.

    Returns
    -------
    bool
        False when no set of sites meets the rules (proved).
    """
    core = run.core
    if not _first(run):
        # Without an answer only a proof says that there is none; the clock may have come before both.
        return run.bound > -math.inf
    # A limit comes before anything that the clock may cut short.
    prices = Prices(core, np.zeros(core.sites, dtype=np.bool_), run.threads)
    run.lower_bound(prices.limit)
    if len(core.indices) <= SMALL_PAIRS:
        finish(run, np.zeros(core.sites, dtype=np.bool_), core.fixed, nodes=200_000)
        if run.over():
            return True
    search = Search(run)
    first = search.descend(best_of(run))
    run.offer(first)
    tried = core.sites + 1
    turn = 0
    large = search.large
    dense = len(core.indices) > DENSE_PAIRS
    if dense:
        tighten(run, prices, ROUNDS // 5)
    while not run.over():
        heat = LARGE_HEATS[min(turn, len(LARGE_HEATS) - 1)] if large else HEATS[turn % len(HEATS)]
        start = best_of(run) if large or turn % 2 else first
        bounding = turn % 4 == 0 or dense or large
        if bounding:
            # The bound is tightened beside the search: as long as a large core takes, it costs nothing.
            rounds = ROUNDS // 4 if dense or (turn and not large) else ROUNDS
            beside(run, prices, rounds, partial(search.cycle, start, heat))
        else:
            search.cycle(start, heat)
        if turn and (turn % 2 or large) and not run.over():
            search.merge()
        if bounding and not run.over():
            tried = fix(run, prices, tried, FIRST_PAIRS << min(4, turn // 4))
            search.shut[:] = prices.shut
        turn += 1
        if dense:
            continue
        if large:
            # On large cores one long cooling beats several short ones.
            search.units = min(2 * search.units, 4 * core.sites)
        elif turn % len(HEATS) == 0:
            search.units = min(2 * search.units, max(search.units, 2 * core.sites))
    return True


def best_of(run: Run) -> NDArray[np.integer]:
    """Return the incumbent of a run that has one."""
    if run.best is None:
        raise RuntimeError("a run without an incumbent")
    return run.best


def _first(run: Run) -> bool:
    """Offer a first answer, or prove that there is none; say whether there is one."""
    core = run.core
    chosen = construct(core, seconds=run.stop.seconds_left(run.progress))
    if chosen is not None:
        run.offer(chosen)
    if run.best is not None:
        return True
    exact = solve_exact(core, seed=run.seed, seconds=run.stop.seconds_left(run.progress))
    run.work += exact.nodes
    run.lower_bound(exact.bound)
    if exact.chosen is not None:
        run.offer(exact.chosen)
    return run.best is not None


def tighten(run: Run, prices: Prices, rounds: int) -> None:
    """Tighten the bound in small steps until it stands still."""
    prices.step = max(prices.step, 0.02)
    for _part in range(rounds // 10):
        prices.tighten(run.value, 10)
        run.work += 10
        run.lower_bound(prices.limit)
        if run.over() or prices.step < STILL:
            return


def beside(run: Run, prices: Prices, rounds: int, search: Callable[[], None]) -> None:
    """Search and tighten the bound, which need nothing of each other: at the same time where two threads may be used."""
    if run.threads == 1:
        rounds = steps(prices, run.value, rounds)
        search()
    else:
        with ThreadPoolExecutor(1) as pool:
            bounding = pool.submit(steps, prices, run.value, rounds)
            search()
            rounds = bounding.result()
    run.work += rounds
    run.lower_bound(prices.limit)


def steps(prices: Prices, value: float, rounds: int) -> int:
    """Tighten the bound towards a value in small steps until it stands still; return the rounds it took."""
    prices.step = max(prices.step, 0.02)
    for done in range(10, rounds + 10, 10):
        prices.tighten(value, 10)
        if prices.step < STILL or prices.limit <= value:
            return done
    return rounds


def fix(run: Run, prices: Prices, tried: int, most_pairs: int = EXACT_PAIRS) -> int:
    """Fix sites by their prices, and solve exactly when clearly less is left than at the last try."""
    shut, opened = prices.fixings(run.value)
    prices.shut[:] = shut
    free = int((~shut & ~opened).sum())
    if free > 0.7 * tried:
        return tried
    pairs = int(np.diff(run.core.column_indptr)[~shut & ~opened].sum())
    if pairs > min(most_pairs, EXACT_PAIRS):
        return tried
    finish(run, shut, opened, nodes=2_000)
    return free


def finish(
    run: Run, shut: NDArray[np.bool_], opened: NDArray[np.bool_], *, nodes: int | None
) -> None:
    """Solve what is left exactly, within limits; take its bound only as the larger of itself and the incumbent."""
    smaller, left = restrict(run.core, shut, opened)
    start = None
    if run.best is not None and not shut[run.best].any():
        place = np.searchsorted(left, run.best)
        start = place if smaller.allowed(place) else None
    seconds = run.stop.seconds_left(run.progress)
    if nodes is not None:
        seconds = min(EXACT_SECONDS, seconds)
    exact = solve_exact(smaller, seed=run.seed, start=start, nodes=nodes, seconds=seconds)
    run.work += exact.nodes
    if exact.chosen is not None:
        run.offer(left[exact.chosen])
    # Fixing kept every answer better than the incumbent, so what is left bounds those.
    run.lower_bound(max(exact.bound, run.value))
