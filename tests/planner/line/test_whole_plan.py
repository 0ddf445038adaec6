"""What holds of a plan as a whole: nothing lost or counted twice, more never gives less, and the golden plan."""

import importlib.util
import shutil
from pathlib import Path

import pandas as pd
import pytest

from planner.pipeline import line, run
from planner.pipeline.watch import Watch
from planner.policy import parse_policy
from planner.scenario import read_scenario


def golden_tool():
    """Load the tool that `make golden` runs."""
    path = Path(__file__).parents[2] / "golden.py"
    spec = importlib.util.spec_from_file_location("golden_tool", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GOLDEN = golden_tool()


class Enough(Exception):  # noqa: N818 - no error: what was asked for is there
    """The stage that was asked for is over."""


@pytest.fixture
def answer_of(town, town_run, tmp_path, monkeypatch):
    """Give a function: what one step of the line was given and answered, with tables of the scenario replaced or added."""
    text = (town / "scenario.toml").read_text(encoding="utf-8")
    folder = tmp_path / "town"
    shutil.copytree(town, folder)

    def run_until(owner, step, resources="", policy="", wanted=lambda _answer: True):
        before, rest = text.split("[resources]")
        after = rest[rest.index("[policy]") :]
        whole = f"{before}[resources]\n{resources}\n{after}\n{policy}"
        (folder / "scenario.toml").write_text(whole, encoding="utf-8")
        do, found = getattr(owner, step), []

        def watched(*given, **named):
            answer = do(*given, **named)
            if wanted(answer):
                found.append((given, answer))
                raise Enough
            return answer

        monkeypatch.setattr(owner, step, watched)
        with pytest.raises(Enough):
            run(read_scenario(folder / "scenario.toml"), store=town_run[1], watch=Watch())
        monkeypatch.setattr(owner, step, do)
        return found[0]

    return run_until


BUDGET = '[policy.override.tiers.service_point]\nrule = "budget"\nbudget_yuan = {}\n'


def test_more_budget_never_lowers_coverage(answer_of):
    def points(answer):
        return answer.summary["tier"] == "service_point"

    values = [
        answer_of(line, "site_tier", policy=BUDGET.format(budget), wanted=points)[1].outcome
        for budget in (120_000, 180_000, 400_000)
    ]
    reached = [one.value for one in values]
    assert reached == sorted(reached)
    assert reached[0] < reached[-1]
    # Not by luck of the search: each value is near what can be proved.
    assert all(one.gap_share <= 0.003 for one in values)


def test_higher_ceilings_never_lower_coverage_in_the_programme(answer_of):
    found = [
        answer_of(line.operations, "phase", f"ceilings_yuan_year = [{most}]\nrecruits_half_year = [2]")[1]
        for most in (700_000, 1_500_000, 9_000_000)
    ]  # fmt: skip
    values = [one.outcome.value for one in found]
    assert values == sorted(values)
    assert values[0] < values[-1]
    last = [one.coverage.groupby("half_year")["covered"].sum().iloc[4] for one in found]
    assert last[0] < last[-1]


def test_more_staff_never_lengthens_the_queue(answer_of):
    found = [
        answer_of(line.operations, "set_hours", f"professionals = {many}") for many in (3, 4, 6)
    ]
    staff = [given[1] for given, _timetable in found]
    lacking = [int((one["professionals_needed"] - one["professionals_posted"]).sum()) for one in staff]  # fmt: skip
    assert lacking == [3, 2, 0]
    hours = [timetable.outcome.value for _given, timetable in found]
    assert hours == sorted(hours)
    assert hours[0] < hours[-1]


def test_every_enterprise_and_worker_is_counted_once(town_run):
    plan = town_run[0].plan
    layer = plan.layers["enterprises"]
    member, outside = plan.decisions["membership"], plan.derived["outside"]
    assert sorted([*member["enterprise_id"], *outside["enterprise_id"]]) == sorted(layer["enterprise_id"])  # fmt: skip
    workers = layer.set_index("enterprise_id")["workers"]
    organised = int(workers.loc[member["enterprise_id"]].sum())
    assert organised == plan.layers["organisations"]["workers"].sum()
    assert organised == plan.districts["workers"].sum()
    assert organised + int(workers.loc[outside["enterprise_id"]].sum()) == workers.sum()
    assert len(plan.derived["bargaining"]) == len(member)
    for tier in parse_policy(dict(plan.manifest["policy"]), "plan").tiers:
        equity = plan.derived["equity"]
        sums = equity[equity["tier"] == tier.name].groupby("by")["people"].sum()
        parts = [name for name in sums.index if name != "worst_tenth"]
        assert sums[parts].max() - sums[parts].min() < 1e-6
        if tier.demand == "workers":
            beyond = plan.layers["unregistered"]["workers"].sum()
            assert sums["street_town"] == layer.loc[layer["in_scope"], "workers"].sum() + beyond


def test_every_yuan_and_post_is_counted_once(town_run):
    plan = town_run[0].plan
    budget, custody, costs = (plan.derived[name] for name in ("budget", "custody", "site_costs"))
    levels = [column for column in budget if column.startswith("to_")]
    assert (budget[levels].sum(axis=1) + budget["refund_yuan"] == budget["dues_yuan"]).all()
    for column in ("base_yuan", "project_yuan", "income_yuan", "sites_yuan", "spending_yuan", "staff_yuan"):  # fmt: skip
        assert budget[column].sum() == custody[column].sum()
    assert (budget["income_yuan"] - budget["spending_yuan"] == budget["balance_yuan"]).all()
    assert sorted(costs["facility_id"]) == sorted(plan.facilities["facility_id"])
    assert plan.kpis["opening_yuan"] == (costs["opening_yuan"] + costs["kit_yuan"]).sum()
    tier = plan.facilities.set_index("facility_id")["tier"]
    mine = costs[costs["facility_id"].map(tier).isin(["station", "service_point", "rest_station"])]
    assert mine["running_yuan_year"].sum() == budget["sites_yuan"].sum()
    staffing = plan.decisions["staffing"]
    assert staffing["district_id"].is_unique
    assert sorted(staffing["district_id"]) == sorted(plan.districts["district_id"])
    assert plan.kpis["professionals_posted"] == staffing["professionals_posted"].sum() <= 5
    for _target, rows in plan.decisions["targets"].groupby("target"):
        assert len(set(rows.groupby("level")["goal"].sum())) == 1


def test_the_golden_plan(town_run):
    """Another plan from the same scenario is a decision: `make golden` writes it down, CHANGELOG says Plan-changing."""
    assert GOLDEN.differences(GOLDEN.read_golden(), GOLDEN.golden_of(town_run[0].plan)) == []


def test_the_golden_plan_sees_a_change(town_run):
    table = GOLDEN.golden_of(town_run[0].plan)
    other = pd.concat([table.iloc[1:], table.iloc[:1].assign(value="p0")], ignore_index=True)
    assert len(GOLDEN.differences(table, other)) == 1
    assert len(GOLDEN.differences(table, table.iloc[1:])) == 1
