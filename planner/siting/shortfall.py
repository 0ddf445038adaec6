"""Why a problem has no answer, and what would do: unreached demand, sites, cutoff, capacity against load."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.result import Status
from planner.siting.answer import counted_shares, total_weights
from planner.siting.contradiction import contradicting_rules
from planner.siting.problem import Coverage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.problem import SitingProblem
    from planner.siting.stop import Stop


@dataclass(frozen=True, eq=False)
class Shortfall:
    """Why a problem has no answer, and what would do.

    Parameters
    ----------
    uncovered
        int64: demands with weight that fewer than ``backup`` candidates that may open reach.
    uncovered_weight
        Their weight.
    reachable_share
        Largest share of the weight that opening every candidate that may open covers.
    smallest_count
        Fewest sites that serve the share asked for when the limit on their number is lifted, all other rules kept;
        None where no number does.
    smallest_cutoff
        Deciseconds: shortest cutoff at which the problem's own number of sites and rules serve the share asked
        for; None where none of the times given does, or where no times were given.
    load, room
        Load that must be served, and the capacity of all candidates that may open (of the ``p`` largest, where p
        is given); both 0 without capacities.
    contradicting
        Names of rules that cannot hold together, empty where the rules alone can be met.
    """

    uncovered: NDArray[np.int64]
    uncovered_weight: float
    reachable_share: float
    smallest_count: int | None
    smallest_cutoff: int | None
    load: float
    room: float
    contradicting: tuple[str, ...]


def explain_shortfall(
    problem: SitingProblem,
    *,
    wider: Coverage | None = None,
    seed: int = 0,
    stop: Stop | None = None,
) -> Shortfall:
    """Say which demand no candidate reaches, and how many sites or which cutoff would do.

    Parameters
    ----------
    problem
        A problem; the share of its weight that must be served is its ``cover_share``.
    wider
        Pairs with travel times up to a longer cutoff, for ``smallest_cutoff``; the problem's own where None.
    seed, stop
        For the set coverings behind the answers.

    Returns
    -------
    Shortfall
        ``smallest_count`` and ``smallest_cutoff`` are proved where those set coverings are settled, and otherwise
        the best found.
    """
    from planner.siting.solver import solve

    weights = total_weights(problem)
    usable = np.ones(len(problem.candidate_ids), dtype=np.bool_)
    if problem.fixed_closed is not None:
        usable &= ~np.asarray(problem.fixed_closed, dtype=np.bool_)
    owners = np.repeat(np.arange(len(weights)), np.diff(problem.coverage.indptr))
    seen = np.bincount(owners[usable[problem.coverage.indices]], minlength=len(weights))
    uncovered = np.flatnonzero((seen < problem.backup) & (weights > 0))
    total = float(weights.sum())
    reached = float(np.dot(weights, counted_shares(problem, np.flatnonzero(usable))))
    load, room = _load_and_room(problem, weights, usable)
    contradicting = contradicting_rules(problem, seed=seed)
    count = None
    if not contradicting or "p" in contradicting:
        covering = _covering(problem)
        answer = solve(replace(covering, p=None, p_sense="at_most"), seed=seed, stop=stop)
        count = None if math.isnan(answer.outcome.value) else len(answer.sites)
    return Shortfall(
        uncovered=uncovered,
        uncovered_weight=float(weights[uncovered].sum()),
        reachable_share=reached / total if total else 1.0,
        smallest_count=count,
        smallest_cutoff=None
        if contradicting
        else smallest_cutoff(problem, wider or problem.coverage, seed=seed, stop=stop),
        load=load,
        room=room,
        contradicting=contradicting,
    )


def smallest_cutoff(
    problem: SitingProblem, wider: Coverage, *, seed: int = 0, stop: Stop | None = None
) -> int | None:
    """Return the shortest cutoff at which the rules of a problem let its sites serve the share asked for.

    Parameters
    ----------
    problem
        Its own coverage is not looked at.
    wider
        Pairs with travel times.
    seed, stop
        For one set covering per step of a binary search over the times.

    Returns
    -------
    int or None
        Deciseconds, one of the times given; None where none does or there are no times.
    """
    from planner.siting.solver import solve

    if wider.deciseconds is None or not len(wider.deciseconds):
        return None
    cutoffs = np.unique(wider.deciseconds)
    covering = replace(_covering(problem), gradual=None)

    def serves(cutoff: int) -> bool:
        near = replace(covering, coverage=within(wider, cutoff))
        outcome = solve(near, seed=seed, stop=stop).outcome
        return outcome.status is not Status.INFEASIBLE and not math.isnan(outcome.value)

    low, high = -1, len(cutoffs) - 1
    if not serves(int(cutoffs[high])):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if serves(int(cutoffs[middle])) else (middle, high)
    return int(cutoffs[high])


def within(wider: Coverage, cutoff: int) -> Coverage:
    """Return the pairs of at most ``cutoff`` deciseconds (inclusive)."""
    if wider.deciseconds is None:
        raise ValueError("a cutoff needs travel times")
    times = wider.deciseconds.astype(np.int32, copy=False)
    kept = times <= cutoff
    before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    return Coverage(before[wider.indptr], wider.indices[kept], times[kept])


def _covering(problem: SitingProblem) -> SitingProblem:
    """Return the set covering that serves the same share with as few sites as possible."""
    budgeted = problem.budget is not None and problem.costs is not None
    return replace(
        problem,
        objective="set_cover",
        costs=problem.costs if budgeted else None,
        # The budget stays a rule; taking the costs off again leaves the number of sites as objective.
        preference=problem.costs - 1.0 if budgeted and problem.costs is not None else None,
        preference_rate=1.0 if budgeted else 0.0,
        closing_cost=None,
        unreached_deciseconds=None,
        gradual=None if problem.capacity is not None else problem.gradual,
    )


def _load_and_room(
    problem: SitingProblem, weights: NDArray[np.float64], usable: NDArray[np.bool_]
) -> tuple[float, float]:
    if problem.capacity is None:
        return 0.0, 0.0
    load = weights if problem.load is None else np.asarray(problem.load, dtype=np.float64)
    capacities = np.sort(problem.capacity[usable])[::-1]
    most = len(capacities) if problem.p is None else problem.p
    return float(load[weights > 0].sum()), float(capacities[:most].sum())
