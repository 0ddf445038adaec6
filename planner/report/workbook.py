"""The workbook: Chinese first, English beside; text is never a formula."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from geodata.messages import mark, text_in
from planner.explain import (
    AREAS,
    KINDS,
    LINKS,
    REASONS,
    district_areas,
    formation_counts,
    industry_federation_of,
    policy_of,
    site_cards,
)
from planner.industries import industry_name
from planner.kpis import figures
from planner.report.industries import industry_sheet
from planner.report.joint_sizes import joint_sizes_sheet
from planner.report.membership_sheets import both, membership_sheets
from planner.report.operations import operation_sheets
from planner.report.premises_book import premises_sheet
from planner.report.sub_areas import sub_areas_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.plan import Plan

    # Name, headers, rows, unit of each column.
    Sheet = tuple[str, Sequence[str], Sequence[Sequence["Cell"]], Sequence[str]]


class Figure(NamedTuple):
    """A number with a unit of its own, where a column holds several."""

    value: float
    unit: str


Cell = str | int | float | Figure | None
FORMATS = {
    "share": "0.0%",
    "minutes": "0.0",
    "count": "#,##0",
    "workers": "#,##0",
    "metres": "#,##0",
    "yuan": "#,##0",
    "number": "0.###",
    "": "General",
}


UNIONS = {"own": mark("own union"), "joint": mark("joint union")}
"""Kinds of organisation, as people call them."""


LAYERS = {
    "enterprises": mark("enterprise register"),
    "boroughs": mark("boundaries of boroughs"),
    "street_towns": mark("boundaries of subdistricts and towns"),
    "units": mark("boundaries of basic units"),
    "outdoor": mark("outdoor workers"),
    "sites": mark("premises"),
    "roads": mark("roads"),
    "disputes": mark("labour disputes"),
    "density": mark("worker density"),
    "platform_workers": mark("platform workers"),
    "census": mark("census totals"),
    "buildings": mark("buildings"),
}
"""What each source tells, as people call it."""


def write_workbook(plan: Plan, path: Path) -> Path:
    """Write the plan's tables as one XLSX.

    Sheets: 概况 (figures), 服务阵地方案 (tiers with certified gaps), 小二级 (federation districts), 行业工会联合会
    (industry federations), 服务阵地 (sites with reasons), 场所台账 (the book of premises),
    建会率 (rates and organisations at three levels, by area), 入会率 (members to win by street_town), 基层工会
    (organisations), 联合工会规模 (sizes of joint unions), 子片区 (sub-areas), those of `planner.report.membership_sheets` and `planner.report.operations`, 数据来源 (sources), 退回数据 (rejected rows).
    """
    return write_sheets(path, _sheets(plan))


def write_sheets(path: Path, sheets: Sequence[Sheet]) -> Path:
    """Write sheets (name, headers, rows, unit of each column) as one XLSX; text is never a formula."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path),
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    try:
        for name, headers, rows, units in sheets:
            _write_sheet(book, name, headers, rows, units)
    finally:
        book.close()
    return path


def _sheets(plan: Plan) -> list[Sheet]:
    return [
        _overview(plan),
        _tiers(plan),
        _districts(plan),
        industry_sheet(plan),
        _sites(plan),
        premises_sheet(plan),
        _rates(plan),
        _membership_rates(plan),
        _organisations(plan),
        joint_sizes_sheet(plan),
        sub_areas_sheet(plan),
        *operation_sheets(plan),
        *membership_sheets(plan),
        _sources(plan),
        _rejected(plan),
    ]


def _overview(plan: Plan) -> Sheet:
    known = figures(policy_of(plan))
    rows: list[Sequence[Cell]] = [
        ("方案编号", "plan", plan.plan_id),
        ("名称", "name", str(plan.manifest["name"])),
    ]
    rows += [
        ("编制时间", "made", str(plan.manifest["created"])),
        ("依据", "policy", str(plan.manifest["policy"]["document"])),
    ]
    rows += [
        (known[name].label_zh, known[name].label_en, Figure(value, known[name].unit))
        for name, value in plan.kpis.items()
        if name in known
    ]
    units = ["", "", ""]
    return "概况", ("指标", "英文名 figure", "数值 value"), rows, units


def _tiers(plan: Plan) -> Sheet:
    labels = {tier.name: f"{tier.label_zh} {tier.label_en}" for tier in policy_of(plan).tiers}
    rows = [
        (
            labels.get(r["tier"], r["tier"]),
            r["facilities"],
            both(str(r["status"])),
            r["value"],
            r["bound"],
            r["gap_share"],
        )
        for r in plan.tiers.to_dict(orient="records")
    ]
    headers = [
        both(mark("tier")),
        both(mark("sites")),
        both(mark("status")),
        both(mark("value")),
        both(mark("proved bound")),
        both(mark("gap at most")),
    ]
    return "选址质量", headers, rows, ["", "count", "", "count", "count", "share"]


