"""Positions of outdoor workers: times in many styles, cells and hours, and no person anywhere."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geodata.errors import GeodataError
from geodata.layers.placing import OUTSIDE
from geodata.layers.schemas import HOURS
from geodata.sources import Source, read_layers
from geodata.sources.outdoor import KIND_UNKNOWN, NO_POINT
from geodata.sources.samples import BAD_TIME, read_samples

from .conftest import HEADERS, row, write_xlsx

LON, LAT = 121.49, 31.235


def samples(folder, *rows, headers=("骑手编号", "时间", "经度", "纬度", "工种")):
    return write_xlsx(folder / "gps.xlsx", [headers, *rows])


@pytest.fixture
def city(tmp_path):
    """A register, one street_town and one premises."""
    area = box(LON - 0.05, LAT - 0.05, LON + 0.05, LAT + 0.05)
    towns = gpd.GeoDataFrame(
        {"代码": ["310101002"], "名称": ["外滩街道"], "区代码": ["310101"]},
        geometry=[area], crs="EPSG:4326",
    )  # fmt: skip
    towns.to_file(tmp_path / "b.gpkg", layer="street_towns")
    return {
        "register": write_xlsx(tmp_path / "r.xlsx", [HEADERS, row(1)]),
        "boundaries": tmp_path / "b.gpkg",
        "sites": write_xlsx(tmp_path / "s.xlsx", [["名称", "经度", "纬度"], ["甲厅", LON, LAT]]),
    }


def test_everybody_out_in_an_hour_counts_once(tmp_path):
    path = samples(
        tmp_path,
        ["R1", "2025-06-30 11:05", LON, LAT, "外卖骑手"],
        ["R1", "2025/6/30 11:35:10", LON + 0.01, LAT, "外卖骑手"],
        ["R2", "2025年6月30日 11时50分", LON, LAT, "外卖骑手"],
        ["R1", "2025-07-01 11:00", LON, LAT, "外卖骑手"],
        ["R3", "2025-06-30T04:10:00Z", LON, LAT, "环卫"],
        ["R3", 1751258000, LON, LAT, "环卫"],
        ["R4", "上午", LON, LAT, "环卫"],
        ["R4", "2025-07-01 11:00", None, None, "环卫"],
        ["R4", "2025-07-01 11:00", LON, LAT, "？"],
    )
    read = read_samples(path)
    assert read.record.adds_up
    assert read.record.rejected == {BAD_TIME.text: 1, NO_POINT.text: 1, KIND_UNKNOWN.text: 1}
    by_hour = read.frame.groupby(["kind", "hour"])["people"].sum()
    # Two riders on the first day and one on the second: one and a half on an average day.
    assert by_hour.loc[("courier", 11)] == pytest.approx(1.5)
    assert by_hour.loc[("cleaner", 12)] == pytest.approx(0.5)
    assert set(read.frame.columns) == {"kind", "hour", "people", "geometry", "source_row"}


def test_no_person_leaves_the_door(city, tmp_path):
    rows = [[f"SECRET{k}", "2025-06-30 11:05", LON + k / 1e3, LAT, "骑手"] for k in range(5)]
    rows += [["SECRET9", "2025-06-30 12:05", 0.5, LAT, "骑手"], ["SECRET8", "？", LON, LAT, "骑手"]]
    source = Source(samples(tmp_path, *rows), options={"cell_m": 100.0, "total": 50.0})
    layers = read_layers(**city, positions=[source])
    told = [layers.outdoor, layers.rejected, layers.repaired, layers.misplaced, *layers.records]
    assert not any(
        "SECRET" in str(one if not hasattr(one, "to_csv") else one.to_csv()) for one in told
    )
    record = layers.record("outdoor")
    assert record.adds_up
    assert (record.rows_in, record.kept) == (7, 5)
    assert record.rejected == {OUTSIDE.text: 1, BAD_TIME.text: 1}
    assert layers.outdoor["h11"].sum() == pytest.approx(50.0)
    assert any("scaled by 10" in note for note in record.notes)


def test_a_file_without_persons_and_one_of_hours_add_up(city, tmp_path):
    path = tmp_path / "gps.csv"
    frame = pd.DataFrame({"时间": ["2025-06-30 08:00"] * 40, "经度": LON, "纬度": LAT})
    frame.to_csv(path, index=False)
    counted = write_xlsx(
        tmp_path / "o.xlsx", [["编号", "工种", "经度", "纬度", "8时"], ["a", "司机", LON, LAT, 3]]
    )
    source = Source(path, options={"kind": "courier", "samples_an_hour": 4.0})
    layers = read_layers(**city, outdoor=[counted, counted], positions=[source])
    by_kind = layers.outdoor.groupby("kind")["h08"].sum()
    assert by_kind.to_dict() == {"courier": pytest.approx(10.0), "driver": 6.0}
    assert layers.outdoor["outdoor_id"].is_unique
    assert [one.rows_in for one in layers.records if one.layer == "outdoor"] == [1, 1, 40]
    with pytest.raises(GeodataError, match="kind"):
        read_samples(path)


def test_rows_in_another_order_give_the_same_cells(city, tmp_path):
    rng = np.random.default_rng(3)
    rows = [
        [f"R{k % 7}", f"2025-06-{1 + k % 3:02d} {k % 24:02d}:10", LON + x, LAT + y, "骑手"]
        for k, (x, y) in enumerate(rng.uniform(-0.02, 0.02, (200, 2)))
    ]
    first = read_layers(**city, positions=[Source(samples(tmp_path, *rows))]).outdoor
    second = read_layers(**city, positions=[Source(samples(tmp_path, *rows[::-1]))]).outdoor
    assert first["outdoor_id"].tolist() == second["outdoor_id"].tolist()
    np.testing.assert_allclose(first[list(HOURS)], second[list(HOURS)])
