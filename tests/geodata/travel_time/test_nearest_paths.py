"""Nearest facilities and trips with their way, against the pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.errors import InvalidRowsError
from geodata.travel_time import nearest, paths

CALM = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@CALM
@given(data=st.data())
def test_nearest_are_the_first_of_all(made, data):
    network = data.draw(made.networks())
    origins, destinations = data.draw(made.points_on(network)), data.draw(made.points_on(network))
    k, cutoff = data.draw(st.integers(1, 4)), data.draw(st.integers(0, 120))
    times = nearest(
        network, origins, destinations, from_ids=[f"o{i}" for i in range(len(origins.edge))],
        to_ids=[f"d{i}" for i in range(len(destinations.edge))], mode="walk", k=k, cutoff_min=cutoff / 600,
    )  # fmt: skip
    full = made.point_oracle(network, origins, destinations)
    for row in range(len(full)):
        order = sorted((d, j) for j, d in enumerate(full[row]) if d <= cutoff)[:k]
        part = slice(times.indptr[row], times.indptr[row + 1])
        got = list(zip(times.deciseconds[part].tolist(), times.indices[part].tolist(), strict=True))
        assert got == sorted(((int(d), j) for d, j in order), key=lambda pair: pair[1])


def test_at_least_one_is_asked_for(made):
    network = made.network(2, [(0, 1, 5, 5)])
    points = made.points([0], [0.5])
    with pytest.raises(InvalidRowsError, match="at least one"):
        nearest(
            network, points, points, from_ids=["a"], to_ids=["b"], mode="walk", k=0, cutoff_min=1
        )


def arc_cost(network, edge, forward):
    graph = network.modes["walk"]
    return min(graph.cost_ds[(graph.edge == edge) & (graph.forward == forward)])


def part_cost(network, edge, forward, begin, end):
    """Cost along an edge between two fractions, by the documented rounding."""
    cost = int(arc_cost(network, edge, forward))
    marks = [int(np.floor(cost * f + 0.5)) for f in (begin, end)]
    return marks[1] - marks[0] if forward else marks[0] - marks[1]


@CALM
@given(data=st.data())
def test_the_way_adds_up_to_the_time(made, data):
    network = data.draw(made.networks())
    origin = data.draw(made.points_on(network, max_points=1))
    destinations = data.draw(made.points_on(network))
    cutoff = data.draw(st.integers(0, 120))
    trips = paths(
        network, origin, destinations, to_ids=[str(i) for i in range(len(destinations.edge))],
        mode="walk", cutoff_min=cutoff / 600,
    )  # fmt: skip
    full = made.point_oracle(network, origin, destinations)[0]
    assert {t.to_id: t.deciseconds for t in trips} == {
        str(i): int(d) for i, d in enumerate(full) if d <= cutoff
    }
    for trip in trips:
        last = len(trip.edges) - 1
        total = int(origin.access_ds[0] + destinations.access_ds[int(trip.to_id)])
        at = None
        for k, (edge, forward) in enumerate(zip(trip.edges, trip.forward, strict=True)):
            begin = trip.start_fraction if k == 0 else (0.0 if forward else 1.0)
            end = trip.end_fraction if k == last else (1.0 if forward else 0.0)
            total += part_cost(network, edge, forward, begin, end)
            ends = (network.edge_u[edge], network.edge_v[edge])
            tail, head = ends if forward else ends[::-1]
            assert at is None or at == tail
            at = head
        assert total == trip.deciseconds
        line = trip.line(network)
        assert line.geom_type == "LineString"


def test_a_trip_is_drawn_from_point_to_point(made):
    network = made.network(4, [(0, 1, 100, 100), (1, 3, 100, 100)])
    (trip,) = paths(
        network,
        made.points([0], [0.25]),
        made.points([1], [0.5]),
        to_ids=["there"],
        mode="walk",
        cutoff_min=1,
    )
    assert trip.edges.tolist() == [0, 1]
    assert trip.deciseconds == 125
    assert np.array(trip.line(network).coords).tolist() == [[25, 0], [100, 0], [100, 50]]
