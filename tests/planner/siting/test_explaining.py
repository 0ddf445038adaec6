"""Reasons, the budget curve, nested tiers and stopping rules."""

import numpy as np
import pytest

from planner.siting import (
    AllOf,
    Coverage,
    FirstOf,
    Gap,
    Progress,
    Stalled,
    WallClock,
    Work,
    budget_curve,
    evaluate,
    explain_shortfall,
    explain_sites,
    solve,
    within_parents,
)


def test_reasons_match_the_oracle(oracle):
    rng = np.random.default_rng(8)
    problem = oracle.from_dense(rng.random((14, 8)) < 0.3, rng.integers(1, 9, 14), p=3)
    answer = solve(problem)
    value = answer.outcome.value
    for reason in explain_sites(problem, answer):
        others = answer.sites[answer.sites != reason.site]
        assert reason.only_weight == pytest.approx(value - evaluate(problem, others))
        assert problem.weights[reason.only_demand].sum() == pytest.approx(reason.only_weight)
        reach = problem.coverage
        mine = {
            row
            for row in range(14)
            if reason.site in reach.indices[reach.indptr[row] : reach.indptr[row + 1]]
        }
        losses = [
            value - evaluate(problem, np.append(others, near))
            for near in range(8)
            if near not in answer.sites
            and any(
                near in reach.indices[reach.indptr[row] : reach.indptr[row + 1]] for row in mine
            )
        ]
        assert reason.replacement_cost == pytest.approx(min(losses))
        assert reason.replacement_cost >= 0


def test_shortfall_names_demand_and_the_smallest_count(oracle):
    reach = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
    problem = oracle.from_dense(reach, [1, 1, 1, 1], objective="set_cover", p=1)
    short = explain_shortfall(problem)
    assert short.uncovered.tolist() == [3]
    assert short.smallest_count is None
    assert short.reachable_share == 0.75
    feasible = oracle.from_dense(reach[:3], [1, 1, 1], objective="set_cover", p=1)
    assert solve(feasible).outcome.status == "infeasible"
    assert explain_shortfall(feasible).smallest_count == 3


def test_budget_curve_rises_and_agrees_with_single_solves(oracle):
    rng = np.random.default_rng(4)
    problem = oracle.from_dense(rng.random((15, 7)) < 0.25, rng.integers(1, 9, 15), p=5)
    curve = budget_curve(problem)
    assert [p for p, _answer in curve] == [1, 2, 3, 4, 5]
    values = [answer.outcome.value for _p, answer in curve]
    assert values == sorted(values)
    assert values[-1] == solve(problem).outcome.value
    assert [p for p, _answer in budget_curve(problem, [2, 4])] == [2, 4]


def test_lower_tier_opens_only_within_reach_of_a_parent(oracle):
    problem = oracle.from_dense(np.eye(3, dtype=bool), [5, 4, 3], p=1)
    reach = Coverage(np.array([0, 0, 1, 2]), np.array([0, 0], dtype=np.int32))
    nested = within_parents(problem, reach, np.array([0]))
    assert solve(nested).sites.tolist() == [1]


def test_stopping_rules():
    progress = Progress(work=10, value=90.0, bound=100.0, stalled=4, seconds=2.0)
    assert Work(10).met(progress)
    assert not Work(11).met(progress)
    assert Gap(0.1).met(progress)
    assert not Gap(0.09).met(progress)
    assert Stalled(4).met(progress)
    assert not AllOf((Stalled(4), Gap(0.0))).met(progress)
    both = FirstOf((Work(11), WallClock(1.0)))
    assert both.met(progress)
    assert both.fused(progress)
    assert not FirstOf((Work(10), WallClock(1.0))).fused(progress)
    assert FirstOf((Work(1), WallClock(5.0))).seconds_left(progress) == 3.0


def test_the_fuse_marks_the_answer(town):
    outcome = solve(town, stop=WallClock(0.0)).outcome
    assert outcome.status == "stopped"
    assert not outcome.reproducible
    assert outcome.reason
    assert outcome.value <= outcome.bound
