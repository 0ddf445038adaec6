"""The register reader against every ugliness a register arrives with; each golden file is made here."""

import csv

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import Point

from geodata.datum import wgs84_to_bd09, wgs84_to_gcj02
from geodata.errors import (
    EmptyLayerError,
    GeodataError,
    InputFormatError,
    InputMissingError,
    MissingColumnError,
)
from geodata.sources import read_register
from geodata.sources import reasons as why

from .conftest import HEADERS, row, uscc, write_xlsx


def assert_adds_up(read):
    record = read.record
    assert record.adds_up
    assert record.kept == len(read.frame)
    assert record.rejected_rows == len(read.rejected)
    assert sum(record.repaired.values()) == len(read.repaired)
    assert record.repaired_rows == read.repaired["source_row"].nunique()
    assert read.frame["enterprise_id"].is_unique


def test_plain_sheet(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [HEADERS, row(1), row(2)])
    read = read_register(path, owner="总工会", licence="internal", as_of="2026-01-01")
    assert_adds_up(read)
    first = read.frame.iloc[0]
    assert first["enterprise_id"] == first["uscc"] == uscc(1)
    assert first["workers"] == 11
    assert first["members"] == 5
    assert (first["industry"], first["industry_division"]) == ("I", "65")
    assert first["ownership"] == "private"
    assert first["jurisdiction"] == "area"
    assert first["unionised"]
    assert first["in_scope"]
    assert first["scope_reason"] == ""
    assert first["accuracy"] == "exact"
    assert first["source_row"] == 2
    assert first.geometry.coords[0] == (pytest.approx(121.4901), 31.235)
    assert read.frame.crs.to_epsg() == 4326
    assert read.frame["workers"].dtype == np.int64
    assert (read.record.owner, read.record.licence, read.record.as_of) == (
        "总工会",
        "internal",
        "2026-01-01",
    )
    assert len(read.record.sha256) == 64


def test_titles_blanks_totals_and_footers_are_counted_as_ignored(tmp_path):
    rows = [
        ["2026年度企业登记表"], [], ["填报单位：黄浦区总工会", None, "日期：2026-01-01"],
        HEADERS, row(1), [], row(2), ["小计", None, None, 23], row(3), ["合 计", None, None, 36],
        ["填表人：张三", "审核人：李四"],
    ]  # fmt: skip
    read = read_register(write_xlsx(tmp_path / "a.xlsx", rows))
    assert_adds_up(read)
    assert read.frame["source_row"].tolist() == [5, 7, 9]
    assert read.record.ignored == {"blank": 2, "footer": 1, "title": 2, "total": 2}
    assert read.record.rows_in == 10


def test_a_company_whose_name_starts_like_a_total_stays(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [HEADERS, row(1, 企业名称="合计科技（上海）有限公司")])
    assert read_register(path).frame["name"].tolist() == ["合计科技(上海)有限公司"]


def test_header_repeated_on_every_printed_page(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [HEADERS, row(1), HEADERS, row(2)])
    read = read_register(path)
    assert_adds_up(read)
    assert read.record.ignored == {"header": 1}
    assert len(read.frame) == 2


def test_header_on_two_rows_with_merged_cells(tmp_path):
    upper = ["企业名称", "统一社会信用代码", "人数", None, "坐标", None]
    lower = [None, None, "职工人数", "会员人数", "经度", "纬度"]
    data = ["甲公司", uscc(1), 30, 20, 121.49, 31.23]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [upper, lower, data]))
    assert_adds_up(read)
    assert read.frame[["name", "workers", "members"]].to_numpy().tolist() == [["甲公司", 30, 20]]


def test_merged_cells_down_a_column(tmp_path):
    import xlsxwriter

    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for column, name in enumerate(("街道", "企业名称", "职工人数")):
            sheet.write(0, column, name)
        sheet.merge_range(1, 0, 3, 0, "外滩街道")
        for number in range(1, 4):
            sheet.write(number, 1, f"第{number}公司")
            sheet.write(number, 2, number)
    read = read_register(path)
    assert read.frame["street_town_name"].tolist() == ["外滩街道"] * 3


