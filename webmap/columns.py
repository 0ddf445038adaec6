"""Coordinates as columns of small integers, so that a hundred thousand points stay small and quick to read.

Longitude and latitude are counted in steps of 1e-5 degrees (about a metre); each number is the difference to the one
before it. ``planmap.js`` adds them up again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geodata.crs import STORAGE_CRS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

STEPS = 100_000
"""Steps of a degree."""


def points(frame: gpd.GeoDataFrame) -> dict[str, list[int]]:
    """Return columns ``x`` and ``y`` of point geometries, in the order of the rows."""
    spots = frame.geometry.to_crs(STORAGE_CRS)
    return {"x": steps(spots.x.to_numpy()), "y": steps(spots.y.to_numpy())}


def lines(shapes: gpd.GeoSeries) -> dict[str, list[int]]:
    """Return line geometries as ``n`` (points of each line) and ``x``, ``y`` (all points)."""
    parts = shapely.get_parts(shapes.to_crs(STORAGE_CRS).to_numpy())
    return {"n": shapely.get_num_coordinates(parts).tolist(), **_flat(parts)}


def areas(shapes: gpd.GeoSeries) -> dict[str, list[int]]:
    """Return polygons as ``f`` (rings of each feature), ``n`` (points of each ring) and ``x``, ``y``.

    A page fills rings by the even-odd rule, so that outlines and holes need not be told apart.
    """
    geometry = shapes.to_crs(STORAGE_CRS).to_numpy()
    polygons, feature = shapely.get_parts(geometry, return_index=True)
    keep = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    rings, of = shapely.get_rings(polygons[keep], return_index=True)
    per_feature = np.bincount(feature[keep][of], minlength=len(geometry))
    return {
        "f": per_feature.tolist(),
        "n": shapely.get_num_coordinates(rings).tolist(),
        **_flat(rings),
    }


def _flat(parts: NDArray[Any]) -> dict[str, list[int]]:
    xy = shapely.get_coordinates(parts)
    return {"x": steps(xy[:, 0]), "y": steps(xy[:, 1])}


def steps(degrees: NDArray[np.float64]) -> list[int]:
    """Return degrees as steps, each the difference to the one before."""
    column: list[int] = np.diff(np.round(degrees * STEPS).astype(np.int64), prepend=0).tolist()
    return column
