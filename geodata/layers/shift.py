"""Do points look as if their source was declared in the wrong datum?

Nothing is moved: the answer is a sentence for the reader. The points are taken back to what the file
said and read again under each datum; the one under which clearly more of them agree with something
known (the street_town that the row names, a road nearby) is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from geodata.crs import project
from geodata.datum import datum_named, to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from geodata.layers.parents import bare_place, containing
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    Agreement = Callable[[NDArray[np.float64], NDArray[np.float64]], float]

_ = translator("geodata")

FEWEST_POINTS: Final = 30
MOST_POINTS: Final = 20_000
# A share of the points that must agree more under another datum before it is named.
MARGIN_SHARE: Final = 0.03
# A front door is within so many metres of the middle of its road.
AT_ROAD_M: Final = 25.0
NEAR_ROADS_M: Final = 250.0
MOST_AT_ROADS: Final = 4_000
_CANDIDATES: Final = ("wgs84", "gcj02", "bd09")


@dataclass(frozen=True)
class Shift:
    """How well points agree with what is known, as declared and under the best datum.

    Parameters
    ----------
    declared, likely
        Datums; equal when nothing looks shifted.
    declared_share, likely_share
        Share of points that agree, 0-1.
    points
        How many points were compared.
    """

    declared: str
    likely: str
    declared_share: float
    likely_share: float
    points: int

    @property
    def looks_shifted(self) -> bool:
        """Whether another datum than the declared one fits clearly better."""
        return self.likely != self.declared

    def sentence(self) -> str:
        """Return what the reader should see, "" when nothing looks shifted."""
        if not self.looks_shifted:
            return ""
        return _(
            "the points look shifted: {before:.0%} of {points} fit as {declared}, {after:.0%} would as {likely}; "
            'if that is so, declare datum = "{likely}"'
        ).format(
            before=self.declared_share,
            after=self.likely_share,
            points=f"{self.points:,}",
            declared=self.declared,
            likely=self.likely,
        )


def likely_datum(
    lon: NDArray[np.float64], lat: NDArray[np.float64], declared: str, agreement: Agreement
) -> Shift:
    """Return under which datum the points of a source agree best with what is known.

    Parameters
    ----------
    lon, lat
        Degrees of WGS 84, as they were read under the declared datum; finite.
    declared
        The declared datum.
    agreement
        Function of longitudes and latitudes in WGS 84 that returns the share of points that agree.

    Returns
    -------
    Shift
        The declared datum, too, where fewer than 30 points could be compared.
    """
    name = datum_named(declared) or "wgs84"
    current = "wgs84" if name == "cgcs2000" else name
    before = agreement(lon, lat)
    if len(lon) < FEWEST_POINTS:
        return Shift(current, current, before, before, len(lon))
    raw_lon, raw_lat = _as_given(lon, lat, current)
    shares = {
        datum: before if datum == current else agreement(*to_wgs84(raw_lon, raw_lat, datum))
        for datum in _CANDIDATES
    }
    best = max(_CANDIDATES, key=lambda datum: shares[datum])
    # Random disagreement alone moves a share by its standard error; three of them are no chance.
    noise = 3.0 * float(np.sqrt(0.25 / len(lon)))
    if shares[best] - before < max(MARGIN_SHARE, noise / 2.0):
        best = current
    return Shift(current, best, before, shares[best], len(lon))


def shift_in_area(
    points: gpd.GeoSeries, towns: NDArray[np.int64], street_towns: gpd.GeoDataFrame, declared: str
) -> Shift:
    """Compare points with the study area and, where rows name one, with their street_town.

    Parameters
    ----------
    points
        EPSG:4326; rows without a point are left out, and of very many an even sample is taken.
    towns
        Position of the street_town each row names, -1 where it names none.
    street_towns
        The areas, in a projected CRS.
    declared
        The declared datum.
    """
    shapes = np.asarray(points.array, dtype=object)
    rows = np.flatnonzero(~shapely.is_missing(shapes))
    rows = rows[:: max(1, len(rows) // MOST_POINTS)]
    named = towns[rows]
    areas = np.asarray(street_towns.geometry.array, dtype=object)
    bare = np.array([bare_place(name) for name in street_towns["name"]], dtype=object)
    crs = street_towns.crs.to_string()

    def agreement(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> float:
        if not len(lon):
            return 1.0
        moved = np.asarray(shapely.points(*project(lon, lat, crs)), dtype=object)
        inside = containing(moved, areas)
        agrees = (inside >= 0) & ((named < 0) | (bare[named] == bare[inside]))
        return float(agrees.mean())

    return likely_datum(
        shapely.get_x(shapes[rows]), shapely.get_y(shapes[rows]), declared, agreement
    )


def shift_to_roads(
    points: gpd.GeoSeries, roads: NDArray[np.object_], crs: str, declared: str
) -> Shift:
    """Compare points with roads: under the right datum more of them lie along one.

    Enterprises and premises stand on road fronts. A shift of hundreds of metres makes their distances those of
    random points, so that fewer lie within 25 m of a road.

    Parameters
    ----------
    points
        EPSG:4326; rows without a point, and points farther than 250 m outside the roads' extent, are left out,
        and of very many an even sample is taken.
    roads
        Lines in a projected CRS.
    crs
        That CRS.
    declared
        The declared datum.
    """
    shapes = np.asarray(points.array, dtype=object)
    lon, lat = shapely.get_x(shapes), shapely.get_y(shapes)
    x, y = project(lon, lat, crs)
    near = np.zeros(len(shapes), dtype=bool)
    if len(roads):
        west, south, east, north = shapely.total_bounds(roads)
        margin = NEAR_ROADS_M
        near = (
            (x > west - margin) & (x < east + margin) & (y > south - margin) & (y < north + margin)
        )
    rows = np.flatnonzero(near)
    rows = rows[:: max(1, len(rows) // MOST_AT_ROADS)]
    tree = shapely.STRtree(roads)

    def agreement(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> float:
        if not len(lon):
            return 1.0
        moved = np.asarray(shapely.points(*project(lon, lat, crs)), dtype=object)
        found = tree.query(moved, predicate="dwithin", distance=AT_ROAD_M)
        return len(np.unique(found[0])) / len(moved)

    return likely_datum(lon[rows], lat[rows], declared, agreement)


def _as_given(
    lon: NDArray[np.float64], lat: NDArray[np.float64], datum: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if datum == "gcj02":
        return wgs84_to_gcj02(lon, lat)
    if datum == "bd09":
        return wgs84_to_bd09(lon, lat)
    return lon, lat
