"""What siting returns, and its recomputation from the raw arrays of the problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.raw_pairs import covered_shares, nearest_open

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.result import Outcome
    from planner.siting.problem import SitingProblem


@dataclass(frozen=True, eq=False)
class Siting:
    """Which candidates open, who is assigned where, and how good that is.

    Parameters
    ----------
    sites
        int32, ascending: indices of the open candidates; empty when infeasible.
    assignment
        int32, shape (demands,): index of the candidate each demand is assigned to, -1 unserved. Nearest open site
        by deciseconds, then by id; without times the open site with the lowest id.
    outcome
        Status, value, bound, gap, work and log.
    """

    sites: NDArray[np.int32]
    assignment: NDArray[np.int32]
    outcome: Outcome


def total_weights(problem: SitingProblem) -> NDArray[np.float64]:
    """Return the weight of each demand, all layers and periods added.

    Returns
    -------
    numpy.ndarray
        float64, shape (demands,).
    """
    weights = np.asarray(problem.weights, dtype=np.float64)
    return weights if weights.ndim == 1 else weights.sum(axis=0)


def id_ranks(ids: NDArray[np.str_]) -> NDArray[np.int32]:
    """Return the place of every id in ascending order, so that ties never depend on row order.

    Returns
    -------
    numpy.ndarray
        int32, shape of ``ids``.
    """
    ranks = np.empty(len(ids), dtype=np.int32)
    ranks[np.argsort(ids, kind="stable")] = np.arange(len(ids), dtype=np.int32)
    return ranks


def open_mask(problem: SitingProblem, sites: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return a flag per candidate that is true where it is open."""
    mask = np.zeros(len(problem.candidate_ids), dtype=np.bool_)
    mask[sites] = True
    return mask


def assign_nearest(problem: SitingProblem, sites: NDArray[np.integer]) -> NDArray[np.int32]:
    """Assign each demand to its nearest open site within reach.

    Parameters
    ----------
    problem
        The problem whose pairs are used.
    sites
        Indices of the open candidates.

    Returns
    -------
    numpy.ndarray
        int32, shape (demands,): candidate index, -1 where no open site is within reach.
    """
    coverage = problem.coverage
    times = coverage.deciseconds
    return nearest_open(
        coverage.indptr,
        coverage.indices,
        np.zeros(0, dtype=np.int32) if times is None else times.astype(np.int32, copy=False),
        open_mask(problem, sites),
        id_ranks(problem.candidate_ids),
    )


def counted_shares(problem: SitingProblem, sites: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the share of each demand's weight that counts as covered.

    A demand counts with the ``backup``-th largest share among its open sites within reach.

    Returns
    -------
    numpy.ndarray
        float64 in 0-1, shape (demands,).
    """
    shares = (
        np.zeros(0) if problem.gradual is None else np.asarray(problem.gradual, dtype=np.float64)
    )
    coverage = problem.coverage
    return covered_shares(
        coverage.indptr, coverage.indices, shares, open_mask(problem, sites), problem.backup
    )


def covered_weight(problem: SitingProblem, sites: NDArray[np.integer]) -> float:
    """Return the weight that counts as covered, recomputed from the raw arrays."""
    return float(np.dot(total_weights(problem), counted_shares(problem, sites)))


def site_terms(problem: SitingProblem, sites: NDArray[np.integer]) -> float:
    """Return what the sites themselves add: preference at its rate, less the cost of closings."""
    mask = open_mask(problem, sites)
    value = 0.0
    if problem.preference is not None and problem.preference_rate:
        value += problem.preference_rate * float(problem.preference[mask].sum())
    if problem.existing is not None and problem.closing_cost is not None:
        value -= float(problem.closing_cost[problem.existing & ~mask].sum())
    return value


def evaluate(problem: SitingProblem, sites: NDArray[np.integer]) -> float:
    """Recompute the objective of a covering problem from its raw arrays.

    Parameters
    ----------
    problem
        A ``max_cover`` or ``set_cover`` problem.
    sites
        Indices of the open candidates.

    Returns
    -------
    float
        ``max_cover``: covered weight plus preference less closings (larger is better). ``set_cover``: cost of the
        open sites (1 each without ``costs``) plus closings less preference (smaller is better).
    """
    terms = site_terms(problem, sites)
    if problem.objective == "max_cover":
        return covered_weight(problem, sites) + terms
    cost = float(len(sites)) if problem.costs is None else float(problem.costs[sites].sum())
    return cost - terms
