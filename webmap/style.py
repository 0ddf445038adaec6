"""Colours of districts, coverage and links; how tiers look is said by `planner.tier_styles`."""

from __future__ import annotations

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
