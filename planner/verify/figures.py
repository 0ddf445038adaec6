"""Do the figures follow? Every figure of the plan is worked out again by plain sums over what the other checks found."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from geodata.messages import translator
from planner.verify.compare import close
from planner.verify.finding import Finding, finding
from planner.verify.reached import entities
from planner.verify.rows import lookup, rows_of
from planner.verify.sub_areas import count_sub_areas

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.policy import Tier
    from planner.verify.world import World

_ = translator("planner")


def check_figures(world: World) -> list[Finding]:
    """Compare every figure with the plan's; one that is not recomputed here is a finding too."""
    again = _counts(world) | _formed(world) | _operations(world)
    again |= dict(zip(("sub_areas_whole", "sub_areas_split"), count_sub_areas(world), strict=True))
    for tier in world.policy.tiers:
        again |= _tier_figures(world, tier)
    kpis = world.plan.kpis
    # A figure that a later version brought is not missing in an older plan.
    known = set(world.plan.manifest.get("kpi_names", again))
    wrong = [
        f"{name}: {kpis.get(name)} <> {value:.6f}"
        for name, value in again.items()
        if (name in known or name in kpis)
        and (name not in kpis or not close(float(kpis[name]), float(value)))
    ]
    wrong += [f"{name}: not recomputed" for name in kpis if name not in again]
    return finding("figures", _("figures that do not follow from the tables"), wrong)


def _counts(world: World) -> dict[str, float]:
    plan, policy = world.plan, world.policy
    enterprises = world.enterprises
    workers = sum(enterprises["workers"].tolist())
    districts: list[Any] = list(rows_of(plan.districts))
    rule = policy.federations
    inside = [
        row
        for row in districts
        if rule.workers.least <= row.workers <= rule.workers.most
        and rule.organisations.least <= row.organisations <= rule.organisations.most
    ]
    staffing: list[Any] = list(rows_of(plan.decisions["staffing"]))
    stations = plan.facilities[plan.facilities["tier"] == "station"]
    held = set(plan.decisions["membership"]["enterprise_id"])
    whose = dict(zip(enterprises["enterprise_id"], enterprises["jurisdiction"], strict=True))
    area = [name for name, one in whose.items() if one == "area"]
    bureau = {name for name, one in whose.items() if one == "bureau"}
    first = next(tier for tier in policy.tiers if tier.demand == "workers")
    on_road = world.access.get(("workers", first.mode), {})
    posted = sum(int(row.professionals_posted) for row in staffing)
    pool = world.resources.professionals
    whole = (posted if pool is None else max(pool, posted)) + world.resources.professionals_above
    return {
        "enterprises_in_scope": len(enterprises),
        "workers_in_scope": workers,
        "unregistered_workers": int(world.people["workers"].sum()) - workers,
        **_platforms(plan),
        "union_rate_share": sum(map(bool, enterprises["unionised"])) / max(1, len(enterprises)),
        "membership_rate_share": sum(enterprises["members"].tolist()) / max(1, workers),
        "covered_by_area_share": sum(name in held for name in area) / max(1, len(area)),
        "covered_by_responsibility_share": sum(name in held or name in bureau for name in whose) / max(1, len(whose)),
        "covered_by_organisation_share": sum(name in held for name in whose) / max(1, len(whose)),
        "organisations": len(plan.layers["organisations"]),
        "districts": len(districts),
        "districts_in_band_share": len(inside) / max(1, len(districts)),
        "same_industry_share": _same_industry(world),
        "organisations_per_district": sum(row.organisations for row in districts) / max(1, len(districts)),
        "workers_per_district": sum(row.workers for row in districts) / max(1, len(districts)),
        "professionals_needed": sum(int(row.professionals_needed) for row in staffing),
        "professionals_posted": posted,
        "professionals_lacking": sum(int(row.professionals_needed) for row in staffing) - posted,
        "professionals_below_share": posted / whole if whole else 0.0,
        "part_time_chairs": sum(int(row.part_time_chairs) for row in staffing),
        "volunteers": sum(int(row.volunteers) for row in staffing),
        "stations_to_find": sum(str(site).startswith("unit:") for site in stations["site_id"]),
        "workers_off_network": sum(w for name, w in zip(enterprises["enterprise_id"], enterprises["workers"].tolist(), strict=True) if name not in on_road),
    }  # fmt: skip


def _platforms(plan: Plan) -> dict[str, int]:
    """Count people whose id says they are of a platform, and the members among them."""
    rows = [row for row in rows_of(plan.layers["unregistered"]) if str(row.unregistered_id).startswith("platform:")]  # fmt: skip
    return {
        "platform_workers": sum(int(row.workers) for row in rows),
        "platform_members": sum(int(row.members) for row in rows),
    }


def _same_industry(world: World) -> float:
    plan = world.plan
    home = lookup(plan.decisions["organisation_district"], "organisation_id", "district_id")
    held: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows_of(plan.layers["organisations"]):
        held[home.get(row.organisation_id, "")][row.industry] += int(row.workers)
    most = sum(max(industries.values()) for industries in held.values())
    return most / max(1, sum(industries.total() for industries in held.values()))


