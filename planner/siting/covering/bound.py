"""A proved limit on maximal covering: Lagrangian relaxation with volume-averaged directions (compiled).

The demand rows are priced; what is left is a choice of sites under count rules, solved exactly by sorting. Budgets,
limits on moves and overlapping groups get a price of their own; spacing is left out. Every price vector at or above
zero gives a valid limit, so the answer never depends on convergence. Barahona and Anbil 2000.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, prange

from planner.siting.covering.state import Cover, Rules, cover_of, rules_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core

ROUNDING = 1e-9
THREADED_PAIRS = 5_000_000
"""Below this many pairs one thread is quicker than waking the others."""


@njit(cache=True, nogil=True)
def _site_value(
    cover: Cover,
    rules: Rules,
    prices: NDArray[np.float64],
    side_prices: NDArray[np.float64],
    site: int,
) -> Any:
    value = cover.profit[site]
    for pair in range(cover.column_indptr[site], cover.column_indptr[site + 1]):
        value += prices[cover.column_rows[pair]]
    for entry in range(rules.indptr[site], rules.indptr[site + 1]):
        value -= side_prices[rules.rules[entry]] * rules.coefficients[entry]
    return value


@njit(cache=True, nogil=True)
def _values_one_thread(
    cover: Cover, rules: Rules, prices: NDArray[np.float64], side_prices: NDArray[np.float64]
) -> NDArray[np.float64]:
    values = np.empty(len(cover.profit))
    for site in range(len(values)):
        values[site] = _site_value(cover, rules, prices, side_prices, site)
    return values


@njit(cache=True, parallel=True)
def _values_all_threads(
    cover: Cover, rules: Rules, prices: NDArray[np.float64], side_prices: NDArray[np.float64]
) -> NDArray[np.float64]:
    values = np.empty(len(cover.profit))
    for site in prange(len(values)):
        values[site] = _site_value(cover, rules, prices, side_prices, site)
    return values


def site_values(
    cover: Cover,
    rules: Rules,
    prices: NDArray[np.float64],
    side_prices: NDArray[np.float64],
    threads: int,
) -> NDArray[np.float64]:
    """Return what each site is worth at the given prices; each is summed by one thread in one order.

    Returns
    -------
    numpy.ndarray
        float64, shape (sites,); the same on any number of threads.
    """
    if threads == 1 or len(cover.indices) < THREADED_PAIRS:
        values = _values_one_thread(cover, rules, prices, side_prices)
    else:
        values = _values_all_threads(cover, rules, prices, side_prices)
    return np.asarray(values)


@njit(cache=True, nogil=True)
def choose_sites(
    cover: Cover, rules: Rules, values: NDArray[np.float64], shut: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Choose the sites of greatest value under the site count and the disjoint count rules.

    Forced picks first (compulsory sites, the best of each rule up to its lower limit), then by value: the best
    choice for counts that nest.
    """
    sites = len(values)
    chosen = np.zeros(sites, dtype=np.bool_)
    used = np.zeros(len(rules.low), dtype=np.int64)
    count = 0
    for site in range(sites):
        if cover.fixed[site]:
            chosen[site] = True
            count += 1
            if rules.partition[site] >= 0:
                used[rules.partition[site]] += 1
    order = np.argsort(-values, kind="mergesort")
    if len(rules.members) > 0:
        for site in order:
            rule = rules.partition[site]
            if rule >= 0 and not chosen[site] and not shut[site] and used[rule] < rules.low[rule]:
                chosen[site] = True
                used[rule] += 1
                count += 1
    for site in order:
        if count >= cover.most_sites or (values[site] <= 0.0 and count >= cover.least_sites):
            break
        rule = rules.partition[site]
        if chosen[site] or shut[site] or (rule >= 0 and used[rule] >= rules.high[rule]):
            continue
        chosen[site] = True
        count += 1
        if rule >= 0:
            used[rule] += 1
    return chosen


@njit(cache=True, nogil=True)
def limit_at(
    cover: Cover,
    rules: Rules,
    prices: NDArray[np.float64],
    side_prices: NDArray[np.float64],
    worth: float,
) -> float:
    """Return the limit that prices prove, given the value of the best choice of sites at them."""
    limit = worth
    for row in range(len(prices)):
        left = cover.weights[row] - cover.backup * prices[row]
        if left > 0.0:
            limit += left
    for rule in range(len(side_prices)):
        price = side_prices[rule]
        if price > 0.0:
            limit += price * rules.high[rule]
        elif price < 0.0:
            limit += price * rules.low[rule]
    return limit


