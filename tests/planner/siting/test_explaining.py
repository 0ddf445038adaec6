"""Reasons, the budget curve, nested tiers and stopping rules."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.siting import (
    AllOf,
    Coverage,
    FirstOf,
    Gap,
    GroupRule,
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
from planner.siting.shortfall import within


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


def with_times(oracle, seed, **options):
    """Return a problem of 12 x 7 with times, all within 60 deciseconds, and the same with pairs up to 25 only."""
    rng = np.random.default_rng(seed)
    times = rng.integers(0, 60, (12, 7)).astype(np.int32)
    whole = oracle.from_dense(np.ones((12, 7), dtype=bool), rng.integers(1, 9, 12), **options)
    wider = replace(whole.coverage, deciseconds=times.ravel())
    return replace(whole, coverage=within(wider, 25)), wider


@pytest.mark.parametrize("objective", ["max_cover", "set_cover", "p_median", "p_center"])
@pytest.mark.parametrize("capacitated", [False, True])
def test_replacements_of_every_problem_match_the_oracle(oracle, objective, capacitated):
    problem, wider = with_times(oracle, 3, objective=objective)
    problem = replace(problem, coverage=wider, p=None if objective == "set_cover" else 3)
    if objective in ("max_cover", "set_cover"):
        problem = replace(problem, coverage=within(wider, 25))
    if capacitated:
        problem = replace(problem, capacity=np.full(7, 25.0))
    answer = solve(problem)
    assert answer.outcome.status == "optimal"
    sign = 1 if objective == "max_cover" else -1
    for reason in explain_sites(problem, answer):
        others = answer.sites[answer.sites != reason.site]
        losses = {}
        for near in set(range(7)) - set(answer.sites.tolist()):
            mask = np.isin(np.arange(7), np.append(others, near))
            fixed = replace(problem, fixed_open=mask, fixed_closed=~mask)
            value = solve(fixed).outcome.value
            if not np.isnan(value):
                losses[near] = sign * (answer.outcome.value - value)
        assert (reason.replacement >= 0) == bool(losses)
        if losses:
            assert reason.replacement_cost == pytest.approx(min(losses.values()))
            assert losses[reason.replacement] == pytest.approx(reason.replacement_cost)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), p=st.integers(1, 4), share=st.sampled_from([0.6, 1.0]))
def test_smallest_cutoff_and_count_by_trying(oracle, seed, p, share):
    problem, wider = with_times(oracle, seed, objective="set_cover", cover_share=share, p=p)
    short = explain_shortfall(problem, wider=wider)

    def most(coverage, count):
        plain = replace(problem, coverage=coverage, objective="max_cover", cover_share=1.0)
        return max(
            evaluate(plain, np.array(chosen)) for chosen in itertools.combinations(range(7), count)
        )

    needed = share * problem.weights.sum() - 1e-9
    cutoffs = [c for c in np.unique(wider.deciseconds) if most(within(wider, c), p) >= needed]
    assert short.smallest_cutoff == cutoffs[0]
    counts = [k for k in range(1, 8) if most(problem.coverage, k) >= needed]
    assert short.smallest_count == (counts[0] if counts else None)
    assert short.contradicting == ()


def test_shortfall_compares_capacity_with_load(oracle):
    problem = oracle.from_dense(
        np.ones((4, 3), dtype=bool), [3, 3, 3, 3], objective="set_cover", p=2,
        capacity=np.array([4.0, 3.0, 6.0]),
    )  # fmt: skip
    assert solve(problem).outcome.status == "infeasible"
    short = explain_shortfall(problem)
    assert (short.load, short.room) == (12.0, 10.0)
    assert short.smallest_count == 3


def test_contradicting_rules_are_named_and_only_they(oracle):
    rules = tuple(
        GroupRule(name, np.array(sites, dtype=np.int32), least, most)
        for name, sites, least, most in [
            ("north", [0, 1], 2, 2), ("south", [1, 2], 0, 0), ("east", [3], 0, 1), ("west", [4], 1, 1),
        ]
    )  # fmt: skip
    problem = oracle.from_dense(np.ones((3, 5), dtype=bool), [1, 1, 1], group_rules=rules, p=4)
    answer = solve(problem)
    assert answer.outcome.status == "infeasible"
    assert "group north, group south" in answer.outcome.reason
    assert explain_shortfall(problem).contradicting == ("group north", "group south")


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
