"""Are the open sites allowed: known, in their district, one per district, pinned ones open, vetoed ones closed?"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from geodata.messages import translator
from planner.verify.finding import Finding, finding

if TYPE_CHECKING:
    import pandas as pd

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
    found += _check_districts(plan)
    for tier in policy.tiers:
        mine = facilities[facilities["tier"] == tier.name]
        found += _check_kind(tier, mine, sites)
        found += _check_count(tier, mine, plan)
        found += _check_people(tier, mine, plan)
        found += _check_compulsory(tier, mine, plan, sites)
        found += _check_parents(tier, mine, facilities)
    return found + _check_bounds(plan, policy)


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


def _check_kind(tier: Tier, mine: pd.DataFrame, sites: pd.DataFrame) -> list[Finding]:
    chosen = sites.loc[mine["site_id"]]
    allowed = chosen["kind"].isin(tier.candidates) & (chosen["consent"] != "refused")
    allowed |= chosen["existing_tier"] == tier.name
    return finding(
        "site_kind",
        _("sites whose kind or consent the tier does not allow"),
        chosen.index[~allowed],
        tier.name,
    )


def _check_count(tier: Tier, mine: pd.DataFrame, plan: Plan) -> list[Finding]:
    if tier.rule == "one_per_district":
        per_district = (
            mine["district_id"].value_counts().reindex(plan.districts["district_id"]).fillna(0)
        )
        pinned = (
            mine.loc[mine["compulsory"], "district_id"]
            .value_counts()
            .reindex(per_district.index)
            .fillna(0)
        )
        peopled = (plan.districts.set_index("district_id")["organisations"] > 0).astype(int)
        wrong = per_district.index[per_district != np.maximum(pinned, peopled)]
        return finding(
            "one_per_district", _("districts without exactly one site"), wrong, tier.name
        )
    most = max(
        int(mine["compulsory"].sum()),
        ceil(tier.per_district * int((plan.districts["organisations"] > 0).sum())),
    )
    extra = [f"{len(mine)} > {most}"] if len(mine) > most else []
    return finding("site_count", _("more sites than the policy provides"), extra, tier.name)


def _check_people(tier: Tier, mine: pd.DataFrame, plan: Plan) -> list[Finding]:
    said = [d for d in plan.manifest["scenario"]["decisions"] if d["tier"] == tier.name]
    opened = set(mine["site_id"])
    closed = [d["site_id"] for d in said if d["decision"] == "open" and d["site_id"] not in opened]
    against = [d["site_id"] for d in said if d["decision"] == "closed" and d["site_id"] in opened]
    found = finding("pinned", _("sites pinned by a person that are not open"), closed, tier.name)
    return found + finding(
        "vetoed", _("sites vetoed by a person that are open"), against, tier.name
    )


def _check_compulsory(
    tier: Tier, mine: pd.DataFrame, plan: Plan, sites: pd.DataFrame
) -> list[Finding]:
    vetoed = {
        d["site_id"]
        for d in plan.manifest["scenario"]["decisions"]
        if d["tier"] == tier.name and d["decision"] == "closed"
    }
    access = plan.derived["access"]
    usable = set(
        access.loc[
            (access["layer"] == "sites")
            & (access["mode"] == tier.mode)
            & access["access_id"].notna(),
            "entity_id",
        ]
    )
    must: set[str] = set()
    for kind, least in (
        ("carrier", tier.compulsory_carrier_workers),
        ("large_enterprise", tier.compulsory_enterprise_workers),
    ):
        if least is not None and kind in tier.candidates:
            must |= set(sites.index[(sites["kind"] == kind) & (sites["workers"] >= least)])
    missing = sorted((must & usable) - vetoed - set(mine["site_id"]))
    return finding(
        "compulsory", _("main carriers or large enterprises without a site"), missing, tier.name
    )


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
        name for name, row in tiers.iterrows() if row["value"] > row["bound"] * (1 + 1e-9) + 1e-6
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
