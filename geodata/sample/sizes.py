"""How big a sample city is: one row of numbers per size."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """The counts from which a sample city is drawn.

    Parameters
    ----------
    boroughs, street_towns
        How many of each; street_towns are at least twice the boroughs.
    units_per_street_town
        Residential-committee cells in the mean street_town.
    enterprises
        Rows of the register, the wrong ones not counted.
    street_town_km2
        Area of the mean street_town.
    river_half_width_m
        Half the width of the river, metres.
    node_spacing_m
        About how far apart the nodes of a street lie, metres.
    """

    boroughs: int
    street_towns: int
    units_per_street_town: int
    enterprises: int
    street_town_km2: float
    river_half_width_m: float
    node_spacing_m: float


# A federation district takes about 430 enterprises, so 12 to 15 cells each.
SIZES = {
    "town": Size(1, 2, 20, 1_200, 3.2, 55.0, 32.0),
    "borough": Size(1, 8, 44, 12_000, 4.0, 75.0, 32.0),
    "boroughs": Size(4, 54, 64, 125_000, 4.6, 120.0, 17.0),
    "city": Size(16, 215, 64, 500_000, 4.6, 190.0, 15.5),
}
