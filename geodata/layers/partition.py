"""Basic units made to partition their street_town: beyond it, over each other, or short of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from geodata.layers.ledger import Reason
from geodata.messages import mark

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers.ledger import Ledger

TOLERANCE_M2: Final = 1.0
STRIP_M: Final = 0.5
BEYOND: Final = Reason(
    mark("the unit reached beyond its street_town and was cut"), mark("look at the border in a GIS")
)
OVERLAPPING: Final = Reason(
    mark("the unit overlapped one of a lower id and was cut"), mark("look at the border in a GIS")
)
FILLED: Final = Reason(
    mark("ground of the street_town that no unit had was given to the unit"),
    mark("look at the gaps in a GIS"),
)
NOTHING_LEFT: Final = Reason(
    mark("the unit lies outside its street_town or under other units"),
    mark("check its code and shape"),
)


def partition(
    units: gpd.GeoDataFrame, street_towns: gpd.GeoDataFrame, ledger: Ledger
) -> NDArray[np.object_]:
    """Return the units' shapes so that those of a street_town cover it and do not overlap.

    Differences under a square metre stay, and strips less than half a metre wide are put right without
    a word: projecting a border whose two sides have different corners makes them. Ground that no unit has goes, piece by piece, to the unit
    with the longest border to it, or the nearest one.

    Parameters
    ----------
    units
        Frame in a projected CRS with ``unit_id`` and ``street_town_id``.
    street_towns
        Frame in the same CRS.
    ledger
        Account of the units' rows; cut and filled ones are noted, empty ones refused.
    """
    shapes = np.array(units.geometry.array, dtype=object)
    towns = dict(zip(street_towns["street_town_id"], street_towns.geometry, strict=True))
    changed = {reason.text: np.zeros(len(units)) for reason in (BEYOND, OVERLAPPING, FILLED)}
    ids = units["unit_id"].to_numpy(dtype=object)
    for town, rows in units.groupby("street_town_id", sort=True).indices.items():
        order = rows[np.argsort(ids[rows].astype(str), kind="stable")]
        _clip(shapes, order, towns[town], changed[BEYOND.text])
        _without_overlaps(shapes, order, changed[OVERLAPPING.text])
        _fill(shapes, order, towns[town], changed[FILLED.text])
    shapes = np.array([_polygons(shape) for shape in shapes], dtype=object)
    ledger.reject(shapely.area(shapes) <= TOLERANCE_M2, "geometry", ids, NOTHING_LEFT)
    for reason in (BEYOND, OVERLAPPING, FILLED):
        areas = changed[reason.text]
        values = np.array([f"{area:.0f} m2" if area else "" for area in areas], dtype=object)
        ledger.repair(areas > 0, "geometry", values, reason)
    return shapes


def _clip(
    shapes: NDArray[np.object_],
    order: NDArray[np.intp],
    town: shapely.Geometry,
    changed: NDArray[np.float64],
) -> None:
    shapely.prepare(town)
    for row in order[~shapely.covers(town, shapes[order])].tolist():
        inside = shapely.intersection(shapes[row], town)
        lost = shapely.area(shapes[row]) - shapely.area(inside)
        if lost > TOLERANCE_M2:
            changed[row] = _wide(shapely.difference(shapes[row], town))
            shapes[row] = inside


def _without_overlaps(
    shapes: NDArray[np.object_], order: NDArray[np.intp], changed: NDArray[np.float64]
) -> None:
    tree = shapely.STRtree(shapes[order])
    first, second = tree.query(shapes[order], predicate="intersects")
    for lower, upper in sorted(
        {(a, b) for a, b in zip(first.tolist(), second.tolist(), strict=True) if a < b}
    ):
        kept, cut = order[lower], order[upper]
        shared = shapely.intersection(shapes[kept], shapes[cut])
        if shapely.area(shared) > TOLERANCE_M2:
            shapes[cut] = shapely.difference(shapes[cut], shapes[kept])
            changed[cut] += _wide(shared)


def _fill(
    shapes: NDArray[np.object_],
    order: NDArray[np.intp],
    town: shapely.Geometry,
    changed: NDArray[np.float64],
) -> None:
    gap = shapely.difference(town, shapely.union_all(shapes[order]))
    if shapely.area(gap) <= TOLERANCE_M2:
        return
    for piece in shapely.get_parts(gap):
        if shapely.area(piece) <= TOLERANCE_M2:
            continue
        shared = shapely.length(shapely.intersection(piece, shapes[order]))
        away = shapely.distance(piece, shapes[order])
        best = order[int(np.lexsort((np.arange(len(order)), away, -shared))[0])]
        shapes[best] = shapely.union(shapes[best], piece)
        changed[best] += _wide(piece)


def _wide(shape: shapely.Geometry) -> float:
    """Return the area of the parts that are no mere strips, square metres."""
    parts = shapely.get_parts(shape)
    areas = shapely.area(parts)
    return float(areas[2.0 * areas > STRIP_M * shapely.length(parts)].sum())


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return the polygons of a shape; cutting leaves lines and points where borders only touch."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([part for part in parts if isinstance(part, shapely.Polygon)])
