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
    import geopandas as gpd

    from planner.policy import Tier

POINT_CARRIERS = ("building", "business_district", "complex", "park")
"""Kinds of carrier that premises can be found in; a street front or a committee is too wide for one."""

COLUMNS = ("site_id", "name", "kind", "existing_tier", "consent", "accuracy", "workers", "geometry")


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


def tier_candidates(sites: gpd.GeoDataFrame, tier: Tier) -> gpd.GeoDataFrame:
    """Return the sites that may carry a tier: kind listed, consent not refused, or serving the tier today.

    Returns
    -------
    geopandas.GeoDataFrame
        Sorted by ``site_id``, with ``preference``: 0 for the first kind of the tier's list, -1 for the second and so on;
        a site that serves the tier today ranks with the first.
    """
    listed = sites["kind"].isin(tier.candidates)
    today = sites["existing_tier"] == tier.name
    usable = sites[(listed & (sites["consent"] != "refused")) | today].sort_values("site_id")
    rank = {kind: -float(order) for order, kind in enumerate(tier.candidates)}
    preference = (
        usable["kind"].map(rank).fillna(0.0).where(usable["existing_tier"] != tier.name, 0.0)
    )
    return usable.assign(preference=preference.astype(float)).reset_index(drop=True)


def _sites(
    ids: pd.Series | pd.Index,
    names: np.ndarray,
    kind: str,
    workers: np.ndarray,
    points: gpd.GeoSeries,
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    frame = pd.DataFrame({"site_id": np.asarray(ids, dtype=str), "name": names, "kind": kind})
    frame["existing_tier"] = pd.Series([None] * len(frame), dtype="str")
    frame["consent"] = "open"
    frame["accuracy"] = "building"
    frame["workers"] = np.asarray(workers, dtype=np.int64)
    return gpd.GeoDataFrame(frame, geometry=points.array)[list(COLUMNS)]


def _points(x: pd.Series, y: pd.Series, crs: object) -> gpd.GeoSeries:
    import geopandas as gpd

    return gpd.GeoSeries(gpd.points_from_xy(np.asarray(x, float), np.asarray(y, float)), crs=crs)
