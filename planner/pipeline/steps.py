"""Single steps of the line that turn settings into calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import InfeasibleError
from planner.problems.districting import districting_problem
from planner.result import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from geodata.layers import Layers
    from planner.districting import Districting, DistrictingProblem
    from planner.organisations import Organisations
    from planner.pipeline.workers import Workers
    from planner.scenario import Scenario

_ = translator("planner")


def draw_districts(
    scenario: Scenario,
    layers: Layers,
    formed: Organisations,
    adjacency: pd.DataFrame,
    *,
    workers: Workers,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[DistrictingProblem, Districting]:
    """Draw federation districts; ``progress`` hears how many street_towns of how many are done.

    Raises
    ------
    InfeasibleError
        When the policy refuses what the street_towns offer; says which.
    """
    from planner.districting import DistrictingSettings, Stop, solve

    problem = districting_problem(
        layers.units, formed.organisations, adjacency, scenario.rules.federations
    )
    stop = Stop(work=scenario.stopping.districting_work, fuse_s=scenario.stopping.fuse_s)
    districting = solve(
        problem,
        seed=scenario.seed,
        stop=stop,
        settings=DistrictingSettings(jobs=workers.threads),
        progress=progress,
        hand_out=workers.hand_out,
    )
    if districting.outcome.status is Status.INFEASIBLE:
        refused = [
            f"{town} ({outcome.reason})"
            for town, outcome in zip(
                problem.street_town_ids, districting.by_street_town, strict=True
            )
            if outcome.status is Status.INFEASIBLE
        ]
        fix = _("set federations.undersize to keep or merge, or widen the bands")
        what = _("street_towns that cannot hold a federation district")
        raise InfeasibleError(Fault(what, _("districts"), len(refused), refused, fix))
    return problem, districting
