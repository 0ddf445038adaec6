"""Boundaries: boroughs, street_towns and basic units, repaired and counted, EPSG:4326."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from geodata.cleaning.duplicates import earlier_with_same
from geodata.cleaning.text import clean_text
from geodata.crs import STORAGE_CRS
from geodata.datum import datum_named, to_wgs84
from geodata.errors import CrsError, EmptyLayerError, Fault, GeodataError
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark, translator
from geodata.sources.aliases import BOROUGHS, STREET_TOWNS, UNITS
from geodata.sources.maps import layer_names
from geodata.sources.origin import Database, Origin, origin_of
from geodata.sources.reading import Declared, finished, raise_together
from geodata.sources.tables import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.provenance import Read
    from geodata.sources.headers import Fields

_ = translator("geodata")

NO_AREA: Final = Reason(
    mark("the feature has no area"), mark("draw the polygon, or delete the feature")
)
REPAIRED_SHAPE: Final = Reason(
    mark("the polygon crossed or touched itself and was repaired"),
    mark("look at the shape in a GIS"),
)
STRAY_PARTS: Final = Reason(
    mark("lines and points beside the polygon were left out"), mark("save the polygons alone")
)
REPEATED_ID: Final = Reason(
    mark("the id stands in an earlier row; the row number was added to it"),
    mark("give every area its own code"),
)
REPEATED_AREA: Final = Reason(
    mark("the same area stands in an earlier row"), mark("delete one of them")
)
NO_ID: Final = Reason(
    mark("no id; the name or row number is used"), mark("give every area its code")
)

LAYERS: Final[dict[str, tuple[Fields, str]]] = {
    "boroughs": (BOROUGHS, "borough_id"),
    "street_towns": (STREET_TOWNS, "street_town_id"),
    "units": (UNITS, "unit_id"),
}
_SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "boroughs": ("boroughs", "borough", "区", "区界", "行政区", "区县", "district", "districts"),
    "street_towns": (
        "street_towns",
        "street_town",
        "街镇",
        "街镇界",
        "街道",
        "街道乡镇",
        "乡镇街道",
        "streets",
        "towns",
    ),
    "units": (
        "units",
        "unit",
        "居村",
        "居委",
        "居委会",
        "居村界",
        "社区",
        "网格",
        "committees",
        "cells",
    ),
}


@dataclass(frozen=True, eq=False)
class Boundaries:
    """The three levels of areas, each as it was read; a level the source lacks is None."""

    boroughs: Read | None
    street_towns: Read | None
    units: Read | None


def read_boundaries(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    street_towns: str | Path | None = None,
    units: str | Path | None = None,
    level: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Boundaries:
    """Read the areas of the city.

    Parameters
    ----------
    path
        A GeoPackage with the layers ``boroughs``, ``street_towns`` and ``units`` (or their Chinese
        names), a database with tables of these names, or a map file or table of one level.
    datum
        Datum of the coordinates where the file declares degrees.
    columns
        Our column name -> column in the file.
    street_towns, units
        Further files, where each level has its own.
    level
        What a file of one layer holds; by default its name or its columns tell, else ``boroughs``.
    owner, licence, as_of
        Kept in the records.

    Returns
    -------
    Boundaries
        Frames with id, ``name``, the parent's id or name where given, and MultiPolygons.

    Raises
    ------
    GeodataError
        With every fault of every level.
    """
    wanted = _levels(origin_of(path), level)
    for name, other in (("street_towns", street_towns), ("units", units)):
        if other is not None:
            wanted[name] = (origin_of(other), None)
    reads: dict[str, Read] = {}
    errors: list[GeodataError] = []
    for name, (file, layer) in wanted.items():
        try:
            reads[name] = _read_level(
                file,
                layer,
                name,
                datum=datum,
                columns=columns,
                declared=Declared(owner, licence, as_of),
            )
        except GeodataError as error:
            errors.append(error)
    raise_together(errors)
    return Boundaries(reads.get("boroughs"), reads.get("street_towns"), reads.get("units"))


def _levels(path: Origin, level: str | None) -> dict[str, tuple[Origin, str | None]]:
    """Return level -> file and layer."""
    from geodata.sources.grids import file_start

    if isinstance(path, Database):
        return _tables(path, level)
    start = file_start(path)
    if start.startswith(b"PAR1"):
        return {level or _level_of(path.stem) or "boroughs": (path, None)}
    names = layer_names(path)
    by_level = {found: (path, name) for name in names if (found := _level_of(name))}
    if by_level and level is None:
        return {name: by_level[name] for name in LAYERS if name in by_level}
    return {level or _level_of(path.stem) or "boroughs": (path, names[0] if names else None)}


def _tables(database: Database, level: str | None) -> dict[str, tuple[Origin, str | None]]:
    """Return level -> table of a database: the one named, else those whose names say their level."""
    from geodata.sources.remote.postgis import table_names

    if database.table is not None:
        named = _level_of(database.table.rpartition(".")[2])
        return {level or named or "boroughs": (database, None)}
    found: dict[str, tuple[Origin, str | None]] = {}
    for name in table_names(database):
        which = _level_of(name.rpartition(".")[2])
        if which is not None and which not in found:
            found[which] = (Database(database.address, name), None)
    if not found:
        fix = _("name its tables boroughs, street_towns and units, or name one after the address")
        raise GeodataError(Fault(_("no table looks like boundaries"), database.name, fix=fix))
    return {name: found[name] for name in LAYERS if name in found}


def _level_of(name: str) -> str | None:
    lowered = name.strip().lower()
    for level, spellings in _SPELLINGS.items():
        if lowered in spellings:
            return level
    return None


def _read_level(
    path: Origin,
    layer: str | None,
    level: str,
    *,
    datum: str,
    columns: Mapping[str, str] | None,
    declared: Declared,
) -> Read:
    fields, id_name = LAYERS[level]
    mapped = {name: header for name, header in (columns or {}).items() if name in fields}
    table = read_table(path, fields, needed=((id_name, "name"),), columns=mapped, layer=layer)
    where = f"{path.name} {level}"
    if table.geometry is None:
        raise GeodataError(
            Fault(
                _("the table has no shapes"),
                where=where,
                fix=_("give a GeoPackage, GeoJSON or Shapefile"),
            )
        )
    ledger = Ledger(table.source_row)
    shapes = _shapes(table, ledger, datum, where)
    frame = _frame(table, ledger, shapes, fields, id_name)
    if not ledger.alive.any():
        raise EmptyLayerError(Fault(_("no area is usable"), where=where, count=len(table.cells)))
    return finished(
        level, path, table, frame=frame, ledger=ledger, declared=declared, datum=datum, part=layer
    )


def _shapes(table: Table, ledger: Ledger, datum: str, where: str) -> NDArray[np.object_]:
    """Return MultiPolygons in EPSG:4326; rows without area are refused."""
    geometry = table.geometry
    if geometry is None:
        raise TypeError
    if geometry.crs is None:
        raise CrsError(
            Fault(
                _("the map file does not say its coordinate system"),
                where=where,
                fix=_("set it in a GIS, or add the .prj file"),
            )
        )
    if not geometry.crs.equals(STORAGE_CRS):
        geometry = geometry.to_crs(STORAGE_CRS)
    shapes = np.array(geometry.array, dtype=object)
    shapes[shapely.is_missing(shapes)] = shapely.MultiPolygon()
    polygons, strayed = polygons_of(shapes)
    broken = ~shapely.is_valid(polygons)
    polygons[broken] = polygons_of(shapely.make_valid(polygons[broken]))[0]
    names = clean_text(table.column("name")).fillna("").to_numpy(dtype=object)
    ledger.reject(shapely.area(polygons) == 0, "geometry", names, NO_AREA)
    ledger.repair(broken, "geometry", names, REPAIRED_SHAPE)
    ledger.repair(strayed, "geometry", names, STRAY_PARTS)
    if datum_named(datum) in {"gcj02", "bd09"}:
        polygons = shapely.transform(
            polygons, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum))
        )
    return np.asarray(polygons, dtype=object)


def polygons_of(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return the polygons of each shape as one MultiPolygon, and where other parts were left out."""
    kinds = shapely.get_type_id(shapes)
    flat = shapely.force_2d(shapes)
    answer = np.empty(len(shapes), dtype=object)
    strayed = np.zeros(len(shapes), dtype=bool)
    for place, (kind, shape) in enumerate(zip(kinds.tolist(), flat.tolist(), strict=True)):
        if kind == 6:
            answer[place] = shape
            continue
        parts = list(shapely.get_parts(shapely.get_parts(shape)))
        kept = [part for part in parts if shapely.get_type_id(part) == 3]
        strayed[place] = len(kept) < len(parts)
        answer[place] = shapely.multipolygons(kept) if kept else shapely.MultiPolygon()
    return answer, strayed


def _frame(
    table: Table, ledger: Ledger, shapes: NDArray[np.object_], fields: Fields, id_name: str
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    text = {name: clean_text(table.column(name)) for name in fields}
    given = text[id_name]
    rows = pd.Series([f"row-{row}" for row in table.source_row.tolist()], dtype="str")
    ids = given.fillna(text["name"]).fillna(rows)
    ledger.repair(given.isna().to_numpy(), table.header(id_name), "", NO_ID)
    keys = np.array(
        [shapely.to_wkb(shape).hex() for shape in shapely.normalize(shapes)], dtype=object
    )
    ledger.reject(earlier_with_same(keys, ledger.alive), "geometry", ids.to_numpy(), REPEATED_AREA)
    again = earlier_with_same(ids.to_numpy(dtype=object), ledger.alive)
    ledger.repair(again, table.header(id_name), ids.to_numpy(), REPEATED_ID)
    text[id_name] = ids.where(~again, ids + "-" + rows)
    text["name"] = text["name"].fillna(text[id_name])
    return gpd.GeoDataFrame(pd.DataFrame(text), geometry=shapes, crs=STORAGE_CRS)
