"""Recomputation of an answer from the raw arrays of the problem: value, and every rule it must keep."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.answer import counted_shares, evaluate, open_mask, site_terms, total_weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.siting.problem import SitingProblem

TOLERANCE = 1e-6
"""Slack allowed for sums of floats, as a share of the limit."""


def pair_places(problem: SitingProblem, assignment: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the pair that each demand's assignment uses.

    Parameters
    ----------
    problem
        The problem.
    assignment
        int32, shape (demands,): candidate of each demand, -1 unserved.

    Returns
    -------
    numpy.ndarray
        int64, shape (demands,): place in the coverage's arrays, -1 where unserved.

    Raises
    ------
    RuntimeError
        A demand is assigned to a site that does not reach it.
    """
    coverage = problem.coverage
    owners = np.repeat(np.arange(len(assignment)), np.diff(coverage.indptr))
    used = np.flatnonzero(coverage.indices == assignment[owners])
    places = np.full(len(assignment), -1, dtype=np.int64)
    places[owners[used]] = used
    if ((places < 0) & (assignment >= 0)).any():
        raise RuntimeError("a demand is assigned to a site out of its reach")
    return places


def evaluate_assignment(
    problem: SitingProblem, sites: NDArray[np.int32], assignment: NDArray[np.int32]
) -> float:
    """Recompute the objective from the raw arrays.

    Parameters
    ----------
    problem
        The problem.
    sites
        Open candidates.
    assignment
        Candidate of each demand, -1 unserved.

    Returns
    -------
    float
        In the units of the problem's objective; infinity where demand that must be served is not.
    """
    weights = total_weights(problem)
    places = pair_places(problem, assignment)
    served = places >= 0
    terms = site_terms(problem, sites)
    if problem.objective == "max_cover":
        shares = np.zeros(len(weights))
        shares[served] = 1.0 if problem.gradual is None else problem.gradual[places[served]]
        return math.fsum(weights * shares) + terms
    if problem.objective == "set_cover":
        cost = float(len(sites)) if problem.costs is None else float(problem.costs[sites].sum())
        return cost - terms
    times = problem.coverage.deciseconds
    if times is None:
        raise RuntimeError("this objective needs travel times")
    counts = weights > 0
    if problem.objective == "p_center":
        return _worst(problem, sites, places, counts) - terms
    away = np.inf if problem.unreached_deciseconds is None else problem.unreached_deciseconds
    taken = np.full(len(weights), away, dtype=np.float64)
    taken[served] = times[places[served]]
    return math.fsum(weights[counts] * taken[counts]) - terms


def _worst(
    problem: SitingProblem,
    sites: NDArray[np.int32],
    places: NDArray[np.int64],
    counts: NDArray[np.bool_],
) -> float:
    """Return the longest time: to the site assigned, and to the ``backup``-th nearest open site."""
    coverage = problem.coverage
    if coverage.deciseconds is None:
        raise RuntimeError("this objective needs travel times")
    if not counts.any():
        return 0.0
    if (places[counts] < 0).any():
        return float("inf")
    worst = float(coverage.deciseconds[places[counts]].max())
    if problem.backup > 1:
        is_open = open_mask(problem, sites)[coverage.indices]
        owners = np.repeat(np.arange(len(counts)), np.diff(coverage.indptr))[is_open]
        times = coverage.deciseconds[is_open].astype(np.float64)
        order = np.lexsort((times, owners))
        rank = np.arange(len(order)) - np.searchsorted(owners[order], owners[order])
        last = np.full(len(counts), np.inf)
        wanted = order[rank == problem.backup - 1]
        last[owners[wanted]] = times[wanted]
        worst = max(worst, float(last[counts].max()))
    return worst


def evaluate_answer(
    problem: SitingProblem, sites: NDArray[np.int32], assignment: NDArray[np.int32]
) -> float:
    """Recompute the objective of any problem: covering without capacities counts reach, all else the assignment."""
    if problem.capacity is None and problem.objective in ("max_cover", "set_cover"):
        return evaluate(problem, sites)
    return evaluate_assignment(problem, sites, assignment)


def broken_rule(
    problem: SitingProblem, sites: NDArray[np.int32], assignment: NDArray[np.int32]
) -> str:
    """Return the first rule that an answer breaks, "" where it keeps them all; recomputed from the raw arrays."""
    mask = open_mask(problem, sites)
    for name, holds in _site_rules(problem, sites, mask):
        if not holds:
            return name
    if not mask[assignment[assignment >= 0]].all():
        return "assignment"
    return _broken_service(problem, sites, assignment, TOLERANCE)


def _site_rules(
    problem: SitingProblem, sites: NDArray[np.int32], mask: NDArray[np.bool_]
) -> Iterator[tuple[str, bool]]:
    """Name each rule over the sites and say whether it holds."""
    if problem.p is not None:
        few = len(sites) == problem.p or problem.p_sense == "at_most"
        yield "p", len(sites) <= problem.p and few
    if problem.fixed_open is not None:
        yield "fixed_open", bool(mask[problem.fixed_open].all())
    if problem.fixed_closed is not None:
        yield "fixed_closed", not mask[problem.fixed_closed].any()
    if problem.budget is not None:
        spent = float(len(sites)) if problem.costs is None else float(problem.costs[sites].sum())
        yield "budget", spent <= problem.budget + TOLERANCE * max(1.0, problem.budget)
    if problem.existing is not None and problem.max_moves is not None:
        yield "max_moves", int((problem.existing & ~mask).sum()) <= problem.max_moves
    for rule in problem.group_rules:
        count = int(mask[rule.candidates].sum())
        yield rule.name, rule.least <= count <= (count if rule.most is None else rule.most)
    spacing = problem.min_spacing_pairs
    if spacing is not None:
        yield "min_spacing_pairs", not (mask[spacing[:, 0]] & mask[spacing[:, 1]]).any()


def _broken_service(
    problem: SitingProblem,
    sites: NDArray[np.int32],
    assignment: NDArray[np.int32],
    tolerance: float,
) -> str:
    weights = total_weights(problem)
    given = assignment >= 0
    if problem.capacity is not None:
        load = weights if problem.load is None else problem.load
        used = np.bincount(
            assignment[given], weights=load[given], minlength=len(problem.candidate_ids)
        )
        if (used > problem.capacity * (1 + tolerance) + tolerance).any():
            return "capacity"
        if (
            problem.backup > 1
            and (counted_shares(problem, sites)[given & (weights > 0)] <= 0).any()
        ):
            shares = problem.gradual
            if shares is None or (shares > 0).all():
                return "backup"
    if problem.objective == "set_cover":
        served = float(weights[given].sum())
        if problem.capacity is None:
            served = float(weights @ counted_shares(problem, sites))
        if served < problem.cover_share * float(weights.sum()) * (1 - tolerance):
            return "cover_share"
    return ""
