"""The pointer to the plan in force: moved by people, with a reason, at one stroke, and back again."""

import json
import shutil

import pytest

from planner.errors import LockedError, PlanStoreError, VerificationError
from planner.lineage import chain
from planner.pipeline.network import stored_network
from planner.publication import POINTER, current, publications, publish, rollback
from planner.store import load_plan, locked


@pytest.fixture
def store(town_run, tmp_path):
    """Give a store of the town's plan and a copy of it under another id that does not verify."""
    run, source = town_run
    folder = tmp_path / "plans"
    shutil.copytree(source, folder)
    return folder, run.plan.plan_id


def network_of(folder):
    return lambda plan: stored_network(folder, str(plan.manifest["network"]))


def test_publishing_names_who_and_why(store):
    folder, plan_id = store
    assert current(folder) is None
    move = publish(folder, plan_id[:6], by="王", why="年度方案", network_of=network_of(folder))

    assert current(folder) == move
    assert (move.plan_id, move.by, move.why, move.kind) == (plan_id, "王", "年度方案", "publish")


@pytest.mark.parametrize(("by", "why"), [("", "x"), ("x", "  ")])
def test_a_move_without_name_or_reason_is_refused(store, by, why):
    folder, plan_id = store
    with pytest.raises(PlanStoreError, match="--by"):
        publish(folder, plan_id, by=by, why=why, network_of=network_of(folder))
    assert current(folder) is None


def test_a_plan_that_does_not_hold_is_not_published(store, monkeypatch):
    folder, plan_id = store
    publish(folder, plan_id, by="a", why="b", network_of=network_of(folder))
    before = (folder / POINTER).read_bytes()
    plan = load_plan(folder, plan_id)
    plan.decisions["staffing"]["professionals_needed"] += 1
    monkeypatch.setattr("planner.publication.load_plan", lambda *_: plan)

    with pytest.raises(VerificationError):
        publish(folder, plan_id, by="a", why="b", network_of=network_of(folder))
    assert (folder / POINTER).read_bytes() == before


def test_an_edited_plan_is_not_published(store):
    folder, plan_id = store
    (folder / plan_id / "decisions" / "staffing.parquet").write_bytes(b"PAR1")
    with pytest.raises(PlanStoreError, match="edited"):
        publish(folder, plan_id, by="a", why="b", network_of=network_of(folder))


def test_rolling_back_needs_something_to_go_back_to(store):
    folder, plan_id = store
    publish(folder, plan_id, by="a", why="b", network_of=network_of(folder))
    with pytest.raises(PlanStoreError, match="earlier"):
        rollback(folder, by="a", why="b", network_of=network_of(folder))


def _second_plan(folder, plan_id):
    """Publish, by hand, an entry for another plan after the first."""
    entries = json.loads((folder / POINTER).read_text(encoding="utf-8"))
    entries["entries"].append({**entries["entries"][0], "plan_id": "pffffffffffffff"})
    (folder / POINTER).write_text(json.dumps(entries), encoding="utf-8")


def test_rolling_back_restores_the_exact_bytes(store):
    folder, plan_id = store
    publish(folder, plan_id, by="a", why="b", network_of=network_of(folder))
    bytes_before = {p: p.read_bytes() for p in (folder / plan_id).rglob("*") if p.is_file()}
    _second_plan(folder, plan_id)
    move = rollback(folder, by="c", why="d", network_of=network_of(folder))

    assert (move.kind, move.plan_id) == ("rollback", plan_id)
    assert {p: p.read_bytes() for p in (folder / plan_id).rglob("*") if p.is_file()} == bytes_before
    assert [m.kind for m in publications(folder)] == ["publish", "publish", "rollback"]


def test_a_plan_made_again_under_the_same_id_is_not_rolled_back_to(store):
    folder, plan_id = store
    publish(folder, plan_id, by="a", why="b", network_of=network_of(folder))
    _second_plan(folder, plan_id)
    manifest = folder / plan_id / "plan.json"
    manifest.write_text(manifest.read_text(encoding="utf-8") + " ", encoding="utf-8")

    with pytest.raises(PlanStoreError, match="not the one that was published"):
        rollback(folder, by="c", why="d", network_of=network_of(folder))


def test_two_at_once_and_a_torn_pointer(store):
    folder, plan_id = store
    with locked(folder), pytest.raises(LockedError):
        publish(folder, plan_id, by="a", why="b", network_of=network_of(folder))
    (folder / POINTER).write_text("{", encoding="utf-8")
    with pytest.raises(PlanStoreError, match="cannot be read"):
        current(folder)


def test_a_chain_ends_where_the_store_does(store):
    folder, plan_id = store
    assert [a.plan_id for a in chain(folder, plan_id)] == [plan_id]
