"""Tables people write reach the plan: workplaces, links, federations; units are cut as the scenario says."""

import shutil

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal

from geodata.errors import InvalidRowsError
from geodata.sources import workplaces as why
from planner.explain import adjacency_links, district_areas, enterprise_cards, unit_cards
from planner.pipeline import check, run
from planner.pipeline.units import cut_units
from planner.report.layers import output_layers
from planner.report.workbook import write_workbook
from planner.scenario import read_scenario


def with_tables(town, folder, plan, tables, extra=""):
    """Copy the town, write its tables and name them in the scenario."""
    shutil.copytree(town, folder)
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    named = ""
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
        named += f'\n[inputs.{name}]\npath = "{name}.csv"\n'
    (folder / "scenario.toml").write_text(text + named + extra, encoding="utf-8")
    return read_scenario(folder / "scenario.toml")


@pytest.fixture(scope="module")
def asked(town, town_run, tmp_path_factory):
    """Give a run with all three tables, and the tables."""
    plan = town_run[0].plan
    enterprises = plan.layers["enterprises"]
    area = enterprises[enterprises["in_scope"] & (enterprises["jurisdiction"] == "area")]
    giant = area.sort_values(["workers", "enterprise_id"]).iloc[-1]
    host = area.sort_values(["workers", "enterprise_id"]).iloc[0]
    other = area.to_crs(4326).sort_values("enterprise_id").iloc[5]
    workplaces = pd.DataFrame(
        {
            "统一社会信用代码": [giant.enterprise_id, giant.enterprise_id, "91310000000000000X"],
            "工作地点编号": ["a", "b", "c"],
            "人数": [giant.workers // 2, 3, 7],
            "用工单位": [host.enterprise_id, None, None],
            "经度": [None, other.geometry.x, other.geometry.x],
            "纬度": [None, other.geometry.y, other.geometry.y],
        }
    )
    near = plan.derived["adjacency"]
    bridge = near[near["adjoins"] & (near["over"] == "bridge")].iloc[0]
    apart = near[~near["adjoins"]].iloc[0]
    links = pd.DataFrame(
        {
            "单元甲": [bridge.unit_a, apart.unit_b],
            "单元乙": [bridge.unit_b, apart.unit_a],
            "调整": ["切断", "增加"],
            "步行分钟": [None, 4],
            "提出人": ["王五", "李四"],
            "理由": ["桥在维修", "新开了门"],
        }
    )
    unions = plan.layers["organisations"]
    today = unions[unions["existing"] & ~unions["name"].duplicated(keep=False)]
    federation = [f"{town}联合会" for town in today["street_town_id"]]
    federation[0] = next(name for name in federation if name != federation[0])  # booked elsewhere
    listed = pd.DataFrame(
        {"基层工会": [*today["name"], "早已撤销的工会"], "小二级": [*federation, "甲"]}
    )
    listed = listed.drop(index=3)
    tables = {"workplaces": workplaces, "links": links, "federations": listed}
    folder = tmp_path_factory.mktemp("asked")
    scenario = with_tables(town, folder / "in", plan, tables)
    return run(scenario, store=folder / "store").plan, tables, scenario, plan


def test_workers_are_counted_where_they_work(asked):
    plan, tables, _scenario, before = asked
    enterprises = plan.layers["enterprises"].set_index("enterprise_id")
    giant = tables["workplaces"].iloc[0, 0]
    people = before.layers["enterprises"].set_index("enterprise_id").loc[giant]
    parts = enterprises[enterprises.index.str.startswith(giant)]
    assert len(parts) == 3
    assert parts["workers"].sum() == people["workers"]
    assert parts["members"].sum() == people["members"]
    host = tables["workplaces"].iloc[0, 3]
    assert enterprises.loc[f"{giant}@a"].geometry == enterprises.loc[host].geometry
    total = before.layers["enterprises"]["workers"].sum()
    assert enterprises["workers"].sum() == total
    refused = plan.derived["rejected"]
    assert "91310000000000000X" in set(refused.loc[refused["layer"] == "workplaces", "value"])


def test_workplaces_that_contradict_themselves_are_named_by_row(town, town_run, tmp_path):
    area = town_run[0].plan.layers["enterprises"]
    area = area[area["in_scope"] & ~area["name"].duplicated(keep=False)]
    firm = area.sort_values(["workers", "enterprise_id"]).iloc[-1]
    other = area.sort_values("enterprise_id").iloc[0]
    far = area.iloc[area.distance(firm.geometry).argmax()]
    area = area.to_crs(4326).set_index("enterprise_id", drop=False)
    firm, other = area.loc[firm.enterprise_id], area.loc[other.enterprise_id]
    here = {
        "企业代码": firm.enterprise_id,
        "人数": 2,
        "经度": firm.geometry.x,
        "纬度": firm.geometry.y,
    }
    rows = [
        here,
        here | {"人数": 3},  # row 3: the same place again
        here | {"经度": other.geometry.x, "纬度": other.geometry.y, "企业名称": other["name"]},
        here | {"开始日期": "2026-05-01", "结束日期": "2026年1月"},
        here | {"结束日期": "2020-12-31"},
        here | {"结束日期": "很久以后", "会员人数": "两三个"},
        here | {"会员人数": 3, "用工单位": far.enterprise_id},
    ]
    scenario = with_tables(
        town, tmp_path / "in", town_run[0].plan, {"workplaces": pd.DataFrame(rows)}
    )
    text = (tmp_path / "in" / "scenario.toml").read_text(encoding="utf-8")
    dated = text.replace("[inputs.workplaces]", "[inputs.workplaces]\nas_of = 2026-06-30")
    (tmp_path / "in" / "scenario.toml").write_text(dated, encoding="utf-8")
    layers = check(read_scenario(tmp_path / "in" / "scenario.toml"))
    assert scenario.inputs.workplaces is not None

    def told(entries):
        mine = entries[entries["layer"] == "workplaces"]
        return set(zip(mine["source_row"], mine["reason"], strict=True))

    assert told(layers.rejected) == {
        (4, why.TWO_ENTERPRISES.text),
        (5, why.DATES_CROSSED.text),
        (6, why.NOT_IN_FORCE.text),
    }
    assert told(layers.repaired) == {
        (3, why.SAME_PLACE.text),
        (7, why.SAME_PLACE.text),
        (7, why.DATE_UNREADABLE.text),
        (7, why.MEMBERS_UNREADABLE.text),
        (8, why.SAME_PLACE.text),
        (8, why.MEMBERS_ABOVE.text),
        (8, why.HOST_ELSEWHERE.text),
    }
    record = next(one for one in layers.records if one.layer == "workplaces")
    assert (record.rows_in, record.kept) == (7, 4)
    parts = layers.enterprises[
        layers.enterprises["enterprise_id"].str.startswith(firm.enterprise_id)
    ]
    assert parts["workers"].sum() == firm.workers
    assert parts["members"].sum() == firm.members


def test_shuffled_rows_of_a_register_are_the_same_enterprises(town, town_run, tmp_path):
    scenario = with_tables(town, tmp_path / "in", town_run[0].plan, {})
    path = tmp_path / "in" / "register.xlsx"
    book = openpyxl.load_workbook(path)
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    head = next(n for n, row in enumerate(rows) if "统一社会信用代码" in row)
    body = pd.DataFrame(rows[head + 1 :], dtype=object).sample(frac=1, random_state=3)
    for n, row in enumerate(body.itertuples(index=False), start=head + 2):
        for k, value in enumerate(row, start=1):
            book.active.cell(n, k).value = None if pd.isna(value) else value
    book.save(path)
    codes = body[rows[head].index("统一社会信用代码")]
    twice = set(codes[codes.duplicated()])  # of two rows with one code the earlier one counts
    before, after = (
        frame[~frame["enterprise_id"].isin(twice) & ~frame["enterprise_id"].str.startswith("row-")]
        .drop(columns="source_row")
        .reset_index(drop=True)
        for frame in (town_run[0].plan.layers["enterprises"], check(scenario).enterprises)
    )
    assert len(before) > 1000
    assert_geodataframe_equal(before, after)


def test_links_win_over_the_roads_and_say_who_and_why(asked):
    plan, tables, _scenario, _before = asked
    table = plan.derived["adjacency"].set_index(["unit_a", "unit_b"])
    cut, added = (tuple(sorted(row[:2])) for row in tables["links"].to_numpy().tolist())
    assert not table.loc[cut, "adjoins"]
    assert table.loc[cut, "crossing"]
    assert (table.loc[cut, "by"], table.loc[cut, "reason"]) == ("王五", "桥在维修")
    assert table.loc[added, "adjoins"]
    assert table.loc[added, "walk_ds"] == 2400
    said = [note for note in plan.manifest["notes"] if note.startswith("link ")]
    assert len(said) == 2
    assert "王五 (桥在维修); the roads cross here (a bridge)" in said[0] + said[1]
    how = adjacency_links(plan).set_index(["unit_a", "unit_b"])["how"]
    assert (how[cut], how[added]) == ("cut", "added")


def test_lists_of_federations_become_areas_with_what_does_not_fit(asked):
    plan, tables, scenario, _before = asked
    areas = plan.layers["existing_federations"]
    assert set(areas["federation_id"]) == set(tables["federations"]["小二级"]) - {"甲"}
    assert areas["organisations"].sum() == len(tables["federations"]) - 1
    findings = plan.derived["federation_findings"]
    assert "conflict" in set(findings["kind"])
    assert "unlisted" in set(findings["kind"])
    refused = plan.derived["rejected"]
    withdrawn = refused[refused["layer"] == "federations"]
    assert list(withdrawn["value"]) == ["早已撤销的工会"]
    record = next(s for s in plan.manifest["sources"] if s["layer"] == "federations")
    assert record["rows_in"] == record["kept"] + sum(record["rejected"].values())
    assert any(note.startswith("federations: ") for note in plan.manifest["notes"])
    assert {"links", "federations", "workplaces"} <= {r.layer for r in check(scenario).records}


def test_a_loop_in_the_list_and_wrong_links_are_refused_with_their_rows(town, town_run, tmp_path):
    plan = town_run[0].plan
    names = plan.layers["organisations"].loc[plan.layers["organisations"]["existing"], "name"]
    a, b = names.drop_duplicates().head(2)
    loop = pd.DataFrame({"基层工会": [a, b], "小二级": [b, a]})
    scenario = with_tables(town, tmp_path / "loop", plan, {"federations": loop})
    with pytest.raises(InvalidRowsError, match="goes round in a loop"):
        run(scenario, store=tmp_path / "store")
    links = {"a": ["1", "x"], "b": ["2", "1"], "change": ["cut", "perhaps"], "by": ["me", None], "reason": ["r", "r"]}  # fmt: skip
    scenario = with_tables(town, tmp_path / "links", plan, {"links": pd.DataFrame(links)})
    with pytest.raises(InvalidRowsError, match="row 3") as caught:
        check(scenario)
    assert {f.what for f in caught.value.faults} == {
        "links without by",
        "a change is neither add nor cut",
    }
    unknown = pd.DataFrame(links | {"change": ["cut", "add"], "by": ["me", "me"]})
    scenario = with_tables(town, tmp_path / "unknown", plan, {"links": unknown})
    with pytest.raises(InvalidRowsError, match="units that do not exist"):
        check(scenario)


@pytest.mark.parametrize("source", ["hexagons", "blocks"])
def test_made_units_are_planned_end_to_end(town, town_run, tmp_path, source):
    extra = f'\n[units]\nsource = "{source}"\n'
    scenario = with_tables(town, tmp_path / "in", town_run[0].plan, {}, extra)
    plan = run(scenario, store=tmp_path / "store").plan  # a plan that does not verify is not stored
    units = plan.layers["units"]
    towns = plan.layers["street_towns"]
    assert units["unit_id"].str.contains("-h" if source == "hexagons" else "-b").all()
    assert units.area.sum() == pytest.approx(towns.area.sum(), rel=1e-6)
    assert set(plan.decisions["unit_district"]["unit_id"]) == set(units["unit_id"])
    before = town_run[0].plan
    for column in ("workers", "members"):
        made = plan.layers["organisations"][column].sum()
        assert made == before.layers["organisations"][column].sum()


def test_given_units_stay_as_they_are(town, town_run):
    scenario = read_scenario(town / "scenario.toml")
    layers = check(scenario)
    assert cut_units(scenario, layers, None) is layers


def test_three_levels_and_both_rates_by_area_add_up(town_run):
    plan = town_run[0].plan
    table = plan.derived["formation"]
    counts = [c for c in table if table[c].dtype.kind == "i"]
    city = table[table["area"] == "city"].iloc[0]
    for area in ("borough", "street_town"):
        assert (table.loc[table["area"] == area, counts].sum() == city[counts]).all()
    assert city["organisations_full"] == len(plan.layers["organisations"])
    assert city["covered_full"] == city["enterprises"] == len(plan.decisions["membership"])
    assert city["covered_today"] == city["unionised"]
    assert city["covered_today"] < city["covered_at_85"] < city["covered_full"]
    by_town = table[table["area"] == "street_town"]
    assert (by_town["covered_at_85"] >= 0.85 * by_town["enterprises"]).all()
    assert plan.kpis["organisations_today"] == city["organisations_today"]
    assert plan.kpis["organisations_at_85"] == city["organisations_at_85"]


def test_outputs_tell_why_for_every_enterprise_and_draw_the_links(town_run, tmp_path):
    plan = town_run[0].plan
    cards = enterprise_cards(plan)
    assert len(cards) == len(plan.layers["enterprises"])
    assert cards["reason"].notna().all()
    assert set(cards["jurisdiction_source"]) == {"register"}
    units = unit_cards(plan)
    assert len(units) == len(plan.layers["units"])
    assert units["workers"].sum() == plan.districts["workers"].sum()
    assert (units["organisations"] == 0).any()  # units of nobody are kept
    layers = output_layers(plan)
    assert isinstance(layers["adjacency"], gpd.GeoDataFrame)
    assert len(layers["adjacency"]) == len(plan.derived["adjacency"])
    assert {"street", "bridge", "ferry", "none"} <= set(layers["adjacency"]["how"])
    areas = district_areas(plan)
    assert (areas["pieces"] >= 1).all()
    assert ((areas["pieces"] > 1) == (areas["joined_by"] != "")).all()
    book = openpyxl.load_workbook(write_workbook(plan, tmp_path / "plan.xlsx"), read_only=True)
    rows = {
        name: sum(1 for _ in book[name].rows) - 1 for name in ("企业归属", "相邻单元", "建会率")
    }
    assert rows["企业归属"] == len(cards)
    sheet = [[cell.value for cell in row] for row in book["企业归属"].iter_rows(max_row=2)]
    why = next(n for n, head in enumerate(sheet[0]) if "why that jurisdiction" in head)
    assert sheet[1][why].endswith("its own column of the register says so")
    assert rows["相邻单元"] == len(layers["adjacency"])
    assert rows["建会率"] == len(plan.derived["formation"])
