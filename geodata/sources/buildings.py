"""Buildings with their floor area, which workers are spread over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from geodata.cleaning.numerals import read_numbers
from geodata.crs import STORAGE_CRS, project
from geodata.datum import datum_named, to_wgs84
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark
from geodata.roads import read_buildings as read_osm_buildings
from geodata.sources.aliases import PLACES, REGISTER
from geodata.sources.points import check_placeable, point_series, read_points
from geodata.sources.reading import Declared, finished, unique_ids
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from geodata.provenance import Read

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "building_id": ("编号", "建筑编号", "building_id", "id", "fid"),
    "floors": ("层数", "地上层数", "楼层", "floor", "floors", "levels", "building:levels"),
    "floor_area_m2": ("建筑面积", "面积", "总建筑面积", "floor_area_m2", "floor_area", "gfa"),
    **{name: REGISTER[name] for name in PLACES},
}
NO_AREA: Final = Reason(
    mark("neither a floor area nor an outline"), mark("give the floor area in square metres")
)
NO_POINT: Final = Reason(
    mark("no usable coordinates"), mark("give longitude and latitude in degrees")
)
HOMES: Final = (
    "residential", "house", "apartments", "detached", "semidetached_house", "terrace", "bungalow", "garage", "garages",
    "shed", "roof", "greenhouse", "ruins", "construction",
)  # fmt: skip
"""Values of OSM's ``building`` in which next to nobody is employed."""


def read_buildings(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read buildings with a floor area, or with outlines and floors.

    Parameters
    ----------
    path
        A map file of outlines, or a table of points with floor areas.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``building_id``, ``floor_area_m2`` (as given, else the outline's area times its floors, 1 where nobody says) and a
        point inside each, EPSG:4326.
    """
    import geopandas as gpd

    path = Path(path)
    table = read_table(path, FIELDS, columns=columns, sheet=sheet)
    check_placeable(table, path.name, by_name=False)
    ledger = Ledger(table.source_row, table.sheet)
    numbers = {name: read_numbers(table.column(name))[0] for name in ("floors", "floor_area_m2")}
    floors = np.where(numbers["floors"] >= 1, numbers["floors"], 1.0)
    area = np.full(len(table.cells), np.nan)
    outline = (
        table.geometry is not None and (shapely.get_dimensions(table.geometry.array) > 1).any()
    )
    if table.geometry is not None and outline:
        degrees = table.geometry.to_crs(STORAGE_CRS) if table.geometry.crs else table.geometry
        shapes = np.asarray(degrees.array, dtype=object)
        # Areas are taken in an equal-area cylinder of the middle latitude: right to a thousandth in a city.
        area = shapely.area(shapes) * _m2_per_degree2(shapes) * floors
        spots = np.asarray(shapely.point_on_surface(shapes), dtype=object)
        if datum_named(datum) in {"gcj02", "bd09"}:
            lon, lat = to_wgs84(shapely.get_x(spots), shapely.get_y(spots), datum)
            spots = np.asarray(shapely.points(lon, lat), dtype=object)
        ledger.reject(shapely.is_missing(spots), "geometry", "", NO_POINT)
    else:
        located = read_points(table, ledger, datum)
        ledger.reject(~located.present, table.header("lon"), "", NO_POINT)
        spots = np.asarray(point_series(located).array, dtype=object)
    given = numbers["floor_area_m2"]
    area = np.where(given > 0, given, area)
    ledger.reject(~(np.nan_to_num(area) > 0), table.header("floor_area_m2"), "", NO_AREA)
    frame = gpd.GeoDataFrame(
        {"building_id": unique_ids(table, ledger, "building_id"), "floor_area_m2": area},
        geometry=spots,
        crs=STORAGE_CRS,
    )
    return finished(
        "buildings",
        path,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )


def _m2_per_degree2(shapes: np.ndarray) -> float:
    bounds = shapely.total_bounds(shapes)
    latitude = np.radians((bounds[1] + bounds[3]) / 2)
    return float(111_320.0 * np.cos(latitude) * 110_940.0)


def osm_buildings(path: Path, crs: str) -> gpd.GeoDataFrame:
    """Return the buildings of an OSM file people may work in, with their floor area.

    Parameters
    ----------
    path
        OSM road file.
    crs
        Projected working CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        ``building_id``, ``floor_area_m2`` (footprint times floors, 1 where the file does not say) and points in ``crs``.
    """
    import geopandas as gpd

    table = read_osm_buildings(path)
    table = table[~table["value"].isin(HOMES) & (table["footprint_m2"] > 0)]
    x, y = project(table["lon"].to_numpy(), table["lat"].to_numpy(), crs)
    return gpd.GeoDataFrame(
        {
            "building_id": table["osm_id"].to_numpy(),
            "floor_area_m2": (table["footprint_m2"] * table["levels"].fillna(1.0)).to_numpy(),
        },
        geometry=gpd.points_from_xy(x, y),
        crs=crs,
    )
