"""How each tier looks: Okabe and Ito's colours, told apart by shape as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TierStyle:
    """Colour, shape and size of a tier's marker; ``radius_px`` is half its width."""

    colour: str
    shape: Literal["square", "circle", "triangle", "diamond"]
    radius_px: int


TIERS = {
    "city_centre": TierStyle("#000000", "diamond", 9),
    "borough_centre": TierStyle("#000000", "square", 8),
    "sub_centre": TierStyle("#0072B2", "diamond", 8),
    "station": TierStyle("#0072B2", "square", 7),
    "service_point": TierStyle("#009E73", "circle", 5),
    "rest_station": TierStyle("#D55E00", "triangle", 6),
    "worker_school": TierStyle("#E69F00", "square", 6),
    "fitness_spot": TierStyle("#56B4E9", "diamond", 6),
}
OTHER = TierStyle("#CC79A7", "diamond", 6)

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
