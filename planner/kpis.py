"""Figures of a plan: one function each, registered with its unit, its direction and its two names.

CSV, XLSX, the map and `planner show` go through the registry, so a new figure is one function here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from geodata.messages import mark
from planner.scenario import Resources
from planner.staffing import pool_below_share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from planner.policy import Policy, Tier

Better = Literal["more", "less", "neither"]
Unit = Literal["count", "share", "minutes", "workers", "metres", "yuan"]


@dataclass(frozen=True, eq=False)
class Facts:
    """Tables of a plan that figures are computed from."""

    policy: Policy
    decisions: Mapping[str, pd.DataFrame]
    layers: Mapping[str, gpd.GeoDataFrame]
    derived: Mapping[str, pd.DataFrame]
    resources: Resources = field(default_factory=Resources)
    _last: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False)

    @property
    def districts(self) -> pd.DataFrame:
        """Federation districts."""
        return self.decisions["districts"]

    @property
    def facilities(self) -> pd.DataFrame:
        """Open sites."""
        return self.decisions["facilities"]

    @cached_property
    def workers(self) -> pd.DataFrame:
        """Enterprises in scope: ``enterprise_id``, ``workers``, ``members``, ``unionised``."""
        enterprises = self.layers["enterprises"]
        columns = ["enterprise_id", "workers", "members", "unionised"]
        return pd.DataFrame(enterprises.loc[enterprises["in_scope"], columns])

    @property
    def unregistered(self) -> pd.DataFrame:
        """Workers whom a density shows and no row of the register explains; none in a plan without a density."""
        layer = self.layers.get("unregistered")
        return pd.DataFrame({"unregistered_id": [], "workers": []} if layer is None else layer)

    def reached(self, tier: str) -> pd.DataFrame:
        """Return the tier's demand with ``weight`` and, where reached, ``deciseconds`` to the nearest open site."""
        if tier not in self._last:
            # A tier's figures are asked for one after the other: the last one's table is kept.
            self._last.clear()
            reach = self.derived["reach"]
            self._last[tier] = reached_by(
                self.policy.tier(tier),
                with_unregistered(self.workers, self.unregistered),
                pd.DataFrame(self.layers["outdoor"]),
                self.access,
                reach[reach["tier"] == tier],
            )
        return self._last[tier]

    def access(self, demand: str, mode: str) -> pd.Series:
        """Return the network access point of each entity of a demand layer, absent where it has none."""
        access = self.derived["access"]
        rows = (access["layer"] == demand) & (access["mode"] == mode)
        return access.loc[rows].set_index("entity_id")["access_id"]


def with_unregistered(enterprises: pd.DataFrame, unregistered: pd.DataFrame) -> pd.DataFrame:
    """Return workers of enterprises and those whom no row of the register explains, as one table of demand.

    The latter have an id of their own in ``enterprise_id``, no known industry and no members.
    """
    if not len(unregistered):
        return enterprises
    more = pd.DataFrame(
        {
            "enterprise_id": unregistered["unregistered_id"].to_numpy(),
            "workers": unregistered["workers"].to_numpy(),
        }
    )
    if "industry" in enterprises:
        more["industry"] = ""
    columns = [name for name in ("enterprise_id", "industry", "workers") if name in enterprises]
    return pd.concat([enterprises[columns], more[columns]], ignore_index=True)


