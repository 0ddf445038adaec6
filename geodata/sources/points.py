"""Coordinates of a table: which columns, which datum, and where they cannot be used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.text import clean_text
from geodata.crs import STORAGE_CRS, unproject
from geodata.datum import datum_named, to_wgs84
from geodata.errors import Fault, MissingColumnError
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark, translator

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.sources.tables import Table

_ = translator("geodata")

NO_NUMBER: Final = Reason(
    mark("the coordinate is not a number"), mark("write longitude and latitude in degrees")
)
NOT_ON_EARTH: Final = Reason(
    mark("the coordinates are not degrees of longitude and latitude"),
    mark("check the columns and declare the coordinate system of the source"),
)
SWAPPED: Final = Reason(
    mark("longitude and latitude were swapped and put right"), mark("swap the two cells")
)
UNKNOWN_DATUM: Final = Reason(
    mark("the row names a coordinate system that is not known; that of the source was used"),
    mark("write WGS84, GCJ02, BD09 or CGCS2000"),
)
_PAIR: Final = re.compile(r"^\(?\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*\)?$")
_GRID: Final = re.compile(r"^EPSG:\d{4,6}$", re.IGNORECASE)


def grid_named(text: str) -> str | None:
    """Return the projected grid a declaration names as ``EPSG:<number>``, or None.

    Examples
    --------
    >>> grid_named("epsg:4549"), grid_named("EPSG:4326"), grid_named("EPSG:999999")
    ('EPSG:4549', None, None)
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    name = text.strip().upper()
    if not _GRID.match(name):
        return None
    try:
        return name if CRS.from_user_input(name).is_projected else None
    except CRSError:
        return None


@dataclass(frozen=True, eq=False)
class Located:
    """Degrees of WGS 84 per row; NaN where a row has no usable coordinates."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Rows that have coordinates."""
        return np.isfinite(self.lon) & np.isfinite(self.lat)


def read_points(table: Table, ledger: Ledger, datum: str) -> Located:
    """Read the coordinates of a table as WGS 84.

    Unreadable and impossible coordinates are noted in the ledger as repairs: the row may still be
    placed by name. Swapped ones are put right where only one order is possible in China.

    Parameters
    ----------
    table
        Cells, with the columns ``lon`` and ``lat``, or ``lonlat``, or shapes.
    ledger
        Where mended rows are noted.
    datum
        Declared datum of the source, or ``EPSG:<number>`` of a projected grid.
    """
    if table.geometry is not None and "lon" not in table.cells:
        located, degrees = _from_shapes(table.geometry)
        return _by_datum(located, table, ledger, datum) if degrees else located
    x, y = _two_columns(table, ledger)
    if _GRID.match(datum) and datum_named(datum) is None:
        lon, lat = _from_grid(x, y, datum)
        return _on_earth(lon, lat, table, ledger)
    zero = (x == 0) & (y == 0)
    x, y = np.where(zero, np.nan, x), np.where(zero, np.nan, y)
    swapped = (np.abs(y) > 90) & (np.abs(y) <= 180) & (np.abs(x) <= 90)
    ledger.repair(swapped, table.header("lon"), x, SWAPPED)
    x, y = np.where(swapped, y, x), np.where(swapped, x, y)
    located = _on_earth(x, y, table, ledger)
    return _by_datum(located, table, ledger, datum)


def _two_columns(table: Table, ledger: Ledger) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if "lon" not in table.cells and "lonlat" in table.cells:
        pairs = clean_text(table.column("lonlat"))
        found = [_PAIR.match(text) if isinstance(text, str) else None for text in pairs]
        bad = pairs.notna().to_numpy() & np.array([match is None for match in found])
        ledger.repair(bad, table.header("lonlat"), pairs.to_numpy(), NO_NUMBER)
        values = np.array([(float(m[1]), float(m[2])) if m else (np.nan, np.nan) for m in found])
        values = values.reshape(-1, 2)
        return values[:, 0], values[:, 1]
    columns = []
    for name in ("lon", "lat"):
        cells = table.column(name)
        numbers, unreadable, _mended = read_numbers(cells)
        ledger.repair(unreadable, table.header(name), cells.to_numpy(), NO_NUMBER)
        columns.append(numbers)
    return columns[0], columns[1]


