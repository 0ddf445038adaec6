"""Compiled Lagrangian bound: the volume algorithm on prices of demand and of rules.

Barahona and Anbil (2000). The rule that every demand is served is priced by ``prices``, the rows of the rules by
``row_prices``; what is left is solved exactly (sorting the sites), so that the bound always holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from planner.siting.median.knapsack_kernels import fill, worth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.swap_kernels import Limits, Pairs


class Rows(NamedTuple):
    """Rows of the rules in compressed form."""

    indptr: NDArray[np.int64]
    columns: NDArray[np.int32]
    factors: NDArray[np.float64]


class Loads(NamedTuple):
    """Capacities; ``exact`` says whether loads and capacities are whole and small enough for exact knapsacks."""

    loads: NDArray[np.float64]
    capacities: NDArray[np.float64]
    limited: bool
    exact: bool


class Dual(NamedTuple):
    """Prices, what each site is worth at them, and the bound they prove."""

    prices: NDArray[np.float64]
    row_prices: NDArray[np.float64]
    reduced: NDArray[np.float64]
    bound: NDArray[np.float64]
    work: NDArray[np.int64]


@njit(cache=True)
def reduced_costs(
    pairs: Pairs,
    limits: Limits,
    rows: Rows,
    loads: Loads,
    prices: NDArray[np.float64],
    row_prices: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what opening each site costs at the given prices (negative: it pays)."""
    reduced = limits.site_costs.copy()
    for row in range(len(row_prices)):
        for entry in range(rows.indptr[row], rows.indptr[row + 1]):
            reduced[rows.columns[entry]] += row_prices[row] * rows.factors[entry]
    if loads.limited:
        for site in range(len(reduced)):
            if limits.state[site] >= 0:
                reduced[site] -= worth(pairs, loads, prices, site)
        return reduced
    for demand in range(len(prices)):
        price = prices[demand]
        for pair in range(pairs.indptr[demand], pairs.indptr[demand + 1]):
            if pairs.costs[pair] >= price:
                break
            reduced[pairs.columns[pair]] += pairs.costs[pair] - price
    return reduced


