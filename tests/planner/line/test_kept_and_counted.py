"""A second year with more to read: the book of premises, counted presence, positions and road classes, in one run."""

import json
import shutil

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely.geometry import box

from geodata.errors import GeodataError
from geodata.layers import Layers
from geodata.layers.schemas import HOURS
from geodata.sources import read_premises_book
from planner.cli.check import check
from planner.explain import site_cards
from planner.pipeline import run
from planner.pipeline.keys import stage_keys
from planner.pipeline.presence import with_presence
from planner.report.premises_book import book_rows, write_premises_book
from planner.report.workbook import write_workbook
from planner.scenario import read_scenario

WHY = "业主另有用途"
EVENING = [0] * 14 + [1, 4, 8, 8, 8, 8, 8, 6, 2, 0]
MORE = """
[inputs.premises_book]
path = "book.xlsx"
owner = "区总工会"

[[inputs.presence]]
path = "presence.csv"
peak_share = 0.8
licence = "internal"

[[inputs.outdoor_samples]]
path = "gps.csv"
kind = "courier"
total = 120

[[inputs.outdoor_roads]]
kind = "cleaner"
total = 90
weights = { residential = 1, tertiary = 2 }
hours = [0, 0, 0, 0, 6, 10, 10, 8, 6, 5, 4, 3, 3, 4, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0]
"""


@pytest.fixture(scope="module")
def vetoed(town, town_run, tmp_path_factory):
    """Fill in the book of the town's plan, run again with it: (first plan, run, folder, vetoed, signed, suggested)."""
    before = town_run[0].plan
    folder = tmp_path_factory.mktemp("book") / "town"
    shutil.copytree(town, folder)
    assert (
        write_premises_book(before, folder / "book.xlsx") == before.facilities["site_id"].nunique()
    )
    cards = site_cards(before)
    free = cards[(cards["tier"] == "service_point") & ~cards["existing"]].sort_values("site_id")
    listed = free[~free["site_id"].str.contains(":")]["site_id"].tolist()
    made = free[free["site_id"].str.startswith(("carrier:", "unit:"))]["site_id"].tolist()
    book = openpyxl.load_workbook(folder / "book.xlsx")
    sheet = book.active
    place = {cell.value: cell.column for cell in sheet[1]}

    def fill(site_id, **said):
        row = next(r for r in range(2, sheet.max_row + 1) if sheet.cell(r, 1).value == site_id)
        for header, value in said.items():
            sheet.cell(row, place[header]).value = value

    veto = {"否决": "是", "决定人": "李四", "理由": WHY, "填报日期": "2026-11-02"}
    fill(listed[0], **veto)
    fill(made[0], **veto)
    fill(
        listed[1],
        同意情况="已签约",
        可用日期="2026-12-01",
        月租金=4321,
        决定人="王五",
        理由="已谈妥",
    )
    fill(made[1], 同意情况="已签约", 月租金=1234)
    sheet.append(["P-gone", "早已拆除的商场"])
    book.save(folder / "book.xlsx")
    stations = before.facilities.query("tier == 'rest_station'")["site_id"].tolist()
    lists = openpyxl.load_workbook(folder / "premises.xlsx")
    premises = lists.active
    header = next(r for r in range(1, 6) if "编号" in [cell.value for cell in premises[r]])
    heads = [cell.value for cell in premises[header]]
    column, serves = heads.index("编号") + 1, heads.index("现有功能") + 1
    for name in ("配置", "空调", "冰箱"):
        premises.cell(header, premises.max_column + 1).value = name
    last = premises.max_column
    for r in range(header + 1, premises.max_row + 1):
        if premises.cell(r, column).value == stations[0]:
            premises.cell(r, serves).value = "户外职工爱心接力站"
            premises.cell(r, last - 2).value = "饮水机、充电插座、轮椅"
            premises.cell(r, last - 1).value = "是"
            premises.cell(r, last).value = "否"
    lists.save(folder / "premises.xlsx")
    towns = before.layers["street_towns"]
    lines = [",".join(["街镇", *(f"{hour}时" for hour in range(24))])]
    lines += [",".join([name, *map(str, EVENING)]) for name in towns["name"][:-1]]
    (folder / "presence.csv").write_text("\n".join(lines), encoding="utf-8")
    middle = towns.to_crs(4326).geometry.iloc[0].representative_point()
    gps = [
        f"R{k % 9},2026-06-30 {k % 24:02d}:30,{middle.x + k % 5 / 1e3},{middle.y}"
        for k in range(240)
    ]
    (folder / "gps.csv").write_text("\n".join(["骑手编号,时间,经度,纬度", *gps]), encoding="utf-8")
    text = (folder / "scenario.toml").read_text(encoding="utf-8") + MORE
    text = text.replace(
        "[inputs]\n", '[inputs]\nroads_owner = "市测绘院"\nroads_as_of = 2026-06-30\n', 1
    )
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    after = run(read_scenario(folder / "scenario.toml"), store=folder / "plans")
    return before, after, folder, listed, made, stations


