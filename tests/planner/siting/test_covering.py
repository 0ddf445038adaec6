"""Covering problems against an oracle that tries every set of sites, and properties that hold at any size."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.errors import ProblemError
from planner.siting import Coverage, FirstOf, Gap, Work, assign_nearest, evaluate, solve
from planner.siting.covering import maximal
from planner.siting.covering.construct import greedy_sites
from planner.siting.covering.presolve import presolve

SHORT = FirstOf((Work(1500), Gap(0.0)))
modest = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@modest
@given(seed=st.integers(0, 10**6), objective=st.sampled_from(["max_cover", "set_cover"]))
def test_every_option_against_all_sets(oracle, seed, objective):
    problem = oracle.random_problem(seed, objective)
    best = oracle.best_by_trying(problem)
    try:
        answer = solve(problem, stop=SHORT)
    except ProblemError:
        assert best is None
        return
    outcome = answer.outcome
    if best is None:
        assert outcome.status == "infeasible"
        assert outcome.reason
        return
    assert outcome.status == "optimal"
    assert outcome.value == pytest.approx(best)
    assert outcome.bound == pytest.approx(best)
    assert oracle.meets_rules(problem, answer.sites)
    assert outcome.value == pytest.approx(evaluate(problem, answer.sites))
    assert (answer.assignment == assign_nearest(problem, answer.sites)).all()


@settings(modest, max_examples=30)
@given(seed=st.integers(0, 10**6), objective=st.sampled_from(["max_cover", "set_cover"]))
def test_search_and_bound_hold_without_the_exact_shortcut(oracle, seed, objective):
    problem = oracle.random_problem(seed, objective)
    best = oracle.best_by_trying(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.siting.covering.maximal.SMALL_PAIRS", -1)
        patch.setattr("planner.siting.covering.minimal.SMALL_PAIRS", -1)
        patch.setattr("planner.siting.covering.maximal.EXACT_PAIRS", -1)
        patch.setattr("planner.siting.covering.maximal.MERGE_PAIRS", -1)
        try:
            answer = solve(problem, stop=Work(300))
        except ProblemError:
            assert best is None
            return
    outcome = answer.outcome
    if best is None:
        assert outcome.status == "infeasible"
        return
    sign = 1 if problem.objective == "max_cover" else -1
    assert sign * outcome.bound >= sign * best - 1e-6
    assert sign * outcome.value <= sign * best + 1e-6
    assert oracle.meets_rules(problem, answer.sites)
    if outcome.status == "optimal":
        assert outcome.value == pytest.approx(best)


@settings(modest, max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_greedy_keeps_its_guarantee(oracle, seed):
    rng = np.random.default_rng(seed)
    problem = oracle.from_dense(rng.random((8, 7)) < 0.3, rng.integers(0, 9, 8), p=3)
    core = presolve(problem).core
    best = oracle.best_by_trying(problem)
    assert core.value(greedy_sites(core)) >= (1 - 1 / np.e) * best - 1e-9


def test_town_is_proved_and_bounded(town):
    answer = solve(town, stop=FirstOf((Gap(0.01), Work(20_000))))
    assert answer.outcome.gap_share <= 0.01
    assert len(answer.sites) <= town.p
    assert answer.outcome.value == evaluate(town, answer.sites)


def test_same_seed_same_answer_and_start_never_hurts(town):
    stop = Work(900)
    first, second = solve(town, seed=3, stop=stop), solve(town, seed=3, stop=stop)
    assert (first.sites == second.sites).all()
    assert first.outcome == second.outcome
    again = solve(town, seed=4, stop=Work(64), start=first.sites)
    assert again.outcome.value >= first.outcome.value


def test_same_answer_on_one_thread(town, tmp_path):
    code = (
        "import numpy as np\n"
        "from planner.siting import *\n"
        "rng = np.random.default_rng(5)\n"
        "reach = ((rng.random((400, 1, 2)) - rng.random((1, 80, 2))) ** 2).sum(axis=2) < 0.02\n"
        "indptr = np.concatenate([[0], np.cumsum(reach.sum(axis=1))]).astype(np.int64)\n"
        "ids = lambda k, n: np.array([f'{k}{i:04d}' for i in range(n)])\n"
        "problem = SitingProblem(ids('d', 400), ids('c', 80), np.ones(400),\n"
        "    Coverage(indptr, np.nonzero(reach)[1].astype(np.int32)), p=9)\n"
        "print(solve(problem, stop=Work(700)).sites.tolist())\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"NUMBA_NUM_THREADS": threads, "PATH": "", "HOME": str(tmp_path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for threads in ("1", "2")
    ]  # fmt: skip
    assert outputs[0] == outputs[1]
    assert outputs[0].startswith("[")


def test_the_bound_beside_the_search_gives_the_answer_of_one_after_the_other(town):
    with patch.object(maximal, "ThreadPoolExecutor", wraps=ThreadPoolExecutor) as pools:
        alone = solve(town, seed=3, stop=Work(2_000), threads=1)
        assert not pools.called
        beside = solve(town, seed=3, stop=Work(2_000), threads=2)
        assert pools.called
    assert alone.outcome == beside.outcome
    assert (alone.sites == beside.sites).all()


def test_shuffled_and_renamed_rows_give_the_same_sites(town):
    rng = np.random.default_rng(11)
    rows, columns = rng.permutation(1500), rng.permutation(300)
    place = np.argsort(columns)
    indptr, indices = town.coverage.indptr, town.coverage.indices
    parts = [np.sort(place[indices[indptr[row] : indptr[row + 1]]]) for row in rows]
    sizes = [len(part) for part in parts]
    shuffled = replace(
        town,
        demand_ids=np.array([f"renamed {name}" for name in town.demand_ids[rows]]),
        candidate_ids=np.array([f"site {name}" for name in town.candidate_ids[columns]]),
        weights=town.weights[rows],
        coverage=Coverage(
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            np.concatenate(parts).astype(np.int32),
        ),
    )
    stop = Work(700)
    before, after = solve(town, stop=stop), solve(shuffled, stop=stop)
    assert before.outcome.value == after.outcome.value
    names = sorted(shuffled.candidate_ids[after.sites])
    assert names == [f"site {name}" for name in town.candidate_ids[before.sites]]


def test_more_sites_candidates_and_reach_never_hurt(oracle):
    rng = np.random.default_rng(2)
    reach = rng.random((12, 9)) < 0.3
    weights = rng.integers(1, 9, 12)
    values = [solve(oracle.from_dense(reach, weights, p=p)).outcome.value for p in range(1, 6)]
    assert values == sorted(values)
    wider = reach | (rng.random(reach.shape) < 0.2)
    assert solve(oracle.from_dense(wider, weights, p=2)).outcome.value >= values[1]
    fewer = solve(oracle.from_dense(reach[:, :8], weights, p=2)).outcome.value
    assert fewer <= values[1]


def test_inputs_are_left_unchanged(town):
    weights, indices = town.weights.copy(), town.coverage.indices.copy()
    solve(town, stop=Work(64))
    assert (town.weights == weights).all()
    assert (town.coverage.indices == indices).all()


@pytest.mark.parametrize(
    "order", ["highspy, ortools.set_cover.python", "ortools.set_cover.python, highspy"]
)
def test_both_solvers_load_in_one_process_in_either_order(order):
    first, second = order.split(", ")
    code = (
        f"import importlib\nimportlib.import_module('{first}')\n"
        f"importlib.import_module('{second}')\n"
        "import highspy\nfrom ortools.set_cover.python import set_cover\n"
        "h = highspy.Highs(); h.setOptionValue('output_flag', False); h.addVar(0, 1); h.run()\n"
        "m = set_cover.SetCoverModel(); m.add_empty_subset(1.0); m.add_element_to_last_subset(0)\n"
        "i = set_cover.SetCoverInvariant(m); set_cover.GreedySolutionGenerator(i).next_solution()\n"
        "print('both', i.cost())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "both 1.0", done.stderr


def test_published_maximal_and_set_covering(oracle, shared):
    import json

    folder = shared / "bench" / "swain55"
    text = (folder / "swain.txt").read_text().split()
    table = np.array(text[1:], dtype=float).reshape(int(text[0]), 4)
    distance = np.sqrt(((table[:, None, 1:3] - table[None, :, 1:3]) ** 2).sum(axis=2))
    optima = json.loads((folder / "published.json").read_text())["optima"]
    for radius, value in optima["LSCP"].items():
        answer = solve(
            oracle.from_dense(distance <= float(radius), table[:, 3], objective="set_cover")
        )
        assert (answer.outcome.status, answer.outcome.value) == ("optimal", value)
    for key, value in optima["MCLP"].items():
        radius, p = key[1:].split("p")
        answer = solve(oracle.from_dense(distance <= float(radius), table[:, 3], p=int(p)))
        assert (answer.outcome.status, answer.outcome.value) == ("optimal", value)
