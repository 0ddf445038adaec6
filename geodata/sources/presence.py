"""Hourly presence by zone: how many are there in each hour of a day, as shares of the busiest hour."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from geodata.cleaning.numerals import read_numbers
from geodata.cleaning.text import by_value, clean_text
from geodata.errors import EmptyLayerError, Fault, InputFormatError
from geodata.layers.ledger import Ledger, Reason
from geodata.layers.schemas import HOURS
from geodata.messages import mark, translator
from geodata.provenance import Read, SourceRecord, file_sha256
from geodata.sources.aliases import HOUR_COLUMNS
from geodata.sources.grids import file_start
from geodata.sources.reading import Declared
from geodata.sources.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_ = translator("geodata")

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "zone_id": (
        "sign", "zone_id", "小区编号", "交通小区", "网格编号", "区域编号", "街镇", "街镇名称", "居村", "zone", "编号", "代码", "code", "name", "名称", "id",
    ),
    "day": ("日期类型", "日类型", "工作日或周末", "day", "day_type"),
    "hour": ("小时", "时段", "时间", "hour"),
    "count": ("人数", "在岗人数", "数量", "count", "people", "value"),
    **HOUR_COLUMNS,
}  # fmt: skip
DAYS: Final = ("weekday", "weekend")
NO_ZONE: Final = Reason(mark("the row names no zone"), mark("give the zone's id"))
BAD_HOUR: Final = Reason(
    mark("the number of people in an hour cannot be used"), mark("write a number of 0 or more")
)
HOURS_MISSING: Final = Reason(
    mark("hours of the day are missing; the profile is not used"),
    mark("give all 24 hours, from 0 to 23"),
)
NOBODY: Final = Reason(
    mark("nobody is there in any hour"), mark("delete the row, or give the numbers")
)
TWICE: Final = Reason(
    mark("the zone has an earlier profile for this kind of day"), mark("delete one of them")
)


def read_presence(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    series: int = 1,
    day: str = "weekday",
    peak_share: float = 0.95,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read hourly counts by zone.

    Parameters
    ----------
    path
        A JSON object: zone -> lists of ``[hour, count]``, of which ``series`` names one; or a table with a column of zones
        and either the columns ``h00`` to ``h23`` or ``hour`` and ``count``, and where it has several a column of the kind
        of day.
    columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.
    series
        Which list of a JSON object, from 1.
    day
        Kind of day the counts are of, where the file does not say: ``weekday``, ``weekend`` or ``both``.
    peak_share
        Share of a zone's workers who are there in its busiest hour.

    Returns
    -------
    Read
        ``zone_id``, ``day`` (weekday, weekend), ``h00`` ... ``h23`` (float: share of workers present, 0 to ``peak_share``),
        by zone and day, and ``rows`` (of the file, counted once); without shapes. A zone of which hours are missing is refused.

    Raises
    ------
    GeodataError
        When the file cannot be read, or no profile is usable.
    """
    path = Path(path)
    if file_start(path).lstrip()[:1] in {b"{", b"["}:
        return _from_json(path, series, day, peak_share, Declared(owner, licence, as_of))
    return _from_table(
        path, columns, sheet, day=day, peak_share=peak_share, declared=Declared(owner, licence, as_of)
    )  # fmt: skip


def _from_json(path: Path, series: int, day: str, peak_share: float, declared: Declared) -> Read:
    try:
        values = json.loads(path.read_bytes().decode("utf-8-sig"))
        if not isinstance(values, dict):
            raise TypeError  # noqa: TRY301 - one way out for every shape that is not ours
        pairs = [(str(zone), lists[series - 1]) for zone, lists in values.items()]
        hours = [_hours_of(pair) for _zone, pair in pairs]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        what = _("not a JSON object of zones with lists of [hour, count]")
        fix = _("`series` names the list, from 1; a table with the columns h00 to h23 will do too")
        raise InputFormatError(Fault(what, path.name, fix=fix)) from error
    n = len(pairs)
    ledger = Ledger(np.arange(1, n + 1))
    zone = np.array([name for name, _list in pairs], dtype=object)
    people = np.array(hours, dtype=np.float64).reshape(n, 24)
    frame = _profiles(zone, [day] * n, people, ledger, peak_share)
    record = SourceRecord(layer="presence", path=path.name, rows_in=n, encoding="utf-8")
    return _read(path, frame, ledger, record, declared)


def _hours_of(pairs: Any) -> list[float]:
    counts = [np.nan] * 24
    for hour, count in pairs:
        if not 0 <= int(hour) <= 23:
            raise ValueError
        counts[int(hour)] = float(count)
    return counts


def _from_table(
    path: Path,
    columns: Mapping[str, str] | None,
    sheet: str | None,
    *,
    day: str,
    peak_share: float,
    declared: Declared,
) -> Read:
    needed = (("zone_id",), (*HOURS, "hour"))
    table = read_table(path, FIELDS, needed=needed, columns=columns, sheet=sheet)
    ledger = Ledger(table.source_row, table.sheet)
    zone = clean_text(table.column("zone_id"))
    ledger.reject(zone.isna().to_numpy(), table.header("zone_id"), "", NO_ZONE)
    said = by_value(clean_text(table.column("day")).fillna(day), _day_of)
    days = np.where(said == "", day, said)
    names = zone.fillna("").to_numpy(dtype=object)
    if "hour" in table.cells and "count" in table.cells:
        frame = _long(table, ledger, names, days, peak_share)
    else:
        people = np.full((len(names), 24), np.nan)
        for place, hour in enumerate(HOURS):
            numbers, unreadable, _mended = read_numbers(table.column(hour))
            bad = unreadable | (numbers < 0)
            ledger.reject(bad, table.header(hour), table.column(hour).to_numpy(), BAD_HOUR)
            people[:, place] = numbers
        frame = _profiles(names, days.tolist(), people, ledger, peak_share)
    record = SourceRecord(
        layer="presence",
        path=path.name,
        rows_in=table.rows_in,
        ignored=table.ignored,
        encoding=table.encoding,
        notes=table.notes,
    )
    return _read(path, frame, ledger, record, declared)


