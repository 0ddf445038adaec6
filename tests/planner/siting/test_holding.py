"""Last year's sites in a tier's problem: moving must bring more than it counts, and a lease makes it count more."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from planner.policy import read_policy
from planner.problems.holding import Held, hold
from planner.problems.siting import TierProblem
from planner.rules import ChangeRule
from planner.siting import Coverage, SitingProblem, Work, solve

DAY = date(2027, 1, 1)
POINT = next(one for one in read_policy("shanghai-2018").tiers if one.name == "service_point")
HELD = Held(pd.Series(["A"], index=pd.Index(["A"], name="site_id")), (), "", {})


def sites(**more):
    frame = pd.DataFrame({"site_id": ["A", "B"], "rent_yuan_month": [8000.0, 0.0], **more})
    return frame.assign(lease_end=pd.to_datetime(frame.get("lease_end")).astype("datetime64[s]"))


def opened(objective, more_people, rule, premises, shared=()):
    """A reaches 100 people; B reaches them as well as it does, and more."""
    problem = SitingProblem(
        demand_ids=np.array(["here", "there"]),
        candidate_ids=np.array(["A", "B"]),
        weights=np.array([100.0, more_people]),
        coverage=Coverage(np.array([0, 2, 3]), np.array([0, 1, 1]), np.array([600, 600, 600])),
        objective=objective,
        p=1,
        unreached_deciseconds=6000 if objective == "p_median" else None,
    )
    prepared = TierProblem(problem, pd.DataFrame({"site_id": ["A", "B"]}), None)
    held = hold(prepared, POINT, HELD, rule, DAY, sites=premises, shared=shared)
    found = solve(held, seed=0, stop=Work(100))
    return problem.candidate_ids[found.sites].tolist()


@pytest.mark.parametrize("objective", ["max_cover", "p_median"])
def test_a_site_moves_for_many_and_stays_for_few_or_for_its_lease(objective):
    """In both objectives: 300 people count as much as a closing; a year of 8,000 yuan a month as three more of them."""
    rule = ChangeRule(people_per_closing=300, share_per_closing=1.0)
    free, leased = sites(lease_end=[None, None]), sites(lease_end=["2028-01-01", None])
    assert opened(objective, 500.0, rule, free) == ["B"]
    assert opened(objective, 150.0, rule, free) == ["A"]
    assert opened(objective, 500.0, rule, leased) == ["A"]
    assert opened(objective, 500.0, rule, leased, shared={"A"}) == ["B"]
    keep = rule.model_copy(update={"stance": "keep"})
    assert opened(objective, 5000.0, keep, free) == ["A"]
