"""Which candidate sites open: arrays in, a decision with a certified gap out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from planner.siting.problem import Coverage, GroupRule, Objective, SitingProblem
from planner.siting.stop import AllOf, FirstOf, Gap, Progress, Stalled, Stop, WallClock, Work

if TYPE_CHECKING:
    from planner.siting.answer import Siting, assign_nearest, evaluate
    from planner.siting.checks import check
    from planner.siting.curve import budget_curve
    from planner.siting.shortfall import Shortfall, explain_shortfall, smallest_cutoff
    from planner.siting.solver import solve
    from planner.siting.tiers import within_parents
    from planner.siting.why import SiteReason, explain_sites

__all__ = [
    "AllOf",
    "Coverage",
    "FirstOf",
    "Gap",
    "GroupRule",
    "Objective",
    "Progress",
    "Shortfall",
    "SiteReason",
    "Siting",
    "SitingProblem",
    "Stalled",
    "Stop",
    "WallClock",
    "Work",
    "assign_nearest",
    "budget_curve",
    "check",
    "evaluate",
    "explain_shortfall",
    "explain_sites",
    "smallest_cutoff",
    "solve",
    "within_parents",
]

# Modules with compiled kernels load only when they are used, so that `import planner.siting` stays quick.
_HEAVY = {
    "Shortfall": "shortfall",
    "SiteReason": "why",
    "Siting": "answer",
    "assign_nearest": "answer",
    "budget_curve": "curve",
    "check": "checks",
    "evaluate": "answer",
    "explain_shortfall": "shortfall",
    "explain_sites": "why",
    "smallest_cutoff": "shortfall",
    "solve": "solver",
    "within_parents": "tiers",
}


def __getattr__(name: str) -> Any:
    if name in _HEAVY:
        return getattr(import_module(f"planner.siting.{_HEAVY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
