"""Street_towns made to fit together: overlaps go to one of them, holes and slivers between them are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from geodata.layers.ledger import Reason
from geodata.messages import mark, translator

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers.ledger import Ledger

_ = translator("geodata")

OVERLAPPED: Final = Reason(
    mark("the street_town overlapped one that goes first and was cut"),
    mark("look at the border in a GIS, or give the column rank"),
)
SWALLOWED: Final = Reason(
    mark("street_towns that go first take all of its ground"),
    mark("look at the border in a GIS, or give the column rank"),
)
HOLE: Final = Reason(
    mark("a hole between street_towns was given to the one with the longest border to it"),
    mark("look at the hole in a GIS; draw water as part of a street_town"),
)
SLIVER: Final = Reason(
    mark("slivers along its borders, overlapping or bare, were put right"),
    mark("draw the shared border once"),
)
ZONE: Final = r"开发区|园区|保税区|高新区|新城|管委会|development zone|free trade"
"""Names of development zones, which go before the streets they overlap unless the column ``rank`` says otherwise."""
OVERLAP_M2: Final = 100.0
"""Overlaps and holes up to this area are slivers, and so are longer ones narrower than `SLIVER_M`."""
SLIVER_M: Final = 5.0
TOLERANCE_M2: Final = 1.0
STRIP_M: Final = 0.5
"""Strips narrower than this are put right without a word: projecting a border of different corners makes them."""
CLOSED_M: Final = 1.0
HOLE_MOST_M2: Final = 1_000_000.0
"""Largest hole that is closed where no borough says whether it is of the city."""


def fitted(
    frame: gpd.GeoDataFrame, ledger: Ledger, boroughs: gpd.GeoDataFrame | None
) -> tuple[NDArray[np.object_], list[str]]:
    """Return the street_towns' shapes without overlaps, holes and slivers, and notes on holes that stay.

    Where they overlap, the one with the smaller ``rank`` keeps the ground; without ranks a development zone does, then the
    smaller id. A hole enclosed by street_towns goes to the one with the longest border to it when it lies in a borough, or,
    where no boroughs are known, when it is at most `HOLE_MOST_M2`.

    Parameters
    ----------
    frame
        ``street_town_id``, ``name``, ``rank`` where given, in a projected CRS.
    ledger
        Account of their rows; cut, filled and swallowed ones are noted by name.
    boroughs
        The boroughs given, in the same CRS, or None.
    """
    shapes, slivers = _without_overlaps(frame, ledger)
    notes = _without_holes(frame, shapes, slivers, ledger, boroughs)
    ledger.repair(slivers > 0, "geometry", _told(frame, slivers), SLIVER)
    return shapes, notes


def _without_overlaps(
    frame: gpd.GeoDataFrame, ledger: Ledger
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Return the shapes after the ground of overlaps was given away, and the area of slivers each gave."""
    shapes = np.array(frame.geometry.array, dtype=object)
    place = _precedence(frame)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    later = place[a] > place[b]
    a, b = a[later], b[later]
    shared = np.asarray(shapely.intersection(shapes[a], shapes[b]), dtype=object)
    area = shapely.area(shared)
    over = area > TOLERANCE_M2
    a, b, shared, area = a[over], b[over], shared[over], area[over]
    whole = shapes.copy()
    for row in np.unique(a):
        shapes[row] = multi(shapely.difference(whole[row], shapely.union_all(whole[b[a == row]])))
    thin = _thin(shared)
    count = len(frame)
    lost = np.bincount(a[~thin], weights=area[~thin], minlength=count)
    told = thin & ~_hairline(shared)
    slivers = np.bincount(a[told], weights=area[told], minlength=count)
    cut = np.bincount(a, minlength=count) > 0
    gone = cut & (shapely.area(shapes) <= OVERLAP_M2)
    ledger.repair((lost > 0) & ~gone, "geometry", _told(frame, lost), OVERLAPPED)
    ledger.reject(gone, "geometry", _told(frame, lost + slivers), SWALLOWED)
    return shapes, np.where(gone, 0.0, slivers)


