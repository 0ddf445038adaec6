"""Tables of a real PostgreSQL with PostGIS, as register and as layers."""

import contextlib
import importlib.util
import json
import os
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geodata.errors import (
    CrsError,
    EmptyLayerError,
    InputMissingError,
    MissingColumnError,
    RemoteError,
)
from geodata.sources import read_boundaries, read_layers, read_outdoor, read_register, read_sites
from geodata.sources.bundle import Source
from geodata.sources.origin import origin_of, without_password
from planner.cli.main import main

from .conftest import uscc

TOOL = Path(__file__).resolve().parents[2] / "database.py"


@pytest.fixture(scope="module")
def address():
    """Give the address of a fresh database; a user may have no server, CI must."""
    spec = importlib.util.spec_from_file_location("database_tool", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    programs = tool.find_server()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no PostgreSQL with PostGIS, and CI must have one")
        pytest.skip(
            "no PostgreSQL with PostGIS on this machine (`make database` says how to get one)"
        )
    with tool.running(programs) as given:
        execute(given, "CREATE EXTENSION postgis")
        yield given


def execute(address, *statements):
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def schema(address, request):
    """Give an empty schema of the test's own."""
    name = f"t{abs(hash(request.node.name))}"
    execute(address, f"CREATE SCHEMA {name}")
    yield name
    execute(address, f"DROP SCHEMA {name} CASCADE")


def fill_register(address, schema, shape="geometry(Point, 4326)", srid=4326, extra=""):
    execute(
        address,
        f"""CREATE TABLE {schema}.register (
            序号 integer PRIMARY KEY, 企业名称 text, 统一社会信用代码 text, 职工人数 numeric(8, 1), 会员人数 integer,
            行业代码 text, 登记注册类型 text, 所属街镇 text, 是否建会 boolean, 建会日期 date, 联系人 text, 手机 text,
            geom {shape}){extra}""",
    )
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        # Written in falling order: rows are read by their key.
        for number in (3, 2, 1):
            connection.execute(
                f"""INSERT INTO {schema}.register VALUES (%s, %s, %s, %s, 5, 'I65', '私营有限责任公司', '外滩街道', true,
                    '2024-03-01', '张三', '13800000000', ST_SetSRID(ST_MakePoint(%s, %s), {srid}))""",
                (
                    number,
                    f"上海第{number}科技有限公司",
                    uscc(number),
                    10 * number,
                    121.49 + number / 1000,
                    31.235,
                ),
            )


def test_a_register_is_read_and_persons_stay_in_the_database(address, schema):
    fill_register(address, schema)
    read = read_register(f"{address}#{schema}.register")
    assert read.frame["name"].tolist() == [f"上海第{n}科技有限公司" for n in (1, 2, 3)]
    assert read.frame["workers"].tolist() == [10, 20, 30]
    assert read.frame["unionised"].all()
    assert read.frame.geometry.x.tolist() == pytest.approx([121.491, 121.492, 121.493])
    record = read.record
    assert record.adds_up
    assert record.rows_in == record.kept == 3
    assert record.path.endswith(f"#{schema}.register")
    assert "secret" not in record.path
    assert len(record.sha256) == 64
    assert any("联系人" in note and "手机" in note for note in record.notes)
    assert "张三" not in read.frame.to_csv()


def test_the_same_rows_have_the_same_hash_and_other_rows_another(address, schema):
    fill_register(address, schema)
    before = read_register(f"{address}#{schema}.register").record.sha256
    execute(
        address, f"UPDATE {schema}.register SET 职工人数 = 职工人数"
    )  # moves rows, changes nothing
    assert read_register(f"{address}#{schema}.register").record.sha256 == before
    execute(address, f"UPDATE {schema}.register SET 职工人数 = 99 WHERE 序号 = 2")
    assert read_register(f"{address}#{schema}.register").record.sha256 != before


def test_columns_without_shapes_views_and_the_mapping_block(address, schema):
    execute(
        address,
        f"CREATE TABLE {schema}.raw (code text, n text, staff text, jd float8, wd float8)",
        f"INSERT INTO {schema}.raw VALUES ('{uscc(1)}', '甲公司', '1,234', 121.5, 31.2), (NULL, '乙公司', '约20人', 121.6, 31.2)",
        f"CREATE VIEW {schema}.seen AS SELECT * FROM {schema}.raw",
    )
    columns = {"name": "n", "uscc": "code", "workers": "staff", "lon": "jd", "lat": "wd"}
    read = read_register(address, sheet=f"{schema}.seen", columns=columns, datum="gcj02")
    assert sorted(read.frame["workers"]) == [20, 1234]
    assert read.record.crs == "gcj02"
    assert read.frame.geometry.x.max() < 121.5999  # moved out of the shifted datum


def test_shapes_in_a_survey_grid_and_boundaries_by_their_names(address, schema):
    execute(
        address,
        f"CREATE TABLE {schema}.boroughs (code text, name text, geom geometry)",
        f"INSERT INTO {schema}.boroughs VALUES ('310101', '黄浦区', ST_Transform(ST_GeomFromText('POLYGON((121 31, 122 31, 122 32, 121 32, 121 31))', 4326), 32651))",
        f"CREATE TABLE {schema}.street_towns (code text, name text, 所属区 text, geom geometry)",
        f"INSERT INTO {schema}.street_towns VALUES ('310101002', '外滩街道', '黄浦区', ST_GeomFromText('POLYGON((121.1 31.1, 121.9 31.1, 121.9 31.9, 121.1 31.9, 121.1 31.1))', 4326))",
    )
    whole = f"{address}?options=-csearch_path%3D{schema}%2Cpublic"
    areas = read_boundaries(whole)
    assert areas.boroughs.frame["borough_id"].tolist() == ["310101"]
    assert areas.boroughs.record.crs == "EPSG:32651"
    assert areas.boroughs.frame.total_bounds == pytest.approx([121, 31, 122, 32], abs=1e-6)
    assert areas.street_towns.frame["name"].tolist() == ["外滩街道"]
    assert areas.units is None
    alone = read_boundaries(f"{address}#{schema}.street_towns")
    assert alone.boroughs is None
    assert len(alone.street_towns.frame) == 1


def test_every_layer_at_once(address, schema, tmp_path):
    fill_register(address, schema)
    execute(
        address,
        f"CREATE TABLE {schema}.street_towns (code text, name text, 所属区 text, geom geometry(Polygon, 4326))",
        f"INSERT INTO {schema}.street_towns VALUES ('310101002', '外滩街道', '黄浦区', ST_MakeEnvelope(121.4, 31.1, 121.6, 31.3, 4326))",
        f"CREATE TABLE {schema}.premises (id text, 名称 text, 类型 text, geom geography(Point, 4326))",
        f"INSERT INTO {schema}.premises VALUES ('P1', '某银行', '银行', ST_MakePoint(121.5, 31.2)::geography)",
        f"CREATE TABLE {schema}.outdoor (kind text, h12 float8, geom geometry(Point, 4490))",
        f"INSERT INTO {schema}.outdoor VALUES ('骑手', 3, ST_SetSRID(ST_MakePoint(121.5, 31.2), 4490))",
    )
    source = {
        name: f"{address}#{schema}.{name}"
        for name in ("register", "street_towns", "premises", "outdoor")
    }
    layers = read_layers(
        register=source["register"],
        boundaries=Source(origin_of(source["street_towns"]), options={"level": "street_towns"}),
        sites=source["premises"],
        outdoor=source["outdoor"],
    )
    assert [len(layers.enterprises), len(layers.sites), len(layers.outdoor)] == [3, 1, 1]
    assert all(record.adds_up for record in layers.records)
    assert read_sites(source["premises"]).frame["kind"].tolist() == ["bank"]
    assert read_outdoor(source["outdoor"]).frame["h12"].tolist() == [3.0]


def test_what_cannot_be_read_says_what_to_do(address, schema):
    fill_register(address, schema)
    with pytest.raises(InputMissingError, match=f"{schema}.register"):
        read_register(f"{address}#{schema}.nothing")
    execute(
        address,
        f"CREATE TABLE {schema}.empty (企业名称 text, 职工人数 int, 经度 float8, 纬度 float8)",
    )
    with pytest.raises(EmptyLayerError):
        read_register(f"{address}#{schema}.empty")
    execute(
        address,
        f"CREATE TABLE {schema}.mixed (企业名称 text, 职工人数 int, geom geometry)",
        f"INSERT INTO {schema}.mixed VALUES ('甲', 1, ST_SetSRID(ST_MakePoint(121, 31), 4326)), ('乙', 2, ST_SetSRID(ST_MakePoint(3e5, 3e6), 32651))",
    )
    with pytest.raises(CrsError, match="4326"):
        read_register(f"{address}#{schema}.mixed")
    execute(
        address, f"CREATE TABLE {schema}.odd (a text)", f"INSERT INTO {schema}.odd VALUES ('x')"
    )
    with pytest.raises(MissingColumnError):
        read_register(f"{address}#{schema}.odd")
    wrong = address.replace("secret", "not-the-word")
    with pytest.raises(RemoteError) as refusal:
        read_register(f"{wrong}#{schema}.register")
    assert "not-the-word" not in str(refusal.value)
    assert "PGPASSWORD" in str(refusal.value)


def test_a_table_name_is_never_run_as_a_command(address, schema):
    fill_register(address, schema)
    with pytest.raises(InputMissingError):
        read_register(f"{address}#{schema}.register; DROP TABLE {schema}.register")
    execute(
        address,
        f'CREATE TABLE {schema}."a""b; DROP" (企业名称 text, 职工人数 int, 经度 float8, 纬度 float8)',
    )
    execute(address, f'INSERT INTO {schema}."a""b; DROP" VALUES (\'甲\', 1, 121.5, 31.2)')
    assert len(read_register(address, sheet=f'{schema}.a"b; DROP').frame) == 1
    assert len(read_register(f"{address}#{schema}.register").frame) == 3


def test_the_command_line_reads_a_scenario_of_tables(address, schema, town, tmp_path, capsys):
    """A whole scenario checked from tables gives the counts it gives from files, and shows no password."""
    towns = gpd.read_file(town / "boundaries.gpkg", layer="street_towns")
    copy_areas(address, schema, towns)
    scenario = (town / "scenario.toml").read_text(encoding="utf-8")
    text = scenario.replace(
        'path = "boundaries.gpkg"', f'path = "{address}?options=-csearch_path%3D{schema}%2Cpublic"'
    )
    for name in town.iterdir():
        (tmp_path / name.name).symlink_to(name)
    path = tmp_path / "from_tables.toml"
    path.write_text(text, encoding="utf-8")
    counts = []
    for file in (town / "scenario.toml", path):
        with contextlib.suppress(SystemExit):
            main(["check", str(file), "--json", "--no-roads", "--to", str(tmp_path / "check")])
        printed = capsys.readouterr()
        assert "secret" not in printed.out + printed.err
        counts.append({one["layer"]: one["kept"] for one in json.loads(printed.out)})
    assert counts[0]["enterprises"] == counts[1]["enterprises"]
    assert counts[0]["street_towns"] == counts[1]["street_towns"]


def copy_areas(address, schema, frame):
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            f"CREATE TABLE {schema}.street_towns (street_town_id text, name text, borough_id text, geom geometry)"
        )
        for row in frame.itertuples():
            connection.execute(
                f"INSERT INTO {schema}.street_towns VALUES (%s, %s, %s, ST_SetSRID(ST_GeomFromWKB(%s), 4326))",
                (row.street_town_id, row.name, row.borough_id, shapely.to_wkb(row.geometry)),
            )


def test_addresses_are_told_from_files_and_shown_without_passwords():
    assert str(origin_of("register.xlsx")) == "register.xlsx"
    odd = "postgresql://u:p%40ss@h1:5432,h2/db?sslpassword=x&application_name=y#t"
    assert without_password(odd) == "postgresql://u@h1:5432,h2/db?application_name=y#t"
    assert "p%40ss" not in repr(origin_of(odd))
    assert "ss" not in without_password("postgresql://u:p@[ss/db")
