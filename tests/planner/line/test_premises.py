"""Premises of several lists and of the road file in a scenario."""

import shutil

import pytest

from planner.errors import ConfigurationError
from planner.pipeline import check
from planner.pipeline.keys import stage_keys
from planner.scenario import read_scenario

ONE = '[inputs.sites]\npath = "premises.xlsx"'


@pytest.fixture
def given(town, tmp_path):
    """Copy the town's files; return a function that writes the scenario with other premises."""
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    assert ONE in text

    def write(premises, inputs=""):
        changed = text.replace(ONE, premises).replace("[inputs]\n", "[inputs]\n" + inputs)
        (folder / "scenario.toml").write_text(changed, encoding="utf-8")
        return read_scenario(folder / "scenario.toml")

    return write


def test_the_same_list_twice_is_that_list_once(given):
    once = check(given(ONE))
    lists = f"[{ONE.replace(']', ']]')}\n"
    twice = check(given(lists + lists))
    assert twice.sites["site_id"].tolist() == once.sites["site_id"].tolist()
    records = [one for one in twice.records if one.layer == "sites"]
    assert [one.kept for one in records] == [len(once.sites), 0]
    assert all(one.adds_up for one in records)


def test_premises_of_the_road_file(given):
    with_roads = check(given(ONE, "sites_from_roads = true\n"))
    records = [one for one in with_roads.records if one.layer == "sites"]
    assert len(records) == 2
    assert records[1].owner == "虚构示例 invented (planner sample)"
    assert sum(one.kept for one in records) == len(with_roads.sites)


def test_layers_depend_on_the_road_file_only_when_it_holds_premises(given):
    plain = stage_keys(given(ONE))
    scenario = given(ONE, "sites_from_roads = true\n")
    before = stage_keys(scenario)
    with scenario.resolve(scenario.inputs.roads).open("ab") as file:
        file.write(b"\n")
    assert stage_keys(scenario)["layers"] != before["layers"]
    assert stage_keys(given(ONE))["layers"] == plain["layers"]


def test_a_scenario_without_premises_is_refused(given):
    with pytest.raises(ConfigurationError, match="sites_from_roads"):
        given("")
