"""Parts of a tier: who else comes to it and how, how much room it has, what it costs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from planner.rules.table import Rules

OutdoorKind = Literal["courier", "cleaner", "driver"]


class Stream(Rules):
    """People who come to the same sites in another way: riders by e-bike, cleaners on foot."""

    kinds: tuple[OutdoorKind, ...] = Field(min_length=1)
    """Kinds of outdoor workers who come this way."""
    mode: str
    """Travel mode."""
    cutoff_min: float = Field(gt=0, le=180)
    """Longest acceptable trip in minutes, inclusive."""
    needs_parking: bool = False
    """Whether they come only where e-bikes can be parked; premises that do not say are taken to have room."""


class Capacity(Rules):
    """How many people a site can take in an hour."""

    m2_per_seat: float = Field(gt=0)
    """Floor area one seat takes; premises that state their seats are taken at their word."""
    seats_least: int = Field(ge=1)
    """Seats where neither seats nor floor area are known."""
    seats_most: int = Field(ge=1)
    """Most seats of one site, however large its premises."""
    visits_per_seat_hour: float = Field(gt=0)
    """People who use one seat in an hour."""
    visit_share: float = Field(gt=0, le=1)
    """Share of the people present who come in their busiest hour."""


class SiteCosts(Rules):
    """What opening and running one site costs, yuan; rent of the premises comes on top."""

    opening_yuan: int = Field(ge=0)
    """Once, when it opens."""
    fitting_yuan_m2: int = Field(default=0, ge=0)
    """Once, per square metre that is fitted out."""
    fitted_m2_most: int = Field(default=0, ge=0)
    """Most square metres fitted out."""
    kit_yuan: int = Field(ge=0)
    """Once, for the tier's kit."""
    running_yuan_year: int = Field(ge=0)
    """Each year; upkeep alone where a host lends the premises."""
