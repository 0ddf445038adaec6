"""Premises that exist or could be used: stations, party and community centres, schools, shops, banks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.cleaning.dates import clock_of
from geodata.cleaning.text import by_value, clean_text
from geodata.crs import STORAGE_CRS
from geodata.layers.ledger import Ledger, Reason
from geodata.layers.schemas import SCORES
from geodata.messages import mark
from geodata.sources.accuracy import read_accuracy
from geodata.sources.aliases import SITES
from geodata.sources.column_values import dates_of, flags_of, numbers_of, words_of
from geodata.sources.kit import kit_of
from geodata.sources.origin import origin_of
from geodata.sources.points import check_placeable, point_series, read_points
from geodata.sources.reading import Declared, finished, unique_ids
from geodata.sources.tables import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from geodata.provenance import Read

TIERS: Final = (
    "city_centre", "borough_centre", "sub_centre", "station", "service_point", "rest_station",
    "worker_school", "fitness_spot",
)  # fmt: skip
NO_POINT: Final = Reason(
    mark("no usable coordinates"), mark("give longitude and latitude in degrees")
)
KIND_UNKNOWN: Final = Reason(
    mark("the kind of premises is not known; counted as other public premises"),
    mark("write one of the kinds of the manual"),
)
TIER_UNKNOWN: Final = Reason(
    mark("the tier it serves is not known; left open"), mark("write the name of a tier")
)
CONSENT_UNKNOWN: Final = Reason(
    mark("the state of consent is not known; counted as open"),
    mark("write signed, open or refused"),
)
HOUR_UNKNOWN: Final = Reason(
    mark("the hours cannot be read; left open"), mark("write them as 08:30")
)

# The first mark found decides, so the particular stands before the general.
_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("union_station", r"工会|职工服务|职工之家|union_station"),
    ("party_centre", r"党群|党建|党员|party_centre"),
    ("community_centre", r"社区|居委|邻里|街道|文化活动|事务受理|community_centre"),
    ("school", r"学校|中学|小学|大学|学院|幼儿园|职校|^school$|school|college|university"),
    ("bank", r"银行|网点|^bank$|atm"),
    ("pharmacy", r"药房|药店|医药|pharmacy"),
    ("fuel", r"加油|加气|充电|石化|石油|fuel|petrol"),
    (
        "convenience",
        r"便利|超市|小卖|商店|convenience|supermarket|全家|罗森|7-11|7-eleven|好德|可的|快客|联华|乐购|华联|家乐福|沃尔玛|大润发|欧尚",
    ),
    ("toilet", r"公厕|厕所|环卫|道班|toilet"),
    ("mall", r"商场|购物|百货|商业|广场|mall|department_store"),
    ("park", r"园区|产业园|工业园|科技园|开发区|^park$|business_park"),
    ("office", r"写字楼|楼宇|办公|大厦|商务|office"),
    ("other_public", r"公共|其他|其它|政府|机关|other_public|医院|图书馆|地铁"),
)
_COMPILED: Final = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)
_TIER_NAMES: Final[tuple[tuple[str, str], ...]] = (
    ("rest_station", r"爱心接力|户外|驿站|休息"),
    ("service_point", r"服务点"),
    ("sub_centre", r"分中心"),
    ("borough_centre", r"区.{0,6}中心"),
    ("city_centre", r"市.{0,6}中心"),
    ("worker_school", r"职工学校|学堂|课堂"),
    ("fitness_spot", r"健身"),
    ("station", r"服务站|工作站"),
)


def site_kind(text: str) -> str:
    """Return the kind of premises a text means, ``""`` when unknown.

    Examples
    --------
    >>> [site_kind(text) for text in ("党群服务中心", "科教文化服务;学校;中学", "中国工商银行", "?")]
    ['party_centre', 'school', 'bank', '']
    """
    for kind, _pattern in _COMPILED:
        if text == kind:
            return kind
    return next((kind for kind, pattern in _COMPILED if pattern.search(text)), "")


def tier_of(text: str) -> str:
    """Return the tier a text means, ``""`` when unknown.

    Examples
    --------
    >>> tier_of("职工服务站"), tier_of("户外职工爱心接力站"), tier_of("station"), tier_of("?")
    ('station', 'rest_station', 'station', '')
    """
    if text in TIERS:
        return text
    return next((tier for tier, pattern in _TIER_NAMES if re.search(pattern, text)), "")


def consent_of(text: str) -> str:
    """Return signed, open or refused, ``""`` when unknown.

    Examples
    --------
    >>> [consent_of(text) for text in ("已签约", "不同意", "待定", "?")]
    ['signed', 'refused', 'open', '']
    """
    for answer, pattern in (
        ("refused", r"拒绝|不同意|否决|不愿|^否$|refused|vetoed|^no$"),
        ("open", r"待|未|洽谈|意向|可谈|协商|open|unknown"),
        ("signed", r"签|同意|已|自有|^是$|signed|agreed|^yes$"),
    ):
        if re.search(pattern, text, re.IGNORECASE):
            return answer
    return ""


def read_sites(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    kind: str | None = None,
    tiers: Mapping[str, str] | None = None,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read existing stations and premises that could carry a site.

    Parameters
    ----------
    path
        Table or map file with a name and coordinates.
    kind
        Kind of all rows, where the file has no column for it.
    tiers
        Further words for tiers, as written in full, and the tier each means: a policy may have tiers of its own.
    datum, columns, sheet, owner, licence, as_of
        As in :func:`geodata.sources.read_register`.

    Returns
    -------
    Read
        Columns of the layer ``sites``, EPSG:4326. A kind that is not given is read from the name.
    """
    import geopandas as gpd

    origin = origin_of(path)
    table = read_table(origin, SITES, needed=(("name", "site_id"),), columns=columns, sheet=sheet)
    check_placeable(table, origin.name, by_name=False)
    ledger = Ledger(table.source_row, table.sheet)
    located = read_points(table, ledger, datum)
    ledger.reject(~located.present, table.header("lon"), "", NO_POINT)
    ids = unique_ids(table, ledger, "site_id")
    name = clean_text(table.column("name")).fillna(ids)
    opens, closes = _hours(table, ledger)
    frame = gpd.GeoDataFrame(
        {
            "site_id": ids,
            "name": name,
            "kind": _kind(table, ledger, name, kind),
            "owner": clean_text(table.column("owner")),
            "existing_tier": words_of(
                table, ledger, "existing_tier", _tier_reader(tiers or {}), TIER_UNKNOWN
            ),
            "floor_area_m2": numbers_of(table, ledger, "floor_area_m2"),
            "ground_floor": flags_of(table, ledger, "ground_floor"),
            "rent_yuan_month": numbers_of(table, ledger, "rent_yuan_month"),
            "consent": words_of(table, ledger, "consent", consent_of, CONSENT_UNKNOWN).fillna(
                "open"
            ),
            "available_from": dates_of(table, ledger, "available_from"),
            "lease_end": dates_of(table, ledger, "lease_end"),
            "opens": opens,
            "closes": closes,
            "seats": numbers_of(table, ledger, "seats"),
            "ebike_parking": numbers_of(table, ledger, "ebike_parking"),
            "kit": kit_of(table, ledger),
            **{
                name: flags_of(table, ledger, name)
                for name in ("open_access", "certificate", "account")
            },
            **{name: numbers_of(table, ledger, name, most=100.0) for name in SCORES},
            "accuracy": pd.Series(read_accuracy(table, ledger), dtype="str"),
        },
        geometry=point_series(located),
        crs=STORAGE_CRS,
    )
    return finished(
        "sites",
        origin,
        table,
        frame=frame,
        ledger=ledger,
        declared=Declared(owner, licence, as_of),
        datum=datum,
    )


