"""Chinese datums: known points, exact inverse, names, and what lies outside."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.datum import (
    DATUMS,
    bd09_to_gcj02,
    bd09_to_wgs84,
    datum_named,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from geodata.errors import CrsError

METRES_PER_DEGREE = 111_320.0


def metres(lon, lat, other_lon, other_lat):
    east = (np.asarray(other_lon) - lon) * np.cos(np.radians(lat))
    return np.hypot(east, np.asarray(other_lat) - lat) * METRES_PER_DEGREE


def test_shift_in_shanghai_is_the_published_one():
    lon, lat = wgs84_to_gcj02(121.4737, 31.2304)
    assert (round(float(lon), 5), round(float(lat), 5)) == (121.47822, 31.22846)
    grid_lon, grid_lat = np.meshgrid(np.linspace(121.1, 121.9, 40), np.linspace(30.8, 31.5, 40))
    shift = metres(grid_lon, grid_lat, *wgs84_to_gcj02(grid_lon, grid_lat))
    # practice.md: the mean shift in Shanghai is 476 m.
    assert 460 < shift.mean() < 495


def test_baidu_lies_about_a_kilometre_north_east():
    lon, lat = wgs84_to_bd09(121.47, 31.23)
    assert 950 < (lon - 121.47) * METRES_PER_DEGREE * np.cos(np.radians(31.23)) < 1150
    assert 350 < (lat - 31.23) * METRES_PER_DEGREE < 550


@pytest.mark.parametrize(
    ("forward", "back"),
    [
        (wgs84_to_gcj02, gcj02_to_wgs84),
        (gcj02_to_bd09, bd09_to_gcj02),
        (wgs84_to_bd09, bd09_to_wgs84),
    ],
)
@given(
    lon=st.lists(st.floats(73.0, 136.0), min_size=1, max_size=40),
    lat=st.floats(3.0, 54.0),
)
@settings(max_examples=60, deadline=None)
def test_inverse_is_exact_to_a_micrometre(forward, back, lon, lat):
    lon = np.array(lon)
    lat = np.full(len(lon), lat)
    found = back(*forward(lon, lat))
    assert metres(lon, lat, *found).max() < 1e-6


def test_inverse_holds_over_a_whole_grid_of_china():
    lon, lat = np.meshgrid(np.linspace(73, 136, 300), np.linspace(3, 54, 300))
    found = bd09_to_wgs84(*wgs84_to_bd09(lon, lat))
    assert metres(lon, lat, *found).max() < 1e-6


def test_outside_china_nothing_moves():
    lon, lat = wgs84_to_bd09([-8.61, 24.94], [41.15, 60.17])
    assert lon.tolist() == [-8.61, 24.94]
    assert lat.tolist() == [41.15, 60.17]


def test_missing_coordinates_stay_missing():
    lon, lat = to_wgs84([121.5, np.nan], [31.2, np.nan], "bd09")
    assert np.isfinite(lon[0])
    assert np.isnan(lon[1])
    assert np.isnan(lat[1])


def test_cgcs2000_is_taken_as_wgs84_and_is_a_copy():
    given_lon = np.array([121.5])
    lon, _lat = to_wgs84(given_lon, [31.2], "CGCS2000")
    assert lon.tolist() == [121.5]
    lon[0] = 0
    assert given_lon[0] == 121.5


def test_names_of_datums():
    assert [datum_named(name) for name in DATUMS] == list(DATUMS)
    assert datum_named(" 百度坐标 ") == "bd09"
    assert datum_named("高德") == "gcj02"
    assert datum_named("nobody's") is None


def test_unknown_datum_is_refused_with_what_to_do():
    with pytest.raises(CrsError, match=r"nobody") as caught:
        to_wgs84([121.5], [31.2], "nobody")
    assert "gcj02" in str(caught.value)
