"""Premises, outdoor work, boundaries, refused rows as a workbook, and everything together."""

import importlib
import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from geodata.datum import wgs84_to_bd09
from geodata.errors import (
    CrsError,
    EmptyLayerError,
    GeodataError,
    InputMissingError,
    MissingColumnError,
)
from geodata.messages import set_language
from geodata.sources import (
    Source,
    boundaries,
    column_values,
    outdoor,
    read_boundaries,
    read_layers,
    read_outdoor,
    read_sites,
    sites,
    write_rejected,
)

from .conftest import HEADERS, row, write_xlsx

SITE_HEADERS = (
    "编号", "名称", "类型", "现有层级", "建筑面积（平方米）", "是否一层", "月租金", "意向", "可用日期", "开放时间", "经度", "纬度",
)  # fmt: skip


def test_sites_as_offices_write_them(tmp_path):
    rows = [
        ["A1", "外滩职工服务站", "工会阵地", "职工服务站", "１２０", "是", 0, "已签约", "2025年6月30日", "8:30-17:00", 121.49, 31.23],
        ["A2", "工商银行外滩支行", None, "户外职工爱心接力站", 60, "否", "1,500元", "洽谈中", "45838", "24小时", 121.49, 31.23],
        ["A2", "便民点", "？", "？", "很大", "？", -1, "？", "？", "？", 121.49, 31.23],
        ["A4", "无坐标", "学校", None, None, None, None, "不同意", None, None, None, None],
    ]  # fmt: skip
    read = read_sites(write_xlsx(tmp_path / "a.xlsx", [SITE_HEADERS, *rows]))
    assert read.record.adds_up
    frame = read.frame
    assert frame["site_id"].tolist() == ["A1", "A2", "A2-row-4"]
    assert frame["kind"].tolist() == ["union_station", "bank", "other_public"]
    assert frame["existing_tier"].fillna("").tolist() == ["station", "rest_station", ""]
    assert frame["floor_area_m2"].fillna(-1).tolist() == [120, 60, -1]
    assert frame["ground_floor"].tolist() == [True, False, pd.NA]
    assert frame["rent_yuan_month"].fillna(-1).tolist() == [0, 1500, -1]
    assert frame["consent"].tolist() == ["signed", "open", "open"]
    assert frame["available_from"].dt.strftime("%Y-%m-%d").fillna("").tolist() == [
        "2025-06-30",
        "2025-06-30",
        "",
    ]
    assert frame["opens"].fillna("").tolist() == ["08:30", "00:00", ""]
    assert frame["closes"].fillna("").tolist() == ["17:00", "24:00", ""]
    assert read.rejected["reason"].tolist() == [sites.NO_POINT.text]
    for reason in (
        sites.TIER_UNKNOWN,
        sites.CONSENT_UNKNOWN,
        column_values.DATE_UNKNOWN,
        column_values.FLAG_UNKNOWN,
        sites.KIND_UNKNOWN,
    ):
        assert read.record.repaired[reason.text] == 1
    assert read.record.repaired[column_values.NUMBER_UNUSABLE.text] == 2


def test_a_refused_site_stays_refused(tmp_path):
    header = ["名称", "意向", "经度", "纬度"]
    rows = [
        ["甲", word, 121.5, 31.2]
        for word in ("不同意", "拒绝", "未同意", "同意", "已同意", "待定", None)
    ]
    frame = read_sites(write_xlsx(tmp_path / "a.xlsx", [header, *rows])).frame
    assert frame["consent"].tolist() == [
        "refused",
        "refused",
        "open",
        "signed",
        "signed",
        "open",
        "open",
    ]


def test_outdoor_by_hour(tmp_path):
    header = ["编号", "工种", *(f"{hour}时" for hour in range(24)), "经度", "纬度"]
    people = [0.0] * 24
    rows = [
        ["W1", "外卖骑手", *people[:12], 5.5, *people[13:], 121.5, 31.2],
        ["W2", "环卫工人", *people[:4], "很多", *people[5:], 121.5, 31.2],
        ["W3", "宇航员", 1, *people[1:], 121.5, 31.2],
        ["W4", "司机", *people, 121.5, 31.2],
        ["W5", "网约车司机", 2, *[None] * 23, 121.5, 31.2],
        ["W6", "快递员", 2, *people[1:], None, None],
    ]
    read = read_outdoor(write_xlsx(tmp_path / "a.xlsx", [header, *rows]))
    assert read.record.adds_up
    assert read.frame["outdoor_id"].tolist() == ["W1", "W5"]
    assert read.frame["kind"].tolist() == ["courier", "driver"]
    assert read.frame["h12"].tolist() == [5.5, 0.0]
    assert read.rejected["reason"].tolist() == [
        outdoor.BAD_HOUR.text, outdoor.KIND_UNKNOWN.text, outdoor.NO_PEOPLE.text, outdoor.NO_POINT.text,
    ]  # fmt: skip
    with pytest.raises(MissingColumnError):
        read_outdoor(write_xlsx(tmp_path / "b.xlsx", [["工种", "经度", "纬度"], ["骑手", 121, 31]]))


BOWTIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def areas(**columns):
    shapes = [
        box(0, 0, 1, 1),
        BOWTIE,
        GeometryCollection([box(2, 0, 3, 1), LineString([(2, 0), (5, 5)])]),
        LineString([(0, 0), (1, 1)]),
        box(0, 0, 1, 1),
        box(4, 0, 5, 1),
    ]
    data = {"code": ["1", "2", "3", "4", "5", "1"], "name": list("甲乙丙丁戊己"), **columns}
    return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326")


def test_boundaries_are_repaired_and_counted(tmp_path):
    path = tmp_path / "区界.gpkg"
    areas().to_file(path, layer="区界")
    read = read_boundaries(path).boroughs
    assert read.record.adds_up
    assert read.frame["borough_id"].tolist() == ["1", "2", "3", "1-row-7"]
    assert (read.frame.geom_type == "MultiPolygon").all()
    assert read.frame.is_valid.all()
    assert shapely.area(read.frame.geometry.to_numpy()).tolist() == pytest.approx([1, 0.5, 1, 1])
    assert read.record.rejected == {boundaries.NO_AREA.text: 1, boundaries.REPEATED_AREA.text: 1}
    for reason in (boundaries.REPAIRED_SHAPE, boundaries.STRAY_PARTS, boundaries.REPEATED_ID):
        assert read.record.repaired[reason.text] == 1


def test_boundaries_in_one_file_or_several(tmp_path):
    frame = gpd.GeoDataFrame(
        {"code": ["1"], "name": ["甲"]}, geometry=[box(121, 31, 122, 32)], crs="EPSG:4326"
    )
    together = tmp_path / "all.gpkg"
    for layer in ("boroughs", "街镇", "units"):
        frame.to_file(together, layer=layer)
    read = read_boundaries(together)
    assert [part.record.layer for part in (read.boroughs, read.street_towns, read.units)] == [
        "boroughs",
        "street_towns",
        "units",
    ]
    alone = tmp_path / "towns.geojson"
    frame.to_file(alone)
    apart = read_boundaries(together, street_towns=alone)
    assert apart.street_towns.record.path == "towns.geojson"
    assert read_boundaries(alone, level="units").units.frame["unit_id"].tolist() == ["1"]
    assert read_boundaries(alone).street_towns.frame["name"].tolist() == ["甲"]


def test_boundaries_in_a_shifted_datum_and_in_a_grid(tmp_path):
    shape = box(121.4, 31.2, 121.5, 31.3)
    frame = gpd.GeoDataFrame({"code": ["1"], "name": ["甲"]}, geometry=[shape], crs="EPSG:4326")
    corners = np.column_stack(wgs84_to_bd09(*np.array(shape.exterior.coords).T))
    frame.set_geometry([Polygon(corners)], crs="EPSG:4326").to_file(
        tmp_path / "bd.gpkg", layer="boroughs"
    )
    read = read_boundaries(tmp_path / "bd.gpkg", datum="bd09").boroughs
    assert read.frame.geometry.iloc[0].symmetric_difference(shape).area < 1e-12
    frame.to_crs("EPSG:4549").to_file(tmp_path / "grid.gpkg", layer="boroughs")
    assert (
        read_boundaries(tmp_path / "grid.gpkg")
        .boroughs.frame.geometry.iloc[0]
        .symmetric_difference(shape)
        .area
        < 1e-9
    )
    frame.to_file(tmp_path / "none.shp")
    (tmp_path / "none.prj").unlink()
    with pytest.raises(CrsError, match="coordinate system"):
        read_boundaries(tmp_path / "none.shp")


def test_boundaries_in_a_zipped_shapefile(tmp_path):
    frame = gpd.GeoDataFrame(
        {"code": ["1"], "name": ["甲街道"]}, geometry=[box(121, 31, 122, 32)], crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "towns.shp", encoding="gb18030")
    packed = tmp_path / "towns.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in tmp_path.glob("towns.*"):
            if part != packed:
                archive.write(part, part.name)
    assert read_boundaries(packed, level="street_towns").street_towns.frame["name"].tolist() == [
        "甲街道"
    ]


