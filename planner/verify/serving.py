"""Bargaining, mediation, services and standards, worked out again by plain loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geodata.messages import translator
from planner.verify.compare import differing
from planner.verify.finding import Finding, finding
from planner.verify.rows import lookup, named_rows, rows_of

if TYPE_CHECKING:
    from planner.verify.world import World

_ = translator("planner")


def towns_of_enterprises(world: World) -> dict[str, str]:
    """Return the street_town each enterprise in scope lies in; on a border the one that was booked counts where it touches."""
    layer = world.plan.layers["enterprises"]
    scope = layer[layer["in_scope"]]
    touched = world.units_of(scope, "enterprise_id", 0.5)
    booked = lookup(world.plan.derived["bargaining"], "enterprise_id", "street_town_id")
    union_town = world.plan.layers["organisations"].set_index("organisation_id")["street_town_id"]
    member = lookup(world.plan.decisions["membership"], "enterprise_id", "organisation_id")
    found = {}
    for name in scope["enterprise_id"]:
        towns = {world.unit_town[u] for u in touched.get(name, ())}
        said = booked.get(name)
        if said in towns or (not towns and said is not None):
            found[name] = said
        elif len(towns) > 0:
            found[name] = min(towns)
        elif name in member:
            found[name] = union_town[member[name]]
    beyond = world.plan.layers.get("unregistered")
    if beyond is not None:
        units = zip(beyond["unregistered_id"], beyond["unit_id"], strict=True)
        found |= {name: world.unit_town[unit] for name, unit in units if unit in world.unit_town}
    return {name: str(town) for name, town in found.items()}


def check_bargaining(world: World, town_of: dict[str, str]) -> list[Finding]:
    """Mark every organised enterprise again."""
    rule = world.policy.bargaining
    member = set(world.plan.decisions["membership"]["enterprise_id"])
    column = "industry" if rule.by == "section" else "industry_division"
    rows = [
        (r["enterprise_id"], town_of.get(r["enterprise_id"]), int(r["workers"]), str(r[column]))
        for r in world.enterprises[["enterprise_id", "workers", column]].to_dict(orient="records")
        if r["enterprise_id"] in member
    ]
    sums: dict[tuple[str | None, str], list[int]] = {}
    for _name, town, workers, industry in rows:
        if workers < rule.own_workers and industry:
            one = sums.setdefault((town, industry), [0, 0])
            one[0] += 1
            one[1] += workers
    again = []
    for name, town, workers, industry in rows:
        count, people = sums.get((town, industry), (0, 0))
        if workers >= rule.own_workers:
            again.append((name, town, "own", name))
        elif count >= rule.industry_enterprises and people >= rule.industry_workers:
            again.append((name, town, "industry", f"{town}:{industry}"))
        else:
            again.append((name, town, "area", town))
    table = pd.DataFrame(
        again, columns=["enterprise_id", "street_town_id", "bargaining", "bargaining_group"]
    )
    return differing("bargaining", _("enterprises under another bargaining than the thresholds say"), world.plan.derived["bargaining"], table, ["enterprise_id"], "bargaining")  # fmt: skip


def mediation_again(world: World) -> pd.DataFrame:
    """Return seats, disputes and watch list of the federations."""
    rule = world.policy.disputes
    homes = {tier.name for tier in world.policy.tiers if "mediation_seat" in tier.houses}
    layer = world.plan.layers["disputes"]
    touched = world.units_of(layer, "dispute_id")
    cases: dict[str, list[int]] = {}
    for name, settled in zip(layer["dispute_id"], layer["settled"], strict=True):
        districts = sorted({world.unit_district.get(u, "") for u in touched.get(name, ())})
        if districts:
            one = cases.setdefault(districts[0], [0, 0])
            one[0] += 1
            one[1] += not settled
    rows = []
    seats_in: dict[str, list[str]] = {}
    for f in rows_of(world.plan.facilities):
        if f.tier in homes:
            seats_in.setdefault(f.district_id, []).append(f.facility_id)
    for row in rows_of(world.plan.districts):
        seats = sorted(seats_in.get(row.district_id, []))
        count, waiting = cases.get(row.district_id, [0, 0])
        dense = waiting * 1000 / row.workers if row.workers else 0.0
        many = rule.seats_per_federation + max(0, row.workers - 1) // rule.workers_per_seat
        watched = waiting >= rule.watch_cases or (waiting > 0 and dense >= rule.watch_per_thousand)
        rows.append((row.district_id, seats[0] if seats else None, many if seats else 0, count, waiting, dense, watched))  # fmt: skip
    columns = [
        "district_id",
        "facility_id",
        "seats",
        "disputes",
        "open_disputes",
        "per_thousand",
        "watched",
    ]
    return pd.DataFrame(rows, columns=columns)


def catchments_again(world: World) -> pd.DataFrame:
    """Return figures of the people whose nearest site each special site is."""
    rule = world.policy.services
    names = {
        f.facility_id: f.district_id
        for f in rows_of(world.plan.facilities)
        if f.tier in rule.special_tiers
    }
    nearest: dict[str, str] = {}
    for tier_name in rule.special_tiers:
        tier = world.policy.tier(tier_name)
        served = world.served[tier_name]
        _time, site = served.nearest(-1)
        first = {
            access: f"{tier_name}:{served.sites[k]}"
            for access, k in zip(served.access.tolist(), site.tolist(), strict=True)
            if k >= 0
        }
        for entity, access in world.access.get(("workers", tier.mode), {}).items():
            if entity not in nearest and access in first:
                nearest[entity] = first[access]
    sums: dict[str, dict[str, float]] = {name: {} for name in names}
    columns = ["enterprise_id", "workers", "members", "industry", "women", "migrants"]
    for row in world.enterprises[columns].to_dict(orient="records"):
        one = sums.get(nearest.get(row["enterprise_id"], ""))
        if one is None:
            continue
        staff = int(row["workers"])
        parts: dict[str, float] = {
            "workers": staff,
            "small": staff * (staff < rule.small_workers),
            "large": staff * (staff >= rule.large_workers),
            "outside": staff - int(row["members"]),
        }
        if row["industry"]:
            parts[f"workers_{row['industry']}"] = staff
        for column in ("women", "migrants"):
            if not pd.isna(row[column]):
                parts[column], parts[f"{column}_of"] = float(row[column]), staff
        for key, more in parts.items():
            one[key] = one.get(key, 0) + more
    outdoor: dict[str, float] = {}
    layer = world.plan.layers["outdoor"]
    touched = world.units_of(layer, "outdoor_id")
    for row in layer.drop(columns="geometry").to_dict(orient="records"):
        districts = sorted(
            {world.unit_district.get(u, "") for u in touched.get(row["outdoor_id"], ())}
        )
        if districts:
            outdoor[districts[0]] = (
                outdoor.get(districts[0], 0.0) + sum(row[f"h{h:02d}"] for h in range(24)) / 24
            )
    waiting = lookup(world.plan.derived["mediation"], "district_id", "open_disputes")
    sections = sorted({key for one in sums.values() for key in one if key.startswith("workers_")})
    rows = []
    for name, district in sorted(names.items()):
        one = sums[name]
        workers, out = one.get("workers", 0.0), float(outdoor.get(district, 0.0))
        rows.append(
            {
                "facility_id": name, "workers": workers,
                "small_firm_share": _part(one.get("small", 0), workers), "large_firm_share": _part(one.get("large", 0), workers),
                "women_share": _part(one.get("women", 0), one.get("women_of", 0)),
                "migrant_share": _part(one.get("migrants", 0), one.get("migrants_of", 0)),
                "outdoor_share": _part(out, workers + out), "non_member_share": _part(one.get("outside", 0), workers),
                "disputes": waiting[district], **{key: one.get(key, 0) for key in sections},
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _part(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def services_again(world: World) -> pd.DataFrame:
    """Return each site's services, with the figures of the stored catchments that call for them."""
    rule = world.policy.services
    tiers = {tier.name: tier for tier in world.policy.tiers}
    figures = dict(named_rows(world.plan.derived["catchments"].set_index("facility_id")))
    rows: list[tuple[object, ...]] = []
    for site in rows_of(world.plan.facilities):
        basic = tiers[site.tier].services
        rows += [(site.facility_id, name, True, "", None, None) for name in basic]
        if site.tier not in rule.special_tiers or figures[site.facility_id]["workers"] <= 0:
            continue
        row = figures[site.facility_id]
        for one in rule.special:
            if one.figure == "industry_share":
                value = _part(
                    sum(float(row.get(f"workers_{s}", 0)) for s in one.industries),
                    float(row["workers"]),
                )
            else:
                value = float(row[one.figure])
            if value >= one.least and one.service not in basic:
                rows.append((site.facility_id, one.service, False, one.figure, value, one.least))
    return pd.DataFrame(
        rows, columns=["facility_id", "service", "basic", "figure", "value", "least"]
    )