def test_several_sheets_are_read_together_and_ids_stay_unique(tmp_path):
    note = [["说明"], ["本表由各街镇填报"]]
    first = [HEADERS, row(1, 统一社会信用代码=None)]
    second = [
        HEADERS,
        row(2, 统一社会信用代码=None, 职工人数="很多"),
        row(3, 统一社会信用代码=None),
    ]
    path = write_xlsx(tmp_path / "a.xlsx", note, first, second, names=("说明", "外滩", "豫园"))
    read = read_register(path)
    assert_adds_up(read)
    assert read.frame["enterprise_id"].tolist() == ["row-2", "row-豫园-3"]
    assert read.rejected["sheet"].tolist() == ["豫园"]
    only = read_register(path, sheet="豫园")
    assert only.frame["enterprise_id"].tolist() == ["row-3"]
    with pytest.raises(InputMissingError, match="静安"):
        read_register(path, sheet="静安")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_tables_in_chinese_encodings(tmp_path, encoding, delimiter):
    path = tmp_path / "a.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(
            [HEADERS, row(1, 经营地址="a,b;c 路"), row(2)]
        )
    read = read_register(path)
    assert_adds_up(read)
    assert read.frame["name"].tolist() == ["上海第1科技有限公司", "上海第2科技有限公司"]
    assert read.frame["address"].iloc[0] == "a,b;c 路"
    expected = {"gbk": "gb18030"}.get(encoding, encoding)
    assert read.record.encoding == expected


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet", "shp"])
def test_map_files(tmp_path, suffix):
    names = ["name", "uscc", "workers"]
    frame = gpd.GeoDataFrame(
        dict(zip(names, (["甲公司", "乙公司"], [uscc(1), uscc(2)], [30, 5]), strict=True)),
        geometry=[Point(121.4, 31.2), Point(121.5, 31.3)],
        crs="EPSG:4326",
    )
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        frame.to_crs("EPSG:32651").to_parquet(path)
    elif suffix == "shp":
        frame.to_file(path, encoding="gb18030")
        path.with_suffix(".cpg").unlink()
    else:
        frame.to_file(path)
    read = read_register(path)
    assert_adds_up(read)
    assert read.frame["name"].tolist() == ["甲公司", "乙公司"]
    assert read.frame["workers"].tolist() == [30, 5]
    assert read.frame["source_row"].tolist() == [2, 3]
    assert np.allclose(read.frame.geometry.x, [121.4, 121.5], atol=1e-9)


def test_open_document_sheet(tmp_path):
    pytest.importorskip("odf")
    path = tmp_path / "a.ods"
    pd.DataFrame([row(1), row(2)], columns=HEADERS).to_excel(path, index=False, engine="odf")
    read = read_register(path)
    assert_adds_up(read)
    assert read.frame["workers"].tolist() == [11, 12]


def test_a_text_table_with_the_suffix_of_a_workbook(tmp_path):
    path = tmp_path / "导出.xls"
    path.write_bytes("企业名称\t职工人数\t经度\t纬度\n甲公司\t12\t121.5\t31.2\n".encode("gbk"))
    assert read_register(path).frame["workers"].tolist() == [12]


def test_numbers_as_people_type_them(tmp_path):
    typed = ["１，２３４", "1,234", "约120人", "1.2万", 25.0, " 7 "]
    path = write_xlsx(
        tmp_path / "a.xlsx", [HEADERS, *(row(i, 职工人数=n) for i, n in enumerate(typed))]
    )
    read = read_register(path)
    assert_adds_up(read)
    assert read.frame["workers"].tolist() == [1234, 1234, 120, 12000, 25, 7]
    assert read.record.repaired[why.NUMBER_MENDED.text] >= 4


def test_rows_that_cannot_be_used_are_refused_with_the_reason(tmp_path):
    rows = [
        row(1, 职工人数="很多"),
        row(2, 职工人数=-3),
        row(3, 企业名称=None, 统一社会信用代码="123"),
        row(4, 经度=None, 纬度=None, 所属街镇=None, 所属居村=None, 经营地址=None, 楼宇名称=None),
        row(5),
    ]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [HEADERS, *rows]))
    assert_adds_up(read)
    told = read.rejected.set_index("source_row")
    assert told.loc[2, ["column", "value", "reason"]].tolist() == [
        "职工人数",
        "很多",
        why.BAD_WORKERS.text,
    ]
    assert told.loc[3, "value"] == "-3"
    assert told.loc[4, "reason"] == why.NO_IDENTITY.text
    assert told.loc[5, "reason"] == why.NO_PLACE.text
    assert (told["suggested_fix"] != "").all()
    assert read.frame["source_row"].tolist() == [6]


