"""Positions of outdoor workers over the day (GPS): times and places, without the persons."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.text import by_value, clean_text
from geodata.crs import STORAGE_CRS
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark, translator
from geodata.sources.aliases import REGISTER
from geodata.sources.origin import origin_of
from geodata.sources.outdoor import KIND_UNKNOWN, NO_POINT, outdoor_kind
from geodata.sources.points import check_placeable, point_series, read_points
from geodata.sources.reading import Declared, finished
from geodata.sources.tables import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from geodata.provenance import Read

_ = translator("geodata")

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "time": ("时间", "定位时间", "采集时间", "上报时间", "时间戳", "timestamp", "time", "datetime", "gps_time", "ts"),
    "person": (
        "骑手编号", "骑手id", "人员编号", "人员id", "设备号", "设备编号", "车牌号", "车牌", "rider_id", "courier_id", "user_id",
        "person_id", "driver_id", "device_id", "imei", "uid",
    ),
    "kind": ("工种", "类型", "职业", "人员类型", "kind", "type"),
    **{name: REGISTER[name] for name in ("lon", "lat", "lonlat", "datum")},
}  # fmt: skip
BAD_TIME: Final = Reason(
    mark("the time cannot be read"), mark("write it as 2025-06-30 08:15:00, or as seconds since 1970")
)  # fmt: skip
_CLOCK: Final = re.compile(
    r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*(\d{1,2})[:时](\d{1,2})?(?:[:分](\d{1,2})?)?(?:[.,]\d+)?秒?\s*(Z|[+-]\d{2}:?\d{2})?$"
)
_EXCEL: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's day 0 has no zone


def time_of(cell: object, offset_h: float) -> tuple[str, int] | None:
    """Return day and hour of a time in local clock, or None.

    Parameters
    ----------
    cell
        A date with time, an ISO text, seconds or milliseconds since 1970, or a spreadsheet's day number.
    offset_h
        Hours of local time ahead of UTC; a time without a zone is local already.

    Examples
    --------
    >>> time_of("2025/6/30 8:15", 8), time_of("2025-06-30T23:30:00Z", 8), time_of(1751242500, 8), time_of("上午", 8)
    (('2025-06-30', 8), ('2025-07-01', 7), ('2025-06-30', 8), None)
    """
    local = timezone(timedelta(hours=offset_h))
    if isinstance(cell, datetime):
        moment = cell if cell.tzinfo is None else cell.astimezone(local)
        return (f"{moment:%Y-%m-%d}", moment.hour) if not pd.isna(cell) else None
    text = str(cell).strip() if cell is not None else ""
    try:
        if re.fullmatch(r"\d{10}(\.\d+)?|\d{13}", text):
            seconds = float(text) / (1000 if len(text) == 13 else 1)
            moment = datetime.fromtimestamp(seconds, local)
        elif re.fullmatch(r"\d{5}\.\d+", text):
            moment = _EXCEL + timedelta(days=float(text), seconds=0.5)
        else:
            moment = _written(text, local)
    except (ValueError, OverflowError, OSError):
        return None
    return f"{moment:%Y-%m-%d}", moment.hour


def _written(text: str, local: timezone) -> datetime:
    found = _CLOCK.match(text)
    if not found:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    moment = datetime(year, month, day, hour, minute, second, tzinfo=local)
    if not found[7]:
        return moment
    zone = found[7].replace(":", "")
    sign = -1 if zone[0] == "-" else 1
    ahead = 0 if zone == "Z" else sign * (int(zone[1:3]) * 60 + int(zone[3:5]))
    return (moment.replace(tzinfo=UTC) - timedelta(minutes=ahead)).astimezone(local)


def read_samples(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    kind: str | None = None,
    utc_offset_h: float = 8.0,
    samples_an_hour: float = 1.0,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read positions, each with what it counts for; persons are told apart while reading and left at the door.

    A person of whom there are n positions within an hour of a day counts 1/n at each of them, so that in each hour
    everybody who was out counts once; and everything is divided by the days there are positions of.

    Parameters
    ----------
    path
        Table with a time, coordinates, and where there are any a person's or device's number and a kind.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.
    kind
        Kind of all rows, where the file has no column for it.
    utc_offset_h
        Hours of local time ahead of UTC, for times that name a zone or count seconds.
    samples_an_hour
        Positions of one person within an hour, where no column tells persons apart.

    Returns
    -------
    Read
        ``kind``, ``hour`` (0 to 23), ``people`` (float) and points, EPSG:4326; no person.
    """
    import geopandas as gpd

    origin = origin_of(path)
    needed = (("time",), ("kind", "time") if kind else ("kind",))
    table = read_table(origin, FIELDS, needed=needed, columns=columns, sheet=sheet)
    check_placeable(table, origin.name, by_name=False)
    ledger = Ledger(table.source_row, table.sheet)
    located = read_points(table, ledger, datum)
    ledger.reject(~located.present, table.header("lon"), "", NO_POINT)
    kinds = clean_text(table.column("kind"))
    said = np.asarray(by_value(kinds, outdoor_kind), dtype=object)
    said = np.where((said == "") & kinds.isna().to_numpy(), kind or "", said)
    ledger.reject(said == "", table.header("kind"), kinds.fillna("").to_numpy(), KIND_UNKNOWN)
    cells = table.column("time")
    times = [time_of(cell, utc_offset_h) for cell in cells]
    unread = np.array([one is None for one in times], dtype=bool)
    ledger.reject(unread, table.header("time"), cells.astype(str).to_numpy(), BAD_TIME)
    day = np.array(["" if one is None else one[0] for one in times], dtype=object)
    hour = np.array([-1 if one is None else one[1] for one in times], dtype=np.int64)
    keys = pd.DataFrame({"kind": said, "day": np.where(ledger.alive, day, ""), "hour": hour})
    people = _weights(table, keys, samples_an_hour)
    frame = gpd.GeoDataFrame(
        {"kind": pd.Series(said, dtype="str"), "hour": hour, "people": people},
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


def _weights(table: Table, keys: pd.DataFrame, samples_an_hour: float) -> NDArray[np.float64]:
    """Return what each position counts for: people present in its hour of an average day; those without a day nothing."""
    usable = (keys["day"] != "").to_numpy()
    days = max(keys.loc[usable, "day"].nunique(), 1)
    if "person" not in table.cells:
        return np.where(usable, 1.0 / samples_an_hour / days, 0.0)
    person = clean_text(table.column("person")).fillna("").to_numpy(dtype=object)
    held = keys.assign(person=person)[usable]
    size = held.groupby(["person", "kind", "day", "hour"])["hour"].transform("size")
    weights = np.zeros(len(keys))
    weights[usable] = 1.0 / size.to_numpy(float) / days
    return weights
