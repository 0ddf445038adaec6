"""Sizes of joint unions through the command and the line: shown, noted, verified, and switched by the policy."""

import shutil

import pandas as pd
import pytest

from planner.pipeline import run
from planner.report.workbook import write_workbook
from planner.scenario import read_scenario

SMALL = (
    "\n[policy.override.organisations]\njoint_enterprises_least = 4\njoint_enterprises_ideal = 4\n"
)


@pytest.fixture(scope="module")
def scenario(town, tmp_path_factory):
    """Give the town with joint unions of four enterprises, too many of them in one street_town."""
    folder = tmp_path_factory.mktemp("sizes") / "town"
    shutil.copytree(town, folder)
    path = folder / "scenario.toml"
    path.write_text(path.read_text(encoding="utf-8") + SMALL, encoding="utf-8")
    return path


def test_the_command_shows_sizes_before_any_search(scenario, call):
    said = call("districts", scenario, "--json").json
    rows = {row["street_town_id"]: row for row in said["joint_sizes"]}
    possible = {town["street_town_id"]: town for town in said["street_towns"]}
    anew = [name for name, row in rows.items() if row["outcome"] == "resized"]
    alone = [name for name, row in rows.items() if row["outcome"] == "other"]
    assert len(anew) == len(alone) == 1
    row, town = rows[anew[0]], possible[anew[0]]
    assert row["in_band_before"] < row["districts_before"]
    assert town["ceiling_share"] == row["in_band_after"] / row["districts_after"] == 1
    assert town["totals"][0] == row["organisations_after"] < row["organisations_before"]
    printed = call("districts", scenario).out
    assert f"{row['size_before']} -> {row['size_after']}" in printed
    assert "workers alone allow no more" in printed


def test_switched_off_by_the_policy(scenario, call):
    other = scenario.with_name("off.toml")
    text = scenario.read_text(encoding="utf-8") + "resize_joint_unions = false\n"
    other.write_text(text, encoding="utf-8")
    said = call("districts", other, "--json").json
    assert said["joint_sizes"] == []
    assert min(town["ceiling_share"] for town in said["street_towns"][1:]) < 1


def test_the_plan_notes_and_lists_them(scenario, tmp_path):
    plan = run(read_scenario(scenario)).plan  # verified on the way
    sizes = plan.derived["joint_sizes"].set_index("outcome")
    row = sizes.loc["resized"]
    note = next(text for text in plan.manifest["notes"] if "formed larger or smaller" in text)
    assert f"{row.organisations_before} to {row.organisations_after} organisations" in note
    assert any("workers alone allow no more" in text for text in plan.manifest["notes"])
    full = plan.derived["formation"].set_index("area_id")
    assert full.loc[row.street_town_id, "organisations_full"] == row.organisations_after
    book = write_workbook(plan, tmp_path / "plan.xlsx")
    sheet = pd.read_excel(book, sheet_name="联合工会规模", dtype=str, engine="openpyxl")
    assert set(sheet.iloc[:, 0]) == set(sizes["street_town_id"])
