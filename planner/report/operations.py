"""Sheets of what runs on the sites: targets, hours, programme, money, bargaining, services; one table row per sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from geodata.messages import mark, text_in
from planner.explain import policy_of
from planner.industries import industry_name
from planner.programme import half_year_begins

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.plan import Plan

WORDS = {
    "people": mark("people posted"),
    "premises": mark("premises signed and available"),
    "funds": mark("funds assured"),
    "certificate": mark("legal-person certificate"),
    "account": mark("bank account"),
    "weekday": mark("weekdays"),
    "weekend": mark("weekends"),
    "host": mark("the host's hours"),
    "staff": mark("posted staff"),
    "volunteer": mark("volunteers"),
    "always": mark("always open"),
    "own": mark("bargains for itself"),
    "industry": mark("industry"),
    "industry_wide": mark("industry-wide"),
    "area": mark("area-wide"),
    "plan": mark("whole plan"),
    "borough": mark("borough"),
    "street_town": mark("street_town"),
    "size": mark("size of firm"),
    "outdoor": mark("outdoor workers"),
    "worst_tenth": mark("the tenth with the longest way"),
    "small": mark("small firms"),
    "other": mark("other firms"),
    "courier": mark("couriers"),
    "cleaner": mark("cleaners"),
    "driver": mark("drivers"),
    "place": mark("fixed and convenient place"),
    "layout": mark("sensible layout"),
    "sign": mark("clear sign"),
    "services": mark("precise services"),
    "rules": mark("clear rules"),
    "met": mark("met"),
    "to_buy": mark("to be bought"),
    "extra": mark("beyond the list"),
    "lacking": mark("lacking"),
    "to_check": mark("to be checked on the spot"),
    "yuan": mark("yuan"),
    "posts": mark("posts"),
    "federations": mark("federations"),
    "models": mark("models"),
    "small_firm_share": mark("share of small firms"),
    "large_firm_share": mark("share of large firms"),
    "women_share": mark("share of women"),
    "migrant_share": mark("share of migrant workers"),
    "outdoor_share": mark("share of outdoor workers"),
    "industry_share": mark("share of these industries"),
    "non_member_share": mark("share of non-members"),
    "workers": mark("workers"),
    "disputes": mark("open disputes"),
    "hours": mark("opening hours"),
    "programme": mark("order of opening"),
    "optimal": mark("optimal"),
    "feasible": mark("feasible"),
}
"""Values of tables, as people call them."""


def word(value: object) -> str:
    """Return a value in Chinese with the English beside it; as it is where it is a name."""
    known = WORDS.get(str(value))
    return str(value) if known is None else f"{text_in('zh', 'planner', known)} {known}"


@dataclass(frozen=True)
class Column:
    """One column of a sheet: where it comes from, its header, its unit, and how a value is written."""

    name: str
    header: str
    unit: str = ""
    shown: bool = False


@dataclass(frozen=True)
class Table:
    """One sheet: its name, the frame it is made of, and its columns."""

    sheet: str
    rows: Callable[[Plan], pd.DataFrame]
    columns: tuple[Column, ...]


def half_year_name(plan: Plan, number: int) -> str:
    """Return a half-year as people write it: the year and its half; today, or later than the programme."""
    begins = half_year_begins(policy_of(plan).programme)
    if number <= 0:
        return f"{text_in('zh', 'planner', 'open today')} {OPEN_TODAY}"
    if number >= len(begins):
        return f"{text_in('zh', 'planner', 'after the programme')} {AFTER}"
    day = begins[number - 1]
    return f"{day.year}-H{1 if day.month <= 6 else 2}"


OPEN_TODAY = mark("open today")
AFTER = mark("after the programme")


def _named(plan: Plan, frame: pd.DataFrame) -> pd.DataFrame:
    """Add names of federations, street_towns, sites and tiers where their ids stand."""
    named = frame.copy()
    districts = plan.districts.set_index("district_id")
    towns = plan.layers["street_towns"].set_index("street_town_id")["name"]
    facilities = plan.facilities.set_index("facility_id")
    sites = plan.layers["sites"].set_index("site_id")["name"]
    if "facility_id" in named:
        named["site"] = named["facility_id"].map(facilities["site_id"]).map(sites)
        if "tier" not in named:
            named["tier"] = named["facility_id"].map(facilities["tier"])
        if "district_id" not in named:
            named["district_id"] = named["facility_id"].map(facilities["district_id"])
    if "district_id" in named:
        named["federation"] = named["district_id"].map(districts["name"])
    if "street_town_id" in named:
        named["street_town"] = named["street_town_id"].map(towns)
    if "tier" in named:
        labels = {t.name: f"{t.label_zh} {t.label_en}" for t in policy_of(plan).tiers}
        named["tier"] = named["tier"].map(labels).fillna(named["tier"])
    if "half_year" in named:
        named["when"] = [half_year_name(plan, int(n)) for n in named["half_year"]]
    return named


def _decision(name: str) -> Callable[[Plan], pd.DataFrame]:
    return lambda plan: _named(plan, plan.decisions[name])


def _derived(name: str) -> Callable[[Plan], pd.DataFrame]:
    return lambda plan: _named(plan, plan.derived[name])


def _targets(plan: Plan) -> pd.DataFrame:
    goals = plan.decisions["targets"].copy()
    labels = {t.name: f"{t.label_zh} {t.label_en}" for t in policy_of(plan).tiers}
    areas = dict(plan.layers["street_towns"][["street_town_id", "name"]].itertuples(index=False))
    areas |= dict(plan.layers["boroughs"][["borough_id", "name"]].itertuples(index=False))
    goals["what"] = [labels.get(one) or word(one) for one in goals["target"]]
    goals["area"] = goals["area_id"].map(areas).fillna("")
    return goals


def _timetable(plan: Plan) -> pd.DataFrame:
    hours = plan.decisions["hours"]
    spans = [f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in zip(hours["opens_min"], hours["closes_min"], strict=True)]  # fmt: skip
    table = hours.assign(span=spans)
    keys = ["facility_id", "day"]
    joined = table.groupby(keys).agg(span=("span", ", ".join), cover=("cover", "first"))
    length = (hours["closes_min"] - hours["opens_min"]).groupby(
        [hours[k] for k in keys]
    ).sum() / 60.0
    joined["open_hours"] = length
    return _named(plan, joined.reset_index())


def _federations(plan: Plan) -> pd.DataFrame:
    table = plan.derived["readiness"].merge(plan.decisions["staffing"], on="district_id")
    models = plan.decisions["models"].set_index("district_id")["place"]
    table["model"] = table["district_id"].map(models).astype("Float64")
    table["lacks"] = [", ".join(word(s) for s in one.split(",") if s) for one in table["lacking"]]
    for step in ("people", "premises", "funds", "certificate", "account", "built"):
        table[step] = table[step].astype(int)
    return _named(plan, table)


def _bargaining(plan: Plan) -> pd.DataFrame:
    enterprises = plan.layers["enterprises"][["enterprise_id", "workers", "industry"]]
    table = plan.derived["bargaining"].merge(enterprises, on="enterprise_id")
    by_industry = table["bargaining"] == "industry"
    code = table["bargaining_group"].str.rpartition(":")[2]
    # A division is told with its section; a group by section has no number of its own.
    number = code.where(code.str.isdigit(), "")
    names = [industry_name(s, n) for s, n in zip(table["industry"], number, strict=True)]
    table["group"] = pd.Series(names, index=table.index).where(by_industry, "")
    table["bargaining"] = table["bargaining"].replace("industry", "industry_wide")
    keys = ["street_town_id", "bargaining", "group"]
    sums = table.groupby(keys).agg(enterprises=("workers", "size"), workers=("workers", "sum"))
    return _named(plan, sums.reset_index())


def _equity(plan: Plan) -> pd.DataFrame:
    table = plan.derived["equity"].copy()
    towns = plan.layers["street_towns"].set_index("street_town_id")["name"]
    group = table["group"]
    group = group.where(table["by"] != "street_town", group.map(towns).fillna(group))
    industry = table["by"] == "industry"
    table["group"] = group.where(~industry, table["group"].map(industry_name))
    return _named(plan, table)


def _kit(plan: Plan) -> pd.DataFrame:
    tiers = policy_of(plan).tiers
    table = _named(plan, plan.derived["site_costs"])
    held = plan.facilities.set_index("facility_id")["tier"]
    kit = {tier.name: "、".join(tier.kit) for tier in tiers}
    table["kit"] = table["facility_id"].map(held).map(kit)
    return table


def _kit_items(plan: Plan) -> pd.DataFrame:
    """Return the kit thing by thing, what is to be done first."""
    table = plan.derived.get("kit", pd.DataFrame(columns=["facility_id", "item", "state"]))
    first = {"lacking": 0, "to_check": 1, "to_buy": 2}
    order = table["state"].map(first).fillna(3)
    return _named(plan, table.loc[order.sort_values(kind="stable").index].reset_index(drop=True))


def _outcomes(plan: Plan) -> pd.DataFrame:
    return plan.derived["outcomes"]


ID = Column("facility_id", mark("id"))
SITE = (Column("tier", mark("tier")), Column("site", mark("site")))
FEDERATION = Column("federation", mark("federation"))

TABLES: tuple[Table, ...] = (
    Table("目标分解", _targets, (
        Column("what", mark("target")), Column("level", mark("level"), shown=True), Column("area_id", mark("id")),
        Column("area", mark("area")), Column("goal", mark("goal"), "count"),
    )),
    Table("建成情况", _federations, (
        Column("district_id", mark("id")), FEDERATION, Column("built", mark("built: 1 yes, 0 no"), "count"),
        *(Column(step, WORDS[step], "count") for step in ("people", "premises", "funds", "certificate", "account")),
        Column("lacks", mark("what it lacks")), Column("score", mark("assessment"), "minutes"),
        Column("model", mark("place among models proposed"), "count"),
        Column("professionals_needed", mark("professionals needed"), "count"), Column("professionals_posted", mark("professionals posted"), "count"),
        Column("part_time_chairs", mark("part-time chairs"), "count"), Column("volunteers", mark("volunteers"), "count"),
    )),
    Table("开放时间", _timetable, (
        ID, *SITE, FEDERATION, Column("day", mark("day"), shown=True), Column("span", mark("open from and to")),
        Column("open_hours", mark("hours a day"), "minutes"), Column("cover", mark("covered by"), shown=True),
    )),
    Table("建设计划", _decision("programme"), (
        ID, *SITE, FEDERATION, Column("half_year", mark("half-year (0 today)"), "count"), Column("when", mark("opens in")),
    )),
    Table("建设进度", _derived("programme_coverage"), (
        Column("half_year", mark("half-year (0 today)"), "count"), Column("when", mark("by the end of")), Column("tier", mark("tier")),
        Column("people", mark("people"), "count"), Column("covered", mark("of them within reach"), "count"),
    )),
    Table("资金人员上限", _derived("programme_limits"), (
        Column("limit", mark("limit"), shown=True), Column("first", mark("first half-year"), "count"), Column("last", mark("last half-year"), "count"),
        Column("most", mark("most"), "count"), Column("used", mark("used"), "count"),
    )),
    Table("优化质量", _outcomes, (
        Column("optimum", mark("what was optimised"), shown=True), Column("status", mark("status"), shown=True), Column("value", mark("value"), "count"),
        Column("bound", mark("proved bound"), "count"), Column("gap_share", mark("gap at most"), "share"),
    )),
    Table("阵地投入", _kit, (
        ID, *SITE, FEDERATION, Column("opening_yuan", mark("opening, yuan"), "count"), Column("kit_yuan", mark("kit, yuan"), "count"),
        Column("running_yuan_year", mark("running, yuan a year"), "count"), Column("kit", mark("kit")),
    )),
    Table("设施配置", _kit_items, (
        ID, *SITE, FEDERATION, Column("item", mark("kit")), Column("state", mark("state"), shown=True),
    )),
    Table("经费预算", _derived("budget"), (
        Column("district_id", mark("id")), FEDERATION, Column("payroll_yuan", mark("payroll, yuan a year"), "count"),
        Column("dues_yuan", mark("expected dues"), "count"), Column("refund_yuan", mark("refunds"), "count"),
        Column("to_enterprise_yuan", mark("kept by enterprises' unions"), "count"), Column("to_federation_yuan", mark("to the federation"), "count"),
        Column("to_street_town_yuan", mark("to the street_town"), "count"), Column("to_borough_yuan", mark("to the borough"), "count"),
        Column("to_city_yuan", mark("to the city"), "count"), Column("to_national_yuan", mark("to the national federation"), "count"),
        Column("base_yuan", mark("base funds"), "count"), Column("project_yuan", mark("project funds"), "count"), Column("income_yuan", mark("income"), "count"),
        Column("sites_yuan", mark("running of sites"), "count"), Column("allowance_yuan", mark("allowances"), "count"),
        Column("spending_yuan", mark("spending"), "count"), Column("balance_yuan", mark("balance"), "count"), Column("staff_yuan", mark("staff, paid by the street_town"), "count"),
    )),
    Table("经费托管", _derived("custody"), (
        Column("street_town_id", mark("id")), Column("street_town", mark("street_town")), Column("site", mark("custody centre")),
        Column("federations", mark("federations"), "count"), Column("base_yuan", mark("base funds"), "count"), Column("project_yuan", mark("project funds"), "count"),
        Column("income_yuan", mark("income"), "count"), Column("spending_yuan", mark("spending"), "count"), Column("staff_yuan", mark("staff, paid by the street_town"), "count"),
    )),
    Table("集体协商", _bargaining, (
        Column("street_town_id", mark("id")), Column("street_town", mark("street_town")), Column("bargaining", mark("bargaining"), shown=True),
        Column("group", mark("industry group")), Column("enterprises", mark("enterprises"), "count"), Column("workers", mark("workers"), "count"),
    )),
    Table("调解与预警", _derived("mediation"), (
        Column("district_id", mark("id")), FEDERATION, Column("site", mark("mediation seat")), Column("seats", mark("seats"), "count"),
        Column("disputes", mark("disputes"), "count"), Column("open_disputes", mark("open disputes"), "count"),
        Column("per_thousand", mark("open per 1,000 workers"), "minutes"), Column("watched", mark("on the watch list: 1 yes, 0 no"), "count"),
    )),
    Table("服务清单", _derived("services"), (
        ID, *SITE, Column("service", mark("service")), Column("basic", mark("basic: 1 yes, 0 special"), "count"),
        Column("figure", mark("because of"), shown=True), Column("value", mark("figure of the catchment"), "number"), Column("least", mark("from this value on"), "number"),
    )),
    Table("七项标准", _derived("standards"), (
        ID, *SITE, Column("standard", mark("standard"), shown=True), Column("state", mark("state"), shown=True),
    )),
    Table("覆盖公平", _equity, (
        Column("tier", mark("tier")), Column("by", mark("grouped by"), shown=True), Column("group", mark("group"), shown=True),
        Column("people", mark("people"), "count"), Column("covered", mark("of them within reach"), "count"),
        Column("coverage_share", mark("coverage"), "share"), Column("mean_min", mark("mean minutes"), "minutes"),
    )),
    Table("分时覆盖", _derived("hourly"), (
        Column("tier", mark("tier")), Column("day", mark("day"), shown=True), Column("hour", mark("hour"), "count"),
        Column("present", mark("people present"), "count"), Column("covered", mark("of them with an open site in reach"), "count"),
    )),
)  # fmt: skip
"""All sheets of operations, in order."""


def operation_sheets(plan: Plan) -> list[tuple[str, list[str], list[tuple[Any, ...]], list[str]]]:
    """Return name, headers, rows and units of each sheet."""
    sheets = []
    for table in TABLES:
        frame = table.rows(plan)
        columns = [_cells(frame[column.name], column) for column in table.columns]
        headers = [f"{text_in('zh', 'planner', c.header)} {c.header}" for c in table.columns]
        rows = list(zip(*columns, strict=True))
        sheets.append((table.sheet, headers, rows, [c.unit for c in table.columns]))
    return sheets


def _cells(values: pd.Series, column: Column) -> list[Any]:
    if column.shown:
        return [word(one) if isinstance(one, str) and one else None for one in values]
    if column.unit:
        return [None if pd.isna(one) else float(one) for one in values]
    return [None if pd.isna(one) else str(one) for one in values]
