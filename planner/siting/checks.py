"""Everything that can be wrong with a siting problem, said at once and by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from planner.errors import Fault, ProblemError, translator
from planner.siting.options import option_faults
from planner.siting.problem import Objective
from planner.siting.rule_checks import count_faults, named, rule_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.siting.problem import SitingProblem

_ = translator("planner")


def check(problem: SitingProblem) -> None:
    """Raise one error with every fault of a problem; return nothing when it is sound.

    Parameters
    ----------
    problem
        Any siting problem.

    Raises
    ------
    ProblemError
        Arrays of the wrong shape, values that cannot be used, or rules that contradict each other.
    """
    faults = list(_shape_faults(problem))
    if not faults:
        faults = [*_value_faults(problem), *_pair_faults(problem), *option_faults(problem)]
    if not faults:
        faults = [*count_faults(problem), *rule_faults(problem)]
    if faults:
        raise ProblemError(faults)


def _shape_faults(problem: SitingProblem) -> Iterator[Fault]:
    demands, candidates = len(problem.demand_ids), len(problem.candidate_ids)
    coverage = problem.coverage
    weights = np.shape(problem.weights)
    pairs = len(coverage.indices)
    if len(weights) not in (1, 2) or weights[-1] != demands:
        yield Fault(
            _("there are {weights} weights for {demands} demand ids").format(
                weights=weights[-1] if weights else 0, demands=demands
            ),
            where="weights",
            fix=_("give one weight per demand id, in the same order"),
        )
    if len(coverage.indptr) != demands + 1:
        yield Fault(
            _("coverage has {rows} rows for {demands} demand ids").format(
                rows=len(coverage.indptr) - 1, demands=demands
            ),
            where="coverage.indptr",
            fix=_("build one coverage row per demand id, empty where nothing is within reach"),
        )
    per_pair = {"coverage.deciseconds": coverage.deciseconds, "gradual": problem.gradual}
    per_candidate = {
        name: getattr(problem, name)
        for name in (
            "costs", "fixed_open", "fixed_closed", "existing", "closing_cost", "preference", "capacity"
        )
    }  # fmt: skip
    for name, values in per_pair.items():
        if values is not None and np.shape(values) != (pairs,):
            yield Fault(
                _("there are {values} values for {pairs} pairs").format(
                    values=np.size(values), pairs=pairs
                ),
                where=name,
            )
    for name, values in per_candidate.items():
        if values is not None and np.shape(values) != (candidates,):
            yield Fault(
                _("there are {values} values for {candidates} candidate ids").format(
                    values=np.size(values), candidates=candidates
                ),
                where=name,
                fix=_("give one value per candidate id, in the same order"),
            )
    spacing = problem.min_spacing_pairs
    if spacing is not None and (np.ndim(spacing) != 2 or np.shape(spacing)[1] != 2):
        yield Fault(_("spacing pairs must be two columns of candidates"), where="min_spacing_pairs")


def _value_faults(problem: SitingProblem) -> Iterator[Fault]:
    for name, ids in (("demand_ids", problem.demand_ids), ("candidate_ids", problem.candidate_ids)):
        unique, counts = np.unique(ids, return_counts=True)
        if len(unique) != len(ids):
            yield Fault(
                _("ids occur more than once"),
                where=name,
                count=int((counts > 1).sum()),
                examples=named(unique, counts > 1),
                fix=_("give every row its own id"),
            )
    weights = np.atleast_2d(problem.weights)
    bad = np.asarray(~(np.isfinite(weights) & (weights >= 0)).all(axis=0))
    if bad.any():
        yield Fault(
            _("weights are negative, missing or infinite"),
            where="weights",
            count=int(bad.sum()),
            examples=named(problem.demand_ids, bad),
            fix=_("correct these weights, or give 0 to leave a demand out"),
        )
    signed = {"preference"}
    for name in ("costs", "closing_cost", "preference", "capacity"):
        values = getattr(problem, name)
        if values is None:
            continue
        usable = np.isfinite(values) if name in signed else ~np.isnan(values) & (values >= 0)
        if name in ("costs", "closing_cost"):
            usable &= np.isfinite(values)
        if not usable.all():
            yield Fault(
                _("values are missing or cannot be used"),
                where=name,
                count=int((~usable).sum()),
                examples=named(problem.candidate_ids, ~usable),
                fix=_("give a number of at least 0 (a preference may be negative)"),
            )
    if problem.gradual is not None:
        bad_pairs = ~((problem.gradual >= 0) & (problem.gradual <= 1))
        if bad_pairs.any():
            rows = np.searchsorted(problem.coverage.indptr, np.flatnonzero(bad_pairs), "right") - 1
            yield Fault(
                _("shares of gradual coverage lie outside 0 to 1"),
                where="gradual",
                count=int(bad_pairs.sum()),
                examples=named(problem.demand_ids, rows),
            )
    yield from _scalar_faults(problem)


def _scalar_faults(problem: SitingProblem) -> Iterator[Fault]:
    if problem.objective not in get_args(Objective):
        yield Fault(
            _("the objective is not known"), where="objective", examples=(problem.objective,)
        )
    if not 0 < problem.cover_share <= 1:
        yield Fault(
            _("must lie above 0 and up to 1"), where="cover_share", examples=(problem.cover_share,)
        )
    if problem.backup < 1:
        yield Fault(_("must be at least 1"), where="backup", examples=(problem.backup,))
    if problem.p is not None and problem.p < 0:
        yield Fault(_("must be at least 0"), where="p", examples=(problem.p,))
    if problem.max_moves is not None and problem.max_moves < 0:
        yield Fault(_("must be at least 0"), where="max_moves", examples=(problem.max_moves,))
    if problem.budget is not None and not problem.budget >= 0:
        yield Fault(_("must be at least 0"), where="budget", examples=(problem.budget,))
    if not np.isfinite(problem.preference_rate) or problem.preference_rate < 0:
        yield Fault(
            _("must be at least 0"), where="preference_rate", examples=(problem.preference_rate,)
        )
    needs = {
        "closing_cost": ("existing", problem.closing_cost is not None and problem.existing is None),
        "max_moves": ("existing", problem.max_moves is not None and problem.existing is None),
        "budget": ("costs", problem.budget is not None and problem.costs is None),
        "preference_rate": (
            "preference",
            problem.preference_rate > 0 and problem.preference is None,
        ),
    }
    for name, (other, missing) in needs.items():
        if missing:
            yield Fault(_("is given without {other}").format(other=other), where=name)


def _pair_faults(problem: SitingProblem) -> Iterator[Fault]:
    coverage, candidates = problem.coverage, len(problem.candidate_ids)
    indptr, indices = coverage.indptr, coverage.indices
    sizes = np.diff(indptr)
    if indptr[0] != 0 or (sizes < 0).any() or indptr[-1] != len(indices):
        yield Fault(
            _("row starts must begin at 0, never fall, and end at the number of pairs"),
            where="coverage.indptr",
        )
        return
    if len(indices) and (indices.min() < 0 or indices.max() >= candidates):
        wrong = (indices < 0) | (indices >= candidates)
        yield Fault(
            _("pairs name candidates that are not there (there are {candidates})").format(
                candidates=candidates
            ),
            where="coverage.indices",
            count=int(wrong.sum()),
            examples=named(
                problem.demand_ids,
                np.unique(np.searchsorted(indptr, np.flatnonzero(wrong), "right") - 1),
            ),
            fix=_("take the candidates of these demands out, or add them to the candidate ids"),
        )
        return
    rises = np.ones(len(indices), dtype=np.bool_)
    rises[1:] = indices[1:] > indices[:-1]
    starts = indptr[:-1][sizes > 0]
    rises[starts] = True
    if not rises.all():
        rows = np.unique(np.searchsorted(indptr, np.flatnonzero(~rises), "right") - 1)
        yield Fault(
            _("the candidates of a row must ascend without repeats"),
            where="coverage.indices",
            count=len(rows),
            examples=named(problem.demand_ids, rows),
        )
    if coverage.deciseconds is not None and len(indices) and coverage.deciseconds.min() < 0:
        yield Fault(_("travel times are negative"), where="coverage.deciseconds")
