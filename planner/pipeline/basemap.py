"""Roads, water and their names to draw under a plan, so that its map needs no tiles."""

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
NAMED_LEAST_M = 250.0
"""A shorter road has no room for its name."""

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
        ``kind`` (`WEIGHTS`, ``water`` or ``road_name``), ``name`` (``""`` where it has none) and geometry in the
        network's CRS; lines are joined where they meet. A ``road_name`` is the longest line of a main road of that name.
    """
    import geopandas as gpd

    from geodata.roads import basemap_lines
    from geodata.roads.osm_file import OSM_SUFFIXES

    parts = []
    for kind, classes in WEIGHTS.items():
        lines = basemap_lines(network, classes, tolerance_m=TOLERANCE_M)
        if len(lines) and not (kind == "street" and lines["length_m"].sum() > STREETS_MOST_M):
            merged = gpd.GeoSeries(
                [lines.geometry.union_all().simplify(0)], crs=network.crs
            ).line_merge()
            pieces = merged.explode(ignore_index=True)
            parts.append(gpd.GeoDataFrame({"kind": kind}, geometry=pieces, index=pieces.index))
    if roads.name.lower().endswith(OSM_SUFFIXES):
        parts += [_water(roads, network.crs), _road_names(roads, network.crs)]
    drawn = pd.concat([part for part in parts if len(part)] or [_empty(network.crs)])
    drawn["name"] = drawn["name"].fillna("") if "name" in drawn else ""
    return gpd.GeoDataFrame(
        drawn[["kind", "name", "geometry"]].reset_index(drop=True), crs=network.crs
    ).astype({"kind": "str", "name": "str"})


def _empty(crs: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame({"kind": [], "name": []}, geometry=[], crs=crs)


def _water(roads: Path, crs: str) -> gpd.GeoDataFrame:
    from geodata.roads import read_areas

    water = read_areas(roads, ("water",)).to_crs(crs)
    return water.assign(kind="water")[["kind", "name", "geometry"]]


def _road_names(roads: Path, crs: str) -> gpd.GeoDataFrame:
    """Return one line per name of a main road, its longest, for a label to stand along."""
    from geodata.roads import read_lines

    lines = read_lines(roads, ("main_road",)).to_crs(crs)
    named = lines[lines["name"] != ""].dissolve("name").geometry
    pieces = named.line_merge().explode().rename("geometry").reset_index()
    pieces["length_m"] = pieces.length
    longest = pieces.sort_values("length_m", kind="stable").groupby("name", sort=True).tail(1)
    longest = longest[longest["length_m"] >= NAMED_LEAST_M].sort_values("name")
    longest["geometry"] = longest.geometry.simplify(TOLERANCE_M)
    return longest.assign(kind="road_name")[["kind", "name", "geometry"]]
