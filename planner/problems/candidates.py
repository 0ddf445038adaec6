"""Candidate sites: premises people brought, and places the register itself suggests.

Besides the listed premises a site may stand in a main carrier (kind ``carrier``), in a large enterprise
(``large_enterprise``), or, where a basic unit offers nothing, in premises still to be found near its workers
(``to_find``), so that a district without listed premises is planned and said rather than dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd

    from planner.policy import Tier

POINT_CARRIERS = ("building", "business_district", "complex", "park")
"""Kinds of carrier that premises can be found in; a street front or a committee is too wide for one."""

COLUMNS = (
    "site_id",
    "name",
    "kind",
    "carrier_kind",
    "existing_tier",
    "consent",
    "accuracy",
    "workers",
    "geometry",
)


def carrier_sites(carriers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one candidate per carrier that premises can be found in.

    Parameters
    ----------
    carriers
        ``carrier_id``, ``name``, ``kind``, ``workers`` and points, in the working CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns `COLUMNS`, ``site_id`` is ``carrier:<carrier_id>``, ``workers`` those of its organisations.
    """
    usable = carriers[carriers["kind"].isin(POINT_CARRIERS)].sort_values("carrier_id")
    return _sites(
        "carrier:" + usable["carrier_id"].astype(str),
        usable["name"].to_numpy(),
        "carrier",
        usable["workers"].to_numpy(),
        _points(usable.geometry.x, usable.geometry.y, carriers.crs),
        usable["kind"].to_numpy(),
    )


def large_enterprise_sites(enterprises: gpd.GeoDataFrame, least_workers: int) -> gpd.GeoDataFrame:
    """Return one candidate per enterprise in scope with at least ``least_workers`` workers; see `carrier_sites`."""
    large = enterprises[
        enterprises["in_scope"] & (enterprises["workers"] >= least_workers)
    ].sort_values("enterprise_id")
    return _sites(
        "enterprise:" + large["enterprise_id"].astype(str),
        large["name"].to_numpy(),
        "large_enterprise",
        large["workers"].to_numpy(),
        _points(large.geometry.x, large.geometry.y, enterprises.crs),
    )


def premises_to_find(organisations: gpd.GeoDataFrame, unit_names: pd.Series) -> gpd.GeoDataFrame:
    """Return one candidate per basic unit that holds organisations: premises still to be found there.

    Parameters
    ----------
    organisations
        ``unit_id``, ``workers`` and points.
    unit_names
        Name of each unit, indexed by unit id.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns `COLUMNS`; the point is that of the organisation nearest to the unit's weighted mean, so that it
        lies where people work and never in water.
    """
    frame = pd.DataFrame(
        {
            "organisation_id": organisations["organisation_id"].to_numpy(),
            "unit_id": organisations["unit_id"].astype(str).to_numpy(),
            "workers": organisations["workers"].to_numpy(),
            "x": organisations.geometry.x.to_numpy(),
            "y": organisations.geometry.y.to_numpy(),
        }
    )
    weight = frame["workers"].clip(lower=1)
    total = weight.groupby(frame["unit_id"]).transform("sum")
    for axis in ("x", "y"):
        frame[f"mean_{axis}"] = (frame[axis] * weight).groupby(frame["unit_id"]).transform(
            "sum"
        ) / total
    frame["off_m"] = np.hypot(frame["x"] - frame["mean_x"], frame["y"] - frame["mean_y"]).round(3)
    nearest = frame.sort_values(["unit_id", "off_m", "organisation_id"]).drop_duplicates("unit_id")
    workers = frame.groupby("unit_id")["workers"].sum().loc[nearest["unit_id"]]
    return _sites(
        "unit:" + nearest["unit_id"],
        unit_names.reindex(nearest["unit_id"]).fillna("").to_numpy(),
        "to_find",
        workers.to_numpy(),
        _points(nearest["x"], nearest["y"], organisations.crs),
    )


SEVERAL_PREMISES = ("carrier", "large_enterprise", "to_find")
"""Kinds that stand for more than one room: two tiers there need not share premises."""


