"""Opening hours: windows per site under staff hours, so that most worker-hours find an open site; with a proved bound.

Each (group, day, hour) counts once if any site it reaches is open then. Every site takes one timetable: windows of whole
hours on weekdays and at weekends that its weekly staff hours allow. The bound relaxes "counts once" with multipliers
(Lagrange), after which each site's best timetable is found exactly; the answer is built site by site, then improved by
giving one site, and two that share people, their best timetables against all others, so that two sites alone are solved
exactly. Weakness: the gap that remains where many sites overlap is one of the bound as much as of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.allocation.opening_search import build_hours
from planner.allocation.timetables import Timetables
from planner.result import Outcome, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class OpeningProblem:
    """When sites may open and whom they reach.

    Parameters
    ----------
    weights
        float64 (groups, 2, 24): worker-hours a week to be had on weekdays and at weekends.
    indptr, indices
        Sites each group reaches.
    allowed
        bool (sites, 2, 24): hours in which a site may open.
    staff_hours, volunteer_hours
        int64 (sites,): hours a week; volunteers cover weekends only.
    windows_most, window_least, weekday_least
        Windows of a day, hours of a window, hours of a weekday.
    """

    weights: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    allowed: NDArray[np.bool_]
    staff_hours: NDArray[np.int64]
    volunteer_hours: NDArray[np.int64]
    windows_most: int = 2
    window_least: int = 2
    weekday_least: int = 2


@dataclass(frozen=True, eq=False)
class Opening:
    """Hours open, bool (sites, 2, 24), and what the optimiser says of them; ``short`` are sites that cannot open so long."""

    opened: NDArray[np.bool_]
    outcome: Outcome
    short: NDArray[np.int64]


def best_opening(problem: OpeningProblem, *, rounds: int) -> Opening:
    """Choose the hours of every site.

    Parameters
    ----------
    problem
        Arrays.
    rounds
        Rounds of the search for the bound; counted, so that the answer repeats exactly.

    Returns
    -------
    Opening
        Status infeasible where a site cannot open for the fewest hours of a weekday; ``short`` names them.
    """
    from scipy.sparse import csr_array

    sites = len(problem.staff_hours)
    choose = Timetables(problem)
    short = choose.impossible()
    if len(short):
        outcome = Outcome(
            status=Status.INFEASIBLE, sense="max", value=np.nan, bound=-np.inf,
            reason="staff hours or host hours leave too few hours on a weekday",
        )  # fmt: skip
        return Opening(np.zeros((sites, 2, 24), dtype=np.bool_), outcome, short)
    groups = len(problem.weights)
    weights = problem.weights.reshape(groups, 48)
    reach = csr_array(
        (np.ones(len(problem.indices)), problem.indices, problem.indptr), shape=(groups, sites)
    )
    order, bound, work = _bound(weights, reach, choose, rounds)
    opened, passes = build_hours(weights, reach, choose, order)
    value = _value(weights, reach, opened)
    bound = max(bound, value)
    met = bound - value <= 1e-9 * max(1.0, bound)
    outcome = Outcome(
        status=Status.OPTIMAL if met else Status.FEASIBLE,
        sense="max",
        value=value,
        bound=value if met else bound,
        work=work + passes,
    )
    return Opening(opened.reshape(sites, 2, 24), outcome, short)


def _bound(
    weights: NDArray[np.float64], reach: csr_array, choose: Timetables, rounds: int
) -> tuple[NDArray[np.int64], float, int]:
    """Return sites in order of promise, the proved bound, and the rounds it took (subgradient on the multipliers)."""
    count = np.maximum(np.asarray(reach.sum(axis=1)).ravel(), 1.0)
    multipliers = weights / count[:, None]
    reachable = np.asarray(reach.sum(axis=1)).ravel() > 0
    total = float(weights[reachable].sum())
    best, step, stalled = total, 1.0, 0
    order = np.arange(reach.shape[1])
    upward = reach.T.tocsr()
    done = 0
    for done in range(1, rounds + 1):  # noqa: B007 - counted
        scores = upward @ multipliers
        value, hours = choose.best(scores)
        level = float((weights - multipliers)[reachable].sum() + value.sum())
        if level < best - 1e-9 * max(1.0, best):
            best, stalled = level, 0
            order = np.argsort(-value, kind="stable")
        else:
            stalled += 1
            if stalled >= 4:
                step, stalled = step / 2, 0
        met = reach @ hours.astype(np.float64)
        slope = np.where(weights > 0, met - 1.0, 0.0)
        # Nothing moves a multiplier out of its range.
        slope[(multipliers <= 0) & (slope > 0)] = 0.0
        slope[(multipliers >= weights) & (slope < 0)] = 0.0
        norm = float((slope**2 * weights).sum())
        if norm == 0 or step < 1e-3:
            break
        size = step * 0.05 * best / norm
        multipliers = np.clip(multipliers - size * slope * weights, 0.0, weights)
    return order, best, done


def _value(weights: NDArray[np.float64], reach: csr_array, opened: NDArray[np.bool_]) -> float:
    return float(weights[(reach @ opened.astype(np.float64)) > 0].sum())
