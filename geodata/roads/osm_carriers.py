"""Buildings, malls, markets, parks and business quarters of an OpenStreetMap file, as footprints of carriers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from geodata.crs import STORAGE_CRS
from geodata.roads.osm_features import read_places
from geodata.roads.osm_file import checked_file, osmium_errors, unreadable

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

QUARTERS: Final[tuple[tuple[str, str, str], ...]] = (
    ("shop", "mall", "business_district"),
    ("shop", "department_store", "business_district"),
    ("amenity", "marketplace", "business_district"),
    ("landuse", "retail", "business_district"),
    ("landuse", "commercial", "complex"),
    ("landuse", "industrial", "park"),
    ("industrial", "*", "park"),
    ("office", "coworking", "building"),
)
"""Tags of an outline, or of a point in a building, that make it a carrier, and of which kind; the first that fits."""

NO_BUILDINGS: Final = ("no", "roof", "garage", "garages", "shed", "hut", "ruins", "construction")


def read_carrier_places(path: str | Path, crs: str) -> gpd.GeoDataFrame:
    """Read the footprints that enterprises may share.

    Every building outline, and the named outlines of `QUARTERS` (a park or business quarter nobody named is no carrier). A
    named mall, market or the like that the file holds as a point names the smallest building around it.

    Parameters
    ----------
    path
        OSM file.
    crs
        Projected CRS wanted.

    Returns
    -------
    GeoDataFrame
        ``place_id`` (``way/1`` or ``relation/1``), ``name`` (missing for most buildings), ``kind`` (``building``,
        ``business_district``, ``complex``, ``park``; missing where the name shall tell), polygons; by ``place_id``.
    """
    import geopandas as gpd
    import osmium
    import shapely

    keys = sorted({"building", *(key for key, _value, _kind in QUARTERS)})
    only: Any = osmium.filter.KeyFilter(*keys)
    file = checked_file(path)
    make = osmium.geom.WKBFactory().create_multipolygon
    rows: list[tuple[str, str | None, str | None]] = []
    shapes: list[Any] = []
    try:
        for item in osmium.FileProcessor(str(file)).with_areas(only).with_filter(only):
            area: Any = item
            if not area.is_area():
                continue
            name = next(
                (str(area.tags[k]).strip() for k in ("name:zh", "name") if k in area.tags), ""
            )
            kind = _kind(area.tags)
            if not (area.tags.get("building", "no") not in NO_BUILDINGS or (kind and name)):
                continue
            try:
                shapes.append(shapely.from_wkb(make(area)))
            except osmium_errors():  # an outline that does not close
                continue
            source = "way" if area.from_way() else "relation"
            rows.append((f"{source}/{area.orig_id()}", name or None, kind))
    except osmium_errors() as error:
        raise unreadable(file, error) from error
    frame = pd.DataFrame(rows, columns=["place_id", "name", "kind"]).astype("str")
    made = gpd.GeoDataFrame(frame, geometry=shapes, crs=STORAGE_CRS).to_crs(crs)
    made = made[made.geometry.area > 0].sort_values("place_id", kind="stable")
    return _named_by_points(made.reset_index(drop=True), path)


def _kind(tags: Any) -> str | None:
    for key, value, kind in QUARTERS:
        found = tags.get(key)
        if found is not None and (found == value or (value == "*" and found != "no")):
            return kind
    return None


def _named_by_points(places: gpd.GeoDataFrame, path: str | Path) -> gpd.GeoDataFrame:
    """Give the smallest nameless footprint around a named point of `QUARTERS` its name and kind."""
    import geopandas as gpd
    import shapely

    points = read_places(path, keys=tuple(dict.fromkeys(key for key, _v, _k in QUARTERS)))
    points = points[points["osm_id"].str.startswith("node/")]
    kind = [_kind({k: v}) for k, v in zip(points["key"], points["value"], strict=True)]
    points = points.assign(kind=pd.Series(kind, index=points.index, dtype="str")).dropna(
        subset="kind"
    )
    if points.empty or places.empty:
        return places
    xy = gpd.GeoSeries(gpd.points_from_xy(points["lon"], points["lat"]), crs=STORAGE_CRS)
    dots = np.asarray(xy.to_crs(places.crs).array, dtype=object)
    shapes: NDArray[np.object_] = np.asarray(places.geometry.array, dtype=object)
    dot, place = shapely.STRtree(shapes).query(dots, predicate="intersects")
    order = np.lexsort((place, shapely.area(shapes[place]), dot))
    smallest = order[np.unique(dot[order], return_index=True)[1]]
    dot, place = dot[smallest], place[smallest]
    name, what = places["name"].copy(), places["kind"].copy()
    # points come by id, so of several in one building the smallest id names it
    for spot, at in sorted(zip(dot.tolist(), place.tolist(), strict=True), reverse=True):
        if pd.isna(places["name"].iloc[at]):
            name.iloc[at], what.iloc[at] = points["name"].iloc[spot], points["kind"].iloc[spot]
    return places.assign(name=name, kind=what)