@njit(cache=True)
def choose(limits: Limits, reduced: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """Return the cheapest allowed set when only counts and states limit it, and its cost."""
    chosen = limits.state == 1
    count = 0
    total = 0.0
    for site in range(len(reduced)):
        if chosen[site]:
            count += 1
            total += reduced[site]
    for site in np.argsort(reduced, kind="mergesort"):
        if count >= limits.most or (reduced[site] >= 0.0 and count >= limits.least):
            break
        if limits.state[site] == 0:
            chosen[site] = True
            count += 1
            total += reduced[site]
    return chosen, total


@njit(cache=True)
def _slopes(
    pairs: Pairs,
    limits: Limits,
    rows: Rows,
    loads: Loads,
    prices: NDArray[np.float64],
    row_prices: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    ceilings: NDArray[np.float64],
    slope: NDArray[np.float64],
    row_slope: NDArray[np.float64],
) -> None:
    """Fill in the direction in which each price should move."""
    slope[:] = 1.0
    if loads.limited:
        for site in range(len(chosen)):
            if chosen[site]:
                fill(pairs, loads, prices, site, slope)
    else:
        for demand in range(len(prices)):
            for pair in range(pairs.indptr[demand], pairs.indptr[demand + 1]):
                if pairs.costs[pair] >= prices[demand]:
                    break
                if chosen[pairs.columns[pair]]:
                    slope[demand] -= 1.0
    for demand in range(len(prices)):
        if (prices[demand] >= ceilings[demand] and slope[demand] > 0.0) or (
            prices[demand] <= 0.0 and slope[demand] < 0.0
        ):
            slope[demand] = 0.0
    for row in range(len(row_prices)):
        total = 0.0
        for entry in range(rows.indptr[row], rows.indptr[row + 1]):
            if chosen[rows.columns[entry]]:
                total += rows.factors[entry]
        if row_prices[row] > 0.0:
            row_slope[row] = total - limits.high[row]
        elif row_prices[row] < 0.0:
            row_slope[row] = total - limits.low[row]
        else:
            row_slope[row] = max(0.0, total - limits.high[row]) + min(0.0, total - limits.low[row])


@njit(cache=True)
def _rows_value(limits: Limits, row_prices: NDArray[np.float64]) -> float:
    total = 0.0
    for row in range(len(row_prices)):
        price = row_prices[row]
        if price > 0.0:
            total -= price * limits.high[row]
        elif price < 0.0:
            total -= price * limits.low[row]
    return total


@njit(cache=True)
def climb(
    pairs: Pairs,
    limits: Limits,
    rows: Rows,
    loads: Loads,
    ceilings: NDArray[np.float64],
    dual: Dual,
    target: float,
    enough: float,
    rounds: int,
    pace: NDArray[np.float64],
) -> None:
    """Raise the bound of ``dual`` in place, for ``rounds`` rounds or until it is ``enough``.

    Parameters
    ----------
    pairs, limits, rows, loads
        The problem.
    ceilings
        Highest price of each demand: what leaving it out costs (infinity: no ceiling).
    dual
        Start and result; ``bound[0]`` -inf at first.
    target
        Value of the best known answer, which sets the step length.
    enough
        Stop at this bound.
    rounds
        How many sets of prices to try.
    pace
        Two numbers kept between calls: step factor and averaging share.
    """
    prices = dual.prices.copy()
    row_prices = dual.row_prices.copy()
    slope = np.zeros(len(prices))
    row_slope = np.zeros(len(row_prices))
    mean = np.zeros(len(prices))
    row_mean = np.zeros(len(row_prices))
    begun = False
    poor = 0
    checkpoint = dual.bound[0]
    for turn in range(rounds):
        reduced = reduced_costs(pairs, limits, rows, loads, prices, row_prices)
        chosen, total = choose(limits, reduced)
        bound = prices.sum() + total + _rows_value(limits, row_prices)
        _slopes(pairs, limits, rows, loads, prices, row_prices, chosen, ceilings, slope, row_slope)
        dual.work[0] += 1
        share = pace[1] if begun else 1.0
        agree = (slope * mean).sum() + (row_slope * row_mean).sum()
        mean = share * slope + (1.0 - share) * mean
        row_mean = share * row_slope + (1.0 - share) * row_mean
        if bound > dual.bound[0] or not begun:
            if bound > dual.bound[0]:
                dual.bound[0] = bound
                dual.prices[:] = prices
                dual.row_prices[:] = row_prices
                dual.reduced[:] = reduced
            if begun and agree >= 0.0:
                pace[0] = min(2.0, pace[0] * 1.1)
            poor = 0
        else:
            poor += 1
            if poor >= 15:
                pace[0] = max(1e-4, pace[0] * 0.66)
                poor = 0
        begun = True
        if dual.bound[0] >= enough:
            break
        if turn % 100 == 99:
            if dual.bound[0] - checkpoint < 0.01 * max(1e-9, target - dual.bound[0]):
                pace[1] = max(0.01, pace[1] * 0.7)
            checkpoint = dual.bound[0]
        norm = (mean * mean).sum() + (row_mean * row_mean).sum()
        if norm < 1e-12:
            begun = False
            continue
        length = pace[0] * max(target - dual.bound[0], 1e-7 * max(1.0, abs(target))) / norm
        _step(limits, dual, ceilings, mean, row_mean, length, prices, row_prices)


@njit(cache=True)
def _step(
    limits: Limits,
    dual: Dual,
    ceilings: NDArray[np.float64],
    mean: NDArray[np.float64],
    row_mean: NDArray[np.float64],
    length: float,
    prices: NDArray[np.float64],
    row_prices: NDArray[np.float64],
) -> None:
    """Fill in the next prices: from the best ones along the mean direction, within what keeps the bound valid."""
    for demand in range(len(prices)):
        price = dual.prices[demand] + length * mean[demand]
        prices[demand] = min(max(0.0, price), ceilings[demand])
    for row in range(len(row_prices)):
        price = dual.row_prices[row] + length * row_mean[row]
        if price > 0.0 and limits.high[row] == np.inf:
            price = 0.0
        if price < 0.0 and limits.low[row] == -np.inf:
            price = 0.0
        row_prices[row] = price
