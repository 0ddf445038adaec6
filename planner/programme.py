"""The two-year programme: which sites, and with them federations, open in which half-year (一(二))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.errors import Fault
from geodata.messages import translator
from planner.allocation.ordering import OrderingProblem, best_ordering
from planner.allocation.ordering_fit import Fit, least_raise, must_chain
from planner.errors import InfeasibleError
from planner.result import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.policy import Policy
    from planner.problems.reached import OpenReach
    from planner.rules import ProgrammeRule
    from planner.scenario import Resources

_ = translator("planner")


@dataclass(frozen=True, eq=False)
class Programme:
    """Half-years of sites and what the optimiser said.

    Parameters
    ----------
    steps
        ``facility_id``, ``half_year``: 0 for open today, 1 ... for the half-years, one more than their number for later.
    coverage
        ``half_year``, ``tier``, ``people``, ``covered``: people within reach of a site of the tier that is open by then.
    limits
        ``limit``, ``first``, ``last`` (half-years it spans), ``most``, ``used``.
    outcome
        Weighted workers covered, summed over half-years, and the bound.
    """

    steps: pd.DataFrame
    coverage: pd.DataFrame
    limits: pd.DataFrame
    outcome: Outcome


def half_year_begins(rule: ProgrammeRule) -> list[date]:
    """Return the first day of each half-year, and the day after the last.

    Examples
    --------
    >>> from planner.policy import read_policy
    >>> [day.isoformat() for day in half_year_begins(read_policy("shanghai-2018").programme)][:3]
    ['2027-01-01', '2027-07-01', '2028-01-01']
    """
    months = rule.begins.year * 12 + rule.begins.month - 1
    return [
        date((months + 6 * k) // 12, (months + 6 * k) % 12 + 1, 1)
        for k in range(rule.half_years + 1)
    ]


def plan_programme(
    policy: Policy,
    resources: Resources,
    facilities: pd.DataFrame,
    sites: pd.DataFrame,
    costs: pd.DataFrame,
    staffing: pd.DataFrame,
    reached: Mapping[str, OpenReach],
    *,
    seed: int,
) -> Programme:
    """Choose the half-year each site opens in.

    Parameters
    ----------
    policy
        Weights of tiers, half-years, lead times.
    resources
        Ceilings per year, recruits per half-year.
    facilities
        Open sites of the plan; ``existing`` ones are open today.
    sites
        Candidates, indexed by ``site_id``.
    costs
        See `planner.budget.site_costs`.
    staffing
        Posts, which come with the site that houses the federation's office.
    reached
        Tier -> open sites each row of people reaches.
    seed
        Of the search.

    Raises
    ------
    InfeasibleError
        When the ceilings cannot run what is open or open what must open; says which sum would do.
    """
    table = facilities.merge(costs, on="facility_id").sort_values("facility_id")
    table = table.reset_index(drop=True)
    items = _parents_first(table[~table["existing"]], policy)
    limits, use = _limits(policy, resources, table, items, staffing)
    room = (limits["most"] - limits["used"]).to_numpy(np.int64)
    problem = _problem(policy, items, sites, use, room, reached)
    rule = policy.programme
    answer = best_ordering(problem, seed=seed, work=rule.work, rounds=rule.bound_rounds)
    if answer.outcome.status is Status.INFEASIBLE:
        raise InfeasibleError(_does_not_fit(resources, items, problem, limits, rule, sites))
    half_year = pd.Series(answer.period + 1, index=items["facility_id"], dtype="int64")
    steps = table[["facility_id"]].assign(
        half_year=table["facility_id"].map(half_year).fillna(0).astype("int64")
    )
    within = np.flatnonzero(answer.period < rule.half_years)
    limits["used"] += use[:, within, answer.period[within]].sum(axis=1)
    coverage = covered_by(policy, steps, reached)
    return Programme(steps, coverage, limits, answer.outcome)


def _parents_first(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    order = {tier.name: k for k, tier in enumerate(policy.tiers)}
    ranked = table.assign(rank=table["tier"].map(order)).sort_values(["rank", "facility_id"])
    return ranked.drop(columns="rank").reset_index(drop=True)


def _limits(
    policy: Policy,
    resources: Resources,
    table: pd.DataFrame,
    items: pd.DataFrame,
    staffing: pd.DataFrame,
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the limits and what each item, opened in each half-year, uses of each."""
    periods = policy.programme.half_years
    once = (items["opening_yuan"] + items["kit_yuan"]).to_numpy(np.int64)
    half = (items["running_yuan_year"] // 2).to_numpy(np.int64)
    today = int((table.loc[table["existing"], "running_yuan_year"] // 2).sum())
    offices = {tier.name for tier in policy.tiers if "federation_office" in tier.houses}
    posts_of = staffing.set_index("district_id")["professionals_posted"]
    posts = items["district_id"].map(posts_of).fillna(0).where(items["tier"].isin(offices), 0)
    rows, use = [], []

    def money(first: int, last: int, most: int) -> None:
        spent = np.zeros((len(items), periods), dtype=np.int64)
        for period in range(last + 1):
            spent[:, period] = half * (last - max(period, first) + 1)
            if period >= first:
                spent[:, period] += once
        rows.append(("yuan", first + 1, last + 1, most, today * (last - first + 1)))
        use.append(spent)

    if resources.ceilings_yuan_year:
        first_share = round(policy.programme.first_half_share * 1_000_000)
        for year, first in enumerate(range(0, periods, 2)):
            given = resources.ceilings_yuan_year
            ceiling = given[min(year, len(given) - 1)]
            last = min(first + 1, periods - 1)
            money(first, last, ceiling)
            if last > first:
                money(first, first, ceiling * first_share // 1_000_000)
    if resources.recruits_half_year:
        given = resources.recruits_half_year
        total = 0
        for period in range(periods):
            total += given[min(period, len(given) - 1)]
            needed = np.zeros((len(items), periods), dtype=np.int64)
            needed[:, : period + 1] = posts.to_numpy(np.int64)[:, None]
            rows.append(("posts", 1, period + 1, total, 0))
            use.append(needed)
    frame = pd.DataFrame(rows, columns=["limit", "first", "last", "most", "used"])
    shape = (0, len(items), periods)
    return frame.astype({"most": "int64", "used": "int64"}), (
        np.array(use, dtype=np.int64) if use else np.zeros(shape, np.int64)
    )


def _problem(
    policy: Policy,
    items: pd.DataFrame,
    sites: pd.DataFrame,
    use: NDArray[np.int64],
    room: NDArray[np.int64],
    reached: Mapping[str, OpenReach],
) -> OrderingProblem:
    place = {name: k for k, name in enumerate(items["facility_id"])}
    parent = items["parent_facility_id"].map(place).fillna(-1).to_numpy(np.int64)
    weights, indptr, indices = _groups(policy, place, reached)
    return OrderingProblem(
        weights=weights,
        indptr=indptr,
        indices=indices,
        use=use,
        limits=room,
        parent=parent,
        earliest=earliest(policy.programme, items, sites),
        must=items["compulsory"].to_numpy(bool),
    )


def earliest(rule: ProgrammeRule, items: pd.DataFrame, sites: pd.DataFrame) -> NDArray[np.int64]:
    """Return the first half-year (from 0) a site may open in: its date, the time a consent or a search for premises takes.

    The number of half-years stands for none of them.
    """
    held = sites.loc[items["site_id"]]
    begins = pd.DatetimeIndex([pd.Timestamp(day) for day in half_year_begins(rule)[:-1]])
    dated = held["available_from"].to_numpy(dtype="datetime64[s]")
    by_date = np.searchsorted(begins.to_numpy(dtype="datetime64[s]"), dated, side="left")
    by_date = np.where(np.isnat(dated), 0, by_date)
    unsigned = np.where((held["consent"] == "signed").to_numpy(bool), 0, rule.consent_half_years)
    to_find = np.where((held["kind"] == "to_find").to_numpy(bool), rule.to_find_half_years, 0)
    latest: NDArray[np.int64] = np.maximum(np.maximum(by_date, unsigned), to_find).astype(np.int64)
    return np.minimum(latest, rule.half_years)


def _groups(
    policy: Policy, place: dict[str, int], reached: Mapping[str, OpenReach]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int32]]:
    """Return people by the items that reach them: weight, and the items; whoever reaches an open site today is left out.

    A tier's people count as its weight times their share of the tier's demand times all workers, so that people summed
    over hours and workers compare.
    """
    scale = max((float(r.rows["people"].sum()) for r in reached.values()), default=0.0)
    groups: dict[tuple[int, ...], float] = {}
    for tier, reach in reached.items():
        weight = policy.programme.weights.get(tier, 0.0)
        total = float(reach.rows["people"].sum())
        if not weight or not total:
            continue
        number = np.array(
            [place.get(f"{tier}:{site}", -1) for site in reach.site_ids], dtype=np.int64
        )
        people = reach.rows["people"].to_numpy(float) * (weight * scale / total)
        items = number[reach.indices]
        today = np.bincount(reach.row_of_pair[items < 0], minlength=len(reach.rows)) > 0
        # Plain lists: a million small slices of arrays take seconds.
        flat, bounds, one = items.tolist(), reach.indptr.tolist(), people.tolist()
        for row in np.flatnonzero(~today & (np.diff(reach.indptr) > 0)).tolist():
            key = tuple(flat[bounds[row] : bounds[row + 1]])
            groups[key] = groups.get(key, 0.0) + one[row]
    indptr = np.concatenate([[0], np.cumsum([len(key) for key in groups])]).astype(np.int64)
    indices = np.array([item for key in groups for item in key], dtype=np.int32)
    return np.array(list(groups.values())), indptr, indices


def covered_by(
    policy: Policy, steps: pd.DataFrame, reached: Mapping[str, OpenReach]
) -> pd.DataFrame:
    """Return people within reach of a site of each tier that is open by each half-year; see `Programme.coverage`."""
    since = steps.set_index("facility_id")["half_year"]
    rows = []
    later = policy.programme.half_years + 1
    for tier in policy.tiers:
        reach = reached[tier.name]
        opens = since.reindex([f"{tier.name}:{site}" for site in reach.site_ids]).to_numpy()
        first = np.full(len(reach.rows), later + 1, dtype=np.int64)
        row = np.repeat(np.arange(len(reach.rows)), np.diff(reach.indptr))
        np.minimum.at(first, row, opens[reach.indices].astype(np.int64))
        people = reach.rows["people"].to_numpy(float)
        rows += [
            (half_year, tier.name, float(people.sum()), float(people[first <= half_year].sum()))
            for half_year in range(later + 1)
        ]
    return pd.DataFrame(rows, columns=["half_year", "tier", "people", "covered"])


def _does_not_fit(
    resources: Resources,
    items: pd.DataFrame,
    problem: OrderingProblem,
    limits: pd.DataFrame,
    rule: ProgrammeRule,
    sites: pd.DataFrame,
) -> Fault:
    """Say what must open, or runs today, and cannot: for its date, or for want of money or posts, and the least that would do."""
    names = items["facility_id"].to_numpy()
    chain = must_chain(problem)
    late = chain[problem.earliest[chain] >= rule.half_years]
    if len(late):
        return Fault(
            _("sites that must open have no premises before the programme ends"),
            _("programme"),
            len(late),
            names[late][:5].tolist(),
            _in_time(rule, items.iloc[late], sites),
        )
    fit = least_raise(problem, _raised_by(limits, rule))
    short = (limits["used"] > limits["most"]).any()
    what = (
        _("what is open today needs more than there is")
        if short
        else _("the sites that must open do not fit into the ceilings and recruits")
    )
    fix = _("lift a pin, or leave more time")
    if fit is not None:
        fix = _least_limits(resources, fit, rule)
    listed = [] if short else names[chain].tolist()
    return Fault(what, _("programme"), max(1, len(listed)), listed[:5], fix)


def _raised_by(limits: pd.DataFrame, rule: ProgrammeRule) -> dict[str, NDArray[np.float64]]:
    """Return by how much each limit goes up with one recruit more in each half-year, and one yuan more in each year."""
    posts = (limits["limit"] == "posts").to_numpy()
    halves = (limits["last"] - limits["first"] + 1).to_numpy(float)
    first_half = (halves == 1) & (rule.half_years > limits["first"].to_numpy())
    yuan = np.where(posts, 0.0, np.where(first_half, rule.first_half_share, 1.0))
    found = {"posts": np.where(posts, halves, 0.0), "yuan": yuan}
    return {kind: by for kind, by in found.items() if by.any()}


def _least_limits(resources: Resources, fit: Fit, rule: ProgrammeRule) -> str:
    """Return the lists of the scenario that would do, as they would be written."""
    told = []
    years = (rule.half_years + 1) // 2
    for key, given, count, more in (
        ("resources.recruits_half_year", resources.recruits_half_year, rule.half_years, fit.raises.get("posts", 0)),
        ("resources.ceilings_yuan_year", resources.ceilings_yuan_year, years, fit.raises.get("yuan", 0)),
    ):  # fmt: skip
        if more:
            raised = [given[min(k, len(given) - 1)] + more for k in range(count)]
            told.append(
                _("{key} = {raised} ({more} more in each)").format(
                    key=key, raised=raised, more=f"{more:,}"
                )
            )
    listed = "; ".join(told)
    if fit.proved:
        return _("the smallest even raise that would do: {listed}").format(listed=listed)
    return _("this would do: {listed}").format(listed=listed)


def _in_time(rule: ProgrammeRule, late: pd.DataFrame, sites: pd.DataFrame) -> str:
    """Say how many half-years would do, or that premises must be had earlier."""
    longest = 10
    for half_years in range(rule.half_years + 1, longest + 1):
        longer = rule.model_copy(update={"half_years": half_years})
        if (earliest(longer, late, sites) < half_years).all():
            return _("the smallest programme.half_years that would do is {half_years}").format(
                half_years=half_years
            )
    return _("premises that can be had earlier (available_from)")