def tier_candidates(
    sites: gpd.GeoDataFrame,
    tier: Tier,
    opened: pd.DataFrame | None = None,
    tiers: tuple[Tier, ...] = (),
    held: Collection[str] = (),
) -> gpd.GeoDataFrame:
    """Return the sites that may carry a tier.

    Its kind is listed, its owner has not refused, and it is known to meet the tier's conditions or not known to fail
    them (floor area, ground floor, free access); or it serves the tier today; or it is open for a tier with which this
    one shares premises. Listed premises that are open for a tier it does not share with, or serve such a tier today, are
    left out, even where a third tier shares with both. What carried the tier in the parent plan may carry it still,
    though the tier that it shared the premises with has left them.

    Parameters
    ----------
    sites
        All candidates.
    tier
        Kinds and conditions.
    opened
        ``site_id`` and ``tier`` of what is open already.
    tiers
        All tiers of the policy, for what they share.
    held
        Sites that carried the tier in the parent plan.

    Returns
    -------
    geopandas.GeoDataFrame
        Sorted by ``site_id``, with ``preference``: 0 for the first kind of the tier's list, -1 for the second and so on;
        a site that serves the tier today, premises shared with another tier, and what only last year's sharing lets
        carry the tier rank with the first.
    """
    listed = sites["kind"].isin(tier.candidates)
    if tier.carrier_kinds:
        listed &= (sites["kind"] != "carrier") | sites["carrier_kind"].isin(tier.carrier_kinds)
    today = (sites["existing_tier"] == tier.name).fillna(value=False)
    willing = sites["consent"] != "refused"
    # What serves another tier today is that tier's, unless the two share premises.
    strangers = {one.name for one in tiers if one.name != tier.name and not may_share(tier, one)}
    elsewhere = sites["existing_tier"].isin(strangers) & ~sites["kind"].isin(SEVERAL_PREMISES)
    fit = willing & _fit(sites, tier) & ~elsewhere
    shared = sites["site_id"].isin(list(held)) & lent_kinds(sites, tier, tiers) & ~listed & fit
    usable = today | (listed & fit) | shared
    if opened is not None and len(opened):
        partners = {one.name for one in tiers if may_share(tier, one)}
        within = opened["tier"].isin(partners)
        shared |= sites["site_id"].isin(opened.loc[within, "site_id"]) & ~elsewhere
        taken = sites["site_id"].isin(opened.loc[~within, "site_id"])
        taken &= ~sites["kind"].isin(SEVERAL_PREMISES)
        usable = (usable | shared) & ~taken
    found = sites[usable].sort_values("site_id")
    rank = {kind: -float(order) for order, kind in enumerate(tier.candidates)}
    first = (today | shared).loc[found.index]
    preference = found["kind"].map(rank).fillna(0.0).where(~first, 0.0)
    return found.assign(preference=preference.astype(float)).reset_index(drop=True)


def may_share(one: Tier, other: Tier) -> bool:
    """Return whether the policy lets two tiers stand in the same premises."""
    return other.name in one.shares or one.name in other.shares


def lent_kinds(sites: gpd.GeoDataFrame, tier: Tier, tiers: tuple[Tier, ...]) -> pd.Series:
    """Return which sites are of a kind that the tier, or one it shares premises with, may use."""
    kinds = {kind for one in tiers if may_share(tier, one) for kind in one.candidates}
    lent: pd.Series = sites["kind"].isin({*kinds, *tier.candidates})
    return lent


def _fit(sites: gpd.GeoDataFrame, tier: Tier) -> pd.Series:
    """Return which sites are not known to fail the tier's conditions."""
    fit: pd.Series = ~(sites["floor_area_m2"] < tier.floor_area_least_m2)
    if tier.ground_floor:
        fit &= sites["ground_floor"].astype("boolean").fillna(value=True).astype(bool)
    if tier.open_access:
        fit &= sites["open_access"].astype("boolean").fillna(value=True).astype(bool)
    return fit


def _sites(
    ids: pd.Series | pd.Index,
    names: np.ndarray,
    kind: str,
    workers: np.ndarray,
    points: gpd.GeoSeries,
    carrier_kinds: np.ndarray | None = None,
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    frame = pd.DataFrame({"site_id": np.asarray(ids, dtype=str), "name": names, "kind": kind})
    kinds = [None] * len(frame) if carrier_kinds is None else carrier_kinds
    frame["carrier_kind"] = pd.Series(kinds, dtype="str")
    frame["existing_tier"] = pd.Series([None] * len(frame), dtype="str")
    frame["consent"] = "open"
    frame["accuracy"] = "building"
    frame["workers"] = np.asarray(workers, dtype=np.int64)
    return gpd.GeoDataFrame(frame, geometry=points.array)[list(COLUMNS)]


def _points(x: pd.Series, y: pd.Series, crs: object) -> gpd.GeoSeries:
    import geopandas as gpd

    return gpd.GeoSeries(gpd.points_from_xy(np.asarray(x, float), np.asarray(y, float)), crs=crs)
