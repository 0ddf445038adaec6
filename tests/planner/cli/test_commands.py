"""Each command on a planned town: what it prints for people, and what for programs."""

import json
import re
import shutil

import openpyxl
import pandas as pd
import pytest

LAYERS = {
    "density",
    "register",
    "enterprises",
    "boundaries",
    "boroughs",
    "street_towns",
    "units",
    "sites",
    "outdoor",
    "disputes",
}


def test_sample_writes_what_a_user_would_bring(call, tmp_path):
    answer = call("sample", tmp_path / "town", "--size", "town", "--seed", "3")
    assert answer.code == 0
    scenario = tmp_path / "town" / "scenario.toml"
    assert answer.out.strip() == str(scenario)
    assert scenario.is_file()
    assert (tmp_path / "town" / "roads.osm.pbf").stat().st_size > 0


def test_sample_refuses_an_unknown_size(call, tmp_path):
    answer = call("sample", tmp_path / "town", "--size", "galaxy")
    assert answer.code in {2, 3}
    assert "galaxy" in answer.err
    assert "unexpected" not in answer.err


def test_check_counts_add_up_and_rejected_rows_come_back(call, town, tmp_path):
    rejects = tmp_path / "rejects.xlsx"
    answer = call(
        "check",
        town / "scenario.toml",
        "--json",
        "--rejects",
        rejects,
        "--no-roads",
        "--to",
        tmp_path,
    )
    assert answer.code == 0
    records = answer.json
    assert {record["layer"] for record in records} <= LAYERS
    rejected = 0
    for record in records:
        lost = sum(record["rejected"].values())
        assert record["rows_in"] == record["kept"] + lost + sum(record["ignored"].values())
        rejected += lost
    assert rejected > 0
    rows = list(openpyxl.load_workbook(rejects).active.iter_rows(values_only=True))
    assert len(rows) - 1 >= rejected


def test_check_prints_a_table_for_people(call, town, tmp_path):
    answer = call("check", town / "scenario.toml", "--no-roads", "--to", tmp_path)
    assert answer.code == 0
    assert "enterprises" in answer.out
    assert "rejected" in answer.out


