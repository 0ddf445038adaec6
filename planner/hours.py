"""When each site opens: hosts keep their hours, the others get windows under staff hours (二(三))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.errors import Fault
from geodata.messages import translator
from planner.allocation.opening import Opening, OpeningProblem, best_opening
from planner.allocation.timetables import day_patterns
from planner.errors import InfeasibleError
from planner.presence import DAYS, visits_table
from planner.problems.opening import host_hours, host_minutes
from planner.result import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.policy import Policy
    from planner.presence import Profiles
    from planner.problems.reached import OpenReach
    from planner.rules import HoursRule

_ = translator("planner")

COLUMNS = ("facility_id", "day", "window", "opens_min", "closes_min", "cover")


@dataclass(frozen=True, eq=False)
class Timetable:
    """Hours of every site and what the optimiser said.

    Parameters
    ----------
    hours
        ``facility_id``, ``day`` (weekday, weekend), ``window`` (from 1), ``opens_min``, ``closes_min`` (minutes after
        midnight), ``cover`` (host, staff, volunteer, always).
    outcome
        Worker-hours a week that find an open site, and the bound.
    offered
        Worker-hours a week there are to be had, in reach or not.
    """

    hours: pd.DataFrame
    outcome: Outcome
    offered: float


def plan_hours(
    policy: Policy,
    facilities: pd.DataFrame,
    sites: pd.DataFrame,
    staffing: pd.DataFrame,
    people: pd.DataFrame,
    profiles: Profiles,
    reached: Mapping[str, OpenReach],
) -> Timetable:
    """Choose the hours of the tiers the policy plans them for; the others keep their host's.

    Parameters
    ----------
    policy
        The rule of hours, and tiers.
    facilities
        Open sites with ``facility_id``, ``tier``, ``site_id``, ``district_id``.
    sites
        Candidates, indexed by ``site_id``, with ``kind``, ``opens``, ``closes``.
    staffing
        ``district_id``, ``professionals_posted``; posted people serve in the district's station.
    people
        Enterprises in scope: ``workers`` and one column per planned tier with the row of its demand (-1
        where the enterprise is on no road).
    profiles
        Presence of each of them.
    reached
        Tier -> open sites each row reaches.

    Raises
    ------
    InfeasibleError
        When a site cannot open for the fewest hours of a weekday; says how many staff hours would do.
    """
    rule = policy.hours
    planned = facilities[facilities["tier"].isin(rule.tiers)].sort_values("facility_id")
    planned = planned.reset_index(drop=True)
    rows = [_hosted(policy, facilities[~facilities["tier"].isin(rule.tiers)], sites)]
    weights, indptr, indices = _groups(policy, planned, people, profiles, reached)
    offered = float(_visits(policy, people, profiles).sum())
    problem = OpeningProblem(
        weights=weights,
        indptr=indptr,
        indices=indices,
        allowed=_allowed(policy, planned, sites),
        staff_hours=staff_hours(policy, planned, staffing),
        volunteer_hours=np.full(len(planned), rule.volunteer_hours_week, dtype=np.int64),
        windows_most=rule.windows_most,
        window_least=rule.window_hours_least,
        weekday_least=rule.weekday_hours_least,
    )
    if planned.empty:
        nothing = Outcome(status=Status.OPTIMAL, sense="max", value=0.0, bound=0.0)
        return Timetable(rows[0], nothing, offered)
    answer = best_opening(problem, rounds=rule.rounds)
    if answer.outcome.status is Status.INFEASIBLE:
        raise InfeasibleError(_too_short(rule, planned, problem, answer))
    rows.append(_windows(planned, answer.opened, rule.volunteer_hours_week))
    hours = pd.concat(rows, ignore_index=True).sort_values(["facility_id", "day", "window"])
    return Timetable(hours.reset_index(drop=True), answer.outcome, offered)


def staff_hours(policy: Policy, planned: pd.DataFrame, staffing: pd.DataFrame) -> NDArray[np.int64]:
    """Return hours a week each planned site can be staffed, whole hours, visiting time kept.

    The people posted to a federation serve in the site that houses its office; every site has the hours that hosts and
    part-time chairs lend.
    """
    rule = policy.hours
    offices = {tier.name for tier in policy.tiers if "federation_office" in tier.houses}
    posted = planned["district_id"].map(staffing.set_index("district_id")["professionals_posted"])
    people = posted.fillna(0).where(planned["tier"].isin(offices), 0).to_numpy(np.int64)
    visiting = round(rule.visiting_share * 1_000_000)
    at_desk = people * rule.working_hours_week * (1_000_000 - visiting) // 1_000_000
    whole: NDArray[np.int64] = at_desk // rule.on_duty_least + rule.lent_hours_week
    return whole


def _allowed(policy: Policy, planned: pd.DataFrame, sites: pd.DataFrame) -> NDArray[np.bool_]:
    """Return bool (sites, 2, 24): inside the day's limits and, without a key, inside the host's stated hours."""
    rule = policy.hours
    mine = sites.loc[planned["site_id"]]
    hours = np.zeros(24, dtype=np.bool_)
    hours[rule.first_hour : rule.last_hour] = True
    own_key = mine["kind"].isin(rule.own_key) | mine["opens"].isna()
    by_host = np.where(own_key.to_numpy(bool)[:, None], True, host_hours(mine, rule))
    weekday = by_host & hours
    closed = (mine["kind"].isin(rule.weekday_only) & ~own_key).to_numpy(bool)
    weekend = weekday & ~closed[:, None]
    return np.stack([weekday, weekend], axis=1)


def _visits(policy: Policy, people: pd.DataFrame, profiles: Profiles) -> NDArray[np.float64]:
    """Return float64 (profiles, 2, 24): worker-hours a week of all workers of each profile."""
    table = visits_table(profiles.table, policy.hours)
    workers = np.bincount(profiles.number, people["workers"].to_numpy(float), len(table))
    return np.asarray(table * workers[:, None, None])


def _groups(
    policy: Policy,
    planned: pd.DataFrame,
    people: pd.DataFrame,
    profiles: Profiles,
    reached: Mapping[str, OpenReach],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int32]]:
    """Return people who reach the same planned sites as one group: worker-hours, and the sites."""
    tiers = [tier for tier in policy.hours.tiers if tier in reached]
    table = visits_table(profiles.table, policy.hours)
    place = {name: k for k, name in enumerate(planned["facility_id"])}
    keys: dict[tuple[int, ...], int] = {}
    known: dict[tuple[int, ...], int] = {}
    group_of = np.empty(len(people), dtype=np.int64)
    # Plain lists: half a million small slices of arrays take seconds.
    flat, bounds = [], []
    for tier in tiers:
        reach = reached[tier]
        number = np.array([place[f"{tier}:{site}"] for site in reach.site_ids], dtype=np.int64)
        flat.append(number[reach.indices].tolist())
        bounds.append(reach.indptr.tolist())
    rows = people[[f"row_{tier}" for tier in tiers]].to_numpy(np.int64).tolist()
    for at, row in enumerate(map(tuple, rows)):
        group = known.get(row)
        if group is None:
            sites: list[int] = []
            for sites_of, bound, line in zip(flat, bounds, row, strict=True):
                if line >= 0:
                    sites += sites_of[bound[line] : bound[line + 1]]
            group = keys.setdefault(tuple(sorted(sites)), len(keys))
            known[row] = group
        group_of[at] = group
    counts = np.zeros((len(keys), len(table)))
    np.add.at(counts, (group_of, profiles.number), people["workers"].to_numpy(float))
    weights = np.einsum("gp,pdh->gdh", counts, table)
    indptr = np.concatenate([[0], np.cumsum([len(key) for key in keys])]).astype(np.int64)
    indices = np.array([site for key in keys for site in key], dtype=np.int32)
    return weights, indptr, indices


def _windows(
    planned: pd.DataFrame, opened: NDArray[np.bool_], volunteer_hours: int
) -> pd.DataFrame:
    rows = []
    for name, days in zip(planned["facility_id"], opened, strict=True):
        weekend_by = "volunteer" if 2 * int(days[1].sum()) <= volunteer_hours else "staff"
        for day, hours, cover in zip(DAYS, days, ("staff", weekend_by), strict=True):
            edges = np.flatnonzero(np.diff(np.r_[False, hours, False].astype(np.int8)))
            for window, (start, end) in enumerate(edges.reshape(-1, 2).tolist(), start=1):
                rows.append((name, day, window, start * 60, end * 60, cover))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _hosted(policy: Policy, facilities: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return the hours hosts keep; a host open over midnight has two windows."""
    rows: list[tuple[str, str, int, int, int, str]] = []
    always = {tier.name for tier in policy.tiers if tier.hours == "always"}
    mine = sites.loc[facilities["site_id"]]
    opens, closes = host_minutes(mine, policy.hours)
    resting = mine["kind"].isin(policy.hours.weekday_only).to_numpy(bool)
    table = zip(facilities["facility_id"], facilities["tier"], opens, closes, resting, strict=True)
    for name, tier, start, end, rests in table:
        spans = [(0, 1440)] if tier in always else spans_of(int(start), int(end))
        for day in DAYS if not rests or tier in always else DAYS[:1]:
            cover = "always" if tier in always else "host"
            rows += [
                (name, day, window, a, b, cover) for window, (a, b) in enumerate(spans, start=1)
            ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def spans_of(opens: int, closes: int) -> list[tuple[int, int]]:
    """Return the spans of a day a host is open, minutes after midnight.

    Examples
    --------
    >>> spans_of(510, 1020), spans_of(1200, 360), spans_of(0, 1440)
    ([(510, 1020)], [(0, 360), (1200, 1440)], [(0, 1440)])
    """
    if closes > opens:
        return [(opens, closes)]
    return [span for span in ((0, closes), (opens, 1440)) if span[1] > span[0]]


def _too_short(
    rule: HoursRule, planned: pd.DataFrame, problem: OpeningProblem, answer: Opening
) -> Fault:
    """Say which sites cannot open for the fewest hours of a weekday, and the smallest change of one key that would do."""
    short = answer.short
    names = planned["facility_id"].to_numpy()
    longest = longest_weekday(problem, short)
    by_host = longest < problem.weekday_least
    hosted = short[by_host]
    if len(hosted):
        what = _("sites whose host is open for fewer than {hours} h in a row on a weekday")
        fix = _(
            "the largest hours.weekday_hours_least that would do is {hours}; or list the kind of premises under hours.own_key"
        ).format(hours=int(longest[by_host].min()))
        listed = names[hosted]
    else:
        what = _("sites with too few staff hours to open {hours} h on every weekday")
        lacking = int((5 * problem.weekday_least - problem.staff_hours[short]).max())
        fix = _("the smallest hours.lent_hours_week that would do is {lent}; or more posts").format(
            lent=rule.lent_hours_week + lacking
        )
        listed = names[short]
    return Fault(
        what.format(hours=problem.weekday_least),
        _("hours"),
        len(listed),
        listed[:5].tolist(),
        fix,
    )


def longest_weekday(problem: OpeningProblem, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the most hours each of the sites given may open on a weekday, whatever its staff."""
    patterns = day_patterns(problem.windows_most, problem.window_least)
    closed = ~problem.allowed[rows, 0]
    inside = (closed.astype(np.float32) @ patterns.T.astype(np.float32)) == 0
    longest: NDArray[np.int64] = np.where(inside, patterns.sum(axis=1), 0).max(axis=1)
    return longest
