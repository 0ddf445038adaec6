"""When an industry forms a federation of its own across area districts (一(二))."""

from __future__ import annotations

from pydantic import Field

from planner.rules.table import Rules


class IndustryFederationRule(Rules):
    """Industry as a speciality: an overlay, so every area district stays as it is."""

    clause: str
    """Clause of the document."""
    form: bool = True
    """Whether industries that concentrate form federations of their own."""
    organisations_least: int = Field(default=80, ge=1)
    """Fewest organisations the industry must hold, in the street_towns of one borough where it concentrates, inclusive."""
    workers_least: int = Field(default=4000, ge=1)
    """Fewest workers in them, inclusive."""
    area_share_least: float = Field(default=0.15, gt=0, le=1)
    """It concentrates in a street_town where it has at least this share of the workers of organisations."""
    concentration_least: float = Field(default=1.5, ge=0)
    """And where that share is at least so many times its share in the whole plan (location quotient), inclusive."""
    organisations_ideal: int = Field(default=100, ge=1)
    """A larger one is cut into several of about this size."""
