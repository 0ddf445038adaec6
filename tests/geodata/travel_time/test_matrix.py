"""Pairs of points against scipy on networks cut at every point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.errors import InvalidRowsError, NetworkError
from geodata.travel_time import travel_times

CALM = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def dense(times):
    """Deciseconds as a matrix, inf where a pair is absent."""
    out = np.full((len(times.from_ids), len(times.to_ids)), np.inf)
    rows = np.repeat(np.arange(len(times.from_ids)), np.diff(times.indptr))
    out[rows, times.indices] = times.deciseconds
    return out


def run(network, origins, destinations, cutoff_ds, **more):
    return travel_times(
        network, origins, destinations,
        from_ids=[f"o{i}" for i in range(len(origins.edge))],
        to_ids=[f"d{i}" for i in range(len(destinations.edge))],
        mode="walk", cutoff_min=cutoff_ds / 600, **more,
    )  # fmt: skip


@CALM
@given(data=st.data())
def test_same_as_scipy(made, data):
    network = data.draw(made.networks())
    origins, destinations = data.draw(made.points_on(network)), data.draw(made.points_on(network))
    cutoff = data.draw(st.integers(0, 120))
    expected = made.point_oracle(network, origins, destinations)
    expected[expected > cutoff] = np.inf
    times = run(network, origins, destinations, cutoff, jobs=data.draw(st.integers(1, 3)))
    assert np.array_equal(dense(times), expected)
    for row in range(len(times.from_ids)):
        assert (np.diff(times.indices[times.indptr[row] : times.indptr[row + 1]]) > 0).all()


@pytest.fixture
def line(made):
    """Three nodes in a row; the second street is one-way."""
    return made.network(3, [(0, 1, 100, 100), (1, 2, 60, None)])


def test_exactly_at_the_cutoff_is_in(made, line):
    there = run(line, made.points([0], [0.0]), made.points([1], [1.0]), 160)
    assert there.deciseconds.tolist() == [160]
    assert run(line, made.points([0], [0.0]), made.points([1], [1.0]), 159).n_pairs == 0


def test_parts_of_an_edge_round_half_up_and_add_up(made, line):
    origins = made.points([0], [0.0])
    middle = made.points([0, 1], [0.125, 0.5])
    assert run(line, origins, middle, 1000).deciseconds.tolist() == [13, 130]


def test_one_way_is_kept_on_one_edge(made, line):
    early, late = made.points([1], [0.25]), made.points([1], [0.75])
    assert run(line, early, late, 1000).deciseconds.tolist() == [30]
    assert run(line, late, early, 1000).n_pairs == 0


def test_points_that_are_not_usable_reach_nothing(made, line):
    origins = made.points([0, -1], [0.5, np.nan], status=[2, 1])
    assert run(line, origins, made.points([0], [0.5]), 1000).n_pairs == 0


def test_access_counts_at_both_ends(made, line):
    times = run(line, made.points([0], [0.5], [7]), made.points([0], [0.5], [5]), 1000)
    assert times.deciseconds.tolist() == [12]


def test_long_cutoffs_need_wider_integers(made):
    network = made.network(2, [(0, 1, 70_000, 70_000)])
    times = run(network, made.points([0], [0.0]), made.points([0], [1.0]), 72_000)
    assert times.deciseconds.tolist() == [70_000]
    assert times.deciseconds.dtype == np.int32


def test_bad_input_is_refused(made, line):
    points = made.points([0], [0.5])
    with pytest.raises(NetworkError, match="drive"):
        travel_times(line, points, points, from_ids=["a"], to_ids=["b"], mode="drive", cutoff_min=5)
    with pytest.raises(InvalidRowsError, match="2 ids for 1 points"):
        travel_times(
            line, points, points, from_ids=["a", "b"], to_ids=["b"], mode="walk", cutoff_min=5
        )
    two = made.points([0, 0], [0.5, 0.5])
    with pytest.raises(InvalidRowsError, match="more than once"):
        travel_times(
            line, two, points, from_ids=["a", "a"], to_ids=["b"], mode="walk", cutoff_min=5
        )
    for cutoff in (-1, np.nan, np.inf):
        with pytest.raises(InvalidRowsError, match="cutoff"):
            run(line, points, points, cutoff)
    with pytest.raises(InvalidRowsError, match="snapped for bicycle"):
        run(line, replace(points, mode="bicycle"), points, 10)
    with pytest.raises(InvalidRowsError, match="network does not have"):
        run(line, made.points([9], [0.5]), points, 10)
    with pytest.raises(InvalidRowsError, match="fractions"):
        run(line, made.points([0], [np.nan]), points, 10)