def _districts(plan: Plan) -> Sheet:
    frame = district_areas(plan)
    rows = [
        (
            r.district_id, r.name, r.borough, r.street_town, r.units, r.organisations, r.workers,
            "是 yes" if r.in_band else "否 no", r.professionals_needed, r.professionals_posted,
            r.professionals_needed - r.professionals_posted, r.pieces,
            ", ".join(both(LINKS[kind]) for kind in r.joined_by.split(",") if kind),
        )
        for r in frame.itertuples()
    ]  # fmt: skip
    headers = [
        both(text)
        for text in (
            mark("id"), mark("federation"), mark("borough"), mark("street_town"), mark("basic units"), mark("organisations"),
            mark("workers"), mark("both in band"), mark("professionals needed"), mark("professionals posted"), mark("professionals lacking"),
            mark("pieces on the map"), mark("what joins the pieces"),
        )
    ]  # fmt: skip
    return (
        "小二级",
        headers,
        rows,
        ["", "", "", "", "count", "count", "count", "", "count", "count", "count", "count", ""],
    )


def _sites(plan: Plan) -> Sheet:
    labels = {tier.name: f"{tier.label_zh} {tier.label_en}" for tier in policy_of(plan).tiers}
    cards = site_cards(plan)
    rows = [
        (
            labels.get(r.tier, r.tier), r.name, both(KINDS[r.kind]) if r.kind in KINDS else r.kind, r.district,
            r.parent, both(REASONS[r.reason]) if r.reason in REASONS else r.reason, r.decided_by, r.within, r.only_here,
            r.lon, r.lat, r.facility_id,
        )
        for r in _with_lonlat(cards).itertuples()
    ]  # fmt: skip
    headers = [
        both(text)
        for text in (
            mark("tier"), mark("site"), mark("premises"), mark("federation"), mark("parent"), mark("why here"), mark("decided by"),
            mark("people within reach"), mark("of them reached only from here"), mark("longitude"), mark("latitude"), mark("id"),
        )
    ]  # fmt: skip
    return "服务阵地", headers, rows, ["", "", "", "", "", "", "", "count", "count", "", "", ""]


def _with_lonlat(cards: Any) -> Any:
    from geodata.crs import STORAGE_CRS

    points = cards.geometry.to_crs(STORAGE_CRS)
    return cards.assign(lon=points.x.round(6), lat=points.y.round(6))


def _rates(plan: Plan) -> Sheet:
    table = formation_counts(plan)
    columns = [
        "area_id", "name", "enterprises", "unionised", "union_rate_share", "workers", "members", "membership_rate_share",
        *(f"{what}_{level}" for what in ("organisations", "own", "joint", "covered") for level in ("today", "at_85", "full")),
    ]  # fmt: skip
    goal = policy_of(plan).rates.enterprises_share
    rows = [
        # A share that is met exactly must not ask for one more because of binary fractions.
        (both(AREAS[area]), *row, max(0, math.ceil(goal * row[2] - 1e-9) - row[3]))
        for area, row in zip(
            table["area"], table.reindex(columns=columns).itertuples(index=False), strict=True
        )
    ]
    headers = [
        both(text)
        for text in (
            mark("area"), mark("id"), mark("name"), mark("enterprises"), mark("enterprises with a union"), mark("union rate"),
            mark("workers"), mark("members"), mark("membership rate"),
            mark("organisations today"), mark("organisations at the rate to keep"), mark("organisations at full formation"),
            mark("own unions today"), mark("own unions at the rate to keep"), mark("own unions at full formation"),
            mark("joint unions today"), mark("joint unions at the rate to keep"), mark("joint unions at full formation"),
            mark("enterprises covered today"), mark("enterprises covered at the rate to keep"),
            mark("enterprises covered at full formation"), mark("enterprises to organise to reach the goal"),
        )
    ]  # fmt: skip
    units = ["", "", "", "count", "count", "share", "count", "count", "share", *["count"] * 13]
    return "建会率", headers, rows, units


def _membership_rates(plan: Plan) -> Sheet:
    columns = ["area_id", "name", "workers", "members", "membership_rate_share"]
    table = formation_counts(plan).query("area == 'street_town'").reindex(columns=columns)
    goal = policy_of(plan).rates.members_share
    people, joined = _platform_workers(plan)
    rows = [
        (
            *row,
            max(0.0, round(goal * row[2] - row[3])),
            people.get(row[0], 0),
            joined.get(row[0], 0),
        )
        for row in table.itertuples(index=False)
    ]
    headers = [
        both(text)
        for text in (
            mark("id"), mark("street_town"), mark("workers"), mark("members"), mark("membership rate"),
            mark("members to win to reach the goal"), mark("platform workers, beside them"), mark("platform workers who are members"),
        )
    ]  # fmt: skip
    units = ["", "", "count", "count", "share", "count", "count", "count"]
    return "入会率", headers, rows, units


