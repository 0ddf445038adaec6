"""Sub-areas that districts had better keep whole: party-building areas, governance grids, park blocks (clause 一(一)).

They come as polygons with a name, or as a table that gives each basic unit its sub-area: a column of the units layer, say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from geodata.cleaning.duplicates import earlier_with_same
from geodata.cleaning.text import clean_text
from geodata.crs import STORAGE_CRS
from geodata.errors import Fault, MissingColumnError
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark, translator
from geodata.sources.aliases import SUB_AREAS
from geodata.sources.origin import origin_of
from geodata.sources.reading import Declared, finished
from geodata.sources.tables import read_table
from geodata.sources.zones import shapes_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geodata.provenance import Read

_ = translator("geodata")

NO_NAME: Final = Reason(
    mark("the sub-area has no name"), mark("give its name or number, or delete the row")
)
NO_SHAPE: Final = Reason(
    mark("the sub-area has no shape"), mark("draw the polygon, or delete the feature")
)
NO_UNIT: Final = Reason(
    mark("no basic unit is named"), mark("give the id of the unit, or delete the row")
)
REPEATED: Final = Reason(
    mark("the unit stands in an earlier row; that one counts"), mark("give every unit one sub-area")
)


def read_sub_areas(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read sub-areas.

    Parameters
    ----------
    path
        Map file of polygons with ``sub_area`` (name or number; several features may share it), or a table, or a map file,
        with ``unit_id`` and ``sub_area``: then a unit without one is in none.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`; ``sheet`` is the layer of a map file.

    Returns
    -------
    Read
        ``sub_area``, and either ``unit_id`` or MultiPolygons, EPSG:4326.

    Raises
    ------
    GeodataError
        When the file cannot be read, or has neither polygons nor a column of units.
    """
    import geopandas as gpd

    origin = origin_of(path)
    table = read_table(origin, SUB_AREAS, needed=(("sub_area",),), columns=columns, sheet=sheet)
    shapes = shapes_of(table, datum)
    by_unit = "unit_id" in table.cells
    if shapes is None and not by_unit:
        what = _("sub-areas have neither shapes nor a column of basic units")
        fix = _("give polygons, or a table with the columns unit_id and sub_area")
        raise MissingColumnError(Fault(what, origin.name, fix=fix))
    ledger = Ledger(table.source_row, table.sheet)
    names = clean_text(table.column("sub_area"))
    header = table.header("sub_area")
    if by_unit:
        units = clean_text(table.column("unit_id"))
        ledger.reject(units.isna().to_numpy(bool), table.header("unit_id"), "", NO_UNIT)
        again = earlier_with_same(units.fillna("").to_numpy(dtype=object), ledger.alive)
        ledger.reject(again, table.header("unit_id"), units.to_numpy(), REPEATED)
        frame = gpd.GeoDataFrame({"unit_id": units, "sub_area": names})
    else:
        ledger.reject(names.isna().to_numpy(bool), header, "", NO_NAME)
        ledger.reject(np.asarray(shapely.area(shapes) == 0), "geometry", names.to_numpy(), NO_SHAPE)
        frame = gpd.GeoDataFrame({"sub_area": names}, geometry=shapes, crs=STORAGE_CRS)
    return finished(
        "sub_areas",
        origin,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )
