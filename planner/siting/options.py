"""Options that do not go with an objective: refused with the reason, never silently left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.errors import Fault, translator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.siting.problem import SitingProblem

_ = translator("planner")


def option_faults(problem: SitingProblem) -> Iterator[Fault]:
    """Name every option that means nothing for the objective of a problem whose arrays have the right shapes.

    Yields
    ------
    Fault
        The option, why it does not fit, and what to do.
    """
    if problem.objective in ("p_median", "p_center"):
        yield from _time_faults(problem)
    if 0 < problem.cover_share < 1 and problem.objective != "set_cover":
        yield Fault(
            _("a share of the weight goes with set_cover only"),
            where="cover_share",
            fix=_("leave it at 1"),
        )
    if problem.unreached_deciseconds is not None and problem.objective in (
        "max_cover",
        "set_cover",
    ):
        yield Fault(
            _("demand out of reach has a price in p_median only"),
            where="unreached_deciseconds",
            fix=_("leave it out, or choose p_median"),
        )
    if problem.costs is not None and problem.budget is None and problem.objective != "set_cover":
        yield Fault(
            _("costs without a budget count in set_cover only"),
            where="costs",
            fix=_("give a budget, or leave the costs out"),
        )
    if problem.gradual is not None and problem.capacity is not None:
        if problem.objective == "set_cover":
            yield Fault(
                _("with capacities a demand is served in full or not at all"),
                where="gradual",
                fix=_("leave out the shares or the capacities, or choose max_cover"),
            )
        elif problem.objective == "max_cover" and problem.backup > 1:
            yield Fault(
                _("with capacities a share belongs to one site, and backup asks for several"),
                where="gradual",
                fix=_("leave out the shares, the capacities or the backup"),
            )
    yield from _load_faults(problem)


def _time_faults(problem: SitingProblem) -> Iterator[Fault]:
    times = problem.coverage.deciseconds
    away = problem.unreached_deciseconds
    if times is None:
        yield Fault(
            _("this objective needs travel times"),
            where="coverage.deciseconds",
            fix=_("give the travel time of every pair, or choose max_cover or set_cover"),
        )
    if problem.gradual is not None:
        yield Fault(
            _("gradual coverage does not go with travel times as the objective"),
            where="gradual",
            fix=_("leave it out, or choose max_cover"),
        )
    if problem.objective == "p_median" and problem.backup > 1:
        yield Fault(
            _("p_median looks at the nearest open site only"),
            where="backup",
            fix=_("leave it at 1, or choose p_center, max_cover or set_cover"),
        )
    if away is None:
        return
    if problem.objective == "p_center":
        yield Fault(
            _("p_center must reach every demand with weight"),
            where="unreached_deciseconds",
            fix=_("leave it out, or choose p_median"),
        )
    elif times is not None and len(times) and away < int(times.max()):
        yield Fault(
            _(
                "demand out of reach would count {away} ds, less than the longest pair ({longest} ds)"
            ).format(away=away, longest=int(times.max())),
            where="unreached_deciseconds",
            fix=_("give at least the longest travel time"),
        )


def _load_faults(problem: SitingProblem) -> Iterator[Fault]:
    load = problem.load
    if load is None:
        return
    if problem.capacity is None:
        yield Fault(_("is given without {other}").format(other="capacity"), where="load")
    if np.shape(load) != np.shape(problem.demand_ids):
        yield Fault(
            _("there are {weights} weights for {demands} demand ids").format(
                weights=np.size(load), demands=len(problem.demand_ids)
            ),
            where="load",
        )
        return
    bad = ~(np.isfinite(load) & (load >= 0))
    if bad.any():
        yield Fault(
            _("loads are negative, missing or infinite"),
            where="load",
            count=int(bad.sum()),
            examples=[str(name) for name in problem.demand_ids[bad][:5]],
        )
