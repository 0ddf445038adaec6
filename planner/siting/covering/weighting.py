"""Row-weighting search for covers of all demand (compiled): uncovered rows grow heavier until somebody covers them.

Gao, Weise and Li 2015. Close the site that loses least, open the best site of a random uncovered row, make every row
still uncovered heavier; each full cover found lowers the cost to beat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.siting.covering.anneal import below

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.state import Cover


@njit(cache=True, nogil=True)
def _close(
    cover: Cover,
    site: int,
    is_open: NDArray[np.bool_],
    counts: NDArray[np.int32],
    reaching: NDArray[np.int64],
    heavy: NDArray[np.float64],
    score: NDArray[np.float64],
    ready: NDArray[np.bool_],
    bare: NDArray[np.int32],
    bare_at: NDArray[np.int32],
    bare_count: int,
) -> int:
    """Close a site; return the number of uncovered rows."""
    is_open[site] = False
    for pair in range(cover.column_indptr[site], cover.column_indptr[site + 1]):
        row = cover.column_rows[pair]
        counts[row] -= 1
        reaching[row] -= site
        if counts[row] == 0:
            for other in range(cover.indptr[row], cover.indptr[row + 1]):
                near = cover.indices[other]
                ready[near] = True
                if near != site:
                    score[near] += heavy[row]
            bare_at[row] = bare_count
            bare[bare_count] = row
            bare_count += 1
        elif counts[row] == 1:
            score[reaching[row]] += heavy[row]
    ready[site] = False
    return bare_count


@njit(cache=True, nogil=True)
def _open(
    cover: Cover,
    site: int,
    is_open: NDArray[np.bool_],
    counts: NDArray[np.int32],
    reaching: NDArray[np.int64],
    heavy: NDArray[np.float64],
    score: NDArray[np.float64],
    ready: NDArray[np.bool_],
    bare: NDArray[np.int32],
    bare_at: NDArray[np.int32],
    bare_count: int,
) -> int:
    """Open a site; return the number of uncovered rows."""
    is_open[site] = True
    for pair in range(cover.column_indptr[site], cover.column_indptr[site + 1]):
        row = cover.column_rows[pair]
        if counts[row] == 0:
            for other in range(cover.indptr[row], cover.indptr[row + 1]):
                near = cover.indices[other]
                ready[near] = True
                if near != site:
                    score[near] -= heavy[row]
            bare_count -= 1
            last = bare[bare_count]
            bare[bare_at[row]] = last
            bare_at[last] = bare_at[row]
        elif counts[row] == 1:
            score[reaching[row]] -= heavy[row]
        counts[row] += 1
        reaching[row] += site
    return bare_count


@njit(cache=True, nogil=True)
def _least_loss(
    cost: NDArray[np.float64],
    fixed: NDArray[np.bool_],
    open_list: NDArray[np.int32],
    size: int,
    score: NDArray[np.float64],
    stamp: NDArray[np.int64],
    banned: int,
) -> int:
    """Return the place in the open list of the site that loses least per cost, the longest unchanged among equals."""
    best = -1
    best_loss = np.inf
    for at in range(size):
        site = open_list[at]
        if fixed[site] or site == banned:
            continue
        loss = score[site] / cost[site]
        if loss < best_loss or (loss == best_loss and stamp[site] < stamp[open_list[best]]):
            best, best_loss = at, loss
    return best


@njit(cache=True, nogil=True)
def _compare(
    cover: Cover,
    is_open: NDArray[np.bool_],
    heavy: NDArray[np.float64],
    score: NDArray[np.float64],
    bare_count: int,
) -> None:
    """Raise where scores or the number of uncovered rows differ from a computation from scratch."""
    fresh = np.zeros(len(score))
    bare = 0
    for row in range(len(heavy)):
        opened = 0
        sole = -1
        for other in range(cover.indptr[row], cover.indptr[row + 1]):
            if is_open[cover.indices[other]]:
                opened += 1
                sole = cover.indices[other]
        if opened == 0:
            bare += 1
            for other in range(cover.indptr[row], cover.indptr[row + 1]):
                fresh[cover.indices[other]] += heavy[row]
        elif opened == 1:
            fresh[sole] += heavy[row]
    if bare != bare_count:
        raise AssertionError("debug: the number of uncovered rows is not what was kept")
    for site in range(len(score)):
        if abs(fresh[site] - score[site]) > 1e-9 * (1.0 + abs(fresh[site])):
            raise AssertionError("debug: a gain or loss is not what was kept")


@njit(cache=True, nogil=True)
def reweigh(  # noqa: PLR0915 - one loop over shared arrays, compiled as a whole
    cover: Cover,
    cost: NDArray[np.float64],
    chosen: NDArray[np.int64],
    heavy: NDArray[np.float64],
    source: NDArray[np.uint64],
    steps: int,
    best: NDArray[np.int32],
    debug: bool,
) -> int:
    """Search for covers of every row that cost less than ``chosen``.

    Parameters
    ----------
    cover
        The rows and sites; its weights are not read.
    cost
        Cost per site, above 0.
    chosen
        A cover of every row.
    heavy
        Row weights to start from (ones), changed in place.
    source
        Generator state.
    steps
        Exchanges to make.
    best
        Buffer that receives the cheapest cover found.
    debug
        Whether scores are recomputed and compared after every exchange.

    Returns
    -------
    int
        Number of sites in ``best``.
    """
    sites, rows = len(cover.profit), len(cover.weights)
    is_open = np.zeros(sites, dtype=np.bool_)
    counts = np.zeros(rows, dtype=np.int32)
    reaching = np.zeros(rows, dtype=np.int64)
    score = np.zeros(sites)
    ready = np.ones(sites, dtype=np.bool_)
    stamp = np.zeros(sites, dtype=np.int64)
    bare = np.arange(rows).astype(np.int32)
    bare_at = np.arange(rows).astype(np.int32)
    bare_count = rows
    for row in range(rows):
        for other in range(cover.indptr[row], cover.indptr[row + 1]):
            score[cover.indices[other]] += heavy[row]
    open_list = np.zeros(sites, dtype=np.int32)
    size = 0
    spent = 0.0
    for site in chosen:
        bare_count = _open(
            cover, site, is_open, counts, reaching, heavy, score, ready, bare, bare_at, bare_count
        )
        open_list[size] = site
        size += 1
        spent += cost[site]
    best_size = 0
    best_cost = np.inf
    banned = -1
    for step in range(steps):
        while True:
            if bare_count == 0 and spent < best_cost - 1e-9 * abs(spent):
                best_cost = spent
                best_size = size
                best[:size] = open_list[:size]
            if bare_count > 0 and spent < best_cost:
                break
            at = _least_loss(cost, cover.fixed, open_list, size, score, stamp, -1)
            if at < 0:
                return best_size
            site = open_list[at]
            bare_count = _close(
                cover,
                site,
                is_open,
                counts,
                reaching,
                heavy,
                score,
                ready,
                bare,
                bare_at,
                bare_count,
            )
            spent -= cost[site]
            stamp[site] = step
            size -= 1
            open_list[at] = open_list[size]
        at = _least_loss(cost, cover.fixed, open_list, size, score, stamp, banned)
        if at >= 0:
            site = open_list[at]
            bare_count = _close(
                cover,
                site,
                is_open,
                counts,
                reaching,
                heavy,
                score,
                ready,
                bare,
                bare_at,
                bare_count,
            )
            spent -= cost[site]
            stamp[site] = step
            size -= 1
            open_list[at] = open_list[size]
        row = bare[below(source, bare_count)]
        entering = -1
        for other in range(cover.indptr[row], cover.indptr[row + 1]):
            near = cover.indices[other]
            if not ready[near] or spent + cost[near] >= best_cost:
                continue
            if entering < 0:
                entering = near
                continue
            change = score[near] / cost[near] - score[entering] / cost[entering]
            if change > 0 or (change == 0 and stamp[near] < stamp[entering]):
                entering = near
        if entering >= 0:
            bare_count = _open(
                cover,
                entering,
                is_open,
                counts,
                reaching,
                heavy,
                score,
                ready,
                bare,
                bare_at,
                bare_count,
            )
            spent += cost[entering]
            stamp[entering] = step
            open_list[size] = entering
            size += 1
            banned = entering
        for place in range(bare_count):
            row = bare[place]
            heavy[row] += 1.0
            for other in range(cover.indptr[row], cover.indptr[row + 1]):
                score[cover.indices[other]] += 1.0
        if debug:
            _compare(cover, is_open, heavy, score, bare_count)
    return best_size
