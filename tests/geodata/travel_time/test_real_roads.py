"""Real roads, every mode, both kernels, against scipy; driving and walking differ where signs say so."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geodata.modes import MODES
from geodata.roads import build_network
from geodata.travel_time import nodes_within, paths


@pytest.fixture(scope="module", params=["monaco.osm.gz", "Helsinki.osm.pbf"])
def network(request, shared):
    return build_network(shared / "data" / "roads" / request.param, modes=list(MODES))


def oracle(graph, sources, cutoff):
    """Distances by scipy from the cheapest of parallel arcs, zeros made a millionth."""
    n = len(graph.indptr) - 1
    tails = np.repeat(np.arange(n), np.diff(graph.indptr))
    order = np.lexsort((graph.cost_ds, graph.heads, tails))
    tails, heads, cost = tails[order], graph.heads[order], graph.cost_ds[order]
    first = np.r_[True, (np.diff(tails) != 0) | (np.diff(heads) != 0)] & (tails != heads)
    matrix = csr_array((np.maximum(cost[first], 1e-6), (tails[first], heads[first])), shape=(n, n))
    d = np.floor(dijkstra(matrix, indices=sources) + 1e-3)
    return np.where(d <= cutoff, d, np.inf)


@pytest.mark.shared
@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("kernel", ["bucket", "lanes"])
def test_real_graphs_same_as_scipy(network, mode, kernel):
    graph = network.modes[mode]
    usable = np.flatnonzero(graph.component >= 0)
    sources = np.random.default_rng(4).choice(usable, min(90, len(usable)), replace=False)
    for cutoff in (3_000, 45_000):
        indptr, nodes, ds = nodes_within(graph, sources, cutoff, kernel=kernel)
        got = np.full((len(sources), network.n_nodes), np.inf)
        got[np.repeat(np.arange(len(sources)), np.diff(indptr)), nodes] = ds
        assert np.array_equal(got, oracle(graph, sources, cutoff))


@pytest.mark.shared
def test_one_way_streets_bind_drivers_and_not_walkers(network, made):
    walk, drive = network.modes["walk"], network.modes["drive"]
    one_way = np.setdiff1d(drive.edge[drive.forward], drive.edge[~drive.forward])
    both_feet = np.intersect1d(walk.edge[walk.forward], walk.edge[~walk.forward])
    edges = np.intersect1d(one_way, both_feet)[:200]
    assert len(edges) > 20
    shorter = 0
    for edge in edges[:20]:
        start, end = made.points([edge], [0.8]), made.points([edge], [0.2])
        (on_foot,) = paths(network, start, end, to_ids=["back"], mode="walk", cutoff_min=600)
        assert on_foot.deciseconds > 0
        cars = [made.points([edge], [f], mode="drive") for f in (0.8, 0.2)]
        for by_car in paths(network, *cars, to_ids=["back"], mode="drive", cutoff_min=600):
            # Against the sign a car has to go round and comes in at the edge's start.
            assert len(by_car.edges) > 1
            assert by_car.forward[0]
            assert by_car.forward[-1]
        shorter += len(on_foot.edges) == 1
    assert shorter > 10


@pytest.mark.shared
def test_nobody_walks_on_a_motorway(network):
    motorways = [i for i, c in enumerate(network.highway_classes) if c == "motorway"]
    on = np.flatnonzero(np.isin(network.edge_highway, motorways))
    assert not np.isin(on, network.modes["walk"].edge).any()
    if len(on):
        assert np.isin(on, network.modes["drive"].edge).all()
