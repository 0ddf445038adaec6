from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod

from geodata.crs import STORAGE_CRS, project, unproject, working_crs
from geodata.errors import CrsError


@given(st.floats(-180, 180), st.floats(-80, 84))
def test_zone_is_the_one_the_point_lies_in(lon, lat):
    crs = CRS(working_crs(lon, lat))
    box = crs.area_of_use
    assert box.west - 1e-9 <= lon <= box.east + 1e-9 or lon == 180
    assert crs.axis_info[0].unit_name == "metre"


def test_one_zone_for_all_of_shanghai():
    lon, lat = np.meshgrid([120.85, 121.5, 122.2], [30.7, 31.9])
    crs = working_crs(lon.ravel(), lat.ravel())
    assert crs == working_crs(121.47, 31.23)
    x, y = project(lon.ravel(), lat.ravel(), crs)
    plane = np.hypot(np.diff(x), np.diff(y))
    ground = Geod(ellps="WGS84").inv(
        *(v[s] for s in (slice(None, -1), slice(1, None)) for v in (lon.ravel(), lat.ravel()))
    )[2]
    assert np.abs(plane / ground - 1).max() < 5e-4


def test_a_stray_point_does_not_move_the_zone():
    assert working_crs([121.4, 121.5, 121.6, 2.3], [31.2, 31.2, 31.3, 48.8]) == working_crs(
        121.5, 31.2
    )


@given(st.floats(118, 126), st.floats(-60, 60))
def test_there_and_back(lon, lat):
    crs = working_crs(lon, lat)
    back = unproject(*project(lon, lat, crs), crs)
    assert back[0] == pytest.approx(lon, abs=1e-9)
    assert back[1] == pytest.approx(lat, abs=1e-9)


@pytest.mark.parametrize(
    ("lon", "lat", "word"),
    [
        ([31.2], [121.5], "order"),
        ([354_000.0], [3_456_000.0], "order"),
        ([np.nan], [31.0], "no point"),
        ([], [], "no point"),
    ],
)
def test_coordinates_that_cannot_be(lon, lat, word):
    with pytest.raises(CrsError, match=word):
        working_crs(lon, lat)


def test_an_unknown_crs_is_said():
    with pytest.raises(CrsError, match="mars"):
        project([1.0], [2.0], "mars")


def test_no_other_crs_is_named_in_roads():
    root = Path(__file__).resolve().parents[2] / "geodata"
    files = [
        *root.glob("roads/**/*.py"),
        *root.glob("travel_time/**/*.py"),
        *root.glob("sources/remote/*.py"),
        root / "modes.py",
    ]
    assert len(files) > 15
    named = [f.name for f in files if re.search(r"EPSG:\d", f.read_text(encoding="utf-8"))]
    assert named == []
    assert STORAGE_CRS == "EPSG:4326"
