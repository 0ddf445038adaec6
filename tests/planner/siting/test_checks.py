"""Bad problems are refused with every fault and the ids concerned; odd but sound ones have an outcome."""

from dataclasses import replace

import numpy as np
import pytest

from planner.errors import ProblemError
from planner.siting import Coverage, GroupRule, check, solve


@pytest.fixture
def sound(oracle):
    reach = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1], [0, 0, 1]], dtype=bool)
    return oracle.from_dense(reach, [1, 2, 3, 4], p=2)


FLAGS = np.array([True, False, False])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": np.array([1.0, -2.0, 3.0, 4.0])}, ["weights", "d001"]),
        ({"weights": np.array([1.0, np.nan, 3.0, np.inf])}, ["d001", "d003"]),
        ({"weights": np.ones(3)}, ["3 weights", "4 demand"]),
        ({"demand_ids": np.array(["a", "a", "b", "c"])}, ["more than once", "a"]),
        ({"p": 4}, ["4 sites", "3 candidates"]),
        ({"fixed_open": FLAGS, "fixed_closed": FLAGS}, ["compulsory and forbidden", "c000"]),
        ({"fixed_open": np.ones(3, bool)}, ["3 sites are compulsory", "only 2"]),
        ({"fixed_open": FLAGS, "costs": np.array([9.0, 1.0, 1.0]), "budget": 5.0}, ["budget", "c000"]),
        ({"group_rules": (GroupRule("north", np.array([0, 1], dtype=np.int32), 2, 1),)}, ["north", "contradict"]),
        ({"group_rules": (GroupRule("south", np.array([], dtype=np.int32), 1, 1),)}, ["south"]),
        ({"group_rules": (GroupRule("x", np.array([7], dtype=np.int32), 0, 1),)}, ["not there"]),
        ({"coverage": Coverage(np.array([0, 1]), np.array([0], dtype=np.int32))}, ["coverage"]),
        ({"coverage": Coverage(np.array([0, 1, 1, 1, 1]), np.array([5], dtype=np.int32))}, ["not there"]),
        ({"coverage": Coverage(np.array([0, 2, 2, 2, 2]), np.array([1, 1], dtype=np.int32))}, ["ascend", "d000"]),
        ({"cover_share": 1.5}, ["cover_share"]),
        ({"backup": 0}, ["backup"]),
        ({"budget": 3.0}, ["costs"]),
        ({"min_spacing_pairs": np.array([[0, 1]]), "fixed_open": np.array([True, True, False])}, ["c000 - c001"]),
    ],
)  # fmt: skip
def test_faults_name_the_rows(sound, change, words):
    with pytest.raises(ProblemError) as caught:
        check(replace(sound, **change))
    for word in words:
        assert word in str(caught.value)


def test_all_faults_come_at_once(sound):
    bad = replace(sound, weights=np.array([-1.0, 1, 1, 1]), backup=0, cover_share=0.0)
    with pytest.raises(ProblemError) as caught:
        solve(bad)
    assert len(caught.value.faults) == 3


def test_zero_coverage_and_zero_demand_have_an_outcome(sound):
    nothing = Coverage(np.zeros(5, dtype=np.int64), np.zeros(0, dtype=np.int32))
    answer = solve(replace(sound, coverage=nothing))
    assert (answer.outcome.status, answer.outcome.value) == ("optimal", 0.0)
    assert (answer.assignment == -1).all()
    answer = solve(replace(sound, weights=np.zeros(4)))
    assert (answer.outcome.status, answer.outcome.value) == ("optimal", 0.0)
    answer = solve(replace(sound, coverage=nothing, objective="set_cover", p=None))
    assert answer.outcome.status == "infeasible"
    assert "d000" in answer.outcome.reason
