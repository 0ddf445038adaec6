"""A tier that opens fewer or more sites than its rule asks for is said, with the number, the key and the reason."""

from types import SimpleNamespace

import pandas as pd
import pytest

from planner.pipeline.asked import asked_notes
from planner.policy import read_policy

GOALS = pd.DataFrame(
    [("worker_school", "street_town", "a", 2), ("worker_school", "street_town", "b", 1)],
    columns=["target", "level", "area_id", "goal"],
)


def notes(name, opened, usable, **keys):
    tier = read_policy("shanghai-2018", override={"tiers": {name: keys}}).tier(name)
    answer = SimpleNamespace(facilities=range(opened), usable=usable)
    return asked_notes([tier], [answer], 4, GOALS)


@pytest.mark.parametrize(
    ("name", "opened", "usable", "keys", "said"),
    [
        ("rest_station", 5, 5, {"per_district": 1.3}, "5 sites open where per_district = 1.3 asks for 6; no further premises"),
        ("rest_station", 5, 9, {"per_district": 1.3}, "no further candidate reaches enough people"),
        ("service_point", 9, 9, {"per_district": 2}, "9 sites open where per_district = 2 asks for 8; so many must open"),
        ("worker_school", 2, 7, {}, "2 sites open where targets.counts.worker_school asks for 3; some street_towns"),
        ("service_point", 1, 1, {"rule": "count", "count": 2}, "1 sites open where count = 2 asks for 2"),
    ],
)  # fmt: skip
def test_the_number_asked_and_why_another_opens(name, opened, usable, keys, said):
    (note,) = notes(name, opened, usable, **keys)
    assert said in note


def test_what_is_asked_needs_no_note():
    assert notes("rest_station", 6, 9, per_district=1.3) == []
    assert notes("station", 3, 9) == []
    assert notes("worker_school", 3, 9) == []
