"""`planner year` from the command line: a verified plan, a page to sign, files to take away, and nothing published."""

import json
import shutil
import signal
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest

from planner.publication import current
from planner.store import list_plans, load_plan
from tests.planner.cli.conftest import call as call_fixture

call = call_fixture


@pytest.fixture(scope="module")
def years(town_years, first, tmp_path_factory):
    """Give a copy of the town's years with only the first planned."""
    folder = tmp_path_factory.mktemp("command") / "years"
    shutil.copytree(town_years, folder, ignore=shutil.ignore_patterns("plans"))
    (folder / "plans").mkdir()
    for name in ("networks", first.plan_id):
        shutil.copytree(town_years / "plans" / name, folder / "plans" / name)
    return folder


def words(folder, first, *more):
    second = folder / "year-2"
    asked = [
        "year",
        second / "scenario.toml",
        "--parent",
        first.plan_id,
        "--register",
        second / "register.xlsx",
    ]
    return [str(word) for word in (*asked, *more)]


@pytest.mark.slow
def test_a_year_from_register_to_page(years, first, call):
    answer = call(*words(years, first, "--to", years / "out", "--json"))
    assert answer.code == 0, answer.err
    said = answer.json
    assert said["verified"] is True
    assert said["published"] is False
    assert current(years / "plans") is None
    plan = load_plan(years / "plans", said["plan_id"])
    assert plan.manifest["parent_plan"] == first.plan_id
    assert [row["choice"] for row in said["alternatives"]] == [
        "keep",
        "little",
        "chosen",
        "much",
        "anew",
    ]
    assert plan.derived["alternatives"]["chosen"].sum() == 1
    for name, row in said["kpis"].items():
        if row["middle"] is not None and row["first"] is not None:
            assert row["city"] + row["decisions"] == pytest.approx(row["difference"], abs=1e-6), (
                name
            )
    page = (years / "out" / "findings.html").read_text(encoding="utf-8")
    assert page.index("备选方案") < page.index("alternatives")
    assert f"planner publish {plan.plan_id}" in page
    book = openpyxl.load_workbook(years / "out" / "difference.xlsx", read_only=True)
    assert {"指标", "备选方案", "通知 调整上级", "通知 撤点", "平台导入"} <= set(book.sheetnames)
    rows = pd.read_csv(years / "out" / "platform.csv", encoding="utf-8-sig")
    assert len(rows) == sum(said["organisations"][name] for name in ("switched", "new", "ended"))
    stored = json.loads((years / "out" / "difference.json").read_text(encoding="utf-8"))
    assert stored["notices"] == said["notices"]
    assert (years / "out" / "maps" / "after" / "index.html").is_file()
    shown = call("compare", first.plan_id, plan.plan_id, "--store", years / "plans", "--json")
    assert shown.json["kpis"] == said["kpis"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill outright")
def test_a_killed_year_leaves_last_years_plan_in_force(years, first, call, in_force, tmp_path):
    folder = tmp_path / "years"
    shutil.copytree(years, folder, ignore=shutil.ignore_patterns("stages", "out"))
    store = folder / "plans"
    before = in_force(store, first.plan_id)
    command = [
        sys.executable,
        "-m",
        "planner",
        "--lang",
        "en",
        *words(folder, first, "--no-alternatives"),
    ]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        for line in process.stderr:
            if "drawing federation districts" in line:
                break
        process.kill()
        process.stderr.read()
    assert (store / "published.json").read_bytes() == before
    known = {plan.plan_id for plan in list_plans(store)}
    answer = call(*words(folder, first, "--no-alternatives", "--json"))
    assert answer.code == 0, answer.err
    assert current(store).plan_id == first.plan_id
    assert {plan.plan_id for plan in list_plans(store)} >= known | {answer.json["plan_id"]}


def test_bad_parents_are_refused_with_their_exit_code(years, first, call):
    from planner.errors import ParentError

    old = call(*words(years, first, "--as-of", "2020-01-01", "--no-alternatives"))
    assert old.code == ParentError.exit_code
    assert "older than the parent's of 2026-01-01" in old.err
    assert "Traceback" not in old.err
    assert "infeasible" not in old.err