def test_refused_rows_as_a_workbook_without_formulas(tmp_path):
    frame = pd.DataFrame({
        "layer": ["enterprises"] * 3, "source_row": [2, 3, 4], "column": ["职工人数"] * 3,
        "value": ["=1+1", "http://example.com", "x" * 40_000], "reason": ["the same code stands in an earlier row"] * 3,
        "suggested_fix": ["", "+1", "@x"],
    })  # fmt: skip
    path = tmp_path / "rejected.xlsx"
    write_rejected(path, frame)
    sheet = openpyxl.load_workbook(path).active
    cells = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert cells[1][:4] == ["enterprises", 2, "职工人数", "=1+1"]
    assert all(
        cell.data_type != "f" and cell.hyperlink is None
        for line in sheet.iter_rows()
        for cell in line
    )
    assert len(cells[3][3]) == 32_767
    assert len(cells) == 4
    set_language("en")


def sources(tmp_path):
    whole = box(121.4, 31.2, 121.6, 31.3)
    frame = gpd.GeoDataFrame(
        {"code": ["1"], "name": ["外滩街道"]}, geometry=[MultiPolygon([whole])], crs="EPSG:4326"
    )
    for layer in ("boroughs", "street_towns", "units"):
        frame.to_file(tmp_path / "b.gpkg", layer=layer)
    write_xlsx(tmp_path / "r.xlsx", [HEADERS, row(1), row(2, 经度=120)])
    write_xlsx(tmp_path / "s.xlsx", [["名称", "经度", "纬度"], ["甲", 121.5, 31.25]])
    return {
        "register": tmp_path / "r.xlsx",
        "boundaries": Source(tmp_path / "b.gpkg", owner="民政局"),
        "sites": str(tmp_path / "s.xlsx"),
    }


def test_everything_together(tmp_path):
    layers = read_layers(**sources(tmp_path))
    assert len(layers.enterprises) == 1
    assert [record.layer for record in layers.records] == [
        "enterprises",
        "boroughs",
        "street_towns",
        "units",
        "sites",
    ]
    assert layers.record("units").owner == "民政局"
    assert layers.rejected["source_row"].tolist() == [3]
    assert all(record.adds_up for record in layers.records)
    write_rejected(tmp_path / "rejected.xlsx", layers.rejected)


def test_every_fault_of_every_source_in_one_message(tmp_path):
    given = sources(tmp_path)
    write_xlsx(tmp_path / "s.xlsx", [["名称", "经度", "纬度"]])
    with pytest.raises(GeodataError) as caught:
        read_layers(**{**given, "register": tmp_path / "none.xlsx"})
    assert len(caught.value.faults) == 2
    with pytest.raises(InputMissingError):
        read_layers(**{**sources(tmp_path), "register": tmp_path / "none.xlsx"})
    write_xlsx(tmp_path / "s.xlsx", [["名称", "经度", "纬度"], ["甲", 0, 0]])
    with pytest.raises(EmptyLayerError, match="sites"):
        read_layers(**given)
    only = tmp_path / "only.gpkg"
    gpd.GeoDataFrame({"name": ["甲"]}, geometry=[box(121, 31, 122, 32)], crs="EPSG:4326").to_file(
        only, layer="boroughs"
    )
    with pytest.raises(GeodataError, match="street_towns"):
        read_layers(**{**sources(tmp_path), "boundaries": only})


def test_points_of_a_map_file_in_another_crs(tmp_path):
    frame = gpd.GeoDataFrame(
        {"name": ["甲"]}, geometry=[Point(121.5, 31.25)], crs="EPSG:4326"
    ).to_crs("EPSG:32651")
    frame.to_file(tmp_path / "s.gpkg")
    point = read_sites(tmp_path / "s.gpkg", kind="bank").frame.geometry.iloc[0]
    assert (point.x, point.y) == (pytest.approx(121.5, abs=1e-8), pytest.approx(31.25, abs=1e-8))


@pytest.mark.parametrize("name", ["geodata.sources", "geodata.layers"])
def test_everything_promised_is_there(name):
    package = importlib.import_module(name)
    for one in package.__all__:
        assert getattr(package, one) is not None
    with pytest.raises(AttributeError):
        _ = package.nothing_of_this_name
