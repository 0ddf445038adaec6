"""Dasymetric spreading: nobody is made or lost, weights decide, what finds no target stays."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.density.spread import Targets, building_targets, road_targets, spacing_m, spread

CRS = "EPSG:32651"


def sources(workers, shapes):
    ids = [f"s{k}" for k in range(len(workers))]
    return gpd.GeoDataFrame({"density_id": ids, "workers": np.asarray(workers, float)}, geometry=shapes, crs=CRS)  # fmt: skip


def targets(xy, weights, how="building"):
    return Targets(how, np.asarray(xy, float).reshape(-1, 2), np.asarray(weights, float))


def test_floor_area_decides_within_a_zone():
    zones = sources([90, 10], [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    found = spread(zones, [targets([(1, 1), (2, 2), (50, 50)], [1, 2, 9])])
    assert found["density_id"].tolist() == ["s0", "s0", "s1"]
    assert found["workers"].tolist() == pytest.approx([30, 60, 10])
    assert found["how"].tolist() == ["building", "building", "source"]
    assert found.geometry.iloc[2].within(zones.geometry.iloc[1])


def test_a_point_takes_the_buildings_nearest_to_it_and_none_far_away():
    grid = sources([8, 4], [shapely.Point(0, 0), shapely.Point(100, 0)])
    found = spread(grid, [targets([(40, 0), (60, 0), (-70, 0), (100, 80)], [1, 1, 3, 1])])
    assert spacing_m(np.array([[0, 0], [100, 0]])) == 100
    assert found["workers"].tolist() == pytest.approx([2, 6, 4])
    assert shapely.get_x(found.geometry.to_numpy()).tolist() == [40, -70, 60]


def test_roads_take_what_has_no_building():
    zones = sources([5, 7], [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    roads = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 5), (20, 5)])], crs=CRS)
    found = spread(zones, [targets([(1, 1)], [1]), road_targets(roads, 5.0)])
    assert found["how"].tolist() == ["building", "road", "road"]
    assert found["workers"].tolist() == pytest.approx([5, 3.5, 3.5])


def test_road_targets_carry_the_whole_length():
    roads = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (120, 0)]), shapely.LineString([(0, 9), (10, 9)])], crs=CRS)  # fmt: skip
    found = road_targets(roads, 50.0)
    assert len(found.weights) == 4
    assert found.weights.sum() == pytest.approx(130)
    assert found.xy[0].tolist() == [20, 0]


def test_a_building_without_area_takes_nobody():
    houses = gpd.GeoDataFrame({"floor_area_m2": [0.0, np.nan, 5.0]}, geometry=gpd.points_from_xy([1, 2, 3], [1, 1, 1]), crs=CRS)  # fmt: skip
    found = spread(sources([9], [shapely.box(0, 0, 10, 10)]), [building_targets(houses)])
    assert found["workers"].tolist() == [9]
    assert found.geometry.x.tolist() == [3]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_nobody_is_made_or_lost(seed, points):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 12), rng.integers(0, 40)
    xy = rng.uniform(0, 100, (n, 2))
    shapes = shapely.points(xy) if points else shapely.buffer(shapely.points(xy), rng.uniform(1, 30, n))  # fmt: skip
    density = sources(rng.uniform(0, 500, n), shapes)
    found = spread(density, [targets(rng.uniform(0, 100, (m, 2)), rng.uniform(0, 9, m) * (rng.random(m) > 0.2))])  # fmt: skip
    got = found.groupby("density_id")["workers"].sum()
    assert got.loc[density["density_id"]].tolist() == pytest.approx(density["workers"].tolist())
    assert (found["workers"] >= 0).all()
