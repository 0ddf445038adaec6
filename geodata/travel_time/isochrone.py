"""Service areas: polygons around the streets that are reached within a cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import Fault, InvalidRowsError
from geodata.messages import translator
from geodata.travel_time.bucket import UNREACHED, Arcs, Queue, queue_for, search
from geodata.travel_time.checks import (
    ALL_DAY,
    check_points,
    checked_ids,
    cutoff_deciseconds,
    mode_graph,
)
from geodata.travel_time.graphs import directed
from geodata.travel_time.links import EdgeArcs, Links, link

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.roads.network import RoadNetwork, Snapped

_ = translator("geodata")

BUFFER_M = 30.0
SMALLEST_HOLE_M2 = 10_000.0
_SLIVER_SHARE = 1e-9


def isochrones(
    network: RoadNetwork,
    origins: Snapped,
    *,
    from_ids: Sequence[str] | NDArray[np.str_],
    mode: str,
    cutoffs_min: Sequence[float],
    period: str = ALL_DAY,
    buffer_m: float = BUFFER_M,
    smallest_hole_m2: float = SMALLEST_HOLE_M2,
) -> gpd.GeoDataFrame:
    """Draw the area each point reaches within each cutoff.

    Every stretch of street that is reached gets a margin of ``buffer_m`` on both sides; holes smaller
    than ``smallest_hole_m2`` (the inside of blocks) are filled. Where a cutoff ends within an edge, the
    edge is cut there. The polygons of one point are nested: a longer cutoff contains a shorter one.
    Places far from any street are never in, unlike with a hull around points.

    Parameters
    ----------
    network, mode, period
        As for `geodata.travel_time.travel_times`.
    origins, from_ids
        Points the trips start from, and their ids.
    cutoffs_min
        Cutoffs in minutes, inclusive.
    buffer_m, smallest_hole_m2
        Margin in metres and area in square metres.

    Returns
    -------
    geopandas.GeoDataFrame
        ``from_id``, ``cutoff_min`` (ascending for each id), ``geometry`` (MultiPolygon, empty when nothing
        is reached), in the network's CRS, in the order of ``from_ids``.

    Raises
    ------
    NetworkError, InvalidRowsError
        As for `geodata.travel_time.travel_times`, or when the margin is not above 0.
    """
    import geopandas as gpd

    if not (np.isfinite(buffer_m) and buffer_m > 0 and smallest_hole_m2 >= 0):
        raise InvalidRowsError(
            Fault(
                _("the margin must be above 0 and the smallest hole at least 0"),
                where="buffer_m, smallest_hole_m2",
                examples=(buffer_m, smallest_hole_m2),
            )
        )
    cutoffs = sorted({cutoff_deciseconds(cutoff): float(cutoff) for cutoff in cutoffs_min}.items())
    graph = mode_graph(network, mode, period)
    check_points(network, origins, mode, "origins")
    ids = checked_ids(from_ids, origins, "from_ids")
    edges = EdgeArcs.of(graph, network.n_edges)
    start = link(network, edges, origins, leaving=True)
    arcs = directed(graph, reverse=False).arcs
    queue = queue_for(arcs, cutoffs[-1][0]) if cutoffs else None
    rows: dict[str, list[Any]] = {"from_id": [], "cutoff_min": [], "geometry": []}
    for point in range(len(ids)):
        inner = None
        for cutoff_ds, cutoff_min in cutoffs:
            assert queue is not None  # noqa: S101 - there is a cutoff
            pieces = _reached(
                network, edges, arcs, queue, start=start, point=point, cutoff_ds=cutoff_ds
            )
            inner = _area(pieces, inner, buffer_m, smallest_hole_m2)
            rows["from_id"].append(str(ids[point]))
            rows["cutoff_min"].append(cutoff_min)
            rows["geometry"].append(inner)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=network.crs)


def _reached(
    network: RoadNetwork,
    edges: EdgeArcs,
    arcs: Arcs,
    queue: Queue,
    *,
    start: Links,
    point: int,
    cutoff_ds: int,
) -> NDArray[Any]:
    """Lines of the stretches of street within the cutoff of one point."""
    settled = search(arcs, queue, start.node[point], start.cost[point], cutoff_ds)
    nodes = queue.order[:settled].copy()
    left = np.full(network.n_nodes, -1, np.int64)
    left[nodes] = cutoff_ds - queue.distance[nodes].astype(np.int64)
    queue.distance[nodes] = UNREACHED
    stretches = []
    near = np.flatnonzero((left[network.edge_u] >= 0) | (left[network.edge_v] >= 0))
    for cost, node, ahead in (
        (edges.forward[near], network.edge_u[near], True),
        (edges.backward[near], network.edge_v[near], False),
    ):
        usable = (cost >= 0) & (left[node] >= 0)
        share = np.ones(len(near))
        np.divide(left[node], cost, out=share, where=usable & (cost > 0))
        share = np.clip(share[usable], 0.0, 1.0)
        begin = np.zeros(len(share)) if ahead else 1.0 - share
        stretches.append((near[usable], begin, share if ahead else np.ones(len(share))))
    stretches += _own_edge(edges, start, point, cutoff_ds)
    return _lines(network, *(np.concatenate(part) for part in zip(*stretches, strict=True)))


def _own_edge(
    edges: EdgeArcs, start: Links, point: int, cutoff_ds: int
) -> list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]:
    """Stretches of the point's own edge that are reached without passing a node."""
    edge, left = start.edge[point], cutoff_ds - int(start.access[point])
    if edge < 0 or left < 0:
        return []
    f = float(start.fraction[point])
    found = []
    for cost, sign in ((int(edges.forward[edge]), 1.0), (int(edges.backward[edge]), -1.0)):
        if cost >= 0:
            far = f + sign * (left / cost if cost else 1.0)
            low, high = sorted((f, min(max(far, 0.0), 1.0)))
            found.append((np.array([edge]), np.array([low]), np.array([high])))
    return found


