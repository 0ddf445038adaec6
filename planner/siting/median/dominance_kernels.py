"""Candidates that another one makes needless where travel times count (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.siting.median.rules import TOLERANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.swap_kernels import Limits, Pairs


@njit(cache=True)
def stand_ins(
    pairs: Pairs,
    limits: Limits,
    worth: NDArray[np.float64],
    room: NDArray[np.float64],
    stay: NDArray[np.bool_],
    may_close: bool,
    spare: int,
) -> NDArray[np.int64]:
    """Return for each candidate the one that stands in for it, -1 where none does.

    ``b`` stands in for ``a`` when it serves every demand of ``a`` no worse, costs no more, holds no less, and may
    open wherever ``a`` may: an answer with ``a`` alone is no better than the same with ``b``. One with both must not
    be allowed at all, or be no worse without ``a``. Of two equal candidates the first stays. Who stands in for
    another may later be stood in for itself.

    Parameters
    ----------
    pairs
        The pairs, by demand and by candidate; those of a candidate in order of demand.
    limits
        The rules.
    worth
        float64, shape (pairs,): what each pair costs, in any unit that orders the pairs of one demand.
    room
        float64, shape (candidates,): capacities, equal where there are none.
    stay
        bool, shape (candidates,): who needs no stand-in.
    may_close
        Whether an answer is no worse when a site that serves nobody closes, rules and costs apart.
    spare
        How many candidates may be dropped although a fixed number must open: any other takes their place.
    """
    candidates = len(limits.site_costs)
    found = np.full(candidates, -1, dtype=np.int64)
    sizes = pairs.starts[1:] - pairs.starts[:-1]
    dropped = 0
    empty = -1
    for site in np.argsort(sizes, kind="mergesort"):
        if limits.state[site] != 0 or stay[site]:
            continue
        first, last = pairs.starts[site], pairs.starts[site + 1]
        if first == last:
            # Candidates that reach nobody are compared with the first of their kind only.
            if empty >= 0 and _replaces(pairs, limits, worth, room, site, empty):
                if _needless(limits, site, empty, may_close) or dropped < spare:
                    found[site] = empty
                    dropped += 1
            else:
                empty = site
            continue
        rarest = pairs.rows[first]
        for entry in range(first, last):
            demand = pairs.rows[entry]
            if pairs.indptr[demand + 1] - pairs.indptr[demand] < (
                pairs.indptr[rarest + 1] - pairs.indptr[rarest]
            ):
                rarest = demand
        for pair in range(pairs.indptr[rarest], pairs.indptr[rarest + 1]):
            other = pairs.columns[pair]
            if other == site or found[other] >= 0 or sizes[other] < sizes[site]:
                continue
            if limits.state[other] < 0 or not _replaces(pairs, limits, worth, room, site, other):
                continue
            later = other > site and limits.state[other] == 0 and not stay[other]
            if later and _replaces(pairs, limits, worth, room, other, site):
                # Of two that replace each other the first stays.
                continue
            if _needless(limits, site, other, may_close) or dropped < spare:
                found[site] = other
                dropped += 1
                break
    return found


@njit(cache=True)
def _replaces(
    pairs: Pairs,
    limits: Limits,
    worth: NDArray[np.float64],
    room: NDArray[np.float64],
    site: int,
    other: int,
) -> bool:
    """Say whether ``other`` may open wherever ``site`` may, and is worth no less alone."""
    if limits.site_costs[other] > limits.site_costs[site] or room[other] < room[site]:
        return False
    at, end = pairs.starts[other], pairs.starts[other + 1]
    if pairs.starts[site] < pairs.starts[site + 1]:
        at += np.searchsorted(pairs.rows[at:end], pairs.rows[pairs.starts[site]])
    for entry in range(pairs.starts[site], pairs.starts[site + 1]):
        demand = pairs.rows[entry]
        while at < end and pairs.rows[at] < demand:
            at += 1
        if at == end or pairs.rows[at] != demand:
            return False
        if worth[pairs.places[at]] > worth[pairs.places[entry]]:
            return False
    return _rows_allow(limits, site, other, 1.0) and _rows_allow(limits, other, site, -1.0)


@njit(cache=True)
def _factor(limits: Limits, site: int, row: int) -> float:
    for entry in range(limits.starts[site], limits.starts[site + 1]):
        if limits.rows[entry] == row:
            return float(limits.factors[entry])
    return 0.0


@njit(cache=True)
def _rows_allow(limits: Limits, one: int, other: int, sign: float) -> bool:
    """Say whether the rows of ``one`` stay within their limits when ``sign`` x (``other`` - ``one``) is added."""
    for entry in range(limits.starts[one], limits.starts[one + 1]):
        row = limits.rows[entry]
        change = sign * (_factor(limits, other, row) - limits.factors[entry])
        if change > 0.0 and np.isfinite(limits.high[row]):
            return False
        if change < 0.0 and np.isfinite(limits.low[row]):
            return False
    return True


@njit(cache=True)
def _needless(limits: Limits, site: int, other: int, may_close: bool) -> bool:
    """Say whether an answer with both open is not allowed, or no worse without ``site``.

    Factors of the rows are at least 0, so a row that two sites overfill no third one can mend.
    """
    closable = may_close and limits.site_costs[site] >= 0.0
    for entry in range(limits.starts[site], limits.starts[site + 1]):
        row = limits.rows[entry]
        both = limits.factors[entry] + _factor(limits, other, row)
        if both > limits.high[row] + 2.0 * TOLERANCE:
            return True
        if limits.low[row] > 0.0:
            closable = False
    return closable
