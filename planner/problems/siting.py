"""One tier as the arrays that siting solves: who must be reached, from where, under which rules."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.site_costs import kit_yuan, opening_yuan, serves_today
from planner.siting import Coverage, GroupRule, SitingProblem

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.policy import Tier
    from planner.problems.demand import TierDemand
    from planner.scenario import Decision

AREAS = ("district_id", "street_town_id", "borough_id", "city")
"""Areas a site lies in, from the smallest."""

AREA_OF = {
    "one_per_district": "district_id",
    "one_per_street_town": "street_town_id",
    "one_per_borough": "borough_id",
    "one_per_city": "city",
}
"""Rule -> the area that has one site."""


@dataclass(frozen=True, eq=False)
class TierProblem:
    """A siting problem and the frames its indices point to.

    Parameters
    ----------
    problem
        Arrays for the solver.
    candidates
        One row per candidate, in the problem's order: ``site_id``, ``district_id``, ``compulsory``, ``vetoed``,
        ``existing``, ``reason`` (why it is compulsory, else empty).
    demand
        Who the rows are.
    """

    problem: SitingProblem
    candidates: pd.DataFrame
    demand: TierDemand


def mark_candidates(
    sites: gpd.GeoDataFrame, tier: Tier, decisions: tuple[Decision, ...], areas: pd.DataFrame
) -> pd.DataFrame:
    """Say of each candidate why it must open or must not.

    Parameters
    ----------
    sites
        Candidates of the tier (see `tier_candidates`), with ``workers`` for carriers and large enterprises.
    tier
        Thresholds of compulsory sites.
    decisions
        What people pinned or vetoed; it wins over the policy.
    areas
        ``district_id``, ``street_town_id``, ``borough_id`` of each site, indexed by ``site_id``.

    Returns
    -------
    pandas.DataFrame
        See `TierProblem.candidates`, plus ``preference``.
    """
    marked = pd.DataFrame(
        {
            "site_id": sites["site_id"].astype(str).to_numpy(),
            **{name: areas[name].reindex(sites["site_id"]).to_numpy() for name in AREAS},
            "existing": serves_today(sites, tier),
            "cost_yuan": opening_yuan(sites, tier) + kit_yuan(sites, tier),
            "preference": sites["preference"].to_numpy(float),
            "reason": "",
        }
    )
    workers = sites["workers"].to_numpy()
    for kind, least, reason in (
        ("carrier", tier.compulsory_carrier_workers, "main_carrier"),
        ("large_enterprise", tier.compulsory_enterprise_workers, "large_enterprise"),
    ):
        if least is not None:
            marked.loc[(sites["kind"] == kind).to_numpy() & (workers >= least), "reason"] = reason
    if tier.keep_existing:
        marked.loc[marked["existing"] & (sites["consent"] != "refused").to_numpy(), "reason"] = (
            "existing"
        )
    said = {
        decision.site_id: decision.decision for decision in decisions if decision.tier == tier.name
    }
    word = marked["site_id"].map(said)
    marked.loc[word == "open", "reason"] = "pinned"
    marked["vetoed"] = (word == "closed").to_numpy(bool)
    marked.loc[marked["vetoed"], "reason"] = ""
    marked["compulsory"] = marked["reason"] != ""
    return marked


def tier_problem(
    tier: Tier,
    demand: TierDemand,
    candidates: pd.DataFrame,
    peopled: dict[str, frozenset[str]],
    quotas: dict[str, int],
) -> TierProblem:
    """Build the siting problem of one tier.

    Parameters
    ----------
    tier
        Rule, objective, counts, preference.
    demand
        People and the candidates they reach.
    candidates
        Rows in the order of the demand's columns; see `mark_candidates`.
    peopled
        Column of `AREAS` -> areas that hold organisations; an area of nobody needs no site.
    quotas
        Most sites of each street_town, for the rule `target`.
    """
    compulsory = candidates["compulsory"].to_numpy(bool)
    usable = ~candidates["vetoed"].to_numpy(bool)
    most, rules = _how_many(tier, candidates, peopled, quotas)
    expected = len(rules) if most is None else most
    if tier.rule == "target":
        expected = sum(quotas.values())
    covering = tier.rule == "cover_share"
    weights = demand.rows["people" if covering else "priority"].to_numpy(float)
    far = max((way.cutoff_min for way in tier.streams), default=0.0)
    problem = SitingProblem(
        demand_ids=demand.rows["demand_id"].to_numpy(dtype=str),
        candidate_ids=candidates["site_id"].to_numpy(dtype=str),
        weights=weights,
        coverage=Coverage(demand.indptr, demand.indices, demand.deciseconds),
        objective="set_cover" if covering else tier.objective,
        p=most,
        p_sense="at_most",
        cover_share=tier.cover_share,
        costs=candidates["cost_yuan"].to_numpy(float) if tier.rule == "budget" else None,
        budget=float(tier.budget_yuan) if tier.rule == "budget" else None,
        fixed_open=compulsory,
        fixed_closed=~usable,
        existing=candidates["existing"].to_numpy(bool),
        group_rules=rules,
        preference=candidates["preference"].to_numpy(float) if tier.preference_share else None,
        preference_rate=tier.preference_share * float(weights.sum()) / max(1, expected),
        unreached_deciseconds=round(far * 1200) if tier.objective == "p_median" else None,
    )
    return TierProblem(problem, candidates, demand)


def _how_many(
    tier: Tier,
    candidates: pd.DataFrame,
    peopled: dict[str, frozenset[str]],
    quotas: dict[str, int],
) -> tuple[int | None, tuple[GroupRule, ...]]:
    """Return the most sites of the plan (None: no such limit) and the counts per area."""
    compulsory = int(candidates["compulsory"].sum())
    usable = int((~candidates["vetoed"]).sum())
    if tier.rule in AREA_OF:
        area = AREA_OF[tier.rule]
        return None, _one_per_area(candidates, area, peopled[area])
    if tier.rule == "target":
        return None, _quota_rules(candidates, quotas)
    if tier.rule in {"budget", "cover_share"}:
        return None, ()
    wanted = (
        tier.count
        if tier.rule == "count"
        else ceil(tier.per_district * len(peopled["district_id"]))
    )
    return min(max(compulsory, wanted), usable), ()


def _one_per_area(
    candidates: pd.DataFrame, area: str, peopled: frozenset[str]
) -> tuple[GroupRule, ...]:
    """One site in each area that holds organisations, none elsewhere; what must open counts towards it."""
    by_area = candidates.groupby(area)
    groups = {str(name): rows for name, rows in by_area.indices.items()}
    must = by_area["compulsory"].sum()
    nowhere = np.zeros(0, np.int64)
    rules = []
    for name in sorted({*groups, *peopled}):
        count = max(int(must.get(name, 0)), int(name in peopled))
        rows = np.sort(groups.get(name, nowhere)).astype(np.int32)
        rules.append(GroupRule(name, rows, count, count))
    return tuple(rules)


def _quota_rules(candidates: pd.DataFrame, quotas: dict[str, int]) -> tuple[GroupRule, ...]:
    """At most the quota in each street_town; what must open may exceed it."""
    by_town = candidates.groupby("street_town_id")
    must = by_town["compulsory"].sum()
    return tuple(
        GroupRule(
            str(name),
            np.sort(rows).astype(np.int32),
            0,
            max(quotas.get(str(name), 0), int(must.get(name, 0))),
        )
        for name, rows in sorted(by_town.indices.items())
    )
