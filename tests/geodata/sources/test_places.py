"""Where rows are: by the user's table of addresses, by code and by name, present and former; what disagrees is said."""

import csv

import geopandas as gpd
import pytest
from shapely.geometry import box

from geodata.layers import claims, placing
from geodata.layers.address_keys import address_key
from geodata.sources import read_layers
from geodata.sources.addresses import COARSE, NO_KEY, NO_POINT, read_addresses
from geodata.sources.bundle import Source
from geodata.sources.divisions import BAD_DATE, NO_CODE, read_divisions
from geodata.sources.reasons import DIVISION_CODE_UNUSABLE

from .conftest import uscc

HEADERS = (
    "企业名称",
    "统一社会信用代码",
    "职工人数",
    "经营地址",
    "楼宇名称",
    "所属区",
    "所属街镇",
    "所属居村",
    "街镇代码",
    "经度",
    "纬度",
)
HERE = (121.405, 31.105)


def write_csv(path, *rows):
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def firm(number, **changes):
    values = dict.fromkeys(HEADERS, "") | {
        "企业名称": f"第{number}公司", "统一社会信用代码": uscc(number), "职工人数": 10,
    }  # fmt: skip
    values |= changes
    return [values[name] for name in HEADERS]


@pytest.fixture
def city(tmp_path):
    """Two boroughs of two street_towns each, every one with two committees, in cells of 0.01 degrees."""
    towns, units = [], []
    names = [("310101", "东区", "310101001", "甲街道"), ("310101", "东区", "310101002", "乙镇"),
             ("310102", "西区", "310102001", "丙街道"), ("310102", "西区", "310102002", "丁街道")]  # fmt: skip
    for place, (borough, label, code, name) in enumerate(names):
        west = 121.4 + place * 0.01
        towns.append((code, name, borough, label, box(west, 31.1, west + 0.01, 31.11)))
        for half, committee in enumerate(("一居委会", "二居委会")):
            south = 31.1 + half * 0.005
            units.append(
                (
                    f"{code}00{half + 1}",
                    committee,
                    code,
                    box(west, south, west + 0.01, south + 0.005),
                )
            )
    path = tmp_path / "boundaries.gpkg"
    columns = ["street_town_id", "name", "borough_id", "borough_name", "geometry"]
    frame = gpd.GeoDataFrame(towns, columns=columns, crs="EPSG:4326")
    frame.to_file(path, layer="street_towns")
    boroughs = frame.dissolve("borough_id").reset_index()[
        ["borough_id", "borough_name", "geometry"]
    ]
    boroughs.rename(columns={"borough_name": "name"}).to_file(path, layer="boroughs")
    gpd.GeoDataFrame(
        units, columns=["unit_id", "name", "street_town_id", "geometry"], crs="EPSG:4326"
    ).to_file(path, layer="units")
    write_csv(
        tmp_path / "premises.csv",
        ["编号", "名称", "类型", "经度", "纬度"],
        ["P1", "某银行", "银行", *HERE],
    )
    return tmp_path


def read(city, *rows, **more):
    write_csv(city / "register.csv", HEADERS, firm(0, 经度=HERE[0], 纬度=HERE[1]), *rows)
    return read_layers(
        register=city / "register.csv", boundaries=Source(city / "boundaries.gpkg", as_of="2025-06-30"),
        sites=city / "premises.csv", **more,
    )  # fmt: skip


def told(layers):
    return dict(zip(layers.repaired["source_row"], layers.repaired["reason"], strict=True))


def degrees(layers, name):
    found = layers.enterprises[layers.enterprises["name"] == name].to_crs("EPSG:4326").iloc[0]
    return (round(found.geometry.x, 4), round(found.geometry.y, 4)), found["accuracy"]


