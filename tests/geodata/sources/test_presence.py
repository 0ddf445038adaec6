"""Hourly presence by zone: the shapes it arrives in, what is refused, the real file."""

import json

import geopandas as gpd
import pytest
from shapely.geometry import box

from geodata.errors import EmptyLayerError, GeodataError, InputFormatError
from geodata.sources import presence, zones
from geodata.sources.presence import read_presence
from geodata.sources.zones import read_zones

from .conftest import write_xlsx

HOURS = [f"{hour}时" for hour in range(24)]
DAY = [0] * 8 + [10, 20, 20, 20, 15, 20, 20, 20, 20, 10] + [0] * 6


def test_a_wide_table_with_kinds_of_day(tmp_path):
    rows = [
        ["甲区", "工作日", *DAY],
        ["甲区", "周末", *[one / 2 for one in DAY]],
        ["乙区", "每天", *DAY],
        ["丙区", "工作日", *DAY[:20], None, None, None, None],
        ["丁区", "工作日", *[0] * 24],
        ["乙区", "周末", *DAY],
        ["戊区", "工作日", "很多", *DAY[1:]],
    ]
    path = write_xlsx(tmp_path / "p.xlsx", [["区域编号", "日期类型", *HOURS], *rows])
    read = read_presence(path, peak_share=0.9)
    assert read.record.adds_up
    assert read.record.rejected == {
        presence.HOURS_MISSING.text: 1,
        presence.NOBODY.text: 1,
        presence.TWICE.text: 1,
        presence.BAD_HOUR.text: 1,
    }
    keys = list(zip(read.frame["zone_id"], read.frame["day"], strict=True))
    assert keys == [
        ("乙区", "weekday"),
        ("乙区", "weekend"),
        ("甲区", "weekday"),
        ("甲区", "weekend"),
    ]
    # Shares are of the busiest hour, so half as many on every hour are the same profile.
    assert read.frame["h09"].tolist() == pytest.approx([0.9] * 4)
    assert read.frame["h08"].tolist() == pytest.approx([0.45] * 4)
    assert read.frame["rows"].sum() == read.record.kept


def test_a_long_table_is_the_same_as_a_wide_one(tmp_path):
    lines = ["zone,hour,count"] + [f"A,{hour}:00,{count}" for hour, count in enumerate(DAY)]
    lines += [f"B,{hour},{count}" for hour, count in enumerate(DAY[:5])]
    (tmp_path / "long.csv").write_text("\n".join(lines), encoding="utf-8")
    wide = write_xlsx(tmp_path / "w.xlsx", [["zone", *HOURS], ["A", *DAY]])
    long = read_presence(tmp_path / "long.csv", day="weekend")
    assert long.record.adds_up
    assert long.record.rejected == {presence.HOURS_MISSING.text: 5}
    assert (
        long.frame.iloc[0, :26].tolist()
        == read_presence(wide, day="weekend").frame.iloc[0, :26].tolist()
    )
    assert long.frame["rows"].tolist() == [24]


def test_a_json_of_series(tmp_path):
    path = tmp_path / "p.json"
    flat = [[hour, 5] for hour in range(24)]
    busy = [[hour, count] for hour, count in enumerate(DAY)]
    path.write_text(json.dumps({"1": [flat, busy], "2": [flat, busy[:3]]}), encoding="utf-8")
    assert set(read_presence(path).frame["h00"]) == {0.95}
    second = read_presence(path, series=2)
    assert second.frame["h09"].tolist() == [0.95]
    assert second.record.rejected == {presence.HOURS_MISSING.text: 1}
    for text in ('{"1": 3}', '{"1": [[[99, 1]]]}', "{", '{"1": [[["a", "b"]]]}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputFormatError, match="series"):
            read_presence(path)
    path.write_text(json.dumps({"1": [busy[:4]]}), encoding="utf-8")
    with pytest.raises(EmptyLayerError, match="24 hours"):
        read_presence(path)


def test_zones_and_their_faults(tmp_path):
    frame = gpd.GeoDataFrame(
        {"SIGN": [7, 8, 8, None], "note": "x"},
        geometry=[box(121, 31, 121.1, 31.1), box(121.1, 31, 121.2, 31.1), box(0, 0, 1, 1), None],
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / "z.gpkg")
    read = read_zones(tmp_path / "z.gpkg")
    assert read.record.adds_up
    assert read.frame["zone_id"].tolist() == ["7", "8"]
    assert read.record.rejected == {zones.REPEATED.text: 1, zones.NO_ID.text: 1}
    (tmp_path / "z.csv").write_text("zone_id\n7\n", encoding="utf-8")
    with pytest.raises(GeodataError, match="shapes"):
        read_zones(tmp_path / "z.csv")


def test_the_real_counts_of_shanghai(shared):
    read = read_presence(shared / "demand/hourcount.json", series=2)
    assert (read.record.rows_in, read.record.kept) == (437, 435)
    assert set(read.rejected["value"]) == {"311: 20 of 24", "279: 3 of 24"}
    drawn = read_zones(shared / "demand/taz447.geojson")
    assert len(drawn.frame) == 447
    assert read.frame["zone_id"].isin(drawn.frame["zone_id"]).all()
    # The second list peaks by day, the first at night (the data's README).
    night = read_presence(shared / "demand/hourcount.json", series=1).frame
    assert read.frame["h14"].mean() > read.frame["h03"].mean()
    assert night["h03"].mean() > night["h14"].mean()
