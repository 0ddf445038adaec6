"""Disputes weigh priorities: workers near them count more when sites are chosen, never when coverage is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from planner.rules import DisputeRule


def priorities(
    enterprises: gpd.GeoDataFrame, disputes: gpd.GeoDataFrame, rule: DisputeRule
) -> NDArray[np.float64]:
    """Return the factor by which each enterprise's workers count, at least 1.

    Parameters
    ----------
    enterprises, disputes
        Points in the working CRS.
    rule
        Reach in metres (inclusive, as the crow flies), what one dispute adds, and the most that they add.
    """
    near = disputes_near(enterprises, disputes, rule.within_m)
    return np.asarray(1.0 + np.minimum(near * rule.weight_share, rule.weight_most_share))


def disputes_near(
    places: gpd.GeoDataFrame, disputes: gpd.GeoDataFrame, within_m: float
) -> NDArray[np.int64]:
    """Return how many disputes lie within so many metres of each place."""
    if disputes.empty or places.empty:
        return np.zeros(len(places), dtype=np.int64)
    tree = shapely.STRtree(np.asarray(disputes.geometry.array, dtype=object))
    found = tree.query(
        np.asarray(places.geometry.array, dtype=object), predicate="dwithin", distance=within_m
    )[0]
    return np.bincount(found, minlength=len(places)).astype(np.int64)
