"""The book of premises: read, found again by id, name and place, laid over this year's lists, nothing lost."""

import geopandas as gpd
import pytest
from shapely.geometry import box

from geodata.layers.premises_book import NO_PREMISES, OTHERWISE, REFUSED_IN_LIST, SAID_TWICE
from geodata.sources import read_layers, read_premises_book
from geodata.sources.premises_book import NOBODY_KNOWN, VETO_UNKNOWN, VETO_UNSIGNED

from .conftest import HEADERS, row, write_xlsx

LIST = ("编号", "名称", "类型", "建筑面积", "意向", "可用日期", "月租金", "经度", "纬度")
BOOK = (
    "编号", "名称", "经度", "纬度", "同意情况", "可用日期", "月租金", "否决", "决定人", "理由", "填报日期", "租期至",
)  # fmt: skip
LON, LAT = 121.49, 31.235


@pytest.fixture
def city(tmp_path):
    """A register, one street_town and three premises."""
    area = box(LON - 0.05, LAT - 0.05, LON + 0.05, LAT + 0.05)
    towns = gpd.GeoDataFrame(
        {"代码": ["310101002"], "名称": ["外滩街道"], "区代码": ["310101"]},
        geometry=[area], crs="EPSG:4326",
    )  # fmt: skip
    towns.to_file(tmp_path / "b.gpkg", layer="street_towns")
    premises = [
        ["1", "外滩党群服务中心", "党群", 80, None, None, None, LON, LAT],
        ["2", "工商银行外滩支行", "银行", 60, None, None, 9000, LON + 0.01, LAT],
        ["3", "人民小学", "学校", 300, "不同意", None, None, LON + 0.02, LAT],
    ]
    return {
        "register": write_xlsx(tmp_path / "r.xlsx", [HEADERS, row(1)]),
        "boundaries": tmp_path / "b.gpkg",
        "sites": write_xlsx(tmp_path / "s.xlsx", [LIST, *premises]),
    }


def book(folder, *rows):
    return write_xlsx(folder / "book.xlsx", [BOOK, *rows])


def of(layers, site_id):
    return layers.sites.set_index("site_id").loc[site_id]


def test_what_the_book_says_is_laid_over_the_lists(city, tmp_path):
    path = book(
        tmp_path,
        [
            "1",
            "外滩党群服务中心",
            None,
            None,
            "已签约",
            "2027-03-01",
            5000,
            None,
            None,
            None,
            None,
            "2029-06-30",
        ],
        ["2", None, None, None, None, None, 8000, "是", "李四", "业主另有用途", "2026-11-02"],
    )
    layers = read_layers(**city, premises_book=path)
    assert of(layers, "1")["consent"] == "signed"
    assert f"{of(layers, '1')['available_from']:%Y-%m-%d}" == "2027-03-01"
    assert of(layers, "1")["rent_yuan_month"] == 5000
    assert f"{of(layers, '1')['lease_end']:%Y-%m-%d}" == "2029-06-30"
    assert layers.sites["lease_end"].notna().sum() == 1
    assert of(layers, "2")["rent_yuan_month"] == 8000
    record = layers.record("premises_book")
    assert (record.rows_in, record.kept, record.adds_up) == (2, 2, True)
    assert record.repaired == {OTHERWISE.text: 1}
    kept = layers.premises_book.set_index("site_id")
    assert kept.loc["2", ["veto", "by", "reason"]].tolist() == ["all", "李四", "业主另有用途"]
    assert kept["found"].all()


def test_a_list_numbered_anew_is_found_by_name_and_place(city, tmp_path):
    path = book(
        tmp_path,
        ["3", "工商银行 外滩支行", LON + 0.0101, LAT, "已签约", None, None, None, None, None, None],
    )
    layers = read_layers(**city, premises_book=path)
    assert of(layers, "2")["consent"] == "signed"
    assert of(layers, "3")["consent"] == "refused"
    assert layers.premises_book["site_id"].tolist() == ["2"]


def test_a_row_nobody_answers_to_is_told_and_kept_for_the_next_book(city, tmp_path):
    path = book(
        tmp_path,
        ["99", "早已拆除的商场", LON, LAT, "已签约", None, None, None, None, None, None],
        [None, "无坐标", None, None, "已签约", None, None, None, None, None, None],
        ["carrier:某大厦", None, None, None, None, None, None, "服务站、服务点", "王五", "无窗", None],
    )  # fmt: skip
    layers = read_layers(**city, premises_book=path)
    record = layers.record("premises_book")
    assert record.rejected == {NO_PREMISES.text: 1, NOBODY_KNOWN.text: 1}
    assert record.adds_up
    told = layers.rejected[layers.rejected["layer"] == "premises_book"]
    assert set(told["source_row"]) == {2, 3}
    kept = layers.premises_book.set_index("site_id")
    assert not kept["found"].any()
    assert set(kept.index) == {"99", "carrier:某大厦"}
    assert kept.loc["carrier:某大厦", "veto"] == "service_point,station"


def test_the_later_of_two_rows_counts_and_a_refusal_holds(city, tmp_path):
    path = book(
        tmp_path,
        ["1", None, None, None, "不同意", None, 1, None, None, None, "2026-05-01"],
        ["1", None, None, None, "已签约", None, 2, None, None, None, "2025-05-01"],
        ["3", None, None, None, "已签约", None, None, "或许", None, None, None],
    )
    layers = read_layers(**city, premises_book=path)
    assert of(layers, "1")["consent"] == "refused"
    assert of(layers, "1")["rent_yuan_month"] == 1
    assert of(layers, "3")["consent"] == "refused"
    record = layers.record("premises_book")
    assert record.rejected == {SAID_TWICE.text: 1}
    assert record.repaired == {
        REFUSED_IN_LIST.text: 1,
        VETO_UNKNOWN.text: 1,
        VETO_UNSIGNED.text: 1,
    }
    assert layers.premises_book.set_index("site_id").loc["3", "veto"] == "all"


def test_a_book_in_csv_of_the_list_s_datum(tmp_path):
    path = tmp_path / "book.csv"
    path.write_bytes("名称,百度经度,百度纬度,意向\n甲厅,121.4965,31.2392,同意\n".encode("gbk"))
    read = read_premises_book(path, datum="bd09")
    assert read.record.encoding.lower().startswith("gb")
    assert read.frame.geometry.iloc[0].x == pytest.approx(121.4855, abs=2e-3)
