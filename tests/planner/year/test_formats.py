"""A plan that an older version wrote opens, verifies and serves as a parent."""

import json
import shutil

import pytest

from planner.formats import FORMAT, migrated
from planner.pipeline import run
from planner.pipeline.network import stored_network
from planner.store import MANIFEST, _seal, load_plan
from planner.verify import verify


@pytest.fixture(scope="module")
def old_store(first, town_years, tmp_path_factory):
    """Give a store whose plan is written as format 1 wrote it: no digests, no change budget, one figure fewer."""
    store = tmp_path_factory.mktemp("old")
    for name in ("networks", first.plan_id):
        shutil.copytree(town_years / "plans" / name, store / name)
    path = store / first.plan_id / MANIFEST
    record = json.loads(path.read_text(encoding="utf-8"))
    for name in ("digests", "kpi_names"):
        del record["run"][name]
    del record["run"]["scenario"]["change"]
    del record["kpis"]["mediation_seats"]
    record["format"] = 1
    record["seal"] = _seal(record)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
    return store


def test_it_opens_verifies_and_its_files_stay_as_they_are(first, old_store):
    before = (old_store / first.plan_id / MANIFEST).read_bytes()
    plan = load_plan(old_store, first.plan_id)
    assert plan.plan_id == first.plan_id
    assert plan.manifest["digests"] == {"districts": {}, "tiers": {}}
    assert verify(plan, stored_network(old_store, plan.manifest["network"])) == ()
    assert (old_store / first.plan_id / MANIFEST).read_bytes() == before


def test_it_serves_as_a_parent(first, old_store, scenario_of):
    plan = run(scenario_of(2, first.plan_id), store=old_store).plan
    assert plan.manifest["parent_plan"] == first.plan_id
    kept = set(first.districts["district_id"]) & set(plan.districts["district_id"])
    assert kept


def test_a_figure_that_the_plan_should_have_is_still_missed(second, town_years):
    plan = load_plan(town_years / "plans", second.plan_id)
    plan.kpis.pop("mediation_seats")
    found = verify(plan, stored_network(town_years / "plans", plan.manifest["network"]))
    assert [one.rule for one in found] == ["figures"]


def test_a_record_of_this_version_is_left_alone():
    record = {"format": FORMAT, "run": {"scenario": {}}, "kpis": {}}
    assert migrated(record) == record
