"""Are the open sites allowed: known, in their district, one per district, pinned ones open, vetoed ones closed?"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.messages import translator
from planner.verify.finding import Finding, finding
from planner.verify.rows import lookup, named_rows, rows_of

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.plan import Plan
    from planner.policy import Policy, Tier

_ = translator("planner")


def check_sites(plan: Plan, policy: Policy) -> list[Finding]:
    """Check every tier's sites against its rule, people's decisions and the ground."""
    facilities = plan.facilities
    known = {tier.name for tier in policy.tiers}
    found = finding("tier", _("sites of unknown tiers"), sorted(set(facilities["tier"]) - known))
    sites = plan.layers["sites"].set_index("site_id")
    unknown = facilities.loc[~facilities["site_id"].isin(sites.index), "site_id"]
    found += finding("known_site", _("open sites that are no candidates"), unknown)
    if found:
        return found
    named = facilities["tier"] + ":" + facilities["site_id"]
    found += finding(
        "facility_id",
        _("sites whose id does not name their tier and premises"),
        facilities.loc[named != facilities["facility_id"], "facility_id"],
    )
    found += _check_districts(plan)
    for tier in policy.tiers:
        mine = facilities[facilities["tier"] == tier.name]
        partners = [t.name for t in policy.tiers if t.name in tier.shares or tier.name in t.shares]
        shared = set(facilities.loc[facilities["tier"].isin(partners), "site_id"])
        lent = {kind for t in policy.tiers if t.name in partners for kind in t.candidates}
        stood = _stood(plan, tier)
        found += _check_kind(tier, mine, sites, shared, stood=stood, lent=lent)
        found += _check_count(tier, mine, plan, policy)
        found += _check_people(tier, mine, plan)
        found += _check_compulsory(tier, mine, plan, sites)
        found += _check_reasons(tier, mine, plan, sites)
        found += _check_parents(tier, mine, facilities)
    return found + _check_sharing(plan, policy, sites) + _check_bounds(plan, policy)


def _check_districts(plan: Plan) -> list[Finding]:
    """Locate each site in the basic units; on a border any of the touching units will do."""
    import geopandas as gpd

    facilities = plan.facilities
    sites = plan.layers["sites"].set_index("site_id").geometry.reindex(facilities["site_id"])
    units = plan.layers["units"].merge(plan.decisions["unit_district"], on="unit_id")
    spots = gpd.GeoDataFrame(
        facilities[["facility_id", "district_id"]], geometry=sites.to_numpy(), crs=units.crs
    )
    units = units[["geometry", "district_id"]].rename(columns={"district_id": "found_in"})
    # Half a metre of slack: a site on a border belongs to either side.
    near = gpd.sjoin(spots.set_geometry(spots.buffer(0.5)), units, predicate="intersects")
    right = set(near.loc[near["district_id"] == near["found_in"], "facility_id"])
    inside = set(near["facility_id"])
    wrong = [f for f in facilities["facility_id"] if f in inside and f not in right]
    return finding("site_in_district", _("sites that lie in another district"), wrong)


def _stood(plan: Plan, tier: Tier) -> set[str]:
    """Return the sites that carried the tier in the parent plan."""
    if "carried_sites" not in plan.derived:
        return set()
    carried = plan.derived["carried_sites"]
    return set(carried.loc[carried["tier"] == tier.name, "site_id"].dropna())


def _check_kind(
    tier: Tier,
    mine: pd.DataFrame,
    sites: pd.DataFrame,
    shared: set[str],
    *,
    stood: set[str],
    lent: set[str],
) -> list[Finding]:
    """Check kinds and conditions; what stood last year in a kind that was ``lent`` to the tier may stand on."""
    chosen = sites.loc[mine["site_id"]]
    kind = chosen["kind"].isin(tier.candidates)
    if tier.carrier_kinds:
        kind &= (chosen["kind"] != "carrier") | chosen["carrier_kind"].isin(tier.carrier_kinds)
    kind |= chosen.index.isin(stood) & chosen["kind"].isin(lent)
    allowed = (
        kind
        & (chosen["consent"] != "refused")
        & ~(chosen["floor_area_m2"] < tier.floor_area_least_m2)
    )
    for asked, column in ((tier.ground_floor, "ground_floor"), (tier.open_access, "open_access")):
        if asked:
            allowed &= np.array([pd.isna(one) or bool(one) for one in chosen[column]], dtype=bool)
    allowed |= chosen["existing_tier"] == tier.name
    allowed |= chosen.index.isin(shared)
    return finding(
        "site_kind",
        _("sites whose kind or consent the tier does not allow"),
        chosen.index[~allowed],
        tier.name,
    )


AREAS = {
    "one_per_district": "district",
    "one_per_street_town": "street_town",
    "one_per_borough": "borough",
    "one_per_city": "city",
}


def _areas_of_district(plan: Plan, level: str) -> dict[str, str]:
    """Return the area of a level that each district lies in."""
    if level == "district":
        return {name: name for name in plan.districts["district_id"]}
    if level == "city":
        return dict.fromkeys(plan.districts["district_id"], "city")
    town = lookup(plan.districts, "district_id", "street_town_id")
    if level == "street_town":
        return town
    borough = lookup(plan.layers["street_towns"], "street_town_id", "borough_id")
    return {name: borough.get(one, "") for name, one in town.items()}


def _check_count(tier: Tier, mine: pd.DataFrame, plan: Plan, policy: Policy) -> list[Finding]:
    compulsory = int(mine["compulsory"].sum())
    peopled = plan.districts.loc[plan.districts["organisations"] > 0, "district_id"]
    if tier.rule in AREAS:
        level = AREAS[tier.rule]
        area = _areas_of_district(plan, level)
        wanted = {area[name]: 1 for name in peopled}
        must = mine.loc[mine["compulsory"], "district_id"].map(area).value_counts()
        have = mine["district_id"].map(area).value_counts()
        wrong = [
            name
            for name in sorted({*area.values()})
            if have.get(name, 0) != max(must.get(name, 0), wanted.get(name, 0))
        ]
        if policy.federations.undersize == "merge" and level == "street_town":
            wrong = []  # a merged district lies in several
        return finding("one_per_district", _("areas without exactly one site"), wrong, tier.name)
    if tier.rule == "target":
        goals = plan.decisions["targets"]
        goals = goals[(goals["target"] == tier.name) & (goals["level"] == "street_town")]
        goal = dict(zip(goals["area_id"], goals["goal"], strict=True))
        area = _areas_of_district(plan, "street_town")
        have = mine["district_id"].map(area).value_counts()
        must = mine.loc[mine["compulsory"], "district_id"].map(area).value_counts()
        extra = [n for n, k in have.items() if k > max(goal.get(n, 0), must.get(n, 0))]
        return finding("site_count", _("more sites than the policy provides"), extra, tier.name)
    if tier.rule == "budget":
        costs = plan.derived["site_costs"].set_index("facility_id")
        spent = int(costs.loc[mine["facility_id"], ["opening_yuan", "kit_yuan"]].to_numpy().sum())
        over = [f"{spent} > {tier.budget_yuan}"] if spent > tier.budget_yuan else []
        return finding(
            "site_budget", _("sites that cost more than the tier's budget"), over, tier.name
        )
    if tier.rule == "cover_share":
        share = plan.kpis.get(f"{tier.name}_coverage_share", 0.0)
        low = [f"{share:.4f} < {tier.cover_share:g}"] if share < tier.cover_share - 1e-6 else []
        return finding(
            "cover_share", _("sites that reach less than the share asked for"), low, tier.name
        )
    most = max(
        compulsory, tier.count if tier.rule == "count" else ceil(tier.per_district * len(peopled))
    )
    extra = [f"{len(mine)} > {most}"] if len(mine) > most else []
    return finding("site_count", _("more sites than the policy provides"), extra, tier.name)


def _check_sharing(plan: Plan, policy: Policy, sites: pd.DataFrame) -> list[Finding]:
    """Two tiers may stand in the same room only where the policy says so."""
    single = plan.facilities[
        ~plan.facilities["site_id"]
        .map(sites["kind"])
        .isin(["carrier", "large_enterprise", "to_find"])
    ]
    shares = {tier.name: set(tier.shares) for tier in policy.tiers}
    wrong = [
        str(site)
        for site, rows in single.groupby("site_id")
        for k, a in enumerate(sorted(rows["tier"]))
        for b in sorted(rows["tier"])[k + 1 :]
        if b not in shares[a] and a not in shares[b]
    ]
    return finding("sharing", _("premises shared by tiers that may not share"), wrong)


def _check_people(tier: Tier, mine: pd.DataFrame, plan: Plan) -> list[Finding]:
    said = [d for d in plan.manifest["scenario"]["decisions"] if d["tier"] == tier.name]
    opened = set(mine["site_id"])
    closed = [d["site_id"] for d in said if d["decision"] == "open" and d["site_id"] not in opened]
    against = [d["site_id"] for d in said if d["decision"] == "closed" and d["site_id"] in opened]
    found = finding("pinned", _("sites pinned by a person that are not open"), closed, tier.name)
    return found + finding(
        "vetoed", _("sites vetoed by a person that are open"), against, tier.name
    )


NEAR_M = 500.0
"""A site outside every basic unit belongs to the nearest within this distance; farther ones are in no district."""


def _check_compulsory(
    tier: Tier, mine: pd.DataFrame, plan: Plan, sites: gpd.GeoDataFrame
) -> list[Finding]:
    """Check that main carriers and large enterprises have a site, and that sites of today stay open, where that can be."""
    must: dict[str, set[str]] = {"compulsory": set(), "existing": set()}
    for kind, least in (
        ("carrier", tier.compulsory_carrier_workers),
        ("large_enterprise", tier.compulsory_enterprise_workers),
    ):
        if least is None or kind not in tier.candidates:
            continue
        large = (sites["kind"] == kind) & (sites["workers"] >= least)
        if kind == "carrier" and tier.carrier_kinds:
            large &= sites["carrier_kind"].isin(tier.carrier_kinds)
        must["compulsory"] |= set(sites.index[large])
    if tier.keep_existing:
        today = (sites["existing_tier"] == tier.name) & (sites["consent"] != "refused")
        must["existing"] |= set(sites.index[today])
    whats = {
        "compulsory": _("main carriers or large enterprises without a site"),
        "existing": _("sites that serve the tier today and are not kept"),
    }
    found: list[Finding] = []
    for rule, names in must.items():
        missing = names - _closed_by_people(tier, plan) - set(mine["site_id"])
        usable = _on_every_road(tier, plan, missing) & _in_a_unit(plan, sites, missing)
        found += finding(rule, whats[rule], sorted(usable), tier.name)
    return found


def _check_reasons(
    tier: Tier, mine: pd.DataFrame, plan: Plan, sites: gpd.GeoDataFrame
) -> list[Finding]:
    """Check what is said of each site: whether it serves the tier today, whether it must open, and why."""
    said = plan.manifest["scenario"]["decisions"]
    pinned = {d["site_id"] for d in said if d["tier"] == tier.name and d["decision"] == "open"}
    wrong = []
    for row in rows_of(mine):
        site = sites.loc[row.site_id]
        today = site["existing_tier"] == tier.name
        least = {
            "carrier": tier.compulsory_carrier_workers,
            "large_enterprise": tier.compulsory_enterprise_workers,
        }.get(site["kind"])
        reason = ""
        if least is not None and site["workers"] >= least:
            reason = "main_carrier" if site["kind"] == "carrier" else "large_enterprise"
        if tier.keep_existing and today and site["consent"] != "refused":
            reason = "existing"
        if row.site_id in pinned:
            reason = "pinned"
        told = reason or ("existing" if today else "coverage")
        if (bool(row.existing), bool(row.compulsory), row.reason) != (today, reason != "", told):
            wrong.append(row.facility_id)
    return finding("reason", _("sites whose reason to open is another"), wrong, tier.name)


def _closed_by_people(tier: Tier, plan: Plan) -> set[str]:
    said = plan.manifest["scenario"]["decisions"]
    return {d["site_id"] for d in said if d["tier"] == tier.name and d["decision"] == "closed"}


def _on_every_road(tier: Tier, plan: Plan, names: set[str]) -> set[str]:
    """Return the sites that have an access point in every mode people come by."""
    access = plan.derived["access"]
    known = access[(access["layer"] == "sites") & access["access_id"].notna()]
    for mode in {way.mode for way in tier.streams}:
        names = names & set(known.loc[known["mode"] == mode, "entity_id"])
    return names


def _in_a_unit(plan: Plan, sites: gpd.GeoDataFrame, names: set[str]) -> set[str]:
    """Return the sites that lie in a basic unit or near one."""
    if not names:
        return names
    import geopandas as gpd

    order = sorted(names)
    units = plan.layers["units"][["geometry"]]
    points = gpd.GeoDataFrame({"name": order}, geometry=sites.geometry.loc[order].to_numpy(), crs=units.crs)  # fmt: skip
    return set(gpd.sjoin_nearest(points, units, max_distance=NEAR_M)["name"])


def _check_parents(tier: Tier, mine: pd.DataFrame, facilities: pd.DataFrame) -> list[Finding]:
    if not tier.parent:
        return finding(
            "parent",
            _("sites with a parent although the tier has none"),
            mine.loc[mine["parent_facility_id"].notna(), "facility_id"],
        )
    tier_of = facilities.set_index("facility_id")["tier"]
    wrong = mine.loc[
        (mine["parent_facility_id"].map(tier_of) != tier.parent).to_numpy(), "facility_id"
    ]
    return finding("parent", _("sites without a parent of the right tier"), wrong, tier.name)


def _check_bounds(plan: Plan, policy: Policy) -> list[Finding]:
    """No value may lie beyond its own bound, and the counts must be the facilities'."""
    tiers = plan.tiers.set_index("tier")
    wrong = [
        name
        for name, row in named_rows(tiers)
        if (
            row["bound"] - row["value"]
            if policy.tier(str(name)).minimises
            else row["value"] - row["bound"]
        )
        > 1e-9 * abs(row["bound"]) + 1e-6
    ]
    found = finding("bound", _("values beyond their certified bound"), wrong)
    counts = plan.facilities["tier"].value_counts()
    differ = [
        tier.name
        for tier in policy.tiers
        if counts.get(tier.name, 0) != tiers.loc[tier.name, "facilities"]
    ]
    return found + finding(
        "tier_count", _("tiers whose number of sites differs from what was decided"), differ
    )
