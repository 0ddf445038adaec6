"""The ground a sample stands on: streets, named places, outline, water.

A drawn city and a road file of the user give the same ground, so everything after it
(cells, carriers, enterprises, premises, outdoor work) is made by the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import shapely
    from numpy.typing import NDArray

    from geodata.sample.frame import LocalFrame

# How busy a street of each class is; classes without a row carry no address.
STREET_RANK = {
    "trunk": 5,
    "primary": 4,
    "secondary": 3,
    "tertiary": 2,
    "residential": 1,
    "living_street": 1,
    "unclassified": 1,
    "pedestrian": 2,
    "road": 1,
}


@dataclass(frozen=True, eq=False)
class Streets:
    """Pieces of streets that an address can stand on, as arrays of one length.

    Parameters
    ----------
    x0, y0, x1, y1
        Ends of each piece in the local plane, metres.
    rank
        1 (residential) to 5 (trunk).
    name
        Index into ``names``; ``names[0]`` is the empty name.
    names
        Street names.
    """

    x0: NDArray[np.float64]
    y0: NDArray[np.float64]
    x1: NDArray[np.float64]
    y1: NDArray[np.float64]
    rank: NDArray[np.int8]
    name: NDArray[np.int64]
    names: list[str]

    def __len__(self) -> int:
        return len(self.x0)

    @property
    def length_m(self) -> NDArray[np.float64]:
        """Length of each piece, metres."""
        return np.hypot(self.x1 - self.x0, self.y1 - self.y0)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Streets:
        """Return the pieces of these rows."""
        return Streets(
            self.x0[rows],
            self.y0[rows],
            self.x1[rows],
            self.y1[rows],
            self.rank[rows],
            self.name[rows],
            self.names,
        )

    def beside(
        self,
        rows: NDArray[np.int64],
        share: NDArray[np.float64],
        offset_m: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return x, y and heading (radians) of points beside the pieces.

        ``share`` runs 0-1 along a piece; a positive offset lies to its left.
        """
        dx, dy = self.x1[rows] - self.x0[rows], self.y1[rows] - self.y0[rows]
        length = np.maximum(np.hypot(dx, dy), 1e-9)
        x = self.x0[rows] + share * dx - offset_m * dy / length
        y = self.y0[rows] + share * dy + offset_m * dx / length
        return x, y, np.arctan2(dy, dx)


@dataclass(frozen=True, eq=False)
class Ground:
    """Where a sample is laid out; everything is in ``frame``'s metres.

    Parameters
    ----------
    frame
        The local plane.
    outline
        The study area.
    barrier
        Centre line of a river that no street_town crosses, or None.
    water
        The river's surface, or None.
    streets
        Pieces of streets inside the outline.
    places
        Named places of the road file: ``kind``, ``name``, ``x``, ``y``.
    buildings
        Buildings that can be a workplace: ``name``, ``x``, ``y``, ``footprint_m2``.
    activity
        How busy a point is: arrays x, y to an array of positive numbers with mean near 1.
    """

    frame: LocalFrame
    outline: shapely.Polygon
    barrier: shapely.LineString | None
    water: shapely.Polygon | None
    streets: Streets
    places: pd.DataFrame
    buildings: pd.DataFrame
    activity: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
