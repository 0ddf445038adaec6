"""What a city's partition is refused for, mended in, or told: units, people outside them, bands nobody can meet."""

import re

import geopandas as gpd
import openpyxl
import pytest

from planner.store import load_plan


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def override(folder, text):
    edit(
        folder / "scenario.toml",
        "\n[travel]",
        f"\n[policy.override.federations]\n{text}\n\n[travel]",
    )


def spoil_units(folder):
    """Let one unit grow over its neighbours, and take another away; return their ids."""
    path = folder / "boundaries.gpkg"
    units = gpd.read_file(path, layer="units").sort_values("unit_id", ignore_index=True)
    flat = units.to_crs(32651)
    flat.loc[3, "geometry"] = flat.geometry[3].buffer(60)
    flat.drop(index=7).to_crs(units.crs).to_file(path, layer="units", driver="GPKG")
    return units["unit_id"][3], units["unit_id"][7]


def place_outside(folder):
    """Put the enterprise of row 10 far from every unit; return its code."""
    path = folder / "register.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[2]}
    for name, value in (("经度", 121.9), ("纬度", 31.23), ("所属居村", None), ("所属街镇", None)):
        sheet.cell(10, columns[name]).value = value
    book.save(path)
    return sheet.cell(10, columns["统一社会信用代码"]).value


def test_units_and_people_that_do_not_fit_are_mended_or_named(call, town_copy, tmp_path):
    """Units overlap, leave a hole, hold nobody; an enterprise is outside all; the hard bands can be met."""
    grown, gone = spoil_units(town_copy)
    lost = place_outside(town_copy)
    override(
        town_copy,
        "hard_bands = true\norganisations = { least = 1, ideal = 100, most = 150 }\n"
        "workers = { least = 1, ideal = 5000, most = 7500 }",
    )
    checked = call("check", town_copy / "scenario.toml", "--json")
    assert checked.code == 0, checked.err
    records = {one["layer"]: one for one in checked.json}
    assert any("overlapped" in reason for reason in records["units"]["repaired"])
    assert any("no unit had" in reason for reason in records["units"]["repaired"])
    assert records["enterprises"]["rejected"] == {"the point lies outside the study area": 1}
    store = tmp_path / "store"
    answer = call("run", town_copy / "scenario.toml", "--store", store, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["verified"]
    assert answer.json["kpis"]["districts_in_band_share"] == 1.0
    plan = load_plan(store, answer.json["plan_id"])
    units = plan.layers["units"]
    assert grown in set(units["unit_id"])
    assert gone not in set(units["unit_id"])
    towns = plan.layers["street_towns"]
    assert units.geometry.area.sum() == pytest.approx(towns.geometry.area.sum(), rel=1e-6)
    assert units.union_all().area == pytest.approx(units.geometry.area.sum(), rel=1e-6)
    # units of nobody are in a district all the same
    nobody = set(units["unit_id"]) - set(plan.layers["organisations"]["unit_id"])
    assert nobody
    assert nobody <= set(plan.decisions["unit_district"]["unit_id"])
    rejected = plan.derived["rejected"]
    row = rejected[rejected["layer"] == "enterprises"].iloc[0]
    assert str(row["source_row"]) == "10"
    assert lost not in set(plan.layers["enterprises"]["enterprise_id"])


NO_COUNT = """
organisations = { least = 30, ideal = 35, most = 40 }
workers = { least = 7000, ideal = 7500, most = 8000 }
"""


def test_bands_no_count_can_meet_are_said_with_what_would_do(call, town_copy):
    override(town_copy, NO_COUNT)
    towns = call("districts", town_copy / "scenario.toml", "--json").json["street_towns"]
    assert all(town["feasible_counts"] == [] for town in towns)
    for town in towns:
        assert "fit no number of districts" in town["reason"] or "allow" in town["reason"]
        assert "by totals all could be in band with" in town["reason"]


def test_hard_bands_are_refused_with_what_would_do_and_met_when_it_is_done(
    call, town_copy, tmp_path
):
    override(town_copy, "hard_bands = true" + NO_COUNT)
    store = tmp_path / "store"
    answer = call("run", town_copy / "scenario.toml", "--store", store, "--json")
    assert answer.code == 4, answer.err
    assert answer.json["status"] == "infeasible"
    assert "no number of districts can meet the hard bands" in answer.err
    assert "hard_bands = false" in answer.err
    assert "by totals all could be in band with" in answer.err


def in_one_tower(folder):
    """Put sixty enterprises of the register into one building."""
    path = folder / "register.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[2]}
    first = {
        name: sheet.cell(5, columns[name]).value
        for name in ("经度", "纬度", "所属居村", "所属街镇")
    }
    for row in range(3, 63):
        for name, value in first.items():
            sheet.cell(row, columns[name]).value = value
        sheet.cell(row, columns["楼宇名称"]).value = "云顶大厦"
    book.save(path)


def test_a_single_building_is_a_federation_with_more_staff(call, town_copy, tmp_path):
    in_one_tower(town_copy)
    path = town_copy / "scenario.toml"
    whole = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"\[resources\].*?(?=\n\[policy\])", "", whole, flags=re.DOTALL), "utf-8"
    )
    override(
        town_copy,
        "organisations = { least = 3, ideal = 4, most = 6 }\n"
        "workers = { least = 50, ideal = 300, most = 400 }",
    )
    edit(
        town_copy / "scenario.toml",
        "\n[travel]",
        "\n[policy.override.staffing]\norganisations_per_professional = { least = 2, most = 3 }\n"
        "workers_per_professional = { least = 60, most = 100 }\n\n[travel]",
    )
    store = tmp_path / "store"
    answer = call("run", town_copy / "scenario.toml", "--store", store, "--json")
    assert answer.code == 0, answer.err
    assert "are larger than a federation should be and stay whole: 云顶大厦" in answer.err
    plan = load_plan(store, answer.json["plan_id"])
    tower = plan.layers["carriers"].set_index("name").loc["云顶大厦"]
    assert tower["oversize"]
    district = plan.decisions["unit_district"].set_index("unit_id")["district_id"]
    one = plan.districts.set_index("district_id").loc[district[tower["unit_id"]]]
    # far above the hard maximum of 6 organisations, and so a federation of its own
    assert one["units"] == 1
    assert one["organisations"] > 1.5 * 4
    staff = plan.decisions["staffing"].set_index("district_id")["professionals_needed"]
    assert staff[one.name] == staff.max() > staff.median()
