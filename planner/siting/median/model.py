"""Every problem of this package in one form: cheapest assignment of demand to allowed open sites.

minimise   sum(site_cost * open) + sum(pair_cost * given) + sum(unserved * left out)
such that  every demand is given to one open site or left out, the sites keep the `Rules`,
           and, with capacities, the load given to a site is at most its capacity.

Demand and candidates stand in order of id, so that ties break by id and shuffled arrays give the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.answer import id_ranks, total_weights
from planner.siting.median.rules import CLOSED, Rules, build_rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.problem import SitingProblem

TIE_SHARE = 0.25
"""Most that preferences at rate 0 may move an objective of whole numbers: too little to change it."""


@dataclass(frozen=True, eq=False)
class Location:
    """A siting problem in the form above; demand without weight is left out.

    Parameters
    ----------
    demand, candidate
        int32: index in the caller's arrays of each demand kept, and of each candidate.
    indptr, columns, costs
        Pairs by demand, sorted by cost, then candidate; pairs with forbidden candidates left out.
    times
        int32, shape of ``costs``: deciseconds, 0 where the problem has none.
    unserved
        float64, shape (demands,): cost of leaving a demand out, infinity where it must be served.
    site_costs
        float64, shape (candidates,).
    rules
        Allowed sets of sites.
    constant
        Added to the objective.
    step
        1 where every objective value is a whole number, else 0.
    tied
        Whether ``site_costs`` carry a hair that only chooses between equal answers.
    priced
        Whether ``site_costs`` carry anything else.
    loads, capacities
        None without capacities.
    backup
        Open sites a demand needs within reach before it may be given to one.
    skip_weights, skip_limit
        The weight left out may be at most ``skip_limit``; None: no such rule.
    debug
        Whether the search compares what it keeps with a recomputation after every move.
    """

    demand: NDArray[np.int32]
    candidate: NDArray[np.int32]
    indptr: NDArray[np.int64]
    columns: NDArray[np.int32]
    costs: NDArray[np.float64]
    times: NDArray[np.int32]
    unserved: NDArray[np.float64]
    site_costs: NDArray[np.float64]
    rules: Rules
    constant: float = 0.0
    step: float = 0.0
    tied: bool = False
    priced: bool = False
    loads: NDArray[np.float64] | None = None
    capacities: NDArray[np.float64] | None = None
    backup: int = 1
    skip_weights: NDArray[np.float64] | None = None
    skip_limit: float = 0.0
    debug: bool = False

    @property
    def demands(self) -> int:
        """Number of demands that count."""
        return len(self.indptr) - 1

    @property
    def candidates(self) -> int:
        """Number of candidates."""
        return len(self.site_costs)


def build_location(problem: SitingProblem) -> Location:
    """Bring a problem into the form of this package.

    Returns
    -------
    Location
        In order of id; ``demand`` and ``candidate`` lead back to the caller's order.
    """
    ranks = id_ranks(problem.candidate_ids)
    rules = build_rules(problem, ranks)
    weights = total_weights(problem)
    demand = np.argsort(problem.demand_ids, kind="stable").astype(np.int32)
    demand = demand[weights[demand] > 0]
    weights = weights[demand]
    indptr, columns, times, shares = _pairs(problem, demand, ranks, rules)
    owners = np.repeat(np.arange(len(demand)), np.diff(indptr))
    constant = 0.0
    skip_weights, skip_limit = None, 0.0
    if problem.objective == "p_median":
        costs = weights[owners] * times
        away = problem.unreached_deciseconds
        unserved = np.full(len(demand), np.inf) if away is None else weights * away
    elif problem.objective == "max_cover":
        costs = weights[owners] * (1.0 - shares)
        unserved = weights.copy()
        constant = -float(weights.sum())
    else:
        costs = np.zeros(len(columns))
        unserved = np.full(len(demand), np.inf)
        if problem.objective == "set_cover" and problem.cover_share < 1.0:
            unserved = np.zeros(len(demand))
            skip_weights = weights
            skip_limit = (1.0 - problem.cover_share) * float(weights.sum())
    order = np.lexsort((columns, costs, owners))
    site_costs, terms = _site_costs(problem, ranks)
    whole = _is_whole(costs) and _is_whole(site_costs) and _is_whole(unserved)
    least = float(costs[order][indptr[:-1][np.diff(indptr) > 0]].sum())
    priced = bool(site_costs.any())
    site_costs, tied = _break_ties(problem, ranks, site_costs, TIE_SHARE if whole else 1e-9 * least)
    return Location(
        demand=demand,
        candidate=np.argsort(ranks).astype(np.int32),
        indptr=indptr,
        columns=columns[order],
        costs=costs[order],
        times=times[order],
        unserved=unserved,
        site_costs=site_costs,
        rules=rules,
        constant=constant + terms,
        step=1.0 if whole and not tied else 0.0,
        tied=tied,
        priced=priced,
        loads=None if problem.capacity is None else _loads(problem, demand, weights),
        capacities=None if problem.capacity is None else _by_rank(problem.capacity, ranks),
        backup=problem.backup,
        skip_weights=skip_weights,
        skip_limit=skip_limit,
    )


def _by_rank(values: NDArray[np.float64], ranks: NDArray[np.int32]) -> NDArray[np.float64]:
    ordered = np.empty(len(ranks))
    ordered[ranks] = values
    return ordered


def _loads(
    problem: SitingProblem, demand: NDArray[np.int32], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    return weights if problem.load is None else np.asarray(problem.load, np.float64)[demand]


def _pairs(
    problem: SitingProblem, demand: NDArray[np.int32], ranks: NDArray[np.int32], rules: Rules
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return row starts, candidates, times and shares of the demand kept, without forbidden candidates."""
    coverage = problem.coverage
    lengths = np.diff(coverage.indptr)[demand]
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    take = np.repeat(coverage.indptr[demand] - starts[:-1], lengths) + np.arange(starts[-1])
    columns = ranks[coverage.indices[take]]
    kept = rules.state[columns] != CLOSED
    owners = np.repeat(np.arange(len(demand)), lengths)[kept]
    counts = np.bincount(owners, minlength=len(demand))
    take = take[kept]
    times = (
        np.zeros(len(take), dtype=np.int32)
        if coverage.deciseconds is None
        else coverage.deciseconds[take].astype(np.int32)
    )
    shares = np.ones(len(take)) if problem.gradual is None else problem.gradual[take]
    indptr = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    return indptr, columns[kept], times, shares


