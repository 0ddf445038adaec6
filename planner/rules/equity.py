"""Whose coverage is shown beside the total (二(三))."""

from __future__ import annotations

from pydantic import Field

from planner.rules.table import Rules


class EquityRule(Rules):
    """Groups whose coverage is reported apart."""

    clause: str
    """Clause of the document."""
    worst_share: float = Field(gt=0, lt=1)
    """Share of the weight whose way is longest."""
    small_workers: int = Field(ge=1)
    """A small firm has fewer workers."""
