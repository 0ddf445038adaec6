"""Candidates that another candidate makes needless (compiled): same rules, no less reach, no less profit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.siting.covering.state import cover_of, rules_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core
    from planner.siting.covering.state import Cover, Rules


def dominators(core: Core) -> NDArray[np.int64]:
    """Return for each site the site that stands in for it, -1 where none does.

    Site ``b`` stands in for ``a`` when ``b`` reaches every row of ``a``, brings at least its profit and preference,
    and may open wherever ``a`` may. An answer with ``a`` alone is then no better than the same with ``b``; one with
    both must be no worse without ``a``, or not be allowed at all. Of two equal sites the one with the lower id
    stays. A site that stands in for another may itself be stood in for: follow the chain.

    Parameters
    ----------
    core
        Any core.

    Returns
    -------
    numpy.ndarray
        int64, shape (sites,).
    """
    free_to_close = core.backup == 1 and core.least_sites == 0
    unruled = not len(core.side.low) and not len(core.conflict_sites)
    counted = core.backup == 1 and core.least_sites > 0 and unruled and not core.profit.any()
    counted = counted and not core.preference.any()
    found = _dominators(
        cover_of(core),
        rules_of(core),
        core.preference,
        core.keep,
        free_to_close,
        core.sites - core.least_sites if counted else 0,
    )
    return np.asarray(found)


@njit(cache=True, nogil=True)
def _dominators(
    cover: Cover,
    rules: Rules,
    preference: NDArray[np.float64],
    keep: NDArray[np.bool_],
    free_to_close: bool,
    spare: int,
) -> NDArray[np.int64]:
    """Look for a dominator of each site among those that reach its least reached row.

    ``spare``: how many sites may be dropped although a fixed number must open, because any other site can take the
    place of one that adds nothing (no rules, no profits).
    """
    sites = len(cover.profit)
    found = np.full(sites, -1, dtype=np.int64)
    sizes = cover.column_indptr[1:] - cover.column_indptr[:-1]
    order = np.argsort(sizes, kind="mergesort")
    empty = -1
    dropped = 0
    for site in order:
        if cover.fixed[site]:
            continue
        first, last = cover.column_indptr[site], cover.column_indptr[site + 1]
        if first == last:
            # Sites without rows are compared with the best of their kind only.
            if empty >= 0 and _stands_in(cover, rules, preference, keep, site, empty, False):
                free = free_to_close and preference[site] <= 0.0
                if _may_drop(cover, rules, site, empty, free) or dropped < spare:
                    found[site] = empty
                    dropped += 1
            else:
                empty = site
            continue
        rarest = cover.column_rows[first]
        for pair in range(first, last):
            row = cover.column_rows[pair]
            if (
                cover.indptr[row + 1] - cover.indptr[row]
                < cover.indptr[rarest + 1] - cover.indptr[rarest]
            ):
                rarest = row
        for pair in range(cover.indptr[rarest], cover.indptr[rarest + 1]):
            other = cover.indices[pair]
            if other == site or found[other] >= 0 or sizes[other] < sizes[site]:
                continue
            if not _stands_in(cover, rules, preference, keep, site, other, True):
                continue
            equal = sizes[other] == sizes[site] and not cover.fixed[other]
            if (
                equal
                and other > site
                and _stands_in(cover, rules, preference, keep, other, site, False)
            ):
                continue
            free = free_to_close and preference[site] <= 0.0
            if _may_drop(cover, rules, site, other, free) or dropped < spare:
                found[site] = other
                dropped += 1
                break
    return found


@njit(cache=True, nogil=True)
def _stands_in(
    cover: Cover,
    rules: Rules,
    preference: NDArray[np.float64],
    keep: NDArray[np.bool_],
    site: int,
    other: int,
    compare_rows: bool,
) -> bool:
    """Say whether ``other`` may open wherever ``site`` may, and is worth no less alone."""
    if cover.profit[other] < cover.profit[site] or preference[other] < preference[site]:
        return False
    if keep[site] and not keep[other]:
        return False
    if not _rules_allow(rules, site, other) or not _conflicts_allow(rules, site, other):
        return False
    if not compare_rows:
        return True
    at, end = cover.column_indptr[other], cover.column_indptr[other + 1]
    for pair in range(cover.column_indptr[site], cover.column_indptr[site + 1]):
        row = cover.column_rows[pair]
        while at < end and cover.column_rows[at] < row:
            at += 1
        if at == end or cover.column_rows[at] != row:
            return False
    return True


@njit(cache=True, nogil=True)
def _factor(rules: Rules, site: int, rule: int) -> float:
    for entry in range(rules.indptr[site], rules.indptr[site + 1]):
        if rules.rules[entry] == rule:
            return float(rules.coefficients[entry])
    return 0.0


@njit(cache=True, nogil=True)
def _rules_allow(rules: Rules, site: int, other: int) -> bool:
    """Say whether opening ``other`` instead of ``site`` keeps every rule that held."""
    for entry in range(rules.indptr[site], rules.indptr[site + 1]):
        rule = rules.rules[entry]
        change = _factor(rules, other, rule) - rules.coefficients[entry]
        if change > 0 and np.isfinite(rules.high[rule]):
            return False
        if change < 0 and np.isfinite(rules.low[rule]):
            return False
    for entry in range(rules.indptr[other], rules.indptr[other + 1]):
        rule = rules.rules[entry]
        change = rules.coefficients[entry] - _factor(rules, site, rule)
        if change > 0 and np.isfinite(rules.high[rule]):
            return False
        if change < 0 and np.isfinite(rules.low[rule]):
            return False
    return True


@njit(cache=True, nogil=True)
def _in_conflict(rules: Rules, site: int, other: int) -> bool:
    for entry in range(rules.conflict_indptr[site], rules.conflict_indptr[site + 1]):
        if rules.conflict_sites[entry] == other:
            return True
    return False


@njit(cache=True, nogil=True)
def _conflicts_allow(rules: Rules, site: int, other: int) -> bool:
    for entry in range(rules.conflict_indptr[other], rules.conflict_indptr[other + 1]):
        near = rules.conflict_sites[entry]
        if near != site and not _in_conflict(rules, site, near):
            return False
    return True


@njit(cache=True, nogil=True)
def _may_drop(cover: Cover, rules: Rules, site: int, other: int, free_to_close: bool) -> bool:
    """Say whether an answer with both open is not allowed, or no worse without ``site``."""
    if _in_conflict(rules, site, other):
        return True
    for entry in range(rules.indptr[site], rules.indptr[site + 1]):
        rule = rules.rules[entry]
        both = rules.coefficients[entry] + _factor(rules, other, rule)
        if both > rules.high[rule] + 1e-6 and rules.partition[site] == rule:
            # A count rule without room for two; other rules may owe their total to other sites.
            return True
    if not free_to_close or cover.profit[site] > 0.0:
        return False
    for entry in range(rules.indptr[site], rules.indptr[site + 1]):
        if np.isfinite(rules.low[rules.rules[entry]]) and rules.low[rules.rules[entry]] > 0.0:
            return False
    return True