def test_codes_that_a_sheet_or_a_person_spoilt(tmp_path):
    sound = uscc(7)
    rows = [
        row(1, 统一社会信用代码=9.1310101e17),
        row(2, 统一社会信用代码="9.13E+17"),
        row(3, 统一社会信用代码=sound[:-1] + ("0" if sound[-1] != "0" else "1")),
        row(4, 统一社会信用代码="310101000012345"),
        row(5, 统一社会信用代码=f" {uscc(5).lower()} "),
        row(6, 统一社会信用代码="９" + uscc(6)[1:]),
        row(8, 统一社会信用代码=uscc(8)[:4] + "-" + uscc(8)[4:]),
    ]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [HEADERS, *rows]))
    assert_adds_up(read)
    assert read.frame["enterprise_id"].tolist() == [
        "row-2", "row-3", "row-4", "row-5", uscc(5), uscc(6), uscc(8),
    ]  # fmt: skip
    assert read.frame["uscc"].isna().tolist() == [True] * 4 + [False] * 3
    assert read.record.repaired[why.CODE_MANGLED.text] == 2
    assert read.record.repaired[why.CODE_WRONG.text] == 1
    assert read.record.repaired[why.CODE_SHORT.text] == 1
    assert read.record.repaired[why.CODE_MENDED.text] >= 2


def test_duplicates_and_branches(tmp_path):
    rows = [
        row(1),
        row(1, 职工人数=99),
        row(1, 企业名称="上海第1科技有限公司徐汇分公司"),
        row(2, 统一社会信用代码=None),
        row(2, 统一社会信用代码=None, 职工人数=3),
        row(2, 统一社会信用代码=None, 经度=121.7),
    ]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [HEADERS, *rows]))
    assert_adds_up(read)
    assert read.frame["source_row"].tolist() == [2, 4, 5, 7]
    assert read.frame["enterprise_id"].tolist() == [uscc(1), "row-4", "row-5", "row-7"]
    assert read.record.rejected == {why.DUPLICATE_CODE.text: 1, why.DUPLICATE_PLACE.text: 1}
    assert read.record.repaired[why.BRANCH.text] == 1


def test_a_refused_row_does_not_make_the_next_one_a_duplicate(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [HEADERS, row(1, 职工人数="很多"), row(1)])
    read = read_register(path)
    assert read.frame["source_row"].tolist() == [3]
    assert read.record.rejected == {why.BAD_WORKERS.text: 1}


def test_scope_and_its_reasons(tmp_path):
    kinds = [
        "国有独资公司",
        "集体企业",
        "事业单位",
        "私营有限责任公司",
        "外商独资经营企业",
        "港澳台商独资",
        "个体工商户",
        None,
        "？？",
    ]
    rows = [row(i, 登记注册类型=kind) for i, kind in enumerate(kinds)]
    rows.append(row(50, 职工人数=0))
    rows.append(row(51, 职工人数=None))
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [HEADERS, *rows]))
    assert_adds_up(read)
    assert read.frame["ownership"].tolist() == [
        "state", "collective", "public", "private", "foreign", "hmt", "self_employed", "other", "other", "private", "private",
    ]  # fmt: skip
    assert read.frame["in_scope"].tolist() == [
        False,
        False,
        False,
        True,
        True,
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    assert read.frame["scope_reason"].tolist()[:3] == [
        why.SCOPE_STATE,
        why.SCOPE_COLLECTIVE,
        why.SCOPE_PUBLIC,
    ]
    assert read.frame["scope_reason"].tolist()[-2:] == [why.SCOPE_NO_WORKERS] * 2
    assert read.record.repaired[why.OWNERSHIP_UNKNOWN.text] == 1


def test_ownership_from_the_code_where_none_is_given(tmp_path):
    rows = [
        row(1, 统一社会信用代码=uscc(1, "92310101"), 登记注册类型=None),
        row(2, 统一社会信用代码=uscc(2, "12310101"), 登记注册类型=None),
    ]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [HEADERS, *rows]))
    assert read.frame["ownership"].tolist() == ["self_employed", "public"]
    assert read.record.repaired[why.OWNERSHIP_FROM_CODE.text] == 2


