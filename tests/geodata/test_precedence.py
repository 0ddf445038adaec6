"""Where a development zone and streets claim the same ground, one keeps it, and the report says so."""

import geopandas as gpd
import pytest
from shapely import box

from geodata.layers.levels import settle_street_towns
from geodata.sources import read_boundaries


def read(tmp_path, rank=None):
    frame = gpd.GeoDataFrame(
        {"street_town_id": ["1", "2", "3"], "name": ["东街道", "张江开发区", "西街道"]},
        geometry=[box(0, 0, 0.02, 0.02), box(0.01, 0, 0.03, 0.01), box(0.012, 0.002, 0.02, 0.008)],
        crs=4326,
    )
    if rank is not None:
        frame["rank"] = rank
    path = tmp_path / "areas.gpkg"
    frame.to_file(path, layer="street_towns")
    return read_boundaries(path).street_towns


def settled(tmp_path, rank=None):
    _boroughs, towns = settle_street_towns(read(tmp_path, rank), None, "EPSG:32631")
    return towns


def test_a_development_zone_keeps_its_ground(tmp_path):
    towns = settled(tmp_path)
    area = towns.frame.set_index("street_town_id").area
    whole = read(tmp_path).frame.to_crs("EPSG:32631").set_index("street_town_id").area
    assert area["2"] == pytest.approx(whole["2"])
    assert area["1"] == pytest.approx(whole["1"] * 0.75, rel=1e-3)
    assert "3" not in area  # wholly under the zone
    assert towns.record.rows_in == towns.record.kept + towns.record.rejected_rows
    assert list(towns.repaired["reason"]) == [
        "the street_town overlapped one that goes first and was cut"
    ]
    assert list(towns.rejected["reason"]) == ["street_towns that go first take all of its ground"]
    shapes = towns.frame.geometry
    assert shapes.iloc[0].intersection(shapes.iloc[1]).area < 1


def test_a_rank_says_otherwise(tmp_path):
    towns = settled(tmp_path, rank=[1, 2, 0])
    area = towns.frame.set_index("street_town_id").area
    whole = read(tmp_path).frame.to_crs("EPSG:32631").set_index("street_town_id").area
    assert area["3"] == pytest.approx(whole["3"])
    assert area["1"] == pytest.approx(whole["1"] - whole["3"], rel=1e-6)
    assert area["2"] < whole["2"]
    assert area.sum() == pytest.approx(read(tmp_path).frame.to_crs("EPSG:32631").union_all().area)
