"""publish, rollback, log and replay as people call them."""

import shutil


def copied(town_run, tmp_path):
    shutil.copytree(town_run[1], tmp_path / "plans")
    return tmp_path / "plans", town_run[0].plan.plan_id


def test_a_published_plan_is_in_the_log(call, town_run, tmp_path):
    store, plan_id = copied(town_run, tmp_path)
    said = ("--store", store)
    assert "no plan" in call("log", *said).out
    moved = call("publish", plan_id, "--by", "Wang", "--why", "yearly plan", *said, "--json").json
    assert moved["plan_id"] == plan_id
    log = call("log", *said)
    assert log.code == 0
    assert all(word in log.out for word in ("Wang", "yearly plan", plan_id))
    assert call("log", *said, "--json").json == [moved]


def test_names_and_reasons_are_asked_for(call, town_run, tmp_path):
    store, plan_id = copied(town_run, tmp_path)
    assert call("publish", plan_id, "--store", store).code == 2
    assert call("publish", plan_id, "--by", " ", "--why", "x", "--store", store).code == 3
    assert call("publish", "nosuch", "--by", "a", "--why", "x", "--store", store).code == 3
    refused = call("rollback", "--by", "a", "--why", "b", "--store", store)
    assert refused.code == 3
    assert "planner log" in refused.err


def test_the_log_of_a_plan_is_its_chain(call, town_run, tmp_path):
    store, plan_id = copied(town_run, tmp_path)
    chain = call("log", plan_id, "--store", store, "--json").json
    assert [link["plan_id"] for link in chain] == [plan_id]
    assert plan_id in call("log", plan_id, "--store", store).out


def test_replay_says_whether_the_same_came_out(call, town, town_run, tmp_path):
    store, plan_id = copied(town_run, tmp_path)
    answer = call("replay", plan_id, "--inputs", town, "--store", store, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["same"] is True
    nowhere = call("replay", plan_id, "--inputs", tmp_path / "nowhere", "--store", store)
    assert nowhere.code == 3
    assert "roads.osm.pbf" in nowhere.err
