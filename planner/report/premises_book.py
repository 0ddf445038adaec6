"""The book of premises: written for people to fill in and read back next year, and shown as a sheet of the workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from geodata.crs import STORAGE_CRS
from geodata.layers.premises_book import ALL_TIERS
from geodata.messages import mark, text_in
from planner.explain import KINDS, policy_of
from planner.report.membership_sheets import both
from planner.report.tables import plain_text

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan import Plan
    from planner.report.membership_sheets import Cell, Sheet

CONSENTS: Final = {"signed": "已签约", "open": "待定", "refused": "不同意"}
"""Consent -> how it is written in the book."""
EVERY: Final = "是"
"""A veto for every tier, as it is written in the book."""
_KNOWN: Final = (
    ("site_id", "编号", 20), ("name", "名称", 30), ("kind", "类型", 16), ("lon", "经度", 11), ("lat", "纬度", 11),
    ("tiers", "本期方案用途", 22), ("known", "名单所载", 30),
)  # fmt: skip
_ASKED: Final = (
    ("consent", "同意情况", 10), ("available_from", "可用日期", 12), ("lease_end", "租期至", 12), ("rent_yuan_month", "月租金", 10),
    ("owner", "产权单位", 20), ("floor_area_m2", "建筑面积", 10), ("ground_floor", "是否一层", 10),
    ("veto", "否决", 18), ("by", "决定人", 12), ("reason", "理由", 30), ("said_on", "填报日期", 12),
)  # fmt: skip
_SAID: Final = tuple(name for name, _header, _width in _ASKED)


def book_rows(plan: Plan, *, everything: bool = False) -> pd.DataFrame:
    """Return the rows of the next book: premises that open, and what the last book says, found or not.

    Parameters
    ----------
    plan
        A plan.
    everything
        Every candidate instead of those that open.

    Returns
    -------
    pandas.DataFrame
        By ``site_id``: ``name``, ``kind``, ``lon``, ``lat``, ``tiers`` (what opens there, labels), ``known`` (what this
        year's lists say), and what the book says: ``consent``, ``available_from``, ``lease_end``, ``rent_yuan_month``, ``owner``,
        ``floor_area_m2``, ``ground_floor``, ``veto``, ``by``, ``reason``, ``said_on``; missing where it says nothing.
    """
    labels = {tier.name: tier.label_zh for tier in policy_of(plan).tiers}
    named = plan.facilities.assign(tier=plan.facilities["tier"].map(labels))
    opened = named.groupby("site_id")["tier"].agg("、".join).to_dict()
    said = plan.derived.get("premises_book", pd.DataFrame(columns=["site_id", *_SAID]))
    sites = plan.layers["sites"]
    wanted = set(sites["site_id"]) if everything else set(opened)
    sites = sites[sites["site_id"].isin(wanted | set(said["site_id"]))]
    spots = sites.geometry.to_crs(STORAGE_CRS)
    known = pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy(dtype=object),
            "name": sites["name"].fillna("").to_numpy(dtype=object),
            "kind": sites["kind"].to_numpy(dtype=object),
            "lon": spots.x.round(7).to_numpy(),
            "lat": spots.y.round(7).to_numpy(),
            "known": [_known(row) for row in sites.to_dict(orient="records")],
        }
    )
    said = said.reindex(columns=[*{**dict.fromkeys(said.columns), **dict.fromkeys(_SAID)}])
    rows = known.merge(said[["site_id", *_SAID]], on="site_id", how="left")
    lost = said[~said["site_id"].isin(sites["site_id"])]
    if len(lost):
        columns = ["site_id", "name", "kind", "lon", "lat", *_SAID]
        rows = pd.concat([rows, lost[columns].assign(known="")], ignore_index=True)
    rows["tiers"] = [opened.get(name, "") for name in rows["site_id"]]
    return rows.sort_values(["site_id", "name"], ignore_index=True)


def _known(site: dict[str, Any]) -> str:
    """Return what this year's lists say of premises, in one cell nobody reads back."""
    parts = [CONSENTS.get(str(site["consent"]), "")]
    if not pd.isna(site["available_from"]):
        parts.append(f"{site['available_from']:%Y-%m-%d}")
    if not pd.isna(site.get("lease_end")):  # plans of older versions have none
        parts.append(f"租期至{site['lease_end']:%Y-%m-%d}")
    if not pd.isna(site["rent_yuan_month"]):
        parts.append(f"{site['rent_yuan_month']:g}元/月")
    if not pd.isna(site["floor_area_m2"]):
        parts.append(f"{site['floor_area_m2']:g}㎡")
    if not pd.isna(site["owner"]):
        parts.append(str(site["owner"]))
    return "；".join(part for part in parts if part)


def write_premises_book(plan: Plan, path: Path, *, everything: bool = False) -> int:
    """Write the next book of premises (.xlsx or .csv) and return its rows.

    What the last book said stands in its cells again; cells a list fills stay empty, so that next year's lists count
    where nobody said otherwise.
    """
    rows = book_rows(plan, everything=everything)
    tiers = {tier.name: tier.label_zh for tier in policy_of(plan).tiers}
    cells = [
        [_written(name, row[name], tiers) for name, _header, _width in (*_KNOWN, *_ASKED)]
        for row in rows.to_dict(orient="records")
    ]
    heads = [header for _name, header, _width in (*_KNOWN, *_ASKED)]
    if path.suffix.lower() == ".csv":
        plain = [[plain_text(cell) for cell in row] for row in cells]
        table = pd.DataFrame(plain, columns=heads)
        table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    else:
        _write_sheet(path, cells)
    return len(rows)


def _written(name: str, value: object, tiers: dict[str, str]) -> Cell:
    if value is None or (not isinstance(value, str) and pd.isna(value)):  # type: ignore[call-overload]
        return None
    if name == "kind":
        return text_in("zh", "planner", KINDS[str(value)]) if value in KINDS else str(value)
    if name == "consent":
        return CONSENTS.get(str(value), str(value))
    if name == "veto":
        named = [tiers.get(one, one) for one in str(value).split(",") if one]
        return EVERY if value == ALL_TIERS else "、".join(named)
    if name == "ground_floor":
        return "是" if value else "否"
    return value if isinstance(value, str) else float(str(value))


def _write_sheet(path: Path, cells: list[list[Cell]]) -> None:
    import xlsxwriter

    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), safe) as book:
        sheet = book.add_worksheet("场所台账")
        look = {"bold": True, "border": 1, "text_wrap": True}
        given, asked = (book.add_format(look | {"bg_color": c}) for c in ("#DDEBF7", "#FFF2CC"))
        for column, (_name, header, width) in enumerate((*_KNOWN, *_ASKED)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, header, given if column < len(_KNOWN) else asked)
        for row, values in enumerate(cells, 1):
            for column, value in enumerate(values):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif value is not None:
                    sheet.write_number(row, column, value)
        first, last = len(_KNOWN), max(len(cells), 1)
        for name, choices in (("consent", list(CONSENTS.values())), ("ground_floor", ["是", "否"])):
            column = first + _SAID.index(name)
            options = {"validate": "list", "source": choices, "error_type": "warning"}
            sheet.data_validation(1, column, last, column, options)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, last, len(_KNOWN) + len(_ASKED) - 1)


def premises_sheet(plan: Plan) -> Sheet:
    """Return 场所台账: premises that open or stand in the book, what lists and people said, vetoes with who and why."""
    tiers = {tier.name: f"{tier.label_zh} {tier.label_en}" for tier in policy_of(plan).tiers}
    rows = [
        tuple(
            both(KINDS[row["kind"]]) if name == "kind" and row["kind"] in KINDS
            else _written(name, row[name], tiers)
            for name in ("site_id", "name", "kind", "tiers", "known", *_SAID)
        )
        for row in book_rows(plan).to_dict(orient="records")
    ]  # fmt: skip
    headers = [
        both(text)
        for text in (
            mark("id"), mark("site"), mark("premises"), mark("opens as"), mark("said by the lists"), mark("consent"),
            mark("available from"), mark("lease ends"), mark("rent, yuan a month"), mark("owner"), mark("floor area, m2"), mark("ground floor"),
            mark("vetoed for"), mark("who"), mark("reason"), mark("said on"),
        )
    ]  # fmt: skip
    units = ["", "", "", "", "", "", "", "", "yuan", "", "count", "", "", "", "", ""]
    return "场所台账", headers, rows, units