def _precedence(frame: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return each street_town's place in the order in which they keep disputed ground."""
    ids = frame["street_town_id"].astype(str).to_numpy(dtype=object)
    zone = frame["name"].astype(str).str.contains(ZONE, case=False, regex=True)
    given = pd.Series(np.nan, index=frame.index)
    if "rank" in frame:
        given = pd.to_numeric(pd.Series(frame["rank"], dtype="str"), errors="coerce")
    rank = given.fillna(zone.map({True: 0.0, False: 1.0})).to_numpy(float)
    place = np.empty(len(frame), dtype=np.int64)
    place[np.lexsort((ids, rank))] = np.arange(len(frame))
    return place


def _without_holes(
    frame: gpd.GeoDataFrame,
    shapes: NDArray[np.object_],
    slivers: NDArray[np.float64],
    ledger: Ledger,
    boroughs: gpd.GeoDataFrame | None,
) -> list[str]:
    """Close the holes between the shapes, in place; return notes on those that stay."""
    alive = np.flatnonzero(ledger.alive)
    pieces = _holes(shapes[alive])
    if not len(pieces):
        return []
    thin, area = _thin(pieces), shapely.area(pieces)
    inside = area <= HOLE_MOST_M2
    if boroughs is not None:
        tree = shapely.STRtree(np.asarray(boroughs.geometry.array, dtype=object))
        inside = np.zeros(len(pieces), dtype=bool)
        inside[tree.query(shapely.point_on_surface(pieces), predicate="intersects")[0]] = True
    ids = frame["street_town_id"].astype(str).to_numpy(dtype=object)
    order = alive[np.argsort(ids[alive].astype(str), kind="stable")]
    filled = np.zeros(len(frame))
    for piece, narrow, hair, size in zip(
        pieces[thin | inside],
        thin[thin | inside],
        _hairline(pieces)[thin | inside],
        area[thin | inside],
        strict=True,
    ):
        border = shapely.length(shapely.intersection(piece, shapes[order]))
        best = order[int(np.argmax(np.round(border, 2)))]
        shapes[best] = multi(shapely.union(shapes[best], piece))
        if not hair:
            (slivers if narrow else filled)[best] += size
    ledger.repair(filled > 0, "geometry", _told(frame, filled), HOLE)
    left = area[~thin & ~inside]
    if not len(left):
        return []
    told = _("{count} holes between street_towns stay, the largest of {area} km2: no borough claims them")  # fmt: skip
    return [told.format(count=len(left), area=f"{left.max() / 1e6:,.2f}")]


def _holes(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the ground that shapes enclose and none of them has."""
    union = shapely.union_all(shapes)
    # Two sides of one border with different corners leave hairlines; through them a hole may be open to the outside.
    closed = shapely.buffer(union, CLOSED_M, join_style="mitre")
    around = [*_enclosed(union), *shapely.buffer(_enclosed(closed), CLOSED_M, join_style="mitre")]
    bare = shapely.difference(shapely.union_all(around), union)
    parts = np.asarray(shapely.get_parts(bare), dtype=object)
    return parts[shapely.area(parts) > TOLERANCE_M2]


def _enclosed(shape: shapely.Geometry) -> list[shapely.Polygon]:
    return [shapely.Polygon(ring) for part in shapely.get_parts(shape) for ring in part.interiors]


def _thin(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which overlaps or holes are slivers: small, or narrower than `SLIVER_M`."""
    area = shapely.area(shapes)
    return np.asarray((area <= OVERLAP_M2) | (2.0 * area <= SLIVER_M * shapely.length(shapes)))


def _hairline(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.asarray(2.0 * shapely.area(shapes) <= STRIP_M * shapely.length(shapes))


def _told(frame: gpd.GeoDataFrame, area: NDArray[Any]) -> NDArray[np.object_]:
    """Return name and area of each row."""
    names = frame["name"].astype(str)
    texts = [f"{name}: {size:.0f} m2" for name, size in zip(names, area, strict=True)]
    return np.array(texts, dtype=object)


def multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return the polygons of a shape."""
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon)]
    return shapely.MultiPolygon(parts)
