"""The budget curve: what each further site brings, p = 1 to P, in one call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.solver import solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.siting.answer import Siting
    from planner.siting.problem import SitingProblem
    from planner.siting.stop import Stop


def budget_curve(
    problem: SitingProblem,
    counts: Sequence[int] | None = None,
    *,
    seed: int = 0,
    stop: Stop | None = None,
) -> tuple[tuple[int, Siting], ...]:
    """Solve a problem for each number of sites.

    Parameters
    ----------
    problem
        Its ``p`` is the largest number (all candidates where None); compulsory sites set the smallest.
    counts
        Numbers to solve for; every number from the smallest to the largest where None.
    seed, stop
        As in `planner.siting.solve`; the rule applies to each number on its own.

    Returns
    -------
    tuple
        ``(p, answer)`` in ascending order of p; each answer starts from the one before, so that with
        ``p_sense="at_most"`` the value never gets worse from one number to the next.
    """
    largest = len(problem.candidate_ids) if problem.p is None else problem.p
    fixed = 0 if problem.fixed_open is None else int(np.sum(problem.fixed_open))
    wanted = range(max(1, fixed), largest + 1) if counts is None else sorted(counts)
    answers: list[tuple[int, Siting]] = []
    for count in wanted:
        before = answers[-1][1].sites if answers else None
        start = before if before is not None and len(before) else None
        answers.append((count, solve(replace(problem, p=count), seed=seed, stop=stop, start=start)))
    return tuple(answers)
