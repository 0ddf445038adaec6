"""One tier after the other: candidates, travel times, choice, and who reaches what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import InfeasibleError
from planner.pipeline.decisions import facility_rows
from planner.pipeline.workers import Workers
from planner.plan import TIER_COLUMNS
from planner.problems.access import demand_at
from planner.problems.candidates import tier_candidates
from planner.problems.siting import mark_candidates, nearest_open, tier_problem
from planner.result import Outcome, Status

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.roads import Snapped
    from geodata.travel_time import TravelTimes
    from planner.pipeline.ground import Ground
    from planner.policy import Tier
    from planner.problems.siting import TierProblem
    from planner.scenario import Scenario
    from planner.siting import Siting

_ = translator("planner")

NO_FACILITIES = pd.DataFrame(columns=["facility_id", "tier", "site_id", "district_id"], dtype="str")
"""What is open before the first tier is sited."""

HERE = Workers()
"""All cores of this machine."""

MAX_PARENT_MIN = 60.0
"""How far a parent is looked for where the policy sets no limit, minutes."""


@dataclass(frozen=True, eq=False)
class TierAnswer:
    """What one tier adds to the plan."""

    facilities: pd.DataFrame
    summary: dict[str, object]
    reach: pd.DataFrame
    cards: pd.DataFrame
    outcome: Outcome


def site_tier(
    tier: Tier,
    ground: Ground,
    opened: pd.DataFrame,
    scenario: Scenario,
    *,
    workers: Workers = HERE,
) -> TierAnswer:
    """Choose the sites of one tier.

    Parameters
    ----------
    tier
        Its rule.
    ground
        Demand, candidates and roads.
    opened
        Facilities of the tiers before it.
    scenario
        Seed, stopping rules and people's decisions.
    workers
        Who searches.

    Raises
    ------
    InfeasibleError
        When no choice meets the tier's rules; says which rule and what would do.
    """
    from planner.siting import FirstOf, Gap, Stalled, WallClock, Work, solve

    candidates = _usable_candidates(tier, ground)
    parents = _parents(tier, ground, candidates, opened, workers)
    marked = mark_candidates(candidates, tier, scenario.decisions, ground.site_district)
    if tier.parent and tier.parent_cutoff_min is not None:
        # Out of its parent's reach a site may not open, unless a rule or a person says it must.
        marked["vetoed"] |= ~marked["site_id"].isin(parents.index) & ~marked["compulsory"]
    demand_ids, weights = _demand(tier, ground)
    times = _times(tier, ground, demand_ids, marked["site_id"], workers)
    prepared = tier_problem(tier, weights, times, marked, ground.peopled)
    stopping = scenario.stopping
    thousands = max(1, -(-len(marked) // 1000))
    stop = FirstOf(
        (
            Work(stopping.siting_work * thousands),
            Stalled(stopping.siting_stalled_work * thousands),
            Gap(stopping.siting_gap_share),
            WallClock(stopping.fuse_s),
        )
    )
    siting = solve(prepared.problem, seed=scenario.seed, stop=stop)
    if siting.outcome.status is Status.INFEASIBLE:
        fix = _("widen the candidates or the cutoff of this tier, or lift a pin or veto")
        raise InfeasibleError(
            Fault(siting.outcome.reason, _("tier {tier}").format(tier=tier.name), fix=fix)
        )
    chosen = marked.iloc[siting.sites]
    return TierAnswer(
        facilities=facility_rows(
            tier.name, chosen, _with_own_district(parents, chosen, opened, tier)
        ),
        summary=_summary(tier, siting),
        reach=nearest_open(times, siting.sites).assign(tier=tier.name),
        cards=site_cards(tier, prepared, siting),
        outcome=siting.outcome,
    )


def _usable_candidates(tier: Tier, ground: Ground) -> gpd.GeoDataFrame:
    """Return the candidates that lie on the network; a tier without any cannot be planned."""
    candidates = tier_candidates(ground.sites, tier)
    on_network = ground.site_access[tier.mode].entities.dropna(subset="access_id")["entity_id"]
    usable = candidates[candidates["site_id"].isin(on_network)].reset_index(drop=True)
    if usable.empty:
        what = _(
            "no candidate site: {listed} of the kinds listed, none of them on the road network"
        )
        fix = _("add premises of the kinds {kinds} to the sites file").format(
            kinds=", ".join(tier.candidates)
        )
        where = _("tier {tier}").format(tier=tier.name)
        raise InfeasibleError(Fault(what.format(listed=len(candidates)), where, fix=fix))
    return usable


def _demand(tier: Tier, ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    weights = ground.weights[tier.demand]
    if tier.demand == "outdoor":
        hours = [
            f"h{hour:02d}" for hour in range(tier.period.first_hour, tier.period.last_hour + 1)
        ]
        total = weights[hours].sum(axis=1)
    else:
        total = weights["workers"]
    return demand_at(ground.demand[tier.demand, tier.mode], total)


def _times(
    tier: Tier, ground: Ground, demand_ids: np.ndarray, site_ids: pd.Series, workers: Workers
) -> TravelTimes:
    layer = ground.demand[tier.demand, tier.mode]
    return workers.travel_times(
        ground.network,
        layer.snapped(demand_ids),
        _site_positions(ground, tier.mode, site_ids),
        from_ids=demand_ids,
        to_ids=site_ids.to_numpy(dtype=str),
        mode=tier.mode,
        cutoff_min=tier.cutoff_min,
    )


def _site_positions(ground: Ground, mode: str, site_ids: pd.Series) -> Snapped:
    sites = ground.site_access[mode]
    access = sites.entities.set_index("entity_id")["access_id"]
    return sites.snapped(access.loc[site_ids].to_numpy(dtype=str))


def _parents(
    tier: Tier,
    ground: Ground,
    candidates: gpd.GeoDataFrame,
    opened: pd.DataFrame,
    workers: Workers,
) -> pd.Series:
    """Return the nearest parent facility of each candidate that has one within reach."""
    open_parents = opened[opened["tier"] == tier.parent] if tier.parent else opened.iloc[:0]
    if open_parents.empty:
        return pd.Series(dtype=object)
    to_sites = open_parents["site_id"].sort_values().reset_index(drop=True)
    times = workers.travel_times(
        ground.network,
        _site_positions(ground, tier.mode, candidates["site_id"]),
        _site_positions(ground, tier.mode, to_sites),
        from_ids=candidates["site_id"].to_numpy(dtype=str),
        to_ids=to_sites.to_numpy(dtype=str),
        mode=tier.mode,
        cutoff_min=tier.parent_cutoff_min or MAX_PARENT_MIN,
    )
    nearest = nearest_open(times, np.arange(len(to_sites), dtype=np.int32))
    return (tier.parent + ":" + nearest["site_id"]).set_axis(nearest["access_id"])


def _with_own_district(
    parents: pd.Series, chosen: pd.DataFrame, opened: pd.DataFrame, tier: Tier
) -> pd.Series:
    """Give open sites out of every parent's reach the parent of their own district."""
    if not tier.parent:
        return parents
    own = (
        opened[opened["tier"] == tier.parent]
        .drop_duplicates("district_id")
        .set_index("district_id")["facility_id"]
    )
    fallback = chosen.set_index("site_id")["district_id"].map(own)
    return parents.reindex(fallback.index).fillna(fallback)