def _site_costs(
    problem: SitingProblem, ranks: NDArray[np.int32]
) -> tuple[NDArray[np.float64], float]:
    """Return what opening each candidate adds, and the constant that closing all existing sites adds."""
    costs = np.zeros(len(ranks))
    if problem.objective == "set_cover":
        costs += 1.0 if problem.costs is None else problem.costs
    if problem.preference is not None and problem.preference_rate:
        costs -= problem.preference_rate * problem.preference
    constant = 0.0
    if problem.existing is not None and problem.closing_cost is not None:
        closing = np.where(problem.existing, problem.closing_cost, 0.0)
        costs -= closing
        constant = float(closing.sum())
    return _by_rank(costs, ranks), constant


def _is_whole(values: NDArray[np.float64]) -> bool:
    finite = values[np.isfinite(values)]
    return bool((finite == np.rint(finite)).all())


def _break_ties(
    problem: SitingProblem,
    ranks: NDArray[np.int32],
    site_costs: NDArray[np.float64],
    share: float,
) -> tuple[NDArray[np.float64], bool]:
    """Take a hair off preferred sites when preferences have no rate: enough to choose between equal answers."""
    preference = problem.preference
    if preference is None or problem.preference_rate or len(preference) == 0:
        return site_costs, False
    total = float(np.abs(preference).sum())
    if total == 0:
        return site_costs, False
    return site_costs - _by_rank(preference, ranks) * (share / total), True
