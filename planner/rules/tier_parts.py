"""Parts of a tier: who else comes to it and how, how much room it has, what it costs, how it looks."""

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


Shape = Literal[
    "square", "circle", "triangle", "diamond", "star", "pentagon", "hexagon", "wedge", "cross"
]
"""What maps can draw; a wedge is a triangle on its point."""


class Style(Rules):
    """How a tier's sites look on maps: told apart by colour and by shape."""

    colour: str = Field(pattern=r"^#[0-9A-Fa-f]{6}$")
    """Fill, red-green-blue in hexadecimal digits."""
    shape: Shape
    """Shape of the marker."""
    radius_px: int = Field(ge=2, le=30)
    """Half its width; where sites share premises the smaller marker is drawn on the larger one."""
    border: str = Field(default="#ffffff", pattern=r"^#[0-9A-Fa-f]{6}$")
    """Outline."""
