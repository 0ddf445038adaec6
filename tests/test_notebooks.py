"""Every notebook runs from its first cell to its last, without a network, and shows what it promises."""

import runpy
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))


def test_there_are_notebooks_and_only_as_percent_scripts():
    assert [path.name for path in NOTEBOOKS][:1] == ["01_first_look.py"]
    assert not list(NOTEBOOKS[0].parent.glob("*.ipynb"))
    for path in NOTEBOOKS:
        assert "# %% [markdown]" in path.read_text(encoding="utf-8")


def ran(name):
    shown = runpy.run_path(str(NOTEBOOKS[0].parent / name))
    assert not shown["folder"].exists()
    return shown


def test_every_notebook_is_run_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert len(NOTEBOOKS) == 5
    assert all(f'ran("{path.name}")' in text for path in NOTEBOOKS)


@pytest.mark.slow
def test_the_city_and_its_data_quality():
    shown = ran("01_first_look.py")
    counts = shown["checked"][["kept", "rejected", "not data"]].sum(axis=1)
    assert (shown["checked"]["rows"] == counts).all()
    assert shown["plan"].plan_id.startswith("p")
    assert set(shown["districts"]["district_id"]) == set(shown["plan"].facilities["district_id"])
    assert len(shown["kpis"]) == len(shown["plan"].kpis)


@pytest.mark.slow
def test_alternatives_are_whole_maps_and_the_beaten_ones_are_left_out():
    shown = ran("02_districts.py")
    units = set(shown["plan"].layers["units"]["unit_id"])
    for one in shown["found"]:
        assert len(one.districting.labels) == len(units)
    assert 1 <= len(shown["worth_a_look"]) <= len(shown["compared"]) == len(shown["found"])
    assert shown["drawn"]["district"].notna().all()


@pytest.mark.slow
def test_the_budget_curve_never_falls_and_stays_under_its_bound():
    curve = ran("03_budget_curve.py")["curve"]
    assert curve["workers_within"].is_monotonic_increasing
    assert (curve["workers_within"] <= curve["bound"] + 1e-6).all()
    assert curve["share"].between(0, 1).all()
    assert curve["share"].iloc[-1] > curve["share"].iloc[0]


@pytest.mark.slow
def test_the_difference_of_two_plans_adds_up():
    shown = ran("04_two_plans.py")
    account = shown["account"]
    assert shown["before"].plan_id != shown["after"].plan_id
    parts = account.drop(index=["before", "after"]).sum()
    assert (account.loc["before"] + parts - account.loc["after"]).abs().max() < 1e-6
    assert (shown["changed"]["difference"] != 0).all()


@pytest.mark.slow
def test_a_year_later_says_what_the_city_and_what_the_plan_changed():
    shown = ran("05_a_year.py")
    table = shown["table"]
    assert shown["second"].manifest["parent_plan"] == shown["first"].plan_id
    parts = table["city"] + table["decisions"]
    assert (parts - table["difference"]).abs().max() < 1e-6
    assert list(shown["alternatives"].index) == ["keep", "little", "chosen", "much", "anew"]
    assert shown["alternatives"].loc["keep", "switched_by_choice"] == 0
    assert shown["states"]["kept"].sum() > 0