def standards_again(world: World) -> pd.DataFrame:
    """Return the seven standards per site."""
    tiers = {tier.name: tier for tier in world.policy.tiers}
    posts = world.plan.decisions["staffing"].set_index("district_id")["professionals_posted"]
    funds = lookup(world.plan.derived["readiness"], "district_id", "funds")
    rows = []
    for row in rows_of(world.plan.facilities):
        tier, site = tiers[row.tier], world.opened_sites[row.site_id]
        area = site["floor_area_m2"]
        staffed = row.facility_id in world.windows and ("federation_office" not in tier.houses or posts[row.district_id] > 0)  # fmt: skip
        state = {
            "place": "met" if site["consent"] == "signed" else "lacking",
            "layout": "to_check"
            if pd.isna(area)
            else "met"
            if area >= tier.floor_area_least_m2
            else "lacking",
            "sign": "to_check",
            "staff": "met" if staffed else "lacking",
            "services": "met" if tier.services else "lacking",
            "rules": "to_check",
            "funds": "met" if funds[row.district_id] else "lacking",
        }
        rows += [(row.facility_id, name, state[name]) for name in world.policy.services.standards]
    return pd.DataFrame(rows, columns=["facility_id", "standard", "state"])


def check_serving(world: World) -> list[Finding]:
    """Compare mediation, catchments, services and standards."""
    derived = world.plan.derived
    found = differing("mediation", _("federations whose seats or disputes differ"), derived["mediation"], mediation_again(world), ["district_id"], "mediation")  # fmt: skip
    found += differing("catchments", _("sites whose catchment does not add up"), derived["catchments"], catchments_again(world), ["facility_id"], "catchments")  # fmt: skip
    if found:
        return found
    missing = sorted(
        set(world.plan.facilities["facility_id"]) - set(derived["services"]["facility_id"])
    )
    bare = {t.name for t in world.policy.tiers if not t.services}
    tier_of = world.plan.facilities.set_index("facility_id")["tier"]
    found += finding("basic_services", _("sites without their basic services"), [n for n in missing if tier_of[n] not in bare])  # fmt: skip
    found += differing("services", _("services that the catchments do not call for, or that are missing"), derived["services"], services_again(world), ["facility_id", "service", "figure"], "services")  # fmt: skip
    return found + differing("standards", _("standards that the data do not bear out"), derived["standards"], standards_again(world), ["facility_id", "standard"], "standards")  # fmt: skip
