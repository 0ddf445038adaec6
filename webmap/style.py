"""How each tier looks: Okabe and Ito's colours, told apart by shape as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal[
    "square", "circle", "triangle", "diamond", "star", "pentagon", "hexagon", "wedge", "cross"
]
"""What `outline` of ``drawings.js`` draws; a wedge is a triangle on its point."""


@dataclass(frozen=True)
class TierStyle:
    """Colour, shape, size and border of a tier's marker; ``radius_px`` is half its width.

    Sites of several tiers may share premises: the smaller marker is drawn on the larger one.
    """

    colour: str
    shape: Shape
    radius_px: int
    border: str = "#ffffff"


TIERS = {
    "city_centre": TierStyle("#000000", "star", 15),
    "borough_centre": TierStyle("#CC79A7", "pentagon", 10),
    "sub_centre": TierStyle("#56B4E9", "diamond", 11),
    "station": TierStyle("#0072B2", "square", 7),
    "service_point": TierStyle("#009E73", "circle", 4),
    "rest_station": TierStyle("#D55E00", "triangle", 5),
    "worker_school": TierStyle("#E69F00", "hexagon", 6),
    "fitness_spot": TierStyle("#F0E442", "wedge", 8, border="#444444"),
}
"""Every tier has a colour of its own and a shape of its own."""
OTHER = TierStyle("#CC79A7", "cross", 6)

DISTRICT_FILLS = ("#56B4E9", "#E69F00", "#F0E442", "#009E73", "#CC79A7", "#999999")
"""Fills of districts; neighbours get different ones."""


COVERAGE = (
    (0.95, "#f2f0f7"),
    (0.85, "#cbc9e2"),
    (0.70, "#9e9ac8"),
    (0.50, "#756bb1"),
    (0.0, "#54278f"),
)
"""Least share of a class -> its colour; one hue from light to dark, so that no colour vision is needed."""


LINKS = {
    "street": "#009E73",
    "bridge": "#0072B2",
    "tunnel": "#0072B2",
    "ferry": "#56B4E9",
    "added": "#CC79A7",
    "made": "#E69F00",
    "cut": "#D55E00",
    "none": "#999999",
}
"""How two basic units adjoin -> colour of the line between them."""
APART = ("cut", "none")
"""Kinds whose line is dashed: nobody crosses there."""


def tier_style(name: str) -> TierStyle:
    """Return a tier's style; tiers without a line of their own share one."""
    return TIERS.get(name, OTHER)