def test_holding_and_status_columns(tmp_path):
    header = ["企业名称", "职工人数", "登记注册类型", "控股情况", "经营状态", "经度", "纬度"]
    rows = [
        ["甲", 9, "其他有限责任公司", "国有控股", "存续", 121.5, 31.2],
        ["乙", 9, "其他有限责任公司", "私人控股", "存续", 121.5, 31.2],
        ["丙", 9, "私营有限责任公司", None, "已注销", 121.5, 31.2],
    ]
    frame = read_register(write_xlsx(tmp_path / "a.xlsx", [header, *rows])).frame
    assert frame["ownership"].tolist() == ["state", "private", "private"]
    assert frame["scope_reason"].tolist() == [why.SCOPE_STATE, "", why.SCOPE_CLOSED]


def test_union_columns(tmp_path):
    header = [
        "企业名称",
        "职工人数",
        "会员人数",
        "是否建会",
        "建会日期",
        "工会名称",
        "上级工会",
        "经度",
        "纬度",
    ]
    rows = [
        ["甲", 30, 40, "已建会", None, None, "黄浦区总工会", 121.5, 31.2],
        ["乙", 30, 0, "未建", "2020-01-01", None, "上海市化工产业工会", 121.5, 31.2],
        ["丙", 30, 0, None, "2020年1月", None, None, 121.5, 31.2],
        ["丁", 30, 0, None, None, "丁联合工会", "机电工会局", 121.5, 31.2],
        ["戊", 30, None, None, None, None, None, 121.5, 31.2],
        ["己", 30, None, "？", None, None, None, 121.5, 31.2],
    ]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [header, *rows]))
    assert read.frame["unionised"].tolist() == [True, False, True, True, False, False]
    assert read.frame["jurisdiction"].tolist() == [
        "area",
        "bureau",
        "area",
        "bureau",
        "area",
        "area",
    ]
    assert read.frame["jurisdiction_source"].tolist() == [
        "superior_union",
        "superior_union",
        "default",
        "superior_union",
        "default",
        "default",
    ]
    assert read.frame["members"].tolist() == [30, 0, 0, 0, 0, 0]
    assert read.record.repaired[why.MEMBERS_ABOVE.text] == 1
    assert read.record.repaired[why.UNION_UNKNOWN.text] == 1


def test_the_jurisdiction_says_what_it_follows_from(tmp_path):
    header = ["企业名称", "职工人数", "管辖", "上级工会", "经度", "纬度"]
    said = [
        ("局（产业）", "徐汇区总工会"),
        ("地区", "上海市化工产业工会"),
        ("待定", "上海市化工产业工会"),
        ("待定", None),
        (None, "徐汇区总工会"),
        ("徐汇区", None),
        (None, None),
    ]
    rows = [[f"企业{n}", 30, *pair, 121.5, 31.2] for n, pair in enumerate(said)]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [header, *rows]))
    answers = read.frame[["jurisdiction", "jurisdiction_source"]]
    assert list(answers.itertuples(index=False, name=None)) == [
        ("bureau", "register"),
        ("area", "register"),
        ("bureau", "superior_union"),
        ("area", "default"),
        ("area", "superior_union"),
        ("area", "register"),
        ("area", "default"),
    ]
    # what could not be read is named, not passed over
    assert read.record.repaired[why.JURISDICTION_UNKNOWN.text] == 2


def test_superior_unions_that_go_round_in_a_loop_are_named(tmp_path):
    header = ["企业名称", "职工人数", "工会名称", "上级工会", "经度", "纬度"]
    unions = [
        ("甲", "乙"),
        ("乙", "丙"),
        ("丙", "甲"),
        ("丁", "甲"),
        ("戊", "戊"),
        ("己", "徐汇区总工会"),
        (None, "己"),
    ]
    rows = [[f"企业{n}", 30, *pair, 121.5, 31.2] for n, pair in enumerate(unions)]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [header, *rows]))
    told = read.repaired[read.repaired["reason"] == why.PARENT_LOOP.text]
    assert told["source_row"].tolist() == [2, 3, 4, 6]
    assert len(read.frame) == len(unions)


def test_personal_columns_are_left_at_the_door(tmp_path):
    header = [*HEADERS, "法定代表人", "联系人", "手机号码", "身份证号"]
    path = write_xlsx(
        tmp_path / "a.xlsx", [header, [*row(1), "张三丰", "李四光", "13800000000", "310101"]]
    )
    read = read_register(path)
    assert "张三丰" not in read.frame.to_csv()
    assert "13800000000" not in read.frame.to_csv()
    note = next(note for note in read.record.notes if "personal" in note)
    assert all(name in note for name in header[-4:])


