"""Maximal covering and set covering from raw problem to checked answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import translator
from planner.result import Outcome, Status
from planner.siting.answer import Siting, assign_nearest, evaluate
from planner.siting.covering.maximal import maximise
from planner.siting.covering.minimal import minimise
from planner.siting.covering.parts import parts_of, solve_parts
from planner.siting.covering.presolve import presolve
from planner.siting.covering.run import Run
from planner.siting.covering.ties import prefer
from planner.siting.recompute import broken_rule
from planner.siting.stop import FirstOf, Stalled, Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core
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
    threads: int = 1,
    debug: bool = False,
) -> Siting:
    """Solve a checked ``max_cover`` or ``set_cover`` problem.

    Parameters
    ----------
    problem, seed, stop, start, threads, debug
        As in `planner.siting.solve`.

    Returns
    -------
    Siting
        Status infeasible, with the reason, where no set of sites meets the rules.
    """
    reduction = presolve(problem, debug=debug)
    core = reduction.core
    run = Run(core, stop or DEFAULT_STOP, seed, threads)
    reason = _unreachable(problem, core, reduction.unreached)
    if reason:
        return _infeasible(problem, run, reason)
    if start is not None:
        places = reduction.stands_for[start]
        run.offer(np.union1d(places[places >= 0], np.flatnonzero(core.fixed)))
    method = maximise if core.required is None else minimise
    parts = parts_of(core)
    possible = method(run) if len(parts) == 1 else solve_parts(run, parts, method)
    if not possible:
        return _infeasible(problem, run, _why_impossible(problem, run))
    prefer(run)
    return _answer(problem, run, start)


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


def _why_impossible(problem: SitingProblem, run: Run) -> str:
    from planner.siting.contradiction import contradicting_rules
    from planner.siting.median.reasons import contradiction_reason

    names = contradicting_rules(problem, seed=run.seed)
    if names:
        return contradiction_reason(names)
    return _(
        "the rules leave no set of sites that covers what is asked for; `explain_shortfall` says how many sites or"
        " which cutoff would do"
    )


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


def _answer(problem: SitingProblem, run: Run, start: NDArray[np.integer] | None) -> Siting:
    """Bring an answer back to the caller's order and recompute it from the raw arrays."""
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
    if start is not None:
        # Presolve may have replaced sites of the start; as it was given it must not be lost.
        given = np.unique(start).astype(np.int32)
        worth = evaluate(problem, given)
        if (worth - value) * sign > 0 or math.isnan(value):
            keeps = not broken_rule(problem, given, assign_nearest(problem, given))
            sites, value = (given, worth) if keeps else (sites, value)
    assignment = assign_nearest(problem, sites)
    broken = broken_rule(problem, sites, assignment) if not math.isnan(value) else ""
    if broken:
        raise RuntimeError(f"the answer found breaks {broken}")
    bound = sign * run.bound
    if run.proved or (bound - value) * sign < 0:
        bound = value
    status = Status.OPTIMAL if run.proved else Status.STOPPED if fused else Status.FEASIBLE
    return Siting(
        sites=sites,
        assignment=assignment,
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
