from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from _maps import assert_map, grid, within

from planner.districting import DistrictingSettings, solve


def test_a_city_is_partitioned_inside_its_street_towns():
    problem = grid(30, 10, towns=3)
    drawn = solve(problem)
    assert_map(problem, drawn.labels)
    assert within(problem, drawn.labels) == drawn.outcome.value
    assert drawn.outcome.value <= drawn.outcome.bound
    for hub, district in zip(drawn.hub, range(len(drawn.hub)), strict=True):
        assert drawn.labels[hub] == district


def test_threads_do_not_change_the_map():
    problem = grid(30, 10, towns=3)
    one = solve(problem, seed=3, settings=DistrictingSettings(jobs=1))
    two = solve(problem, seed=3, settings=DistrictingSettings(jobs=2))
    np.testing.assert_array_equal(one.labels, two.labels)
    np.testing.assert_array_equal(one.hub, two.hub)