def test_a_vetoed_site_is_not_proposed_again(vetoed):
    before, after, _folder, listed, made, _stations = vetoed
    assert {listed[0], made[0]} <= set(before.facilities["site_id"])
    assert not {listed[0], made[0]} & set(after.plan.facilities["site_id"])
    said = [d for d in after.plan.manifest["scenario"]["decisions"] if d["site_id"] == listed[0]]
    assert {(d["decision"], d["by"], d["reason"]) for d in said} == {("closed", "李四", WHY)}


def test_what_owners_said_reaches_the_plan(vetoed):
    _before, after, _folder, listed, made, _stations = vetoed
    sites = after.plan.layers["sites"].set_index("site_id")
    assert sites.loc[listed[1], "consent"] == sites.loc[made[1], "consent"] == "signed"
    assert sites.loc[listed[1], "rent_yuan_month"] == 4321
    assert sites.loc[made[1], "rent_yuan_month"] == 1234
    cards = site_cards(after.plan).set_index("site_id")
    if listed[1] in cards.index:
        assert set(cards.loc[[listed[1]], "said"]) == {"王五: 已谈妥"}
    source = next(s for s in after.plan.manifest["sources"] if s["layer"] == "premises_book")
    assert source["owner"] == "区总工会"
    assert source["rows_in"] == source["kept"] + sum(source["rejected"].values())
    assert any("早已拆除的商场" in note for note in after.plan.manifest["notes"])


def test_counted_presence_takes_the_place_of_the_policy_s(vetoed):
    before, after, *_ids = vetoed
    counted = after.plan.layers["presence"]
    assert counted["h16"].tolist() == [0.8] * len(counted)

    def present(plan, hour):
        table = plan.derived["hourly"].query("tier == 'station' and day == 'weekday'")
        return float(table.set_index("hour")["present"][hour])

    assert present(after.plan, 18) > present(before, 18)
    assert present(after.plan, 10) < present(before, 10)
    staffed = "cover == 'staff' and day == 'weekday'"
    early = []
    for plan in (before, after.plan):
        table = plan.decisions["hours"].query(staffed)
        early.append(
            int((table["closes_min"].clip(upper=720) - table["opens_min"]).clip(lower=0).sum())
        )
    assert early[1] < early[0]
    source = next(s for s in after.plan.manifest["sources"] if s["layer"] == "presence")
    assert (source["licence"], source["kept"]) == ("internal", len(counted))


def test_positions_and_road_classes_are_demand_of_rest_stations(vetoed):
    before, after, *_ids = vetoed
    outdoor = after.plan.layers["outdoor"]
    gps = outdoor[outdoor["outdoor_id"].str.startswith("positions")]
    swept = outdoor[outdoor["outdoor_id"].str.startswith("roads")]
    assert len(outdoor) == len(before.layers["outdoor"]) + len(gps) + len(swept)
    assert gps[list(HOURS)].sum().max() == pytest.approx(120)
    assert swept[list(HOURS)].sum().max() == pytest.approx(90)
    assert swept["h10"].sum() == pytest.approx(36)
    # A cell's share is its weighted kilometres.
    assert len(swept) > 20
    people = [
        plan.derived["equity"].query("tier == 'rest_station' and by == 'outdoor'")["people"].sum()
        for plan in (before, after.plan)
    ]
    assert people[1] > people[0]
    records = [s for s in after.plan.manifest["sources"] if s["layer"] == "outdoor"]
    assert len(records) == 3
    for source in records:
        lost = sum(source["rejected"].values()) + sum(source["ignored"].values())
        assert source["rows_in"] == source["kept"] + lost


