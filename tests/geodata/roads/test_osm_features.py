from __future__ import annotations

import pytest
from road_worlds import at, write_osm

from geodata.crs import STORAGE_CRS
from geodata.errors import InputFormatError, InputMissingError, MissingColumnError
from geodata.roads import (
    basemap_lines,
    build_network,
    read_areas,
    read_buildings,
    read_lines,
    read_places,
    read_water_barriers,
    snap,
)
from geodata.roads.osm_file import osm_credit


@pytest.fixture
def quarter(tmp_path):
    nodes = {
        1: (*at(0, 0), {"shop": "bakery", "name": "Bread", "name:zh": "面包房"}),
        2: (*at(50, 0), {"amenity": "bench"}),
        3: (*at(80, 0), {"office": "no", "amenity": "bank", "name": "Bank"}),
    }
    corners = {10: (0, 0), 11: (40, 0), 12: (40, 20), 13: (0, 20)}
    corners |= {20: (100, 0), 21: (400, 0), 22: (400, 300), 23: (100, 300)}
    corners |= {30: (200, 100), 31: (300, 100), 32: (300, 200), 33: (200, 200)}
    nodes |= {ref: at(*spot) for ref, spot in corners.items()}
    ways = [
        (1, [10, 11, 12, 13, 10], {"building": "school", "amenity": "school", "name": "No. 1"}),
        (2, [20, 21, 22, 23, 20], {}),
        (3, [30, 31, 32, 33, 30], {}),
        (4, [10, 20, 22], {"waterway": "river", "name": "Lan"}),
        (5, [10, 11], {"highway": "residential"}),
        (6, [11, 20], {"highway": "footway"}),
        (7, [10, 11, 13, 10], {"building": "no"}),
    ]
    relations = [(9, [(2, "outer"), (3, "inner")], {"type": "multipolygon", "natural": "water"})]
    return write_osm(tmp_path / "quarter.osm", nodes, ways, relations)


def test_places_come_from_points_and_outlines(quarter):
    places = read_places(quarter)
    assert places[["osm_id", "key", "value", "name"]].to_numpy().tolist() == [
        ["node/1", "shop", "bakery", "面包房"],
        ["node/3", "amenity", "bank", "Bank"],
        ["way/1", "amenity", "school", "No. 1"],
    ]
    assert places.loc[2, ["lon", "lat"]].tolist() == pytest.approx(at(20, 10), abs=1e-6)
    assert len(read_places(quarter, named=False)) == 4
    assert read_places(quarter, keys=("shop",))["osm_id"].tolist() == ["node/1"]


def test_buildings(quarter):
    buildings = read_buildings(quarter)
    assert buildings["osm_id"].tolist() == ["way/1"]
    assert buildings.loc[0, "footprint_m2"] == pytest.approx(800, rel=0.01)


def test_areas_keep_their_holes(quarter):
    water = read_areas(quarter, ["water"])
    assert water.crs == STORAGE_CRS
    assert water["osm_id"].tolist() == ["relation/9"]
    plane = water.to_crs(water.estimate_utm_crs())
    assert plane.area.iloc[0] == pytest.approx(300 * 300 - 100 * 100, rel=0.01)
    assert len(read_areas(quarter, ["park"])) == 0


def test_lines(quarter):
    lines = read_lines(quarter, ["waterway", "road"])
    assert lines[["kind", "osm_id"]].to_numpy().tolist() == [
        ["road", "way/5"],
        ["road", "way/6"],
        ["waterway", "way/4"],
    ]


def test_a_river_of_the_file_stops_access(tmp_path):
    from geodata.crs import project

    nodes = {
        1: at(0, 0),
        2: at(400, 0),
        3: at(0, 40),
        4: at(400, 40),
        5: at(0, 140),
        6: at(400, 140),
    }
    nodes |= {7: at(0, -40), 8: at(400, -40)}
    ways = [
        (1, [1, 2], {"highway": "residential"}),
        (2, [3, 4], {"waterway": "river"}),
        (3, [5, 6], {"highway": "residential"}),
        (4, [1, 5], {"highway": "residential", "bridge": "yes"}),
        (5, [7, 8], {"waterway": "canal", "tunnel": "culvert"}),
        (6, [7, 8], {"waterway": "stream"}),
    ]
    file = write_osm(tmp_path / "river.osm", nodes, ways)
    network = build_network(file)
    walls = read_water_barriers(file, network.crs)
    assert len(walls) == 1
    x, y = project(*zip(at(200, 50), at(200, 10), at(200, -60), strict=True), network.crs)
    points = list(zip(x, y, strict=True))
    assert snap(points, network, "walk").distance_m == pytest.approx([50, 10, 60], rel=1e-2)
    got = snap(points, network, "walk", barriers=walls)
    assert got.distance_m == pytest.approx([90, 10, 60], rel=1e-2)
    assert got.passed_over_m[0] == pytest.approx(50, rel=1e-2)


def test_wrong_kinds_and_files(quarter, tmp_path):
    with pytest.raises(MissingColumnError, match="lava"):
        read_areas(quarter, ["lava"])
    with pytest.raises(InputMissingError):
        read_places(tmp_path / "none.osm")
    (tmp_path / "junk.osm.pbf").write_bytes(b"junk" * 100)
    with pytest.raises(InputFormatError):
        read_places(tmp_path / "junk.osm.pbf")


def test_basemap_has_the_classes_asked_for_in_their_order(quarter):
    network = build_network(quarter)
    lines = basemap_lines(network, ("footway", "residential"))
    assert lines["highway"].tolist() == ["footway", "residential"]
    assert lines.crs == network.crs
    assert lines.length.tolist() == pytest.approx(lines["length_m"].tolist(), rel=1e-3)
    assert len(basemap_lines(network, ())) == 0


def test_real_files_have_places(shared_roads):
    places = read_places(shared_roads / "Helsinki.osm.pbf")
    assert len(places) > 1_000
    assert places["osm_id"].is_unique
    assert places["lon"].between(24, 26).all()
    water = read_areas(shared_roads / "monaco.osm.gz", ["water", "park"])
    assert set(water["kind"]) == {"water", "park"}
    assert water.geometry.is_valid.mean() > 0.9


@pytest.mark.parametrize(
    ("generator", "owner", "licence"),
    [
        ("osmium/1.16", "© OpenStreetMap contributors", "ODbL 1.0"),
        ("planner sample", "虚构示例 invented (planner sample)", ""),
    ],
)
def test_made_up_roads_credit_nobody(tmp_path, generator, owner, licence):
    path = tmp_path / "roads.osm"
    path.write_text(f'<osm version="0.6" generator="{generator}"></osm>', encoding="utf-8")

    assert osm_credit(path) == (owner, licence)
