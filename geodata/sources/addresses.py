"""The user's table of buildings and addresses with coordinates, by which rows without any are placed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from geodata.cleaning.text import clean_text
from geodata.crs import STORAGE_CRS
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark
from geodata.sources.accuracy import read_accuracy
from geodata.sources.aliases import ADDRESSES
from geodata.sources.origin import origin_of
from geodata.sources.points import check_placeable, point_series, read_points
from geodata.sources.reading import Declared, finished
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geodata.provenance import Read

NO_POINT: Final = Reason(
    mark("no usable coordinates"), mark("give longitude and latitude in degrees")
)
NO_KEY: Final = Reason(
    mark("neither a building's name nor an address"), mark("give the name or the address")
)
COARSE: Final = Reason(
    mark("placed no better than by its street, so it cannot place others"),
    mark("give the coordinates of the building"),
)


def read_addresses(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read a table of buildings and addresses.

    Parameters
    ----------
    path
        Table or map file with a building's name, an address, or both, and coordinates.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``name`` and ``address`` (nullable), ``accuracy``, points in EPSG:4326.
    """
    origin = origin_of(path)
    table = read_table(
        origin, ADDRESSES, needed=(("name", "address"),), columns=columns, sheet=sheet
    )
    check_placeable(table, origin.name, by_name=False)
    ledger = Ledger(table.source_row, table.sheet)
    located = read_points(table, ledger, datum)
    name, address = clean_text(table.column("name")), clean_text(table.column("address"))
    ledger.reject(~located.present, table.header("lon"), "", NO_POINT)
    ledger.reject((name.isna() & address.isna()).to_numpy(), table.header("address"), "", NO_KEY)
    accuracy = pd.Series(read_accuracy(table, ledger), dtype="str")
    coarse = ~accuracy.isin(["exact", "building"]).to_numpy()
    ledger.reject(coarse, table.header("accuracy"), accuracy.to_numpy(), COARSE)
    frame = gpd.GeoDataFrame(
        {"name": name, "address": address, "accuracy": accuracy},
        geometry=point_series(located),
        crs=STORAGE_CRS,
    )
    return finished(
        "addresses",
        origin,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )
