"""Rules on which sites open that cannot be met: counts, budget, moves, groups and spacing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.errors import Fault, translator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.siting.problem import SitingProblem

_ = translator("planner")

TOLERANCE = 1e-9


def named(ids: NDArray[np.str_], rows: NDArray[np.bool_] | NDArray[np.integer]) -> list[str]:
    """Return the first few ids that a fault names."""
    places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
    return [str(ids[place]) for place in places[:5]]


def _mask(values: NDArray[np.bool_] | None, size: int) -> NDArray[np.bool_]:
    return np.zeros(size, dtype=np.bool_) if values is None else np.asarray(values, dtype=np.bool_)


def count_faults(problem: SitingProblem) -> Iterator[Fault]:
    """Name what is wrong with counts, budget and compulsory or forbidden sites; arrays must be sound."""
    candidates = len(problem.candidate_ids)
    opened = _mask(problem.fixed_open, candidates)
    closed = _mask(problem.fixed_closed, candidates)
    both = opened & closed
    if both.any():
        yield Fault(
            _("sites are both compulsory and forbidden"),
            where="fixed_open, fixed_closed",
            count=int(both.sum()),
            examples=named(problem.candidate_ids, both),
            fix=_("take each of them off one of the two lists"),
        )
    if problem.p is not None and problem.p > candidates:
        yield Fault(
            _("{p} sites are asked for and there are {candidates} candidates").format(
                p=problem.p, candidates=candidates
            ),
            where="p",
            fix=_("ask for at most {candidates}").format(candidates=candidates),
        )
    elif problem.p is not None and problem.p_sense == "exactly" and problem.p > (~closed).sum():
        yield Fault(
            _("{p} sites are asked for and only {left} candidates are not forbidden").format(
                p=problem.p, left=int((~closed).sum())
            ),
            where="p",
        )
    if problem.p is not None and opened.sum() > problem.p:
        yield Fault(
            _("{fixed} sites are compulsory and only {p} may open").format(
                fixed=int(opened.sum()), p=problem.p
            ),
            where="p",
            count=int(opened.sum()),
            examples=named(problem.candidate_ids, opened),
            fix=_("raise the number of sites to {fixed} or free some").format(
                fixed=int(opened.sum())
            ),
        )
    if problem.budget is not None and problem.costs is not None:
        spent = float(problem.costs[opened].sum())
        if spent > problem.budget * (1 + TOLERANCE) + TOLERANCE:
            yield Fault(
                _("compulsory sites cost {spent} and the budget is {budget}").format(
                    spent=spent, budget=problem.budget
                ),
                where="budget",
                count=int(opened.sum()),
                examples=named(problem.candidate_ids, opened),
            )
    if problem.max_moves is not None and problem.existing is not None:
        vetoed = int((problem.existing & closed).sum())
        if vetoed > problem.max_moves:
            yield Fault(
                _("{vetoed} existing sites are forbidden and only {moves} may close").format(
                    vetoed=vetoed, moves=problem.max_moves
                ),
                where="max_moves",
                count=vetoed,
                examples=named(problem.candidate_ids, problem.existing & closed),
            )


def rule_faults(problem: SitingProblem) -> Iterator[Fault]:
    """Name the groups that cannot be met by themselves, and spacing that compulsory sites break."""
    candidates = len(problem.candidate_ids)
    opened = _mask(problem.fixed_open, candidates)
    closed = _mask(problem.fixed_closed, candidates)
    for rule in problem.group_rules:
        members = np.asarray(rule.candidates)
        if len(members) and (members.min() < 0 or members.max() >= candidates):
            yield Fault(_("the group names candidates that are not there"), where=rule.name)
            continue
        if len(np.unique(members)) != len(members):
            yield Fault(_("the group names a candidate twice"), where=rule.name)
        if rule.most is not None and rule.least > rule.most:
            yield Fault(
                _("at least {least} and at most {most} contradict each other").format(
                    least=rule.least, most=rule.most
                ),
                where=rule.name,
            )
        usable = int((~closed[members]).sum())
        if rule.least > usable:
            yield Fault(
                _("{least} sites must open and {usable} candidates can").format(
                    least=rule.least, usable=usable
                ),
                where=rule.name,
                fix=_("add candidates to the group or lower its count"),
            )
        fixed = int(opened[members].sum())
        if rule.most is not None and fixed > rule.most:
            yield Fault(
                _("{fixed} sites are compulsory and at most {most} may open").format(
                    fixed=fixed, most=rule.most
                ),
                where=rule.name,
                examples=named(problem.candidate_ids, members[opened[members]]),
            )
    spacing = problem.min_spacing_pairs
    if spacing is None or not len(spacing):
        return
    if spacing.min() < 0 or spacing.max() >= candidates or (spacing[:, 0] == spacing[:, 1]).any():
        yield Fault(
            _("spacing pairs must name two different candidates"), where="min_spacing_pairs"
        )
        return
    clash = opened[spacing[:, 0]] & opened[spacing[:, 1]]
    if clash.any():
        pair_names = [
            f"{problem.candidate_ids[a]} - {problem.candidate_ids[b]}"
            for a, b in spacing[clash][:5]
        ]
        yield Fault(
            _("compulsory sites stand too close to each other"),
            where="min_spacing_pairs",
            count=int(clash.sum()),
            examples=pair_names,
        )
