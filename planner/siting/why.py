"""Why an answer is what it is, per open site: the demand only it serves, the next best site, and what that costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.answer import (
    assign_nearest,
    counted_shares,
    open_mask,
    total_weights,
)
from planner.siting.recompute import broken_rule, evaluate_answer
from planner.siting.stop import Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.answer import Siting
    from planner.siting.problem import SitingProblem

ASSIGNMENT = Work(2_000)
"""Effort of finding who goes where when a replacement is tried within capacities."""
MOST_ASSIGNED = 20
"""Replacements tried per site within capacities, those that share most demand first."""


@dataclass(frozen=True, eq=False)
class SiteReason:
    """Why one site is open.

    Parameters
    ----------
    site
        Index of the candidate.
    only_demand
        int64: demands with weight that count less, or not at all, without this site.
    only_weight
        Weight that these lose; times do not matter here.
    replacement
        Index of the closed candidate that would replace it best within the rules; -1 where none may.
    replacement_cost
        How much worse the objective gets with that replacement, at least 0 for a best answer; NaN where none.
    """

    site: int
    only_demand: NDArray[np.int64]
    only_weight: float
    replacement: int
    replacement_cost: float


def explain_sites(problem: SitingProblem, siting: Siting) -> tuple[SiteReason, ...]:
    """Say for each open site what only it serves and what replacing it would cost.

    Parameters
    ----------
    problem
        Any checked problem.
    siting
        An answer to it.

    Returns
    -------
    tuple
        One reason per open site, in the order of ``siting.sites``. Replacements are tried one by one against the
        raw arrays among candidates that share demand or a group with the site, ties by id. Within capacities the
        demand is assigned anew for each of the `MOST_ASSIGNED` nearest of them, by a search of counted work.
    """
    weights = total_weights(problem)
    shares = counted_shares(problem, siting.sites)
    sign = 1.0 if problem.objective == "max_cover" else -1.0
    value = siting.outcome.value
    reasons = []
    for site in siting.sites:
        others = siting.sites[siting.sites != site]
        lost = shares - counted_shares(problem, others)
        best, best_loss = -1, math.inf
        for near in _alternatives(problem, int(site), siting.sites):
            changed = np.sort(np.append(others, near)).astype(np.int32)
            loss = sign * (value - _value_with(problem, changed))
            if loss < best_loss:
                best, best_loss = near, loss
        reasons.append(
            SiteReason(
                site=int(site),
                only_demand=np.flatnonzero((lost > 0) & (weights > 0)),
                only_weight=float(np.dot(weights, lost)),
                replacement=best,
                replacement_cost=best_loss if best >= 0 else math.nan,
            )
        )
    return tuple(reasons)


def _value_with(problem: SitingProblem, sites: NDArray[np.int32]) -> float:
    """Return the objective with exactly these sites open; NaN where a rule breaks or demand is left over."""
    if problem.capacity is not None:
        from planner.siting.solver import solve

        mask = open_mask(problem, sites)
        barred = problem.fixed_closed is not None and bool((mask & problem.fixed_closed).any())
        bared = problem.fixed_open is not None and bool((~mask & problem.fixed_open).any())
        empty = np.full(len(problem.demand_ids), -1, dtype=np.int32)
        if barred or bared or broken_rule(replace(problem, cover_share=0.0), sites, empty):
            return math.nan
        held = replace(problem, fixed_open=mask, fixed_closed=~mask)
        return solve(held, stop=ASSIGNMENT).outcome.value
    assignment = assign_nearest(problem, sites)
    if broken_rule(problem, sites, assignment):
        return math.nan
    value = evaluate_answer(problem, sites, assignment)
    return value if math.isfinite(value) else math.nan


def _alternatives(problem: SitingProblem, site: int, sites: NDArray[np.integer]) -> list[int]:
    """Return closed candidates that share demand or a group with a site, by id; within capacities the nearest."""
    coverage = problem.coverage
    rows = np.searchsorted(coverage.indptr, np.flatnonzero(coverage.indices == site), "right") - 1
    shared = np.zeros(len(problem.candidate_ids), dtype=np.int64)
    for row in rows:
        shared[coverage.indices[coverage.indptr[row] : coverage.indptr[row + 1]]] += 1
    near = shared > 0
    for rule in problem.group_rules:
        if (np.asarray(rule.candidates) == site).any():
            near[rule.candidates] = True
    near &= ~open_mask(problem, sites)
    if problem.fixed_closed is not None:
        near &= ~np.asarray(problem.fixed_closed, dtype=np.bool_)
    found = np.flatnonzero(near)
    found = found[np.argsort(problem.candidate_ids[found], kind="stable")]
    if problem.capacity is not None:
        found = found[np.argsort(-shared[found], kind="stable")[:MOST_ASSIGNED]]
    return [int(index) for index in found]