def test_mapping_block_and_proposals(tmp_path):
    header = ["单位", "在岗总人数", "东经", "北纬", "企业名称（全称）"]
    path = write_xlsx(tmp_path / "a.xlsx", [header, ["x", 12, 121.5, 31.2, "甲公司"]])
    with pytest.raises(MissingColumnError, match="workers") as caught:
        read_register(path)
    assert "在岗总人数" in str(caught.value)
    columns = {"workers": "在岗总人数", "lon": "东经", "lat": "北纬", "name": "企业名称（全称）"}
    read = read_register(path, columns=columns)
    assert read.frame["name"].tolist() == ["甲公司"]
    assert read.frame["workers"].tolist() == [12]
    with pytest.raises(MissingColumnError) as caught:
        read_register(path, columns={"workers": "没有这一列", "staff_count": "单位"})
    assert len(caught.value.faults) == 2


def test_a_header_that_nearly_matches_is_proposed(tmp_path):
    header = [*HEADERS, "坐标系统名称"]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [header, [*row(1), "WGS84"]]))
    assert any("坐标系统名称" in note and "datum" in note for note in read.record.notes)


def test_swapped_and_impossible_coordinates(tmp_path):
    rows = [
        row(1, 经度=31.2, 纬度=121.5),
        row(2, 经度=0, 纬度=0),
        row(3, 经度=9999, 纬度=31),
        row(4, 经度="东", 纬度=31),
    ]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [HEADERS, *rows]))
    assert_adds_up(read)
    assert read.frame.geometry.iloc[0].coords[0] == (121.5, 31.2)
    assert read.frame.geometry.iloc[1:].isna().all()
    assert read.frame["street_town_name"].tolist() == ["外滩街道"] * 4


def test_datums_by_source_and_by_row(tmp_path):
    lon, lat = 121.4737, 31.2304
    amap = [float(value) for value in wgs84_to_gcj02(lon, lat)]
    baidu = [float(value) for value in wgs84_to_bd09(lon, lat)]
    path = write_xlsx(tmp_path / "a.xlsx", [HEADERS, row(1, 经度=baidu[0], 纬度=baidu[1])])
    point = read_register(path, datum="bd09").frame.geometry.iloc[0]
    assert (point.x, point.y) == (pytest.approx(lon, abs=1e-9), pytest.approx(lat, abs=1e-9))
    header = [*HEADERS, "坐标系"]
    rows = [
        [*row(1, 经度=amap[0], 纬度=amap[1]), "高德"],
        [*row(2, 经度=baidu[0], 纬度=baidu[1]), "BD-09"],
        [*row(3, 经度=lon, 纬度=lat), None],
        [*row(4, 经度=lon, 纬度=lat), "月球坐标"],
    ]
    read = read_register(write_xlsx(tmp_path / "b.xlsx", [header, *rows]))
    assert np.allclose(read.frame.geometry.x, lon, atol=1e-9)
    assert np.allclose(read.frame.geometry.y, lat, atol=1e-9)
    assert sum(read.record.repaired.values()) == 1


@pytest.mark.parametrize("northing_first", [False, True])
def test_survey_grid_in_either_order_of_axes(tmp_path, northing_first):
    points = gpd.GeoSeries([Point(121.4737, 31.2304)], crs="EPSG:4326").to_crs("EPSG:4549")
    x, y = points.x.iloc[0], points.y.iloc[0]
    first, second = (y, x) if northing_first else (x, y)
    header = ["企业名称", "职工人数", "X", "Y"]
    path = write_xlsx(tmp_path / "a.xlsx", [header, ["甲", 3, first, second]])
    point = read_register(path, datum="EPSG:4549").frame.geometry.iloc[0]
    assert (point.x, point.y) == (
        pytest.approx(121.4737, abs=1e-7),
        pytest.approx(31.2304, abs=1e-7),
    )