def _lines(
    network: RoadNetwork, edge: NDArray[Any], begin: NDArray[Any], end: NDArray[Any]
) -> NDArray[Any]:
    """Edges, or parts of them between two fractions, as lines; a part without length is left out."""
    import shapely
    from shapely.ops import substring

    kept = end > begin
    edge, begin, end = edge[kept], begin[kept], end[kept]
    first, last = network.geometry_indptr[edge], network.geometry_indptr[edge + 1]
    counts = (last - first).astype(np.int64)
    if not counts.sum():
        return np.empty(0, object)
    owner = np.repeat(np.arange(len(edge)), counts)
    at = (
        np.arange(counts.sum())
        - np.repeat(np.cumsum(counts) - counts, counts)
        + np.repeat(first, counts)
    )
    lines = shapely.linestrings(network.geometry_xy[at], indices=owner)
    for k in np.flatnonzero((begin > 0) | (end < 1)):
        lines[k] = substring(lines[k], begin[k], end[k], normalized=True)
    found: NDArray[Any] = lines
    return found


def _area(lines: NDArray[Any], inner: Any, buffer_m: float, smallest_hole_m2: float) -> Any:
    """Margin around lines, small holes filled, and the shorter cutoff's area added."""
    import shapely

    parts = [shapely.union_all(shapely.buffer(lines, buffer_m, quad_segs=4))] if len(lines) else []
    if inner is not None:
        parts.append(inner)
    area = shapely.union_all(parts) if parts else shapely.MultiPolygon()
    polygons = [
        shapely.Polygon(
            polygon.exterior,
            [hole for hole in polygon.interiors if shapely.Polygon(hole).area >= smallest_hole_m2],
        )
        for polygon in shapely.get_parts(area)
        if polygon.geom_type == "Polygon" and polygon.area > _SLIVER_SHARE
    ]
    if not polygons:
        return shapely.MultiPolygon()
    # Filling a hole can swallow an island inside it.
    whole = shapely.make_valid(shapely.union_all(polygons))
    return shapely.MultiPolygon([p for p in shapely.get_parts(whole) if p.geom_type == "Polygon"])