def test_the_users_table_places_rows_by_building_and_by_address(city):
    table = write_csv(
        city / "addresses.csv", ["楼宇名称", "地址", "经度", "纬度"],
        ["东方大厦", "世纪大道1号", 121.411, 31.101], ["", "上海市黄浦区延安西路1118弄5号", 121.422, 31.102],
    )  # fmt: skip
    layers = read(
        city,
        firm(1, 楼宇名称="东方 大厦"),
        firm(2, 经营地址="上海市黄浦区世纪大道1号12楼1203室"),
        firm(3, 经营地址="延安西路１１１８弄5号"),
        firm(4, 经营地址="人民路9号东方大厦3楼"),
        firm(5, 经营地址="某路9号", 所属街镇="丙街道", 所属居村="二居委会"),
        addresses=table,
    )
    assert degrees(layers, "第1公司") == ((121.411, 31.101), "building")
    assert degrees(layers, "第2公司") == ((121.411, 31.101), "building")
    assert degrees(layers, "第3公司") == ((121.422, 31.102), "building")
    assert degrees(layers, "第4公司") == ((121.411, 31.101), "building")
    assert degrees(layers, "第5公司") == ((121.425, 31.1075), "committee")
    assert list(told(layers).values()) == [placing.IN_TABLE.text] * 4 + [placing.AT_COMMITTEE.text]
    record = layers.record("addresses")
    assert (record.rows_in, record.kept, record.adds_up) == (2, 2, True)


def test_a_table_row_that_cannot_place_others_is_refused(tmp_path):
    path = write_csv(
        tmp_path / "addresses.csv", ["名称", "地址", "经度", "纬度", "精度"],
        ["甲大厦", "", 121.4, 31.1, "门牌"], ["乙大厦", "", "", "", ""], ["", "", 121.4, 31.1, ""], ["丙", "", 121.4, 31.1, "街道"],
    )  # fmt: skip
    got = read_addresses(path)
    assert got.frame["name"].tolist() == ["甲大厦"]
    assert got.record.rejected == {NO_POINT.text: 1, NO_KEY.text: 1, COARSE.text: 1}
    assert got.record.adds_up


class Service:
    """A map service that knows one address, and remembers what it was asked."""

    def __init__(self):
        self.asked, self.notes = [], ["left some"]

    def locate(self, addresses):
        self.asked += addresses
        known = {
            "长江路7号": (121.431, 31.101, "building"),
            "黄河路": (121.432, 31.102, "street"),
            "淮河镇": (121.4, 31.1, "street_town"),
        }
        return [known.get(address) for address in addresses]


def test_the_map_service_is_asked_last_and_only_for_what_nothing_else_places(city):
    service = Service()
    layers = read(
        city,
        firm(1, 经营地址="长江路7号"), firm(2, 经营地址="黄河路"), firm(3, 经营地址="淮河镇", 所属街镇="乙镇"),
        firm(4, 经营地址="人民路1号", 经度=121.412, 纬度=31.102), firm(5, 经营地址="人民路1号3楼"),
        locator=service,
    )  # fmt: skip
    assert service.asked == ["淮河镇", "长江路7号", "黄河路"]
    assert degrees(layers, "第1公司") == ((121.431, 31.101), "building")
    assert degrees(layers, "第2公司") == ((121.432, 31.102), "street")
    assert degrees(layers, "第3公司")[1] == "street_town"
    assert degrees(layers, "第5公司") == ((121.412, 31.102), "building")
    assert "left some" in layers.record("enterprises").notes


CODES = [
    ["代码", "名称", "曾用名", "启用日期", "停用日期", "新代码"],
    ["310101000000", "东区", "", "", "", ""],
    ["310101001000", "甲街道", "", "2021-01-01", "", ""],
    ["310101001000", "甲镇", "", "", "2021-01-01", ""],  # renamed
    ["310101002000", "乙镇", "老乙乡", "", "", ""],
    ["310102001000", "丙街道", "", "", "", ""],
    ["310102002000", "丁街道", "", "", "", ""],
    ["310102009000", "戊街道", "", "2000年1月", "2023/6/1", "310102008"],  # merged twice
    ["310102008000", "己街道", "", "", "2024.3.1", "310102002"],
    ["310102003000", "将来街道", "", "2030-01-01", "", ""],
]


