"""One tier after the other: candidates, travel times, choice, and who reaches what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import InfeasibleError
from planner.pipeline.among import is_among
from planner.pipeline.decisions import facility_rows
from planner.pipeline.districts import change_day
from planner.pipeline.parents import nearest_parents, with_own_area
from planner.pipeline.standing import (
    refuse_too_few_closings,
    stand_still,
    too_few_closings,
)
from planner.pipeline.workers import Workers
from planner.plan import TIER_COLUMNS
from planner.problems.candidates import tier_candidates
from planner.problems.demand import tier_demand
from planner.problems.holding import Held, hold, siting_digest
from planner.problems.reached import OpenReach, nearest_open, open_reach, people_of_sites
from planner.problems.siting import AREA_OF, mark_candidates, tier_problem
from planner.problems.weighing import weighed
from planner.result import Outcome, Status

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.travel_time import TravelTimes
    from planner.pipeline.ground import Ground
    from planner.policy import Tier, Way
    from planner.problems.siting import TierProblem
    from planner.scenario import Scenario
    from planner.siting import Siting, SitingProblem

_ = translator("planner")

NO_FACILITIES = pd.DataFrame(columns=["facility_id", "tier", "site_id", "district_id"], dtype="str")
"""What is open before the first tier is sited."""

HERE = Workers()
"""All cores of this machine."""


@dataclass(frozen=True, eq=False)
class TierAnswer:
    """What one tier adds to the plan; ``usable`` counts the candidates that nothing forbids."""

    facilities: pd.DataFrame
    summary: dict[str, object]
    reach: pd.DataFrame
    cards: pd.DataFrame
    outcome: Outcome
    reached: OpenReach
    digest: str
    usable: int


def site_tier(
    tier: Tier,
    ground: Ground,
    opened: pd.DataFrame,
    scenario: Scenario,
    quotas: dict[str, int],
    held: Held | None = None,
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
    quotas
        The tier's target in each street_town, for the rule ``target``.
    held
        Its sites in the parent plan; None without a parent.
    workers
        Who searches.

    Raises
    ------
    InfeasibleError
        When no choice meets the tier's rules; says which rule and what would do.
    """
    stood = _stood(held, scenario)
    candidates = _usable_candidates(tier, ground, opened, scenario, stood)
    parents = nearest_parents(tier, ground, candidates, opened, workers=workers)
    marked = mark_candidates(candidates, tier, scenario.decisions, ground.site_area)
    if tier.parent and tier.parent_cutoff_min is not None:
        # Out of its parent's reach a site may not open, unless a rule or a person says it must.
        out = ~is_among(marked["site_id"], parents.index)
        _refuse_out_of_reach(tier, ground, candidates, opened, marked, out, workers)
        marked["vetoed"] |= out & ~marked["compulsory"]
    _refuse_too_many(tier, marked)
    kept = weighed(
        tier,
        candidates,
        marked,
        ground.sites[ground.sites["kind"] == "to_find"],
        ground.site_area,
        held=stood,
    )
    candidates = candidates[kept].reset_index(drop=True)
    marked = marked[kept].reset_index(drop=True)

    def times_of(way: Way, access_ids: NDArray[np.str_]) -> TravelTimes:
        return _times(way, ground, access_ids, marked["site_id"], workers)

    demand = tier_demand(tier, ground, candidates, scenario.rules.hours, times_of)
    prepared = tier_problem(tier, demand, marked, ground.peopled, quotas)
    digest = siting_digest(tier, prepared, _settings(scenario))
    siting = _choose(
        tier,
        prepared,
        held,
        scenario,
        digest,
        sites=ground.sites,
        shared=set(opened["site_id"]),
        threads=workers.threads,
    )
    chosen = marked.iloc[siting.sites]
    reached = open_reach(demand, marked["site_id"].to_numpy(dtype=str), siting.sites)
    return TierAnswer(
        facilities=facility_rows(
            tier.name, chosen, with_own_area(parents, chosen, opened, tier, ground.site_area)
        ),
        summary=_summary(tier, siting),
        reach=nearest_open(reached).assign(tier=tier.name),
        cards=site_cards(tier, reached, chosen["site_id"]),
        outcome=siting.outcome,
        reached=reached,
        digest=digest,
        usable=int((~marked["vetoed"]).sum()),
    )


