"""A borough's second and third year: planned from the year before, proved, within the change budget, explained."""

import itertools
import time

import pytest

from geodata.sample import write_years
from planner.difference import difference
from planner.difference.notices import notices
from planner.pipeline import run
from planner.scenario import read_scenario
from planner.verify.change import check_change, switched_by_choice

pytestmark = pytest.mark.slow

MOST_SWITCHED = 0.02
SECONDS = 60.0


@pytest.fixture(scope="module")
def borough(tmp_path_factory):
    """Give three years' plans of a borough, and the CPU seconds each took."""
    folder = tmp_path_factory.mktemp("borough")
    write_years(folder, size="borough", seed=1, years=3)
    plans, seconds = [], []
    for place in (folder, folder / "year-2", folder / "year-3"):
        scenario = read_scenario(place / "scenario.toml")
        if plans:
            change = scenario.change.model_copy(
                update={"parent": plans[-1].plan_id, "most_switched_share": MOST_SWITCHED}
            )
            scenario = scenario.model_copy(update={"change": change})
        start = time.process_time()
        plans.append(run(scenario, store=folder / "plans").plan)
        seconds.append(time.process_time() - start)
    return plans, seconds


def test_a_year_takes_less_than_a_minute(borough):
    """In CPU seconds of this process, which other work on the machine does not lengthen."""
    assert max(borough[1][1:]) < SECONDS


def test_no_more_organisations_switch_by_decision_than_allowed(borough):
    plans = borough[0]
    for before, after in itertools.pairwise(plans):
        both = set(before.decisions["organisation_district"]["organisation_id"])
        both &= set(after.decisions["organisation_district"]["organisation_id"])
        assert len(both) > 0.8 * len(before.decisions["organisation_district"])
        assert len(switched_by_choice(after)) <= MOST_SWITCHED * len(both)
        assert check_change(after) == []
        assert after.manifest["parent_plan"] == before.plan_id


def test_who_switches_closes_or_is_new_is_told(borough):
    plans = borough[0]
    for before, after in itertools.pairwise(plans):
        found = difference(before, after)
        told = notices(before, after, found)
        states = found.organisations["state"].value_counts()
        assert len(told.switched) == states.get("switched", 0)
        assert len(told.platform) == sum(states.get(s, 0) for s in ("switched", "new", "ended"))
        ended = found.sites["change"].isin(("closed", "moved"))
        assert len(told.closed) == ended.sum()


def test_differences_of_two_years_add_up(borough):
    first, second, third = borough[0]
    steps = [difference(first, second), difference(second, third)]
    whole = difference(first, third).figures.set_index("name")["difference"].dropna()
    summed = sum(one.figures.set_index("name")["difference"] for one in steps)
    assert summed[whole.index].to_numpy() == pytest.approx(whole.to_numpy(), abs=1e-6)
