"""From a problem to its core: canonical order, what cannot matter left out, identical demand merged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.answer import total_weights
from planner.siting.covering.core import Core, build_conflicts, build_side_rules, columns_of
from planner.siting.covering.merging import (
    expand_shares,
    merge_rows,
    select_pairs,
    take_rows,
    take_shares,
)
from planner.siting.covering.reduce import reduce_core

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.problem import SitingProblem

COVER_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Reduction:
    """A core and what was set aside on the way.

    Parameters
    ----------
    core
        What remains to be decided.
    unreached
        int64: demands with weight that too few open-able candidates reach.
    stands_for
        int64, shape (candidates,): position in the core of each candidate of the problem, or of the one that makes
        it needless; -1 where it may not open.
    """

    core: Core
    unreached: NDArray[np.int64]
    stands_for: NDArray[np.int64]


def presolve(problem: SitingProblem, *, debug: bool = False) -> Reduction:
    """Reduce a checked covering problem to its core.

    Parameters
    ----------
    problem
        A sound ``max_cover`` or ``set_cover`` problem.
    debug
        Whether searches over the core check themselves after every move.

    Returns
    -------
    Reduction
        The core keeps at least one best answer of the problem; positions follow ascending ids.
    """
    candidates = _open_able(problem)
    weights = total_weights(problem)
    full = problem.objective == "set_cover" and problem.cover_share == 1.0
    indptr, indices, rows = _rows_in_order(problem, candidates, weights)
    row_weights = weights[rows]
    constant = 0.0
    required = None
    if problem.objective == "set_cover":
        total = float(weights.sum())
        required = (problem.cover_share - COVER_SLACK) * total
    if problem.gradual is not None:
        shares = _pair_shares(problem, candidates, rows)
        if full:
            indptr, indices = _whole_shares(indptr, indices, shares)
    unreached = np.sort(rows[np.diff(indptr) < problem.backup])
    if problem.gradual is not None and not full:
        indptr, indices, row_weights = expand_shares(indptr, indices, row_weights, shares)
    fixed = _flags(problem.fixed_open, candidates)
    enough = np.diff(indptr) >= problem.backup
    if problem.backup == 1 and fixed.any():
        served = _served(indptr, fixed[indices])
        if required is None:
            constant += float(row_weights[served].sum())
        else:
            required -= float(row_weights[served].sum())
        enough &= ~served
    indptr, indices = select_pairs(indptr, indices, enough)
    indptr, indices, row_weights = merge_rows(indptr, indices, row_weights[enough])
    rows_left = (indptr, indices, row_weights)
    core = _assemble(problem, candidates, rows_left, constant=constant, required=required)
    core, place = reduce_core(replace(core, debug=debug))
    stands_for = np.full(len(problem.candidate_ids), -1, dtype=np.int64)
    stands_for[candidates] = place
    return Reduction(core=core, unreached=unreached, stands_for=stands_for)


def _whole_shares(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], shares: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Keep the pairs that serve the whole weight: nothing less can cover a demand in full."""
    whole = shares >= 1.0
    before = np.zeros(len(whole) + 1, dtype=np.int64)
    np.cumsum(whole, out=before[1:])
    return before[indptr], indices[whole]


def _open_able(problem: SitingProblem) -> NDArray[np.int32]:
    order = np.argsort(problem.candidate_ids, kind="stable").astype(np.int32)
    if problem.fixed_closed is None:
        return order
    return order[~np.asarray(problem.fixed_closed, dtype=np.bool_)[order]]


def _flags(values: NDArray[np.bool_] | None, candidates: NDArray[np.int32]) -> NDArray[np.bool_]:
    if values is None:
        return np.zeros(len(candidates), dtype=np.bool_)
    return np.asarray(values, dtype=np.bool_)[candidates]


def _served(indptr: NDArray[np.int64], by_fixed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    total = np.zeros(len(by_fixed) + 1, dtype=np.int64)
    np.cumsum(by_fixed, out=total[1:])
    return total[indptr[1:]] > total[indptr[:-1]]


def _rows_in_order(
    problem: SitingProblem, candidates: NDArray[np.int32], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return rows with weight, by demand id, over the sites that may open (positions in ``candidates``)."""
    ids = problem.demand_ids
    in_order = len(ids) < 2 or bool((ids[1:] > ids[:-1]).all())
    order = np.arange(len(ids)) if in_order else np.argsort(ids, kind="stable")
    rows = order[weights[order] > 0]
    place = np.full(len(problem.candidate_ids), -1, dtype=np.int32)
    place[candidates] = np.arange(len(candidates), dtype=np.int32)
    indptr, indices = take_rows(problem.coverage.indptr, problem.coverage.indices, rows, place)
    return indptr, indices, rows


def _pair_shares(
    problem: SitingProblem, candidates: NDArray[np.int32], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the share of each pair that `_rows_in_order` kept, in its order."""
    place = np.full(len(problem.candidate_ids), -1, dtype=np.int32)
    place[candidates] = np.arange(len(candidates), dtype=np.int32)
    shares = np.asarray(problem.gradual, dtype=np.float64)
    return take_shares(problem.coverage.indptr, problem.coverage.indices, shares, rows, place)


def _assemble(
    problem: SitingProblem,
    candidates: NDArray[np.int32],
    rows: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]],
    *,
    constant: float,
    required: float | None,
) -> Core:
    indptr, indices, weights = rows
    size = len(candidates)
    profit = np.zeros(size)
    preference = np.zeros(size)
    if problem.preference is not None:
        wish = np.asarray(problem.preference, dtype=np.float64)[candidates]
        profit += problem.preference_rate * wish
        # At a rate it is part of the objective; without one it only chooses between equal answers.
        preference = preference if problem.preference_rate else wish
    if problem.existing is not None and problem.closing_cost is not None:
        closing = np.where(problem.existing, problem.closing_cost, 0.0)
        profit += closing[candidates]
        constant -= float(closing.sum())
    if required is not None:
        profit -= 1.0 if problem.costs is None else problem.costs[candidates]
    column_indptr, column_rows = columns_of(indptr, indices, size)
    conflict_indptr, conflict_sites = build_conflicts(problem, candidates)
    most = size if problem.p is None else min(problem.p, size)
    return Core(
        weights=weights,
        indptr=indptr,
        indices=indices,
        column_indptr=column_indptr,
        column_rows=column_rows,
        backup=problem.backup,
        profit=profit,
        constant=constant,
        preference=preference,
        least_sites=most if problem.p is not None and problem.p_sense == "exactly" else 0,
        most_sites=most,
        fixed=_flags(problem.fixed_open, candidates),
        keep=_flags(problem.existing, candidates),
        side=build_side_rules(problem, candidates),
        conflict_indptr=conflict_indptr,
        conflict_sites=conflict_sites,
        required=required,
        full=required is not None and problem.cover_share == 1.0,
        candidates=candidates,
    )
