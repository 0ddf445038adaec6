"""Lazy greedy: open the site that gains most, re-reading only the gains at the top of the queue (compiled)."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from numba import njit

from planner.siting.covering.state import Cover, Rules, State, open_site

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def greedy(
    cover: Cover,
    rules: Rules,
    state: State,
    rate: NDArray[np.float64],
    required: float,
    only_short: bool,
) -> None:
    """Open sites in order of gain per ``rate`` while a rule allows it.

    Parameters
    ----------
    cover, rules, state
        The problem and the open set, changed in place.
    rate
        Divides the gain of each site (its cost under a budget, else 1); above 0.
    required
        Stop once the value reaches this; infinity to go on while something gains.
    only_short
        Open only sites that a rule still short of its lower limit needs, even where they gain nothing.
    """
    queue = [(-state.score[site] / rate[site], site) for site in range(len(cover.profit))]
    heapq.heapify(queue)
    while len(queue) > 0 and state.numbers[0] < cover.most_sites and state.value[0] < required:
        old, site = heapq.heappop(queue)
        if state.is_open[site] or state.shut[site]:
            continue
        if only_short and not _needed(rules, state, site):
            continue
        fresh = -state.score[site] / rate[site]
        # Gains fall as sites open, so an old gain is a limit; with backup they may also rise, which costs
        # only quality here.
        if fresh > old:
            heapq.heappush(queue, (fresh, site))
            continue
        forced = only_short or state.numbers[0] < cover.least_sites
        if fresh >= 0.0 and not forced:
            continue
        if permitted_opening(cover, rules, state, site):
            open_site(cover, rules, state, site)


@njit(cache=True, nogil=True)
def _needed(rules: Rules, state: State, site: int) -> bool:
    for entry in range(rules.indptr[site], rules.indptr[site + 1]):
        rule = rules.rules[entry]
        if state.totals[rule] < rules.low[rule] - 1e-9:
            return True
    return False


@njit(cache=True, nogil=True)
def permitted_opening(cover: Cover, rules: Rules, state: State, site: int) -> bool:
    """Say whether opening a site keeps every upper limit; lower limits may still be short on the way up."""
    if state.numbers[0] + 1 > cover.most_sites or state.shut[site]:
        return False
    for entry in range(rules.conflict_indptr[site], rules.conflict_indptr[site + 1]):
        if state.is_open[rules.conflict_sites[entry]]:
            return False
    for entry in range(rules.indptr[site], rules.indptr[site + 1]):
        rule = rules.rules[entry]
        total = state.totals[rule] + rules.coefficients[entry]
        if total > rules.high[rule] + 1e-9 * (1.0 + abs(total)):
            return False
    return True
