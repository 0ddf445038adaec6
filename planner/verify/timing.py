"""Opening hours, the programme and what their optimisers claim, checked against every limit and counted again."""

from __future__ import annotations

import itertools
from math import isclose
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geodata.messages import translator
from planner.verify.compare import differing
from planner.verify.finding import Finding, finding
from planner.verify.reached import profile_of
from planner.verify.rows import named_rows, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.verify.world import World

_ = translator("planner")


def check_hours(world: World) -> list[Finding]:
    """Check every timetable against the day, its host, its staff, and the fewest hours."""
    rule = world.policy.hours
    tier_of = world.plan.facilities.set_index("facility_id")
    tiers = {tier.name: tier for tier in world.policy.tiers}
    offices = {tier.name for tier in world.policy.tiers if "federation_office" in tier.houses}
    posts = world.plan.decisions["staffing"].set_index("district_id")["professionals_posted"]
    table = world.plan.decisions["hours"]
    found = finding("hours_known", _("hours of sites that are not open"), sorted(set(table["facility_id"]) - set(tier_of.index)))  # fmt: skip
    if found:
        return found
    outside = table[(table["opens_min"] < 0) | (table["closes_min"] > 1440) | (table["opens_min"] >= table["closes_min"])]  # fmt: skip
    found = finding(
        "hours_of_day", _("windows outside the day or turned round"), outside["facility_id"]
    )
    wrong: dict[str, list[str]] = {name: [] for name in ("windows", "host_hours", "staff_hours", "least_hours", "cover")}  # fmt: skip
    covers = table.groupby(["facility_id", "day"])["cover"].agg(set).to_dict()
    for name, row in named_rows(tier_of):
        days, tier = world.windows.get(str(name), {}), tiers[row["tier"]]
        site = world.opened_sites[row["site_id"]]
        if row["tier"] not in rule.tiers:
            if days != _host_windows(world, tier.hours, site):
                wrong["host_hours"].append(str(name))
            if any(
                covers[name, day] != {"always" if tier.hours == "always" else "host"}
                for day in days
            ):
                wrong["cover"].append(str(name))
            continue
        for spans in days.values():
            ordered = sorted(spans)
            apart = all(b[0] > a[1] for a, b in itertools.pairwise(ordered))
            long = all(e - s >= 60 * rule.window_hours_least for s, e in ordered)
            whole = all(s % 60 == 0 and e % 60 == 0 for s, e in ordered)
            early = all(s >= 60 * rule.first_hour and e <= 60 * rule.last_hour for s, e in ordered)
            if not (apart and long and whole and early and len(ordered) <= rule.windows_most):
                wrong["windows"].append(str(name))
        hours = {
            day: sum(e - s for s, e in days.get(day, [])) // 60 for day in ("weekday", "weekend")
        }
        visiting = round(rule.visiting_share * 10**6)
        desk = (int(posts[row["district_id"]]) if row["tier"] in offices else 0) * rule.working_hours_week * (10**6 - visiting) // 10**6  # fmt: skip
        staff = desk // rule.on_duty_least + rule.lent_hours_week
        if 5 * hours["weekday"] + max(0, 2 * hours["weekend"] - rule.volunteer_hours_week) > staff:
            wrong["staff_hours"].append(str(name))
        if hours["weekday"] < rule.weekday_hours_least:
            wrong["least_hours"].append(str(name))
        if site["kind"] not in rule.own_key and isinstance(site["opens"], str):
            closed = site["kind"] in rule.weekday_only and "weekend" in days
            host = world.host[row["site_id"]]
            if closed or any(not host[h] for spans in days.values() for s, e in spans for h in range(s // 60, e // 60)):  # fmt: skip
                wrong["host_hours"].append(str(name))
        by = "volunteer" if 2 * hours["weekend"] <= rule.volunteer_hours_week else "staff"
        if any(covers[name, day] != {"staff" if day == "weekday" else by} for day in days):
            wrong["cover"].append(str(name))
    whats = {
        "windows": _("sites with windows too short, too many, or out of the day's limits"),
        "host_hours": _("sites that do not keep their host's hours"),
        "staff_hours": _("sites open longer than their staff allows"),
        "least_hours": _("sites open for less than the fewest hours of a weekday"),
        "cover": _("windows covered by others than the rule says"),
    }
    for check, names in wrong.items():
        found += finding(check, whats[check], names, "hours")
    return found


def _host_windows(
    world: World, kind: str, site: Mapping[str, Any]
) -> dict[str, list[tuple[int, int]]]:
    rule = world.policy.hours
    if kind == "always":
        return {"weekday": [(0, 1440)], "weekend": [(0, 1440)]}
    opens = site["opens"] if isinstance(site["opens"], str) else rule.host_opens
    closes = site["closes"] if isinstance(site["closes"], str) else rule.host_closes
    a, b = (int(t[:2]) * 60 + int(t[3:5]) for t in (opens, closes))
    spans = [(a, b)] if b > a else [s for s in ((0, b), (a, 1440)) if s[1] > s[0]]
    days = ["weekday"] if site["kind"] in rule.weekday_only else ["weekday", "weekend"]
    return dict.fromkeys(days, spans)


def visits_again(world: World) -> tuple[float, float]:
    """Return worker-hours a week that find a site with planned hours open, and all that are offered."""
    rule = world.policy.hours
    profiles, profile = profile_of(world)
    workers = world.people["workers"].to_numpy(float)
    # People who stand at the same access points of all tiers, and have one profile, are looked at together.
    places, tables = [profile], []
    for name in rule.tiers:
        served = world.served[name]
        places.append(served.place(world.access_of(served.tier.mode), 0))
        near = np.stack([served.open_in(world.opened(served, day)) for day in ("weekday", "weekend")], axis=1)  # fmt: skip
        tables.append(np.concatenate([near, np.zeros((1, 2, 24), bool)]))
    alike, at = np.unique(np.stack(places, axis=1), axis=0, return_inverse=True)
    staff = np.bincount(np.ravel(at), workers, len(alike))
    hours = np.array([_visits_of(world, one) for one in profiles])[alike[:, 0]]
    opened = np.zeros((len(alike), 2, 24), dtype=bool)
    for column, table in enumerate(tables, start=1):
        opened |= table[alike[:, column]]
    offered = float((hours.sum(axis=(1, 2)) * staff).sum())
    return float(((hours * opened).sum(axis=(1, 2)) * staff).sum()), offered


def _visits_of(world: World, profile: np.ndarray) -> np.ndarray:
    """Return visits a week of one worker by day and hour, (2, 24)."""
    rule = world.policy.hours
    found = np.zeros((2, 24))
    for d, (day, times) in enumerate((("weekday", 5), ("weekend", 2))):
        share, visit = profile[d], getattr(rule.visiting, day)
        for h in range(24):
            left = max(share[h - 1] - share[h], 0.0) if h else 0.0
            found[d, h] = min(share[h] + rule.after_work_share * left, 1.0) * visit[h] * times
    return found


def check_programme(world: World) -> list[Finding]:
    """Check dates, parents, what must open, and every limit of money and posts."""
    rule = world.policy.programme
    table = world.plan.facilities.set_index("facility_id")
    said = world.plan.decisions["programme"].set_index("facility_id")["half_year"]
    missing = sorted(set(table.index) ^ set(said.index))
    found = finding("programme_known", _("sites without a half-year, or the reverse"), missing)
    if found:
        return found
    since: dict[str, int] = {str(name): int(half) for name, half in said.items()}
    later = rule.half_years + 1
    today = [n for n, row in named_rows(table) if (since[n] == 0) != bool(row["existing"]) or not 0 <= since[n] <= later]  # fmt: skip
    found += finding("half_year", _("sites open today or later against the facts"), today)
    before = [
        n
        for n, row in named_rows(table)
        if isinstance(row["parent_facility_id"], str)
        and not row["existing"]
        and since[row["parent_facility_id"]] > since[n]
    ]
    found += finding("parent_first", _("sites that open before their parent"), before)
    late = [n for n, row in named_rows(table) if row["compulsory"] and since[n] > rule.half_years]
    found += finding("must_open", _("sites that must open and do not within the programme"), late)
    early = [
        n
        for n, row in named_rows(table)
        if not row["existing"]
        and since[n] <= rule.half_years
        and since[n] < _earliest(world, row["site_id"])
    ]
    found += finding("available", _("sites that open before their premises are there"), early)
    return found + _check_limits(world, table, since)


def _earliest(world: World, site_id: str) -> int:
    rule, site = world.policy.programme, world.opened_sites[site_id]
    wait = 0 if site["consent"] == "signed" else rule.consent_half_years
    if site["kind"] == "to_find":
        wait = max(wait, rule.to_find_half_years)
    when = site["available_from"]
    if not pd.isna(when):
        begins = pd.Timestamp(rule.begins)
        while wait < rule.half_years and begins + pd.DateOffset(months=6 * wait) < when:
            wait += 1
    return wait + 1


def _check_limits(world: World, table: pd.DataFrame, since: dict[str, int]) -> list[Finding]:
    rule, resources = world.policy.programme, world.resources
    costs = world.plan.derived["site_costs"].set_index("facility_id")
    offices = {tier.name for tier in world.policy.tiers if "federation_office" in tier.houses}
    posts = world.plan.decisions["staffing"].set_index("district_id")["professionals_posted"]
    rows = []

    def spent(first: int, last: int) -> int:
        total = 0
        for name, row in named_rows(costs):
            start = since.get(str(name), rule.half_years + 1)
            if first <= start <= last:
                total += int(row["opening_yuan"] + row["kit_yuan"])
            total += int(row["running_yuan_year"]) // 2 * max(0, last - max(start, first) + 1)
        return total

    for year in range((rule.half_years + 1) // 2 if resources.ceilings_yuan_year else 0):
        ceiling = resources.ceilings_yuan_year[min(year, len(resources.ceilings_yuan_year) - 1)]
        first, last = 2 * year + 1, min(2 * year + 2, rule.half_years)
        rows.append(("yuan", first, last, ceiling, spent(first, last)))
        if last > first:
            share = round(rule.first_half_share * 10**6)
            rows.append(("yuan", first, first, ceiling * share // 10**6, spent(first, first)))
    recruits = 0
    for half in range(1, rule.half_years + 1 if resources.recruits_half_year else 1):
        recruits += resources.recruits_half_year[
            min(half - 1, len(resources.recruits_half_year) - 1)
        ]
        used = sum(int(posts[row["district_id"]]) for name, row in named_rows(table) if row["tier"] in offices and 1 <= since[name] <= half)  # fmt: skip
        rows.append(("posts", 1, half, recruits, used))
    again = pd.DataFrame(rows, columns=["limit", "first", "last", "most", "used"])
    over = [
        f"{r.limit} {r.first}-{r.last}: {r.used:,} > {r.most:,}"
        for r in rows_of(again)
        if r.used > r.most
    ]
    found = finding("ceiling", _("half-years that use more than there is"), over, "programme")
    return found + differing("limits", _("limits of the programme that were counted otherwise"), world.plan.derived["programme_limits"], again, ["limit", "first", "last"], "programme")  # fmt: skip


def check_outcomes(world: World) -> list[Finding]:
    """Compare the values the optimisers of hours and of the programme claim, and that none passes its bound."""
    said: Any = world.plan.derived["outcomes"].set_index("optimum")
    beyond = [n for n, row in named_rows(said) if row["value"] > row["bound"] * (1 + 1e-9) + 1e-6]
    found = finding("outcome_bound", _("optima beyond their proved bound"), beyond)
    met, offered = visits_again(world)
    again = {"hours": met, "programme": _programme_value(world)}
    wrong = [
        f"{name}: {said.loc[name, 'value']:.3f} <> {value:.3f}"
        for name, value in again.items()
        if not isclose(value, float(said.loc[name, "value"]), rel_tol=1e-6, abs_tol=1e-3)
    ]
    if not isclose(offered, float(said.loc["hours", "offered"]), rel_tol=1e-6):
        wrong.append(f"offered: {said.loc['hours', 'offered']:.3f} <> {offered:.3f}")
    return found + finding(
        "outcome_value", _("optima whose value does not follow from the plan"), wrong
    )


def _programme_value(world: World) -> float:
    """Return the programme's objective: weighted people, each half-year they are covered and were not before it began."""
    rule = world.policy.programme
    totals: dict[str, float] = {}
    gains: dict[str, float] = {}
    for tier in world.policy.tiers:
        served = world.served[tier.name]
        since = world.since(served, 99)
        totals[tier.name] = gains[tier.name] = 0.0
        for slot in served.slots:
            weight, first = served.weight(slot), served.earliest(slot, since, 99)
            totals[tier.name] += float(weight.sum())
            # Whoever reaches a site of today gains nothing by the order.
            left = np.where(first > 0, np.maximum(0, rule.half_years + 1 - first), 0)
            gains[tier.name] += float((weight * left).sum())
    scale = max(totals.values(), default=0.0)
    return sum(
        gain * rule.weights.get(name, 0.0) * scale / totals[name]
        for name, gain in gains.items()
        if totals[name]
    )
