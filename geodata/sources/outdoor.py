"""Outdoor workers: who is where in which hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.text import by_value, clean_text
from geodata.crs import STORAGE_CRS
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark
from geodata.sources.accuracy import read_accuracy
from geodata.sources.aliases import OUTDOOR
from geodata.sources.origin import origin_of
from geodata.sources.points import check_placeable, point_series, read_points
from geodata.sources.reading import Declared, finished, unique_ids
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geodata.provenance import Read

HOURS: Final = tuple(f"h{hour:02d}" for hour in range(24))
KINDS: Final = ("courier", "cleaner", "driver")
NO_POINT: Final = Reason(
    mark("no usable coordinates"), mark("give longitude and latitude in degrees")
)
BAD_HOUR: Final = Reason(
    mark("the number of people in an hour cannot be used"), mark("write a number of 0 or more")
)
NO_PEOPLE: Final = Reason(
    mark("nobody is there in any hour"), mark("delete the row, or give the numbers")
)
KIND_UNKNOWN: Final = Reason(
    mark("the kind of worker is not known"), mark("write courier, cleaner or driver")
)


def outdoor_kind(text: str) -> str:
    """Return courier, cleaner or driver for what a source calls a worker, ``""`` when unknown.

    Examples
    --------
    >>> [outdoor_kind(text) for text in ("外卖骑手", "环卫工人", "网约车司机", "courier", "?")]
    ['courier', 'cleaner', 'driver', 'courier', '']
    """
    lowered = text.lower()
    for kind, marks in (
        ("courier", ("骑手", "快递", "外卖", "配送", "送餐", "邮递", "投递", "courier", "rider")),
        ("cleaner", ("环卫", "保洁", "清扫", "清洁", "养护", "绿化", "cleaner", "sweeper")),
        ("driver", ("司机", "驾驶", "网约车", "出租", "货车", "卡车", "driver")),
    ):
        if any(sign in lowered for sign in marks):
            return kind
    return ""


def read_outdoor(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read outdoor workers by place and hour.

    Parameters
    ----------
    path
        Table or map file with coordinates, kind of worker and the columns ``h00`` to ``h23`` (people
        present in that hour; blank means none).
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        Columns of the layer ``outdoor``, EPSG:4326, by id.
    """
    import geopandas as gpd

    origin = origin_of(path)
    table = read_table(origin, OUTDOOR, needed=(("kind",), HOURS), columns=columns, sheet=sheet)
    check_placeable(table, origin.name, by_name=False)
    ledger = Ledger(table.source_row, table.sheet)
    located = read_points(table, ledger, datum)
    ledger.reject(~located.present, table.header("lon"), "", NO_POINT)
    kinds = clean_text(table.column("kind"))
    kind = by_value(kinds, outdoor_kind)
    ledger.reject(kind == "", table.header("kind"), kinds.fillna("").to_numpy(), KIND_UNKNOWN)
    people: dict[str, np.ndarray] = {}
    for hour in HOURS:
        cells = table.column(hour)
        numbers, unreadable, _mended = read_numbers(cells)
        ledger.reject(unreadable | (numbers < 0), table.header(hour), cells.to_numpy(), BAD_HOUR)
        people[hour] = np.where(np.isnan(numbers), 0.0, numbers)
    nobody = np.sum(list(people.values()), axis=0) <= 0
    ledger.reject(nobody, table.header("kind"), "", NO_PEOPLE)
    frame = gpd.GeoDataFrame(
        {
            "outdoor_id": unique_ids(table, ledger, "outdoor_id"),
            "kind": pd.Series(kind, dtype="str"),
            **people,
            "accuracy": pd.Series(read_accuracy(table, ledger), dtype="str"),
        },
        geometry=point_series(located),
        crs=STORAGE_CRS,
    )
    return finished(
        "outdoor",
        origin,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )
