"""The whole line on a made town: the plan holds, repeats, and every planted fault is found."""

import json
import shutil

import pandas as pd
import pytest

from planner.errors import PlanStoreError
from planner.pipeline import run
from planner.plan import DECISIONS, plan_id
from planner.scenario import read_scenario
from planner.store import find_plan, list_plans, load_plan
from planner.verify import verify


def network_of(run_, store):
    from planner.pipeline.network import stored_network

    return stored_network(store, run_.plan.manifest["network"])


def test_every_enterprise_worker_and_organisation_is_counted_once(town_run):
    plan = town_run[0].plan
    enterprises = plan.layers["enterprises"]
    area = enterprises[enterprises["in_scope"] & (enterprises["jurisdiction"] == "area")]
    membership = plan.decisions["membership"]
    assert sorted(membership["enterprise_id"]) == sorted(area["enterprise_id"])
    assert plan.districts["workers"].sum() == area["workers"].sum()
    assert plan.districts["organisations"].sum() == membership["organisation_id"].nunique()


def test_each_district_has_one_station_and_every_tier_says_how_good_it_is(town_run):
    plan = town_run[0].plan
    stations = plan.facilities[plan.facilities["tier"] == "station"]
    assert sorted(stations["district_id"]) == sorted(plan.districts["district_id"])
    for row in plan.tiers.itertuples():
        assert row.status in {"optimal", "feasible"}
        assert row.value <= row.bound * (1 + 1e-9)
        assert 0 <= row.gap_share < 0.05


def test_same_scenario_same_plan_with_an_empty_store_and_one_or_two_workers(
    town, town_run, tmp_path
):
    scenario = read_scenario(town / "scenario.toml")
    ids = {town_run[0].plan.plan_id}
    for jobs in (1, 2):
        ids.add(run(scenario, store=tmp_path / str(jobs), jobs=jobs).plan.plan_id)
    assert len(ids) == 1


def test_stored_plan_is_what_was_made(town_run):
    made, store = town_run
    loaded = load_plan(store, made.plan.plan_id[:6])
    assert loaded.plan_id == made.plan.plan_id
    assert verify(loaded, network_of(made, store)) == ()
    assert [plan.plan_id for plan in list_plans(store)] == [made.plan.plan_id]


def test_plan_id_ignores_row_order_and_sees_every_decision(town_run):
    decisions = dict(town_run[0].plan.decisions)
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in decisions.items()}
    assert plan_id(shuffled) == plan_id(decisions)
    for name, columns in DECISIONS.items():
        changed = decisions[name].copy()
        if changed.empty:  # a town has no model; a row of its own is a decision too
            changed = pd.DataFrame({column: [1] for column in columns})
        changed[columns[0]] = changed[columns[0]].astype(object)
        changed.loc[changed.index[0], columns[0]] = "other"
        assert plan_id(decisions | {name: changed}) != plan_id(decisions)


def edit_one_site(folder):
    path = folder / "decisions" / "facilities.parquet"
    table = pd.read_parquet(path)
    table.loc[0, "site_id"] = table.loc[1, "site_id"]
    table.to_parquet(path, index=False)


def test_an_edited_site_is_detected_on_load(town_run, tmp_path):
    made, store = town_run
    copy = tmp_path / made.plan.plan_id
    shutil.copytree(store / made.plan.plan_id, copy)
    edit_one_site(copy)
    with pytest.raises(PlanStoreError, match="edited"):
        load_plan(tmp_path, made.plan.plan_id)


def test_torn_newer_and_unknown_plans_are_refused(town_run, tmp_path):
    made, store = town_run
    name = made.plan.plan_id
    copy = tmp_path / name
    shutil.copytree(store / name, copy)
    (copy / "derived" / "reach.parquet").unlink()
    with pytest.raises(PlanStoreError, match="edited or is torn"):
        load_plan(tmp_path, name)
    manifest = json.loads((copy / "plan.json").read_text(encoding="utf-8"))
    (copy / "plan.json").write_text(json.dumps(manifest | {"format": 99}), encoding="utf-8")
    with pytest.raises(PlanStoreError, match="newer version"):
        load_plan(tmp_path, name)
    for wrong in ("pffff", "../../etc", "", "P1"):
        with pytest.raises(PlanStoreError):
            find_plan(tmp_path, wrong)
