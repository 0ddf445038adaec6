"""Which services a site offers (二(二)) and the seven standards of its premises (二(三))."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geodata.messages import translator
from planner.rules.faults import contradiction, nearest, refuse
from planner.rules.table import Rules

_ = translator("planner")

Figure = Literal[
    "workers",
    "small_firm_share",
    "large_firm_share",
    "women_share",
    "migrant_share",
    "outdoor_share",
    "industry_share",
    "non_member_share",
    "disputes",
]


class SpecialService(Rules):
    """A service that is added where a figure of the catchment calls for it."""

    service: str
    """Name of the service, one of `names`."""
    figure: Figure
    """What is looked at in the catchment."""
    least: float = Field(ge=0)
    """The service is added from this value on."""
    industries: tuple[str, ...] = ()
    """Sections whose workers `industry_share` counts."""


class ServiceRule(Rules):
    """Services by name, and what makes a station offer more than the basic ones."""

    clause: str
    """Clause of the document."""
    names: tuple[str, ...] = Field(min_length=1)
    """All services."""
    special: tuple[SpecialService, ...]
    """When a service is added."""
    special_tiers: tuple[str, ...]
    """Tiers that add services by their catchment."""
    small_workers: int = Field(ge=1)
    """A small firm has fewer workers."""
    large_workers: int = Field(ge=1)
    """A large firm has at least so many."""
    standards: tuple[
        Literal["place", "layout", "sign", "staff", "services", "rules", "funds"], ...
    ] = Field(min_length=1)
    """Standards of premises that are checked per site."""
    standards_clause: str
    """Clause of the standards."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = sorted({one.service for one in self.special} - set(self.names))
        what = _("special services that are in no list")
        refuse(contradiction(f"{what}: {name}", nearest(name, self.names)) for name in unknown)
        return self
