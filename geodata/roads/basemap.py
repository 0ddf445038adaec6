"""Road lines by class, for drawing a map that needs no tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from geodata.roads.network import RoadNetwork

__all__ = ["MAIN_CLASSES", "basemap_lines"]

MAIN_CLASSES = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link",
    "secondary", "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential",
    "living_street", "pedestrian",
)  # fmt: skip
"""Classes worth drawing at the scale of a city, the widest first."""


def basemap_lines(
    network: RoadNetwork, classes: Sequence[str] = MAIN_CLASSES, *, tolerance_m: float = 0.0
) -> gpd.GeoDataFrame:
    """Lines of the network's edges of some classes.

    Parameters
    ----------
    network
        Road network; it holds the roads its modes use (a walking network has no motorway).
    classes
        OSM highway classes, in the order wanted.
    tolerance_m
        Farthest a drawn line may leave the road, metres; 0 keeps every vertex.

    Returns
    -------
    GeoDataFrame
        ``edge`` (index into the network), ``highway``, ``layer``, ``length_m`` and ``geometry`` LineString in the
        network's CRS, by the order of ``classes``, then by edge.
    """
    import geopandas as gpd
    import shapely

    names = np.array(network.highway_classes)
    rank = {name: k for k, name in enumerate(classes)}
    place = np.array([rank.get(str(name), -1) for name in names], np.int64)
    at = place[np.asarray(network.edge_highway)]
    edge = np.flatnonzero(at >= 0)
    edge = edge[np.argsort(at[edge], kind="stable")]
    ptr = np.asarray(network.geometry_indptr)
    sizes = np.diff(ptr)[edge]
    start = np.concatenate([[0], np.cumsum(sizes)])
    vertex = np.repeat(ptr[edge] - start[:-1], sizes) + np.arange(start[-1])
    owner = np.repeat(np.arange(len(edge)), sizes)
    lines = shapely.linestrings(np.asarray(network.geometry_xy)[vertex], indices=owner)
    if tolerance_m > 0:
        lines = shapely.simplify(lines, tolerance_m, preserve_topology=False)
    return gpd.GeoDataFrame(
        {
            "edge": edge,
            "highway": names[np.asarray(network.edge_highway)[edge]],
            "layer": np.asarray(network.edge_layer)[edge],
            "length_m": np.asarray(network.edge_length_m)[edge],
        },
        geometry=lines,
        crs=network.crs,
    )
