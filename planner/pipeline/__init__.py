"""The whole line, from a scenario to a stored and verified plan."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from planner.pipeline.watch import Display, Watch

if TYPE_CHECKING:
    from planner.pipeline.line import Run, check, run

__all__ = ["Display", "Run", "Watch", "check", "run"]


def __getattr__(name: str) -> Any:
    """Load the line on first use, so that `planner --help` stays quick."""
    if name in {"Run", "check", "run"}:
        return getattr(import_module("planner.pipeline.line"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
