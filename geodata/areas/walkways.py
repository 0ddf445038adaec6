"""The walkable edges of a road network as lines, with points along them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.errors import Fault, NetworkError
from geodata.messages import translator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.roads.network import ModeGraph, RoadNetwork

_ = translator("geodata")


@dataclass(frozen=True, eq=False)
class Walkways:
    """Edges one mode may use.

    Parameters
    ----------
    edge
        int64, shape (walkways,): position in the network, ascending.
    u, v
        int64: end nodes.
    line
        LineStrings in metres.
    nodes
        int64: nodes the mode can use, ascending.
    node_point
        Points of ``nodes``.
    graph
        The mode's graph.
    """

    edge: NDArray[np.int64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    line: NDArray[np.object_]
    nodes: NDArray[np.int64]
    node_point: NDArray[np.object_]
    graph: ModeGraph


def walkways(network: RoadNetwork, mode: str) -> Walkways:
    """Return the edges and nodes that ``mode`` may use; raises NetworkError for a mode the network lacks."""
    if mode not in network.modes:
        raise NetworkError(
            Fault(
                _("the road network has no mode {mode}").format(mode=mode),
                examples=sorted(network.modes),
                fix=_("build the network with this mode"),
            )
        )
    graph = network.modes[mode]
    edge = np.unique(graph.edge).astype(np.int64)
    nodes = np.flatnonzero(graph.component >= 0)
    points: NDArray[np.object_] = np.asarray(
        shapely.points(network.node_x[nodes], network.node_y[nodes]), dtype=object
    )
    return Walkways(
        edge=edge,
        u=network.edge_u[edge].astype(np.int64),
        v=network.edge_v[edge].astype(np.int64),
        line=edge_lines(network, edge),
        nodes=nodes,
        node_point=points,
        graph=graph,
    )


def edge_lines(network: RoadNetwork, edge: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the chosen edges of a network as LineStrings."""
    start = network.geometry_indptr[edge]
    count = network.geometry_indptr[edge + 1] - start
    vertex = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    vertex += np.repeat(start, count)
    lines: NDArray[np.object_] = shapely.linestrings(
        network.geometry_xy[vertex], indices=np.repeat(np.arange(len(edge)), count)
    )
    return lines


def points_along(
    lines: NDArray[np.object_], spacing_m: float
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return evenly spaced inner points of lines, ends excluded: the line of each, and the point.

    A line gets at least four, so that even a short one is seen on both sides of what it crosses.
    """
    length = shapely.length(lines)
    count = np.maximum(4, np.ceil(length / spacing_m)).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), count)
    step = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    share = (step + 0.5) / count[line]
    points: NDArray[np.object_] = shapely.line_interpolate_point(
        lines[line], share, normalized=True
    )
    return line, points
