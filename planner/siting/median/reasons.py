"""Why there is no answer: the demand that nothing reaches, the fewest sites that would do, capacity against load."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import translator
from planner.siting.contradiction import contradicting_rules
from planner.siting.median.exact import site_program
from planner.siting.median.highs import Ending, run_highs
from planner.siting.median.start import NODES, add_reach

if TYPE_CHECKING:
    from planner.siting.median.effort import Effort
    from planner.siting.median.model import Location
    from planner.siting.problem import SitingProblem

_ = translator("planner")


def unreachable_reason(problem: SitingProblem, location: Location) -> str:
    """Name the demand that must be served and has too few candidates within reach; "" where there is none."""
    lengths = np.diff(location.indptr)
    short = np.isinf(location.unserved) & (lengths < location.backup)
    if not short.any():
        return ""
    names = ", ".join(
        str(name) for name in problem.demand_ids[location.demand[np.flatnonzero(short)[:5]]]
    )
    return _(
        "{count} demands have fewer than {needed} candidates within reach, the first: {names};"
        " a longer cutoff, more candidates or fewer forbidden ones would do"
    ).format(count=int(short.sum()), needed=location.backup, names=names)


def too_little_room_reason(location: Location) -> str:
    """Compare the load that must be served with what the allowed number of sites can take; "" where it fits."""
    if location.capacities is None or location.loads is None:
        return ""
    must = np.isinf(location.unserved)
    needed = float(location.loads[must].sum())
    usable = np.sort(location.capacities[location.rules.state >= 0])[::-1]
    room = float(usable[: location.rules.most].sum())
    if needed <= room * (1 + 1e-9):
        return ""
    enough = np.searchsorted(np.cumsum(usable), needed * (1 - 1e-9)) + 1
    text = _("the sites allowed hold a load of {room} and {needed} must be served").format(
        room=round(room, 6), needed=round(needed, 6)
    )
    if enough <= len(usable):
        text += _("; at least {count} sites would be needed").format(count=int(enough))
    return text


def contradiction_reason(names: tuple[str, ...]) -> str:
    """Say which rules cannot hold together."""
    return _(
        "no set of sites meets these rules together, and any one less would do: {names}"
    ).format(names=", ".join(names[:5]) + (" …" if len(names) > 5 else ""))


def rules_reason(problem: SitingProblem, location: Location, *, seed: int, effort: Effort) -> str:
    """Say whether the rules alone contradict each other, and otherwise how many sites would do."""
    names = contradicting_rules(problem, seed=seed, seconds=effort.seconds_left())
    if names:
        return contradiction_reason(names)
    fewest = fewest_sites(location, seed=seed, effort=effort)
    if fewest is None:
        return _("no allowed set of sites reaches all demand, however many open")
    if location.rules.most < fewest:
        return _(
            "{most} sites cannot reach all demand within these travel times;"
            " the fewest that would do is {fewest}"
        ).format(most=location.rules.most, fewest=fewest)
    return _("the sites allowed reach all demand but cannot take all its load")


def fewest_sites(location: Location, *, seed: int, effort: Effort) -> int | None:
    """Return the fewest sites that reach all demand when any number may open, None where no number does.

    When the search for it is cut short, the proved lower limit is returned.
    """
    free = replace(
        location,
        rules=replace(location.rules, least=0, most=location.candidates),
        site_costs=np.ones(location.candidates),
    )
    program = site_program(free, np.zeros(0))
    add_reach(program, free)
    answer = run_highs(
        program, seed=seed, absolute_gap=0.999, nodes=NODES, seconds=effort.seconds_left()
    )
    if answer.ending is Ending.INFEASIBLE:
        return None
    bound = max(0, math.ceil(answer.bound - 1e-6)) if math.isfinite(answer.bound) else 0
    return (
        bound
        if answer.values is None
        else max(bound, 0 if answer.ending is Ending.NODES else round(answer.value))
    )
