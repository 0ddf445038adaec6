"""Any bytes and any cells end in a frame whose counts add up, or in one message: never in a traceback."""

import csv
import io
import itertools

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geodata.errors import GeodataError
from geodata.sources import (
    read_boundaries,
    read_disputes,
    read_federation_list,
    read_links,
    read_outdoor,
    read_premises_book,
    read_register,
    read_sites,
    read_workplaces,
)
from geodata.sources.addresses import read_addresses
from geodata.sources.buildings import read_buildings
from geodata.sources.census import read_census
from geodata.sources.density import read_density
from geodata.sources.divisions import read_divisions
from geodata.sources.presence import read_presence
from geodata.sources.samples import read_samples
from geodata.sources.zones import read_zones

from .conftest import HEADERS, row, write_xlsx

SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
READERS = [
    read_register, read_sites, read_outdoor, read_boundaries, read_premises_book, read_presence, read_samples, read_zones,
    read_density, read_census, read_buildings, read_disputes, read_workplaces, read_links, read_federation_list,
    read_addresses, read_divisions,
]  # fmt: skip
SUFFIXES = ["xlsx", "xls", "csv", "ods", "gpkg", "geojson", "shp", "parquet", "zip", "txt"]
counter = itertools.count()


def fresh(folder, suffix):
    return folder / f"f{next(counter)}.{suffix}"


def attempt(reader, path):
    """Read; a refusal must be ours and say something."""
    read, refusal = None, None
    try:
        read = reader(path)
    except GeodataError as error:
        refusal = error
    if refusal is not None:
        assert refusal.faults
        assert str(refusal)
        return
    parts = [read] if hasattr(read, "record") else [read.boroughs, read.street_towns, read.units]
    for part in parts:
        assert part is None or part.record.adds_up


@SETTINGS
@given(
    data=st.binary(max_size=300),
    start=st.sampled_from(
        [
            b"",
            b"PK\x03\x04",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"PAR1",
            b"SQLite format 3\x00",
            b"{",
            b"\xff\xfe",
        ]
    ),
    suffix=st.sampled_from(SUFFIXES),
    reader=st.sampled_from(READERS),
)
def test_any_bytes(tmp_path, data, start, suffix, reader):
    path = fresh(tmp_path, suffix)
    path.write_bytes(start + data)
    attempt(reader, path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Sound files of every format, to be damaged."""
    folder = tmp_path_factory.mktemp("sound")
    rows = [HEADERS, *(row(number) for number in range(1, 6))]
    write_xlsx(folder / "a.xlsx", rows)
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    (folder / "a.csv").write_bytes(text.getvalue().encode("gb18030"))
    frame = gpd.GeoDataFrame(
        {"name": ["甲", "乙"], "workers": [1, 2]},
        geometry=[Point(121, 31), Point(122, 31)],
        crs="EPSG:4326",
    )
    frame.to_file(folder / "a.gpkg")
    frame.to_file(folder / "a.geojson")
    frame.to_parquet(folder / "a.parquet")
    areas = frame.set_geometry([box(121, 31, 122, 32), box(122, 31, 123, 32)])
    areas.to_file(folder / "areas.gpkg", layer="boroughs")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@SETTINGS
@given(
    name=st.sampled_from(["a.xlsx", "a.csv", "a.gpkg", "a.geojson", "a.parquet", "areas.gpkg"]),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), min_size=1, max_size=6),
    keep=st.floats(0.2, 1),
)
def test_damaged_files(tmp_path, sound, name, cuts, keep):
    data = bytearray(sound[name])
    for where, patch in cuts:
        place = int(where * (len(data) - 1))
        data[place : place + len(patch)] = patch
    path = fresh(tmp_path, name.rpartition(".")[2])
    path.write_bytes(bytes(data[: int(len(data) * keep)]))
    attempt(read_boundaries if name == "areas.gpkg" else read_register, path)


CELLS = (
    st.none()
    | st.text(max_size=12).filter(lambda text: "\x00" not in text)
    | st.integers(-(10**12), 10**12).map(str)
    | st.floats(allow_nan=False).map(str)
    | st.sampled_from(["合计", "是", "121.5", "31.2", "9.13E+17", "１２", "企业名称"])
)


@SETTINGS
@given(rows=st.lists(st.lists(CELLS, max_size=len(HEADERS) + 2), min_size=1, max_size=8))
def test_any_cells_under_a_sound_header(tmp_path, rows):
    path = fresh(tmp_path, "csv")
    with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as stream:
        csv.writer(stream).writerows([HEADERS, *rows])
    attempt(read_register, path)


FURTHER = {
    read_premises_book: ["编号", "名称", "经度", "纬度", "同意情况", "可用日期", "月租金", "否决", "填报日期"],
    read_presence: ["小区编号", "日期类型", *(f"{hour}时" for hour in range(24))],
    read_samples: ["骑手编号", "时间", "经度", "纬度", "工种"],
    read_sites: ["编号", "名称", "类型", "经度", "纬度", "配置", "空调", "冰箱"],
}  # fmt: skip
SAID = st.sampled_from(
    ["是", "服务站", "2026-01-01 08:00", "工作日", "1751258000", "45838.5", "骑手", "7"]
)


@SETTINGS
@given(
    reader=st.sampled_from(list(FURTHER)),
    rows=st.lists(st.lists(CELLS | SAID, max_size=28), min_size=1, max_size=8),
)
def test_any_cells_of_the_further_layers(tmp_path, reader, rows):
    path = fresh(tmp_path, "csv")
    with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as stream:
        csv.writer(stream).writerows([FURTHER[reader], *rows])
    attempt(reader, path)


CHINESE = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12
)


@SETTINGS
@given(
    names=st.lists(CHINESE, min_size=3, max_size=6, unique=True),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"]),
    delimiter=st.sampled_from([",", "\t", ";"]),
)
def test_any_chinese_name_survives_any_encoding(tmp_path, names, encoding, delimiter):
    path = fresh(tmp_path, "csv")
    rows = [[f"{name}有限公司", 5, 121.49, 31.23] for name in names]
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(
            [["企业名称", "职工人数", "经度", "纬度"], *rows]
        )
    read = read_register(path)
    assert read.record.adds_up
    assert read.frame["name"].tolist() == [one[0] for one in rows]


@SETTINGS
@given(
    header=st.lists(
        st.sampled_from([*HEADERS, "", "备注", "手机"]) | st.text(max_size=8),
        min_size=1,
        max_size=16,
    )
)
def test_any_header(tmp_path, header):
    path = fresh(tmp_path, "csv")
    with path.open("w", encoding="utf-8", newline="", errors="replace") as stream:
        csv.writer(stream).writerows([header, *(row(number) for number in range(3))])
    attempt(read_register, path)