def reached_by(
    tier: Tier,
    workers: pd.DataFrame,
    outdoor: pd.DataFrame,
    access_of: Callable[[str, str], pd.Series],
    reach: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row per entity of a tier's demand and, outdoors, hour.

    Parameters
    ----------
    tier
        Ways and period.
    workers, outdoor
        Enterprises in scope (``enterprise_id``, ``workers``) and outdoor workers by hour.
    access_of
        Access point of each entity of a layer for a mode, indexed by entity.
    reach
        The tier's nearest open sites: ``access_id``, ``way``, ``hours``, ``deciseconds``.

    Returns
    -------
    pandas.DataFrame
        ``entity_id``, ``hour`` (-1 where hours do not matter), ``weight`` (workers, or people present), ``access_id``,
        ``deciseconds`` (absent where no site open in that hour is in reach).
    """
    parts = []
    for way in tier.streams:
        near = reach[reach["way"] == way.number]
        access = access_of(way.demand, way.mode)
        if way.demand != "outdoor":
            demand = pd.DataFrame(
                {"entity_id": workers["enterprise_id"], "weight": workers["workers"], "hour": -1}
            )
            blocks = [(demand, near)]
        else:
            mine = outdoor[outdoor["kind"].isin(way.kinds)]
            blocks = _by_hour(mine, tier.period.columns, near)
        for demand, nearest in blocks:
            access_id = demand["entity_id"].map(access)
            found = access_id.map(nearest.set_index("access_id")["deciseconds"])
            parts.append(demand.assign(access_id=access_id, deciseconds=found))
    return pd.concat(parts, ignore_index=True)


def _by_hour(
    outdoor: pd.DataFrame, columns: list[str], near: pd.DataFrame
) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Return people of each hour, with the sites nearest then."""
    masks = near["hours"].to_numpy(dtype="int64")
    blocks = []
    for name in columns:
        hour = int(name[1:])
        people = {"entity_id": outdoor["outdoor_id"], "weight": outdoor[name], "hour": hour}
        blocks.append((pd.DataFrame(people), near[(masks >> hour & 1) == 1]))
    return blocks


@dataclass(frozen=True)
class Kpi:
    """A figure: how it is called, what it is counted in, and whether more is better."""

    name: str
    label_en: str
    label_zh: str
    unit: Unit
    better: Better
    compute: Callable[[Facts], float]


KPIS: dict[str, Kpi] = {}


def kpi(
    label_en: str, label_zh: str, *, unit: Unit, better: Better
) -> Callable[[Callable[[Facts], float]], Callable[[Facts], float]]:
    """Register a figure under its function's name."""

    def register(compute: Callable[[Facts], float]) -> Callable[[Facts], float]:
        name = compute.__name__
        KPIS[name] = Kpi(name, label_en, label_zh, unit, better, compute)
        return compute

    return register


def figures(policy: Policy) -> dict[str, Kpi]:
    """Return the registered figures and those that every tier of the policy has."""
    import_module("planner.operating_kpis")  # its functions register themselves
    return KPIS | {figure.name: figure for tier in policy.tiers for figure in tier_figures(tier)}


def evaluate(facts: Facts) -> dict[str, float]:
    """Return every figure, rounded to six decimals so that it prints the same everywhere."""
    return {
        name: round(float(figure.compute(facts)), 6)
        for name, figure in figures(facts.policy).items()
    }


@kpi(mark("enterprises in scope"), "范围内企业数", unit="count", better="neither")
def enterprises_in_scope(facts: Facts) -> float:
    """Enterprises of non-public ownership that exist."""
    return len(facts.workers)


@kpi(mark("workers in scope"), "范围内职工数", unit="workers", better="neither")
def workers_in_scope(facts: Facts) -> float:
    """Workers of enterprises in scope."""
    return float(facts.workers["workers"].sum())


@kpi(mark("workers no register explains"), "名册外职工数", unit="workers", better="neither")
def unregistered_workers(facts: Facts) -> float:
    """Workers a density shows beyond the register, and those of platforms; they count as demand of the tiers that serve workers."""
    return float(facts.unregistered["workers"].sum())


def _of_platforms(facts: Facts, column: str) -> float:
    """Add a column up over platform workers; a plan of an earlier version knows none."""
    layer = facts.unregistered
    if "kind" not in layer:
        return 0.0
    return float(layer.loc[layer["kind"] == "platform", column].sum())


@kpi(mark("platform workers"), "平台从业者数", unit="workers", better="neither")
def platform_workers(facts: Facts) -> float:
    """Workers of platforms, who have no employer in the register; among those no register explains (一(四))."""
    return _of_platforms(facts, "workers")


@kpi(mark("platform workers who are members"), "平台从业者会员数", unit="workers", better="more")
def platform_members(facts: Facts) -> float:
    """Platform workers who joined outside an enterprise; they do not count in the membership rate of enterprises (一(四))."""
    return _of_platforms(facts, "members")


@kpi(mark("enterprises covered by a union"), "建会率", unit="share", better="more")
def union_rate_share(facts: Facts) -> float:
    """Enterprises covered by an own or joint union today, over enterprises in scope."""
    return _share(float(facts.workers["unionised"].sum()), len(facts.workers))


@kpi(mark("members among workers"), "入会率", unit="share", better="more")
def membership_rate_share(facts: Facts) -> float:
    """Members over workers, enterprises in scope."""
    return _share(float(facts.workers["members"].sum()), float(facts.workers["workers"].sum()))


def _area(facts: Facts) -> pd.Series:
    """Return the jurisdiction of each enterprise in scope, indexed by its id."""
    layer = facts.layers["enterprises"]
    found: pd.Series = layer[layer["in_scope"]].set_index("enterprise_id")["jurisdiction"]
    return found


def _members(facts: Facts, area: pd.Series) -> NDArray[np.bool_]:
    """Tell which enterprises belong to an organisation of the plan."""
    # As objects: looking Arrow strings up among half a million others makes each of them a scalar first.
    found: NDArray[np.bool_] = area.index.astype(object).isin(
        facts.decisions["membership"]["enterprise_id"].astype(object)
    )
    return found


@kpi(mark("area enterprises that a federation covers"), "按辖区覆盖率", unit="share", better="more")
def covered_by_area_share(facts: Facts) -> float:
    """Enterprises of the area's jurisdiction whose organisation lies in a federation, over all of them (一(一))."""
    area = _area(facts)
    mine = area == "area"
    return _share(float(_members(facts, area)[mine].sum()), int(mine.sum()))


@kpi(
    mark("enterprises somebody is responsible for: a federation, or their bureau"),
    "按责任覆盖率",
    unit="share",
    better="more",
)
def covered_by_responsibility_share(facts: Facts) -> float:
    """Enterprises in a federation, and those of a bureau's jurisdiction, over all in scope (一(一))."""
    area = _area(facts)
    held = _members(facts, area) | (area == "bureau")
    return _share(float(held.sum()), len(area))


@kpi(
    mark("enterprises with a union organisation in the plan"),
    "按组织覆盖率（规划）",
    unit="share",
    better="more",
)
def covered_by_organisation_share(facts: Facts) -> float:
    """Enterprises that an own or joint union of the plan covers, over all in scope (一(一)); today's is `union_rate_share`."""
    area = _area(facts)
    held = _members(facts, area)
    return _share(float(held.sum()), len(area))


@kpi(mark("union organisations in the plan"), "基层工会数", unit="count", better="neither")
def organisations(facts: Facts) -> float:
    """Union organisations formed."""
    return len(facts.decisions["organisation_district"])


def _counted(facts: Facts, level: str) -> float:
    table = facts.derived.get("formation")
    if table is None:  # a plan of an earlier version
        return float("nan")
    return float(table.loc[table["area"] == "city", f"organisations_{level}"].sum())


@kpi(mark("union organisations today"), "现有基层工会数", unit="count", better="more")
def organisations_today(facts: Facts) -> float:
    """Union organisations that enterprises with a union have today."""
    return _counted(facts, "today")


@kpi(
    mark("union organisations at the rate to keep"),
    "建会率达标时基层工会数",
    unit="count",
    better="neither",
)
def organisations_at_85(facts: Facts) -> float:
    """Union organisations when the policy's share of enterprises is organised (85 %)."""
    return _counted(facts, "at_85")


@kpi(
    mark("union organisations at full formation"),
    "全部建会时基层工会数",
    unit="count",
    better="neither",
)
def organisations_full(facts: Facts) -> float:
    """Union organisations when every enterprise is in one."""
    return _counted(facts, "full")


@kpi(mark("federation districts"), "工会联合会数", unit="count", better="neither")
def districts(facts: Facts) -> float:
    """Federation districts."""
    return len(facts.districts)


@kpi(
    mark("districts with both counts in band"),
    "两项指标均达标的联合会占比",
    unit="share",
    better="more",
)
def districts_in_band_share(facts: Facts) -> float:
    """Districts whose organisations and workers both lie within the policy's band, limits included."""
    rule = facts.policy.federations
    counts = facts.districts
    inside = counts["workers"].between(rule.workers.least, rule.workers.most)
    inside &= counts["organisations"].between(rule.organisations.least, rule.organisations.most)
    return _share(float(inside.sum()), len(counts))


@kpi(
    mark("sub-areas in one federation district"), "完整保留的子片区数", unit="count", better="more"
)
def sub_areas_whole(facts: Facts) -> float:
    """Sub-areas (party-building areas, governance grids, park blocks) whose units are all in one district, by street_town."""
    return _sub_areas(facts, whole=True)


@kpi(mark("sub-areas cut between districts"), "被分割的子片区数", unit="count", better="less")
def sub_areas_split(facts: Facts) -> float:
    """Sub-areas whose units are in several districts of a street_town."""
    return _sub_areas(facts, whole=False)


def _sub_areas(facts: Facts, *, whole: bool) -> float:
    table = facts.derived.get("sub_areas")
    if table is None:  # a plan of an earlier version
        return float("nan")
    return float((table["whole"].astype(bool) == whole).sum())


@kpi(
    mark("workers in their district's largest industry"),
    "本联合会最大行业职工占比",
    unit="share",
    better="more",
)
def same_industry_share(facts: Facts) -> float:
    """Workers of organisations of the largest industry of their district over all workers of organisations."""
    organisations = pd.DataFrame(facts.layers["organisations"])
    home = facts.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    keys = [organisations["organisation_id"].map(home), organisations["industry"]]
    held = organisations["workers"].groupby(keys).sum()
    return _share(float(held.groupby(level=0).max().sum()), float(held.sum()))


@kpi(
    mark("mean organisations per district"), "联合会平均基层工会数", unit="count", better="neither"
)
def organisations_per_district(facts: Facts) -> float:
    """Organisations over districts."""
    return _share(float(facts.districts["organisations"].sum()), len(facts.districts))


@kpi(mark("mean workers per district"), "联合会平均职工数", unit="workers", better="neither")
def workers_per_district(facts: Facts) -> float:
    """Workers of the organisations over districts."""
    return _share(float(facts.districts["workers"].sum()), len(facts.districts))


def tier_figures(tier: Tier) -> list[Kpi]:
    """Return the figures of one tier: sites, coverage, minutes."""
    name, en, zh = tier.name, tier.label_en, tier.label_zh

    def sites(facts: Facts) -> float:
        return float((facts.facilities["tier"] == name).sum())

    def coverage(facts: Facts) -> float:
        reached = facts.reached(name)
        inside = reached.loc[reached["deciseconds"].notna(), "weight"]
        return _share(float(inside.sum()), float(reached["weight"].sum()))

    def minutes(facts: Facts) -> float:
        reached = facts.reached(name).dropna(subset="deciseconds")
        total = float((reached["weight"] * reached["deciseconds"]).sum()) / 600.0
        return _share(total, float(reached["weight"].sum()))

    within_en, within_zh = (
        f"reach a {en} within {tier.cutoff_min:g} min",
        f"{tier.cutoff_min:g} 分钟{zh}覆盖率",
    )
    mean_en, mean_zh = (
        f"mean minutes to the nearest {en}, of those who reach one",
        f"到最近{zh}平均分钟（可达者）",
    )

    def in_hours(facts: Facts) -> float:
        hourly = facts.derived["hourly"]
        mine = hourly[
            (hourly["tier"] == name)
            & hourly["hour"].between(tier.period.first_hour, tier.period.last_hour)
        ]
        days = mine["day"].map({"weekday": 5, "weekend": 2})
        return _share(float((mine["covered"] * days).sum()), float((mine["present"] * days).sum()))

    def worst(facts: Facts) -> float:
        table = facts.derived["equity"]
        mine = table[(table["tier"] == name) & (table["by"] == "worst_tenth")]
        return float(mine["coverage_share"].sum())

    def served(facts: Facts) -> float:
        rooms = facts.derived["rooms"]
        mine = rooms[rooms["tier"] == name]
        return _share(float(mine["served"].sum()), float(mine["load"].sum()))

    found = [
        Kpi(f"{name}_sites", f"{en}s", f"{zh}数", "count", "neither", sites),
        Kpi(f"{name}_coverage_share", within_en, within_zh, "share", "more", coverage),
        Kpi(f"{name}_mean_min", mean_en, mean_zh, "minutes", "less", minutes),
        Kpi(f"{name}_open_share", f"of the hours people are present, a {en} in reach is open", f"在岗时段可达且开放的{zh}占比", "share", "more", in_hours),
        Kpi(f"{name}_worst_tenth_share", f"reach a {en}, of the tenth with the longest way", f"最不利一成人群{zh}覆盖率", "share", "more", worst),
    ]  # fmt: skip
    if tier.capacity is not None:
        found.append(
            Kpi(f"{name}_served_share", f"find a seat in a {en} in the busiest hour, of those in reach", f"高峰时段{zh}座位满足率", "share", "more", served)
        )  # fmt: skip
    return found


@kpi(
    mark("stations whose premises must still be found"),
    "场地待落实的服务站数",
    unit="count",
    better="less",
)
def stations_to_find(facts: Facts) -> float:
    """Stations placed where no listed premises were at hand."""
    stations = facts.facilities.loc[facts.facilities["tier"] == "station", "site_id"]
    return float(stations.str.startswith("unit:").sum())


@kpi(mark("workers not on the road network"), "未接入路网的职工数", unit="workers", better="less")
def workers_off_network(facts: Facts) -> float:
    """Workers whose enterprise is too far from a usable road, by the first tier's mode; counted as not covered."""
    first = next(tier for tier in facts.policy.tiers if tier.demand == "workers")
    access = facts.workers["enterprise_id"].map(facts.access("workers", first.mode))
    return float(facts.workers.loc[access.isna(), "workers"].sum())


@kpi(mark("professionals needed"), "需配专业工会工作者", unit="count", better="neither")
def professionals_needed(facts: Facts) -> float:
    """Professionals by the staffing ratio."""
    return float(facts.decisions["staffing"]["professionals_needed"].sum())


@kpi(mark("professionals lacking"), "专业工会工作者缺口", unit="count", better="less")
def professionals_lacking(facts: Facts) -> float:
    """Professionals needed less those posted."""
    staffing = facts.decisions["staffing"]
    return float((staffing["professionals_needed"] - staffing["professionals_posted"]).sum())


@kpi(
    mark("professionals who serve in federations and below, of the whole pool"),
    "专业工会工作者在街镇以下占比",
    unit="share",
    better="more",
)
def professionals_below_share(facts: Facts) -> float:
    """Return posted professionals over the whole pool, those above and those not posted included (一(五))."""
    posted = int(facts.decisions["staffing"]["professionals_posted"].sum())
    resources = facts.resources
    return pool_below_share(posted, resources.professionals, resources.professionals_above)


@kpi(mark("part-time chairs"), "兼职主席", unit="count", better="neither")
def part_time_chairs(facts: Facts) -> float:
    """Part-time chairs, counted apart from professionals."""
    return float(facts.decisions["staffing"]["part_time_chairs"].sum())


@kpi(mark("volunteers"), "志愿者", unit="count", better="neither")
def volunteers(facts: Facts) -> float:
    """Volunteers, counted apart from professionals."""
    return float(facts.decisions["staffing"]["volunteers"].sum())


@kpi(mark("professionals posted"), "拟配专业工会工作者", unit="count", better="neither")
def professionals_posted(facts: Facts) -> float:
    """Professionals posted full time."""
    return float(facts.decisions["staffing"]["professionals_posted"].sum())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float(np.float64(0.0))
