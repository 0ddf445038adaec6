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
from geodata.sources.counts import MOST_WORKERS
from geodata.sources.days import read_days
from geodata.sources.origin import origin_of
from geodata.sources.points import point_series, read_points
from geodata.sources.reading import Declared, finished, row_names
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from geodata.provenance import Read
    from geodata.sources.tables import Table

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

MEMBERS_UNREADABLE: Final = Reason(
    mark("the number of members cannot be used; members follow the workers"),
    mark("write a whole number of 0 or more, or leave the cell empty"),
)
MEMBERS_ABOVE: Final = Reason(
    mark("more members than workers at the workplace; members follow the workers"),
    mark("correct one of the two numbers"),
)
DATE_UNREADABLE: Final = Reason(
    mark("the date cannot be read; the row counts as if it were empty"), mark("write 2026-06-30")
)
DATES_CROSSED: Final = Reason(
    mark("it ends before it begins; its workers stay at the office"), mark("correct the dates")
)
NOT_IN_FORCE: Final = Reason(
    mark("it had ended, or not begun, on the day of the register; its workers stay at the office"),
    mark("delete the row, or correct its dates"),
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
TWO_ENTERPRISES: Final = Reason(
    mark("the code is of one enterprise of the register and the name of another"),
    mark("correct the code or the name"),
)
HOST_ELSEWHERE: Final = Reason(
    mark("the host stands more than 1,000 m from the coordinates; the coordinates count"),
    mark("correct the host or the coordinates"),
)
SAME_PLACE: Final = Reason(
    mark("an earlier row sends workers of this enterprise to the same place; both count"),
    mark("delete the row if it is the same people"),
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
        enterprise the workers are sent to, 用工单位); ``members``, ``workplace_id``, ``name``, ``carrier_name``, ``begins`` and
        ``ends`` (days, inclusive) where known.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        ``enterprise_id``, ``enterprise_name``, ``workplace_id``, ``name``, ``host``, ``workers`` (int64), ``members`` (float64, NaN where
        not given), ``carrier_name``, ``begins``, ``ends`` (YYYY-MM-DD, missing where not given), ``accuracy``, ``source_row``, and
        points in EPSG:4326, missing where only a host is given.
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
    bad = unreadable | ~((workers >= 0) & (workers <= MOST_WORKERS))
    bad |= workers != np.rint(workers)
    ledger.reject(bad, table.header("workers"), cells.to_numpy(), BAD_WORKERS)
    begins = read_days(table, ledger, "begins", DATE_UNREADABLE)
    ends = read_days(table, ledger, "ends", DATE_UNREADABLE)
    crossed = (ends < begins).to_numpy(bool)
    ledger.reject(crossed, table.header("ends"), ends.to_numpy(), DATES_CROSSED)
    members = _members(table, ledger, workers)
    located = read_points(table, ledger, datum)
    nowhere = ~located.present & text["host"].isna().to_numpy(bool)
    ledger.reject(nowhere, table.header("lon"), "", NO_PLACE)
    frame = gpd.GeoDataFrame(
        {
            **{name: text[name] for name in names},
            "workplace_id": text["workplace_id"].fillna(row_names(table)),
            "workers": np.where(bad, 0, workers).astype(np.int64),
            "members": members,
            "begins": begins,
            "ends": ends,
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


def _members(table: Table, ledger: Ledger, workers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the members the rows give, NaN where they give none or none that can be."""
    cells = table.column("members")
    members, unreadable, _mended = read_numbers(cells)
    bad = unreadable | (members < 0) | (np.isfinite(members) & (members != np.rint(members)))
    ledger.repair(bad, table.header("members"), cells.to_numpy(), MEMBERS_UNREADABLE)
    above = ~bad & (members > workers)
    ledger.repair(above, table.header("members"), cells.to_numpy(), MEMBERS_ABOVE)
    return np.where(bad | above, np.nan, members)
