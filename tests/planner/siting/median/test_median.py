"""Reasons, rules and promises of p-median, p-centre and capacities beyond the oracle."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import ProblemError
from planner.result import Status
from planner.siting import FirstOf, Gap, WallClock, Work, solve
from planner.siting.median import solve_median
from planner.siting.median.dual import Bound
from planner.siting.median.model import build_location
from planner.siting.median.search import SwapSearch, greedy_sites
from planner.siting.median.uncapacitated import nearest_costs, value_of
from planner.siting.problem import Coverage, GroupRule, SitingProblem


def scattered(demands=120, candidates=40, p=6, seed=0, reach=600, **options):
    """Random points in a square, pairs within reach."""
    rng = np.random.default_rng(seed)
    here, there = rng.uniform(0, 1000, (demands, 2)), rng.uniform(0, 1000, (candidates, 2))
    times = np.rint(np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))).astype(np.int32)
    near = times <= reach
    fields = {
        "demand_ids": np.array([f"d{i:04d}" for i in range(demands)]),
        "candidate_ids": np.array([f"c{i:04d}" for i in range(candidates)]),
        "weights": rng.integers(1, 30, demands).astype(float),
        "coverage": Coverage(
            np.concatenate([[0], near.sum(axis=1).cumsum()]).astype(np.int64),
            np.nonzero(near)[1].astype(np.int32),
            times[near],
        ),
        "objective": "p_median",
        "p": p,
        "unreached_deciseconds": 2000,
    }
    return SitingProblem(**(fields | options))


def test_names_the_demand_that_nothing_reaches(median):
    problem = median.build([{0: 5}, {}, {1: 2}], candidates=2, objective="p_median", p=2)
    outcome = solve_median(problem, seed=0).outcome
    assert outcome.status is Status.INFEASIBLE
    assert "d001" in outcome.reason
    assert "1 demands" in outcome.reason


def test_says_how_many_sites_would_do(median):
    apart = [{0: 1}, {1: 1}, {2: 1}, {2: 4, 0: 9}]
    for objective in ("p_median", "p_center"):
        problem = median.build(apart, candidates=3, objective=objective, p=2)
        outcome = solve_median(problem, seed=0).outcome
        assert outcome.status is Status.INFEASIBLE
        assert "the fewest that would do is 3" in outcome.reason
        enough = solve_median(replace(problem, p=3), seed=0).outcome
        assert enough.status is Status.OPTIMAL


def test_out_of_reach_counts_its_price_when_there_is_one(median):
    problem = median.build(
        [{0: 5}, {}], candidates=1, objective="p_median", p=1, unreached_deciseconds=70
    )
    answer = solve_median(problem, seed=0)
    assert answer.outcome.value == 75.0
    assert answer.assignment.tolist() == [0, -1]


def test_says_what_the_sites_hold_against_the_load(median):
    rows = [{0: 1, 1: 1}] * 3
    problem = median.build(
        rows, candidates=2, objective="p_median", p=1, capacity=np.array([2.0, 2.0])
    )
    outcome = solve_median(problem, seed=0).outcome
    assert outcome.status is Status.INFEASIBLE
    assert "hold a load of 2.0 and 3.0 must be served" in outcome.reason
    assert "at least 2 sites" in outcome.reason


def test_contradictory_groups_are_named(median):
    rules = (
        GroupRule("north", np.array([0, 1], dtype=np.int32), 1, 1),
        GroupRule("south", np.array([0, 1], dtype=np.int32), 2, 2),
    )
    problem = median.build(
        [{0: 1, 1: 2}], candidates=2, objective="p_median", p=2, group_rules=rules
    )
    outcome = solve_median(problem, seed=0).outcome
    assert outcome.status is Status.INFEASIBLE
    assert "north" in outcome.reason
    assert "south" in outcome.reason


def test_refuses_options_that_mean_nothing_all_at_once(median):
    problem = median.build(
        [{0: 10, 1: 3}],
        candidates=2,
        objective="p_median",
        p=1,
        backup=2,
        cover_share=0.5,
        gradual=np.array([1.0, 0.5]),
        unreached_deciseconds=4,
        load=np.array([1.0]),
    )
    with pytest.raises(ProblemError) as caught:
        solve(problem, seed=0)
    text = str(caught.value)
    for field in ("backup", "cover_share", "gradual", "unreached_deciseconds", "load"):
        assert field in text


def test_refuses_times_that_are_absent(median):
    problem = median.build([{0: 1}], candidates=1, objective="p_center", p=1)
    bare = replace(problem, coverage=replace(problem.coverage, deciseconds=None))
    with pytest.raises(ProblemError, match="travel time"):
        solve(bare, seed=0)


@pytest.mark.parametrize("objective", ["p_median", "p_center"])
def test_demand_without_weight_counts_nothing(median, objective):
    problem = median.build(
        [{0: 5}, {1: 7}, {}], candidates=2, objective=objective, p=1, weights=np.zeros(3)
    )
    outcome = solve_median(problem, seed=0).outcome
    assert outcome.status is Status.OPTIMAL
    assert outcome.value == 0.0


def test_preference_without_a_rate_breaks_ties_only(median):
    rows = [{0: 4, 1: 4, 2: 5}, {0: 4, 1: 4, 2: 5}]
    preference = np.array([0.0, 1.0, 100.0])
    for objective in ("p_median", "p_center"):
        problem = median.build(rows, candidates=3, objective=objective, p=1, preference=preference)
        answer = solve_median(problem, seed=0)
        assert answer.sites.tolist() == [1]
        assert answer.outcome.status is Status.OPTIMAL
        plain = solve_median(replace(problem, preference=None), seed=0)
        assert plain.sites.tolist() == [0]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), p=st.integers(1, 12))
def test_incremental_state_equals_recomputed(seed, p):
    location = build_location(scattered(seed=seed, p=p, reach=350))
    search = SwapSearch(location, seed=seed)
    search.begin(greedy_sites(location))
    search.run(15)
    state = search.best
    value = value_of(location, state.is_open)
    assert state.value[0] == pytest.approx(value, rel=1e-12)
    fresh = search.state_of(state.is_open)
    assert np.array_equal(fresh.first, state.first)
    assert np.array_equal(fresh.second, state.second)
    assert np.allclose(fresh.loss, state.loss, rtol=1e-9, atol=1e-6)
    for site in np.flatnonzero(state.is_open)[:3]:
        without = state.is_open.copy()
        without[site] = False
        lost = float(nearest_costs(location, without).sum()) - value
        assert lost == pytest.approx(state.loss[site], rel=1e-9, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0, 3))
def test_bound_holds_at_any_prices(seed, scale):
    location = build_location(scattered(demands=30, candidates=8, p=3, seed=seed))
    rng = np.random.default_rng(seed)
    prices = rng.uniform(0, 1, location.demands) * scale * location.costs.max()
    best = math.inf
    for mask in range(2**8):
        is_open = np.array([mask >> k & 1 for k in range(8)], dtype=np.bool_)
        if location.rules.allows(is_open):
            best = min(best, value_of(location, is_open))
    bound = Bound(location, prices)
    bound.climb(best * 1.3, 1)
    first = bound.value
    bound.climb(best * 1.3, 60)
    assert first <= bound.value <= best


def test_same_seed_same_answer_and_a_start_is_used():
    problem = scattered(demands=400, candidates=100, p=12)
    stop = FirstOf((Work(3000), Gap(0.0)))
    one, two = (solve_median(problem, seed=5, stop=stop) for _ in range(2))
    assert one.outcome == two.outcome
    assert np.array_equal(one.sites, two.sites)
    best = solve_median(problem, seed=5)
    assert best.outcome.status is Status.OPTIMAL
    again = solve_median(problem, seed=6, stop=Work(1), start=best.sites)
    assert again.outcome.value == best.outcome.value
    assert again.outcome.bound <= best.outcome.value


def test_a_fuse_is_never_called_optimal():
    problem = scattered(demands=1500, candidates=300, p=20, seed=4)
    answer = solve_median(problem, seed=0, stop=WallClock(0.0))
    assert answer.outcome.status is Status.STOPPED
    assert not answer.outcome.reproducible
    assert answer.outcome.bound <= answer.outcome.value
    assert len(answer.sites) == 20


def test_more_sites_and_longer_reach_never_hurt():
    values = [solve_median(scattered(p=p), seed=0).outcome.value for p in (4, 5, 6)]
    assert values == sorted(values, reverse=True)
    reaches = [solve_median(scattered(reach=r), seed=0).outcome.value for r in (200, 400, 800)]
    assert reaches == sorted(reaches, reverse=True)


@pytest.fixture
def published():
    """Return the benchmark module that reads the published instances."""
    path = Path(__file__).resolve().parents[4] / "benchmarks" / "_siting_median.py"
    spec = importlib.util.spec_from_file_location("siting_median_published", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.shared
def test_published_values_are_proved(shared, published):
    folder = shared / "bench"
    rows = [
        *published.run_pmedian_orlib(folder, numbers=(4, 5, 10, 15)),
        *published.run_capacitated_orlib(folder, numbers=(2,)),
        *published.run_swain55(folder),
        *published.run_spopt_sf(folder),
    ]
    assert len(rows) == 13
    assert [row.instance for row in rows if not row.exact or row.status != "optimal"] == []
