"""Swap search over allowed sets of sites: from a start to a good answer, repeatably."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.siting.median.greedy_kernels import grow
from planner.siting.median.rules import OPEN
from planner.siting.median.swap_kernels import Limits, Pairs, State, descend, iterate, open_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.siting.median.model import Location
    from planner.siting.median.rules import Rules

MISSING_FACTOR = 4.0
"""Demand that must be served costs this many times the longest pair while the search leaves it out."""


SLICE = 5_000_000
"""Pairs looked at between two questions whether to stop."""


def pairs_of(location: Location, missing_factor: float = MISSING_FACTOR) -> Pairs:
    """Store the pairs both ways for the search.

    Parameters
    ----------
    location
        The problem.
    missing_factor
        How dear demand that must be served is while it is out of reach, in longest pairs (plus the dearest site).
    """
    owners = np.repeat(np.arange(location.demands, dtype=np.int32), np.diff(location.indptr))
    order = np.argsort(location.columns, kind="stable")
    counts = np.bincount(location.columns, minlength=location.candidates)
    longest = float(location.costs.max(initial=0.0)) + 1.0
    longest += float(np.abs(location.site_costs).max(initial=0.0))
    unserved = np.where(np.isfinite(location.unserved), location.unserved, missing_factor * longest)
    return Pairs(
        indptr=location.indptr,
        columns=location.columns,
        costs=location.costs,
        starts=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)]),
        rows=owners[order],
        places=order.astype(np.int64),
        unserved=unserved,
    )


def limits_of(rules: Rules, site_costs: NDArray[np.float64]) -> Limits:
    """Hand the rules to the kernels as plain arrays."""
    return Limits(
        state=rules.state,
        least=rules.least,
        most=rules.most,
        low=rules.low,
        high=rules.high,
        starts=rules.candidate_indptr,
        rows=rules.candidate_rows,
        factors=rules.candidate_factors,
        site_costs=site_costs,
    )


class SwapSearch:
    """Iterated swap search that can be run in slices.

    Parameters
    ----------
    location
        The problem; capacities and ``backup`` are not looked at.
    seed
        Any integer.
    """

    def __init__(self, location: Location, *, seed: int) -> None:
        self.location = location
        self.pairs = pairs_of(location)
        self.limits = limits_of(location.rules, location.site_costs)
        self.random = np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64)
        self.random[0] |= np.uint64(1)
        self.best: State | None = None
        self.state: State | None = None
        self.tried = 0

    def begin(self, is_open: NDArray[np.bool_], over: Callable[[], bool] = lambda: False) -> None:
        """Descend from an allowed set of open sites; keep it if it beats the best so far.

        Parameters
        ----------
        is_open
            The set.
        over
            Asked now and then whether to stop early.
        """
        state = self.state_of(is_open)
        state.dirty[:] = True
        least_gain = self._least_gain(state)
        most = max(100, SLICE // max(1, len(self.pairs.costs) // max(1, len(is_open))))
        while state.dirty.any() and not over():
            self.tried += descend(self.pairs, self.limits, state, -1, least_gain, most)
        if self.best is None or state.value[0] < self.best.value[0]:
            self.best = _clone(state)
            self.state = state

    def run(self, rounds: int) -> bool:
        """Kick and descend ``rounds`` times; say whether the best improved."""
        if self.best is None or self.state is None:
            raise RuntimeError("begin() comes first")
        if self.best.opened[0] == 0:
            return False
        tried, better = iterate(
            self.pairs,
            self.limits,
            self.state,
            self.best,
            rounds,
            self.random,
            self._least_gain(self.best),
        )
        self.tried += tried
        return better > 0

    def sites(self) -> NDArray[np.bool_]:
        """Return the best set of open sites."""
        if self.best is None:
            raise RuntimeError("begin() comes first")
        return self.best.is_open.copy()

    def _least_gain(self, state: State) -> float:
        if self.location.step:
            return 0.5
        return 1e-10 * max(1.0, abs(float(state.value[0])))

    def state_of(self, is_open: NDArray[np.bool_]) -> State:
        """Open a set of sites one by one, in order."""
        location = self.location
        state = State(
            is_open=np.zeros(location.candidates, dtype=np.bool_),
            sites=np.zeros(location.candidates, dtype=np.int32),
            slot=np.zeros(location.candidates, dtype=np.int32),
            opened=np.zeros(1, dtype=np.int64),
            first=np.full(location.demands, -1, dtype=np.int64),
            second=np.full(location.demands, -1, dtype=np.int64),
            loss=np.zeros(location.candidates),
            sums=np.zeros(len(location.rules.low)),
            value=np.array([self.pairs.unserved.sum()]),
            dirty=np.zeros(location.candidates, dtype=np.bool_),
            extra=np.zeros(location.candidates),
            shift=np.zeros(len(location.rules.low)),
            checked=np.array([location.debug]),
        )
        for site in np.flatnonzero(is_open).tolist():
            open_site(self.pairs, self.limits, state, site)
        return state


def _clone(state: State) -> State:
    return State._make(array.copy() for array in state)


def greedy_sites(location: Location) -> NDArray[np.bool_]:
    """Open compulsory sites, then the best one at a time up to the most allowed.

    Returns
    -------
    numpy.ndarray
        bool, shape (candidates,); no upper limit is broken, a lower one may be.
    """
    search = SwapSearch(location, seed=0)
    state = search.state_of(location.rules.state == OPEN)
    limits = search.limits._replace(least=0, low=np.full(len(search.limits.low), -np.inf))
    grow(search.pairs, limits, state, location.rules.least)
    return state.is_open