def _formed(world: World) -> dict[str, float]:
    """Add the street_towns up at each level; what the plan's own level comes to is counted on its organisations."""
    table = world.plan.derived["formation"]
    towns: list[Any] = [row for row in rows_of(table) if row.area == "street_town"]
    own = world.policy.organisations.level
    return {
        f"organisations_{level}": len(world.plan.layers["organisations"])
        if level == own
        else sum(int(getattr(row, f"organisations_{level}")) for row in towns)
        for level in ("today", "at_85", "full")
    }


def _operations(world: World) -> dict[str, float]:
    plan, derived = world.plan, world.plan.derived
    goals = {r.target: r.goal for r in rows_of(plan.decisions["targets"]) if r.level == "plan"}
    offices = {tier.name for tier in world.policy.tiers if "federation_office" in tier.houses}
    since = lookup(plan.decisions["programme"], "facility_id", "half_year")
    last = world.policy.programme.half_years
    stations: list[Any] = [row for row in rows_of(plan.facilities) if row.tier in offices]
    outcome = derived["outcomes"].set_index("optimum").loc["hours"]
    kinds = derived["bargaining"]["bargaining"].tolist()
    special = derived["services"][~derived["services"]["basic"].astype(bool)]
    costs, budget = derived["site_costs"], derived["budget"]
    days = {"weekday": 5, "weekend": 2}
    return {
        "federations_goal": goals.get("federations", 0),
        "models_goal": goals.get("models", 0),
        "worker_schools_goal": goals.get("worker_school", 0),
        "fitness_spots_goal": goals.get("fitness_spot", 0),
        "federations_built": sum(map(bool, derived["readiness"]["built"])),
        "models_proposed": len(plan.decisions["models"]),
        "visit_hours_share": outcome["value"] / outcome["offered"] if outcome["offered"] else 0.0,
        "open_hours_week": sum((r.closes_min - r.opens_min) * days[r.day] for r in rows_of(plan.decisions["hours"])) / 60,
        "dues_yuan_year": sum(budget["dues_yuan"].tolist()) - sum(budget["refund_yuan"].tolist()),
        "federation_income_yuan_year": sum(budget["base_yuan"].tolist()) + sum(budget["project_yuan"].tolist()),
        "opening_yuan": sum(costs["opening_yuan"].tolist()) + sum(costs["kit_yuan"].tolist()),
        "running_yuan_year": sum(costs["running_yuan_year"].tolist()),
        "sites_in_programme": sum(half <= last for half in since.values()),
        "federations_in_programme": len({row.district_id for row in stations if since[row.facility_id] <= last}),
        "bargain_alone": kinds.count("own"),
        "bargain_by_industry": kinds.count("industry"),
        "bargain_by_area": kinds.count("area"),
        "federations_watched": sum(map(bool, derived["mediation"]["watched"])),
        "mediation_seats": sum(derived["mediation"]["seats"].tolist()),
        **_industries(world),
        "special_services": len(set(zip(special["facility_id"], special["service"], strict=True))),
    }  # fmt: skip


def _industries(world: World) -> dict[str, float]:
    """Count the overlay on the marks of organisations."""
    marks = world.plan.decisions.get("industry_organisations")
    of = {} if marks is None else lookup(marks, "organisation_id", "industry_federation_id")
    rows = rows_of(world.plan.layers["organisations"])
    return {
        "industry_federations": len(set(of.values())),
        "industry_federation_organisations": len(of),
        "industry_federation_workers": sum(
            int(row.workers) for row in rows if row.organisation_id in of
        ),
    }


def _tier_figures(world: World, tier: Tier) -> dict[str, float]:
    people = entities(world, tier)
    near = people.time >= 0
    total, reached = float(people.weight.sum()), float(people.weight[near].sum())
    time = float((people.weight * people.time)[near].sum())
    derived = world.plan.derived
    days = {"weekday": 5, "weekend": 2}
    hourly: list[Any] = [
        row
        for row in rows_of(derived["hourly"])
        if row.tier == tier.name and tier.period.first_hour <= row.hour <= tier.period.last_hour
    ]
    present = sum(row.present * days[row.day] for row in hourly)
    worst = derived["equity"]
    worst = worst[(worst["tier"] == tier.name) & (worst["by"] == "worst_tenth")]
    found = {
        f"{tier.name}_sites": int((world.plan.facilities["tier"] == tier.name).sum()),
        f"{tier.name}_coverage_share": reached / total if total else 0.0,
        f"{tier.name}_mean_min": time / 600.0 / reached if reached else 0.0,
        f"{tier.name}_open_share": sum(row.covered * days[row.day] for row in hourly) / present if present else 0.0,
        f"{tier.name}_worst_tenth_share": float(sum(worst["coverage_share"])),
    }  # fmt: skip
    if tier.capacity is not None:
        rooms = derived["rooms"].set_index("tier").loc[tier.name]
        found[f"{tier.name}_served_share"] = (
            rooms["served"] / rooms["load"] if rooms["load"] else 0.0
        )
    return found