def _tier_reader(words: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text in words:
            return words[text]
        return "none" if re.fullmatch(r"none|否|未建", text, re.IGNORECASE) else tier_of(text)

    return read


def _kind(table: Table, ledger: Ledger, name: pd.Series, kind: str | None) -> pd.Series:
    if kind is not None:
        return pd.Series([kind] * len(name), dtype="str")
    texts = clean_text(table.column("kind"))
    said = by_value(texts, site_kind)
    by_name = by_value(name, site_kind)
    answers = np.where(said != "", said, by_name)
    ledger.repair(answers == "", table.header("kind"), texts.fillna("").to_numpy(), KIND_UNKNOWN)
    return pd.Series(np.where(answers == "", "other_public", answers), dtype="str")


def _hours(table: Table, ledger: Ledger) -> tuple[pd.Series, pd.Series]:
    """Return opening and closing time as HH:MM, from two columns or from one such as 8:30-17:00."""
    spans = clean_text(table.column("hours"))
    columns = []
    for place, name in enumerate(("opens", "closes")):
        texts = clean_text(table.column(name))
        answers = by_value(texts, clock_of)
        from_span = by_value(spans, lambda text, place=place: _end(text, place))  # type: ignore[misc]
        unclear = texts.notna().to_numpy() & (answers == "")
        ledger.repair(unclear, table.header(name), texts.to_numpy(), HOUR_UNKNOWN)
        answers = np.where(answers == "", from_span, answers)
        columns.append(pd.Series(answers, dtype="str").where(answers != ""))
    return columns[0], columns[1]


def _end(span: str, place: int) -> str:
    if re.search(r"24 ?(小时|h)|全天", span, re.IGNORECASE):
        return ("00:00", "24:00")[place]
    found = re.findall(r"\d{1,2}[:：时点.]\d{0,2}|\d{1,2}(?=[-~—至到])", span)
    return clock_of(found[place if place == 0 else -1]) if len(found) >= 2 else ""
