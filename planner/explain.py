"""A plan in words and tables for people: one row per district, one reason card per site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geodata.messages import mark
from planner.policy import Policy, parse_policy

if TYPE_CHECKING:
    from collections.abc import Collection

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
        ``professionals_needed``, ``professionals_posted``, ``in_band``, ``pieces``, ``joined_by`` (see `district_pieces`).
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
    table = table.merge(district_pieces(plan), on="district_id", how="left")
    merged = areas.merge(table, on="district_id").sort_values("district_id").reset_index(drop=True)
    return gpd.GeoDataFrame(merged, geometry="geometry", crs=units.crs)


def site_cards(plan: Plan) -> gpd.GeoDataFrame:
    """Return one reason card per open site.

    Returns
    -------
    geopandas.GeoDataFrame
        Points in the working CRS, sorted by tier and ``facility_id``: ``facility_id``, ``tier``, ``site_id``, ``name``,
        ``kind``, ``district_id``, ``district``, ``parent_facility_id``, ``parent``, ``reason``, ``decided_by`` (person and
        reason for a pinned site), ``said`` (what the book of premises says of it), ``existing``, ``within`` (demand weight within the cutoff), ``only_here`` (weight no
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
    said = premises_said(plan)
    cards["said"] = [said.get(name, "") for name in cards["site_id"]]
    cards = cards.sort_values(["tier", "facility_id"]).reset_index(drop=True)
    return gpd.GeoDataFrame(cards, geometry="geometry", crs=sites.crs)


def premises_said(plan: Plan) -> dict[str, str]:
    """Return what the book of premises says of each site, ``site_id`` -> ``who: why (day)``."""
    book = plan.derived.get("premises_book")
    if book is None or book.empty:
        return {}
    told = book[book["found"].astype(bool) & ((book["by"] != "") | (book["reason"] != ""))]
    text = [
        ": ".join(part for part in (row["by"], row["reason"]) if part)
        + (f" ({row['said_on']})" if row["said_on"] else "")
        for row in told.to_dict(orient="records")
    ]
    return dict(zip(told["site_id"], text, strict=True))


AREAS = {
    "city": mark("city"),
    "borough": mark("borough"),
    "street_town": mark("street_town"),
}
"""Kinds of area that organisations and rates are counted in."""


def industry_federation_cards(plan: Plan) -> pd.DataFrame:
    """Return one row per industry federation, with what made it one.

    Returns
    -------
    pandas.DataFrame
        Columns of the table ``industry_federations``; ``borough``, ``street_town_names`` (、 between), ``share`` (the industry's
        of the workers of organisations in its street_towns) and ``concentration`` (that share over the one in the whole plan).
        No rows for a plan of an earlier version.
    """
    table = plan.decisions.get("industry_federations")
    if table is None or table.empty:
        return pd.DataFrame(columns=["industry_federation_id", "name", "industry", "borough"])
    unions = pd.DataFrame(plan.layers["organisations"]).merge(
        plan.decisions["industry_organisations"], on="organisation_id", how="left"
    )
    towns = unions.groupby("industry_federation_id")["street_town_id"].agg(lambda t: sorted(set(t)))
    called = plan.layers["street_towns"].set_index("street_town_id")["name"].to_dict()
    boroughs = plan.layers["boroughs"].set_index("borough_id")["name"]
    whole = unions.groupby("industry")["workers"].sum() / unions["workers"].sum()
    cards = table.assign(borough=table["borough_id"].map(boroughs))
    inside = [
        unions[unions["street_town_id"].isin(towns[one])] for one in cards["industry_federation_id"]
    ]
    cards["street_town_names"] = [
        "、".join(str(called.get(town, town)) for town in towns[one])
        for one in cards["industry_federation_id"]
    ]
    cards["share"] = [
        float(here.loc[here["industry"] == industry, "workers"].sum() / here["workers"].sum())
        for here, industry in zip(inside, cards["industry"], strict=True)
    ]
    cards["concentration"] = cards["share"] / cards["industry"].map(whole)
    return cards


def industry_federation_of(plan: Plan) -> pd.DataFrame:
    """Return ``industry_federation_id`` and ``industry_federation`` (its name) of every organisation, missing where it has none.

    Indexed by ``organisation_id``; text also where no organisation has one.
    """
    organisations = pd.Index(plan.layers["organisations"]["organisation_id"])
    marks = plan.decisions.get("industry_organisations")
    of: dict[str, str] = {}
    names: dict[str, str] = {}
    if marks is not None:
        of = dict(zip(marks["organisation_id"], marks["industry_federation_id"], strict=True))
        table = plan.decisions["industry_federations"]
        names = dict(zip(table["industry_federation_id"], table["name"], strict=True))
    ids: list[str | None] = [of.get(one) for one in organisations]
    return pd.DataFrame(
        {
            "industry_federation_id": pd.Series(ids, index=organisations, dtype="str"),
            "industry_federation": pd.Series(
                [names.get(one or "") for one in ids], index=organisations, dtype="str"
            ),
        }
    )


SIZE_OUTCOMES = {
    "resized": mark("formed anew"),
    "no_size": mark("no size helps"),
    "other": mark("workers alone allow no more"),
    "none_new": mark("every joint union stays"),
}
"""What was found for street_towns that cannot have all districts in band at the policy's size of joint unions."""


def formation_counts(plan: Plan) -> pd.DataFrame:
    """Return organisations at three levels of formation and both rates, by city, borough and street_town.

    Returns
    -------
    pandas.DataFrame
        See `planner.organisations.formation_table`; no rows for a plan of an earlier version.
    """
    return plan.derived.get("formation", pd.DataFrame(columns=["area", "area_id", "name"]))


def enterprise_cards(plan: Plan, only: Collection[str] | None = None) -> pd.DataFrame:
    """Return one row per enterprise of the register: where it belongs, and why.

    Parameters
    ----------
    plan
        The plan.
    only
        Ids of the enterprises wanted; all when left out.

    Returns
    -------
    pandas.DataFrame
        By ``enterprise_id``: ``name``, ``in_scope``, ``scope_reason``, ``jurisdiction``, ``jurisdiction_source``, ``workers``,
        ``members``, ``organisation_id``, ``organisation``, ``reason`` (code of `planner.organisations.reasons`), ``carrier_id``, ``unit_id``, ``street_town_id``,
        ``district_id``, ``district``, ``industry_federation_id``, ``industry_federation``, ``accuracy``; missing where there is none.
    """
    wanted = [
        "enterprise_id",
        "name",
        "in_scope",
        "scope_reason",
        "jurisdiction",
        "jurisdiction_source",
        "workers",
        "members",
    ]
    # a plan of an earlier version does not say what its jurisdictions follow from
    enterprises = {"jurisdiction_source": "", **plan.layers["enterprises"]}
    cards = pd.DataFrame(enterprises)[[*wanted, "accuracy"]]
    if only is not None:
        cards = cards[cards["enterprise_id"].isin(only)]
    cards = cards.merge(plan.decisions["membership"], on="enterprise_id", how="left")
    unions = plan.layers["organisations"].set_index("organisation_id")
    for column in ("name", "carrier_id", "unit_id", "street_town_id"):
        target = "organisation" if column == "name" else column
        cards[target] = cards["organisation_id"].map(unions[column])
    outside = plan.derived.get("outside", pd.DataFrame(columns=["enterprise_id", "reason"]))
    left = cards["enterprise_id"].map(outside.set_index("enterprise_id")["reason"])
    cards["reason"] = cards["reason"].fillna(left)
    booked = plan.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    cards["district_id"] = cards["organisation_id"].map(booked)
    cards["district"] = cards["district_id"].map(plan.districts.set_index("district_id")["name"])
    overlay = industry_federation_of(plan)
    for column in overlay.columns:
        cards[column] = cards["organisation_id"].map(overlay[column])
    return cards.sort_values("enterprise_id").reset_index(drop=True)


def unit_cards(plan: Plan) -> gpd.GeoDataFrame:
    """Return one polygon per basic unit with what it holds; units of nobody are kept with zeros.

    Returns
    -------
    geopandas.GeoDataFrame
        Layer ``units`` with ``district_id`` and the columns of `planner.organisations.unit_sums`.
    """
    from planner.organisations import unit_sums

    units = plan.layers["units"].merge(plan.decisions["unit_district"], on="unit_id", how="left")
    sums = unit_sums(pd.DataFrame(units), plan.layers["organisations"])
    return units.merge(sums.drop(columns="street_town_id"), on="unit_id", how="left")


def adjacency_links(plan: Plan) -> gpd.GeoDataFrame:
    """Return a line for each pair of units that border or adjoin, to be drawn and looked at.

    Returns
    -------
    geopandas.GeoDataFrame
        ``unit_a``, ``unit_b``, ``border_m``, ``walk_min`` (missing where nobody walks it), ``adjoins``, ``how`` (`LINKS`), ``by``,
        ``reason``, lines between the units' middles in the working CRS.
    """
    from geodata.areas import adjacency_lines

    table = plan.derived["adjacency"]
    for column in ("over", "change", "by", "reason"):
        if column not in table:
            table = table.assign(**{column: ""})
    if "made" not in table:
        table = table.assign(made=False)
    lines = adjacency_lines(plan.layers["units"], table)
    how = lines["over"].where(lines["adjoins"], "none")
    how = how.mask(lines["made"].astype(bool), "made")
    lines["how"] = how.mask(lines["change"] == "add", "added").mask(lines["change"] == "cut", "cut")
    lines["walk_min"] = lines["walk_min"].where(lines["walk_ds"] >= 0).round(1)
    kept = [
        "unit_a",
        "unit_b",
        "border_m",
        "walk_min",
        "adjoins",
        "how",
        "by",
        "reason",
        "geometry",
    ]
    return lines[kept]


LINKS = {
    "street": mark("by a street"),
    "bridge": mark("by a bridge"),
    "tunnel": mark("by a tunnel"),
    "ferry": mark("by a ferry"),
    "added": mark("added by a person"),
    "cut": mark("cut by a person"),
    "made": mark("joined though no road does"),
    "none": mark("no way across"),
}
"""How two units adjoin, or why they do not."""


def district_pieces(plan: Plan) -> pd.DataFrame:
    """Tell which districts are several pieces on the map, and what joins the pieces.

    Returns
    -------
    pandas.DataFrame
        By ``district_id``: ``pieces`` (polygons that do not touch), ``joined_by`` (kinds of `LINKS` that join units without a
        shared border, ascending, comma between; empty for one piece).
    """
    import shapely

    assigned = plan.decisions["unit_district"].set_index("unit_id")["district_id"]
    units = plan.layers["units"].set_index("unit_id").geometry
    whole = units.groupby(assigned.reindex(units.index)).agg(
        lambda shapes: len(
            shapely.get_parts(shapely.union_all(shapely.buffer(shapes.to_numpy(), 0.5)))
        )
    )
    links = adjacency_links(plan)
    a, b = links["unit_a"].map(assigned), links["unit_b"].map(assigned)
    over = links[(a == b) & links["adjoins"] & (links["border_m"] <= 0)]
    kinds = over.groupby(a[over.index])["how"].agg(lambda names: ",".join(sorted(set(names))))
    table = pd.DataFrame({"pieces": whole.astype("int64")})
    table.index.name = "district_id"
    table["joined_by"] = kinds.reindex(table.index).fillna("").where(table["pieces"] > 1, "")
    return table.reset_index()
