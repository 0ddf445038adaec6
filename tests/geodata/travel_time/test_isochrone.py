"""Service areas: valid, nested, and no larger or smaller than the streets say."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geodata.errors import InvalidRowsError
from geodata.travel_time import isochrones


@pytest.fixture(scope="module")
def grid(made):
    """A grid of 12 x 12 crossings 100 m apart; 750 ds a street, some one-way."""
    streets = []
    for node in range(144):
        if node % 12 < 11:
            streets.append((node, node + 1, 750, None if node % 5 == 0 else 750))
        if node < 132:
            streets.append((node, node + 12, 750, 750))
    return made.network(144, streets)


def test_valid_and_nested(made, grid):
    points = made.points([3, 100, 40], [0.3, 0.9, 0.0], status=[0, 0, 1])
    areas = isochrones(
        grid,
        points,
        from_ids=["a", "b", "c"],
        mode="walk",
        cutoffs_min=[6, 2, 4],
        smallest_hole_m2=500,
    )
    assert areas["from_id"].tolist() == [*"aaabbbccc"]
    assert areas["cutoff_min"].tolist() == [2.0, 4.0, 6.0] * 3
    assert areas.crs == grid.crs
    assert areas.geometry.is_valid.all()
    for name in "ab":
        small, middle, large = areas.geometry[areas["from_id"] == name]
        assert 0 < small.area < middle.area < large.area
        assert small.difference(middle).area < 1e-6
        assert middle.difference(large).area < 1e-6
    assert areas.geometry[areas["from_id"] == "c"].is_empty.all()


def test_the_edge_is_cut_where_the_cutoff_ends(made):
    street = made.network(2, [(0, 1, 1000, None)])
    (area,) = isochrones(
        street, made.points([0], [0.2]), from_ids=["a"], mode="walk", cutoffs_min=[0.5], buffer_m=10
    ).geometry
    # 300 of 1000 ds along a street of 100 m, one-way: from 20 m to 50 m, with a margin of 10 m.
    assert area.bounds == pytest.approx((10, -10, 60, 10))


def test_every_place_reached_is_in_and_no_other_street(made, grid):
    area = isochrones(
        grid,
        made.points([1], [0.0]),
        from_ids=["a"],
        mode="walk",
        cutoffs_min=[5],
        buffer_m=5,
        smallest_hole_m2=0,
    ).geometry[0]
    d = made.shortest(144, made.arcs(grid.modes["walk"]))[0]
    inside = shapely.contains_xy(area, grid.node_x, grid.node_y)
    assert inside[d <= 3000].all()
    assert not inside[d > 3000 + 75].any()
    assert (d > 3000 + 75).any()


def test_margin_and_cutoffs_are_checked(made, grid):
    points = made.points([0], [0.0])
    with pytest.raises(InvalidRowsError, match="margin"):
        isochrones(grid, points, from_ids=["a"], mode="walk", cutoffs_min=[5], buffer_m=0)
    with pytest.raises(InvalidRowsError, match="cutoff"):
        isochrones(grid, points, from_ids=["a"], mode="walk", cutoffs_min=[np.nan])
    assert len(isochrones(grid, points, from_ids=["a"], mode="walk", cutoffs_min=[])) == 0
