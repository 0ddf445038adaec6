"""The road network: one file of nodes and edges, and one directed graph in integers per mode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from geodata.modes import Mode


@dataclass(frozen=True, eq=False)
class ModeGraph:
    """Directed graph of one mode in compressed sparse rows, costs in whole deciseconds.

    Arcs of node ``u`` are ``indptr[u]:indptr[u + 1]``. Parallel arcs and self loops may occur;
    a shortest path takes the cheapest.

    Parameters
    ----------
    indptr
        int64, shape (nodes + 1,).
    heads
        int32, shape (arcs,): node at the end of each arc.
    cost_ds
        int32, shape (arcs,), deciseconds, at least 0, quantised once per raw segment and then summed.
    edge
        int32, shape (arcs,): index of the network edge the arc runs along.
    forward
        bool, shape (arcs,): True when the arc runs from the edge's ``u`` to its ``v``.
    component
        int32, shape (nodes,): strongly connected component, 0 is the largest; -1 for nodes the mode cannot use.
    """

    indptr: NDArray[np.int64]
    heads: NDArray[np.int32]
    cost_ds: NDArray[np.int32]
    edge: NDArray[np.int32]
    forward: NDArray[np.bool_]
    component: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """Nodes, undirected edges with geometry, and a `ModeGraph` per mode; equal by ``content_hash``.

    Parameters
    ----------
    crs
        Projected working CRS of ``node_x``, ``node_y`` and the geometry, in metres.
    node_id
        int64, shape (nodes,): OSM node id (negative for made ones). Nodes are in Hilbert order.
    node_x, node_y
        float64, shape (nodes,), metres.
    edge_u, edge_v
        int32, shape (edges,): end nodes, in the direction the geometry runs.
    edge_length_m
        float64, shape (edges,).
    edge_way_id
        int64, shape (edges,): OSM way of the edge (of its first segment).
    edge_highway
        uint8, shape (edges,): index into ``highway_classes``.
    edge_layer
        int8, shape (edges,): OSM layer; bridges are positive, tunnels negative.
    geometry_indptr
        int64, shape (edges + 1,): first vertex of each edge in ``geometry_xy``.
    geometry_xy
        float64, shape (vertices, 2), metres, both ends included.
    highway_classes
        Names that ``edge_highway`` points to.
    modes
        Graph per mode name.
    content_hash
        Hex digest of every array's values, the same on every machine.
    repairs
        What was put right or left out while building, with counts; not part of the hash.
    mode_rows
        The numbers each mode was built with, by name; not part of the hash, which covers what came of them.
    """

    crs: str
    node_id: NDArray[np.int64]
    node_x: NDArray[np.float64]
    node_y: NDArray[np.float64]
    edge_u: NDArray[np.int32]
    edge_v: NDArray[np.int32]
    edge_length_m: NDArray[np.float64]
    edge_way_id: NDArray[np.int64]
    edge_highway: NDArray[np.uint8]
    edge_layer: NDArray[np.int8]
    geometry_indptr: NDArray[np.int64]
    geometry_xy: NDArray[np.float64]
    highway_classes: tuple[str, ...]
    modes: Mapping[str, ModeGraph]
    content_hash: str
    repairs: Mapping[str, int] = field(default_factory=dict)
    mode_rows: Mapping[str, Mode] = field(default_factory=dict)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_id)

    @property
    def n_edges(self) -> int:
        """Number of undirected edges."""
        return len(self.edge_u)


@dataclass(frozen=True, eq=False)
class Snapped:
    """Points placed on the network: which edge, how far along it, how far off it, and whether that is usable.

    Parameters
    ----------
    edge
        int32, shape (points,): nearest usable edge; -1 where there is none.
    fraction
        float64 in 0-1 along the edge from ``u`` to ``v``.
    distance_m
        float64: metres from the point to the edge; NaN where there is none.
    status
        uint8, see ``geodata.roads.snap.SnapStatus`` (0 is usable).
    access_ds
        int32: deciseconds to walk ``distance_m``, added to every trip.
    mode
        Mode the edge was chosen for.
    passed_over_m
        float64, shape (points,): where the nearest edge lies on a piece that is cut off from the main network
        (or across a barrier) and a farther one was taken instead, metres to the edge passed over; NaN elsewhere.
    """

    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    distance_m: NDArray[np.float64]
    status: NDArray[np.uint8]
    access_ds: NDArray[np.int32]
    mode: str
    passed_over_m: NDArray[np.float64] | None = None

    def take(self, rows: NDArray[np.integer]) -> Snapped:
        """Return the points of these rows, in that order."""
        return Snapped(
            self.edge[rows],
            self.fraction[rows],
            self.distance_m[rows],
            self.status[rows],
            self.access_ds[rows],
            self.mode,
            None if self.passed_over_m is None else self.passed_over_m[rows],
        )
