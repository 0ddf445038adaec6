"""Another tier is one TOML block: each way a tier may be sited goes through the whole line, and its faults are found."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import openpyxl
import pandas as pd
import pyogrio
import pytest

from planner.explain import policy_of
from planner.kpis import figures, reached_by, with_unregistered
from planner.pipeline import run
from planner.pipeline.network import stored_network
from planner.report import write_outputs
from planner.scenario import read_scenario
from planner.tier_styles import tier_styles
from planner.verify import verify

BLOCK = """
[[policy.tiers]]
name = "mothers_room"
label_zh = "爱心妈咪小屋"
label_en = "mothers' room"
clause = "二(一)"
parent = "sub_centre"
demand = "workers"
period = {{ first_hour = 9, last_hour = 17 }}
mode = "walk"
cutoff_min = 10.0
rule = "count"
count = {count}
keep_existing = true
candidates = ["mall", "office"]
shares = ["service_point"]
hours = "host"
capacity = {{ m2_per_seat = 4.0, seats_least = 2, seats_most = 8, visits_per_seat_hour = 2.0, visit_share = 0.01 }}
costs = {{ opening_yuan = 8000, kit_yuan = 5000, running_yuan_year = 3000 }}
kit = ["沙发", "冰箱"]
services = ["职工保障"]
"""

OTHERS = """
[[policy.tiers]]
name = "legal_desk"
label_zh = "法律援助点"
label_en = "legal desk"
clause = "三(二)"
parent = "station"
parent_cutoff_min = 20.0
demand = "workers"
period = { first_hour = 0, last_hour = 23 }
mode = "ebike"
cutoff_min = 6.0
rule = "budget"
budget_yuan = 50000
candidates = ["community_centre", "party_centre", "office"]
hours = "planned"
costs = { opening_yuan = 9000, kit_yuan = 6000, running_yuan_year = 3000 }

[[policy.tiers]]
name = "reading_corner"
label_zh = "职工书屋"
label_en = "reading corner"
clause = "二(二)"
parent = ""
demand = "workers"
period = { first_hour = 0, last_hour = 23 }
mode = "walk"
cutoff_min = 12.0
rule = "cover_share"
cover_share = 0.6
candidates = ["community_centre", "mall", "office", "to_find"]
hours = "always"
costs = { opening_yuan = 4000, kit_yuan = 6000, running_yuan_year = 1000 }

[[policy.tiers]]
name = "night_shelter"
label_zh = "夜间驿站"
label_en = "night shelter"
clause = "二(一)"
parent = "sub_centre"
demand = "outdoor"
period = { first_hour = 0, last_hour = 6 }
mode = "walk"
cutoff_min = 20.0
rule = "count"
objective = "p_median"
count = 3
candidates = ["convenience", "fuel", "toilet", "bank"]
hours = "always"
costs = { opening_yuan = 4000, kit_yuan = 6000, running_yuan_year = 1000 }

[[policy.tiers]]
name = "town_library"
label_zh = "街镇图书角"
label_en = "town library"
clause = "二(二)"
parent = "sub_centre"
demand = "workers"
period = { first_hour = 0, last_hour = 23 }
mode = "walk"
cutoff_min = 12.0
rule = "one_per_street_town"
objective = "p_median"
candidates = ["community_centre", "school", "other_public"]
candidates_most = 2
hours = "host"
costs = { opening_yuan = 4000, kit_yuan = 6000, running_yuan_year = 1000 }
"""
NINTH = "mothers_room"
MORE = ("legal_desk", "reading_corner", "night_shelter", "town_library")


def add_room_of_today(premises):
    """Say of one mall, in the words of the new block, that it has a mothers' room today; return its id."""
    book = openpyxl.load_workbook(premises)
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    serves, kind = columns["现有功能"], columns["类型"]
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, kind).value == "商场" and not sheet.cell(row, serves).value:
            sheet.cell(row, serves).value = "爱心妈咪小屋"
            sheet.cell(row, columns["意向"]).value = "已签约"
            book.save(premises)
            return sheet.cell(row, columns["编号"]).value
    raise AssertionError("no mall")


