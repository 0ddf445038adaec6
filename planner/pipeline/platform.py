"""Platform workers in the line: demand without an employer (一(四)), beside the workers a density shows beyond the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geodata.messages import translator

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.layers import Layers

_ = translator("planner")


def platform_units(given: gpd.GeoDataFrame | None, layers: Layers) -> pd.Series:
    """Return platform workers by ``unit_id``, which a density holds as well."""
    from geodata.areas import unit_of

    if given is None:
        return pd.Series(dtype="int64")
    units = unit_of(given, layers.units)["unit_id"].to_numpy()
    found: pd.Series = given["workers"].groupby(units).sum()
    return found


def with_platform_workers(
    unregistered: gpd.GeoDataFrame, given: gpd.GeoDataFrame | None, layers: Layers
) -> gpd.GeoDataFrame:
    """Return the layer ``unregistered`` with platform workers.

    Returns
    -------
    geopandas.GeoDataFrame
        ``unregistered_id`` (of a platform's ``platform:<place_id>``), ``kind`` (``density`` or ``platform``), ``platform``,
        ``workers``, ``members`` (0 where nobody said), ``unit_id`` and points; by id.
    """
    import geopandas as gpd

    from geodata.areas import unit_of

    known = unregistered.assign(kind="density", platform="", members=0)
    columns = ["unregistered_id", "kind", "platform", "workers", "members", "unit_id", "geometry"]
    if given is None:
        return known[columns]
    more = gpd.GeoDataFrame(
        {
            "unregistered_id": "platform:" + given["place_id"].astype(str),
            "kind": "platform",
            "platform": given["platform"],
            "workers": given["workers"],
            "members": given["members"],
            "unit_id": unit_of(given, layers.units)["unit_id"],
        },
        geometry=given.geometry,
    )
    whole = pd.concat([known, more], ignore_index=True) if len(known) else more
    return whole.sort_values("unregistered_id", ignore_index=True)[columns]


def platform_notes(unregistered: gpd.GeoDataFrame) -> list[str]:
    """Say how many platform workers there are, and how many of them are members."""
    given = unregistered[unregistered["kind"] == "platform"]
    if given.empty:
        return []
    return [
        _("platform workers: {workers} at {places} places are demand without an employer; {members} of them are members").format(
            workers=f"{int(given['workers'].sum()):,}", places=f"{len(given):,}", members=f"{int(given['members'].sum()):,}"
        )
    ]  # fmt: skip
