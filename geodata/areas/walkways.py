"""The walkable edges of a road network as lines, with points along them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from geodata.errors import Fault, NetworkError
from geodata.messages import translator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.roads.network import ModeGraph, RoadNetwork

_ = translator("geodata")

OVER: Final = ("street", "bridge", "tunnel", "ferry")
"""What a way leads over or through; earlier ones are preferred where several join two units."""


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
    over
        int8, position in `OVER`: a bridge, a tunnel or a ferry may lead over ground of no unit.
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
    over: NDArray[np.int8]
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
    used = np.zeros(network.n_edges, dtype=bool)
    used[graph.edge] = True
    edge = np.flatnonzero(used)
    nodes = np.flatnonzero(graph.component >= 0)
    points: NDArray[np.object_] = np.asarray(
        shapely.points(network.node_x[nodes], network.node_y[nodes]), dtype=object
    )
    return Walkways(
        edge=edge,
        u=network.edge_u[edge].astype(np.int64),
        v=network.edge_v[edge].astype(np.int64),
        line=edge_lines(network, edge),
        over=_over(network, edge),
        nodes=nodes,
        node_point=points,
        graph=graph,
    )


def _over(network: RoadNetwork, edge: NDArray[np.int64]) -> NDArray[np.int8]:
    ferries = [place for place, name in enumerate(network.highway_classes) if name == "ferry"]
    layer = network.edge_layer[edge]
    over = np.where(layer > 0, OVER.index("bridge"), OVER.index("street"))
    over = np.where(layer < 0, OVER.index("tunnel"), over)
    ferry = np.isin(network.edge_highway[edge], ferries)
    return np.where(ferry, OVER.index("ferry"), over).astype(np.int8)


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
    line, share = _shares(lines, spacing_m, 4)
    return line, np.asarray(shapely.points(coordinates_at(lines, line, share)), dtype=object)


def coordinates_along(lines: NDArray[np.object_], spacing_m: float) -> NDArray[np.float64]:
    """Return evenly spaced inner points of lines as coordinates, at least one for each line."""
    return coordinates_at(lines, *_shares(lines, spacing_m, 1))


def _shares(
    lines: NDArray[np.object_], spacing_m: float, least: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    count = np.maximum(least, np.ceil(shapely.length(lines) / spacing_m)).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), count)
    step = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    return line, (step + 0.5) / count[line]


def coordinates_at(
    lines: NDArray[np.object_], line: NDArray[np.int64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the coordinates at a share of each line's length; all lines laid end to end and searched at once."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    step = np.hypot(*np.diff(xy, axis=0).T)
    step[np.diff(owner) > 0] = 0.0
    mile = np.concatenate([[0.0], np.cumsum(step)])
    first = np.searchsorted(owner, np.arange(len(lines)))
    last = np.append(first[1:], len(xy)) - 1
    goal = mile[first[line]] + share * (mile[last[line]] - mile[first[line]])
    at = np.clip(np.searchsorted(mile, goal, side="right") - 1, first[line], last[line] - 1)
    length = mile[at + 1] - mile[at]
    part = np.where(length > 0, (goal - mile[at]) / np.where(length > 0, length, 1.0), 0.0)
    found: NDArray[np.float64] = xy[at] + part[:, None] * (xy[at + 1] - xy[at])
    return found
