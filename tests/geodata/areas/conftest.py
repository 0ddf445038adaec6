"""Small road networks drawn by hand."""

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.roads.network import ModeGraph, RoadNetwork

CRS = "EPSG:32629"


def draw_network(lines, *, walkable=None, crs=CRS, walk_ds_per_m=7.5, highway=None, layer=None):
    """Make a network whose nodes are the lines' ends; lines not ``walkable`` exist for no mode."""
    ends = [tuple(np.round(line.coords[i], 3)) for line in lines for i in (0, -1)]
    names = sorted(set(ends))
    node = {name: i for i, name in enumerate(names)}
    u = np.array([node[e] for e in ends[::2]], dtype=np.int32)
    v = np.array([node[e] for e in ends[1::2]], dtype=np.int32)
    length = np.array([line.length for line in lines])
    ok = np.ones(len(lines), bool) if walkable is None else np.asarray(walkable, bool)
    rows = np.flatnonzero(ok)
    tail, head = np.concatenate([u[rows], v[rows]]), np.concatenate([v[rows], u[rows]])
    edge, forward = np.concatenate([rows, rows]), np.repeat([True, False], len(rows))
    order = np.lexsort((edge, head, tail))
    n = len(names)
    _, label = connected_components(
        coo_array((np.ones(len(rows)), (u[rows], v[rows])), shape=(n, n)), directed=False
    )
    sizes = np.bincount(label)
    rank = np.empty(len(sizes), int)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    used = np.isin(np.arange(n), np.concatenate([u[rows], v[rows]]))
    xy = [np.asarray(line.coords) for line in lines]
    highway = ["residential"] * len(lines) if highway is None else list(highway)
    classes = tuple(sorted(set(highway)))
    graph = ModeGraph(
        indptr=np.searchsorted(tail[order], np.arange(n + 1)).astype(np.int64),
        heads=head[order].astype(np.int32),
        cost_ds=np.rint(length[edge[order]] * walk_ds_per_m).astype(np.int32),
        edge=edge[order].astype(np.int32),
        forward=forward[order],
        component=np.where(used, rank[label], -1).astype(np.int32),
    )
    return RoadNetwork(
        crs=crs,
        node_id=np.arange(n, dtype=np.int64),
        node_x=np.array([p[0] for p in names], float),
        node_y=np.array([p[1] for p in names], float),
        edge_u=u,
        edge_v=v,
        edge_length_m=length,
        edge_way_id=np.arange(len(lines), dtype=np.int64),
        edge_highway=np.array([classes.index(h) for h in highway], dtype=np.uint8),
        edge_layer=np.zeros(len(lines), dtype=np.int8)
        if layer is None
        else np.asarray(layer, np.int8),
        geometry_indptr=np.concatenate([[0], np.cumsum([len(p) for p in xy])]).astype(np.int64),
        geometry_xy=np.concatenate(xy).astype(float),
        highway_classes=classes,
        modes={"walk": graph},
        content_hash="drawn",
    )


@pytest.fixture(scope="session")
def draw():
    """Return the function that draws a network from lines."""
    return draw_network


@pytest.fixture(scope="session")
def street():
    """Return the function that makes one straight street from its ends."""
    return lambda *xy: shapely.LineString(np.reshape(xy, (-1, 2)))
