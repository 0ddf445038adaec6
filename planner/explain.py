"""A plan in words and tables for people: one row per district, one reason card per site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geodata.messages import mark
from planner.policy import Policy, parse_policy

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.plan import Plan

REASONS = {
    "coverage": mark("opens because it adds the most people within reach"),
    "existing": mark("serves today and stays because it reaches the most people"),
    "main_carrier": mark("a main carrier: the policy asks for a point here"),
    "large_enterprise": mark("a large enterprise: the policy asks for a point here"),
    "pinned": mark("decided by a person"),
}
"""Why a site opens, as a sentence."""

KINDS = {
    "union_station": mark("union station"),
    "party_centre": mark("party and community service centre"),
    "community_centre": mark("community centre"),
    "school": mark("school"),
    "office": mark("office building"),
    "mall": mark("shopping mall"),
    "park": mark("business or industrial park"),
    "bank": mark("bank"),
    "pharmacy": mark("pharmacy"),
    "convenience": mark("convenience store"),
    "fuel": mark("petrol station"),
    "toilet": mark("public toilet"),
    "other_public": mark("other public premises"),
    "carrier": mark("premises in a carrier"),
    "large_enterprise": mark("premises of a large enterprise"),
    "to_find": mark("premises still to be found"),
}
"""Kinds of premises, as people call them."""


def policy_of(plan: Plan) -> Policy:
    """Return the policy a plan was made under, read from the plan itself."""
    return parse_policy(dict(plan.manifest["policy"]), plan.plan_id)


def district_areas(plan: Plan) -> gpd.GeoDataFrame:
    """Return one polygon per federation district with its counts.

    Returns
    -------
    geopandas.GeoDataFrame
        In the working CRS, sorted by ``district_id``: the columns of table ``districts``, ``street_town``, ``borough``,
        ``professionals_needed``, ``professionals_posted``, ``in_band``.
    """
    import geopandas as gpd

    rule = policy_of(plan).federations
    units = plan.layers["units"][["unit_id", "geometry"]].merge(
        plan.decisions["unit_district"], on="unit_id"
    )
    areas = units[["district_id", "geometry"]].dissolve("district_id").reset_index()
    towns = plan.layers["street_towns"][["street_town_id", "name", "borough_id"]].rename(
        columns={"name": "street_town"}
    )
    boroughs = plan.layers["boroughs"][["borough_id", "name"]].rename(columns={"name": "borough"})
    table = plan.districts.merge(pd.DataFrame(towns), on="street_town_id", how="left")
    table = table.merge(pd.DataFrame(boroughs), on="borough_id", how="left")
    table = table.merge(plan.decisions["staffing"], on="district_id", how="left")
    table["in_band"] = table["organisations"].between(
        rule.organisations.least, rule.organisations.most
    ) & table["workers"].between(rule.workers.least, rule.workers.most)
    merged = areas.merge(table, on="district_id").sort_values("district_id").reset_index(drop=True)
    return gpd.GeoDataFrame(merged, geometry="geometry", crs=units.crs)


def site_cards(plan: Plan) -> gpd.GeoDataFrame:
    """Return one reason card per open site.

    Returns
    -------
    geopandas.GeoDataFrame
        Points in the working CRS, sorted by tier and ``facility_id``: ``facility_id``, ``tier``, ``site_id``, ``name``,
        ``kind``, ``district_id``, ``district``, ``parent_facility_id``, ``parent``, ``reason``, ``decided_by`` (person and
        reason for a pinned site), ``existing``, ``within`` (demand weight within the cutoff), ``only_here`` (weight no
        other open site of the tier reaches).
    """
    import geopandas as gpd

    sites = plan.layers["sites"][["site_id", "name", "kind", "geometry"]]
    cards = plan.facilities.merge(sites, on="site_id", how="left")
    cards = cards.merge(plan.derived["site_cards"], on="facility_id", how="left")
    cards["district"] = cards["district_id"].map(plan.districts.set_index("district_id")["name"])
    cards["parent"] = cards["parent_facility_id"].map(cards.set_index("facility_id")["name"])
    decisions = plan.manifest["scenario"]["decisions"]
    people = {
        (d["tier"], d["site_id"]): f"{d['by']}: {d['reason']}"
        for d in decisions
        if d["decision"] == "open"
    }
    cards["decided_by"] = [
        people.get(key, "") for key in zip(cards["tier"], cards["site_id"], strict=True)
    ]
    cards = cards.sort_values(["tier", "facility_id"]).reset_index(drop=True)
    return gpd.GeoDataFrame(cards, geometry="geometry", crs=sites.crs)


def street_town_rates(plan: Plan) -> pd.DataFrame:
    """Return the two rates per street_town.

    Returns
    -------
    pandas.DataFrame
        ``street_town_id``, ``name``, ``enterprises``, ``unionised``, ``union_rate_share`` (建会率), ``workers``,
        ``members``, ``membership_rate_share`` (入会率); enterprises in scope and area jurisdiction.
    """
    membership = plan.decisions["membership"]
    organisations = plan.layers["organisations"].set_index("organisation_id")["street_town_id"]
    enterprises = plan.layers["enterprises"].set_index("enterprise_id")
    rows = membership.assign(street_town_id=membership["organisation_id"].map(organisations))
    for column in ("workers", "members", "unionised"):
        rows[column] = rows["enterprise_id"].map(enterprises[column]).astype("int64")
    table = rows.groupby("street_town_id").agg(
        enterprises=("enterprise_id", "size"),
        unionised=("unionised", "sum"),
        workers=("workers", "sum"),
        members=("members", "sum"),
    )
    table["union_rate_share"] = table["unionised"] / table["enterprises"]
    table["membership_rate_share"] = (table["members"] / table["workers"]).fillna(0.0)
    table.insert(
        0, "name", table.index.map(plan.layers["street_towns"].set_index("street_town_id")["name"])
    )
    return table.reset_index()
