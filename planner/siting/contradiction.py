"""Which rules contradict each other: a set of them that no choice of sites meets, and that any one less would free."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.answer import id_ranks
from planner.siting.median.exact import add_rules
from planner.siting.median.highs import Ending, Program, run_highs
from planner.siting.median.rules import CLOSED, OPEN, Rules, build_rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.problem import SitingProblem

NODES = 20_000


def contradicting_rules(
    problem: SitingProblem, *, seed: int = 0, seconds: float = math.inf
) -> tuple[str, ...]:
    """Return the names of rules that cannot hold together, given what is compulsory and forbidden.

    Parameters
    ----------
    problem
        A checked problem; demand is not looked at.
    seed, seconds
        For the integer programmes over the sites alone.

    Returns
    -------
    tuple
        Names of groups, spacing pairs, ``budget``, ``moves`` and ``p``; empty where the rules can all be met (or the
        seconds were over first). Dropping any one of them would do.
    """
    rules = build_rules(problem, id_ranks(problem.candidate_ids))
    held = np.ones(len(rules.low) + 1, dtype=np.bool_)
    if not _impossible(rules, held, seed, seconds):
        return ()
    width = len(held)
    while width:
        for first in range(0, len(held), width):
            fewer = held.copy()
            fewer[first : first + width] = False
            if (fewer != held).any() and _impossible(rules, fewer, seed, seconds):
                held = fewer
        width //= 2
    names = [*rules.names, "p"]
    return tuple(names[row] for row in np.flatnonzero(held))


def _impossible(rules: Rules, held: NDArray[np.bool_], seed: int, seconds: float) -> bool:
    """Say whether no set of sites meets the rules that are held (the last flag is the number of sites)."""
    part = replace(
        rules,
        low=np.where(held[:-1], rules.low, -np.inf),
        high=np.where(held[:-1], rules.high, np.inf),
        least=rules.least if held[-1] else 0,
        most=rules.most if held[-1] else len(rules.state),
    )
    size = len(rules.state)
    program = Program(
        costs=np.zeros(size),
        lower=(rules.state == OPEN).astype(np.float64),
        upper=(rules.state != CLOSED).astype(np.float64),
        whole=np.ones(size, dtype=np.bool_),
    )
    add_rules(program, part)
    answer = run_highs(program, seed=seed, nodes=NODES, seconds=seconds)
    return answer.ending is Ending.INFEASIBLE