def test_pairs_in_one_cell_and_degrees_with_minutes(tmp_path):
    path = write_xlsx(
        tmp_path / "a.xlsx", [["企业名称", "职工人数", "经纬度"], ["甲", 3, "121.5, 31.2"]]
    )
    assert read_register(path).frame.geometry.iloc[0].coords[0] == (121.5, 31.2)
    angles = [["企业名称", "职工人数", "经度", "纬度"], ["甲", 3, "121°28'30\"", "31°15′"]]
    path = write_xlsx(tmp_path / "b.xlsx", angles)
    point = read_register(path).frame.geometry.iloc[0]
    assert (point.x, point.y) == (pytest.approx(121.475), pytest.approx(31.25))


def test_what_was_read_can_be_written_and_read_again(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [HEADERS, *(row(i) for i in range(1, 30))])
    frame = read_register(path).frame
    again_path = tmp_path / "b.gpkg"
    frame.to_file(again_path)
    again = read_register(again_path).frame
    # the file that was written says the jurisdiction in a column of its own
    apart = {"source_row", "geometry", "jurisdiction_source"}
    columns = [name for name in frame.columns if name not in apart]
    pd.testing.assert_frame_equal(pd.DataFrame(frame[columns]), pd.DataFrame(again[columns]))
    assert set(frame["jurisdiction_source"]) == {"superior_union"}
    assert set(again["jurisdiction_source"]) == {"register"}
    assert frame.geometry.geom_equals_exact(again.geometry, 1e-12).all()


def test_files_that_cannot_be_used_say_what_to_do(tmp_path):
    with pytest.raises(InputMissingError, match="not there"):
        read_register(tmp_path / "none.xlsx")
    empty = tmp_path / "empty.xlsx"
    empty.touch()
    with pytest.raises(EmptyLayerError, match="empty"):
        read_register(empty)
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(write_xlsx(tmp_path / "a.xlsx", [HEADERS, row(1)]).read_bytes()[:2000])
    with pytest.raises(InputFormatError, match=r"torn\.xlsx"):
        read_register(torn)
    with pytest.raises(InputFormatError, match="folder"):
        read_register(tmp_path)
    with pytest.raises(EmptyLayerError, match="no row below"):
        read_register(write_xlsx(tmp_path / "b.xlsx", [HEADERS]))
    with pytest.raises(MissingColumnError, match="header"):
        read_register(write_xlsx(tmp_path / "c.xlsx", [["甲", "乙"], [1, 2]]))
    with pytest.raises(MissingColumnError, match="经度"):
        read_register(write_xlsx(tmp_path / "d.xlsx", [["企业名称", "职工人数"], ["甲", 2]]))
    picture = tmp_path / "e.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    with pytest.raises(GeodataError):
        read_register(picture)


def test_enough_spellings_of_enough_fields_and_none_twice():
    from geodata.sources import aliases

    assert len(aliases.REGISTER) >= 25
    assert sum(len(spellings) for spellings in aliases.REGISTER.values()) >= 60
    for fields in (aliases.REGISTER, aliases.SITES, aliases.OUTDOOR):
        seen = {}
        for name, spellings in fields.items():
            for spelling in spellings:
                bare = aliases.bare_header(spelling)
                assert seen.setdefault(bare, name) == name, spelling


def test_web_page_that_calls_itself_a_workbook(tmp_path):
    cells = "".join(f"<th>{name}</th>" for name in ("街道", "企业名称", "职工人数", "经度", "纬度"))
    body = "<tr><td rowspan=2>外滩街道<td>甲公司<td>1,200<td>121.5<td>31.2<tr><td>乙公司<td>5<td>121.5<td>31.2"
    page = f"<html><body><table><tr><td colspan=5>名册</td></tr><tr>{cells}</tr>{body}</table></body></html>"
    path = tmp_path / "导出.xls"
    path.write_bytes(page.encode("gbk"))
    read = read_register(path)
    assert_adds_up(read)
    assert read.frame["workers"].tolist() == [1200, 5]
    assert read.frame["street_town_name"].tolist() == ["外滩街道", "外滩街道"]
    assert read.record.ignored == {"title": 1}


def test_a_sheet_that_reaches_to_the_last_corner_is_refused_before_it_fills_the_memory(tmp_path):
    import xlsxwriter

    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["企业名称", "职工人数"])
        sheet.write(1_048_575, 16_383, 1)
    with pytest.raises(InputFormatError, match="million cells"):
        read_register(path)


