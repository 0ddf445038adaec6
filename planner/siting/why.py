"""Why an answer is what it is: what only one site covers, what would replace it, and what would make a problem feasible."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.answer import counted_shares, evaluate, open_mask, total_weights
from planner.siting.covering.presolve import presolve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.answer import Siting
    from planner.siting.problem import SitingProblem
    from planner.siting.stop import Stop


@dataclass(frozen=True, eq=False)
class SiteReason:
    """Why one site is open.

    Parameters
    ----------
    site
        Index of the candidate.
    only_demand
        int64: demands that count less, or not at all, without this site.
    only_weight
        Covered weight that closing it loses.
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


@dataclass(frozen=True, eq=False)
class Shortfall:
    """Why a set covering has no answer, and what would do.

    Parameters
    ----------
    uncovered
        int64: demands with weight that too few open-able candidates reach.
    uncovered_weight
        Their weight.
    reachable_share
        Largest share of the weight that opening every allowed candidate covers.
    smallest_count
        Fewest sites that cover the share asked for when the limit on their number is lifted; None where no number
        does.
    """

    uncovered: NDArray[np.int64]
    uncovered_weight: float
    reachable_share: float
    smallest_count: int | None


def explain_sites(problem: SitingProblem, siting: Siting) -> tuple[SiteReason, ...]:
    """Say for each open site what only it covers and what replacing it would cost.

    Parameters
    ----------
    problem
        A ``max_cover`` or ``set_cover`` problem.
    siting
        An answer to it.

    Returns
    -------
    tuple
        One reason per open site, in the order of ``siting.sites``. Replacements are tried one by one against the
        raw arrays among candidates that share demand or a group with the site, ties by id.
    """
    core = presolve(problem).core
    place = np.full(len(problem.candidate_ids), -1, dtype=np.int64)
    place[core.candidates] = np.arange(core.sites)
    weights = total_weights(problem)
    shares = counted_shares(problem, siting.sites)
    value = evaluate(problem, siting.sites)
    sign = 1.0 if problem.objective == "max_cover" else -1.0
    reasons = []
    for site in siting.sites:
        others = siting.sites[siting.sites != site]
        lost = shares - counted_shares(problem, others)
        only = np.flatnonzero((lost > 0) & (weights > 0))
        best, best_loss = -1, math.inf
        for near in _alternatives(problem, int(site), siting.sites):
            changed = np.sort(np.append(others, near)).astype(np.int64)
            if place[near] < 0 or not core.allowed(np.sort(place[changed])):
                continue
            loss = sign * (value - evaluate(problem, changed))
            if loss < best_loss:
                best, best_loss = near, loss
        reasons.append(
            SiteReason(
                site=int(site),
                only_demand=only,
                only_weight=float(np.dot(weights, lost)),
                replacement=best,
                replacement_cost=best_loss if best >= 0 else math.nan,
            )
        )
    return tuple(reasons)


def _alternatives(problem: SitingProblem, site: int, sites: NDArray[np.integer]) -> list[int]:
    """Return closed candidates that share demand or a group with a site, by id."""
    coverage = problem.coverage
    rows = np.searchsorted(coverage.indptr, np.flatnonzero(coverage.indices == site), "right") - 1
    near = np.zeros(len(problem.candidate_ids), dtype=np.bool_)
    for row in rows:
        near[coverage.indices[coverage.indptr[row] : coverage.indptr[row + 1]]] = True
    for rule in problem.group_rules:
        if (np.asarray(rule.candidates) == site).any():
            near[rule.candidates] = True
    near &= ~open_mask(problem, sites)
    if problem.fixed_closed is not None:
        near &= ~np.asarray(problem.fixed_closed, dtype=np.bool_)
    found = np.flatnonzero(near)
    return [int(index) for index in found[np.argsort(problem.candidate_ids[found], kind="stable")]]


def explain_shortfall(
    problem: SitingProblem, *, seed: int = 0, stop: Stop | None = None
) -> Shortfall:
    """Say which demand no candidate reaches and how many sites would do.

    Parameters
    ----------
    problem
        A covering problem; its share is read from ``cover_share``.
    seed, stop
        For the set covering that finds the smallest count.

    Returns
    -------
    Shortfall
        ``smallest_count`` is proved where that covering ends optimal, else the fewest found.
    """
    from planner.siting.covering.solve import solve_covering

    weights = total_weights(problem)
    unlimited = replace(problem, objective="set_cover", p=None, p_sense="at_most")
    uncovered = presolve(unlimited).unreached
    allowed = np.ones(len(problem.candidate_ids), dtype=np.bool_)
    if problem.fixed_closed is not None:
        allowed &= ~np.asarray(problem.fixed_closed, dtype=np.bool_)
    total = float(weights.sum())
    reached = float(np.dot(weights, counted_shares(problem, np.flatnonzero(allowed))))
    counted = replace(
        unlimited, costs=None, budget=None, preference=None, preference_rate=0.0, closing_cost=None
    )
    answer = solve_covering(counted, seed=seed, stop=stop)
    found = None if math.isnan(answer.outcome.value) else len(answer.sites)
    return Shortfall(
        uncovered=uncovered,
        uncovered_weight=float(weights[uncovered].sum()),
        reachable_share=reached / total if total else 1.0,
        smallest_count=found,
    )
