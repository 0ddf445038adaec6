"""A proved bound on the best order of opening, by multipliers on limits and on counting once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.allocation.ordering import OrderingProblem


def proved_bound(problem: OrderingProblem, rounds: int, value: float) -> float:
    """Return a limit no order can pass; ``value`` is that of a known order and sizes the steps."""
    from scipy.sparse import csr_array

    groups, items = len(problem.weights), len(problem.parent)
    periods = problem.use.shape[2]
    reach = csr_array(
        (np.ones(len(problem.indices)), problem.indices, problem.indptr), shape=(groups, items)
    )
    upward = reach.T.tocsr()
    count: NDArray[np.float64] = np.asarray(reach.sum(axis=1)).ravel()
    counted = np.where(count > 0, problem.weights, 0.0)[:, None] * np.ones(periods)
    share = counted / np.maximum(count, 1.0)[:, None]
    scale = np.maximum(problem.limits.astype(float), 1.0)
    use = problem.use / scale[:, None, None]
    room = problem.limits / scale
    prices = np.zeros(len(problem.limits))
    best = float(counted.sum())
    step, stalled = 1.0, 0
    for _round in range(rounds):
        earned = np.cumsum(np.asarray(upward @ share)[:, ::-1], axis=1)[:, ::-1]
        worth = earned - np.einsum("k,kit->it", prices, use)
        level, period = _best_periods(problem, worth)
        bound = level + float((counted - share).sum()) + float(prices @ room)
        if bound < best - 1e-7 * max(1.0, best):
            best, stalled = bound, 0
        else:
            stalled += 1
            if stalled >= 5:
                step, stalled = step / 2, 0
        opened = (period[:, None] <= np.arange(periods)).astype(float)
        over = np.where(counted > 0, reach @ opened - 1.0, 0.0)
        over[(share <= 0) & (over > 0)] = 0.0
        over[(share >= counted) & (over < 0)] = 0.0
        within = period < periods
        used = use[:, np.flatnonzero(within), period[within]].sum(axis=1) - room
        used[(prices <= 0) & (used < 0)] = 0.0
        size_1 = float((over**2 * counted).sum())
        size_2 = float((used**2).sum())
        gap = max(bound - value, 1e-6 * max(1.0, bound))
        if (size_1 == 0 and size_2 == 0) or step < 1e-4:
            break
        if size_1 > 0:
            share = np.clip(share - step * 0.5 * gap / size_1 * over * counted, 0.0, counted)
        if size_2 > 0:
            prices = np.maximum(0.0, prices + step * 0.5 * gap / size_2 * used)
    return best


def _best_periods(
    problem: OrderingProblem, worth: NDArray[np.float64]
) -> tuple[float, NDArray[np.int64]]:
    """Return the best sum and periods where children open no earlier than their parents; exact on the forest."""
    items, periods = worth.shape
    table = np.concatenate([worth, np.zeros((items, 1))], axis=1)
    early = np.zeros(table.shape, dtype=np.bool_)
    early[:, :periods] = np.arange(periods)[None, :] < problem.earliest[:, None]
    table = np.where(early, -np.inf, table)
    table[problem.must, periods] = -np.inf
    depth = depths(problem.parent)
    for level in range(int(depth.max(initial=0)), 0, -1):
        rows = np.flatnonzero(depth == level)
        later = np.maximum.accumulate(table[rows, ::-1], axis=1)[:, ::-1]
        np.add.at(table, problem.parent[rows], later)
    period = np.zeros(items, dtype=np.int64)
    total = 0.0
    for level in range(int(depth.max(initial=0)) + 1):
        rows = np.flatnonzero(depth == level)
        own = table[rows]
        if level:
            before = np.arange(periods + 1)[None, :] < period[problem.parent[rows]][:, None]
            own = np.where(before, -np.inf, own)
        period[rows] = np.argmax(own, axis=1)
        if level == 0:
            total = float(own.max(axis=1, initial=-np.inf).sum()) if len(rows) else 0.0
    return total, period


def depths(parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many parents each item has above it; parents come before children."""
    depth = np.zeros(len(parent), dtype=np.int64)
    for item, above in enumerate(parent.tolist()):
        if above >= 0:
            depth[item] = depth[above] + 1
    return depth
