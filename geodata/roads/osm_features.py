"""Named places, buildings, water, parks and lines of an OpenStreetMap file, for samples, candidate sites and maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.crs import STORAGE_CRS
from geodata.errors import Fault, MissingColumnError
from geodata.messages import translator
from geodata.roads.osm_file import checked_file, osmium_errors, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "AREA_TAGS",
    "LINE_TAGS",
    "PLACE_KEYS",
    "read_areas",
    "read_buildings",
    "read_lines",
    "read_places",
    "read_water_barriers",
]

_ = translator("geodata")

PLACE_KEYS = (
    "shop",
    "office",
    "amenity",
    "craft",
    "healthcare",
    "industrial",
    "tourism",
    "leisure",
)
"""Keys that make a place, in order: the first one set names what it is."""

AREA_TAGS: dict[str, tuple[tuple[str, str], ...]] = {
    "water": (
        ("natural", "water"), ("waterway", "riverbank"), ("waterway", "dock"),
        ("landuse", "reservoir"), ("landuse", "basin"), ("natural", "bay"),
    ),
    "park": (
        ("leisure", "park"), ("leisure", "garden"), ("leisure", "nature_reserve"), ("landuse", "forest"),
        ("landuse", "grass"), ("landuse", "recreation_ground"), ("landuse", "cemetery"), ("natural", "wood"),
    ),
    "building": (("building", "*"),),
}  # fmt: skip
"""Tags that make each kind of area; ``*`` stands for any value but ``no``."""

LINE_TAGS: dict[str, tuple[tuple[str, str], ...]] = {
    "waterway": (("waterway", "river"), ("waterway", "canal"), ("waterway", "stream")),
    "river": (("waterway", "river"), ("waterway", "canal")),
    "coastline": (("natural", "coastline"),),
    "rail": (("railway", "rail"), ("railway", "light_rail"), ("railway", "narrow_gauge")),
    "railway": (
        ("railway", "rail"),
        ("railway", "subway"),
        ("railway", "light_rail"),
        ("railway", "tram"),
    ),
    "road": (("highway", "*"),),
    "main_road": (
        ("highway", "trunk"),
        ("highway", "primary"),
        ("highway", "secondary"),
        ("highway", "tertiary"),
    ),
}
"""Tags that make each kind of line."""

_NAMES = ("name:zh", "name", "name:en")


def read_places(
    path: str | Path, *, keys: Sequence[str] = PLACE_KEYS, named: bool = True
) -> pd.DataFrame:
    """Read shops, offices, schools, banks and other places, from points and outlines.

    Parameters
    ----------
    path
        OSM file.
    keys
        Keys that make a place, in order of preference.
    named
        Whether places without a name are left out.

    Returns
    -------
    DataFrame
        ``osm_id`` (str, ``node/1`` or ``way/1``), ``key``, ``value``, ``name`` (``""`` when it has none; Chinese
        first), ``lon``, ``lat`` (the middle of an outline), sorted by ``osm_id``. Relations are left out.

    Raises
    ------
    InputMissingError, InputFormatError, EmptyLayerError
        No file, not an OSM file, an empty one. A file without places gives no rows.
    """
    rows = []
    for item in _objects(path, keys, ways=True):
        tags = item.tags
        name = _name(tags)
        if named and not name:
            continue
        key = next((k for k in keys if tags.get(k) not in (None, "no")), None)
        spot = _middle(item)
        if key is not None and spot is not None:
            rows.append((_reference(item), key, tags.get(key), name, *spot))
    return _frame(rows, ["osm_id", "key", "value", "name", "lon", "lat"])


def read_buildings(path: str | Path) -> pd.DataFrame:
    """Read the middle, footprint, floors and name of every building outline.

    Returns
    -------
    DataFrame
        ``osm_id``, ``value`` (of the tag), ``name``, ``lon``, ``lat``, ``footprint_m2``, ``levels`` (floors, NaN where
        the file does not say), sorted by ``osm_id``.
    """
    rows = []
    for item in _objects(path, ("building",), ways=True):
        value = item.tags.get("building")
        if item.is_node() or value in (None, "no") or not item.is_closed():
            continue
        spot = _middle(item)
        if spot is not None:
            size = (_footprint(item), _levels(item.tags))
            rows.append((_reference(item), value, _name(item.tags), *spot, *size))
    return _frame(rows, ["osm_id", "value", "name", "lon", "lat", "footprint_m2", "levels"])


def read_areas(path: str | Path, kinds: Sequence[str] = ("water", "park")) -> gpd.GeoDataFrame:
    """Read polygons of water, parks or buildings, multipolygon relations included.

    Parameters
    ----------
    path
        OSM file.
    kinds
        Any of `AREA_TAGS`.

    Returns
    -------
    GeoDataFrame
        ``osm_id`` (``way/1`` or ``relation/1``), ``kind``, ``name``, ``geometry`` MultiPolygon in the storage CRS,
        sorted by ``kind`` and ``osm_id``. Outlines that the file holds only in part are left out.
    """
    import osmium
    import shapely

    wanted = _wanted(kinds, AREA_TAGS)
    only: Any = osmium.filter.KeyFilter(
        *sorted({key for tags in wanted.values() for key, _v in tags})
    )
    file = checked_file(path)
    make = osmium.geom.WKBFactory().create_multipolygon
    rows, shapes = [], []
    try:
        for item in osmium.FileProcessor(str(file)).with_areas(only).with_filter(only):
            area: Any = item
            kind = _kind(area.tags, wanted) if area.is_area() else None
            if kind is None:
                continue
            source = "way" if area.from_way() else "relation"
            try:
                shapes.append(shapely.from_wkb(make(area)))
            except osmium_errors():  # an outline that does not close
                continue
            rows.append((f"{source}/{area.orig_id()}", kind, _name(area.tags)))
    except osmium_errors() as error:
        raise unreadable(file, error) from error
    return _geoframe(rows, shapes)


def read_lines(
    path: str | Path, kinds: Sequence[str] = ("waterway", "coastline")
) -> gpd.GeoDataFrame:
    """Read lines: waterways, coast, railways or roads, for a map or as barriers to access.

    Parameters
    ----------
    path
        OSM file.
    kinds
        Any of `LINE_TAGS`.

    Returns
    -------
    GeoDataFrame
        ``osm_id``, ``kind``, ``name``, ``geometry`` LineString in the storage CRS, sorted by ``kind``, ``osm_id``.
    """
    import shapely

    wanted = _wanted(kinds, LINE_TAGS)
    keys = sorted({key for tags in wanted.values() for key, _v in tags})
    rows, shapes = [], []
    for item in _objects(path, keys, ways=True):
        kind = None if item.is_node() else _kind(item.tags, wanted)
        if kind in ("river", "rail") and item.tags.get("tunnel", "no") != "no":
            continue  # a culvert or a railway below ground is no obstacle
        spots = [] if kind is None else _spots(item)
        if kind is not None and len(spots) > 1:
            rows.append((_reference(item), kind, _name(item.tags)))
            shapes.append(shapely.LineString(spots))
    return _geoframe(rows, shapes)


def read_water_barriers(path: str | Path, crs: str) -> NDArray[np.object_]:
    """Read the water that nobody walks across: shores of lakes and rivers, lines of rivers and canals, coast.

    Parameters
    ----------
    path
        OSM file.
    crs
        CRS wanted, that of the road network.

    Returns
    -------
    object array
        Shapely lines, for ``barriers`` of `geodata.roads.snap`; streams are left out, for one steps over them.
    """
    import shapely

    shores = read_areas(path, ("water",)).to_crs(crs).geometry.boundary
    lines = read_lines(path, ("river", "coastline")).to_crs(crs).geometry
    parts = np.concatenate([np.asarray(shores.array), np.asarray(lines.array)])
    return np.asarray(shapely.get_parts(parts), dtype=object)


def _objects(path: str | Path, keys: Iterable[str], *, ways: bool) -> Iterator[Any]:
    import osmium
    from osmium.osm import NODE, WAY

    file = checked_file(path)
    only: Any = osmium.filter.KeyFilter(*keys)
    processor = osmium.FileProcessor(str(file), NODE | WAY if ways else NODE)
    try:
        yield from processor.with_locations("flex_mem").with_filter(only)
    except osmium_errors() as error:
        raise unreadable(file, error) from error


def _wanted(
    kinds: Sequence[str], known: dict[str, tuple[tuple[str, str], ...]]
) -> dict[str, tuple[tuple[str, str], ...]]:
    unknown = sorted(set(kinds) - set(known))
    if unknown or not kinds:
        raise MissingColumnError(
            Fault(
                _("there is no such kind of feature"),
                count=max(len(unknown), 1),
                examples=unknown,
                fix=_("Kinds are: {known}").format(known=", ".join(sorted(known))),
            )
        )
    return {kind: known[kind] for kind in kinds}


def _kind(tags: Any, wanted: dict[str, tuple[tuple[str, str], ...]]) -> str | None:
    for kind, pairs in wanted.items():
        for key, value in pairs:
            found = tags.get(key)
            if found is not None and (found == value or (value == "*" and found != "no")):
                return kind
    return None


def _name(tags: Any) -> str:
    return next((str(tags[key]).strip() for key in _NAMES if key in tags), "")


def _reference(item: Any) -> str:
    return f"{'node' if item.is_node() else 'way'}/{item.id}"


def _spots(way: Any) -> list[tuple[float, float]]:
    return [(node.lon, node.lat) for node in way.nodes if node.location.valid()]


def _middle(item: Any) -> tuple[float, float] | None:
    if item.is_node():
        place = item.location
        return (place.lon, place.lat) if place.valid() else None
    import shapely

    spots = _spots(item)
    if not spots:
        return None
    if item.is_closed() and len(spots) >= 4:
        centre = shapely.Polygon(spots).centroid
        if not centre.is_empty:
            return centre.x, centre.y
    middle = np.mean(np.array(spots), axis=0)
    return float(middle[0]), float(middle[1])


def _footprint(way: Any) -> float:
    spots = np.array(_spots(way))
    if len(spots) < 4:
        return 0.0
    # A building is small: degrees to metres at its own latitude, then the shoelace formula.
    x = (spots[:, 0] - spots[0, 0]) * 111_320.0 * np.cos(np.radians(spots[0, 1]))
    y = (spots[:, 1] - spots[0, 1]) * 110_940.0
    return round(abs(float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))) / 2, 1)


def _levels(tags: Any) -> float:
    """Return the floors a building says it has, NaN when it does not or says no number of 1 to 200."""
    try:
        levels = float(tags.get("building:levels") or "nan")
    except ValueError:
        return float("nan")
    return levels if 1 <= levels <= 200 else float("nan")


def _frame(rows: list[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=columns)
    text = [c for c in columns if c not in ("lon", "lat", "footprint_m2", "levels")]
    kinds = dict.fromkeys(text, "str") | {c: "float64" for c in columns if c not in text}
    return frame.astype(kinds).sort_values("osm_id", kind="stable").reset_index(drop=True)


def _geoframe(rows: list[tuple[str, str, str]], shapes: list[Any]) -> gpd.GeoDataFrame:
    import geopandas as gpd

    frame = _frame(rows, ["osm_id", "kind", "name"])
    where = {row[:2]: k for k, row in enumerate(rows)}
    geometry = [shapes[where[pair]] for pair in zip(frame["osm_id"], frame["kind"], strict=True)]
    made = gpd.GeoDataFrame(frame, geometry=geometry, crs=STORAGE_CRS)
    return made.sort_values(["kind", "osm_id"], kind="stable").reset_index(drop=True)
