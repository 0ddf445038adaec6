"""From points along edges to the nodes a search starts and ends at, in whole deciseconds.

An arc of cost ``c`` is cut at fraction ``f`` into ``floor(c * f + 1/2)`` before the point and the
remainder after it, so that the two parts always add up to the arc and a point at 0 or 1 is the node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.roads.network import ModeGraph, RoadNetwork, Snapped

ABSENT = np.int32(-1)


@dataclass(frozen=True, eq=False)
class EdgeArcs:
    """The cheapest arc along each edge in each direction; -1 where there is none.

    Parameters
    ----------
    forward, backward
        int32, shape (edges,): cost in deciseconds of the arc from ``u`` to ``v``, and back.
    forward_arc, backward_arc
        int32, shape (edges,): index of that arc.
    """

    forward: NDArray[np.int32]
    backward: NDArray[np.int32]
    forward_arc: NDArray[np.int32]
    backward_arc: NDArray[np.int32]

    @classmethod
    def of(cls, graph: ModeGraph, n_edges: int) -> EdgeArcs:
        """Find the arcs of every edge."""
        costs, arcs = [], []
        for wanted in (True, False):
            chosen = np.flatnonzero(graph.forward == wanted)
            # Dearest first, so that the cheapest is written last and stays.
            chosen = chosen[np.argsort(-graph.cost_ds[chosen].astype(np.int64), kind="stable")]
            arc = np.full(n_edges, ABSENT, dtype=np.int32)
            arc[graph.edge[chosen]] = chosen
            cost = np.full(n_edges, ABSENT, dtype=np.int32)
            cost[arc >= 0] = graph.cost_ds[arc[arc >= 0]]
            costs.append(cost)
            arcs.append(arc)
        return cls(costs[0], costs[1], arcs[0], arcs[1])


@dataclass(frozen=True, eq=False)
class Links:
    """Two nodes for each point with the cost between point and node, and the point's place on its edge.

    Parameters
    ----------
    node
        int32, shape (points, 2): slot 0 uses the forward arc, slot 1 the backward arc; -1 is none.
    cost
        int32, shape (points, 2): deciseconds, access included.
    edge
        int32, shape (points,): -1 for a point that is not usable.
    fraction
        float64, shape (points,).
    along, against
        int32, shape (points,): deciseconds from ``u`` to the point on the forward arc, and from the
        point to ``u`` on the backward arc; -1 where that arc is missing.
    access
        int32, shape (points,), deciseconds.
    """

    node: NDArray[np.int32]
    cost: NDArray[np.int32]
    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    along: NDArray[np.int32]
    against: NDArray[np.int32]
    access: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.edge)

    def take(self, rows: NDArray[np.int64]) -> Links:
        """Return the links of some points."""
        return Links(
            self.node[rows],
            self.cost[rows],
            self.edge[rows],
            self.fraction[rows],
            self.along[rows],
            self.against[rows],
            self.access[rows],
        )


def split(cost: NDArray[np.int32], fraction: NDArray[np.float64]) -> NDArray[np.int32]:
    """Deciseconds of an arc before the point at ``fraction`` along it, halves rounded up.

    Examples
    --------
    >>> split(np.array([5, 5, 5]), np.array([0.0, 0.5, 1.0])).tolist()
    [0, 3, 5]
    """
    before = np.floor(cost.astype(np.float64) * fraction + 0.5)
    return before.astype(np.int32)


def link(network: RoadNetwork, arcs: EdgeArcs, points: Snapped, *, leaving: bool) -> Links:
    """Join points to the nodes they can leave to (``leaving``) or be reached from.

    Points whose status is not 0 get no node and so are never reached.
    """
    usable = (points.status == 0) & (points.edge >= 0)
    edge = np.where(usable, points.edge, 0).astype(np.int32)
    fraction = np.where(usable, points.fraction, 0.0)
    access = np.where(usable, points.access_ds, 0).astype(np.int32)
    u, v = network.edge_u[edge], network.edge_v[edge]
    ahead, back = arcs.forward[edge], arcs.backward[edge]
    has_ahead, has_back = usable & (ahead >= 0), usable & (back >= 0)
    along, against = split(ahead, fraction), split(back, fraction)
    if leaving:
        nodes, costs = (v, u), (ahead - along, against)
    else:
        nodes, costs = (u, v), (along, back - against)
    node = np.stack(
        [np.where(has_ahead, nodes[0], ABSENT), np.where(has_back, nodes[1], ABSENT)], axis=1
    )
    cost = np.stack([costs[0] + access, costs[1] + access], axis=1)
    return Links(
        node.astype(np.int32),
        cost.astype(np.int32),
        np.where(usable, edge, ABSENT).astype(np.int32),
        fraction,
        np.where(has_ahead, along, ABSENT).astype(np.int32),
        np.where(has_back, against, ABSENT).astype(np.int32),
        access,
    )