def _choose(
    tier: Tier,
    prepared: TierProblem,
    held: Held | None,
    scenario: Scenario,
    digest: str,
    *,
    sites: pd.DataFrame,
    shared: set[str],
    threads: int,
) -> Siting:
    """Choose from scratch, or from last year's sites; where nothing the tier depends on has changed, those stay."""
    rule = scenario.change
    if held is not None and rule.stance == "frozen":
        return stand_still(prepared, held, settled=False, seed=scenario.seed)
    if held is None or rule.stance == "anew":
        return _solved(tier, prepared, prepared.problem, scenario, threads)
    if held.digest == digest and not held.gone:
        return stand_still(prepared, held, settled=True, seed=scenario.seed)
    day = change_day(scenario)
    problem = hold(prepared, tier, held, rule, day, sites=sites, shared=shared)
    refuse_too_few_closings(tier, problem, held, rule)
    return _solved(tier, prepared, problem, scenario, threads)


def _solved(
    tier: Tier, prepared: TierProblem, problem: SitingProblem, scenario: Scenario, threads: int
) -> Siting:
    from planner.siting import FirstOf, Gap, Stalled, WallClock, Work, solve

    stopping = scenario.stopping
    thousands = max(1, -(-len(problem.candidate_ids) // 1000))
    stop = FirstOf(
        (
            Work(stopping.siting_work * thousands),
            Stalled(stopping.siting_stalled_work * thousands),
            Gap(stopping.siting_gap_share),
            WallClock(stopping.fuse_s),
        )
    )
    start = None if problem.existing is None else np.flatnonzero(problem.existing)
    siting = solve(problem, seed=scenario.seed, stop=stop, start=start, threads=threads)
    if siting.outcome.status is not Status.INFEASIBLE:
        return siting
    most = scenario.change.most_closings.get(tier.name)
    if problem.max_moves is not None and most is not None and problem.existing is not None:
        free = solve(
            replace(problem, max_moves=None),
            seed=scenario.seed,
            stop=stop,
            start=start,
            threads=threads,
        )
        closed = problem.existing & ~np.isin(np.arange(len(problem.existing)), free.sites)
        names = problem.candidate_ids[closed].astype(str).tolist()
        if free.outcome.status is not Status.INFEASIBLE:
            needed = most - problem.max_moves + len(names)
            raise InfeasibleError(too_few_closings(tier, needed, most, names))
    raise InfeasibleError(_why_not(tier, prepared, siting))


def _settings(scenario: Scenario) -> list[object]:
    """Return the settings a tier's choice depends on beside its problem."""
    costs = scenario.change.model_dump(
        mode="json",
        include={
            "people_per_closing",
            "share_per_closing",
            "broken_lease_factor",
            "closing_yuan",
            "leases",
        },
    )
    return [scenario.seed, scenario.stopping.model_dump(mode="json"), costs]


def _stood(held: Held | None, scenario: Scenario) -> frozenset[str]:
    """Return this year's ids of the sites that carried the tier in the parent plan, where those count."""
    if held is None or scenario.change.stance == "anew":
        return frozenset()
    return frozenset(map(str, held.sites.index))


def _usable_candidates(
    tier: Tier,
    ground: Ground,
    opened: pd.DataFrame,
    scenario: Scenario,
    held: frozenset[str],
) -> gpd.GeoDataFrame:
    """Return the candidates on the network and in a district; a tier without any cannot be planned."""
    candidates = tier_candidates(ground.sites, tier, opened, scenario.rules.tiers, held)
    usable = is_among(candidates["site_id"], ground.site_area.index)
    for mode in tier.modes:
        on_network = ground.site_access[mode].entities.dropna(subset="access_id")["entity_id"]
        usable &= is_among(candidates["site_id"], on_network)
    found = candidates[usable].reset_index(drop=True)
    if found.empty:
        what = _(
            "no candidate site: {listed} of the kinds listed, none of them on the road network"
        )
        fix = _("add premises of the kinds {kinds} to the sites file").format(
            kinds=", ".join(tier.candidates)
        )
        where = _("tier {tier}").format(tier=tier.name)
        raise InfeasibleError(Fault(what.format(listed=len(candidates)), where, fix=fix))
    return found


def _times(
    way: Way,
    ground: Ground,
    access_ids: NDArray[np.str_],
    site_ids: pd.Series,
    workers: Workers,
) -> TravelTimes:
    return workers.travel_times(
        ground.network,
        ground.demand[way.demand, way.mode].snapped(access_ids),
        ground.site_positions(way.mode, site_ids),
        from_ids=access_ids,
        to_ids=site_ids.to_numpy(dtype=str),
        mode=way.mode,
        cutoff_min=way.cutoff_min,
    )


def _refuse_out_of_reach(
    tier: Tier,
    ground: Ground,
    candidates: gpd.GeoDataFrame,
    opened: pd.DataFrame,
    marked: pd.DataFrame,
    out: NDArray[np.bool_],
    workers: Workers,
) -> None:
    """Refuse a tier of which no candidate, or none in an area that must have one, is in reach of its parent.

    Says the smallest reach that would do.
    """
    # What a person pinned or what stands today counts though it is out of reach; what only a rule makes compulsory
    # would hide that its parent tier reaches nobody.
    stands = marked["reason"].isin(["pinned", "existing"])
    usable = ~marked["vetoed"] & (~out | stands)
    if tier.rule in AREA_OF:
        level = AREA_OF[tier.rule]
        needed = ground.peopled[level] - set(marked.loc[usable, level])
        lost = sorted(needed & set(marked.loc[out & ~marked["vetoed"], level]))
        area_of = marked[level]
    else:
        lost = ["all"] if not usable.any() else []
        area_of = pd.Series("all", index=marked.index)
    if not lost:
        return
    longest = 600.0
    minutes = nearest_parents(
        tier, ground, candidates, opened, workers=workers, cutoff_min=longest, minutes=True
    )
    open_there = ~marked["vetoed"]
    least = (
        marked["site_id"].map(minutes)[open_there].astype(float).groupby(area_of[open_there]).min()
    )
    fix = _("widen the reach, or site the parent tier nearer")
    if least.reindex(lost).notna().all():
        # One digit more than people write, and no less than is needed.
        needed_min = np.ceil(least.reindex(lost).max() * 10 - 1e-9) / 10
        fix = _("the smallest parent_cutoff_min that would do is {minutes}").format(
            minutes=f"{needed_min:g}"
        )
    what = _("no candidate is within {minutes} min of a site of the parent tier {parent}")
    if tier.rule in AREA_OF:
        what = _(
            "areas without a candidate within {minutes} min of a site of the parent tier {parent}"
        )
    names = lost if tier.rule in AREA_OF else candidates["site_id"].tolist()
    raise InfeasibleError(
        Fault(
            what.format(minutes=f"{tier.parent_cutoff_min:g}", parent=tier.parent),
            _("tier {tier}").format(tier=tier.name),
            len(names),
            names[:5],
            fix,
        )
    )


def _refuse_too_many(tier: Tier, marked: pd.DataFrame) -> None:
    """Refuse a budget that cannot open what must open; says which would do."""
    if tier.rule != "budget":
        return
    needed = int(marked.loc[marked["compulsory"], "cost_yuan"].sum())
    if needed > tier.budget_yuan:
        raise InfeasibleError(
            Fault(
                _(
                    "the sites that must open cost {needed} yuan, the budget is {budget} yuan"
                ).format(needed=f"{needed:,}", budget=f"{tier.budget_yuan:,}"),
                _("tier {tier}").format(tier=tier.name),
                int(marked["compulsory"].sum()),
                marked.loc[marked["compulsory"], "site_id"].head().tolist(),
                _("the smallest budget_yuan that would do is {needed}").format(needed=needed),
            )
        )


def _why_not(tier: Tier, prepared: TierProblem, siting: Siting) -> Fault:
    """Say why a tier has no answer and what would do."""
    where = _("tier {tier}").format(tier=tier.name)
    if tier.rule == "cover_share":
        from planner.siting import explain_shortfall

        short = explain_shortfall(prepared.problem)
        fix = _("the largest cover_share that all candidates together reach is {share}").format(
            share=f"{np.floor(short.reachable_share * 1e4) / 1e4:.4f}"
        )
        return Fault(siting.outcome.reason, where, fix=fix)
    if tier.rule in AREA_OF:
        bare = [
            rule.name
            for rule in prepared.problem.group_rules
            if len(rule.candidates) - int(prepared.candidates["vetoed"].iloc[rule.candidates].sum())
            < rule.least
        ]
        if bare:
            fix = _(
                "one more candidate in each of them would do: add premises, or kinds of premises"
            )
            return Fault(_("areas without a candidate site"), where, len(bare), bare, fix)
    fix = _("widen the candidates or the cutoff of this tier, or lift a pin or veto")
    return Fault(siting.outcome.reason, where, fix=fix)


def _summary(tier: Tier, siting: Siting) -> dict[str, object]:
    outcome = siting.outcome
    values = (tier.name, len(siting.sites), str(outcome.status), outcome.value, outcome.bound)
    return dict(
        zip(TIER_COLUMNS, (*values, outcome.gap_share, outcome.seed, outcome.work), strict=True)
    )


def site_cards(tier: Tier, reached: OpenReach, site_ids: pd.Series) -> pd.DataFrame:
    """Return why each open site is worth having: what it reaches, and what only it reaches.

    Returns
    -------
    pandas.DataFrame
        ``facility_id``, ``within`` (people within the cutoff) and ``only_here`` (people that no other open site of the
        tier reaches), in the order of ``site_ids``.
    """
    cards = people_of_sites(reached).loc[site_ids.to_numpy(dtype=str)].reset_index()
    cards.insert(0, "facility_id", [f"{tier.name}:{name}" for name in cards.pop("site_id")])
    return cards