def test_a_register_of_unions_is_known_by_their_names(tmp_path):
    header = ["基层工会名称", "职工人数", "会员人数", "经度", "纬度"]
    path = write_xlsx(tmp_path / "a.xlsx", [header, ["甲公司工会委员会", 30, 20, 121.5, 31.2]])
    frame = read_register(path).frame
    assert frame["name"].tolist() == frame["union_name"].tolist() == ["甲公司工会委员会"]
    assert frame["unionised"].tolist() == [True]


def test_registered_in_another_borough_is_noted(tmp_path):
    header = ["企业名称", "职工人数", "经营地址", "注册地址", "经度", "纬度"]
    rows = [
        ["甲", 3, "上海市黄浦区中山东一路1号", "上海市崇明区某镇1号", 121.5, 31.2],
        ["乙", 3, "黄浦区外滩路2号", "上海市黄浦区外滩路2号", 121.5, 31.2],
        ["丙", 3, "中山东一路1号", "上海市崇明区某镇1号", 121.5, 31.2],
        ["丁", 3, "工业园区3号", "黄浦区外滩路2号", 121.5, 31.2],
    ]
    read = read_register(write_xlsx(tmp_path / "a.xlsx", [header, *rows]))
    assert_adds_up(read)
    assert read.repaired["source_row"].tolist() == [2]
    assert read.repaired["reason"].tolist() == [why.REGISTERED_ELSEWHERE.text]
    assert read.frame["address"].iloc[0].startswith("上海市黄浦区")


def test_a_summary_sheet_beside_the_register_is_not_read(tmp_path):
    header = ["企业名称", "职工人数", "所属街镇"]
    rows = [header, ["甲", 3, "外滩街道"], ["乙", 4, "外滩街道"]]
    summary = [["所属街镇", "职工人数", "会员人数"], ["外滩街道", 7, 0]]
    path = write_xlsx(tmp_path / "a.xlsx", summary, rows, names=("汇总", "名册"))
    read = read_register(path)
    assert_adds_up(read)
    assert read.record.rows_in == 2
    assert read.frame["enterprise_id"].tolist() == ["row-2", "row-3"]
    mapped = read_register(path, columns={"workers": "职工人数"})
    assert mapped.record.rows_in == 2


def test_entity_test_place_staff_activity_with_the_reason(tmp_path):
    headers = [
        "企业名称",
        "职工人数",
        "经营状态",
        "是否实体型企业",
        "是否正常经营",
        "有无经营场所",
        "经营地址",
        "登记注册类型",
        "经度",
        "纬度",
    ]
    here = (121.49, 31.23)
    rows = [
        ["甲", 5, "存续", "是", "是", "有", "一路1号", "私营", *here],
        ["乙", 5, "存续", "否", "是", "有", "一路2号", "私营", *here],
        ["丙", 5, "存续", "", "停止经营,否", "有", "一路3号", "私营", *here],
        ["丁", 5, "存续", "", "", "无固定场所", "一路4号", "私营", *here],
        ["戊", 5, "存续", "", "", "", "一路5号(集中登记地)", "私营", None, None],
        ["己", 5, "存续", "", "", "", "一路6号(集中登记地)", "私营", *here],
        ["庚", 0, "存续", "", "", "", "一路7号", "私营", *here],
        ["辛", 5, "注销", "", "", "", "一路8号", "私营", *here],
        ["壬", 0, "注销", "", "", "", "一路9号", "国有", *here],
        ["癸", 5, "存续", "待查", "", "", "一路10号", "私营", *here],
    ]
    read = read_register(write_xlsx(tmp_path / "r.xlsx", [headers, *rows]))
    assert dict(zip(read.frame["name"], read.frame["scope_reason"], strict=True)) == {
        "甲": "", "乙": why.SCOPE_NOT_ENTITY, "丙": why.SCOPE_NOT_OPERATING, "丁": why.SCOPE_NO_PREMISES,
        "戊": why.SCOPE_LETTER_BOX, "己": "", "庚": why.SCOPE_NO_WORKERS, "辛": why.SCOPE_CLOSED, "壬": why.SCOPE_STATE, "癸": "",
    }  # fmt: skip
    assert (read.frame["in_scope"] == (read.frame["scope_reason"] == "")).all()
    assert read.record.repaired[why.ANSWER_UNCLEAR.text] == 1
    assert read.record.kept == len(rows)


