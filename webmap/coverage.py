"""Coverage by basic unit: how many of a unit's people reach an open site of each tier within its cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from planner.explain import policy_of
from planner.kpis import Facts

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.plan import Plan
    from planner.policy import Policy, Tier


def facts_of(plan: Plan) -> Facts:
    """Return the tables figures are computed from."""
    return Facts(policy_of(plan), plan.decisions, plan.layers, plan.derived)


def station_tier(policy: Policy) -> Tier:
    """Return the tier that answers "which station is ours": a site per federation, else the first that serves workers."""
    serving = [tier for tier in policy.tiers if tier.demand == "workers"]
    return next((tier for tier in serving if tier.rule == "one_per_district"), serving[0])


def unit_of(plan: Plan, layer: gpd.GeoDataFrame) -> pd.Series:
    """Return the basic unit each point of a layer lies in, absent outside of all; on a border the first by id."""
    units = plan.layers["units"].sort_values("unit_id")
    point, unit = shapely.STRtree(units.geometry.to_numpy()).query(
        layer.geometry.to_numpy(), predicate="intersects"
    )
    first = pd.Series(unit).groupby(point).min()
    ids = units["unit_id"].to_numpy()
    return pd.Series(ids[first.to_numpy()], index=layer.index[first.index.to_numpy()]).reindex(
        layer.index
    )


def unit_coverage(plan: Plan) -> gpd.GeoDataFrame:
    """Return the units with their demand and the share of it within reach, tier by tier.

    Returns
    -------
    geopandas.GeoDataFrame
        Sorted by ``unit_id``: the columns of the layer ``units`` and, for each tier, ``<tier>_demand`` and
        ``<tier>_share`` (0 to 1; NaN where the unit has no demand).
    """
    facts = facts_of(plan)
    units = plan.layers["units"].sort_values("unit_id").reset_index(drop=True)
    places = {
        "workers": worker_units(plan),
        "outdoor": _by_id(plan, "outdoor", "outdoor_id"),
    }
    for tier in facts.policy.tiers:
        reached = facts.reached(tier.name)
        unit = reached["entity_id"].map(places[tier.demand])
        total = reached["weight"].groupby(unit).sum()
        inside = reached["weight"].where(reached["deciseconds"].notna(), 0).groupby(unit).sum()
        demand = units["unit_id"].map(total).fillna(0.0)
        share = units["unit_id"].map(inside) / demand.where(demand > 0, np.nan)
        units = units.assign(**{f"{tier.name}_demand": demand, f"{tier.name}_share": share})
    return units


def worker_units(plan: Plan) -> pd.Series:
    """Return the unit of every enterprise, and of the workers a density shows beside the register, by id."""
    parts = [_by_id(plan, "enterprises", "enterprise_id")]
    if "unregistered" in plan.layers:
        parts.append(_by_id(plan, "unregistered", "unregistered_id"))
    return pd.concat(parts)


def _by_id(plan: Plan, layer: str, column: str) -> pd.Series:
    frame = plan.layers[layer]
    return pd.Series(unit_of(plan, frame).to_numpy(), index=frame[column].to_numpy())