@pytest.fixture(scope="module")
def wide(town, tmp_path_factory):
    """Give a run with five tiers more: (plan, network, id of the mothers' room of today, outputs)."""
    folder = tmp_path_factory.mktemp("wide")
    shutil.copytree(town, folder, dirs_exist_ok=True)
    today = add_room_of_today(folder / "premises.xlsx")
    with (folder / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write(BLOCK.format(count=2) + OTHERS)
    made = run(read_scenario(folder / "scenario.toml"), store=folder / "store")
    network = stored_network(folder / "store", made.plan.manifest["network"])
    write_outputs(made.plan, folder / "out")
    return made.plan, network, today, folder / "out"


def test_the_ninth_tier_is_sited_certified_and_verified(wide):
    plan, network, today, _out = wide
    mine = plan.facilities[plan.facilities["tier"] == NINTH].set_index("site_id")
    assert len(mine) == 2
    assert bool(mine.loc[today, "existing"])
    assert mine.loc[today, "reason"] == "existing"
    parents = plan.facilities.loc[plan.facilities["tier"] == "sub_centre", "facility_id"]
    assert mine["parent_facility_id"].isin(parents).all()
    row = plan.tiers.set_index("tier").loc[NINTH]
    assert row["status"] in {"optimal", "feasible"}
    assert row["value"] <= row["bound"] * (1 + 1e-9)
    assert verify(plan, network) == ()
    for table in ("hours", "programme"):
        assert set(mine["facility_id"]) <= set(plan.decisions[table]["facility_id"])
    for table in ("site_costs", "standards", "services", "rooms", "hourly", "equity"):
        frame = plan.derived[table]
        named = frame["tier"] if "tier" in frame else frame["facility_id"].str.split(":").str[0]
        assert NINTH in set(named), table


def test_the_ninth_tier_has_figures_of_its_own(wide):
    plan = wide[0]
    known = figures(policy_of(plan))
    mine = [name for name in plan.kpis if name.startswith(NINTH)]
    assert len(mine) == 6
    assert all("mothers' room" in known[name].label_en for name in mine)
    assert plan.kpis["mothers_room_sites"] == 2
    assert 0 < plan.kpis["mothers_room_coverage_share"] < 1


def test_the_ninth_tier_is_in_workbook_geopackage_and_map_with_a_style_of_its_own(wide):
    plan, _network, _today, out = wide
    book = openpyxl.load_workbook(out / "plan.xlsx", read_only=True)
    for sheet in ("服务阵地", "概况", "选址质量", "开放时间", "建设计划", "阵地投入"):
        text = "\n".join(str(cell) for row in book[sheet].iter_rows(values_only=True) for cell in row)  # fmt: skip
        assert "爱心妈咪小屋" in text, sheet
    assert NINTH in {str(name) for name, _kind in pyogrio.list_layers(out / "plan.gpkg")}
    with closing(sqlite3.connect(out / "plan.gpkg")) as base:
        styles = dict(base.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall())
    tiers = [tier.name for tier in policy_of(plan).tiers]
    assert len({styles[name] for name in tiers}) == len(tiers)
    style = tier_styles(policy_of(plan))[NINTH]
    data = (out / "map" / "data.js").read_text(encoding="utf-8")
    core = json.JSONDecoder().raw_decode(data, data.index("{"))[0]
    drawn = {tier["key"]: tier for tier in core["core"]["tiers"]}
    assert drawn[NINTH]["label"] == ["爱心妈咪小屋", "mothers' room"]
    assert (drawn[NINTH]["colour"], drawn[NINTH]["shape"]) == (style.colour, style.shape)
    assert len({(tier["colour"], tier["shape"]) for tier in drawn.values()}) == len(tiers)
    assert len(drawn[NINTH]["id"]) == 2


def reached(plan, name):
    """Return the tier's demand with the time to the nearest open site, as the stored tables have it."""
    enterprises = plan.layers["enterprises"]
    workers = pd.DataFrame(enterprises[enterprises["in_scope"]])[["enterprise_id", "workers"]]
    access, reach = plan.derived["access"], plan.derived["reach"]

    def access_of(demand, mode):
        rows = (access["layer"] == demand) & (access["mode"] == mode)
        return access[rows].set_index("entity_id")["access_id"]

    beyond = pd.DataFrame(plan.layers["unregistered"])
    return reached_by(
        policy_of(plan).tier(name), with_unregistered(workers, beyond), pd.DataFrame(plan.layers["outdoor"]),
        access_of, reach[reach["tier"] == name],
    )  # fmt: skip


@pytest.mark.parametrize("name", MORE)
def test_every_tier_says_how_good_it_is_on_the_right_side_of_its_bound(name, wide):
    row = wide[0].tiers.set_index("tier").loc[name]
    assert row["status"] in {"optimal", "feasible"}
    assert 0 <= row["gap_share"] < 0.05
    lower, upper = sorted((row["bound"], row["value"]))
    assert (lower, upper) == ((row["value"], row["bound"]) if name == "legal_desk" else (row["bound"], row["value"]))  # fmt: skip


def test_rule_budget_spends_no_more_and_leaves_less_than_one_site_costs(wide):
    plan = wide[0]
    mine = plan.facilities[plan.facilities["tier"] == "legal_desk"]
    costs = plan.derived["site_costs"].set_index("facility_id").loc[mine["facility_id"]]
    spent = int(costs["opening_yuan"].sum() + costs["kit_yuan"].sum())
    assert 50_000 - 15_000 < spent <= 50_000
    assert len(mine) == 3


def test_rule_cover_share_reaches_the_share_with_the_fewest_sites(wide):
    plan = wide[0]
    assert plan.kpis["reading_corner_coverage_share"] >= 0.6
    row = plan.tiers.set_index("tier").loc["reading_corner"]
    assert row["value"] == row["facilities"]
    cards = plan.derived["site_cards"]
    mine = cards[cards["facility_id"].str.startswith("reading_corner:")]
    people = reached(plan, "reading_corner")["weight"].sum()
    # Any one site less, and the share would be missed: the set is minimal.
    assert (plan.kpis["reading_corner_coverage_share"] - mine["only_here"] / people < 0.6).all()


def total_time(plan, name, cutoff_min):
    table = reached(plan, name).dropna(subset="access_id")
    time = table["deciseconds"].fillna(cutoff_min * 1200)
    return float((table["weight"] * time).sum())


def test_objective_p_median_counts_everybody_and_those_out_of_reach_twice_the_cutoff(wide):
    plan = wide[0]
    rows = plan.tiers.set_index("tier")
    assert rows.loc["night_shelter", "facilities"] == 3
    assert rows.loc["night_shelter", "value"] == pytest.approx(total_time(plan, "night_shelter", 20.0))  # fmt: skip
    assert set(plan.decisions["hours"].loc[plan.decisions["hours"]["facility_id"].str.startswith("night_shelter:"), "cover"]) == {"always"}  # fmt: skip


def test_one_per_street_town_with_p_median_and_few_candidates_weighed(wide):
    plan = wide[0]
    mine = plan.facilities[plan.facilities["tier"] == "town_library"]
    towns = plan.districts.set_index("district_id")["street_town_id"]
    assert sorted(mine["district_id"].map(towns)) == sorted(plan.layers["street_towns"]["street_town_id"])  # fmt: skip


def without(plan, number, tier):
    """Leave out a site in every table of decisions, and the row of its cards."""
    gone = plan.facilities.loc[plan.facilities["tier"] == tier, "facility_id"].iloc[number]
    tables = {
        name: frame[frame["facility_id"] != gone] if "facility_id" in frame else frame
        for name, frame in plan.decisions.items()
    }
    return replace(plan, decisions=tables)


def with_rule(plan, tier, **values):
    policy = json.loads(json.dumps(dict(plan.manifest["policy"])))
    next(one for one in policy["tiers"] if one["name"] == tier).update(values)
    return replace(plan, manifest={**plan.manifest, "policy": policy})


@pytest.mark.parametrize(
    ("plant", "rule"),
    [
        (lambda plan: with_rule(plan, NINTH, count=1), "site_count"),
        (lambda plan: with_rule(plan, "legal_desk", budget_yuan=20_000), "site_budget"),
        (lambda plan: with_rule(plan, "reading_corner", cover_share=0.9), "cover_share"),
        (lambda plan: with_rule(plan, "night_shelter", count=2), "site_count"),
        (lambda plan: without(plan, 0, "town_library"), "one_per_district"),
        (lambda plan: without(plan, 0, "reading_corner"), "tier_count"),
        (lambda plan: with_rule(plan, "night_shelter", candidates=["school"]), "site_kind"),
    ],
    ids=["count", "budget", "cover_share", "p_median", "one_per_street_town", "fewer", "kind"],
)
def test_faults_of_each_rule_are_found(plant, rule, wide):
    plan, network, _today, _out = wide
    assert rule in {found.rule for found in verify(plant(plan), network)}
