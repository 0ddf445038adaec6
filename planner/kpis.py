"""Figures of a plan: one function each, registered with its unit, its direction and its two names.

CSV, XLSX, the map and `planner show` go through the registry, so a new figure is one function here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from geodata.messages import mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd

    from planner.policy import Policy, Tier

Better = Literal["more", "less", "neither"]
Unit = Literal["count", "share", "minutes", "workers", "metres"]


@dataclass(frozen=True, eq=False)
class Facts:
    """Tables of a plan that figures are computed from."""

    policy: Policy
    decisions: Mapping[str, pd.DataFrame]
    layers: Mapping[str, gpd.GeoDataFrame]
    derived: Mapping[str, pd.DataFrame]

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
        rule = self.policy.tier(tier)
        if rule.demand == "outdoor":
            hours = [
                f"h{hour:02d}" for hour in range(rule.period.first_hour, rule.period.last_hour + 1)
            ]
            outdoor = self.layers["outdoor"]
            demand = pd.DataFrame(
                {"entity_id": outdoor["outdoor_id"], "weight": outdoor[hours].sum(axis=1)}
            )
        else:
            demand = pd.DataFrame(
                {"entity_id": self.workers["enterprise_id"], "weight": self.workers["workers"]}
            )
            more = self.unregistered
            if len(more):
                beyond = {"entity_id": more["unregistered_id"], "weight": more["workers"]}
                demand = pd.concat([demand, pd.DataFrame(beyond)], ignore_index=True)
        reach = self.derived["reach"]
        nearest = reach.loc[reach["tier"] == tier].set_index("access_id")["deciseconds"]
        access_id = demand["entity_id"].map(self.access(rule.demand, rule.mode))
        return demand.assign(access_id=access_id, deciseconds=access_id.map(nearest))

    def access(self, demand: str, mode: str) -> pd.Series:
        """Return the network access point of each entity of a demand layer, absent where it has none."""
        access = self.derived["access"]
        rows = (access["layer"] == demand) & (access["mode"] == mode)
        return access.loc[rows].set_index("entity_id")["access_id"]


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
    """Workers a density shows beyond the register; they count as demand of the tiers that serve workers."""
    return float(facts.unregistered["workers"].sum())


@kpi(mark("enterprises covered by a union"), "建会率", unit="share", better="more")
def union_rate_share(facts: Facts) -> float:
    """Enterprises covered by an own or joint union today, over enterprises in scope."""
    return _share(float(facts.workers["unionised"].sum()), len(facts.workers))


@kpi(mark("members among workers"), "入会率", unit="share", better="more")
def membership_rate_share(facts: Facts) -> float:
    """Members over workers, enterprises in scope."""
    return _share(float(facts.workers["members"].sum()), float(facts.workers["workers"].sum()))


@kpi(mark("union organisations in the plan"), "基层工会数", unit="count", better="neither")
def organisations(facts: Facts) -> float:
    """Union organisations formed."""
    return len(facts.decisions["organisation_district"])


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
    return [
        Kpi(f"{name}_sites", f"{en}s", f"{zh}数", "count", "neither", sites),
        Kpi(f"{name}_coverage_share", within_en, within_zh, "share", "more", coverage),
        Kpi(f"{name}_mean_min", mean_en, mean_zh, "minutes", "less", minutes),
    ]


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


@kpi(mark("professionals posted"), "拟配专业工会工作者", unit="count", better="neither")
def professionals_posted(facts: Facts) -> float:
    """Professionals posted full time."""
    return float(facts.decisions["staffing"]["professionals_posted"].sum())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float(np.float64(0.0))
