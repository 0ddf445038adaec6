"""Figures of what runs on the sites: money, hours, programme, federations built, bargaining, services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.messages import mark
from planner.kpis import kpi

if TYPE_CHECKING:
    from planner.kpis import Facts


def _goal(facts: Facts, target: str) -> float:
    goals = facts.decisions["targets"]
    return float(goals.loc[(goals["target"] == target) & (goals["level"] == "plan"), "goal"].sum())


@kpi(
    mark("federations the city's target asks for here"),
    "小二级目标数",
    unit="count",
    better="neither",
)
def federations_goal(facts: Facts) -> float:
    """Return the city's number handed down to the plan (一(二))."""
    return _goal(facts, "federations")


@kpi(
    mark("federations built: people, premises, funds, certificate, account"),
    "已建成小二级数",
    unit="count",
    better="more",
)
def federations_built(facts: Facts) -> float:
    """Federations with every step done on the programme's first day (一(二))."""
    return float(facts.derived["readiness"]["built"].sum())


@kpi(mark("federations proposed as models"), "拟推示范小二级", unit="count", better="neither")
def models_proposed(facts: Facts) -> float:
    """Models proposed by assessment and readiness (一(二), 五(四))."""
    return float(len(facts.decisions["models"]))


@kpi(
    mark("models the city's target asks for here"),
    "示范小二级目标数",
    unit="count",
    better="neither",
)
def models_goal(facts: Facts) -> float:
    """Return the city's number of models handed down to the plan."""
    return _goal(facts, "models")


@kpi(
    mark("worker schools the city's target asks for here"),
    "职工学校目标数",
    unit="count",
    better="neither",
)
def worker_schools_goal(facts: Facts) -> float:
    """Return the city's number of worker schools handed down to the plan (二(二))."""
    return _goal(facts, "worker_school")


@kpi(
    mark("fitness spots the city's target asks for here"),
    "职工健身点目标数",
    unit="count",
    better="neither",
)
def fitness_spots_goal(facts: Facts) -> float:
    """Return the city's number of fitness spots handed down to the plan (二(二))."""
    return _goal(facts, "fitness_spot")


@kpi(
    mark("visits to be had that find an open site"), "可到访工时覆盖率", unit="share", better="more"
)
def visit_hours_share(facts: Facts) -> float:
    """Worker-hours a week that find a site with planned hours open, over all there are to be had (二(三))."""
    outcomes: Any = facts.derived["outcomes"].set_index("optimum")
    offered = float(outcomes.loc["hours", "offered"])
    return float(outcomes.loc["hours", "value"]) / offered if offered else 0.0


@kpi(mark("hours a week the sites are open"), "每周开放时数", unit="count", better="more")
def open_hours_week(facts: Facts) -> float:
    """Site-hours a week of all sites, five weekdays and two days at weekends."""
    hours = facts.decisions["hours"]
    days = hours["day"].map({"weekday": 5, "weekend": 2})
    return float(((hours["closes_min"] - hours["opens_min"]) * days).sum()) / 60.0


@kpi(
    mark("expected dues, refunds taken off"),
    "预计经费收缴（扣除返还）",
    unit="yuan",
    better="neither",
)
def dues_yuan_year(facts: Facts) -> float:
    """Payroll x 2 % x collection rate of organised enterprises, less refunds, yuan a year (四(一))."""
    budget = facts.derived["budget"]
    return float((budget["dues_yuan"] - budget["refund_yuan"]).sum())


@kpi(
    mark("federations' income: base and projects"), "小二级经费收入", unit="yuan", better="neither"
)
def federation_income_yuan_year(facts: Facts) -> float:
    """Return base and project funds of all federations, yuan a year (四(二))."""
    return float(facts.derived["budget"]["income_yuan"].sum())


@kpi(mark("opening and kit of all sites"), "阵地建设一次性投入", unit="yuan", better="less")
def opening_yuan(facts: Facts) -> float:
    """Return what opening and equipping the sites that do not exist yet costs once."""
    costs = facts.derived["site_costs"]
    return float((costs["opening_yuan"] + costs["kit_yuan"]).sum())


