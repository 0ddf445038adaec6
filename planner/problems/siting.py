"""One tier as the arrays that siting solves: who must be reached, from where, under which rules."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.siting import Coverage, GroupRule, SitingProblem

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.travel_time import TravelTimes
    from planner.policy import Tier
    from planner.scenario import Decision


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
    times
        Minutes from demand to candidates within the cutoff.
    """

    problem: SitingProblem
    candidates: pd.DataFrame
    times: TravelTimes


def mark_candidates(
    sites: gpd.GeoDataFrame, tier: Tier, decisions: tuple[Decision, ...], districts: pd.Series
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
    districts
        District of each site, indexed by ``site_id``.

    Returns
    -------
    pandas.DataFrame
        See `TierProblem.candidates`, plus ``preference``.
    """
    marked = pd.DataFrame(
        {
            "site_id": sites["site_id"].astype(str).to_numpy(),
            "district_id": districts.reindex(sites["site_id"]).to_numpy(),
            "existing": (sites["existing_tier"] == tier.name).fillna(value=False).to_numpy(bool),
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
    weights: NDArray[np.float64],
    times: TravelTimes,
    candidates: pd.DataFrame,
    peopled: frozenset[str],
) -> TierProblem:
    """Build the siting problem of one tier.

    Parameters
    ----------
    tier
        Rule, counts, preference.
    weights
        Weight of each demand, in the order of ``times.from_ids``.
    times
        Demand (rows) to candidates (columns) within the tier's cutoff.
    candidates
        Rows in the order of ``times.to_ids``; see `mark_candidates`.
    peopled
        Federation districts that hold organisations; a district of nobody needs no site.
    """
    rules = _one_per_district(candidates, peopled) if tier.rule == "one_per_district" else ()
    compulsory = candidates["compulsory"].to_numpy(bool)
    usable = ~candidates["vetoed"].to_numpy(bool)
    most = None
    if tier.rule == "max_cover":
        wanted = max(int(compulsory.sum()), ceil(tier.per_district * len(peopled)))
        most = min(wanted, int(usable.sum()))
    sites_opened = len(peopled) if most is None else most
    mean_reach = float(weights.sum()) / max(1, sites_opened)
    problem = SitingProblem(
        demand_ids=times.from_ids,
        candidate_ids=times.to_ids,
        weights=weights,
        coverage=Coverage(times.indptr, times.indices, times.deciseconds),
        objective="max_cover",
        p=most,
        p_sense="at_most",
        fixed_open=compulsory,
        fixed_closed=~usable,
        existing=candidates["existing"].to_numpy(bool),
        group_rules=rules,
        preference=candidates["preference"].to_numpy(float),
        preference_rate=tier.preference_share * mean_reach,
    )
    return TierProblem(problem, candidates, times)


def _one_per_district(candidates: pd.DataFrame, peopled: frozenset[str]) -> tuple[GroupRule, ...]:
    """One site in each district that holds organisations, none elsewhere; what must open counts towards it."""
    by_district = candidates.groupby("district_id")
    groups = {str(name): rows for name, rows in by_district.indices.items()}
    must = by_district["compulsory"].sum()
    nowhere = np.zeros(0, np.int64)
    rules = []
    for name in sorted({*groups, *peopled}):
        count = max(int(must.get(name, 0)), int(name in peopled))
        rows = np.sort(groups.get(name, nowhere)).astype(np.int32)
        rules.append(GroupRule(name, rows, count, count))
    return tuple(rules)


def nearest_open(times: TravelTimes, open_columns: NDArray[np.int32]) -> pd.DataFrame:
    """Return the nearest open site of every demand that has one within the cutoff.

    Parameters
    ----------
    times
        Demand to candidates.
    open_columns
        Columns of ``times`` that are open.

    Returns
    -------
    pandas.DataFrame
        ``access_id``, ``site_id``, ``deciseconds``; ties go to the smaller site id. Demand out of reach is absent.
    """
    rows = np.repeat(np.arange(len(times.from_ids)), np.diff(times.indptr))
    keep = np.isin(times.indices, open_columns)
    pairs = pd.DataFrame(
        {
            "access_id": times.from_ids[rows[keep]],
            "site_id": times.to_ids[times.indices[keep]],
            "deciseconds": times.deciseconds[keep].astype(np.int64),
        }
    )
    nearest = pairs.sort_values(["access_id", "deciseconds", "site_id"]).drop_duplicates(
        "access_id"
    )
    return nearest.reset_index(drop=True)
