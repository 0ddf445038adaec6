"""Collective bargaining, mediation and disputes (三)."""

from __future__ import annotations

from pydantic import Field

from planner.rules.table import Rules


class BargainingRule(Rules):
    """Which bargaining an enterprise comes under (三(一))."""

    clause: str
    """Clause of the document."""
    own_workers: int = Field(ge=1)
    """Enterprises of this size and more bargain for themselves, with a congress of their own."""
    industry_enterprises: int = Field(ge=1)
    """An industry bargains together in a street_town where it has so many smaller enterprises."""
    industry_workers: int = Field(ge=1)
    """And so many workers in them."""
    by: str = Field(pattern="^(section|division)$")
    """What an industry is: a `section` or a `division` of GB/T 4754."""


class DisputeRule(Rules):
    """How disputes weigh and who is watched (三(二)(三))."""

    clause: str
    """Clause of the document."""
    within_m: float = Field(gt=0)
    """A dispute weighs on workers within so many metres."""
    weight_share: float = Field(ge=0)
    """What one dispute adds to the weight of the workers near it, as a share of it."""
    weight_most_share: float = Field(ge=0)
    """Most that disputes add."""
    watch_cases: int = Field(ge=1)
    """A federation with so many open disputes is on the watch list."""
    watch_per_thousand: float = Field(ge=0)
    """Or with so many per 1,000 workers."""
    seats_per_federation: int = Field(ge=1)
    """Mediation seats of a federation; they sit in its station."""
    workers_per_seat: int = Field(ge=1)
    """One more seat per so many workers."""
