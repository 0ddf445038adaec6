"""Compiled knapsacks: the best load of one site at given prices, exact when whole and small, else a safe limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.dual_kernels import Loads
    from planner.siting.median.swap_kernels import Pairs


@njit(cache=True)
def _items(
    pairs: Pairs, loads: Loads, prices: NDArray[np.float64], site: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the demand that pays at this site and fits, and what each pays."""
    length = pairs.starts[site + 1] - pairs.starts[site]
    items = np.empty(length, dtype=np.int64)
    gains = np.empty(length)
    count = 0
    for entry in range(pairs.starts[site], pairs.starts[site + 1]):
        demand = pairs.rows[entry]
        gain = prices[demand] - pairs.costs[pairs.places[entry]]
        if gain > 0.0 and loads.loads[demand] <= loads.capacities[site]:
            items[count] = demand
            gains[count] = gain
            count += 1
    return items[:count], gains[:count]


@njit(cache=True)
def worth(pairs: Pairs, loads: Loads, prices: NDArray[np.float64], site: int) -> float:
    """Return the most a site can earn within its capacity, or an upper limit of it."""
    items, gains = _items(pairs, loads, prices, site)
    capacity = loads.capacities[site]
    if loads.loads[items].sum() <= capacity:
        return float(gains.sum())
    if not loads.exact:
        return _fractional(loads, items, gains, capacity, np.zeros(0))
    size = int(capacity)
    best = np.zeros(size + 1)
    for item in range(len(items)):
        load = int(loads.loads[items[item]])
        for room in range(size, load - 1, -1):
            value = best[room - load] + gains[item]
            best[room] = max(best[room], value)
    return float(best[size])


@njit(cache=True)
def _fractional(
    loads: Loads,
    items: NDArray[np.int64],
    gains: NDArray[np.float64],
    capacity: float,
    slope: NDArray[np.float64],
) -> float:
    """Fill by gain per load, the last item in part; take what is used off ``slope`` where one is given."""
    ratios = np.empty(len(items))
    for item in range(len(items)):
        load = loads.loads[items[item]]
        ratios[item] = -gains[item] / load if load > 0.0 else -np.inf
    room = capacity
    total = 0.0
    for item in np.argsort(ratios, kind="mergesort"):
        load = loads.loads[items[item]]
        part = 1.0 if load <= room else room / load
        total += part * gains[item]
        if len(slope) > 0:
            slope[items[item]] -= part
        room -= part * load
        if part < 1.0:
            break
    return total


@njit(cache=True)
def fill(
    pairs: Pairs,
    loads: Loads,
    prices: NDArray[np.float64],
    site: int,
    slope: NDArray[np.float64],
) -> None:
    """Take off ``slope`` the share of each demand that the best load of ``site`` serves."""
    items, gains = _items(pairs, loads, prices, site)
    capacity = loads.capacities[site]
    if loads.loads[items].sum() <= capacity:
        for item in items:
            slope[item] -= 1.0
        return
    if not loads.exact:
        _fractional(loads, items, gains, capacity, slope)
        return
    size = int(capacity)
    best = np.zeros(size + 1)
    taken = np.zeros((len(items), size + 1), dtype=np.bool_)
    for item in range(len(items)):
        load = int(loads.loads[items[item]])
        for room in range(size, load - 1, -1):
            value = best[room - load] + gains[item]
            if value > best[room]:
                best[room] = value
                taken[item, room] = True
    room = size
    for item in range(len(items) - 1, -1, -1):
        if taken[item, room]:
            slope[items[item]] -= 1.0
            room -= int(loads.loads[items[item]])