def test_the_check_counts_roads_and_positions_as_the_plan_does(vetoed):
    _before, after, folder, *_ids = vetoed
    words = [str(folder / "scenario.toml"), "--to", str(folder / "check"), "--json"]
    answer = CliRunner().invoke(check, words, catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    checked = [one for one in json.loads(answer.stdout) if one["layer"] == "outdoor"]
    planned = [s for s in after.plan.manifest["sources"] if s["layer"] == "outdoor"]
    counts = ("path", "rows_in", "kept", "rejected", "ignored")
    assert [[one[name] for name in counts] for one in checked] == [
        [one[name] for name in counts] for one in planned
    ]


def test_what_a_rest_station_lacks_is_on_the_work_list_and_costs(vetoed, tmp_path):
    before, after, *_ids, stations = vetoed
    name = f"rest_station:{stations[0]}"
    said = after.plan.derived["kit"].query("facility_id == @name").set_index("item")["state"]
    assert said.to_dict() == {
        "空调": "met", "冰箱": "lacking", "微波炉": "lacking", "饮水": "met", "充电插座": "met", "桌椅": "lacking", "轮椅": "extra",
    }  # fmt: skip
    costs = [
        plan.derived["site_costs"].set_index("facility_id")["kit_yuan"]
        for plan in (before, after.plan)
    ]
    assert (costs[0][name], costs[1][name]) == (12000, 12000 * 3 // 6)
    others = after.plan.derived["kit"].query("facility_id != @name")
    assert set(others["state"]) == {"to_check", "to_buy"}
    sheet = openpyxl.load_workbook(write_workbook(after.plan, tmp_path / "k.xlsx"))["设施配置"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[-2] for row in rows[:3]] == ["冰箱", "微波炉", "桌椅"]


def test_the_road_file_s_owner_licence_and_date_are_in_plan_and_map(vetoed):
    from webmap.payload import core

    _before, after, *_ids = vetoed
    source = next(s for s in after.plan.manifest["sources"] if s["layer"] == "roads")
    assert source["owner"] == "市测绘院; 虚构示例 invented (planner sample)"
    assert source["as_of"] == "2026-06-30"
    data = core(after.plan)
    told = str(data["sources"])
    assert data["credit"] == source["owner"]
    assert "市测绘院" in told
    assert "2026-06-30" in told


def test_the_sheet_shows_who_vetoed_and_why(vetoed, tmp_path):
    _before, after, _folder, listed, *_ids = vetoed
    sheet = openpyxl.load_workbook(write_workbook(after.plan, tmp_path / "p.xlsx"))["场所台账"]
    row = next(r for r in sheet.iter_rows(min_row=2, values_only=True) if r[0] == listed[0])
    assert {"是", "李四", WHY, "2026-11-02"} <= set(row)


@pytest.mark.parametrize("name", ["next.xlsx", "next.csv"])
def test_the_next_book_carries_everything_and_reads_back(vetoed, tmp_path, name):
    _before, after, folder, *_ids = vetoed
    write_premises_book(after.plan, tmp_path / name)
    rows = book_rows(after.plan)
    assert "早已拆除的商场" in set(rows["name"])
    said = [
        "site_id",
        "consent",
        "available_from",
        "rent_yuan_month",
        "veto",
        "by",
        "reason",
        "said_on",
    ]

    def filled(path):
        frame = pd.DataFrame(read_premises_book(path).frame)[said]
        frame = frame[(frame[["consent", "veto", "by"]].fillna("") != "").any(axis=1)]
        return frame.sort_values("site_id", ignore_index=True)

    pd.testing.assert_frame_equal(filled(tmp_path / name), filled(folder / "book.xlsx"))


def test_counts_by_zone_with_a_map_of_the_zones(town, town_run, tmp_path):
    towns = town_run[0].plan.layers["street_towns"].to_crs(4326)
    west, south, east, north = towns.total_bounds
    middle = (west + east) / 2
    zones = gpd.GeoDataFrame(
        {"SIGN": [1, 2, 3]},
        geometry=[
            box(west, south, middle, north),
            box(middle, south, east, north),
            box(0, 0, 1, 1),
        ],
        crs="EPSG:4326",
    )
    zones.to_file(tmp_path / "zones.geojson")
    flat = [[hour, 1] for hour in range(24)]
    evening = [[hour, count] for hour, count in enumerate(EVENING)]
    counts = {"1": [flat, evening], "3": [flat, evening], "9": [flat, evening]}
    (tmp_path / "counts.json").write_text(json.dumps(counts), encoding="utf-8")
    shutil.copytree(town, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "scenario.toml").read_text(encoding="utf-8")
    more = '\n[inputs.presence]\npath = "counts.json"\nseries = 2\nzones = {{ path = "{}" }}\n'
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(text + more.format("zones.geojson"), encoding="utf-8")
    given = read_scenario(scenario)
    layers = with_presence(given, town_layers(town_run))
    assert layers.presence["zone_id"].tolist() == ["1"]
    assert layers.presence["h16"].tolist() == [0.95]
    record = layers.record("presence")
    assert (record.rows_in, record.kept, record.ignored_rows) == (3, 1, 2)
    assert layers.record("zones").kept == 3
    keys = stage_keys(given)
    zones.iloc[:2].to_file(tmp_path / "zones.geojson")
    assert stage_keys(given)["layers"] != keys["layers"]
    zones.iloc[2:].to_file(tmp_path / "zones.geojson")
    with pytest.raises(GeodataError, match="zones"):
        with_presence(given, town_layers(town_run))


def town_layers(town_run):
    """Return the layers of the town's plan, as the line has them before anything is added."""
    made = town_run[0].plan.layers
    frames = {name: made[name] for name in ("enterprises", "boroughs", "street_towns", "units", "outdoor", "sites", "disputes")}  # fmt: skip
    return Layers(**frames, crs=str(made["units"].crs), records=())
