"""Premises of several lists and of the road file: each place once, counted."""

import geopandas as gpd
import pytest
from shapely.geometry import box

from geodata.errors import EmptyLayerError, InputFormatError, InputMissingError
from geodata.layers.premises import IN_EARLIER_LIST, LISTED, OUT_OF_CITY
from geodata.sources import Source, read_layers
from geodata.sources.road_premises import NO_NAME, read_road_premises

from .conftest import HEADERS, row, write_xlsx

LIST = ("编号", "名称", "类型", "建筑面积", "意向", "可用日期", "经度", "纬度")
LON, LAT = 121.49, 31.235

OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lon="121.4900" lat="31.2350" version="1"><tag k="amenity" v="bank"/><tag k="name" v="中国工商银行"/></node>
<node id="2" lon="121.4920" lat="31.2360" version="1"><tag k="amenity" v="school"/><tag k="name" v="外滩小学"/></node>
<node id="3" lon="121.4930" lat="31.2360" version="1"><tag k="railway" v="subway_entrance"/><tag k="name" v="2号口"/></node>
<node id="4" lon="121.4931" lat="31.2361" version="1"><tag k="railway" v="station"/><tag k="name" v="南京东路站"/></node>
<node id="5" lon="121.2000" lat="31.2361" version="1"><tag k="railway" v="subway_entrance"/></node>
<node id="6" lon="121.2000" lat="31.2361" version="1"><tag k="shop" v="mall"/><tag k="name" v="城外商场"/></node>
<node id="7" lon="121.4920" lat="31.2361" version="1"><tag k="shop" v="bakery"/><tag k="name" v="面包房"/></node>
<node id="10" lon="121.4919" lat="31.2359" version="1"/><node id="11" lon="121.4921" lat="31.2359" version="1"/>
<node id="12" lon="121.4921" lat="31.2361" version="1"/>
<way id="1" version="1"><nd ref="10"/><nd ref="11"/><nd ref="12"/><nd ref="10"/><tag k="amenity" v="school"/><tag k="name" v="外滩小学"/></way>
<way id="2" version="1"><nd ref="10"/><nd ref="11"/><nd ref="12"/><nd ref="10"/><tag k="landuse" v="commercial"/><tag k="name" v="外滩商务区"/></way>
</osm>"""


@pytest.fixture
def city(tmp_path):
    """A register, one street_town and a road file."""
    area = box(LON - 0.05, LAT - 0.05, LON + 0.05, LAT + 0.05)
    towns = gpd.GeoDataFrame(
        {"代码": ["310101002"], "名称": ["外滩街道"], "区代码": ["310101"]},
        geometry=[area], crs="EPSG:4326",
    )  # fmt: skip
    towns.to_file(tmp_path / "b.gpkg", layer="street_towns")
    (tmp_path / "roads.osm").write_text(OSM, encoding="utf-8")
    return {
        "register": write_xlsx(tmp_path / "r.xlsx", [HEADERS, row(1)]),
        "boundaries": tmp_path / "b.gpkg",
    }


def sites_list(folder, name, *rows):
    return write_xlsx(folder / name, [LIST, *rows])


def test_places_of_the_road_file_by_kind(city, tmp_path):
    read = read_road_premises(tmp_path / "roads.osm")
    assert read.record.adds_up
    assert read.record.ignored == {NO_NAME: 1}
    kinds = dict(zip(read.frame["name"], read.frame["kind"], strict=True))
    assert kinds == {
        "中国工商银行": "bank",
        "外滩小学": "school",
        "南京东路站地铁2号口": "other_public",
        "城外商场": "mall",
        "外滩商务区": "park",
    }
    assert read.record.licence == "ODbL 1.0"


def test_a_listed_place_wins_over_the_road_file(city, tmp_path):
    listed = sites_list(
        tmp_path, "s.xlsx", ["A1", "工商银行", "银行", 80, "已签约", None, LON + 0.0002, LAT]
    )
    layers = read_layers(**city, sites=listed, premises_roads=tmp_path / "roads.osm")
    assert layers.sites["site_id"].tolist() == ["A1", "osm:node/2", "osm:node/3", "osm:way/2"]
    record = [one for one in layers.records if one.layer == "sites"][1]
    assert record.adds_up
    # The bank is listed, the school stands twice in the file.
    assert record.ignored == {NO_NAME: 1, LISTED: 2, OUT_OF_CITY: 1}
    assert layers.sites.set_index("site_id").loc["A1", "consent"] == "signed"


def test_a_namesake_elsewhere_is_another_place(city, tmp_path):
    listed = sites_list(
        tmp_path, "s.xlsx", ["A1", "中国工商银行", "银行", 80, None, None, LON + 0.01, LAT]
    )
    layers = read_layers(**city, sites=listed, premises_roads=tmp_path / "roads.osm")
    assert "osm:node/1" in set(layers.sites["site_id"])


def test_the_road_file_alone_will_do(city, tmp_path):
    layers = read_layers(**city, premises_roads=tmp_path / "roads.osm")
    assert len(layers.sites) == 4
    assert layers.record("sites").kept == 4


def test_a_road_file_without_premises_says_so(city, tmp_path):
    only = '<osm version="0.6"><node id="1" lon="121.49" lat="31.23" version="1"/></osm>'
    (tmp_path / "bare.osm").write_text(only, encoding="utf-8")
    with pytest.raises(EmptyLayerError, match="sites"):
        read_layers(**city, premises_roads=tmp_path / "bare.osm")


@pytest.mark.parametrize(("name", "text", "kind"), [("absent.osm", None, InputMissingError), ("broken.osm", "<osm", InputFormatError)])  # fmt: skip
def test_a_road_file_that_cannot_be_read(city, tmp_path, name, text, kind):
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(kind):
        read_layers(**city, premises_roads=tmp_path / name)


def test_several_lists_are_one_and_the_first_wins(city, tmp_path):
    first = sites_list(
        tmp_path, "a.xlsx", ["1", "外滩党群中心", "党群", None, "洽谈", None, LON, LAT]
    )
    second = sites_list(
        tmp_path, "b.xlsx",
        ["9", "外滩党群中心", "党群", 300, "不同意", "2026-01-01", LON + 0.0001, LAT],
        ["1", "便利店", "便利", None, None, None, LON + 0.01, LAT],
    )  # fmt: skip
    layers = read_layers(**city, sites=[first, Source(second, owner="街道")])
    sites = layers.sites.set_index("site_id")
    assert sites["name"].to_dict() == {"1": "外滩党群中心", "1-2": "便利店"}
    # What the first list leaves open comes from the second, and a refusal holds.
    assert sites.loc["1", "floor_area_m2"] == 300
    assert sites.loc["1", "consent"] == "refused"
    assert str(sites.loc["1", "available_from"])[:10] == "2026-01-01"
    records = [one for one in layers.records if one.layer == "sites"]
    assert [(one.path, one.kept, one.owner) for one in records] == [
        ("a.xlsx", 1, ""),
        ("b.xlsx", 1, "街道"),
    ]
    assert all(one.adds_up for one in records)
    assert layers.rejected["reason"].tolist() == [IN_EARLIER_LIST.text]
    assert layers.rejected["layer"].tolist() == ["sites"]
