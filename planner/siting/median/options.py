"""Options that this package cannot honour, said at once before anything is solved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.errors import Fault, ProblemError, translator
from planner.siting.answer import total_weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.siting.problem import SitingProblem

_ = translator("planner")


def check_options(problem: SitingProblem) -> None:
    """Raise one error with every option that does not fit the objective.

    Parameters
    ----------
    problem
        A problem that `planner.siting.check` has passed.

    Raises
    ------
    ProblemError
        Options that mean nothing here, or loads that cannot be used.
    """
    faults = list(_load_faults(problem))
    if problem.objective in ("p_median", "p_center"):
        faults += _time_faults(problem)
    if faults:
        raise ProblemError(faults)


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
    if problem.cover_share < 1:
        yield Fault(
            _("a share of the weight goes with set_cover only"),
            where="cover_share",
            fix=_("leave it at 1"),
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
    if np.shape(load) != np.shape(total_weights(problem)):
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
