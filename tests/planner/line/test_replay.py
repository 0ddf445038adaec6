"""A stored plan made again: the same on the same inputs, refused on others, told apart where it differs."""

import shutil

import pytest

from planner.errors import PlanStoreError
from planner.pipeline import replay as module
from planner.pipeline.replay import replay


@pytest.fixture
def kept(town, town_run, tmp_path):
    """Give a store and the inputs beside it, moved together from where they were made."""
    store, inputs = tmp_path / "plans", tmp_path / "inputs"
    shutil.copytree(town_run[1], store)
    shutil.copytree(town, inputs)
    return store, inputs, town_run[0].plan.plan_id


def test_the_same_inputs_give_the_same_plan_and_store_nothing(kept):
    store, inputs, plan_id = kept
    before = sorted(path.name for path in store.iterdir())
    made = replay(store, plan_id, inputs=inputs)

    assert made.same
    assert (made.tables, made.packages) == ((), {})
    assert sorted(path.name for path in store.iterdir()) == before


def test_missing_and_changed_inputs_are_named_together(kept):
    store, inputs, plan_id = kept
    (inputs / "premises.xlsx").unlink()
    with (inputs / "outdoor.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")

    with pytest.raises(PlanStoreError) as refused:
        replay(store, plan_id, inputs=inputs)
    assert [fault.examples for fault in refused.value.faults] == [
        ["premises.xlsx"],
        ["outdoor.csv"],
    ]


def test_another_outcome_names_the_tables_that_differ(kept, monkeypatch):
    store, inputs, plan_id = kept
    monkeypatch.setattr(
        module,
        "parse_scenario",
        lambda values, *a, **k: _parse({**values, "decisions": [_veto(store, plan_id)]}, *a, **k),
    )
    made = replay(store, plan_id, inputs=inputs)

    assert not made.same
    assert made.tables[0] == "facilities"


def _parse(values, folder, **words):
    from planner.scenario import parse_scenario

    return parse_scenario(values, folder, **words)


def _veto(store, plan_id):
    """Close the first rest station of a plan."""
    from planner.store import load_plan

    facilities = load_plan(store, plan_id).facilities
    row = facilities[facilities["tier"] == "rest_station"].iloc[0]
    said = {"by": "test", "reason": "another outcome", "decision": "closed"}
    return {"tier": row["tier"], "site_id": row["site_id"], **said}
