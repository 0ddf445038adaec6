"""Which candidate sites open: arrays in, a decision with a certified gap out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from planner.siting.problem import Coverage, GroupRule, Objective, SitingProblem
from planner.siting.stop import AllOf, FirstOf, Gap, Progress, Stalled, Stop, WallClock, Work

if TYPE_CHECKING:
    from planner.siting.answer import Siting, assign_nearest, evaluate
    from planner.siting.checks import check
    from planner.siting.solver import solve

__all__ = [
    "AllOf",
    "Coverage",
    "FirstOf",
    "Gap",
    "GroupRule",
    "Objective",
    "Progress",
    "Siting",
    "SitingProblem",
    "Stalled",
    "Stop",
    "WallClock",
    "Work",
    "assign_nearest",
    "check",
    "evaluate",
    "solve",
]

# Modules with compiled kernels load only when they are used, so that `import planner.siting` stays quick.
_HEAVY = {
    "Siting": "answer",
    "assign_nearest": "answer",
    "check": "checks",
    "evaluate": "answer",
    "solve": "solver",
}


def __getattr__(name: str) -> Any:
    if name in _HEAVY:
        return getattr(import_module(f"planner.siting.{_HEAVY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
