"""How each tier looks on every map: as its policy says, and where it says nothing, unlike every other tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from planner.rules.tier_parts import Shape, Style

if TYPE_CHECKING:
    from planner.policy import Policy

COLOURS = ("#CC79A7", "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Colours of Okabe and Ito, for tiers that name none."""
SHAPES: tuple[Shape, ...] = tuple(reversed(get_args(Shape)))
RADIUS_PX = 6


def tier_styles(policy: Policy) -> dict[str, Style]:
    """Return the style of each tier.

    A tier without one takes the first shape no other tier has, in a colour no other tier of that shape has; a policy of
    more tiers than there are shapes and colours together begins again.
    """
    known = {tier.name: tier.style for tier in policy.tiers if tier.style is not None}
    taken = {(style.shape, style.colour) for style in known.values()}
    styles: dict[str, Style] = {}
    for tier in policy.tiers:
        style = known.get(tier.name)
        if style is None:
            style = _free(taken)
            taken.add((style.shape, style.colour))
        styles[tier.name] = style
    return styles


def _free(taken: set[tuple[Shape, str]]) -> Style:
    def worn(shape: Shape) -> int:
        return sum(one == shape for one, _colour in taken)

    shape = min(SHAPES, key=lambda one: (worn(one), SHAPES.index(one)))
    colour = next((one for one in COLOURS if (shape, one) not in taken), COLOURS[0])
    return Style(colour=colour, shape=shape, radius_px=RADIUS_PX)
