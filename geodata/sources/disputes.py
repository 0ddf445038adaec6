"""Labour disputes: where, what about, since when, settled or not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.dates import date_of
from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.text import by_value, clean_text
from geodata.crs import STORAGE_CRS
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark
from geodata.sources.accuracy import read_accuracy
from geodata.sources.aliases import DISPUTES
from geodata.sources.column_values import DATE_UNKNOWN, FLAG_UNKNOWN, yes_or_no
from geodata.sources.points import check_placeable, point_series, read_points
from geodata.sources.reading import Declared, finished, unique_ids
from geodata.sources.sites import NO_POINT
from geodata.sources.tables import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geodata.provenance import Read
    from geodata.sources.origin import Origin

KIND_UNKNOWN: Final = Reason(
    mark("what the dispute is about is not known; counted as other"),
    mark("write wages, contract, injury, dismissal or other"),
)
PEOPLE_UNUSABLE: Final = Reason(
    mark("the number of people in a dispute cannot be used; counted as one"),
    mark("write a whole number of 1 or more"),
)
_KINDS: Final = (
    ("wages", r"薪|工资|报酬|加班费|wage|pay"),
    ("injury", r"工伤|伤害|职业病|injury"),
    ("dismissal", r"解除|辞退|开除|终止|裁员|dismissal"),
    ("contract", r"合同|社保|保险|休假|contract"),
    ("other", r"其他|其它|other"),
)


def dispute_kind(text: str) -> str:
    """Return what a dispute is about, ``""`` when unknown.

    Examples
    --------
    >>> [dispute_kind(text) for text in ("拖欠工资", "工伤待遇", "解除劳动关系", "?")]
    ['wages', 'injury', 'dismissal', '']
    """
    return next((kind for kind, pattern in _KINDS if re.search(pattern, text, re.IGNORECASE)), "")


def read_disputes(
    path: Origin | str,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read labour disputes as points.

    Parameters
    ----------
    path
        Table or map file with coordinates; what a dispute is about, its date, whether it is settled and how many
        people it concerns may be absent.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        Columns of the layer ``disputes``, EPSG:4326. One that does not say so is taken as open.
    """
    import geopandas as gpd

    path = Path(path) if isinstance(path, str) else path
    table = read_table(path, DISPUTES, needed=(), columns=columns, sheet=sheet)
    check_placeable(table, path.name, by_name=False)
    ledger = Ledger(table.source_row, table.sheet)
    located = read_points(table, ledger, datum)
    ledger.reject(~located.present, table.header("lon"), "", NO_POINT)
    kinds = clean_text(table.column("kind"))
    kind = by_value(kinds, dispute_kind)
    ledger.repair(
        kinds.notna().to_numpy() & (kind == ""),
        table.header("kind"),
        kinds.to_numpy(),
        KIND_UNKNOWN,
    )
    frame = gpd.GeoDataFrame(
        {
            "dispute_id": unique_ids(table, ledger, "dispute_id"),
            "kind": pd.Series(np.where(kind == "", "other", kind), dtype="str"),
            "opened": _opened(table, ledger),
            "settled": _settled(table, ledger),
            "workers": _people(table, ledger),
            "accuracy": pd.Series(read_accuracy(table, ledger), dtype="str"),
        },
        geometry=point_series(located),
        crs=STORAGE_CRS,
    )
    return finished(
        "disputes",
        path,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )


def _opened(table: Table, ledger: Ledger) -> pd.Series:
    texts = clean_text(table.column("opened"))
    days = by_value(texts, lambda text: date_of(text) if text else None)
    unclear = texts.notna().to_numpy() & np.array([day is None for day in days], dtype=bool)
    ledger.repair(unclear, table.header("opened"), texts.to_numpy(), DATE_UNKNOWN)
    return pd.Series(pd.to_datetime(pd.Series(days, dtype=object))).astype("datetime64[s]")


def _settled(table: Table, ledger: Ledger) -> pd.Series:
    texts = clean_text(table.column("settled"))
    said = by_value(texts, lambda text: yes_or_no(text) if text else None)
    unclear = texts.notna().to_numpy() & np.array([one is None for one in said], dtype=bool)
    ledger.repair(unclear, table.header("settled"), texts.to_numpy(), FLAG_UNKNOWN)
    return pd.Series([bool(one) for one in said], dtype="bool")


def _people(table: Table, ledger: Ledger) -> pd.Series:
    cells = table.column("workers")
    numbers, unreadable, _mended = read_numbers(cells)
    bad = unreadable | (numbers < 1)
    ledger.repair(bad, table.header("workers"), cells.to_numpy(), PEOPLE_UNUSABLE)
    whole = np.rint(np.where(bad | np.isnan(numbers), 1.0, numbers)).astype(np.int64)
    return pd.Series(whole)
