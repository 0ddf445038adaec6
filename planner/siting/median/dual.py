"""The Lagrangian bound as an object that can be climbed in slices, and what it fixes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.median.dual_kernels import Dual, Loads, Rows, choose, climb
from planner.siting.median.rules import CLOSED, FREE, OPEN
from planner.siting.median.search import limits_of, pairs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.model import Location

TURNS = 200
"""Sets of prices tried in one slice; fewer leave the averaging no time to settle."""

LARGEST_KNAPSACK = 20_000
"""Capacities above this are bounded by fractional knapsacks."""


class Bound:
    """A proved lower bound of a location problem (constant apart), and the prices that prove it.

    Parameters
    ----------
    location
        The problem; ``backup`` and ``skip_limit`` are left out, which keeps the bound valid.
    prices
        float64, shape (demands,): where to start; the cost of the second nearest site is a good guess.
    row_prices
        Prices of the rows of the rules, 0 at first.
    """

    def __init__(
        self,
        location: Location,
        prices: NDArray[np.float64],
        row_prices: NDArray[np.float64] | None = None,
    ) -> None:
        self.location = location
        self.pairs = pairs_of(location)
        self.limits = limits_of(location.rules, location.site_costs)
        rules = location.rules
        self.rows = Rows(rules.indptr, rules.columns, rules.factors)
        self.loads = _loads(location)
        self.ceilings = location.unserved
        self.dual = Dual(
            prices=np.clip(prices, 0.0, self.ceilings),
            row_prices=np.zeros(len(rules.low)) if row_prices is None else row_prices.copy(),
            reduced=np.zeros(location.candidates),
            bound=np.array([-math.inf]),
            work=np.zeros(1, dtype=np.int64),
        )
        self.pace = np.array([1.0, 0.05])
        self.paces = [0.02]

    @property
    def value(self) -> float:
        """The bound proved so far, rounded up where every answer is a whole number."""
        raw = float(self.dual.bound[0])
        if self.location.step and math.isfinite(raw):
            return math.ceil(raw - 1e-6 - 1e-12 * abs(raw))
        return raw - 1e-12 * abs(raw) if math.isfinite(raw) else raw

    def climb(self, target: float, rounds: int) -> bool:
        """Try ``rounds`` more sets of prices; say whether the bound rose noticeably.

        Parameters
        ----------
        target
            Value of the best answer, constant apart.
        rounds
            Work.
        """
        before = float(self.dual.bound[0])
        enough = target - self.location.step + 1e-5 if self.location.step else target
        climb(
            self.pairs,
            self.limits,
            self.rows,
            self.loads,
            self.ceilings,
            self.dual,
            target,
            enough,
            rounds,
            self.pace,
        )
        rise = float(self.dual.bound[0]) - before
        if not math.isfinite(rise) or rise > 0.02 * max(target - before, 0.0):
            return True
        if not self.paces or self.dual.bound[0] >= enough:
            return False
        # Slower averaging from a fresh step gets closer to the best bound than small steps do.
        self.pace[:] = 1.0, self.paces.pop()
        return True

    def sites(self) -> NDArray[np.bool_]:
        """Return the sites that pay most at the best prices."""
        return choose(self.limits, self.dual.reduced)[0]

    def fix(self, target: float) -> tuple[NDArray[np.int8], int]:
        """Find candidates that are open, or closed, in every answer below ``target``.

        Parameters
        ----------
        target
            Value of the best answer, constant apart.

        Returns
        -------
        tuple
            New states, and how many candidates they fix anew.
        """
        rules = self.location.rules
        reduced = self.dual.reduced
        slack = target - float(self.dual.bound[0])
        slack += -1.0 + 1e-6 if self.location.step else 1e-9 * max(1.0, abs(target))
        state = rules.state.copy()
        chosen = self.sites()
        free_in = chosen & (state == FREE)
        free_out = ~chosen & (state == FREE)
        count = int(chosen.sum())
        worst = float(reduced[free_in].max(initial=-np.inf))
        best = float(reduced[free_out].min(initial=np.inf))
        if count + 1 > rules.most:
            enters = reduced - worst
        else:
            enters = reduced - (max(0.0, worst) if free_in.any() else 0.0)
        leaves = (best if count - 1 < rules.least else min(0.0, best)) - reduced
        state[free_out & (enters > slack)] = CLOSED
        state[free_in & (leaves > slack)] = OPEN
        return state, int((state != rules.state).sum())


def _loads(location: Location) -> Loads:
    if location.capacities is None or location.loads is None:
        return Loads(np.zeros(0), np.zeros(0), limited=False, exact=False)
    loads, capacities = location.loads, location.capacities
    reach = np.minimum(capacities, loads.sum())
    whole = bool((loads == np.rint(loads)).all())
    exact = whole and float(reach.max(initial=0.0)) <= LARGEST_KNAPSACK
    return Loads(loads, np.floor(reach) if exact else reach, limited=True, exact=exact)


def worth_giving(location: Location, owners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say for each pair whether it may be in a best answer: cheaper than leaving its demand out.

    Where what is left out has a limit, a demand may have to be served though leaving it out costs no more: all may.

    Parameters
    ----------
    location
        The problem.
    owners
        int64, one per pair: its demand.
    """
    if location.skip_weights is not None:
        return np.ones(len(owners), dtype=np.bool_)
    return location.costs < location.unserved[owners]


def narrow(location: Location, state: NDArray[np.int8]) -> Location:
    """Return the problem with more candidates fixed, and the pairs that no longer matter left out.

    Parameters
    ----------
    location
        The problem.
    state
        New states of the candidates.
    """
    owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
    kept = state[location.columns] != CLOSED
    if location.capacities is None and location.backup == 1:
        sure = state[location.columns] == OPEN
        seen = np.cumsum(sure) - sure
        base = np.append(seen, sure.sum())[location.indptr[:-1]]
        kept &= seen == base[owners]
    kept &= worth_giving(location, owners)
    counts = np.bincount(owners[kept], minlength=location.demands)
    return replace(
        location,
        indptr=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)]),
        columns=location.columns[kept],
        costs=location.costs[kept],
        times=location.times[kept],
        rules=replace(location.rules, state=state),
    )