def test_dates_in_five_styles_and_a_sheets_own(tmp_path):
    import datetime as dt

    headers = ["企业名称", "职工人数", "建会日期", "经度", "纬度"]
    styles = [
        "2024-03-05",
        "2024年3月5日",
        "2024/3/5",
        "20240305",
        "2024.3.5",
        "5/3/2024",
        45356,
        dt.date(2024, 3, 5),
    ]
    rows = [[f"第{n}公司", 5, style, 121.49, 31.23 + n / 1000] for n, style in enumerate(styles)]
    path = tmp_path / "r.xlsx"
    book = openpyxl.Workbook()
    for cells in [headers, *rows, ["坏", 5, "去年春天", 121.5, 31.3]]:
        book.active.append(cells)
    book.save(path)
    read = read_register(path)
    assert read.frame["union_date"].tolist()[:-1] == ["2024-03-05"] * len(styles)
    assert read.frame["union_date"].isna().iloc[-1]
    assert read.record.repaired[why.UNION_DATE_UNUSABLE.text] == 1
    assert read.frame["unionised"].all()


def test_an_old_workbook_with_title_merged_cells_and_totals(tmp_path):
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名册")
    sheet.write_merge(0, 0, 0, len(HEADERS) - 1, "某街道企业情况表")
    sound = [list(HEADERS), row(1), row(2, 职工人数="１，２３４"), row(3)]
    for number, cells in enumerate(sound, 1):
        for column, cell in enumerate(cells):
            sheet.write(number, column, cell)
    sheet.write(5, 0, "合计")
    sheet.write(5, HEADERS.index("职工人数"), 1258)
    path = tmp_path / "名册.xls"
    book.save(str(path))
    assert path.read_bytes().startswith(b"\xd0\xcf\x11\xe0")
    read = read_register(path)
    assert_adds_up(read)
    assert read.frame["workers"].tolist() == [11, 1234, 13]
    assert read.frame["uscc"].tolist() == [uscc(1), uscc(2), uscc(3)]
    assert read.record.ignored == {"title": 1, "total": 1}


@pytest.mark.parametrize(
    ("encoding", "cpg"),
    [("gbk", "GBK"), ("gbk", None), ("utf-8", "UTF-8"), ("utf-8", None), ("gb18030", "936")],
)
@pytest.mark.filterwarnings("ignore:Could not decode", "ignore:Normalized", "ignore:Column names")
def test_shapefiles_with_and_without_the_name_of_their_encoding(tmp_path, encoding, cpg):
    frame = gpd.GeoDataFrame(
        {"企业名称": ["甲公司", "乙公司"], "职工人数": [30, 5]}, geometry=[Point(121.4, 31.2), Point(121.5, 31.3)], crs="EPSG:4326"
    )  # fmt: skip
    path = tmp_path / "名册.shp"
    frame.to_file(
        path, encoding=encoding
    )  # cuts names after ten bytes: 企业名 and half a character in UTF-8
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)
    read = read_register(path)
    assert read.frame["name"].tolist() == ["甲公司", "乙公司"]
    assert read.frame["workers"].tolist() == [30, 5]


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "gpkg", "geojson", "parquet"])
def test_what_was_read_is_read_the_same_from_every_format(tmp_path, suffix):
    first = read_register(
        write_xlsx(tmp_path / "a.xlsx", [HEADERS, *(row(n) for n in range(1, 6))])
    ).frame
    plain = pd.DataFrame(
        first.drop(columns=["geometry", "enterprise_id", "in_scope", "scope_reason", "source_row"])
    )
    path = tmp_path / f"b.{suffix}"
    if suffix in {"xlsx", "csv"}:
        plain = plain.assign(lon=first.geometry.x, lat=first.geometry.y)
        plain.to_excel(path, index=False) if suffix == "xlsx" else plain.to_csv(
            path, index=False, encoding="gb18030"
        )
    else:
        shaped = gpd.GeoDataFrame(plain, geometry=first.geometry)
        shaped.to_parquet(path) if suffix == "parquet" else shaped.to_file(path)
    again = read_register(path).frame
    same = [
        "enterprise_id",
        "uscc",
        "name",
        "address",
        "workers",
        "members",
        "unionised",
        "industry",
        "industry_division",
        "ownership",
        "carrier_name",
        "committee_name",
        "street_town_name",
    ]
    pd.testing.assert_frame_equal(pd.DataFrame(again[same]), pd.DataFrame(first[same]))
    assert again.geometry.geom_equals_exact(first.geometry, 1e-9).all()
