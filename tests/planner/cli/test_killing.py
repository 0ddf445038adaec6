"""A run that is killed leaves no torn plan, and the next run works."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from planner.errors import LockedError
from planner.store import list_plans, load_plan, locked, save_plan

if not hasattr(signal, "SIGKILL"):
    pytest.skip("this system cannot kill a process outright", allow_module_level=True)

STORING = """
import sys
from pathlib import Path
from planner.store import load_plan, save_plan
plan = load_plan(Path(sys.argv[1]), sys.argv[2])
print("ready", flush=True)
save_plan(plan, Path(sys.argv[3]))
print("stored", flush=True)
"""


def drafts(store):
    return list(store.glob(".draft-*"))


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.15])
def test_killed_while_storing(after_s, town_run, tmp_path):
    made, source = town_run
    store = tmp_path / "store"
    words = [sys.executable, "-c", STORING, str(source), made.plan.plan_id, str(store)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip() == "ready"
        time.sleep(after_s)
        process.kill()
    for stored in list_plans(store):
        assert load_plan(store, stored.plan_id).plan_id == made.plan.plan_id
    save_plan(made.plan, store)
    assert [stored.plan_id for stored in list_plans(store)] == [made.plan.plan_id]
    assert load_plan(store, made.plan.plan_id).plan_id == made.plan.plan_id
    assert not (store / ".lock").exists()
    assert drafts(store) == []


def test_killed_while_planning(town, town_run, tmp_path, call):
    """Kill the command in the middle of its stages; the same command then gives the plan."""
    store = tmp_path / "store"
    shutil.copytree(town_run[1] / "networks", store / "networks")
    words = [
        sys.executable,
        "-m",
        "planner",
        "--lang",
        "en",
        "run",
        str(town / "scenario.toml"),
        "--store",
        str(store),
    ]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "organisations" in line:
                break
        process.kill()
    assert process.wait() == -signal.SIGKILL
    assert list_plans(store) == []
    assert {path.name for path in store.iterdir()} == {"networks", "stages"}
    answer = call("run", town / "scenario.toml", "--store", store, "--json")
    assert answer.code == 0
    assert answer.json["plan_id"] == town_run[0].plan.plan_id


def test_lock_of_a_dead_process_is_taken_over(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()
    with locked(tmp_path):
        holder = json.loads((tmp_path / ".lock").read_text(encoding="utf-8"))
    (tmp_path / ".lock").write_text(json.dumps(holder | {"pid": process.pid}), encoding="utf-8")
    with locked(tmp_path):
        now = json.loads((tmp_path / ".lock").read_text(encoding="utf-8"))
        assert now["pid"] == os.getpid()
    assert not (tmp_path / ".lock").exists()


def test_an_empty_name_of_a_dead_process_is_swept(town_run, tmp_path):
    old, young = tmp_path / ".lock-1-1", tmp_path / ".lock-2-2"
    for left in (old, young):
        left.write_text("", encoding="utf-8")
    os.utime(old, (time.time() - 3600, time.time() - 3600))
    (tmp_path / ".draft-torn").mkdir()
    save_plan(town_run[0].plan, tmp_path)
    assert not old.exists()
    assert young.exists()
    assert drafts(tmp_path) == []


def test_lock_of_another_host_is_not_taken_over(tmp_path):
    with locked(tmp_path):
        holder = json.loads((tmp_path / ".lock").read_text(encoding="utf-8"))
    other = json.dumps(holder | {"host": "another-host"})
    (tmp_path / ".lock").write_text(other, encoding="utf-8")
    with pytest.raises(LockedError, match="another-host"), locked(tmp_path):
        pass
    assert (tmp_path / ".lock").read_text(encoding="utf-8") == other
