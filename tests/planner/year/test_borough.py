"""A borough's second and third year: planned from the year before, proved, within the change budget, explained."""

import itertools
import time
from dataclasses import dataclass

import pytest

from geodata.sample import write_years
from planner.difference import difference
from planner.difference.notices import notices
from planner.pipeline import run
from planner.pipeline.line import make
from planner.pipeline.stages import Stages
from planner.pipeline.watch import Watch
from planner.pipeline.workers import Workers
from planner.scenario import read_scenario
from planner.store import save_plan
from planner.verify.change import check_change, switched_by_choice

pytestmark = pytest.mark.slow

MOST_SWITCHED = 0.02
SECONDS = 60.0


@dataclass(frozen=True)
class Years:
    """Three years' plans, what the second and third took in CPU seconds, and their differences to the year before."""

    plans: list
    seconds: list
    steps: list


@pytest.fixture(scope="module")
def borough(tmp_path_factory):
    """Give the three years of a borough."""
    folder = tmp_path_factory.mktemp("borough")
    write_years(folder, size="borough", seed=1, years=3)
    store = folder / "plans"
    plans, seconds = [_first(_scenario(folder), store)], []
    for place in (folder / "year-2", folder / "year-3"):
        scenario = _scenario(place)
        change = scenario.change.model_copy(
            update={"parent": plans[-1].plan_id, "most_switched_share": MOST_SWITCHED}
        )
        scenario = scenario.model_copy(update={"change": change})
        start = time.process_time()
        plans.append(run(scenario, store=store).plan)
        seconds.append(time.process_time() - start)
    steps = [(*pair, difference(*pair)) for pair in itertools.pairwise(plans)]
    return Years(plans, seconds, steps)


def _scenario(folder):
    """Read a year; opening hours are searched briefly, for they are not what a year's change is about."""
    path = folder / "scenario.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n[policy.override.hours]\nrounds = 6\n", encoding="utf-8")
    return read_scenario(path)


def _first(scenario, store):
    """Make the first year's plan and store it; that such a plan verifies other tests prove."""
    watch = Watch()
    step = Stages(scenario, store, watch, resume=False)
    plan, _network = make(scenario, step, store=store, workers=Workers(), watch=watch)
    save_plan(plan, store)
    return plan


def test_a_year_takes_less_than_a_minute(borough):
    """In CPU seconds of this process, which other work on the machine does not lengthen."""
    assert max(borough.seconds) < SECONDS


def test_no_more_organisations_switch_by_decision_than_allowed(borough):
    for before, after, _found in borough.steps:
        both = set(before.decisions["organisation_district"]["organisation_id"])
        both &= set(after.decisions["organisation_district"]["organisation_id"])
        assert len(both) > 0.8 * len(before.decisions["organisation_district"])
        assert len(switched_by_choice(after)) <= MOST_SWITCHED * len(both)
        assert check_change(after) == []
        assert after.manifest["parent_plan"] == before.plan_id


def test_who_switches_closes_or_is_new_is_told(borough):
    for before, after, found in borough.steps:
        told = notices(before, after, found)
        states = found.organisations["state"].value_counts()
        assert len(told.switched) == states.get("switched", 0)
        assert len(told.platform) == sum(states.get(s, 0) for s in ("switched", "new", "ended"))
        ended = found.sites["change"].isin(("closed", "moved"))
        assert len(told.closed) == ended.sum()
