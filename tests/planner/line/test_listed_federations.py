"""Federations of a list through the line: their names stay, switching costs, pinned ones stay as they are."""

import shutil
import tomllib

import pandas as pd
import pytest

from planner.scenario import parse_scenario


@pytest.fixture(scope="module")
def listed(town, town_run, tmp_path_factory):
    """Give the town with a list that books its organisations in federations of very uneven size."""
    plan = town_run[0].plan
    folder = tmp_path_factory.mktemp("listed") / "town"
    shutil.copytree(town, folder)
    unions = plan.layers["organisations"]
    units = plan.layers["units"].set_index("unit_id")
    # a large west and a small east of each street_town, so that balance asks for moves
    x = units.geometry.centroid.x
    middle = x.groupby(units["street_town_id"]).transform(lambda one: one.quantile(0.75))
    side = (x > middle).map({True: "东", False: "西"})
    federation = units["street_town_id"].astype(str).str[-3:] + side + "片联合会"
    table = pd.DataFrame(
        {
            "基层工会编号": unions["organisation_id"].to_numpy(),
            "工会联合会": unions["unit_id"].map(federation).to_numpy(),
        }
    )
    table.to_csv(folder / "federations.csv", index=False)
    values = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    values["inputs"]["federations"] = {"path": "federations.csv"}
    return folder, values, table.set_index("基层工会编号")["工会联合会"], unions


def switched(answer, table, unions):
    """Count organisations whose federation is another one than the list's."""
    home = unions.set_index("organisation_id")["unit_id"].map(
        answer.unit_district.set_index("unit_id")["district_id"]
    )
    name = home.map(answer.districts.set_index("district_id")["name"])
    return int((name != table.reindex(name.index)).sum()), name


def test_switching_costs_and_names_stay(listed, drawn, town_run):
    folder, values, table, unions = listed
    adjacency = town_run[0].plan.derived["adjacency"]
    beside = adjacency[adjacency["adjoins"]]
    count = {}
    for weight in (0.0, 6.0):
        scenario = parse_scenario({**values, "change": {"switching_weight": weight}}, folder)
        answer = drawn(scenario, folder / "plans")
        count[weight], _names = switched(answer, table, unions)
        # 001 holds one district: its small east joins its west; all that goes on keeps its name
        assert set(answer.districts["name"]) == set(table) - {"001东片联合会"}
        assert answer.outcome.value == 2
    assert 0 < count[6.0] < count[0.0]
    anew = drawn(parse_scenario({**values, "change": {"stance": "anew"}}, folder), folder / "plans")
    assert switched(anew, table, unions)[0] >= count[6.0]
    kept = parse_scenario({**values, "change": {"stance": "keep"}}, folder)
    answer = drawn(kept, folder / "plans")
    assert set(answer.districts["name"]) == set(table)
    assert answer.districts["organisations"].max() <= 150
    # the one above the hard maximum gives away border units, nothing else changes
    name = switched(answer, table, unions)[1]
    moved = table.index[table != name.reindex(table.index)]
    assert 0 < (table[moved] == "002西片联合会").sum() < count[6.0]
    # of the others, only a piece that did not adjoin the rest of its federation
    home = unions.set_index("organisation_id")["unit_id"]
    for one in moved[table[moved] != "002西片联合会"]:
        rest = set(home[table.index[table == table[one]]]) - {home[one]}
        near = beside[(beside["unit_a"] == home[one]) | (beside["unit_b"] == home[one])]
        assert rest.isdisjoint(set(near["unit_a"]) | set(near["unit_b"]))


def test_a_pinned_federation_keeps_every_organisation(listed, drawn):
    folder, values, table, unions = listed
    free = parse_scenario({**values, "change": {"switching_weight": 0.0}}, folder)
    _count, name = switched(drawn(free, folder / "plans"), table, unions)
    pinned = "002西片联合会"  # above the hard maximum: what a person decides wins
    assert (table == pinned).sum() > 150
    assert (name.reindex(table.index) != table)[table == pinned].any(), "a pin would hold nothing"
    pin = {"kind": "federation", "id": pinned, "decision": "keep", "by": "区总工会", "reason": "刚换届"}  # fmt: skip
    scenario = parse_scenario(
        {**values, "change": {"switching_weight": 0.0, "pins": [pin]}}, folder
    )
    _count, now = switched(drawn(scenario, folder / "plans"), table, unions)
    assert (now[table.index[table == pinned]] == pinned).all()
