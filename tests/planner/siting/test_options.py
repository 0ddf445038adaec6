"""Every problem with every option: held to an oracle that tries everything, or refused with the reason."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from planner.errors import ProblemError
from planner.siting import Coverage, GroupRule, solve, within_parents
from planner.siting.recompute import broken_rule

_spec = importlib.util.spec_from_file_location(
    "siting_oracle", Path(__file__).with_name("median") / "conftest.py"
)
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)

KINDS = [
    (objective, capacity)
    for objective in ("max_cover", "set_cover", "p_median", "p_center")
    for capacity in (False, True)
]
TIMED = ("p_median", "p_center")


def compulsory(rng, sites, _problem):
    return {"fixed_open": np.arange(sites) == rng.integers(sites)}


def forbidden(rng, sites, _problem):
    return {"fixed_closed": np.arange(sites) == rng.integers(sites)}


def closing_cost(rng, sites, _problem):
    return {
        "existing": rng.random(sites) < 0.6,
        "closing_cost": rng.integers(0, 9, sites).astype(float),
    }


def limit_on_moves(rng, sites, _problem):
    return {"existing": rng.random(sites) < 0.6, "max_moves": int(rng.integers(0, 2))}


def groups(least, most):
    def rules(rng, sites, _problem):
        half = rng.random(sites) < 0.5
        parts = [np.flatnonzero(half == side).astype(np.int32) for side in (False, True)]
        named = enumerate(part for part in parts if len(part))
        return {"group_rules": tuple(GroupRule(f"g{g}", part, least, most) for g, part in named)}

    return rules


def layers_and_periods(rng, _sites, problem):
    return {"weights": rng.integers(0, 5, (3, len(problem.demand_ids))).astype(float)}


def nested_tier(rng, sites, problem):
    near = np.sort(rng.random(sites)) < 0.7
    reach = Coverage(
        np.concatenate([[0], np.cumsum(near)]).astype(np.int64),
        np.zeros(int(near.sum()), dtype=np.int32),
    )
    return {"fixed_closed": within_parents(problem, reach, np.array([0])).fixed_closed}


def spacing(rng, sites, _problem):
    pair = rng.choice(sites, 2, replace=False)
    return {"min_spacing_pairs": np.array([pair], dtype=np.int32)}


def preference_as_tie_break(rng, sites, _problem):
    return {"preference": rng.integers(-2, 4, sites).astype(float)}


def preference_at_a_rate(rng, sites, _problem):
    return {"preference": rng.integers(-2, 4, sites).astype(float), "preference_rate": 1.5}


def budget(rng, sites, _problem):
    costs = rng.integers(0, 6, sites).astype(float)
    return {"costs": costs, "budget": float(rng.integers(3, 12)), "p": None, "p_sense": "at_most"}


def site_costs(rng, sites, _problem):
    return {"costs": rng.integers(0, 6, sites).astype(float)}


def backup_coverage(_rng, _sites, _problem):
    return {"backup": 2}


def gradual_coverage(rng, _sites, problem):
    return {"gradual": rng.integers(0, 5, len(problem.coverage.indices)) / 4}


def part_of_the_demand(rng, _sites, _problem):
    return {"cover_share": float(rng.choice([0.4, 0.75]))}


def price_of_unreached(_rng, _sites, _problem):
    return {"unreached_deciseconds": 20}


OPTIONS = [
    compulsory, forbidden, closing_cost, limit_on_moves, groups(1, 1), groups(1, None), groups(0, 1),
    layers_and_periods, nested_tier, spacing, preference_as_tie_break, preference_at_a_rate, budget,
    site_costs, backup_coverage, gradual_coverage, part_of_the_demand, price_of_unreached,
]  # fmt: skip
NAMES = [
    option.__name__ if option.__name__ != "rules" else f"group_rule_{at}"
    for at, option in enumerate(OPTIONS)
]

REFUSED = {
    ("max_cover", site_costs), ("p_median", site_costs), ("p_center", site_costs),
    ("max_cover", part_of_the_demand), ("p_median", part_of_the_demand), ("p_center", part_of_the_demand),
    ("p_median", backup_coverage), ("p_median", gradual_coverage), ("p_center", gradual_coverage),
    ("max_cover", price_of_unreached), ("set_cover", price_of_unreached), ("p_center", price_of_unreached),
}  # fmt: skip
REFUSED_WITH_CAPACITY = {("set_cover", gradual_coverage)}


def base_problem(rng, objective, capacitated):
    """Return a problem of at most 5 x 5 without further options."""
    sites, demands = int(rng.integers(2, 6)), int(rng.integers(1, 5 if capacitated else 7))
    share = rng.choice([0.5, 0.8, 1.0])
    times = [
        {site: int(rng.integers(0, 13)) for site in range(sites) if rng.random() < share}
        for _demand in range(demands)
    ]
    options = {"weights": rng.integers(0, 6, demands).astype(float)}
    if objective in TIMED or rng.random() < 0.7:
        options["p"] = int(rng.integers(1, sites + 1))
        options["p_sense"] = str(rng.choice(["exactly", "at_most"]))
    if capacitated:
        options["capacity"] = rng.integers(0, 10, sites).astype(float)
        if rng.random() < 0.3:
            options["load"] = rng.integers(0, 5, demands).astype(float)
    return oracle.build_problem(times, candidates=sites, objective=objective, **options)


def assert_best(problem, seed=0):
    found = oracle.best_answer(problem)
    try:
        answer = solve(problem, seed=seed, debug=True)
    except ProblemError:
        assert found is None
        return
    outcome = answer.outcome
    if found is None:
        assert outcome.status == "infeasible"
        assert outcome.reason
        assert math.isnan(outcome.value)
        return
    best, wish = found
    assert outcome.status == "optimal", outcome
    assert outcome.value == pytest.approx(best, abs=1e-6)
    assert outcome.bound == pytest.approx(best, abs=1e-6)
    assert broken_rule(problem, answer.sites, answer.assignment) == ""
    if problem.preference is not None and not problem.preference_rate:
        assert problem.preference[answer.sites].sum() == pytest.approx(wish)


@pytest.mark.parametrize("option", OPTIONS, ids=NAMES)
@pytest.mark.parametrize(("objective", "capacitated"), KINDS)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**31))
def test_option_against_the_oracle_or_refused(objective, capacitated, option, seed):
    rng = np.random.default_rng(seed)
    problem = base_problem(rng, objective, capacitated)
    changes = option(rng, len(problem.candidate_ids), problem)
    if option is budget and objective in TIMED and rng.random() < 0.5:
        changes |= {"p": problem.p}
    problem = replace(problem, **changes)
    refused = (objective, option) in REFUSED
    refused |= capacitated and (objective, option) in REFUSED_WITH_CAPACITY
    if not refused:
        assert_best(problem, seed % 7)
        return
    with pytest.raises(ProblemError) as caught:
        solve(problem)
    fields = {"unreached_deciseconds", "cover_share", "costs", "backup", "gradual"} & set(changes)
    assert fields & {fault.where for fault in caught.value.faults}
    assert all(fault.fix for fault in caught.value.faults)


@pytest.mark.parametrize(("objective", "capacitated"), KINDS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@example(seed=265, mixed=[10, 2])
@example(seed=14887, mixed=[15, 12, 4])
@example(seed=1126918928, mixed=[11, 10, 12])
@example(seed=172679465, mixed=[12, 7, 15])
@given(seed=st.integers(0, 2**31), mixed=st.lists(st.sampled_from(range(len(OPTIONS))), min_size=2, max_size=4, unique=True))  # fmt: skip
def test_options_together_against_the_oracle(objective, capacitated, seed, mixed):
    rng = np.random.default_rng(seed)
    problem = base_problem(rng, objective, capacitated)
    for at in mixed:
        option = OPTIONS[at]
        refused = (objective, option) in REFUSED
        if refused or (capacitated and (objective, option) in REFUSED_WITH_CAPACITY):
            continue
        problem = replace(problem, **option(rng, len(problem.candidate_ids), problem))
    if capacitated and problem.gradual is not None and problem.backup > 1:
        with pytest.raises(ProblemError, match="backup"):
            solve(problem)
        return
    if problem.max_moves is not None and problem.existing is None:
        return
    assert_best(problem, seed % 7)
