"""Maximal covering and set covering from raw problem to checked answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import translator
from planner.result import Outcome, Status
from planner.siting.answer import Siting, assign_nearest, evaluate
from planner.siting.maximal import maximise
from planner.siting.minimal import minimise
from planner.siting.presolve import presolve
from planner.siting.run import Run
from planner.siting.stop import FirstOf, Stalled, Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.core import Core
    from planner.siting.problem import SitingProblem
    from planner.siting.stop import Stop

_ = translator("planner")

DEFAULT_STOP = FirstOf((Work(60_000), Stalled(10_000)))


def solve_covering(
    problem: SitingProblem,
    *,
    seed: int = 0,
    stop: Stop | None = None,
    start: NDArray[np.integer] | None = None,
) -> Siting:
    """Solve a checked ``max_cover`` or ``set_cover`` problem.

    Parameters
    ----------
    problem, seed, stop, start
        As in `planner.siting.solve`.

    Returns
    -------
    Siting
        Status infeasible, with the reason, where no set of sites meets the rules.
    """
    reduction = presolve(problem)
    core = reduction.core
    run = Run(core, stop or DEFAULT_STOP, seed)
    reason = _unreachable(problem, core, reduction.unreached)
    if reason:
        return _infeasible(problem, run, reason)
    if start is not None:
        run.offer(_positions(core, start))
    possible = maximise(run) if core.required is None else minimise(run)
    if not possible:
        return _infeasible(problem, run, _("no set of sites meets all the rules together"))
    return _answer(problem, run)


def _unreachable(problem: SitingProblem, core: Core, unreached: NDArray[np.int64]) -> str:
    if core.required is None:
        return ""
    if core.full and len(unreached):
        return _(
            "{count} demands cannot be covered by any open-able candidate, the first: {examples}"
        ).format(
            count=len(unreached),
            examples=", ".join(str(problem.demand_ids[row]) for row in unreached[:5]),
        )
    reachable = float(core.weights.sum())
    if not core.full and reachable < core.required:
        return _(
            "all candidates together cover a weight of {short} less than the share asked for"
        ).format(short=round(core.required - reachable, 6))
    return ""


def _positions(core: Core, start: NDArray[np.integer]) -> NDArray[np.int64]:
    place = {int(candidate): position for position, candidate in enumerate(core.candidates)}
    return np.array(sorted(place[int(s)] for s in start if int(s) in place), dtype=np.int64)


def _infeasible(problem: SitingProblem, run: Run, reason: str) -> Siting:
    sense = "max" if problem.objective == "max_cover" else "min"
    return Siting(
        sites=np.zeros(0, dtype=np.int32),
        assignment=np.full(len(problem.demand_ids), -1, dtype=np.int32),
        outcome=Outcome(
            status=Status.INFEASIBLE,
            sense="max" if sense == "max" else "min",
            value=math.nan,
            bound=-math.inf if sense == "max" else math.inf,
            seed=run.seed,
            work=run.work,
            reason=reason,
        ),
    )


def _answer(problem: SitingProblem, run: Run) -> Siting:
    core, best = run.core, run.best
    maximise = problem.objective == "max_cover"
    sign = 1.0 if maximise else -1.0
    fused = run.stop.fused(run.progress) and not run.proved
    if best is None:
        sites = np.zeros(0, dtype=np.int32)
        value = math.nan
    else:
        sites = np.sort(core.candidates[best]).astype(np.int32)
        value = evaluate(problem, sites)
    bound = sign * run.bound
    if run.proved or (best is not None and (bound - value) * sign < 0):
        bound = value
    status = Status.OPTIMAL if run.proved else Status.STOPPED if fused else Status.FEASIBLE
    return Siting(
        sites=sites,
        assignment=assign_nearest(problem, sites),
        outcome=Outcome(
            status=status,
            sense="max" if maximise else "min",
            value=value,
            bound=bound,
            seed=run.seed,
            work=run.work,
            reproducible=not fused,
            reason=_("the time was over before the search was") if fused else "",
            log=tuple((work, sign * logged) for work, logged in run.log),
        ),
    )
