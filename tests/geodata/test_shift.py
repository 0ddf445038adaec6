"""A wrongly declared datum is noticed and named, and a right one is left in peace."""

import itertools

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import MultiPolygon, box

from geodata.datum import DATUMS, to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from geodata.layers.shift import FEWEST_POINTS, likely_datum, shift_in_area

FORWARD = {
    "wgs84": lambda lon, lat: (lon, lat),
    "gcj02": wgs84_to_gcj02,
    "bd09": wgs84_to_bd09,
}


@pytest.fixture(scope="module")
def city():
    """Four street_towns of two kilometres and a point register that names them rightly."""
    rng = np.random.default_rng(5)
    edges = np.linspace(121.40, 121.48, 5)
    cells = [MultiPolygon([box(a, 31.20, b, 31.22)]) for a, b in itertools.pairwise(edges)]
    towns = gpd.GeoDataFrame(
        {
            "street_town_id": list("abcd"),
            "name": [f"{name}街道" for name in ("外滩", "豫园", "打浦", "半淞")],
        },
        geometry=cells,
        crs="EPSG:4326",
    ).to_crs("EPSG:32651")
    lon, lat = rng.uniform(121.401, 121.479, 800), rng.uniform(31.201, 31.219, 800)
    return towns, lon, lat, np.minimum((lon - 121.40) // 0.02, 3).astype(np.int64)


@pytest.mark.parametrize("declared", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("true", ["wgs84", "gcj02", "bd09"])
def test_the_true_datum_is_named(city, declared, true):
    towns, lon, lat, named = city
    read = to_wgs84(*FORWARD[true](lon, lat), declared)
    points = gpd.GeoSeries.from_xy(*read, crs="EPSG:4326")
    shift = shift_in_area(points, named, towns, declared)
    assert shift.likely == true
    assert shift.looks_shifted == (declared != true)
    assert shift.likely_share > 0.98
    assert bool(shift.sentence()) == shift.looks_shifted
    if shift.looks_shifted:
        assert f'"{true}"' in shift.sentence()


def test_random_errors_are_no_shift(city):
    towns, lon, lat, named = city
    wrong = named.copy()
    wrong[::5] = (wrong[::5] + 1) % 4
    points = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4326")
    assert not shift_in_area(points, wrong, towns, "wgs84").looks_shifted


def test_few_points_say_nothing(city):
    towns, lon, lat, named = city
    few = slice(0, FEWEST_POINTS - 1)
    points = gpd.GeoSeries.from_xy(*wgs84_to_bd09(lon[few], lat[few]), crs="EPSG:4326")
    assert not shift_in_area(points, named[few], towns, "wgs84").looks_shifted
    nothing = gpd.GeoSeries([None, None], crs="EPSG:4326")
    assert shift_in_area(nothing, named[:2], towns, "wgs84").points == 0


def test_cgcs2000_counts_as_wgs84():
    lon, lat = np.full(40, 121.5), np.full(40, 31.2)
    assert "cgcs2000" in DATUMS
    shift = likely_datum(lon, lat, "cgcs2000", lambda _lon, _lat: 1.0)
    assert not shift.looks_shifted