@kpi(mark("running all sites"), "阵地年度运行费用", unit="yuan", better="less")
def running_yuan_year(facts: Facts) -> float:
    """Upkeep and rent of all sites, yuan a year."""
    return float(facts.derived["site_costs"]["running_yuan_year"].sum())


@kpi(
    mark("sites open by the end of the programme"), "两年内建成阵地数", unit="count", better="more"
)
def sites_in_programme(facts: Facts) -> float:
    """Sites open today or in one of the programme's half-years."""
    return float(
        (facts.decisions["programme"]["half_year"] <= facts.policy.programme.half_years).sum()
    )


@kpi(
    mark("federations whose station opens within the programme"),
    "两年内建站小二级数",
    unit="count",
    better="more",
)
def federations_in_programme(facts: Facts) -> float:
    """Federations whose station is open by the programme's end (一(二))."""
    offices = {tier.name for tier in facts.policy.tiers if "federation_office" in tier.houses}
    since = facts.decisions["programme"].set_index("facility_id")["half_year"]
    mine = facts.facilities[facts.facilities["tier"].isin(offices)]
    within = mine["facility_id"].map(since) <= facts.policy.programme.half_years
    return float(mine.loc[within, "district_id"].nunique())


@kpi(
    mark("enterprises that bargain for themselves"),
    "单独协商企业数",
    unit="count",
    better="neither",
)
def bargain_alone(facts: Facts) -> float:
    """Large enterprises with a congress and second bargaining of their own (三(一))."""
    return float((facts.derived["bargaining"]["bargaining"] == "own").sum())


@kpi(
    mark("enterprises under industry-wide bargaining"),
    "行业性协商覆盖企业数",
    unit="count",
    better="neither",
)
def bargain_by_industry(facts: Facts) -> float:
    """Enterprises under industry-wide bargaining (三(一))."""
    return float((facts.derived["bargaining"]["bargaining"] == "industry").sum())


@kpi(
    mark("enterprises under area-wide bargaining"),
    "区域性协商覆盖企业数",
    unit="count",
    better="neither",
)
def bargain_by_area(facts: Facts) -> float:
    """Enterprises under area-wide bargaining (三(一))."""
    return float((facts.derived["bargaining"]["bargaining"] == "area").sum())


@kpi(mark("federations on the watch list"), "预警小二级数", unit="count", better="less")
def federations_watched(facts: Facts) -> float:
    """Federations with many open disputes (三(二))."""
    return float(facts.derived["mediation"]["watched"].sum())


@kpi(mark("mediation seats"), "调解席位数", unit="count", better="neither")
def mediation_seats(facts: Facts) -> float:
    """Mediation seats in the federations' stations (三(二))."""
    return float(facts.derived["mediation"]["seats"].sum())


@kpi(
    mark("special services added to stations"), "服务站特色服务项数", unit="count", better="neither"
)
def special_services(facts: Facts) -> float:
    """Return special services that the catchments call for, each once per site (二(二))."""
    services = facts.derived["services"]
    mine = services.loc[~services["basic"].astype(bool), ["facility_id", "service"]]
    return float(len(mine.drop_duplicates()))


def _overlay(facts: Facts, column: str) -> float:
    table = facts.decisions.get("industry_federations")
    return 0.0 if table is None else float(len(table) if not column else table[column].sum())


@kpi(mark("industry federations"), "行业工会联合会数", unit="count", better="neither")
def industry_federations(facts: Facts) -> float:
    """Return industry federations that lie across the area districts (一(二))."""
    return _overlay(facts, "")


@kpi(
    mark("union organisations in industry federations"),
    "行业工会联合会所辖基层工会数",
    unit="count",
    better="neither",
)
def industry_federation_organisations(facts: Facts) -> float:
    """Return organisations marked with an industry federation beside their area federation."""
    return _overlay(facts, "organisations")


@kpi(
    mark("workers in industry federations"),
    "行业工会联合会覆盖职工数",
    unit="workers",
    better="neither",
)
def industry_federation_workers(facts: Facts) -> float:
    """Return workers of those organisations."""
    return _overlay(facts, "workers")
