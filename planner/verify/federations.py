"""Posts, targets, money, readiness and models of federations, worked out again with plain loops and fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd

from geodata.messages import translator
from planner.verify.compare import differing
from planner.verify.finding import Finding, finding
from planner.verify.rows import lookup, named_rows, rows_of

if TYPE_CHECKING:
    from planner.policy import Tier
    from planner.verify.world import World

_ = translator("planner")

LEVELS = ("enterprise", "federation", "street_town", "borough", "city", "national")


def shared_out(total: int, weights: list[int]) -> list[int]:
    """Share a whole number by largest remainder, with fractions."""
    if not weights:
        return []
    whole = sum(weights)
    exact = [
        Fraction(total * w, whole) if whole else Fraction(total, len(weights)) for w in weights
    ]
    parts = [int(one) for one in exact]
    for k in sorted(range(len(parts)), key=lambda k: (parts[k] - exact[k], k))[
        : total - sum(parts)
    ]:
        parts[k] += 1
    return parts


def check_posts(world: World) -> list[Finding]:
    """Check that posts keep to the pool and are shared fairly, and those counted apart."""
    rule, pool = world.policy.staffing, world.resources.professionals
    table = world.plan.decisions["staffing"].set_index("district_id")
    need = table["professionals_needed"].to_dict()
    posted = table["professionals_posted"].to_dict()
    wanted = {
        d: min(max(n, rule.posted_least), rule.posted_most) if n else 0 for d, n in need.items()
    }
    least = {d: rule.posted_least if n else 0 for d, n in need.items()}
    off = [d for d, n in posted.items() if not least[d] <= n <= wanted[d]]
    total = sum(wanted.values()) if pool is None else min(pool, sum(wanted.values()))
    found = finding("posts", _("districts posted fewer or more than allowed"), off)
    wrong = [f"{sum(posted.values())} <> {total}"] if sum(posted.values()) != total else []
    found += finding("pool", _("posts that do not use the pool"), wrong)
    if rule.allocation == "largest_shortfall":
        filled = {d: Fraction(posted[d], max(1, need[d])) for d in posted}
        poorest = min((filled[d] for d in posted if posted[d] < wanted[d]), default=None)
        unfair = [
            d
            for d in posted
            if poorest is not None
            and posted[d] > least[d]
            and Fraction(posted[d] - 1, max(1, need[d])) > poorest
        ]
        found += finding("fair_posts", _("districts with a post that one worse off lacks"), unfair)
    districts: Any = world.plan.districts.set_index("district_id")
    apart = [
        d
        for d, row in named_rows(table)
        if row["part_time_chairs"] != (rule.part_time_chairs if need[d] else 0)
        or row["volunteers"] != -(-int(districts.loc[d, "workers"]) // rule.workers_per_volunteer)
    ]
    return found + finding("apart", _("districts whose part-time chairs or volunteers do not follow the rule"), apart)  # fmt: skip


def check_targets(world: World) -> list[Finding]:
    """Hand the city's numbers down again."""
    rule = world.policy.targets
    unions = world.plan.layers["organisations"]
    measure = dict.fromkeys(sorted(world.town_borough), 0)
    for row in rows_of(unions):
        more = {"workers": row.workers, "enterprises": row.enterprises, "organisations": 1}[
            rule.basis
        ]
        measure[row.street_town_id] += int(more)
    whole = sum(measure.values())
    rows: list[tuple[str, str, str, int]] = []
    for name, city in rule.counts.items():
        exact = Fraction(city * whole, rule.city_basis) if rule.city_basis else Fraction(city)
        total = min(city, int(exact + Fraction(1, 2)))
        rows.append((name, "plan", "plan", total))
        boroughs = sorted(set(world.town_borough.values()))
        size = {
            b: sum(m for t, m in measure.items() if world.town_borough[t] == b) for b in boroughs
        }
        least = world.policy.programme.models_borough_least if name == "models" else 0
        first = sorted(boroughs, key=lambda b: (-size[b], b))[: total // least] if least else []
        given = dict(
            zip(
                boroughs,
                shared_out(total - least * len(first), [size[b] for b in boroughs]),
                strict=True,
            )
        )
        for borough in boroughs:
            goal = given[borough] + (least if borough in first else 0)
            rows.append((name, "borough", borough, goal))
            towns = [t for t in measure if world.town_borough[t] == borough]
            parts = shared_out(goal, [measure[t] for t in towns])
            rows += [(name, "street_town", t, part) for t, part in zip(towns, parts, strict=True)]
    again = pd.DataFrame(rows, columns=["target", "level", "area_id", "goal"])
    return differing("targets", _("goals that do not follow from the city's numbers"), world.plan.decisions["targets"], again, ["target", "level", "area_id"], "targets")  # fmt: skip


def costs_again(world: World) -> pd.DataFrame:
    """Return what each site costs."""
    rows = []
    paid: set[str] = set()
    table = world.plan.facilities.sort_values("facility_id")
    for tier in world.policy.tiers:
        costs, here = tier.costs, []
        for row in rows_of(table[table["tier"] == tier.name]):
            site = world.opened_sites[row.site_id]
            today = site["existing_tier"] == tier.name
            area = costs.fitted_m2_most if pd.isna(site["floor_area_m2"]) else min(site["floor_area_m2"], costs.fitted_m2_most)  # fmt: skip
            once = 0 if today else costs.opening_yuan + int(area) * costs.fitting_yuan_m2
            rent = 0 if pd.isna(site["rent_yuan_month"]) or row.site_id in paid else round(site["rent_yuan_month"] * 12)  # fmt: skip
            rows.append(
                (
                    row.facility_id,
                    once,
                    _lacked_yuan(site, tier) if today else costs.kit_yuan,
                    rent + costs.running_yuan_year,
                )
            )
            here.append(row.site_id)
        paid.update(here)
    return pd.DataFrame(
        rows, columns=["facility_id", "opening_yuan", "kit_yuan", "running_yuan_year"]
    )


def budget_again(world: World, costs: pd.DataFrame) -> pd.DataFrame:
    """Return each federation's dues, income and spending."""
    rule = world.policy.money
    district_of = world.organisation_place["district_id"].to_dict()
    shares, day = rule.shares_on(world.day), world.day
    ppm = [round(getattr(shares, level) * 10**6) for level in LEVELS]
    sums = {d: [0, 0, 0] for d in world.plan.districts["district_id"]}
    columns = ["enterprise_id", "workers", "industry", "payroll_yuan"]
    for row in rows_of(world.enterprises[columns]):
        district = district_of.get(row.enterprise_id)
        if district is None:
            continue
        payroll = int(row.workers) * rule.wages.get(row.industry, rule.wage_yuan_year) if pd.isna(row.payroll_yuan) else int(row.payroll_yuan)  # fmt: skip
        dues = payroll * round(rule.dues_share * 10**6) // 10**6
        dues = dues * round(rule.collection_share * 10**6) // 10**6
        back = dues * round(rule.refund_share(int(row.workers), day) * 10**6) // 10**6
        for k, more in enumerate((payroll, dues, back)):
            sums[district][k] += more
    running = dict(zip(costs["facility_id"], costs["running_yuan_year"], strict=True))
    own = {tier.name for tier in world.policy.tiers if tier.rule == "one_per_district"}
    below = own | {tier.name for tier in world.policy.tiers if tier.parent in own}
    spent = dict.fromkeys(sums, 0)
    for row in rows_of(world.plan.facilities):
        if row.tier in below:
            spent[row.district_id] += running[row.facility_id]
    posts = world.plan.decisions["staffing"].set_index("district_id")
    rows = []
    for row in rows_of(world.plan.districts):
        payroll, dues, back = sums[row.district_id]
        base = (
            rule.base_yuan_federation * (row.organisations > 0)
            + rule.base_yuan_worker * row.workers
        )
        project = rule.project_yuan_organisation * row.organisations
        allowance = (
            int(posts.loc[row.district_id, "part_time_chairs"]) * rule.chair_allowance_yuan_year
        )
        spending = spent[row.district_id] + allowance
        rows.append(
            {
                "district_id": row.district_id, "payroll_yuan": payroll, "dues_yuan": dues, "refund_yuan": back,
                **{f"to_{level}_yuan": part for level, part in zip(LEVELS, shared_out(dues - back, ppm), strict=True)},
                "base_yuan": base, "project_yuan": project, "income_yuan": base + project,
                "sites_yuan": spent[row.district_id], "allowance_yuan": allowance, "spending_yuan": spending,
                "balance_yuan": base + project - spending,
                "staff_yuan": int(posts.loc[row.district_id, "professionals_posted"]) * rule.professional_yuan_year,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def custody_again(world: World, budget: pd.DataFrame) -> pd.DataFrame:
    """Return what each street_town's custody centre keeps."""
    town = lookup(world.plan.districts, "district_id", "street_town_id")
    homes = {tier.name for tier in world.policy.tiers if "fund_custody_centre" in tier.houses}
    lines = ["base_yuan", "project_yuan", "income_yuan", "sites_yuan", "allowance_yuan", "spending_yuan", "staff_yuan"]  # fmt: skip
    rows = []
    sites_in: dict[str, list[str]] = {}
    for row in rows_of(world.plan.facilities):
        if row.tier in homes:
            sites_in.setdefault(town.get(row.district_id, ""), []).append(row.facility_id)
    for name in sorted(world.town_borough):
        mine = budget[budget["district_id"].map(town) == name]
        sites = sorted(sites_in.get(name, []))
        first = sites[0] if sites else None
        rows.append({"street_town_id": name, "facility_id": first, "federations": len(mine), **{c: int(mine[c].sum()) for c in lines}})  # fmt: skip
    return pd.DataFrame(rows)


def _lacked_yuan(site: Any, tier: Tier) -> int:
    """Return the part of a tier's kit that a site of today says it lacks, yuan."""
    kit = site.get("kit")
    if not isinstance(kit, str) or not tier.kit:
        return 0
    own = [one for one in kit.split("、") if one]
    short = len([item for item in tier.kit if not [o for o in own if o in item or item in o]])
    return tier.costs.kit_yuan * short // len(tier.kit)


def check_kit(world: World) -> list[Finding]:
    """Hold every site's list of kit against the policy's and against what its premises have."""
    if "kit" not in world.plan.derived:
        return []
    rows = []
    for row in rows_of(world.plan.facilities):
        tier, site = world.policy.tier(row.tier), world.opened_sites[row.site_id]
        kit = site.get("kit")
        own = [one for one in kit.split("、") if one] if isinstance(kit, str) else []
        listed = set()
        for item in tier.kit:
            met = [one for one in own if one in item or item in one]
            listed |= set(met)
            unknown = "to_buy" if site["existing_tier"] != row.tier else "lacking" if isinstance(kit, str) else "to_check"  # fmt: skip
            rows.append((row.facility_id, item, "met" if met else unknown))
        rows += [(row.facility_id, one, "extra") for one in dict.fromkeys(own) if one not in listed]
    again = pd.DataFrame(rows, columns=["facility_id", "item", "state"])
    return differing("kit", _("sites whose kit differs from what the policy asks and the premises have"), world.plan.derived["kit"], again, ["facility_id", "item"], "kit")  # fmt: skip


def check_money(world: World) -> list[Finding]:
    """Compare costs, budgets and custody centres."""
    derived = world.plan.derived
    costs = costs_again(world)
    budget = budget_again(world, costs)
    found = differing("site_costs", _("sites whose costs do not follow from tier and premises"), derived["site_costs"], costs, ["facility_id"], "site_costs")  # fmt: skip
    found += differing("budget", _("federations whose dues, income or spending do not add up"), derived["budget"], budget, ["district_id"], "budget")  # fmt: skip
    return found + differing("custody", _("street_towns whose custody centre keeps other sums"), derived["custody"], custody_again(world, budget), ["street_town_id"], "custody")  # fmt: skip


def readiness_again(world: World) -> pd.DataFrame:
    """Return which steps each federation has done."""
    offices = {tier.name for tier in world.policy.tiers if "federation_office" in tier.houses}
    posts = world.plan.decisions["staffing"].set_index("district_id")["professionals_posted"]
    budget = world.plan.derived["budget"].set_index("district_id")
    ready: set[str] = set()
    for row in rows_of(world.plan.facilities):
        site = world.opened_sites[row.site_id]
        dated = pd.isna(site["available_from"]) or site["available_from"] <= pd.Timestamp(world.day)
        if (
            row.tier in offices
            and site["consent"] == "signed"
            and dated
            and site["kind"] != "to_find"
        ):
            ready.add(row.district_id)
    papers: dict[str, dict[str, float]] = {}
    columns = (
        "certificate",
        "account",
        "score_members",
        "score_own",
        "score_inspection",
        "score_third_party",
    )
    listed = world.sites[world.sites[list(columns)].notna().any(axis=1)].reset_index()
    units = world.units_of(listed, "site_id")
    for row in listed.to_dict(orient="records"):
        for district in {
            world.unit_district[u]
            for u in units.get(row["site_id"], ())
            if u in world.unit_district
        }:
            held = papers.setdefault(district, {})
            for column in columns:
                if not pd.isna(row[column]):
                    held[column] = max(held.get(column, 0.0), float(row[column]))
    rule, weights = world.policy.programme, world.policy.assessment
    rows = []
    for name in sorted(world.plan.districts["district_id"]):
        held, money = papers.get(name, {}), budget.loc[name]
        done = {
            "people": posts[name] >= max(1, world.policy.staffing.posted_least),
            "premises": name in ready,
            "funds": money["income_yuan"] > 0
            and int(money["income_yuan"]) * 10**6 >= int(money["spending_yuan"]) * round(world.policy.money.funded_share * 10**6),
            "certificate": held.get("certificate", 0) > 0,
            "account": held.get("account", 0) > 0,
        }  # fmt: skip
        marks = [(held[f"score_{n}"], getattr(weights, n)) for n in ("members", "own", "inspection", "third_party") if f"score_{n}" in held]  # fmt: skip
        weighed = sum(w for _mark, w in marks)
        rows.append(
            {
                "district_id": name,
                **{step: bool(one) for step, one in done.items()},
                "built": all(done[step] for step in rule.steps),
                "lacking": ",".join(step for step in rule.steps if not done[step]),
                "score": sum(m * w for m, w in marks) / weighed if weighed else None,
            }
        )
    return pd.DataFrame(rows)


def check_readiness(world: World) -> list[Finding]:
    """Compare steps, and models in the order of points within each borough."""
    derived = world.plan.derived
    found = differing("readiness", _("federations whose steps differ"), derived["readiness"], readiness_again(world), ["district_id"], "readiness")  # fmt: skip
    town = lookup(world.plan.districts, "district_id", "street_town_id")
    goals = world.plan.decisions["targets"]
    ranked: dict[str, list[tuple[float, str]]] = {}
    for row in derived["readiness"].to_dict(orient="records"):
        steps = sum(bool(row[step]) for step in world.policy.programme.steps)
        score = 0.0 if pd.isna(row["score"]) else float(row["score"])
        points = round(score + world.policy.assessment.readiness * steps, 6)
        if steps:
            ranked.setdefault(world.town_borough[town[row["district_id"]]], []).append(
                (-points, row["district_id"])
            )
    rows = []
    for borough, names in ranked.items():
        goal = goals.loc[(goals["target"] == "models") & (goals["level"] == "borough") & (goals["area_id"] == borough), "goal"].sum()  # fmt: skip
        rows += [(name, k) for k, (_points, name) in enumerate(sorted(names)[: int(goal)], start=1)]
    again = pd.DataFrame(rows, columns=["district_id", "place"])
    return found + differing("models", _("models that assessment and readiness do not propose"), world.plan.decisions["models"], again, ["district_id"], "models")  # fmt: skip
