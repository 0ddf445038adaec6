"""Dasymetric spreading: workers of cells, zones and points moved to the buildings or roads inside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

REACH: Final = 0.75
"""How far a point's workers are spread, in spacings of its grid: a little beyond the corner of its own cell."""
OWN: Final = "source"
"""How workers are placed that no target took: at their cell's, zone's or point's own place."""


@dataclass(frozen=True, eq=False)
class Targets:
    """Where workers may be put.

    Parameters
    ----------
    how
        What they are: ``building`` or ``road``.
    xy
        float64, shape (targets, 2), metres.
    weights
        Floor area or length; a target of no weight takes nobody.
    """

    how: str
    xy: NDArray[np.float64]
    weights: NDArray[np.float64]


def spread(density: gpd.GeoDataFrame, targets: Sequence[Targets]) -> gpd.GeoDataFrame:
    """Spread every source's workers over the targets inside it, in proportion to their weights.

    A zone or cell takes the targets inside it (of overlapping ones the first in order), a point those nearer to it than to
    any other point and within `REACH` times the spacing of the points. Sources without a target in the first kind are spread
    over the next, and what is left stays at its own place. Nobody is made or lost.

    Parameters
    ----------
    density
        ``density_id``, ``workers`` and polygons or points, in a projected CRS.
    targets
        Kinds of targets in order of preference.

    Returns
    -------
    geopandas.GeoDataFrame
        ``density_id``, ``workers``, ``how`` and points in the same CRS, sources in their order.
    """
    import geopandas as gpd

    shapes = np.asarray(density.geometry.array, dtype=object)
    workers = density["workers"].to_numpy(np.float64)
    waiting = np.ones(len(shapes), dtype=bool)
    parts: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], str]] = []
    for kind in targets:
        usable = kind.weights > 0
        xy, weights = kind.xy[usable], kind.weights[usable]
        source = _source_of(xy, shapes)
        taken = (source >= 0) & waiting[np.maximum(source, 0)]
        source, xy, weights = source[taken], xy[taken], weights[taken]
        total = np.bincount(source, weights, len(shapes))
        parts.append((source, xy, workers[source] * weights / total[source], kind.how))
        waiting &= total == 0
    rest = np.flatnonzero(waiting)
    own = shapely.point_on_surface(shapes[rest])
    at = np.column_stack([shapely.get_x(own), shapely.get_y(own)])
    parts.append((rest, at, workers[rest], OWN))
    source = np.concatenate([part[0] for part in parts])
    xy = np.concatenate([part[1] for part in parts])
    order = np.argsort(source, kind="stable")
    table = {
        "density_id": density["density_id"].to_numpy()[source[order]],
        "workers": np.concatenate([part[2] for part in parts])[order],
        "how": np.concatenate([np.full(len(p[0]), p[3], dtype=object) for p in parts])[order],
    }
    return gpd.GeoDataFrame(table, geometry=shapely.points(xy[order]), crs=density.crs)


def _source_of(xy: NDArray[np.float64], shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the source each target belongs to, -1 for none."""
    answer = np.full(len(xy), -1, dtype=np.int64)
    if not len(xy):
        return answer
    flat = shapely.get_dimensions(shapes) < 2
    points = np.flatnonzero(flat)
    if len(points):
        answer = _nearest(xy, shapes, points)
    zones = np.flatnonzero(~flat)
    if len(zones):
        spots = shapely.points(xy)
        target, zone = shapely.STRtree(shapes[zones]).query(spots, predicate="intersects")
        order = np.lexsort((zone, target))[::-1]
        # Written in falling order, so that the first zone of each target is written last.
        answer[target[order]] = zones[zone[order]]
    return answer


def _nearest(
    xy: NDArray[np.float64], shapes: NDArray[np.object_], points: NDArray[np.int64]
) -> NDArray[np.int64]:
    from scipy.spatial import cKDTree

    at = np.column_stack([shapely.get_x(shapes[points]), shapely.get_y(shapes[points])])
    tree = cKDTree(at)
    away, near = tree.query(xy)
    return np.where(away <= REACH * spacing_m(at), points[near], -1)


def spacing_m(xy: NDArray[np.float64]) -> float:
    """Return the spacing of points: the median distance to the nearest other one; 500 m for a single point."""
    from scipy.spatial import cKDTree

    if len(xy) < 2:
        return 500.0
    away = np.asarray(cKDTree(xy).query(xy, k=2)[0])[:, 1]
    apart = away[away > 0]
    return float(np.median(apart)) if len(apart) else 500.0


def road_targets(lines: gpd.GeoDataFrame, step_m: float = 50.0, *, how: str = "road") -> Targets:
    """Return points along roads, one per stretch of at most ``step_m``, weighted by its length.

    Parameters
    ----------
    lines
        Roads in a projected CRS.
    step_m
        Longest stretch, metres.
    how
        What the targets are called.
    """
    shapes = np.asarray(lines.geometry.array, dtype=object)
    length = shapely.length(shapes)
    pieces = np.maximum(np.ceil(length / step_m), 1).astype(np.int64)
    line = np.repeat(np.arange(len(shapes)), pieces)
    first = np.cumsum(pieces) - pieces
    place = (np.arange(len(line)) - first[line] + 0.5) / pieces[line]
    spots = shapely.line_interpolate_point(shapes[line], place, normalized=True)
    xy = np.column_stack([shapely.get_x(spots), shapely.get_y(spots)])
    return Targets(how, xy.reshape(-1, 2), (length / pieces)[line])


def building_targets(buildings: gpd.GeoDataFrame) -> Targets:
    """Return one point per building, weighted by its floor area (``floor_area_m2``)."""
    points = shapely.point_on_surface(np.asarray(buildings.geometry.array, dtype=object))
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    area = pd.to_numeric(buildings["floor_area_m2"]).fillna(0.0).to_numpy(np.float64)
    return Targets("building", xy.reshape(-1, 2), area)