def _platform_workers(plan: Plan) -> tuple[dict[str, int], dict[str, int]]:
    """Return platform workers by street_town, and the members among them; none in a plan of an earlier version."""
    layer = plan.layers.get("unregistered")
    if layer is None or "kind" not in layer:
        return {}, {}
    mine = layer[layer["kind"] == "platform"]
    units = plan.layers["units"].set_index("unit_id")["street_town_id"]
    sums = mine.groupby(mine["unit_id"].map(units).to_numpy())[["workers", "members"]].sum()
    return sums["workers"].to_dict(), sums["members"].to_dict()


def _organisations(plan: Plan) -> Sheet:
    frame = plan.layers["organisations"].merge(
        plan.decisions["organisation_district"], on="organisation_id"
    )
    frame = frame.assign(
        district=frame["district_id"].map(plan.districts.set_index("district_id")["name"]),
        overlay=frame["organisation_id"]
        .map(industry_federation_of(plan)["industry_federation"])
        .fillna(""),
        kind=frame["kind"].map({kind: both(text) for kind, text in UNIONS.items()}),
    )
    columns = [
        "organisation_id",
        "name",
        "kind",
        "district",
        "overlay",
        "enterprises",
        "workers",
        "members",
        "industry",
    ]
    frame["industry"] = [
        industry_name(one) if isinstance(one, str) and one else "" for one in frame["industry"]
    ]
    rows = [tuple(row) for row in frame[columns].itertuples(index=False)]
    headers = [
        both(text)
        for text in (
            mark("id"), mark("organisation"), mark("own or joint"), mark("federation"), mark("industry federation"), mark("enterprises"), mark("workers"),
            mark("members"), mark("industry"),
        )
    ]  # fmt: skip
    return "基层工会", headers, rows, ["", "", "", "", "", "count", "count", "count", ""]


def _sources(plan: Plan) -> Sheet:
    rows: list[Sequence[Cell]] = [
        (
            both(LAYERS[s["layer"]]) if s["layer"] in LAYERS else s["layer"],
            s["path"],
            s["rows_in"],
            s["kept"],
            s["repaired_rows"],
            sum(s["rejected"].values()),
            s["owner"],
            s["licence"],
            str(s["as_of"] or ""),
            s["sha256"],
        )
        for s in plan.manifest["sources"]
    ]
    headers = [
        both(text)
        for text in (
            mark("layer"), mark("file"), mark("rows"), mark("kept"), mark("repaired"), mark("rejected"), mark("owner"), mark("licence"),
            mark("as of"), mark("fingerprint"),
        )
    ]  # fmt: skip
    return "数据来源", headers, rows, ["", "", "count", "count", "count", "count", "", "", "", ""]


def _rejected(plan: Plan) -> Sheet:
    rejected = plan.derived["rejected"]
    headers = [
        both(text)
        for text in (
            mark("layer"),
            mark("row"),
            mark("column"),
            mark("value"),
            mark("reason"),
            mark("what to do"),
        )
    ]
    columns = ["layer", "source_row", "column", "value", "reason", "suggested_fix"]
    return (
        "退回数据",
        headers,
        [
            (
                both(LAYERS[row[0]]) if row[0] in LAYERS else row[0],
                *row[1:4],
                *(f"{text_in('zh', 'geodata', text)} {text}" if text else "" for text in row[4:]),
            )
            for row in rejected[columns].itertuples(index=False)
        ],
        [""] * 6,
    )


def _write_sheet(
    book: Any,
    name: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    units: Sequence[str],
) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE6F1", "border": 1}
    )
    formats = [book.add_format({"num_format": FORMATS[unit]}) for unit in units]
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, head)
        widest = max((_width(row[column]) for row in rows[:500]), default=8)
        sheet.set_column(column, column, min(48, max(10, widest + 2)))
    own = {unit: book.add_format({"num_format": form}) for unit, form in FORMATS.items()}
    for index, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, Figure):
                _write_cell(sheet, index, column, value.value, own[value.unit])
            else:
                _write_cell(sheet, index, column, value, formats[column])
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(headers) - 1)


def _write_cell(sheet: Any, row: int, column: int, value: str | float | None, style: Any) -> None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        # A sum of hours carries the dust of binary fractions; nobody counts people beyond a millionth.
        sheet.write_number(row, column, round(float(value), 6), style)


def _width(cell: Cell) -> int:
    """Return the columns a cell needs; Chinese characters are twice as wide."""
    value = cell.value if isinstance(cell, Figure) else cell
    text = "" if value is None else f"{value:,.0f}" if isinstance(value, float) else str(value)
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
