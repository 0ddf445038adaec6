"""Roads and water to draw under a plan, so that its map needs no tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from geodata.roads import RoadNetwork

WEIGHTS = {
    "major": ("motorway", "trunk", "primary"),
    "minor": ("secondary", "tertiary"),
    "street": ("unclassified", "residential", "living_street"),
}
"""How strongly a road is drawn -> its classes."""

TOLERANCE_M = 4.0
STREETS_MOST_M = 3_000_000.0
"""Beyond so many metres of streets a map shows only the larger roads."""


def basemap(network: RoadNetwork, roads: Path) -> gpd.GeoDataFrame:
    """Return the lines and areas of a base map.

    Parameters
    ----------
    network
        Roads; what its modes may not use (a motorway on foot) is not drawn.
    roads
        The file they came from; water is read from it where the format holds any.

    Returns
    -------
    geopandas.GeoDataFrame
        ``kind`` (`WEIGHTS` or ``water``) and geometry in the network's CRS; lines are joined where they meet.
    """
    import geopandas as gpd

    from geodata.roads import basemap_lines

    parts = []
    for kind, classes in WEIGHTS.items():
        lines = basemap_lines(network, classes, tolerance_m=TOLERANCE_M)
        if len(lines) and not (kind == "street" and lines["length_m"].sum() > STREETS_MOST_M):
            merged = gpd.GeoSeries(
                [lines.geometry.union_all().simplify(0)], crs=network.crs
            ).line_merge()
            pieces = merged.explode(ignore_index=True)
            parts.append(gpd.GeoDataFrame({"kind": kind}, geometry=pieces, index=pieces.index))
    water = _water(roads, network.crs)
    if len(water):
        parts.append(water)
    if not parts:
        return gpd.GeoDataFrame({"kind": pd.Series(dtype="str")}, geometry=[], crs=network.crs)
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=network.crs)


def _water(roads: Path, crs: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    from geodata.roads import read_areas
    from geodata.roads.osm_file import OSM_SUFFIXES

    if not roads.name.lower().endswith(OSM_SUFFIXES):
        return gpd.GeoDataFrame({"kind": []}, geometry=[], crs=crs)
    water = read_areas(roads, ("water",)).to_crs(crs)
    return gpd.GeoDataFrame({"kind": "water"}, geometry=water.geometry, index=water.index)