def test_codes_names_renames_and_successors(city):
    table = write_csv(city / "codes.csv", *CODES)
    layers = read(
        city,
        firm(1, 街镇代码="310101002000"), firm(2, 所属街镇="甲镇"), firm(3, 所属街镇="老乙乡"), firm(4, 所属街镇="戊街道"),
        firm(5, 街镇代码="310102009"), firm(6, 街镇代码="310101002", 所属街镇="丁街道"), firm(7, 街镇代码="999999999", 所属街镇="丁街道"),
        firm(8, 街镇代码="12", 所属街镇="丁街道"), firm(9, 所属街镇="310102001"), firm(10, 街镇代码="310102001002"),
        divisions=Source(table),
    )  # fmt: skip
    middle = {"甲": 121.405, "乙": 121.415, "丙": 121.425, "丁": 121.435}
    for number, town in enumerate("乙甲乙丁丁乙丁丁丙", 1):
        assert degrees(layers, f"第{number}公司") == ((middle[town], 31.105), "street_town"), number
    assert degrees(layers, "第10公司") == ((121.425, 31.1075), "committee")
    entries = layers.repaired[layers.repaired["layer"] == "enterprises"]
    by_row = {
        row: set(part["reason"]) - {placing.AT_STREET_TOWN.text, placing.AT_COMMITTEE.text}
        for row, part in entries.groupby("source_row")
    }
    assert {row - 2: reasons for row, reasons in by_row.items() if reasons} == {
        2: {claims.FORMER.text}, 3: {claims.FORMER.text}, 4: {claims.FORMER.text}, 5: {claims.FORMER.text},
        6: {claims.CODE_UNLIKE_NAME.text}, 7: {claims.CODE_UNKNOWN.text}, 8: {DIVISION_CODE_UNUSABLE.text},
    }  # fmt: skip
    assert layers.record("divisions").adds_up
    assert layers.record("divisions").rows_in == len(CODES) - 1


def test_boundaries_that_the_code_table_contradicts_are_noted(city):
    rows = [row for row in CODES if row[1] not in {"丙街道", "乙镇", "丁街道"}] + [
        ["310101002", "乙街道", "", "", "", ""],
        ["310102002", "丁街道", "", "", "2020-01-01", ""],
    ]
    layers = read(city, divisions=write_csv(city / "codes.csv", *rows))
    notes = " | ".join(layers.record("street_towns").notes)
    assert "310101002 乙镇" in notes  # 乙街道 and 乙镇 share a bare name only
    assert "310102002 丁街道" in notes
    assert "310102001 丙街道" in notes


def test_coordinates_that_contradict_borough_town_or_committee_are_said_once(city):
    here = {"经度": 121.405, "纬度": 31.1025}  # 东区 甲街道 一居委会
    layers = read(
        city,
        firm(1, **here, 所属区="西区", 所属街镇="丙街道", 所属居村="二居委会"),
        firm(2, **here, 所属区="东区", 所属街镇="乙镇", 所属居村="二居委会"),
        firm(3, **here, 所属区="东区", 所属街镇="甲街道", 所属居村="二居委会"),
        firm(4, **here, 所属区="东区", 所属街镇="甲街道", 所属居村="一居委会"),
        firm(5, **here, 街镇代码="310102002"),
        firm(6, 经度=125, 纬度=40),
    )
    assert {row - 2: reason for row, reason in told(layers).items()} == {
        1: claims.BOROUGH_ELSEWHERE.text, 2: claims.ELSEWHERE.text, 3: claims.COMMITTEE_ELSEWHERE.text, 5: claims.BOROUGH_ELSEWHERE.text,
    }  # fmt: skip
    shown = layers.misplaced
    assert shown.set_index("name")["reason"].to_dict() == {
        "第1公司": claims.BOROUGH_ELSEWHERE.text, "第2公司": claims.ELSEWHERE.text, "第3公司": claims.COMMITTEE_ELSEWHERE.text,
        "第5公司": claims.BOROUGH_ELSEWHERE.text, "第6公司": placing.OUTSIDE.text,
    }  # fmt: skip
    assert shown.crs == layers.crs


def test_a_code_table_with_faults_says_so(tmp_path):
    rows = [
        ["代码", "名称", "启用日期", "新代码"],
        ["31", "上海", "", ""],
        ["310101", "", "", ""],
        ["310101", "黄浦区", "昨天", "x"],
    ]
    got = read_divisions(write_csv(tmp_path / "codes.csv", *rows))
    assert (got.record.kept, got.record.rejected_rows, got.record.adds_up) == (1, 2, True)
    assert NO_CODE.text in got.record.rejected
    assert BAD_DATE.text in got.record.repaired


def test_addresses_without_a_number_have_no_key():
    for text in ("", None, "上海市黄浦区", "中山东一路", "某大厦3楼", "12号", "园区"):
        assert address_key(text) == ""
