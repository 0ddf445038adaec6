"""Small networks made as arrays, and the oracle they are checked against."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geodata.roads.network import ModeGraph, RoadNetwork, Snapped


def make_network(n_nodes, streets, mode="walk"):
    """Network from rows (u, v, forward cost or None, backward cost or None)."""
    tails, heads, costs, edges, forward = [], [], [], [], []
    for edge, (u, v, ahead, back) in enumerate(streets):
        for tail, head, cost, along in ((u, v, ahead, True), (v, u, back, False)):
            if cost is not None:
                tails.append(tail)
                heads.append(head)
                costs.append(cost)
                edges.append(edge)
                forward.append(along)
    order = np.argsort(np.array(tails, dtype=np.int64), kind="stable")
    indptr = np.searchsorted(np.array(tails, dtype=np.int64)[order], np.arange(n_nodes + 1))
    graph = ModeGraph(
        indptr.astype(np.int64),
        np.array(heads, np.int32)[order],
        np.array(costs, np.int32)[order],
        np.array(edges, np.int32)[order],
        np.array(forward, bool)[order],
        np.zeros(n_nodes, np.int32),
    )
    side = int(np.ceil(np.sqrt(max(n_nodes, 1))))
    x, y = (np.arange(n_nodes) % side) * 100.0, (np.arange(n_nodes) // side) * 100.0
    u = np.array([s[0] for s in streets], np.int32)
    v = np.array([s[1] for s in streets], np.int32)
    xy = np.stack([np.stack([x[u], y[u]], 1), np.stack([x[v], y[v]], 1)], 1).reshape(-1, 2)
    n = len(streets)
    return RoadNetwork(
        "EPSG:32651", np.arange(n_nodes, dtype=np.int64), x, y, u, v,
        np.hypot(x[u] - x[v], y[u] - y[v]), np.arange(n, dtype=np.int64),
        np.zeros(n, np.uint8), np.zeros(n, np.int8), np.arange(0, 2 * n + 1, 2, dtype=np.int64),
        xy, ("residential",), {mode: graph}, f"made-{n_nodes}-{n}",
    )  # fmt: skip


def make_points(edges, fractions, access=None, status=None, mode="walk"):
    """Points on edges."""
    edge = np.array(edges, np.int32)
    n = len(edge)
    return Snapped(
        edge, np.array(fractions, np.float64), np.zeros(n),
        np.zeros(n, np.uint8) if status is None else np.array(status, np.uint8),
        np.zeros(n, np.int32) if access is None else np.array(access, np.int32), mode,
    )  # fmt: skip


def shortest(n_nodes, arcs):
    """Distances by scipy; it sums parallel arcs and drops zeros, so it gets the least, plus a shift."""
    best = {}
    for tail, head, cost in arcs:
        if tail != head:
            best[tail, head] = min(best.get((tail, head), cost), cost)
    if not best:
        return np.where(np.eye(n_nodes, dtype=bool), 0.0, np.inf)
    tails, heads = np.array(list(best), dtype=np.int64).T
    # A zero is written as a millionth, far less than a decisecond even when summed over a path.
    weights = np.array([cost or 1e-6 for cost in best.values()], dtype=float)
    return np.floor(dijkstra(csr_array((weights, (tails, heads)), shape=(n_nodes, n_nodes))) + 1e-3)


def graph_arcs(graph):
    """Rows (tail, head, cost) of a graph."""
    tails = np.repeat(np.arange(len(graph.indptr) - 1), np.diff(graph.indptr))
    return list(zip(tails.tolist(), graph.heads.tolist(), graph.cost_ds.tolist(), strict=True))


def point_oracle(network, origins, destinations, mode="walk"):
    """Distances between points by cutting every edge at every point and asking scipy.

    Each point becomes a node of its own; the arcs of its edge are replaced by a chain through the
    points in order of fraction, whose costs follow the documented rounding.
    """
    graph = network.modes[mode]
    n = network.n_nodes
    points = [
        (row, snapped.edge[i], snapped.fraction[i], snapped.access_ds[i], kind)
        for kind, snapped, first in ((0, origins, n), (1, destinations, n + len(origins.edge)))
        for i, row in enumerate(range(first, first + len(snapped.edge)))
        if snapped.status[i] == 0
    ]
    arcs = graph_arcs(graph)
    for arc in range(len(graph.heads)):
        edge, forward, cost = graph.edge[arc], graph.forward[arc], int(graph.cost_ds[arc])
        on = sorted((p for p in points if p[1] == edge), key=lambda p: (p[2], p[0]))
        if not on:
            continue
        marks = [(int(np.floor(cost * p[2] + 0.5)), p[2], p[0]) for p in on]
        u, v = int(network.edge_u[edge]), int(network.edge_v[edge])
        if forward:
            arcs += [(u, node, at) for at, _, node in marks]
            arcs += [(node, v, cost - at) for at, _, node in marks]
        else:
            arcs += [(node, u, at) for at, _, node in marks]
            arcs += [(v, node, cost - at) for at, _, node in marks]
        for at, fraction, node in marks:
            for to, to_fraction, to_node in marks:
                if node != to_node and forward and to_fraction >= fraction:
                    arcs.append((node, to_node, to - at))
                if node != to_node and not forward and to_fraction <= fraction:
                    arcs.append((node, to_node, at - to))
    total = n + len(origins.edge) + len(destinations.edge)
    between = shortest(total, arcs)
    out = np.full((len(origins.edge), len(destinations.edge)), np.inf)
    for row, *_rest, start_access, kind in points:
        if kind == 1:
            continue
        for column, *_more, end_access, other in points:
            if other == 1:
                out[row - n, column - n - len(origins.edge)] = (
                    between[row, column] + start_access + end_access
                )
    return out


@st.composite
def networks(draw, max_nodes=12, max_streets=30, max_cost=40):
    """Graphs with one-ways, parallel edges, self loops, zero-length edges and loose pieces."""
    n = draw(st.integers(1, max_nodes))
    cost = st.one_of(st.none(), st.integers(0, max_cost))
    node = st.integers(0, n - 1)
    streets = draw(st.lists(st.tuples(node, node, cost, cost), min_size=1, max_size=max_streets))
    return make_network(n, streets)


@st.composite
def points_on(draw, network, max_points=8):
    """Points on a network, some of them not usable."""
    n = draw(st.integers(1, max_points))

    def draws(values):
        return [draw(values) for _ in range(n)]

    return make_points(
        draws(st.integers(0, network.n_edges - 1)),
        draws(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 0.9, 1.0])),
        draws(st.integers(0, 5)),
        draws(st.sampled_from([0, 0, 0, 1])),
    )


@pytest.fixture(scope="session")
def made():
    """Makers and oracles of this folder."""
    return SimpleNamespace(
        network=make_network, points=make_points, shortest=shortest, arcs=graph_arcs,
        point_oracle=point_oracle, networks=networks, points_on=points_on,
    )  # fmt: skip
