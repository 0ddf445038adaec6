"""The files people take away: layers, styles, sheets and figures are those of the plan."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import geopandas as gpd
import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest

from planner.policy import read_policy
from planner.report.workbook import write_workbook

AREAS = {"districts", "units", "street_towns", "adjacency", "carriers"}
TIERS = {tier.name for tier in read_policy("shanghai-2018").tiers}


@pytest.fixture(scope="module")
def exported(town_run, tmp_path_factory):
    """Give the folder of the town plan's outputs, and what the command printed."""
    from click.testing import CliRunner

    from planner.cli.commands import export

    made, store = town_run
    folder = tmp_path_factory.mktemp("outputs")
    words = [made.plan.plan_id, "--to", str(folder), "--store", str(store)]
    answer = CliRunner().invoke(export, words, catch_exceptions=False)
    assert answer.exit_code == 0
    return folder, answer.output


def test_every_output_is_there_and_named(exported):
    folder, printed = exported
    for kind, path in {
        "geopackage": "plan.gpkg",
        "geoparquet": "geoparquet",
        "workbook": "plan.xlsx",
        "map": "map",
    }.items():
        assert (folder / path).exists()
        assert f"{kind}: {folder / path}" in printed


def test_geopackage_layers_are_the_plan_in_degrees(exported, town_run):
    folder, _ = exported
    plan = town_run[0].plan
    names = {str(name) for name, kind in pyogrio.list_layers(folder / "plan.gpkg") if kind}
    assert names == AREAS | TIERS | {"organisations"}
    districts = gpd.read_file(folder / "plan.gpkg", layer="districts")
    assert districts.crs.to_epsg() == 4326
    assert sorted(districts["district_id"]) == sorted(plan.districts["district_id"])
    for tier in TIERS:
        sites = gpd.read_file(folder / "plan.gpkg", layer=tier)
        assert len(sites) == (plan.facilities["tier"] == tier).sum()
        west, south, east, north = districts.total_bounds
        assert sites.geometry.x.between(west - 0.05, east + 0.05).all()
        assert sites.geometry.y.between(south - 0.05, north + 0.05).all()


def test_every_layer_has_a_style_that_qgis_finds(exported):
    with closing(sqlite3.connect(exported[0] / "plan.gpkg")) as base:
        kinds = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents"))
        styles = base.execute(
            "SELECT f_table_name, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
    assert kinds["layer_styles"] == "attributes"
    assert {name for name, _, _ in styles} == {
        name for name, kind in kinds.items() if kind == "features"
    }
    for _, default, qml in styles:
        assert default == 1
        assert "<qgis" in qml


def test_geoparquet_is_version_1_1(exported):
    files = sorted((exported[0] / "geoparquet").glob("*.parquet"))
    assert {path.stem for path in files} == AREAS | TIERS | {"organisations", "enterprises"}
    for path in files:
        meta = json.loads(pq.read_schema(path).metadata[b"geo"])
        assert meta["version"] == "1.1.0"
        assert "covering" in meta["columns"]["geometry"]


SHEETS = (
    "概况",
    "选址质量",
    "小二级",
    "行业工会联合会",
    "服务阵地",
    "场所台账",
    "建会率",
    "入会率",
    "基层工会",
    "联合工会规模",
    "子片区",
    "目标分解",
    "建成情况",
    "开放时间",
    "建设计划",
    "建设进度",
    "资金人员上限",
    "优化质量",
    "阵地投入",
    "设施配置",
    "经费预算",
    "经费托管",
    "集体协商",
    "调解与预警",
    "服务清单",
    "七项标准",
    "覆盖公平",
    "分时覆盖",
    "企业归属",
    "相邻单元",
    "待核查",
    "数据来源",
    "退回数据",
)


def test_workbook_holds_the_plan_and_no_formula(exported, town_run):
    plan = town_run[0].plan
    book = openpyxl.load_workbook(exported[0] / "plan.xlsx")
    assert tuple(book.sheetnames) == SHEETS
    for sheet in book:
        headers = [str(cell.value) for cell in sheet[1]]
        assert all(any("\u4e00" <= c <= "\u9fff" for c in header) for header in headers)
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    rows = {row[1].value: row[2].value for row in book["概况"].iter_rows(min_row=2)}
    assert rows["plan"] == plan.plan_id
    assert rows["federation districts"] == plan.kpis["districts"]
    assert book["小二级"].max_row - 1 == len(plan.districts)
    assert book["服务阵地"].max_row - 1 == len(plan.facilities)
    assert book["基层工会"].max_row - 1 == len(plan.layers["organisations"])
    workers = [row[6].value for row in book["小二级"].iter_rows(min_row=2)]
    assert sum(workers) == plan.districts["workers"].sum()


@pytest.mark.parametrize(
    "name", ["=1+1", "@x", "+1", "-1", '=HYPERLINK("http://x","y")', "http://x.example"]
)
def test_names_that_look_like_formulas_stay_text(name, town_run, tmp_path):
    plan = town_run[0].plan
    organisations = plan.layers["organisations"].copy()
    organisations["name"] = name
    hostile = replace(plan, layers={**plan.layers, "organisations": organisations})
    sheet = openpyxl.load_workbook(write_workbook(hostile, tmp_path / "plan.xlsx"))["基层工会"]
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert cells
    assert {cell.value for cell in cells} == {name}
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)


def test_exporting_twice_replaces_the_files(exported, town_run, call):
    made, store = town_run
    folder, _ = exported
    answer = call("export", made.plan.plan_id, "--to", folder, "--store", store)
    assert answer.code == 0, answer.err
    assert len(gpd.read_file(folder / "plan.gpkg", layer="districts")) == len(made.plan.districts)


def test_a_folder_that_cannot_be_written_is_said(town_run, call, tmp_path):
    made, store = town_run
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = call(
        "export", made.plan.plan_id, "--to", tmp_path / "file" / "folder", "--store", store
    )
    assert answer.code in {2, 3}
    assert "Traceback" not in answer.err
    assert "unexpected" not in answer.err
