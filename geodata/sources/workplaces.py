"""Where the workers of headquarters, labour dispatch and construction firms really work (五(一))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.text import clean_text
from geodata.crs import STORAGE_CRS
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark
from geodata.sources.accuracy import read_accuracy
from geodata.sources.aliases import WORKPLACES
from geodata.sources.origin import origin_of
from geodata.sources.points import point_series, read_points
from geodata.sources.reading import Declared, finished, row_names
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geodata.provenance import Read

NO_ENTERPRISE: Final = Reason(
    mark("no enterprise is named"), mark("give the code or the name of the enterprise")
)
BAD_WORKERS: Final = Reason(
    mark("the number of workers cannot be used"), mark("write a whole number of 0 or more")
)
NO_PLACE: Final = Reason(
    mark("neither coordinates nor an enterprise that hosts the workers"),
    mark("give longitude and latitude, or the code or name of the host"),
)

UNKNOWN: Final = Reason(
    mark("the enterprise is not in the register, or its name is not unique"),
    mark("give the code as in the register"),
)
NO_HOST: Final = Reason(
    mark(
        "the host is not in the register, or its name is not unique, and there are no coordinates"
    ),
    mark("give the host's code as in the register, or coordinates"),
)
BEYOND: Final = Reason(
    mark("the workplace lies outside the study area; its workers stay at the office"),
    mark("correct the coordinates, or leave the row out"),
)


def read_workplaces(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read the table of workplaces: one row per enterprise and place.

    Parameters
    ----------
    path
        Table with ``enterprise_id`` (or ``enterprise_name``), ``workers``, and coordinates or ``host`` (code or name of the
        enterprise the workers are sent to, 用工单位); ``members``, ``workplace_id``, ``name`` and ``carrier_name`` where known.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``enterprise_id``, ``enterprise_name``, ``workplace_id``, ``name``, ``host``, ``workers`` (int64), ``members`` (float64, NaN where
        not given), ``carrier_name``, ``accuracy``, ``source_row``, and points in EPSG:4326, missing where only a host is given.
    """
    import geopandas as gpd

    origin = origin_of(path)
    needed = (("enterprise_id", "enterprise_name"), ("workers",), ("lon", "lonlat", "host"))
    table = read_table(origin, WORKPLACES, needed=needed, columns=columns, sheet=sheet)
    ledger = Ledger(table.source_row, table.sheet)
    names = ("enterprise_id", "enterprise_name", "workplace_id", "name", "host", "carrier_name")
    text = {name: clean_text(table.column(name)) for name in names}
    nameless = (text["enterprise_id"].isna() & text["enterprise_name"].isna()).to_numpy(bool)
    ledger.reject(nameless, table.header("enterprise_id"), "", NO_ENTERPRISE)
    cells = table.column("workers")
    workers, unreadable, _mended = read_numbers(cells)
    bad = unreadable | ~(workers >= 0) | (workers != np.rint(workers))
    ledger.reject(bad, table.header("workers"), cells.to_numpy(), BAD_WORKERS)
    members, unclear, _mended = read_numbers(table.column("members"))
    located = read_points(table, ledger, datum)
    nowhere = ~located.present & text["host"].isna().to_numpy(bool)
    ledger.reject(nowhere, table.header("lon"), "", NO_PLACE)
    frame = gpd.GeoDataFrame(
        {
            **{name: text[name] for name in names},
            "workplace_id": text["workplace_id"].fillna(row_names(table)),
            "workers": np.where(bad, 0, workers).astype(np.int64),
            "members": np.where(unclear, np.nan, members),
            "accuracy": pd.Series(read_accuracy(table, ledger), dtype="str"),
        },
        geometry=point_series(located),
        crs=STORAGE_CRS,
    )
    return finished(
        "workplaces",
        origin,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )
