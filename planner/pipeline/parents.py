"""Which site of its parent tier a site hangs under: the nearest in reach, else that of its own area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from planner.pipeline.among import is_among
from planner.problems.reached import nearest_of
from planner.problems.siting import AREAS

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.pipeline.ground import Ground
    from planner.pipeline.workers import Workers
    from planner.policy import Tier

MAX_PARENT_MIN = 60.0
"""How far a parent is looked for where the policy sets no limit, minutes."""


def nearest_parents(
    tier: Tier,
    ground: Ground,
    candidates: gpd.GeoDataFrame,
    opened: pd.DataFrame,
    *,
    workers: Workers,
    cutoff_min: float | None = None,
    minutes: bool = False,
) -> pd.Series:
    """Return the nearest parent facility of each candidate that has one within reach, indexed by ``site_id``.

    Parameters
    ----------
    tier, ground, candidates, opened
        The tier, the roads, its candidates and what is open above it.
    workers
        Who searches.
    cutoff_min
        Reach; the tier's own when left out.
    minutes
        Whether to return the minutes instead of the facility.
    """
    open_parents = opened[opened["tier"] == tier.parent] if tier.parent else opened.iloc[:0]
    if open_parents.empty:
        return pd.Series(dtype=object)
    to_sites = open_parents["site_id"].sort_values().reset_index(drop=True)
    on_network = ground.site_access[tier.mode].entities.dropna(subset="access_id")["entity_id"]
    to_sites = to_sites[is_among(to_sites, on_network)].reset_index(drop=True)
    times = workers.travel_times(
        ground.network,
        ground.site_positions(tier.mode, candidates["site_id"]),
        ground.site_positions(tier.mode, to_sites),
        from_ids=candidates["site_id"].to_numpy(dtype=str),
        to_ids=to_sites.to_numpy(dtype=str),
        mode=tier.mode,
        cutoff_min=cutoff_min or tier.parent_cutoff_min or MAX_PARENT_MIN,
    )
    row, column, deciseconds = nearest_of(
        times.indptr, times.indices, times.deciseconds, len(to_sites)
    )
    names = candidates["site_id"].iloc[row]
    if minutes:
        return pd.Series(deciseconds / 600.0, index=names)
    return pd.Series([f"{tier.parent}:{to_sites[k]}" for k in column], index=names, dtype="str")


def with_own_area(
    parents: pd.Series,
    chosen: pd.DataFrame,
    opened: pd.DataFrame,
    tier: Tier,
    site_area: pd.DataFrame,
) -> pd.Series:
    """Give open sites out of every parent's reach the parent of the smallest area they share with one."""
    if not tier.parent:
        return parents
    above = opened[opened["tier"] == tier.parent].sort_values("facility_id")
    found = parents.reindex(chosen["site_id"])
    for area in AREAS:
        of_parent = site_area[area].reindex(above["site_id"]).to_numpy()
        own = above.assign(area=of_parent).drop_duplicates("area").set_index("area")["facility_id"]
        fallback = chosen.set_index("site_id")[area].map(own)
        found = found.fillna(fallback)
    return found