def _on_earth(
    lon: NDArray[np.float64], lat: NDArray[np.float64], table: Table, ledger: Ledger
) -> Located:
    wrong = (np.abs(lon) > 180) | (np.abs(lat) > 90) | np.isinf(lon) | np.isinf(lat)
    pairs = np.array(
        [f"{a:g}, {b:g}" for a, b in zip(lon[wrong], lat[wrong], strict=True)], dtype=object
    )
    values = np.full(len(lon), "", dtype=object)
    values[wrong] = pairs
    ledger.repair(wrong, table.header("lon"), values, NOT_ON_EARTH)
    return Located(np.where(wrong, np.nan, lon), np.where(wrong, np.nan, lat))


def _from_grid(
    x: NDArray[np.float64], y: NDArray[np.float64], crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn metres of a grid into degrees; Chinese surveys call the northing X, so both orders are tried."""
    here = unproject(x, y, crs)
    there = unproject(y, x, crs)
    inside_here, inside_there = _inside(crs, *here), _inside(crs, *there)
    return there if inside_there > inside_here else here


def _inside(crs: str, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> int:
    from pyproj import CRS

    area = CRS.from_user_input(crs).area_of_use
    if area is None:
        return 0
    margin = 3.0
    inside = (lon >= area.west - margin) & (lon <= area.east + margin)
    return int((inside & (lat >= area.south - margin) & (lat <= area.north + margin)).sum())


def _by_datum(located: Located, table: Table, ledger: Ledger, datum: str) -> Located:
    if "datum" not in table.cells:
        return Located(*to_wgs84(located.lon, located.lat, datum))
    texts = clean_text(table.column("datum"))
    known = {text: datum_named(text) for text in texts.dropna().unique()}
    named = texts.map(known)
    unknown = texts.notna().to_numpy() & named.isna().to_numpy()
    ledger.repair(unknown, table.header("datum"), texts.to_numpy(), UNKNOWN_DATUM)
    names = named.astype(object).where(named.notna(), datum).to_numpy()
    lon, lat = located.lon.copy(), located.lat.copy()
    for name in sorted(set(names.tolist())):
        where = names == name
        lon[where], lat[where] = to_wgs84(lon[where], lat[where], name)
    return Located(lon, lat)


def _from_shapes(geometry: gpd.GeoSeries) -> tuple[Located, bool]:
    """Return a point in each shape, and whether the file's CRS is degrees that a datum may shift."""
    import shapely

    degrees = geometry.crs is None or geometry.crs.to_epsg() in {4326, 4490}
    if not degrees:
        geometry = geometry.to_crs(STORAGE_CRS)
    shapes = np.asarray(geometry.array, dtype=object)
    is_point = shapely.get_type_id(shapes) == 0
    shapes = np.where(is_point, shapes, shapely.point_on_surface(shapes))
    return Located(shapely.get_x(shapes), shapely.get_y(shapes)), degrees


def check_placeable(table: Table, where: str, *, by_name: bool = True) -> None:
    """Raise when no row can be placed: neither coordinates nor, where that is allowed, a name of a place.

    Raises
    ------
    MissingColumnError
        With the headers that were not read, because one of them may be meant.
    """
    if table.geometry is not None or {"lon", "lat"} <= set(table.cells) or "lonlat" in table.cells:
        return
    names = {"committee_name", "street_town_name", "address", "registered_address", "carrier_name"}
    names |= {"committee_code", "street_town_code", "division_code"}
    if by_name and names & set(table.cells):
        return
    raise MissingColumnError(
        Fault(
            _("no coordinates: there is no column for longitude and latitude"),
            where=where,
            count=len(table.cells),
            examples=table.matched.unread,
            fix=_(
                "add the columns 经度 and 纬度, or name them in the mapping block as lon and lat"
            ),
        )
    )


def point_series(located: Located) -> gpd.GeoSeries:
    """Return the points as a GeoSeries in EPSG:4326; None where a row has none."""
    import geopandas as gpd
    import shapely

    points = np.asarray(shapely.points(located.lon, located.lat), dtype=object)
    points[~located.present] = None
    return gpd.GeoSeries(points, crs=STORAGE_CRS)
