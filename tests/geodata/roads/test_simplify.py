from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from road_worlds import float_matrix
from scipy.sparse.csgraph import dijkstra

from geodata.roads import rounding_error
from geodata.roads.costs import rounded_along_runs
from geodata.roads.hilbert import hilbert_order
from geodata.roads.simplify import chains


@st.composite
def segment_sets(draw):
    n = draw(st.integers(2, 14))
    node = st.integers(0, n - 1)
    pairs = draw(
        st.lists(st.tuples(node, node).filter(lambda p: p[0] != p[1]), min_size=1, max_size=22)
    )
    # many chains: a path through most nodes
    path = draw(st.permutations(range(n)))
    pairs += list(pairwise(path))[: draw(st.integers(0, n))]
    m = len(pairs)
    kinds = draw(st.lists(st.sampled_from([0, 0, 0, 1]), min_size=m, max_size=m))
    ways = draw(st.lists(st.sampled_from([3, 3, 3, 2, 1]), min_size=m, max_size=m))
    costs = draw(
        st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=m, max_size=m)
    )
    return n, np.array(pairs, np.int32), np.array(kinds), np.array(ways), np.array(costs, np.int64)


@settings(max_examples=120, deadline=None)
@given(segment_sets())
def test_chains_keep_every_travel_time(world):
    n, pairs, kind, way, cost = world
    a, b = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
    forward, backward = way & 1 > 0, way & 2 > 0
    along = kind * 4 + forward * 2 + backward
    against = kind * 4 + backward * 2 + forward
    ptr, segment, turned = chains(n, a, b, along, against)
    # every segment once
    assert sorted(segment.tolist()) == list(range(len(a)))
    tail, head = np.where(turned, b[segment], a[segment]), np.where(turned, a[segment], b[segment])
    for one, two in pairwise(ptr):
        assert two > one
        assert (head[one : two - 1] == tail[one + 1 : two]).all()
    ahead = np.where(turned, cost[segment, 1], cost[segment, 0])
    back = np.where(turned, cost[segment, 0], cost[segment, 1])
    open_ahead = np.where(turned, backward[segment], forward[segment])
    open_back = np.where(turned, forward[segment], backward[segment])
    first, last = ptr[:-1], ptr[1:] - 1
    for flags in (open_ahead, open_back):
        assert (np.minimum.reduceat(flags, first) == np.maximum.reduceat(flags, first)).all()
    u, v = tail[first], head[last]
    kept = np.unique(np.concatenate([u, v]))
    raw = dijkstra(
        float_matrix(n, np.r_[a[forward], b[backward]], np.r_[b[forward], a[backward]], np.r_[cost[forward, 0], cost[backward, 1]])
    )[np.ix_(kept, kept)]  # fmt: skip
    on, off = open_ahead[first], open_back[first]
    simple = dijkstra(
        float_matrix(
            n, np.r_[u[on], v[off]], np.r_[v[on], u[off]],
            np.r_[np.add.reduceat(ahead, first)[on], np.add.reduceat(back, first)[off]],
        )
    )[np.ix_(kept, kept)]  # fmt: skip
    assert np.array_equal(np.isfinite(raw), np.isfinite(simple))
    there = np.isfinite(raw)
    assert np.array_equal(np.rint(raw[there]), np.rint(simple[there]))
    # nothing that could be joined is left: a node kept with two ends differs on its sides, or carries a ring
    for node in kept:
        meets = np.flatnonzero((u == node) | (v == node))
        if len(meets) == 2 and not (u[meets] == v[meets]).any():
            one, two = (
                (kind[segment[first[e]]], on[e], off[e]) if v[e] == node else (kind[segment[first[e]]], off[e], on[e])
                for e in meets
            )  # fmt: skip
            assert one != (two[0], two[2], two[1])


def test_a_ring_keeps_one_node():
    a, b = np.array([0, 1, 2], np.int32), np.array([1, 2, 0], np.int32)
    label = np.zeros(3, np.int64)
    ptr, segment, turned = chains(3, a, b, label, label)
    assert ptr.tolist() == [0, 3]
    assert segment.tolist() == [0, 1, 2]
    assert not turned.any()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 3)), max_size=60))
def test_any_stretch_of_a_way_is_within_a_decisecond(values):
    values.sort(key=lambda pair: pair[1])
    exact = np.array([v for v, _ in values])
    run = np.array([r for _, r in values], np.int32)
    whole = rounded_along_runs(exact, run)
    assert (whole >= 0).all()
    for way in np.unique(run):
        sums = np.r_[0, np.cumsum(whole[run == way])] - np.r_[0, np.cumsum(exact[run == way])]
        assert np.abs(sums).max() <= 0.5 + 1e-6
        assert np.ptp(sums) <= 1.0 + 1e-6


def test_rounding_on_a_real_city(shared_roads):
    error = rounding_error(shared_roads / "Helsinki.osm.pbf", "walk", origins=20)
    assert error.pairs > 50_000
    assert error.mean_s < 0.25
    assert error.worst_s < 1.5
    assert abs(error.bias_s) < 0.05


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=80, unique=True
    )
)
def test_hilbert_order_is_a_permutation_that_the_order_of_input_does_not_change(spots):
    xy = np.array(spots, float)
    ids = np.arange(len(xy))
    order = hilbert_order(xy[:, 0], xy[:, 1], ids)
    assert sorted(order.tolist()) == ids.tolist()
    back = hilbert_order(xy[::-1, 0], xy[::-1, 1], ids[::-1])
    assert np.array_equal(ids[::-1][back], order)


def test_hilbert_neighbours_touch():
    side = 16
    x, y = (part.ravel().astype(float) for part in np.meshgrid(range(side), range(side)))
    order = hilbert_order(x, y, np.arange(side * side))
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert (steps == 1).mean() == pytest.approx(1.0)
