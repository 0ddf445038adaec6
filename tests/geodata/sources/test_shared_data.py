"""Real files, read with the figures of their README; Baidu's stores land on the streets they are named after."""

import re
import xml.etree.ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata.layers.divisions import Divisions
from geodata.layers.gazetteer import Gazetteer
from geodata.layers.parents import containing
from geodata.sources import read_boundaries, read_sites
from geodata.sources.divisions import read_divisions

pytestmark = pytest.mark.shared


def test_boroughs_of_shanghai(shared):
    read = read_boundaries(shared / "boundaries" / "shanghai-district-boundaries.geojson").boroughs
    assert len(read.frame) == 16
    assert read.record.adds_up
    assert "黄浦区" in set(read.frame["name"])
    area = read.frame.to_crs("EPSG:32651").area.sum() / 1e6
    assert 6000 < area < 9000


def test_traffic_zones_of_shanghai(shared):
    read = read_boundaries(
        shared / "demand" / "taz447.geojson", level="units", columns={"unit_id": "SIGN"}
    ).units
    assert read.record.rows_in == 447
    assert read.record.adds_up
    assert read.frame["unit_id"].is_unique
    assert (read.frame.geom_type == "MultiPolygon").all()
    assert read.frame.to_crs("EPSG:32651").area.sum() / 1e6 == pytest.approx(6831, rel=0.01)


def test_schools_lie_in_the_borough_they_name(shared):
    read = read_sites(shared / "candidates" / "shanghai_school.csv")
    assert read.record.adds_up
    assert set(read.frame["kind"]) == {"school"}
    boroughs = read_boundaries(
        shared / "boundaries" / "shanghai-district-boundaries.geojson"
    ).boroughs.frame
    found = containing(read.frame.geometry.to_numpy(), boroughs.geometry.to_numpy())
    assert (found >= 0).mean() > 0.97


@pytest.fixture
def streets(shared):
    """Named streets around People's Square, in metres."""
    root = ET.parse(shared / "roads" / "lllllf_shanghai.osm").getroot()
    nodes = {
        node.get("id"): (float(node.get("lon")), float(node.get("lat")))
        for node in root.iter("node")
    }
    lines: dict[str, list] = {}
    for way in root.iter("way"):
        tags = {tag.get("k"): tag.get("v") for tag in way.iter("tag")}
        points = [nodes[ref.get("ref")] for ref in way.iter("nd") if ref.get("ref") in nodes]
        if "highway" in tags and "name" in tags and len(points) > 1:
            lines.setdefault(tags["name"].split(" ")[0], []).append(shapely.linestrings(points))
    merged = gpd.GeoSeries(
        {name: shapely.union_all(parts) for name, parts in lines.items()}, crs="EPSG:4326"
    )
    return merged.to_crs("EPSG:32651")


def named_distances(read, streets):
    """Metres from each store to the street in its name, for stores and streets of one neighbourhood."""
    points = read.frame.geometry.to_crs("EPSG:32651")
    near = shapely.box(*streets.total_bounds).buffer(600)
    distances = []
    for name, point in zip(read.frame["name"], points, strict=True):
        branch = re.search(r"\(([^()]+?)店\)", name)
        street = branch[1] if branch else ""
        if street in streets.index and near.contains(point):
            distances.append(streets[street].distance(point))
    return np.array(distances)


def test_brand_stores_land_on_their_streets(shared, streets):
    path = shared / "candidates" / "brand_stores.csv"
    read = read_sites(path, datum="bd09")
    assert read.record.rows_in == read.record.kept == 1293
    # README: BD-09 lies 1,050 m east and 442 m north of WGS 84 (median).
    raw = read_sites(path)
    metres = [one.frame.geometry.to_crs("EPSG:32651") for one in (raw, read)]
    assert np.median(metres[0].x - metres[1].x) == pytest.approx(1050, abs=25)
    assert np.median(metres[0].y - metres[1].y) == pytest.approx(442, abs=25)
    right, wrong = named_distances(read, streets), named_distances(raw, streets)
    assert len(right) >= 5
    assert np.median(right) < 60
    assert np.median(wrong) > 3 * np.median(right)


@pytest.mark.parametrize(
    ("name", "count", "length"),
    [("shanghai_streets.csv", 234, 9), ("shanghai_villages.csv", 6509, 12)],
)
def test_codes_of_shanghai_are_a_code_table(shared, name, count, length):
    read = read_divisions(shared / "boundaries" / name)
    assert read.record.rows_in == read.record.kept == count
    assert read.record.adds_up
    assert set(read.frame["code"].str.len()) == {length}


def test_an_old_name_is_found_through_the_codes_of_shanghai(shared):
    """The whole table beside one town's boundary: only its own codes and names lead to it."""
    read = read_divisions(shared / "boundaries" / "shanghai_streets.csv")
    index = Gazetteer(["310101013"], ["外滩街道"], None, Divisions(read.frame))
    places, former = index.by_name(
        pd.Series(["外滩街道", "外滩", "南京东路街道", "310101013000"], dtype="str")
    )
    assert places.tolist() == [0, 0, -1, 0]
    assert not former.any()


def test_metro_stations(shared):
    read = read_sites(
        shared / "boundaries" / "shanghai-metro-stations.geojson",
        kind="other_public",
        columns={"name": "name_zh"},
    )
    assert read.record.rows_in == 408
    assert read.record.adds_up
