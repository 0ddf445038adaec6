"""Zones that a table of counts refers to by their id: traffic zones, grid cells, anything drawn as polygons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from geodata.cleaning.duplicates import earlier_with_same
from geodata.cleaning.text import clean_text
from geodata.crs import STORAGE_CRS
from geodata.datum import datum_named, to_wgs84
from geodata.errors import EmptyLayerError, Fault
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark, translator
from geodata.sources.boundaries import polygons_of
from geodata.sources.reading import Declared, finished
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geodata.provenance import Read
    from geodata.sources.tables import Table

_ = translator("geodata")

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    # The sign of a traffic zone is what counts are keyed on; its running number is not.
    "zone_id": (
        "sign", "zone_id", "小区编号", "交通小区", "网格编号", "区域编号", "编号", "代码", "code", "name", "名称", "id",
    ),
}  # fmt: skip
NO_ID: Final = Reason(mark("the zone has no id"), mark("give the id that the counts refer to"))
NO_SHAPE: Final = Reason(
    mark("the zone has no shape"), mark("draw the polygon, or delete the feature")
)
REPEATED: Final = Reason(
    mark("another zone has the same id; the earlier one counts"), mark("give every zone its own id")
)


def read_zones(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read zones.

    Parameters
    ----------
    path
        Map file of polygons with an id.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``zone_id`` and MultiPolygons, EPSG:4326.

    Raises
    ------
    GeodataError
        When the file cannot be read or has no shapes.
    """
    import geopandas as gpd

    path = Path(path)
    table = read_table(path, FIELDS, needed=(("zone_id",),), columns=columns, sheet=sheet)
    shapes = shapes_of(table, datum)
    if shapes is None:
        fix = _("give a GeoPackage, GeoJSON or Shapefile")
        raise EmptyLayerError(Fault(_("the table has no shapes"), path.name, fix=fix))
    ledger = Ledger(table.source_row, table.sheet)
    ids = clean_text(table.column("zone_id"))
    header = table.header("zone_id")
    ledger.reject(ids.isna().to_numpy(), header, "", NO_ID)
    ledger.reject(shapely.area(shapes) == 0, "geometry", ids.to_numpy(), NO_SHAPE)
    again = earlier_with_same(ids.fillna("").to_numpy(dtype=object), ledger.alive)
    ledger.reject(again, header, ids.to_numpy(), REPEATED)
    return finished(
        "zones",
        path,
        table,
        frame=gpd.GeoDataFrame({"zone_id": ids}, geometry=shapes, crs=STORAGE_CRS),
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )


def shapes_of(table: Table, datum: str) -> NDArray[np.object_] | None:
    """Return the polygons of a map file, made valid, EPSG:4326, empty where a feature has none; None for a plain table."""
    if table.geometry is None:
        return None
    geometry = table.geometry
    if geometry.crs is not None and not geometry.crs.equals(STORAGE_CRS):
        geometry = geometry.to_crs(STORAGE_CRS)
    shapes = np.array(geometry.array, dtype=object)
    shapes[shapely.is_missing(shapes)] = shapely.MultiPolygon()
    shapes, _strayed = polygons_of(shapely.make_valid(shapes))
    if datum_named(datum) in {"gcj02", "bd09"}:
        shapes = shapely.transform(
            shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum))
        )
    return shapes
