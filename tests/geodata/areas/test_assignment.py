"""Every point to one unit: inside, on a border, just outside, far away."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geodata.areas import unit_of
from geodata.errors import CrsError

CRS = "EPSG:32651"
UNITS = gpd.GeoDataFrame(
    {"unit_id": ["b", "a", "c"]},
    geometry=[box(10, 0, 20, 10), box(0, 0, 10, 10), box(30, 0, 40, 10)],
    crs=CRS,
)


def at(*xy):
    return gpd.GeoSeries([Point(p) for p in xy], crs=CRS)


def test_border_goes_to_the_smallest_id():
    assert list(unit_of(at((10, 5), (10, 10), (20, 3)), UNITS).unit_id) == ["a", "a", "b"]


def test_just_outside_goes_to_the_nearest_and_is_counted():
    found = unit_of(at((5, 5), (25, 5), (26, 5), (45, 5), (5, -7)), UNITS, near_m=5)
    assert list(found.how) == ["inside", "near", "near", "near", "outside"]
    assert list(found.unit_id)[:4] == ["a", "b", "c", "c"]  # 25 is as near to b as to c
    assert list(found.distance_m)[:4] == [0, 5, 4, 5]
    assert pd.isna(found.unit_id.iloc[4])


def test_empty_and_missing_points_are_outside():
    points = gpd.GeoSeries([Point(), None, Point(1, 1)], crs=CRS)
    assert list(unit_of(points, UNITS).how) == ["outside", "outside", "inside"]


def test_crs_must_agree():
    with pytest.raises(CrsError):
        unit_of(at((1, 1)).to_crs(4326), UNITS)
    with pytest.raises(CrsError):
        unit_of(at((1, 1)).to_crs(4326), UNITS.to_crs(4326))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 20)), min_size=1, max_size=30))
def test_like_a_loop_over_units(xy):
    ordered = UNITS.sort_values("unit_id")
    expected = []
    for p in xy:
        gaps = [g.distance(Point(p)) for g in ordered.geometry]
        expected.append(list(ordered.unit_id)[int(np.argmin(gaps))])
    assert list(unit_of(at(*xy), UNITS).unit_id) == expected
