"""Which items open in which period under limits, parents first, so that coverage is had early; with a proved bound.

A group counts in every period from the first in which an item that reaches it is open. The bound relaxes the limits and
"counts once" with multipliers (Lagrange); what is left is a choice of one period per item on a forest of parents, solved
exactly. The answer is built period by period by gain per cost, then improved by moving single items and swapping pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.allocation.ordering_bound import proved_bound
from planner.allocation.ordering_fit import least_raise
from planner.allocation.ordering_search import Search
from planner.result import Outcome, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class OrderingProblem:
    """Items to open over periods.

    Parameters
    ----------
    weights
        float64 (groups,): what a group counts per period.
    indptr, indices
        Items that reach each group; groups that something open today reaches are left out.
    use
        int64 (limits, items, periods): what an item opened in a period uses of each limit.
    limits
        int64 (limits,): inclusive.
    parent
        int64 (items,): item that must be open no later; -1 for none. Parents come before children.
    earliest
        int64 (items,): first period an item may open in; the number of periods for never.
    must
        bool (items,): opens within the periods.
    """

    weights: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    use: NDArray[np.int64]
    limits: NDArray[np.int64]
    parent: NDArray[np.int64]
    earliest: NDArray[np.int64]
    must: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ordering:
    """Period of each item (the number of periods for none), and what the optimiser says; ``unplaced`` must open and cannot."""

    period: NDArray[np.int64]
    outcome: Outcome
    unplaced: NDArray[np.int64]


def best_ordering(problem: OrderingProblem, *, seed: int, work: int, rounds: int) -> Ordering:
    """Choose the period of every item.

    Parameters
    ----------
    problem
        Arrays.
    seed
        Of the search's moves.
    work
        Moves tried.
    rounds
        Rounds of the search for the bound.
    """
    search = Search(problem, seed)
    unplaced = search.build()
    fit = least_raise(problem, {}) if len(unplaced) else None
    if fit is not None:
        # Built by gain it did not fit; packed exactly it does.
        search = Search(problem, seed)
        search.begin(fit.items, fit.period)
        unplaced = np.zeros(0, dtype=np.int64)
    if len(unplaced) or (problem.limits < 0).any():
        reason = "what must open does not fit into the limits"
        outcome = Outcome(
            status=Status.INFEASIBLE,
            sense="max",
            value=np.nan,
            bound=-np.inf,
            seed=seed,
            reason=reason,
        )
        return Ordering(search.period.copy(), outcome, unplaced)
    search.improve(work)
    value = order_value(problem, search.period)
    bound = max(value, proved_bound(problem, rounds, value))
    met = bound - value <= 1e-9 * max(1.0, bound)
    return Ordering(
        search.period.copy(),
        Outcome(
            status=Status.OPTIMAL if met else Status.FEASIBLE,
            sense="max",
            value=value,
            bound=value if met else bound,
            seed=seed,
            work=work + rounds,
        ),
        unplaced,
    )


def order_value(problem: OrderingProblem, period: NDArray[np.int64]) -> float:
    """Return what an order is worth, from the raw arrays."""
    periods = problem.use.shape[2]
    first = np.full(len(problem.weights), periods, dtype=np.int64)
    row = np.repeat(np.arange(len(problem.weights)), np.diff(problem.indptr))
    np.minimum.at(first, row, period[problem.indices])
    return float((problem.weights * (periods - first)).sum())