def _long(
    table: Any, ledger: Ledger, zone: NDArray[np.object_], days: NDArray[np.object_], peak: float
) -> pd.DataFrame:
    """Return profiles of a table with one row per zone and hour; every row shares the fate of its profile."""
    hours = by_value(clean_text(table.column("hour")), _hour_of)
    counts, unreadable, _mended = read_numbers(table.column("count"))
    hour = np.array([-1 if one == "" else int(one) for one in hours])
    ledger.reject(hour < 0, table.header("hour"), table.column("hour").to_numpy(), BAD_HOUR)
    bad = unreadable | ~(counts >= 0)
    ledger.reject(bad, table.header("count"), table.column("count").to_numpy(), BAD_HOUR)
    keys = pd.MultiIndex.from_arrays([zone, days])
    codes, unique = keys.factorize()
    people = np.full((len(unique), 24), np.nan)
    alive = ledger.alive.copy()
    people[codes[alive], hour[alive]] = counts[alive]
    inner = Ledger(np.arange(len(unique)))
    names = np.array([one[0] for one in unique], dtype=object)
    frame = _profiles(names, [one[1] for one in unique], people, inner, peak)
    for reason in (HOURS_MISSING, NOBODY, TWICE):
        lost = inner.rejected.loc[inner.rejected["reason"] == reason.text, "source_row"].to_numpy()
        ledger.reject(np.isin(codes, lost), table.header("hour"), zone, reason)
    held = pd.Series(ledger.alive.astype(np.int64)).groupby(np.asarray(zone, dtype=object)).sum()
    rows = frame["zone_id"].map(held).where(~frame["zone_id"].duplicated(), 0)
    return frame.assign(rows=rows.astype(np.int64))


def _profiles(
    zone: NDArray[np.object_],
    days: list[str],
    people: NDArray[np.float64],
    ledger: Ledger,
    peak_share: float,
) -> pd.DataFrame:
    """Return one row per usable zone and kind of day."""
    missing = np.isnan(people).sum(axis=1)
    told = np.array([f"{zone[k]}: {24 - n} of 24" for k, n in enumerate(missing.tolist())], object)
    ledger.reject(missing > 0, "hour", told, HOURS_MISSING)
    bad = np.asarray(((people < 0) | np.isinf(people)).any(axis=1))
    ledger.reject(bad, "count", zone, BAD_HOUR)
    top = np.asarray(np.nan_to_num(people).max(axis=1, initial=0.0))
    ledger.reject(np.asarray(top <= 0), "count", zone, NOBODY)
    seen: set[tuple[str, str]] = set()
    again = np.zeros(len(zone), dtype=bool)
    rows: list[tuple[str, str, int]] = []
    for k in np.flatnonzero(ledger.alive).tolist():
        kinds = DAYS if days[k] == "both" else (days[k],)
        again[k] = any((zone[k], kind) in seen for kind in kinds)
        if not again[k]:
            seen |= {(zone[k], kind) for kind in kinds}
            rows += [(zone[k], kind, k) for kind in kinds]
    ledger.reject(again, "zone_id", zone, TWICE)
    # Rows without anybody are rejected above; they only must not overflow here.
    share = np.nan_to_num(people) / np.where(top > 0, top, np.inf)[:, None] * peak_share
    # A row that holds for both kinds of day is one row of the file.
    counted = [0 if days[k] == "both" and one == DAYS[1] else 1 for _zone, one, k in rows]
    table = pd.DataFrame(share[[k for _zone, _day, k in rows]].reshape(-1, 24), columns=list(HOURS))
    table.insert(0, "day", pd.Series([one for _zone, one, _k in rows], dtype="str"))
    table.insert(0, "zone_id", pd.Series([one for one, _day, _k in rows], dtype="str"))
    return table.assign(rows=counted).sort_values(["zone_id", "day"], ignore_index=True)


def _read(
    path: Path, frame: pd.DataFrame, ledger: Ledger, record: SourceRecord, declared: Declared
) -> Read:
    import geopandas as gpd

    if frame.empty:
        first = ledger.rejected["value"].head(5).tolist()
        fix = _("give all 24 hours of at least one zone")
        what = _("no zone has a usable profile")
        raise EmptyLayerError(Fault(what, path.name, record.rows_in, first, fix))
    whole = replace(
        record,
        sha256=file_sha256(path),
        kept=int(ledger.alive.sum()),
        rejected=ledger.rejected_by_reason(),
        licence=declared.licence,
        owner=declared.owner,
        as_of=declared.as_of,
    )
    shapes = gpd.GeoDataFrame(frame, geometry=[None] * len(frame), crs=None)
    return Read(shapes, whole, ledger.rejected, ledger.repaired)


def _day_of(text: str) -> str:
    lowered = text.lower()
    if re.search(r"both|每天|全部|不分", lowered):
        return "both"
    if re.search(r"周末|休息|节假|weekend|sat|sun|周六|周日", lowered):
        return "weekend"
    return "weekday" if re.search(r"工作|平日|weekday|mon|周[一二三四五]", lowered) else ""


def _hour_of(text: str) -> str:
    found = re.fullmatch(r"(\d{1,2})(?:[:：]\d{2}.*|[时点].*)?", text)
    return str(int(found[1])) if found and int(found[1]) < 24 else ""
