"""Every kernel against scipy, on graphs made to be awkward."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.travel_time import engine
from geodata.travel_time.bucket import UNREACHED, Arcs, queue_for, search
from geodata.travel_time.graphs import directed
from geodata.travel_time.matrix import point_searches, trip_links
from geodata.travel_time.nodes import count_nodes_within, nodes_within
from geodata.travel_time.rows import by_source, by_target

CALM = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
KERNELS = ("bucket", "lanes")


def dense(csr, shape):
    """Deciseconds as a matrix, inf where a pair is absent; columns must ascend."""
    indptr, indices, deciseconds = csr
    out = np.full(shape, np.inf)
    for row in range(shape[0]):
        part = slice(indptr[row], indptr[row + 1])
        assert (np.diff(indices[part]) > 0).all()
        out[row, indices[part]] = deciseconds[part]
    return out


def within(distances, cutoff):
    return np.where(distances <= cutoff, distances, np.inf)


@pytest.mark.parametrize("kernel", KERNELS)
@CALM
@given(data=st.data())
def test_nodes_same_as_scipy(made, kernel, data):
    network = data.draw(made.networks(max_nodes=25, max_streets=60))
    graph, n = network.modes["walk"], network.n_nodes
    reverse = data.draw(st.booleans())
    # Short cutoffs use 16-bit lanes, long ones 32-bit.
    cutoff = data.draw(st.one_of(st.integers(0, 150), st.just(40_000), st.just(70_000)))
    arcs = made.arcs(graph)
    if reverse:
        arcs = [(head, tail, cost) for tail, head, cost in arcs]
    expected = within(made.shortest(n, arcs), cutoff)
    sources = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=40))
    options = {"reverse": reverse, "kernel": kernel, "jobs": data.draw(st.integers(1, 2))}
    got = dense(nodes_within(graph, sources, cutoff, **options), (len(sources), n))
    assert np.array_equal(got, expected[sources])
    counts = count_nodes_within(graph, sources, cutoff, **options)
    assert counts.tolist() == np.isfinite(expected[sources]).sum(axis=1).tolist()
    weights = np.arange(n, dtype=np.int64) * 10
    sums = count_nodes_within(graph, sources, cutoff, weights=weights, **options)
    assert sums.tolist() == (np.isfinite(expected[sources]) @ weights).tolist()


@pytest.mark.parametrize("kernel", KERNELS)
@CALM
@given(data=st.data())
def test_points_same_as_scipy(made, kernel, data):
    network = data.draw(made.networks())
    origins = data.draw(made.points_on(network, max_points=20))
    destinations = data.draw(made.points_on(network, max_points=20))
    cutoff = data.draw(st.integers(0, 120))
    reverse = data.draw(st.booleans())
    expected = within(made.point_oracle(network, origins, destinations), cutoff)
    graph = network.modes["walk"]
    start, end = trip_links(network, graph, origins, destinations)
    sides = (end, start) if reverse else (start, end)

    def searches(**more):
        return point_searches(
            graph, *sides, n_edges=network.n_edges, cutoff_ds=cutoff, reverse=reverse,
            kernel=kernel, jobs=2, **more,
        )  # fmt: skip

    shape = (len(start), len(end))
    csr = by_target(searches(), *shape) if reverse else by_source(searches(), shape[0])
    assert np.array_equal(dense(csr, shape), expected)
    reached = np.isfinite(expected.T if reverse else expected)
    assert searches().sums().tolist() == reached.sum(axis=1).tolist()
    assert searches().target_counts(reached.shape[1]).tolist() == reached.sum(axis=0).tolist()


@pytest.fixture(scope="module")
def city(made):
    """A jittered grid of 900 crossings with one-way streets, and points on it."""
    rng = np.random.default_rng(5)
    streets = []
    for node in range(900):
        for other in (node + 1 if node % 30 < 29 else -1, node + 30 if node < 870 else -1):
            if other >= 0 and rng.random() > 0.1:
                cost = int(rng.integers(200, 900))
                streets.append((node, other, cost, None if rng.random() < 0.2 else cost))
    network = made.network(900, streets)

    def points(n):
        return made.points(rng.integers(0, len(streets), n), rng.random(n), rng.integers(0, 90, n))

    return network, points(700), points(300)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("reverse", [False, True])
def test_small_windows_change_nothing(city, kernel, reverse, monkeypatch):
    network, origins, destinations = city
    graph = network.modes["walk"]
    start, end = trip_links(network, graph, origins, destinations)
    sides = (end, start) if reverse else (start, end)

    def pairs():
        searches = point_searches(
            graph, *sides, n_edges=network.n_edges, cutoff_ds=3000, reverse=reverse, kernel=kernel
        )
        if reverse:
            return by_target(searches, len(start), len(end))
        return by_source(searches, len(start))

    whole = pairs()
    monkeypatch.setattr(engine, "WINDOW_PAIRS", 100)
    monkeypatch.setattr(engine, "BLOCK", 32)
    for a, b in zip(whole, pairs(), strict=True):
        assert np.array_equal(a, b)


def test_kernels_and_jobs_agree_and_triangles_hold(city):
    network, *_ = city
    graph = network.modes["walk"]
    everything = np.arange(network.n_nodes)
    results = [
        dense(nodes_within(graph, everything, 4000, kernel=kernel, jobs=jobs), (900, 900))
        for kernel in KERNELS
        for jobs in (1, 3)
    ]
    for other in results[1:]:
        assert np.array_equal(results[0], other)
    d = results[0]
    via = np.random.default_rng(0).integers(0, 900, 40)
    for middle in via:
        assert (
            d
            <= np.where(d[:, [middle]] + d[[middle]] <= 4000, d[:, [middle]] + d[[middle]], np.inf)
        ).all()


def test_a_larger_cutoff_never_loses_a_pair(city):
    network, *_ = city
    graph = network.modes["walk"]
    sources = np.arange(0, 900, 7)
    shape = (len(sources), 900)
    nearer = dense(nodes_within(graph, sources, 1500), shape)
    further = dense(nodes_within(graph, sources, 3000), shape)
    reached = np.isfinite(nearer)
    assert reached.any()
    assert (nearer[reached] == further[reached]).all()
    assert (further[~reached] > 1500).all()


def test_the_engine_layers_a_graph_only_when_that_pays(city):
    network, *_ = city
    graph = replace(network.modes["walk"])  # nothing prepared yet
    many = engine.Searches(
        directed(graph, reverse=False),
        np.arange(900, dtype=np.int32)[:, None].repeat(20, 0), np.zeros((18_000, 1), np.int32), 4000,
    )  # fmt: skip
    list(many.windows())
    assert many.kernel == "lanes"
    few = engine.Searches(
        directed(graph, reverse=True), np.arange(70, dtype=np.int32)[:, None],
        np.zeros((70, 1), np.int32), 300,
    )  # fmt: skip
    list(few.windows())
    assert few.kernel == "bucket"


def _line() -> Arcs:
    """Three nodes in a row, 10 deciseconds apart, and a dearer way straight from the first to the last."""
    return Arcs(
        np.array([0, 2, 3, 3]), np.array([2, 1, 2], np.int32), np.array([25, 10, 10], np.int32)
    )


def test_a_node_that_comes_nearer_is_settled_once_at_its_best():
    queue = queue_for(_line(), 40, most_seeds=4)
    # The first node is given again dearer, cheaper and the same.
    node, cost = np.zeros(4, np.int32), np.array([7, 9, 5, 5], np.int32)
    for _ in range(2):
        settled = search(_line(), queue, node, cost, 40)
        assert queue.order[:settled].tolist() == [0, 1, 2]
        assert queue.distance.tolist() == [5, 15, 25]
        queue.distance[:] = UNREACHED


def test_more_seeds_than_the_queue_was_made_for_are_refused():
    queue = queue_for(_line(), 40, most_seeds=1)
    seeds = np.zeros(2, np.int32)
    with pytest.raises(ValueError, match="fewer seeds"):
        search(_line(), queue, seeds, seeds, 40)
