"""The command line starts light, speaks two languages and ends with the code that says how."""

import os
import subprocess
import sys

import click
import pytest

COMMANDS = (
    "check",
    "compare",
    "compile",
    "demo",
    "export",
    "plans",
    "run",
    "sample",
    "show",
    "verify",
)
HEAVY = ("geopandas", "pandas", "numba", "osmnx", "folium", "highspy", "ortools", "osmium", "flask")


def python(*words, **environment):
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


def test_importing_the_command_line_loads_nothing_heavy():
    code = f"import sys, planner, planner.cli; print([m for m in {HEAVY} if m in sys.modules])"
    answer = python("-c", code)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "[]"


def test_help_names_every_command_and_loads_nothing_heavy():
    code = (
        "import sys, planner.cli\n"
        "try: planner.cli.main(['--lang', 'en', '--help'])\n"
        f"finally: print([m for m in {HEAVY} if m in sys.modules])\n"
    )
    answer = python("-c", code)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.rstrip().endswith("[]")
    listed = answer.stdout.split("Commands:")[1]
    for command in COMMANDS:
        assert f"\n  {command} " in listed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, call):
    answer = call(command, "--help")
    assert answer.code == 0
    assert f"Usage: planner {command}" in answer.out
    assert answer.err == ""


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["run"],
        ["run", "a.toml", "--jobs", "0"],
        ["sample"],
        ["--lang", "fr", "plans"],
    ],
    ids=" ".join,
)
def test_wrong_words_end_with_2(words, call):
    answer = call(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert "Error" in answer.err


def test_version(call):
    answer = call("--version")
    assert answer.code == 0
    assert "0.1" in answer.out


@pytest.mark.parametrize("error", [KeyboardInterrupt, click.Abort])
def test_interrupted_ends_with_130(error, call, monkeypatch, tmp_path):
    def interrupted(path):
        raise error

    monkeypatch.setattr("planner.scenario.read_scenario", interrupted)
    answer = call("run", tmp_path / "scenario.toml")
    assert answer.code == 130
    assert "interrupted" in answer.err


def test_an_unforeseen_error_is_a_sentence_and_a_traceback_only_on_demand(
    call, monkeypatch, tmp_path
):
    def broken(path):
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("planner.scenario.read_scenario", broken)
    answer = call("run", tmp_path / "scenario.toml")
    assert answer.code == 1
    assert "unexpected error: ZeroDivisionError: by nought" in answer.err
    assert "Traceback" not in answer.err
    assert "Traceback" in call("--debug", "run", tmp_path / "scenario.toml").err


def test_a_held_lock_ends_with_6(call, town_run, tmp_path):
    from planner.store import locked, save_plan

    plan = town_run[0].plan
    with locked(tmp_path):
        from planner.errors import LockedError

        with pytest.raises(LockedError, match="another process") as raised:
            save_plan(plan, tmp_path)
    assert raised.value.exit_code == 6
    assert save_plan(plan, tmp_path).is_dir()


def test_a_finished_plan_waits_for_another_that_is_being_stored(town_run, tmp_path):
    """Two runs that end at the same moment are both stored; who holds the lock for longer is named."""
    import threading
    import time

    from planner.errors import LockedError
    from planner.store import list_plans, locked, save_plan

    plan = town_run[0].plan
    held = threading.Event()

    def hold():
        with locked(tmp_path):
            held.set()
            time.sleep(0.7)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(5)
    with pytest.raises(LockedError, match="another process"):
        save_plan(plan, tmp_path, wait_s=0.1)
    save_plan(plan, tmp_path, wait_s=30)
    other.join()
    assert [one.plan_id for one in list_plans(tmp_path)] == [plan.plan_id]


@pytest.mark.parametrize("where", ["file", "disk"])
def test_a_store_that_cannot_be_written_is_said_before_anything_is_read(
    where, call, tmp_path, town, monkeypatch
):
    store = tmp_path / "plans"
    if where == "file":
        store.write_text("no folder", encoding="utf-8")
        store = store / "below"
    else:

        def refuse(*args, **named):
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr("planner.store.tempfile.TemporaryFile", refuse)
    monkeypatch.setattr(
        "planner.pipeline.line.make", lambda *args, **named: pytest.fail("too late")
    )
    answer = call("run", town / "scenario.toml", "--store", store)
    assert answer.code == 3
    assert "the plan store cannot be written" in answer.err
    assert "--store" in answer.err
    assert "Traceback" not in answer.err


def test_messages_in_chinese(call, tmp_path):
    answer = call("--lang", "zh", "show", "pnowhere", "--store", tmp_path)
    assert answer.code == 3
    assert any("\u4e00" <= character <= "\u9fff" for character in answer.err)
    assert "no plan is called" not in answer.err