def _summary(tier: Tier, siting: Siting) -> dict[str, object]:
    outcome = siting.outcome
    values = (tier.name, len(siting.sites), str(outcome.status), outcome.value, outcome.bound)
    return dict(
        zip(TIER_COLUMNS, (*values, outcome.gap_share, outcome.seed, outcome.work), strict=True)
    )


def site_cards(tier: Tier, prepared: TierProblem, siting: Siting) -> pd.DataFrame:
    """Return why each open site is worth having: what it reaches, and what only it reaches.

    Returns
    -------
    pandas.DataFrame
        ``facility_id``, ``within`` (demand weight within the cutoff) and ``only_here`` (weight that no other open site
        of the tier reaches).
    """
    problem, times = prepared.problem, prepared.times
    rows = np.repeat(np.arange(len(times.from_ids)), np.diff(times.indptr))
    opened = np.isin(times.indices, siting.sites)
    rows, columns = rows[opened], times.indices[opened]
    reached_by = np.bincount(rows, minlength=len(times.from_ids))
    weight = np.asarray(problem.weights)[rows]
    n = len(times.to_ids)
    within = np.bincount(columns, weight, n)
    only = np.bincount(columns, weight * (reached_by[rows] == 1), n)
    return pd.DataFrame(
        {
            "facility_id": [f"{tier.name}:{times.to_ids[site]}" for site in siting.sites],
            "within": within[siting.sites],
            "only_here": only[siting.sites],
        }
    )
