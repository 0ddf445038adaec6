"""The workbook opened in LibreOffice: every sheet is there, and its figures are the plan's to the last digit."""

import importlib.util
import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from planner.explain import policy_of
from planner.kpis import figures
from planner.report.operations import TABLES
from planner.report.workbook import write_workbook

spec = importlib.util.spec_from_file_location("office", Path(__file__).parents[2] / "office.py")
office = importlib.util.module_from_spec(spec)
spec.loader.exec_module(office)

EXPECTED = [
    "概况",
    "选址质量",
    "小二级",
    "行业工会联合会",
    "服务阵地",
    "场所台账",
    "建会率",
    "入会率",
    "基层工会",
    "联合工会规模",
    "子片区",
]


@pytest.fixture(scope="module")
def reopened(town_run, tmp_path_factory):
    program = office.find_office()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("LibreOffice is absent, and CI must have it: python tests/office.py")
        pytest.skip("LibreOffice is not installed (python tests/office.py installs it)")
    folder = tmp_path_factory.mktemp("office")
    path = write_workbook(town_run[0].plan, folder / "plan.xlsx")
    subprocess.run(
        [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "ods",
         "--outdir", folder / "out", path],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return pd.read_excel(folder / "out" / "plan.ods", sheet_name=None, header=0, engine="calamine")


def test_libreoffice_opens_every_sheet_under_its_name(reopened):
    names = list(reopened)
    assert names[: len(EXPECTED)] == EXPECTED
    assert [table.sheet for table in TABLES] == names[len(EXPECTED) : len(EXPECTED) + len(TABLES)]


def test_figures_are_the_plans_to_the_last_digit(reopened, town_run):
    plan = town_run[0].plan
    known = figures(policy_of(plan))
    sheet = reopened["概况"]
    said = dict(zip(sheet.iloc[:, 1], sheet.iloc[:, 2], strict=True))
    assert len(plan.kpis) > 60
    assert {name: said[known[name].label_en] for name in plan.kpis} == dict(plan.kpis)


def test_sums_of_money_and_rows_are_the_plans(reopened, town_run):
    plan = town_run[0].plan
    budget = reopened["经费预算"]
    for column in budget.columns:
        if str(column).endswith("income"):
            assert int(budget[column].sum()) == int(plan.kpis["federation_income_yuan_year"])
    assert len(reopened["建设计划"]) == len(plan.facilities)