@njit(cache=True, nogil=True)
def _average(
    cover: Cover,
    rules: Rules,
    prices: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    share: float,
    slack: NDArray[np.float64],
    side_slack: NDArray[np.float64],
    fresh: NDArray[np.float64],
) -> None:
    """Fold the subgradient of one choice of sites into the averaged direction."""
    fresh[:] = 0.0
    side_fresh = np.zeros(len(side_slack))
    for site in range(len(chosen)):
        if chosen[site]:
            for pair in range(cover.column_indptr[site], cover.column_indptr[site + 1]):
                fresh[cover.column_rows[pair]] += 1.0
            for entry in range(rules.indptr[site], rules.indptr[site + 1]):
                side_fresh[rules.rules[entry]] += rules.coefficients[entry]
    for row in range(len(prices)):
        if cover.weights[row] > cover.backup * prices[row]:
            fresh[row] -= cover.backup
        slack[row] += share * (fresh[row] - slack[row])
    for rule in range(len(side_slack)):
        side_slack[rule] += share * (side_fresh[rule] - side_slack[rule])


@njit(cache=True, nogil=True)
def _step(
    cover: Cover,
    rules: Rules,
    priced: NDArray[np.bool_],
    centre: NDArray[np.float64],
    side_centre: NDArray[np.float64],
    slack: NDArray[np.float64],
    side_slack: NDArray[np.float64],
    excess: float,
    prices: NDArray[np.float64],
    side_prices: NDArray[np.float64],
) -> None:
    """Move from the best prices against the averaged direction, clipped to where prices make sense."""
    norm = 0.0
    for row in range(len(prices)):
        top = cover.weights[row] / cover.backup
        free = (slack[row] > 0.0 and centre[row] > 0.0) or (slack[row] < 0.0 and centre[row] < top)
        if free:
            norm += slack[row] * slack[row]
    side_norm = 0.0
    for rule in range(len(side_slack)):
        if priced[rule]:
            side_norm += _side_direction(rules, rule, side_slack[rule], side_centre[rule]) ** 2
    step = excess / norm if norm > 0.0 else 0.0
    for row in range(len(prices)):
        price = centre[row] - step * slack[row]
        prices[row] = min(max(price, 0.0), cover.weights[row] / cover.backup)
    side_step = excess / side_norm if side_norm > 0.0 else 0.0
    for rule in range(len(side_slack)):
        if priced[rule]:
            direction = _side_direction(rules, rule, side_slack[rule], side_centre[rule])
            price = side_centre[rule] + 0.5 * side_step * direction
            if not np.isfinite(rules.high[rule]):
                price = min(price, 0.0)
            if not np.isfinite(rules.low[rule]):
                price = max(price, 0.0)
            side_prices[rule] = price


@njit(cache=True, nogil=True)
def _side_direction(rules: Rules, rule: int, total: float, price: float) -> Any:
    """Return by how much a total breaks its limit (above: positive), or leaves it slack while it has a price."""
    if total > rules.high[rule] or price > 0.0:
        return total - rules.high[rule]
    if total < rules.low[rule] or price < 0.0:
        return total - rules.low[rule]
    return 0.0


