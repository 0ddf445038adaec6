"""Stages are kept and found again: never a stale answer, never somebody else's, and a killed run goes on."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from planner.pipeline import Watch, run
from planner.pipeline.kept import KEY_FOLDER, KeptAnswers
from planner.pipeline.keys import stage_keys
from planner.pipeline.stages import foresee
from planner.scenario import read_scenario
from planner.store import list_plans


def kept_stages(made):
    return [name for name, timing in made.stages.items() if timing.get("kept")]


@pytest.fixture(scope="module")
def ran(town, tmp_path_factory):
    """Give a town of its own that was planned once: (scenario path, store, plan id)."""
    folder = tmp_path_factory.mktemp("resuming") / "town"
    shutil.copytree(town, folder)
    made = run(read_scenario(folder / "scenario.toml"), store=folder / "plans")
    assert kept_stages(made) == []
    return folder / "scenario.toml", folder / "plans", made.plan.plan_id


def test_a_second_run_takes_every_answer_and_gives_the_same_plan(ran):
    scenario, store, plan_id = ran
    again = run(read_scenario(scenario), store=store)
    assert kept_stages(again) == list(stage_keys(read_scenario(scenario)))
    assert again.plan.plan_id == plan_id
    fresh = run(read_scenario(scenario), store=store, resume=False)
    assert kept_stages(fresh) == []
    assert fresh.plan.plan_id == plan_id


CHANGES = {
    "cutoff": ('[policy]\nname = "shanghai-2018"\noverride.tiers.station.cutoff_min = 9', "access"),
    "bands": (
        '[policy]\nname = "shanghai-2018"\noverride.federations.workers = { least = 3000, ideal = 4000, most = 5000 }',
        "adjacency",
    ),
    "threshold": (
        '[policy]\nname = "shanghai-2018"\noverride.organisations.own_union_threshold = 40',
        "organisations",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_setting_is_planned_anew_from_the_first_stage_that_reads_it(change, ran):
    """The resumed plan is the one a run from nothing gives, so no stage took a stale answer."""
    scenario, store, plan_id = ran
    text, first = CHANGES[change]
    changed = scenario.with_name(f"{change}.toml")
    before = scenario.read_text(encoding="utf-8")
    assert '[policy]\nname = "shanghai-2018"' in before
    changed.write_text(before.replace('[policy]\nname = "shanghai-2018"', text), encoding="utf-8")
    resumed = run(read_scenario(changed), store=store)
    kept = kept_stages(resumed)
    assert first not in kept
    assert "layers" in kept
    assert resumed.plan.plan_id != plan_id
    fresh = run(read_scenario(changed), store=store, resume=False)
    assert fresh.plan.plan_id == resumed.plan.plan_id


def test_every_stage_sees_its_inputs_change(ran, tmp_path):
    scenario, _store, _plan_id = ran
    shutil.copytree(scenario.parent, tmp_path / "town", ignore=shutil.ignore_patterns("plans"))
    path = tmp_path / "town" / "scenario.toml"
    before = stage_keys(read_scenario(path))
    assert stage_keys(read_scenario(path)) == before
    for name, untouched in (("outdoor.csv", set()), ("roads.osm.pbf", {"layers"})):
        with (tmp_path / "town" / name).open("ab") as stream:
            stream.write(b"\n")
        after = stage_keys(read_scenario(path))
        assert {stage for stage in before if before[stage] == after[stage]} == untouched
        before = after
    seeded = stage_keys(read_scenario(path).model_copy(update={"seed": 77}))
    assert {stage for stage in before if before[stage] == seeded[stage]} == {
        "layers",
        "network",
        "density",
        "units",
        "organisations",
        "adjacency",
        "joint_unions",
        "federations",
        "basemap",
    }


def test_foreseen_stages_are_those_that_then_run(ran):
    scenario, store, _plan_id = ran
    seen = foresee(read_scenario(scenario), store)
    made = run(read_scenario(scenario), store=store)
    assert [name for name, kept in seen.items() if kept] == kept_stages(made)


def test_a_damaged_or_foreign_answer_is_computed_again(ran, tmp_path, monkeypatch):
    scenario, store, plan_id = ran
    copy = tmp_path / "plans"
    shutil.copytree(store, copy)
    key = stage_keys(read_scenario(scenario))["layers"]
    file = copy / "stages" / f"layers-{key}.bin"
    whole = file.read_bytes()
    # One flipped bit, half a file, an empty one, and another stage's answer under this name.
    other = next(copy.glob("stages/organisations-*.bin")).read_bytes()
    for content in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[: len(whole) // 2], b"", other):
        file.write_bytes(content)
        assert KeptAnswers(copy).read("layers", key) == (False, None)
    file.write_bytes(whole)
    assert KeptAnswers(copy).read("layers", key)[0]
    monkeypatch.setenv(KEY_FOLDER, str(tmp_path / "somebody-else"))
    assert KeptAnswers(copy).read("layers", key) == (False, None)
    made = run(read_scenario(scenario), store=copy)
    assert kept_stages(made) == []
    assert made.plan.plan_id == plan_id


class Shout:
    """A pickle that would write a file when it is opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_planted_answer_is_never_opened(ran, tmp_path):
    import pickle

    scenario, store, _plan_id = ran
    key = stage_keys(read_scenario(scenario))["layers"]
    copy = tmp_path / "plans"
    shutil.copytree(store / "stages", copy / "stages")
    planted = bytes(32) + pickle.dumps(Shout(tmp_path / "ran"))
    (copy / "stages" / f"layers-{key}.bin").write_bytes(planted)
    assert KeptAnswers(copy).read("layers", key) == (False, None)
    assert not (tmp_path / "ran").exists()


def test_without_a_place_for_the_key_nothing_is_kept_and_planning_works(ran, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv(KEY_FOLDER, str(tmp_path / "file" / "below"))
    answers = KeptAnswers(tmp_path)
    assert answers.write("layers", "0" * 32, 1) is False
    assert answers.read("layers", "0" * 32) == (False, None)


def test_old_answers_go(tmp_path):
    answers = KeptAnswers(tmp_path)
    for number in range(4):
        assert answers.write("layers", f"{number:032d}", number)
        os.utime(tmp_path / "stages" / f"layers-{number:032d}.bin", (number, number))
    answers.sweep({"layers": f"{0:032d}"})
    left = sorted(path.name[-8:-4] for path in (tmp_path / "stages").iterdir())
    assert left == ["0000", "0002", "0003"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill outright")
@pytest.mark.parametrize(
    ("after", "how", "code"),
    [("organisations", "SIGKILL", -9), ("service station", "SIGTERM", 130)],
)
def test_a_killed_run_goes_on_where_it_stopped(ran, tmp_path, after, how, code):
    scenario, _store, plan_id = ran
    store = tmp_path / "plans"
    words = [sys.executable, "-m", "planner", "--lang", "en", "run", str(scenario), "--store"]
    with subprocess.Popen([*words, str(store)], stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if after in line:
                break
        process.send_signal(getattr(signal, how))
        process.stderr.read()
    assert process.wait() == code
    assert list_plans(store) == []
    watch = Watch()
    resumed = run(read_scenario(scenario), store=store, watch=watch)
    assert {"layers", "network"} <= set(kept_stages(resumed))
    assert "tier_rest_station" not in kept_stages(resumed)
    assert resumed.plan.plan_id == plan_id
