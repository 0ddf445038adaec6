"""A hundred thousand points to their nearest edges, against shapely's tree."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from geodata.roads.network import RoadNetwork


def snapping(network: RoadNetwork, n: int, out: dict, log: Callable[[str], None]) -> None:
    """Points to edges against shapely's STRtree on the same segments, index made beforehand."""
    import shapely

    from geodata.roads import snap
    from geodata.roads.snap import snap_index

    rng = np.random.default_rng(3)
    at = rng.integers(0, len(network.geometry_xy), n)
    xy = np.asarray(network.geometry_xy)[at] + rng.normal(0, 40, (n, 2))
    index = snap_index(network, "walk")
    grid = index.grid
    _, first = np.unique(grid.owner, return_index=True)
    line, main = grid.line[first], grid.mark[first]
    segments = shapely.linestrings(line[main].reshape(-1, 2, 2))
    tree = shapely.STRtree(segments)
    points = shapely.points(xy)
    tree.query_nearest(points[:10])
    snap(xy[:10], network, "walk", index=index)
    ours, theirs = [], []
    for _ in range(3):
        cpu = time.process_time()
        snapped = snap(xy, network, "walk", index=index, max_distance_m=1e6)
        ours.append(time.process_time() - cpu)
        cpu = time.process_time()
        nearest = tree.nearest(points)
        # The tree says which; fraction and distance have to be asked for, as snapping gives them.
        shapely.line_locate_point(segments[nearest], points, normalized=True)
        distance = shapely.distance(segments[nearest], points)
        theirs.append(time.process_time() - cpu)
    worst = float(np.abs(snapped.distance_m - distance).max())
    out["snap_ratio_shapely"] = round(min(theirs) / min(ours), 2)
    out["snap_worst_difference_m"] = worst
    out["snap_mismatches"] = int((np.abs(snapped.distance_m - distance) > 1e-6).sum())
    log(
        f"snapping {n} points: ours {min(ours):.3f} s, shapely {min(theirs):.3f} s, worst {worst:.2e} m"
    )