@dataclass(eq=False)
class Prices:
    """Prices of demand rows and side rules, with the limit they prove; tightened in place.

    Parameters
    ----------
    core
        The maximal-covering core to bound.
    shut
        Sites that are known to stay closed.
    threads
        1: one thread; else all of them, for large cores. The prices do not depend on it.
    """

    core: Core
    shut: NDArray[np.bool_]
    threads: int = 1

    def __post_init__(self) -> None:
        core = self.core
        self.cover = cover_of(core)
        self.rules = rules_of(core)
        reach = np.maximum(1, np.diff(core.indptr))
        self.rows = np.minimum(core.weights / core.backup, core.weights / np.sqrt(reach))
        self.side = np.zeros(len(core.side.low))
        nested = np.zeros(len(core.side.low), dtype=np.bool_)
        nested[np.unique(core.side.partition[core.side.partition >= 0])] = True
        self.priced = ~nested
        self.slack = np.zeros(core.rows)
        self.side_slack = np.zeros(len(core.side.low))
        self.limit = math.inf
        self.step = 1.0
        self.share = 0.1
        self.poor = 0
        self.good = 0
        self.rounds = 0
        self.scratch = np.zeros(core.rows)
        self.evaluate()
        self._without_prices()

    def _without_prices(self) -> None:
        """Start from no prices at all where that proves more: all weight covered, as where sites abound."""
        rows, side = self.rows.copy(), self.side.copy()
        priced, found = self.limit, (self.slack.copy(), self.side_slack.copy())
        self.rows[:], self.side[:] = 0.0, 0.0
        self.evaluate()
        if self.limit >= priced:
            self.rows[:], self.side[:] = rows, side
            self.limit = priced
            self.slack[:], self.side_slack[:] = found

    def evaluate(self) -> None:
        """Compute the limit at the current prices from scratch and start the averages there."""
        values = site_values(self.cover, self.rules, self.rows, self.side, self.threads)
        chosen = choose_sites(self.cover, self.rules, values, self.shut)
        self.limit = self._limit(self.rows, self.side, values, chosen)
        _average(
            self.cover,
            self.rules,
            self.rows,
            chosen,
            1.0,
            self.slack,
            self.side_slack,
            self.scratch,
        )

    def _limit(
        self,
        rows: NDArray[np.float64],
        side: NDArray[np.float64],
        values: NDArray[np.float64],
        chosen: NDArray[np.bool_],
    ) -> float:
        limit = limit_at(self.cover, self.rules, rows, side, float(values[chosen].sum()))
        limit += self.core.constant
        return limit + ROUNDING * abs(limit)

    def tighten(self, value: float, rounds: int) -> None:
        """Run a number of rounds against a known answer of ``value`` (with the core's constant)."""
        rows = self.rows.copy()
        side = self.side.copy()
        for _round in range(rounds):
            excess = self.step * max(self.limit - value, 1e-9 * max(1.0, abs(value)))
            _step(
                self.cover, self.rules, self.priced, self.rows, self.side,
                self.slack, self.side_slack, excess, rows, side,
            )  # fmt: skip
            values = site_values(self.cover, self.rules, rows, side, self.threads)
            chosen = choose_sites(self.cover, self.rules, values, self.shut)
            limit = self._limit(rows, side, values, chosen)
            _average(
                self.cover, self.rules, rows, chosen, self.share,
                self.slack, self.side_slack, self.scratch,
            )  # fmt: skip
            self._adapt(limit, rows, side)
            self.rounds += 1

    def _adapt(self, limit: float, rows: NDArray[np.float64], side: NDArray[np.float64]) -> None:
        """Keep better prices; lengthen the step after gains and shorten it after a run without."""
        if limit < self.limit:
            self.good += 1
            self.poor = 0
            self.rows[:] = rows
            self.side[:] = side
            self.limit = limit
            if self.good >= 3:
                self.step = min(2.0, self.step * 1.1)
        else:
            self.good = 0
            self.poor += 1
            if self.poor >= 8:
                self.step = max(1e-4, self.step * 0.66)
                self.share = max(0.01, self.share * 0.9)
                self.poor = 0

    def fixings(self, value: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the sites that cannot open, and that cannot close, in any answer better than ``value``.

        Parameters
        ----------
        value
            Objective an answer must exceed (by 1 where all values are whole).

        Returns
        -------
        tuple
            Two flags per site: shut, and open.
        """
        core = self.core
        values = site_values(self.cover, self.rules, self.rows, self.side, self.threads)
        chosen = choose_sites(self.cover, self.rules, values, self.shut)
        needed = value + (1.0 - 1e-6 if core.integral else 0.0)
        room = self.limit - needed
        partition = core.side.partition
        full = chosen.sum() >= core.most_sites
        weakest = float(values[chosen].min(initial=math.inf)) if full and chosen.any() else 0.0
        displaced = np.full(core.sites, min(weakest, 1e300) if full else 0.0)
        others = ~chosen & ~self.shut
        strongest = max(0.0, float(values[others].max(initial=0.0)))
        replacing = np.full(core.sites, strongest)
        for rule in range(len(core.side.low)):
            if self.priced[rule]:
                continue
            inside = np.flatnonzero(partition == rule)
            held = inside[chosen[inside]]
            if len(held) >= core.side.high[rule] and len(held):
                displaced[inside] = values[held].min()
            if len(held) <= core.side.low[rule]:
                spare = inside[others[inside]]
                replacing[inside] = values[spare].max(initial=-math.inf)
        shut = others & (values - displaced + room < 0)
        opened = chosen & (replacing - values + room < 0)
        return shut | self.shut, opened | core.fixed
