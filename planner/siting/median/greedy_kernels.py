"""Compiled lazy greedy: open the candidate that saves most, again and again."""

from __future__ import annotations

import heapq

from numba import njit

from planner.siting.median.swap_kernels import Limits, Pairs, State, open_site, rules_hold


@njit(cache=True)
def savings(pairs: Pairs, limits: Limits, state: State, site: int) -> float:
    """Return what opening one closed candidate saves."""
    gain = -limits.site_costs[site]
    for entry in range(pairs.starts[site], pairs.starts[site + 1]):
        demand = pairs.rows[entry]
        first = state.first[demand]
        now = pairs.costs[first] if first >= 0 else pairs.unserved[demand]
        cost = pairs.costs[pairs.places[entry]]
        if cost < now:
            gain += now - cost
    return float(gain)


@njit(cache=True)
def grow(pairs: Pairs, limits: Limits, state: State, least: int) -> None:
    """Open candidates while they save, or until ``least`` are open; ties go to the lower index.

    Savings only shrink as sites open, so an old one is an upper limit and most are never recomputed.
    """
    queue = [(0.0, 0)]  # numba reads the types here
    queue.clear()
    for site in range(len(state.is_open)):
        if not state.is_open[site] and limits.state[site] == 0:
            queue.append((-savings(pairs, limits, state, site), site))  # noqa: PERF401
    heapq.heapify(queue)
    while len(queue) > 0 and state.opened[0] < limits.most:
        _, site = heapq.heappop(queue)
        if not rules_hold(limits, state, site, -1):
            continue
        gain = savings(pairs, limits, state, site)
        if len(queue) > 0 and (-gain, site) > queue[0]:
            heapq.heappush(queue, (-gain, site))
            continue
        if gain <= 0.0 and state.opened[0] >= least:
            break
        open_site(pairs, limits, state, site)
