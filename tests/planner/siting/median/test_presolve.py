"""What presolve merges, shuts, opens and folds where travel times count, and that no answer is lost by it."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.errors import ProblemError
from planner.siting import GroupRule, Work, solve
from planner.siting.answer import assign_nearest
from planner.siting.median.model import build_location
from planner.siting.median.presolve import merge_alike, reduce_location
from planner.siting.median.rules import CLOSED, OPEN
from planner.siting.recompute import broken_rule, evaluate_assignment

_spec = importlib.util.spec_from_file_location(
    "presolve_oracle", Path(__file__).with_name("conftest.py")
)
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)


def reduced(problem, **options):
    centred = problem.objective == "p_center"
    return reduce_location(build_location(problem), centred=centred, **options)


def test_demand_alike_is_one_row_with_the_weights_of_all():
    rows = [{0: 3, 1: 5}, {1: 2, 2: 4}, {0: 3, 1: 5}, {0: 3, 1: 6}, {0: 3, 1: 5}]
    problem = oracle.build_problem(
        rows, candidates=3, objective="p_median", p=1,
        weights=np.array([1.0, 2.0, 4.0, 8.0, 16.0]), unreached_deciseconds=50,
    )  # fmt: skip
    small = merge_alike(build_location(problem))
    assert small.demands == 3
    assert small.demand.tolist() == [0, 1, 3]
    assert small.costs.tolist() == [63.0, 105.0, 4.0, 8.0, 24.0, 48.0]
    assert small.unserved.tolist() == [21 * 50, 100.0, 400.0]
    centre = replace(problem, objective="p_center", unreached_deciseconds=None)
    assert merge_alike(build_location(centre)).demands == 3
    kinds = replace(problem, capacity=np.ones(3))
    assert merge_alike(build_location(kinds)).demands == 5


def test_demand_stays_apart_where_capacities_may_part_it():
    """Two of 3 fit two sites of 3, one of 6 fits neither."""
    problem = oracle.build_problem(
        [{0: 1, 1: 2}, {0: 1, 1: 2}], candidates=2, objective="p_median", p=2,
        weights=np.array([3.0, 3.0]), capacity=np.array([3.0, 3.0]),
    )  # fmt: skip
    assert reduced(problem).demands == 2
    assert solve(problem).outcome.value == 9.0


ROWS = [{0: 5, 1: 4, 2: 1}, {0: 7, 1: 7}, {2: 3, 3: 9}]


@pytest.mark.parametrize("objective", ["p_median", "p_center"])
@pytest.mark.parametrize(
    ("change", "shut"),
    [
        # 1 is as near as 0 to all that 0 reaches, 2 as near as 3.
        ({}, [0, 3]),
        ({"p_sense": "exactly", "p": 3}, [3]),
        ({"p_sense": "exactly", "p": 4}, []),
        ({"fixed_open": np.array([True, False, False, True])}, []),
        ({"existing": np.array([True, False, False, False]), "max_moves": 0}, [3]),
        ({"costs": np.array([1.0, 2.0, 3.0, 3.0]), "budget": 9.0}, [3]),
        ({"preference": np.array([1.0, 0, 0, 0]), "preference_rate": 0.5}, [3]),
        ({"group_rules": (GroupRule("west", np.array([0, 1], dtype=np.int32), 1, 1),)}, [0, 3]),
        ({"group_rules": (GroupRule("west", np.array([0, 1], dtype=np.int32), 2, 2),)}, [3]),
        ({"min_spacing_pairs": np.array([[1, 2]], dtype=np.int32)}, []),
    ],
)  # fmt: skip
def test_a_candidate_another_makes_needless_is_shut_where_the_rules_let_it(objective, change, shut):
    problem = oracle.build_problem(
        ROWS, candidates=4, **({"objective": objective, "p": 2} | change)
    )
    small = reduced(problem)
    forbidden = np.zeros(4, dtype=bool) if problem.fixed_closed is None else problem.fixed_closed
    assert np.flatnonzero((small.rules.state == CLOSED) & ~forbidden).tolist() == shut


def test_with_capacities_only_one_that_may_not_open_beside_the_other_is_shut():
    problem = oracle.build_problem(
        ROWS, candidates=4, objective="p_median", p=3, capacity=np.array([2.0, 2.0, 2.0, 2.0])
    )
    assert not (reduced(problem).rules.state == CLOSED).any()
    apart = np.array([[0, 1]], dtype=np.int32)
    spaced = replace(problem, min_spacing_pairs=apart)
    assert np.flatnonzero(reduced(spaced).rules.state == CLOSED).tolist() == [0]
    wider = replace(spaced, capacity=np.array([3.0, 2.0, 2.0, 2.0]))
    assert not (reduced(wider).rules.state == CLOSED).any()


def test_a_site_that_demand_cannot_do_without_is_open_and_its_demand_is_folded():
    problem = oracle.build_problem(
        [{1: 4}, {0: 2, 1: 6}, {0: 9, 1: 3, 2: 2}], candidates=3, objective="p_median", p=2
    )
    small = reduced(problem)
    assert small.rules.state[1] == OPEN
    # What lies beyond the open site leaves: only the nearer pair of the last demand and of the second is left.
    assert small.constant == 4.0
    assert small.columns.tolist() == [0, 1, 2, 1]
    # Priced demand of a single site becomes that site's own saving.
    priced = replace(problem, unreached_deciseconds=10)
    small = reduced(priced)
    assert (small.site_costs.tolist(), small.constant) == ([0.0, -6.0, 0.0], 10.0)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), objective=st.sampled_from(["p_median", "p_center"]))
def test_repeated_demand_and_candidates_change_no_best_value(data, objective):
    """Rows and columns doubled on purpose: presolve has something to do in every example."""
    problem = data.draw(oracle.problems(objective))
    twice = np.repeat(np.arange(len(problem.demand_ids)), 2)
    coverage = problem.coverage
    rows = [
        dict(
            zip(
                coverage.indices[coverage.indptr[row] : coverage.indptr[row + 1]].tolist(),
                coverage.deciseconds[coverage.indptr[row] : coverage.indptr[row + 1]].tolist(),
                strict=True,
            )
        )
        for row in twice
    ]
    fields = {
        name: getattr(problem, name)
        for name in problem.__dataclass_fields__
        if name not in ("demand_ids", "candidate_ids", "coverage", "weights")
    }
    doubled = oracle.build_problem(
        rows, candidates=len(problem.candidate_ids),
        **(fields | {"weights": np.atleast_2d(problem.weights)[:, twice]}),
    )  # fmt: skip
    best = oracle.brute_force(doubled)
    try:
        outcome = solve(doubled, debug=True).outcome
    except ProblemError:
        assert best is None
        return
    if best is None:
        assert outcome.status == "infeasible"
    else:
        assert outcome.status == "optimal"
        assert outcome.value == pytest.approx(best, abs=1e-6)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), objective=st.sampled_from(["p_median", "p_center"]))
def test_an_allowed_start_is_not_lost_for_sites_that_presolve_would_shut(data, objective):
    problem = data.draw(oracle.problems(objective))
    sites = len(problem.candidate_ids)
    start = np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=sites, max_size=sites)))
    assignment = assign_nearest(problem, start.astype(np.int32))
    try:
        answer = solve(problem, stop=Work(1), start=start)
    except ProblemError:
        return
    worth = evaluate_assignment(problem, start.astype(np.int32), assignment)
    if np.isfinite(worth) and not broken_rule(problem, start.astype(np.int32), assignment):
        assert answer.outcome.value <= worth + 1e-6


def test_sites_of_a_start_stay_though_needless():
    problem = oracle.build_problem(ROWS, candidates=4, objective="p_median", p=2)
    kept = np.array([True, False, False, True])
    assert (reduced(problem, kept=kept).rules.state != CLOSED)[kept].all()
    assert (reduced(problem).rules.state == CLOSED)[kept].all()
