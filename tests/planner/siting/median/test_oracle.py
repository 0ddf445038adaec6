"""Every objective and option against an oracle that tries everything."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.result import Status
from planner.siting.checks import check
from planner.siting.median import solve_median
from planner.siting.recompute import broken_rule, evaluate_assignment

_spec = importlib.util.spec_from_file_location(
    "median_oracle", Path(__file__).with_name("conftest.py")
)
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)

KINDS = [
    ("p_median", False),
    ("p_center", False),
    ("p_median", True),
    ("p_center", True),
    ("max_cover", True),
    ("set_cover", True),
]


def assert_best(problem):
    """Compare with the oracle; problems that the checks refuse must have no answer either."""
    best = oracle.brute_force(problem)
    try:
        check(problem)
    except ValueError:
        assert best is None
        return
    answer = solve_median(problem, seed=3)
    outcome = answer.outcome
    if best is None:
        assert outcome.status is Status.INFEASIBLE
        assert outcome.reason
        assert math.isnan(outcome.value)
        return
    assert outcome.status is Status.OPTIMAL, outcome
    assert outcome.value == pytest.approx(best, abs=1e-6)
    assert outcome.bound == outcome.value
    assert broken_rule(problem, answer.sites, answer.assignment) == ""
    again = evaluate_assignment(problem, answer.sites, answer.assignment)
    assert again == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(("objective", "capacitated"), KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_matches_brute_force(objective, capacitated, data):
    assert_best(data.draw(oracle.problems(objective, capacitated=capacitated)))


def test_demand_that_a_share_needs_is_served_though_leaving_it_out_is_free():
    """Fixing a candidate must not take the pairs of demand with it that only the share to cover asks for."""
    from planner.siting.problem import Coverage, GroupRule, SitingProblem

    problem = SitingProblem(
        demand_ids=np.array(["d0"]),
        candidate_ids=np.array(["c0", "c1", "c2", "c3"]),
        weights=np.array([0.37]),
        coverage=Coverage(np.array([0, 4]), np.arange(4, dtype=np.int32), np.zeros(4, np.int32)),
        objective="set_cover",
        p=2,
        p_sense="at_most",
        cover_share=0.4,
        costs=np.array([2.0, 0.0, 0.0, 1.0]),
        group_rules=(GroupRule("one of three", np.arange(3, dtype=np.int32), least=1, most=1),),
        capacity=np.array([1.0, 0.0, 0.0, 1.0]),
    )
    assert oracle.brute_force(problem) == 1.0
    assert_best(problem)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_shuffled_rows_give_the_same_sites(data):
    from dataclasses import replace

    from planner.siting.problem import Coverage

    problem = data.draw(oracle.problems("p_median"))
    problem = replace(
        problem,
        costs=None, budget=None, fixed_open=None, fixed_closed=None, existing=None,
        closing_cost=None, max_moves=None, group_rules=(), preference=None, preference_rate=0.0,
        min_spacing_pairs=None,
    )  # fmt: skip
    candidates = np.array(data.draw(st.permutations(range(len(problem.candidate_ids)))))
    demands = np.array(data.draw(st.permutations(range(len(problem.demand_ids)))))
    place = np.argsort(candidates)
    rows = []
    coverage = problem.coverage
    for row in demands:
        pairs = slice(coverage.indptr[row], coverage.indptr[row + 1])
        columns = place[coverage.indices[pairs]]
        order = np.argsort(columns)
        rows.append((columns[order], coverage.deciseconds[pairs][order]))
    shuffled = replace(
        problem,
        demand_ids=problem.demand_ids[demands],
        candidate_ids=problem.candidate_ids[candidates],
        weights=np.atleast_2d(problem.weights)[:, demands],
        coverage=Coverage(
            np.concatenate([[0], np.cumsum([len(c) for c, _ in rows])]).astype(np.int64),
            np.concatenate([c for c, _ in rows]).astype(np.int32),
            np.concatenate([t for _, t in rows]).astype(np.int32),
        ),
    )
    one, two = solve_median(problem, seed=1), solve_median(shuffled, seed=1)
    names = sorted(problem.candidate_ids[one.sites])
    assert names == sorted(shuffled.candidate_ids[two.sites])
    assert one.outcome == two.outcome or math.isnan(one.outcome.value)
    given_one = np.where(one.assignment >= 0, problem.candidate_ids[one.assignment], "")
    given_two = np.where(two.assignment >= 0, shuffled.candidate_ids[two.assignment], "")
    assert (given_one[demands] == given_two).all()
