"""Maximal covering: greedy, annealed swaps and a Lagrangian bound in turn, and an exact finish where it pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.siting.anneal import anneal, descend
from planner.siting.bound import Prices
from planner.siting.construct import construct
from planner.siting.exact import solve_exact
from planner.siting.restrict import restrict
from planner.siting.state import cover_of, rescore, rules_of, state_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.run import Run

SMALL_PAIRS = 4_000
"""Cores of at most this many pairs go to the integer programme at once."""
PROPOSALS = 1_000
"""Proposed swaps that make one unit of work."""
CHUNK = 64
"""Units of work between two looks at the stopping rule."""
EXACT_PAIRS = 400_000
EXACT_SECONDS = 300.0


class Search:
    """Annealed swap search over one run, cycle after cycle.

    Parameters
    ----------
    run
        The books of the run.
    """

    def __init__(self, run: Run) -> None:
        core = run.core
        self.run = run
        self.cover = cover_of(core)
        self.rules = rules_of(core)
        self.shut = np.zeros(core.sites, dtype=np.bool_)
        self.source = np.array([run.seed * 2 + 1], dtype=np.uint64)
        self.buffer = np.empty(max(1, core.sites), dtype=np.int32)

    def descend(self, chosen: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the local best reached from a set of sites."""
        state = state_of(self.run.core, chosen, self.shut)
        least = 1e-9 * max(1.0, abs(float(state.value[0])))
        moves = descend(self.cover, self.rules, state, 50, least)
        self.run.work += 1 + moves
        return np.flatnonzero(state.is_open)

    def cycle(self, units: int, heat: float) -> None:
        """Anneal from the incumbent for a number of work units and offer what was found.

        Parameters
        ----------
        units
            Work units of the whole cooling.
        heat
            First temperature as a share of the mean loss of an open site.
        """
        run = self.run
        if run.best is None:
            return
        state = state_of(run.core, run.best, self.shut)
        scale = float(np.abs(state.score[run.best]).mean()) if len(run.best) else 0.0
        scale = scale or float(np.abs(state.score).max(initial=0.0)) or 1.0
        hot, cold = heat * scale, 0.02 * heat * scale
        parts = max(1, units // CHUNK)
        for part in range(parts):
            ends = (
                hot * (cold / hot) ** (part / parts),
                hot * (cold / hot) ** ((part + 1) / parts),
            )
            value, size = anneal(
                self.cover,
                self.rules,
                state,
                self.source,
                ends,
                units // parts * PROPOSALS,
                self.buffer,
            )
            run.work += units // parts
            rescore(self.cover, state)
            if value + run.core.constant > run.value:
                run.offer(self.descend(np.sort(self.buffer[:size]).astype(np.int64)))
            if run.over:
                return
        run.offer(self.descend(np.flatnonzero(state.is_open)))


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
        return False
    if len(core.indices) <= SMALL_PAIRS:
        _finish(run, np.zeros(core.sites, dtype=np.bool_), core.fixed, nodes=200_000)
        if run.over:
            return True
    search = Search(run)
    run.offer(search.descend(run.best))
    prices = Prices(core, np.zeros(core.sites, dtype=np.bool_))
    run.lower_bound(prices.limit)
    search.cycle(_units(run), 0.3)
    _bound(run, prices, 200)
    units = _units(run)
    tried = core.sites + 1
    while not run.over:
        tried = _fix(run, prices, search, tried)
        if run.over:
            break
        search.cycle(units, 0.3)
        units = min(2 * units, 64 * _units(run))
        if not run.over:
            _bound(run, prices, 100)
    return True


def _units(run: Run) -> int:
    """Return the length of the first cooling: longer where there are more sites to swap."""
    return max(CHUNK, len(run.core.indices) // 1000 + run.core.sites // 4)


def _first(run: Run) -> bool:
    """Offer a first answer; say False when there provably is none."""
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


def _bound(run: Run, prices: Prices, rounds: int) -> None:
    """Tighten the bound in small steps until it stands still."""
    for _part in range(rounds // 10):
        before = prices.limit
        prices.tighten(run.value, 10)
        run.work += 10
        run.lower_bound(prices.limit)
        if run.over or before - prices.limit < 1e-7 * abs(prices.limit):
            return


def _fix(run: Run, prices: Prices, search: Search, tried: int) -> int:
    """Fix sites by their prices, and solve exactly when clearly less is left than at the last try."""
    shut, opened = prices.fixings(run.value)
    search.shut[:] = shut
    prices.shut[:] = shut
    free = int((~shut & ~opened).sum())
    if free > 0.7 * tried:
        return tried
    pairs = int(np.diff(run.core.column_indptr)[~shut & ~opened].sum())
    if pairs > EXACT_PAIRS:
        return tried
    _finish(run, shut, opened, nodes=2_000)
    return free


def _finish(run: Run, shut: NDArray[np.bool_], opened: NDArray[np.bool_], *, nodes: int) -> None:
    """Solve what is left exactly, within limits; take its bound only as the larger of itself and the incumbent."""
    smaller, left = restrict(run.core, shut, opened)
    start = None
    if run.best is not None and not shut[run.best].any():
        place = np.searchsorted(left, run.best)
        start = place if smaller.allowed(place) else None
    seconds = min(EXACT_SECONDS, run.stop.seconds_left(run.progress))
    exact = solve_exact(smaller, seed=run.seed, start=start, nodes=nodes, seconds=seconds)
    run.work += exact.nodes
    if exact.chosen is not None:
        run.offer(left[exact.chosen])
    # Fixing kept every answer better than the incumbent, so what is left bounds those.
    run.lower_bound(max(exact.bound, run.value))
