"""Which basic unit each point lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geodata.areas.frames import require_projected, sorted_units
from geodata.areas.parallel import query_in_parts

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


def unit_of(
    points: gpd.GeoDataFrame | gpd.GeoSeries, units: gpd.GeoDataFrame, *, near_m: float = 500.0
) -> pd.DataFrame:
    """Assign every point to one unit.

    A point inside, or on the border of, several units goes to the smallest ``unit_id``;
    a point in none goes to the nearest unit within ``near_m`` (inclusive), ties again to the smallest id.
    Its weakness: a wrong coordinate within ``near_m`` of the area cannot be told from a point at its edge,
    so look at the count of ``how == "near"``.

    Parameters
    ----------
    points
        Points in the units' projected CRS.
    units
        ``unit_id`` and polygons.
    near_m
        Farthest distance in metres, inclusive, at which a point still goes to a unit it is not in.

    Returns
    -------
    DataFrame
        On the index of ``points``: ``unit_id`` (missing when outside), ``distance_m`` (0 inside, NaN outside),
        ``how`` (``inside``, ``near``, ``outside``).

    Raises
    ------
    CrsError
        When the two are not in one projected CRS.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_id": ["a", "b"]}, geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs=32651)
    >>> unit_of(gpd.GeoSeries([Point(9, 5), Point(20, 5), Point(9999, 5)], crs=32651), units)
      unit_id  distance_m      how
    0       a         0.0   inside
    1       b         2.0     near
    2     NaN         NaN  outside
    """
    units = sorted_units(units)
    geometry = points.geometry
    require_projected(units, geometry)
    dots = np.asarray(geometry.array, dtype=object)
    polygons = np.asarray(units.geometry.array, dtype=object)
    position = locate(dots, polygons)
    distance = np.where(position >= 0, 0.0, np.nan)
    astray = np.flatnonzero(position < 0)
    usable = astray[~(shapely.is_missing(dots[astray]) | shapely.is_empty(dots[astray]))]
    if len(usable):
        nearest, gap = _nearest(dots[usable], polygons, near_m)
        position[usable] = nearest
        distance[usable] = gap
    how = np.where(position < 0, "outside", "inside").astype(object)
    how[(position >= 0) & (distance > 0)] = "near"
    names = units["unit_id"].to_numpy(dtype=object)
    found = np.where(position >= 0, names[np.maximum(position, 0)], None)
    return pd.DataFrame(
        {
            "unit_id": pd.Series(found, index=points.index, dtype="str"),
            "distance_m": distance,
            "how": pd.Series(how, index=points.index, dtype="str"),
        },
        index=points.index,
    )


def locate(dots: NDArray[np.object_], polygons: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the first polygon that covers each point, border included, or -1."""
    position = np.full(len(dots), len(polygons), dtype=np.int64)
    # the points are in the tree because shapely prepares what is searched with: the polygons
    polygon, dot = query_in_parts(shapely.STRtree(dots), polygons)
    np.minimum.at(position, dot, polygon)
    position[position == len(polygons)] = -1
    return position


def _nearest(
    dots: NDArray[np.object_], polygons: NDArray[np.object_], near_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest polygon within ``near_m`` and its distance; -1 and NaN beyond."""
    position = np.full(len(dots), len(polygons), dtype=np.int64)
    distance = np.full(len(dots), np.nan)
    tree = shapely.STRtree(polygons)
    (dot, polygon), gap = tree.query_nearest(dots, return_distance=True, all_matches=True)
    within = gap <= near_m
    np.minimum.at(position, dot[within], polygon[within])
    distance[dot[within]] = gap[within]
    position[position == len(polygons)] = -1
    return position, distance
