"""p-median, p-centre and problems with capacities from raw arrays to a checked answer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import translator
from planner.result import Outcome, Status
from planner.siting.answer import Siting, assign_nearest
from planner.siting.median.capacitated import solve_capacitated
from planner.siting.median.center import solve_center
from planner.siting.median.effort import Effort
from planner.siting.median.model import build_location
from planner.siting.median.presolve import reduce_location
from planner.siting.median.reasons import (
    rules_reason,
    too_little_room_reason,
    unreachable_reason,
)
from planner.siting.median.uncapacitated import Found, solve_uncapacitated
from planner.siting.recompute import broken_rule, evaluate_assignment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.model import Location
    from planner.siting.problem import SitingProblem
    from planner.siting.stop import Stop

_ = translator("planner")


def solve_median(
    problem: SitingProblem,
    *,
    seed: int = 0,
    stop: Stop | None = None,
    start: NDArray[np.integer] | None = None,
    debug: bool = False,
) -> Siting:
    """Solve a ``p_median`` or ``p_center`` problem, or any problem with capacities.

    Swap search from above, a Lagrangian bound from below, then HiGHS on the candidates that the bound leaves open.
    The p-centre is a search over the sorted travel times, each step a covering problem. Weakness: a large problem
    whose bound does not close ends as feasible with its gap.

    Demand with weight that no open site reaches: with ``unreached_deciseconds`` it counts that much in ``p_median``
    and is unserved; without, the problem is infeasible and the reason names the demand, or the fewest sites that
    would do. Demand without weight never counts and takes no capacity. With capacities every demand goes to one
    site as a whole; ``max_cover`` may leave demand unserved.

    Parameters
    ----------
    problem
        A problem that `planner.siting.check` has passed. p-median times count weight x deciseconds; the p-centre
        value is the longest deciseconds of any demand with weight, to its ``backup``-th nearest open site.
    seed
        Seed of the search.
    stop
        When to end; without one a counted limit that repeats exactly.
    start
        Indices of sites to start from; ignored where they break a rule.
    debug
        As in `planner.siting.solve`.

    Returns
    -------
    Siting
        The value is recomputed from the raw arrays.

    Raises
    ------
    RuntimeError
        The recomputation found a broken rule: a fault of the solver, never of the input.
    """
    effort = Effort(stop)
    location = replace(build_location(problem), debug=debug)
    reason = unreachable_reason(problem, location) or too_little_room_reason(location)
    if reason:
        return _infeasible(problem, effort, seed, reason)
    begin = None if start is None else np.isin(location.candidate, start)
    core = reduce_location(location, centred=problem.objective == "p_center", kept=begin)
    if problem.objective == "p_center":
        found, bound = solve_center(core, effort, seed=seed, start=begin)
    elif problem.capacity is not None:
        found, bound = solve_capacitated(core, effort, seed=seed, start=begin)
    else:
        found, bound = solve_uncapacitated(core, effort, seed=seed, start=begin)
    found = _no_worse_than_start(problem, core, effort, found, begin)
    if found.is_open is None:
        if found.impossible:
            why = rules_reason(problem, location, seed=seed, effort=effort)
            return _infeasible(problem, effort, seed, why)
        return _unfinished(problem, effort, seed, bound)
    return _answer(problem, core, effort, seed, found, bound)


def _no_worse_than_start(
    problem: SitingProblem,
    location: Location,
    effort: Effort,
    found: Found,
    start: NDArray[np.bool_] | None,
) -> Found:
    """Return the start itself where a search cut short has nothing as good (with capacities it began from it)."""
    if start is None or problem.capacity is not None:
        return found
    sites = np.sort(location.candidate[start]).astype(np.int32)
    assignment = assign_nearest(problem, sites)
    worth = _sense(problem) * evaluate_assignment(problem, sites, assignment)
    worse = found.is_open is None or worth < effort.value - 1e-6 * max(1.0, abs(worth))
    if not math.isfinite(worth) or not worse or broken_rule(problem, sites, assignment):
        return found
    effort.offer(worth)
    return Found(start)


def _sense(problem: SitingProblem) -> float:
    return -1.0 if problem.objective == "max_cover" else 1.0


def _infeasible(problem: SitingProblem, effort: Effort, seed: int, reason: str) -> Siting:
    sign = _sense(problem)
    return _empty(problem, effort, seed, Status.INFEASIBLE, sign * math.inf, reason)


def _unfinished(problem: SitingProblem, effort: Effort, seed: int, bound: float) -> Siting:
    reason = _("no answer that meets every rule was found before the search ended")
    status = Status.STOPPED if effort.clock_used else Status.FEASIBLE
    return _empty(problem, effort, seed, status, _sense(problem) * bound, reason)


def _empty(
    problem: SitingProblem, effort: Effort, seed: int, status: Status, bound: float, reason: str
) -> Siting:
    return Siting(
        sites=np.zeros(0, dtype=np.int32),
        assignment=np.full(len(problem.demand_ids), -1, dtype=np.int32),
        outcome=Outcome(
            status=status,
            sense="max" if _sense(problem) < 0 else "min",
            value=math.nan,
            bound=bound,
            seed=seed,
            work=effort.work,
            reproducible=not effort.clock_used,
            reason=reason,
        ),
    )


def _answer(
    problem: SitingProblem,
    location: Location,
    effort: Effort,
    seed: int,
    found: Found,
    bound: float,
) -> Siting:
    """Bring an answer back to the caller's order and recompute it."""
    if found.is_open is None:
        raise RuntimeError("there is no answer to write")
    sites = np.sort(location.candidate[found.is_open]).astype(np.int32)
    if found.given is None:
        assignment = assign_nearest(problem, sites)
    else:
        assignment = np.full(len(problem.demand_ids), -1, dtype=np.int32)
        served = found.given >= 0
        columns = location.columns[found.given[served]]
        assignment[location.demand[served]] = location.candidate[columns]
    value = evaluate_assignment(problem, sites, assignment)
    broken = broken_rule(problem, sites, assignment)
    if broken or not math.isfinite(value):
        raise RuntimeError(f"the answer found breaks {broken or 'the reach of demand'}")
    sign = _sense(problem)
    proved = effort.value <= bound + 1e-8 * max(1.0, abs(effort.value))
    bound = value if proved else min(sign * value, bound) * sign
    fused = effort.clock_used and not proved
    status = Status.OPTIMAL if proved else Status.STOPPED if fused else Status.FEASIBLE
    return Siting(
        sites=sites,
        assignment=assignment,
        outcome=Outcome(
            status=status,
            sense="max" if sign < 0 else "min",
            value=value,
            bound=bound,
            seed=seed,
            work=effort.work,
            reproducible=not fused,
            reason=_("the time was over before the search was") if fused else "",
            log=tuple((work, sign * logged) for work, logged in effort.log),
        ),
    )
