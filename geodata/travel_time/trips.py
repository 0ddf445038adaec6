# ruff: noqa: PLR0917 - a numba kernel is one loop over plain arrays
"""Trips from one point with their way along the edges, and as a line to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geodata.travel_time.bits import kernel
from geodata.travel_time.bucket import UNREACHED, Arcs, Queue, queue_for, search
from geodata.travel_time.checks import (
    ALL_DAY,
    check_points,
    checked_ids,
    cutoff_deciseconds,
    mode_graph,
)
from geodata.travel_time.graphs import directed
from geodata.travel_time.matrix import side, trip_links
from geodata.travel_time.points import on_same_edge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import LineString

    from geodata.roads.network import ModeGraph, RoadNetwork, Snapped
    from geodata.travel_time.links import Links


@dataclass(frozen=True, eq=False)
class Trip:
    """One trip: where to, how long, and along which edges.

    Parameters
    ----------
    to_id
        Destination.
    deciseconds
        Whole trip, access at both ends included.
    edges
        int32: network edges in the order travelled; the first and the last are travelled in part.
    forward
        bool: True where the edge is travelled from its ``u`` to its ``v``.
    start_fraction, end_fraction
        Where on the first and the last edge the trip starts and ends.
    """

    to_id: str
    deciseconds: int
    edges: NDArray[np.int32]
    forward: NDArray[np.bool_]
    start_fraction: float
    end_fraction: float

    def line(self, network: RoadNetwork) -> LineString:
        """Draw the trip in the network's CRS, from the first edge to the last."""
        from shapely import LineString
        from shapely.ops import substring

        parts: list[NDArray[np.float64]] = []
        last = len(self.edges) - 1
        for k, (edge, forward) in enumerate(zip(self.edges, self.forward, strict=True)):
            xy = network.geometry_xy[
                network.geometry_indptr[edge] : network.geometry_indptr[edge + 1]
            ]
            begin = self.start_fraction if k == 0 else (0.0 if forward else 1.0)
            end = self.end_fraction if k == last else (1.0 if forward else 0.0)
            piece = substring(LineString(xy), begin, end, normalized=True)
            parts.append(np.asarray(piece.coords))
        xy = np.concatenate(parts)
        kept = np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]
        return LineString(xy[kept] if kept.sum() > 1 else xy[:2].repeat(2, axis=0)[:2])


@kernel
def _came_by(arcs: Arcs, queue: Queue, settled: int, place: NDArray[np.int32]) -> NDArray[np.int32]:
    """Arc by which each settled node is first reached in time; -1 where the trip starts."""
    by = np.full(len(place), -1, np.int32)
    for k in range(settled):
        place[queue.order[k]] = k
    for k in range(settled):
        node = queue.order[k]
        for arc in range(arcs.indptr[node], arcs.indptr[node + 1]):
            head = arcs.heads[arc]
            if (
                place[head] > k
                and by[head] < 0
                and queue.distance[node] + arcs.cost[arc] == queue.distance[head]
            ):
                by[head] = arc
    return by


def paths(
    network: RoadNetwork,
    origin: Snapped,
    destinations: Snapped,
    *,
    to_ids: Sequence[str] | NDArray[np.str_],
    mode: str,
    cutoff_min: float,
    period: str = ALL_DAY,
) -> list[Trip]:
    """Find the trips from one point to every destination within a cutoff, with their way.

    Parameters
    ----------
    network, destinations, to_ids, mode, cutoff_min, period
        As for `geodata.travel_time.travel_times`, and the minutes are the same.
    origin
        One point.

    Returns
    -------
    list of Trip
        In the order of ``to_ids``; destinations that are not reached are left out.

    Raises
    ------
    NetworkError, InvalidRowsError
        As for `geodata.travel_time.travel_times`.
    """
    cutoff_ds = cutoff_deciseconds(cutoff_min)
    graph = mode_graph(network, mode, period)
    check_points(network, origin, mode, "origin")
    check_points(network, destinations, mode, "destinations")
    checked_ids(["origin"], origin, "origin")
    ids = checked_ids(to_ids, destinations, "to_ids")
    start, end = trip_links(network, graph, origin, destinations)
    arcs = directed(graph, reverse=False).arcs
    queue = queue_for(arcs, cutoff_ds)
    settled = search(arcs, queue, start.node[0], start.cost[0], cutoff_ds)
    by = _came_by(arcs, queue, settled, np.full(network.n_nodes, -1, np.int32))
    tails = np.repeat(np.arange(network.n_nodes, dtype=np.int32), np.diff(arcs.indptr))
    trips = []
    for point in range(len(end)):
        found = _trip(graph, queue, by, tails, start, end, point)
        if found is not None and found[0] <= cutoff_ds:
            total, edges, forward = found
            trips.append(
                Trip(
                    str(ids[point]),
                    total,
                    edges,
                    forward,
                    float(origin.fraction[0]),
                    float(destinations.fraction[point]),
                )
            )
    return trips


def _trip(
    graph: ModeGraph,
    queue: Queue,
    by: NDArray[np.int32],
    tails: NDArray[np.int32],
    start: Links,
    end: Links,
    point: int,
) -> tuple[int, NDArray[np.int32], NDArray[np.bool_]] | None:
    """Find the shortest trip to one point: total, edges, directions."""
    total, slot = int(UNREACHED), -1
    for side_slot in range(2):
        node = end.node[point, side_slot]
        if node >= 0 and queue.distance[node] != UNREACHED:
            through = int(queue.distance[node]) + int(end.cost[point, side_slot])
            if through < total:
                total, slot = through, side_slot
    if start.edge[0] >= 0 and start.edge[0] == end.edge[point]:
        direct = int(on_same_edge(side(start), 0, side(end), point, 0))
        if direct <= total:
            ahead = bool(end.fraction[point] >= start.fraction[0] and start.along[0] >= 0)
            return direct, start.edge[:1].copy(), np.array([ahead])
    if slot < 0:
        return None
    node = int(end.node[point, slot])
    edges, forward = [int(end.edge[point])], [slot == 0]
    while by[node] >= 0:
        arc = by[node]
        edges.append(int(graph.edge[arc]))
        forward.append(bool(graph.forward[arc]))
        node = int(tails[arc])
    # Leaving the first edge by slot 0 is along it, by slot 1 against it; the cheaper one was settled.
    left = min(
        (slot for slot in range(2) if start.node[0, slot] == node), key=lambda s: start.cost[0, s]
    )
    edges.append(int(start.edge[0]))
    forward.append(left == 0)
    return total, np.array(edges[::-1], np.int32), np.array(forward[::-1], bool)
