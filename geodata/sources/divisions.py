"""The user's dated table of administrative codes, with former names and successors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from geodata.cleaning.dates import date_of
from geodata.cleaning.text import by_value, clean_text
from geodata.crs import STORAGE_CRS
from geodata.layers.division_codes import bare_code
from geodata.layers.divisions import COLUMNS
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark
from geodata.sources.aliases import DIVISIONS
from geodata.sources.origin import origin_of
from geodata.sources.reading import Declared, finished
from geodata.sources.tables import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from geodata.provenance import Read

NO_CODE: Final = Reason(
    mark("the code does not have 6, 9 or 12 digits"),
    mark("give the code of the borough, street_town or committee"),
)
NO_NAME: Final = Reason(mark("no name"), mark("give the name that went with the code"))
BAD_DATE: Final = Reason(
    mark("the date cannot be read; the row holds without it"), mark("write it as 2024-06-30")
)
BAD_SUCCESSOR: Final = Reason(
    mark("the successor is no code; left out"), mark("give the code that took its place")
)


def read_divisions(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read a dated table of administrative codes.

    Parameters
    ----------
    path
        Table with ``code`` and ``name``, and where it has them ``former_name``, ``valid_from``, ``valid_to`` (the first
        day it holds no longer) and ``successor``. Borough, street_town and committee are told by the code's length.
    columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        Columns of :class:`geodata.layers.divisions.Divisions`; no row has a shape.
    """
    origin = origin_of(path)
    table = read_table(
        origin, DIVISIONS, needed=(("code",), ("name",)), columns=columns, sheet=sheet
    )
    ledger = Ledger(table.source_row, table.sheet)
    code = _codes(table, "code")
    name = clean_text(table.column("name"))
    ledger.reject((code == "").to_numpy(), table.header("code"), _said(table, "code"), NO_CODE)
    ledger.reject(name.isna().to_numpy(), table.header("name"), "", NO_NAME)
    after = _codes(table, "successor")
    wrong = (after == "") & clean_text(table.column("successor")).notna()
    ledger.repair(
        wrong.to_numpy(), table.header("successor"), _said(table, "successor"), BAD_SUCCESSOR
    )
    frame = pd.DataFrame(
        {
            "code": code,
            "name": name,
            "former_name": clean_text(table.column("former_name")),
            "valid_from": _dates(table, ledger, "valid_from"),
            "valid_to": _dates(table, ledger, "valid_to"),
            "successor": after.where(after != ""),
        }
    )
    shapes = gpd.GeoSeries([None] * len(frame), crs=STORAGE_CRS)
    return finished(
        "divisions",
        origin,
        table,
        frame=gpd.GeoDataFrame(frame[list(COLUMNS)], geometry=shapes),
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum="",
    )


def _codes(table: Table, name: str) -> pd.Series:
    texts = clean_text(table.column(name))
    return pd.Series(by_value(texts, bare_code), dtype="str")


def _said(table: Table, name: str) -> NDArray[np.object_]:
    return table.column(name).to_numpy()


def _dates(table: Table, ledger: Ledger, name: str) -> pd.Series:
    texts = clean_text(table.column(name))
    found = by_value(texts, lambda text: (day := date_of(text)) and day.isoformat())
    dates = pd.Series(found, dtype=object)
    bad = texts.notna() & dates.isna()
    ledger.repair(bad.to_numpy(), table.header(name), texts.to_numpy(), BAD_DATE)
    return pd.Series(dates.where(dates.notna(), None), dtype="str")
