"""Platform workers: people who work for a platform and for no enterprise of the register, by where they gather (一(四))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.text import clean_text
from geodata.crs import STORAGE_CRS
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark
from geodata.sources.accuracy import read_accuracy
from geodata.sources.aliases import PLATFORM_WORKERS
from geodata.sources.counts import read_members, read_workers
from geodata.sources.origin import origin_of
from geodata.sources.points import check_placeable, point_series, read_points
from geodata.sources.reading import Declared, finished, unique_ids
from geodata.sources.sites import NO_POINT
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geodata.provenance import Read

NOBODY: Final = Reason(
    mark("no platform worker is there"), mark("delete the row, or give the number of people")
)


def read_platform_workers(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read where platform workers gather: delivery stations, ranks, yards.

    Parameters
    ----------
    path
        Table or map file with coordinates and ``workers``; ``place_id``, ``platform`` and ``members`` (union members among
        them) where known.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``place_id``, ``platform`` (empty where not given), ``workers`` (int64, over 0), ``members`` (int64, at most the
        workers), ``accuracy``, ``source_row``, and points in EPSG:4326.
    """
    import geopandas as gpd

    origin = origin_of(path)
    table = read_table(
        origin, PLATFORM_WORKERS, needed=(("workers",),), columns=columns, sheet=sheet
    )
    check_placeable(table, origin.name, by_name=False)
    ledger = Ledger(table.source_row, table.sheet)
    located = read_points(table, ledger, datum)
    ledger.reject(~located.present, table.header("lon"), "", NO_POINT)
    workers = read_workers(table, ledger)
    ledger.reject(np.asarray(workers == 0), table.header("workers"), "", NOBODY)
    frame = gpd.GeoDataFrame(
        {
            "place_id": unique_ids(table, ledger, "place_id"),
            "platform": clean_text(table.column("platform")).fillna(""),
            "workers": workers,
            "members": read_members(table, ledger, workers),
            "accuracy": pd.Series(read_accuracy(table, ledger), dtype="str"),
        },
        geometry=point_series(located),
        crs=STORAGE_CRS,
    )
    return finished(
        "platform_workers",
        origin,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )
