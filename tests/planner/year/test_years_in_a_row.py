"""Three years in a row: limits hold in each, differences add up, a plan with a parent is made again, a run goes on."""

import itertools
import shutil

import pytest

from planner.difference import difference
from planner.errors import PlanStoreError
from planner.pipeline import run
from planner.pipeline.replay import replay
from planner.pipeline.watch import Watch
from planner.publication import current
from planner.store import list_plans
from planner.verify.change import check_change, switched_by_choice

MOST_SWITCHED = 0.02
MOST_CLOSINGS = {"station": 0, "service_point": 0}
MOST = {"most_switched_share": MOST_SWITCHED, "most_closings": MOST_CLOSINGS}


@pytest.fixture(scope="module")
def line(first, planned):
    """Give three years' plans, each within the same limits though moving is free."""
    free = {**MOST, "people_per_closing": 0.0, "switching_weight": 0.0}
    second = planned(2, first.plan_id, **free)
    return [first, second, planned(3, second.plan_id, **free)]


def test_no_limit_is_exceeded_in_any_year_although_moving_is_free(line):
    """Counted here from what both plans say, not by the code that kept the limit."""
    for before, after in itertools.pairwise(line):
        home = before.decisions["organisation_district"].set_index("organisation_id")["district_id"]
        now = after.decisions["organisation_district"].set_index("organisation_id")["district_id"]
        both = home.index.intersection(now.index)
        chosen = switched_by_choice(after)
        assert set(chosen) <= set(both[home[both] != now[both]])
        assert len(chosen) <= MOST_SWITCHED * len(both)
        for tier, most in MOST_CLOSINGS.items():
            assert len(closed_by_choice(before, after, tier)) <= most
        assert check_change(after) == []


def test_without_the_limit_a_point_does_close(first, planned):
    free = planned(2, first.plan_id, people_per_closing=0.0)
    assert closed_by_choice(first, free, "service_point")


def closed_by_choice(before, after, tier):
    """Return the sites of last year whose premises are still there and that carry the tier no more."""
    there = set(after.layers["sites"].query("consent != 'refused'")["site_id"])
    was, now = (
        set(p.facilities.loc[p.facilities["tier"] == tier, "site_id"]) for p in (before, after)
    )
    return (was & there) - now


def test_differences_of_two_years_add_up_to_the_difference_over_both(line):
    first, second, third = line
    steps = [difference(first, second), difference(second, third)]
    whole = difference(first, third).figures.set_index("name")["difference"]
    summed = sum(one.figures.set_index("name")["difference"] for one in steps)
    known = whole.dropna().index
    assert len(known) > 20
    assert summed[known].to_numpy() == pytest.approx(whole[known].to_numpy(), abs=1e-6)
    covered = [_covered(one) for one in (*steps, difference(first, third))]
    assert (covered[0] + covered[1]).to_numpy() == pytest.approx(covered[2].to_numpy(), abs=1e-6)


def _covered(found):
    account = found.coverage.pivot_table(index="tier", columns="entry", values="weight")
    return account["after"] - account["before"]


def test_a_switching_cost_beyond_measure_keeps_every_assignment(first, planned):
    kept = planned(
        2, first.plan_id, switching_weight=1e9, share_per_closing=1.0, people_per_closing=1e9
    )
    assert switched_by_choice(kept) == []
    carried = kept.derived["carried_sites"].dropna(subset="site_id")
    opened = set(zip(kept.facilities["tier"], kept.facilities["site_id"], strict=True))
    assert set(zip(carried["tier"], carried["site_id"], strict=True)) <= opened


def test_a_plan_with_a_parent_is_made_again_the_same(second, town_years):
    made = replay(town_years / "plans", second.plan_id)
    assert made.same, made.tables


def test_missing_inputs_of_a_plan_with_a_parent_are_named(second, town_years, tmp_path):
    with pytest.raises(PlanStoreError, match="inputs of the plan are missing") as refused:
        replay(town_years / "plans", second.plan_id, inputs=tmp_path)
    assert "register.xlsx" in refused.value.faults[0].examples


def test_a_parent_that_lost_a_source_is_refused_by_name(first, scenario_of, town_years, tmp_path):
    """A table of last year's plan that is gone stops the year before anything is planned."""
    store = tmp_path / "plans"
    store.mkdir()
    shutil.copytree(town_years / "plans" / first.plan_id, store / first.plan_id)
    lost = next((store / first.plan_id).rglob("units*"))
    lost.unlink()
    with pytest.raises(PlanStoreError) as refused:
        run(scenario_of(2, first.plan_id), store=store)
    assert first.plan_id in str(refused.value)
    assert [path.name for path in store.iterdir() if path.name.startswith("p")] == [first.plan_id]


class InterruptedRunError(Exception):
    """The run was stopped."""


STOPS = ("layers", "districts", "tier_station", "programme", "verify", "store")
"""Stages of every kind: what is read, searched, sited, counted, proved and written."""


class StopAtEach:
    """A display that stops the run, once, when each of the stages `STOPS` begins."""

    def __init__(self):
        self.stopped = []

    def expect(self, shares):
        pass

    def begin(self, stage, title):
        if stage in STOPS and stage not in self.stopped:
            self.stopped.append(stage)
            raise InterruptedRunError

    def move(self, done, total):
        pass

    def end(self, stage, seconds, *, kept):
        pass


def test_a_year_stopped_again_and_again_goes_on_and_last_years_plan_stays(
    first, second, scenario_of, town_years, in_force, tmp_path
):
    store = tmp_path / "plans"
    store.mkdir()
    for name in ("networks", first.plan_id):
        shutil.copytree(town_years / "plans" / name, store / name)
    published = in_force(store, first.plan_id)
    stops = StopAtEach()
    for _attempt in range(len(STOPS) + 1):
        try:
            plan = run(scenario_of(2, first.plan_id), store=store, watch=Watch(stops)).plan
        except InterruptedRunError:
            assert (store / "published.json").read_bytes() == published
            assert {one.plan_id for one in list_plans(store)} == {first.plan_id}
        else:
            break
    assert stops.stopped == list(STOPS)
    assert plan.plan_id == second.plan_id
    assert current(store).plan_id == first.plan_id