def test_run_prints_one_object(call, town, town_run, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(town_run[1] / "networks", store / "networks")
    answer = call("run", town / "scenario.toml", "--store", store, "--jobs", "1", "--json")
    assert answer.code == 0, answer.err
    assert len(answer.out.splitlines()) == 1
    said = answer.json
    assert set(said) == {"plan_id", "path", "verified", "kpis", "stages", "tiers"}
    assert said["plan_id"] == town_run[0].plan.plan_id
    assert said["path"] == str(store / said["plan_id"])
    assert said["verified"] is True
    assert said["kpis"] == pytest.approx(dict(town_run[0].plan.kpis))
    for stage in said["stages"].values():
        assert set(stage) == {"seconds", "cpu_s", "peak_mb"}
        assert stage["peak_mb"] > 0
    for tier in said["tiers"].values():
        assert set(tier) == {"facilities", "status", "value", "bound", "gap_share"}
    assert set(said["tiers"]) == set(town_run[0].plan.tiers["tier"])
    assert {"station", "service_point", "rest_station"} < set(said["tiers"])
    assert "verifying independently" in answer.err


def test_a_dry_run_says_what_would_run_and_writes_nothing(call, town, town_run, tmp_path):
    store = tmp_path / "store"
    answer = call("run", town / "scenario.toml", "--store", store, "--dry-run", "--json")
    assert answer.code == 0
    assert set(answer.json["stages"].values()) == {"run"}
    assert not store.exists()
    done = call("run", town / "scenario.toml", "--store", town_run[1], "--dry-run", "--json")
    assert done.json["stages"]["tier_rest_station"] == "kept"
    assert done.json["stages"]["verify"] == "run"
    words = ("run", town / "scenario.toml", "--store", town_run[1], "--dry-run", "--seed", "9")
    assert "drawing federation districts" in call(*words).out
    assert call(*words, "--json").json["stages"]["districts"] == "run"


def test_plans_and_show(call, town_run):
    made, store = town_run
    name = made.plan.plan_id
    listed = call("plans", "--store", store, "--json").json
    assert [plan["plan_id"] for plan in listed] == [name]
    assert name in call("plans", "--store", store).out
    shown = call("show", name[:6], "--store", store, "--json").json
    assert shown["plan_id"] == name
    assert shown["kpis"]["districts"] == len(made.plan.districts)
    for_people = call("show", name, "--store", store).out
    assert name in for_people
    assert "service station" in for_people


def test_plans_of_an_absent_store_are_none(call, tmp_path):
    assert call("plans", "--store", tmp_path / "absent", "--json").json == []


@pytest.mark.parametrize("command", ["show", "verify"])
@pytest.mark.parametrize("name", ["pffffff", "../../etc/passwd", "P", "p" * 80])
def test_unknown_plans_are_refused(command, name, call, town_run):
    answer = call(command, name, "--store", town_run[1])
    assert answer.code == 3
    assert "planner plans" in answer.err
    assert answer.out == ""


def copied_store(town_run, folder):
    made, store = town_run
    shutil.copytree(store, folder)
    return folder, folder / made.plan.plan_id


def test_verify_says_that_a_plan_holds(call, town_run):
    made, store = town_run
    answer = call("verify", made.plan.plan_id, "--store", store, "--json")
    assert answer.code == 0
    assert answer.json == {"plan_id": made.plan.plan_id, "verified": True, "findings": []}


def test_verify_fails_on_a_plan_whose_site_was_edited(call, town_run, tmp_path):
    store, folder = copied_store(town_run, tmp_path / "store")
    path = folder / "decisions" / "facilities.parquet"
    table = pd.read_parquet(path)
    table.loc[0, "site_id"] = table.loc[1, "site_id"]
    table.to_parquet(path, index=False)
    answer = call("verify", folder.name, "--store", store)
    assert answer.code == 5
    assert "facilities.parquet" in answer.err
    assert "Traceback" not in answer.err


def test_verify_says_when_the_network_is_gone(call, town_run, tmp_path):
    store, folder = copied_store(town_run, tmp_path / "store")
    shutil.rmtree(store / "networks")
    answer = call("verify", folder.name, "--store", store)
    assert answer.code == 3
    assert "run the scenario again" in answer.err


def test_an_edited_figure_is_noticed(call, town_run, tmp_path):
    store, folder = copied_store(town_run, tmp_path / "store")
    manifest = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    manifest["kpis"]["station_coverage_share"] = 1.0
    (folder / "plan.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert call("show", folder.name, "--store", store).code == 3
    assert call("verify", folder.name, "--store", store).code == 5


def test_an_edited_plan_hides_no_other(call, town_run, tmp_path):
    store, folder = copied_store(town_run, tmp_path / "store")
    edited = store / "p0123456789abcdef"
    edited.mkdir()
    (edited / "plan.json").write_text('{"a":' * 100_000, encoding="utf-8")
    for more in ((), ("--json",)):
        answer = call("plans", "--store", store, *more)
        assert answer.code == 3
        assert folder.name in answer.out
        assert edited.name in answer.err
        assert "Traceback" not in answer.err
    assert call("show", folder.name[:8], "--store", store).code == 0
    assert "edited" in call("show", edited.name[:8], "--store", store).err


def test_a_plan_compared_with_itself_does_not_differ(call, town_run):
    made, store = town_run
    name = made.plan.plan_id
    comparison = call("compare", name, name, "--store", store, "--json").json
    assert comparison["plans"] == [name, name]
    assert all(figure["difference"] == 0 for figure in comparison["kpis"].values())
    assert all(not part["opened"] and not part["closed"] for part in comparison["sites"].values())
    organisations = comparison["organisations"]
    assert organisations["kept"] == len(made.plan.layers["organisations"])
    assert organisations["switched"] == organisations["new"] == organisations["ended"] == 0
    answer = call("compare", name, name, "--store", store)
    assert answer.code == 0
    assert re.findall(r"^  (.*)  [0-9.]+ s$", answer.err, re.MULTILINE) == [
        "reading the first plan",
        "reading the second plan",
        "comparing districts",
        "comparing organisations",
        "comparing sites",
        "comparing who is within reach",
    ]


def test_a_pin_is_obeyed_and_shows_in_the_comparison(call, town, town_run, tmp_path):
    """Close one open service point: it is gone in the second plan, and the comparison says so."""
    made, store = town_run
    points = made.plan.facilities[made.plan.facilities["tier"] == "service_point"]
    closed = points.loc[~points["compulsory"], "site_id"].iloc[0]
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    scenario = folder / "scenario.toml"
    pin = (
        '\n[[decisions]]\ntier = "service_point"\n'
        f'site_id = "{closed}"\ndecision = "closed"\nby = "test"\nreason = "lease ends"\n'
    )
    scenario.write_text(scenario.read_text(encoding="utf-8") + pin, encoding="utf-8")
    both = tmp_path / "store"
    shutil.copytree(store, both)
    answer = call("run", scenario, "--store", both, "--json")
    assert answer.code == 0, answer.err
    comparison = call(
        "compare", made.plan.plan_id, answer.json["plan_id"], "--store", both, "--json"
    )
    assert closed in comparison.json["sites"]["service_point"]["closed"]
    first, second = (
        comparison.json["kpis"]["service_point_coverage_share"][key] for key in ("first", "second")
    )
    assert second <= first * 1.01


def test_explain_says_where_an_enterprise_belongs_and_why(call, town_run):
    made, store = town_run
    plan = made.plan
    membership = plan.decisions["membership"]
    firms = plan.layers["enterprises"].set_index("enterprise_id")
    joint = membership[membership["reason"] == "carrier"].iloc[0]
    answer = call("explain", plan.plan_id, joint.enterprise_id, "--store", store)
    assert answer.code == 0
    union = plan.layers["organisations"].set_index("organisation_id").loc[joint.organisation_id]
    for said in (
        firms.loc[joint.enterprise_id, "name"],
        union["name"],
        "shares the joint union of its building, mall or park",
        "the local area: its own column of the register says so",
    ):
        assert said in answer.out
    told = call(
        "explain", plan.plan_id, joint.enterprise_id.lower(), "--store", store, "--json"
    ).json
    (card,) = told["enterprises"]
    assert (card["organisation_id"], card["reason"]) == (joint.organisation_id, "carrier")
    booked = plan.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    assert card["district_id"] == booked[joint.organisation_id]


def test_explain_tells_why_one_is_in_no_organisation_and_what_is_unknown(call, town_run):
    made, store = town_run
    plan = made.plan
    bureau = plan.derived["outside"].query("reason == 'bureau'")["enterprise_id"].iloc[0]
    answer = call("explain", plan.plan_id, bureau, "--store", store)
    assert "bureau or industry: its own column of the register says so" in answer.out
    assert "belongs to a bureau's jurisdiction, not to the area's" in answer.out
    many = call("explain", plan.plan_id, "公司", "--store", store, "--json").json
    assert many["found"] > len(many["enterprises"]) == 10
    nobody = call("explain", plan.plan_id, "no such firm", "--store", store)
    assert nobody.code == 3
    assert "the plan's register has no such enterprise" in nobody.err
    assert nobody.out == ""
