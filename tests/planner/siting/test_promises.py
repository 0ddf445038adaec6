"""What every kind of problem promises: ids and order decide nothing, nor threads; a fuse shows; no claim on trust."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from planner.siting import Coverage, FirstOf, Gap, SitingProblem, Stalled, WallClock, Work, solve
from planner.siting.covering.exact import Exact
from planner.siting.covering.parts import parts_of
from planner.siting.covering.presolve import presolve
from planner.siting.median.highs import Answer, Ending
from tests.planner.siting.planted import scattered

KINDS = [
    (objective, capacity)
    for objective in ("max_cover", "set_cover", "p_median", "p_center")
    for capacity in (False, True)
]
every_kind = pytest.mark.parametrize(("objective", "capacitated"), KINDS)


def town(objective, capacitated, **options):
    """Return 24 demands and 9 candidates (600 apart at most) as a problem of one kind, with a start of all."""
    fields = {"objective": objective, "p": None if objective == "set_cover" else 4}
    if capacitated:
        fields["capacity"] = np.full(9, 130.0)
    return scattered(**(fields | options))


@every_kind
def test_shuffled_and_renamed_rows_give_the_same_sites(objective, capacitated):
    problem = town(objective, capacitated, preference=np.arange(9) % 3.0)
    rng = np.random.default_rng(4)
    rows, columns = rng.permutation(24), rng.permutation(9)
    place = np.argsort(columns)
    indptr, coverage = problem.coverage.indptr, problem.coverage
    order = [
        np.arange(indptr[row], indptr[row + 1])[
            np.argsort(place[coverage.indices[indptr[row] : indptr[row + 1]]])
        ]
        for row in rows
    ]
    take = np.concatenate(order)
    shuffled = replace(
        problem,
        demand_ids=np.array([f"renamed {name}" for name in problem.demand_ids[rows]]),
        candidate_ids=np.array([f"site {name}" for name in problem.candidate_ids[columns]]),
        weights=problem.weights[rows],
        preference=problem.preference[columns],
        coverage=Coverage(
            np.concatenate([[0], np.cumsum([len(part) for part in order])]).astype(np.int64),
            place[coverage.indices[take]].astype(np.int32),
            coverage.deciseconds[take],
        ),
    )
    one, two = solve(problem, seed=2), solve(shuffled, seed=2)
    assert one.outcome == two.outcome
    assert one.outcome.status == "optimal"
    names = [f"site {name}" for name in problem.candidate_ids[one.sites]]
    assert sorted(shuffled.candidate_ids[two.sites]) == names
    given = np.array([f"site {problem.candidate_ids[s]}" if s >= 0 else "" for s in one.assignment])
    back = np.array([shuffled.candidate_ids[s] if s >= 0 else "" for s in two.assignment])
    assert (given[rows] == back).all()


THREADS = """
import json
from planner.siting import Work, solve
from tests.planner.siting.test_promises import KINDS, town
answers = [solve(town(*kind), seed=3, stop=Work(400)) for kind in KINDS]
print(json.dumps([[a.sites.tolist(), a.assignment.tolist(), a.outcome.value, a.outcome.bound, a.outcome.work]
                  for a in answers]))
"""


def test_every_kind_has_the_same_answer_on_any_number_of_threads():
    said = [
        subprocess.run(
            [sys.executable, "-c", THREADS],
            env=os.environ | {"NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True, text=True, check=True,
        ).stdout
        for threads in ("1", "2")
    ]  # fmt: skip
    assert said[0] == said[1]
    assert len(json.loads(said[0])) == len(KINDS)


def wide(objective, capacitated, demands=300, candidates=80, reach=250):
    """Return a problem that takes longer than no time at all."""
    rng = np.random.default_rng(6)
    here, there = rng.uniform(0, 1000, (demands, 2)), rng.uniform(0, 1000, (candidates, 2))
    times = np.rint(np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))).astype(np.int32)
    near = times <= reach
    return SitingProblem(
        demand_ids=np.array([f"d{i:03d}" for i in range(demands)]),
        candidate_ids=np.array([f"c{i:03d}" for i in range(candidates)]),
        weights=rng.integers(1, 9, demands).astype(float),
        coverage=Coverage(
            np.concatenate([[0], near.sum(axis=1).cumsum()]).astype(np.int64),
            np.nonzero(near)[1].astype(np.int32),
            times[near],
        ),
        objective=objective,
        p=None if objective == "set_cover" else candidates // 4,
        capacity=np.full(candidates, 150.0) if capacitated else None,
    )


@every_kind
def test_an_answer_that_the_clock_ended_is_marked(objective, capacitated):
    problem = wide(objective, capacitated)
    outcome = solve(problem, stop=WallClock(0.0)).outcome
    if outcome.status == "optimal":
        assert outcome.bound == outcome.value
        return
    assert outcome.status == "stopped"
    assert not outcome.reproducible
    assert outcome.reason


@every_kind
def test_counted_rules_end_a_solve_and_the_log_tells_how_it_improved(objective, capacitated):
    problem = wide(objective, capacitated)
    sign = -1 if objective == "max_cover" else 1
    for stop in (Work(1000), Gap(0.5), FirstOf((Stalled(600), Work(2000)))):
        outcome = solve(problem, seed=1, stop=stop).outcome
        assert outcome.reproducible
        assert outcome.log
        steps = [sign * value for _work, value in outcome.log]
        assert steps == sorted(steps, reverse=True)
        assert outcome.log[-1][1] == pytest.approx(outcome.value)
        work = [spent for spent, _value in outcome.log]
        assert work == sorted(work)
        assert work[-1] <= outcome.work
        assert sign * outcome.bound <= sign * outcome.value


@every_kind
def test_no_reach_at_all_and_no_demand_at_all_have_an_outcome(objective, capacitated):
    problem = town(objective, capacitated)
    nothing = Coverage(
        np.zeros(25, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
    )
    answer = solve(replace(problem, coverage=nothing))
    if objective == "max_cover":
        assert (answer.outcome.status, answer.outcome.value) == ("optimal", 0.0)
    else:
        assert answer.outcome.status == "infeasible"
        assert "d00" in answer.outcome.reason
    assert (answer.assignment == -1).all()
    answer = solve(replace(problem, weights=np.zeros(24)))
    assert (answer.outcome.status, answer.outcome.value) == ("optimal", 0.0)


def test_presolve_of_covering_merges_drops_opens_and_parts(oracle):
    reach = np.array(
        [
            [1, 1, 0, 0, 0, 0],
            [1, 1, 0, 0, 0, 0],  # the same sites as the row before
            [0, 1, 1, 0, 0, 0],  # site 1 makes 0 needless
            [0, 0, 0, 1, 0, 0],  # site 3 must open where all must be covered
            [0, 0, 0, 0, 1, 1],  # shares no site with the rows above
            [0, 0, 0, 0, 1, 0],
            [0, 0, 0, 0, 0, 1],
        ],
        dtype=bool,
    )
    weights = [1, 2, 4, 8, 16, 32, 64]
    core = presolve(oracle.from_dense(reach, weights, p=2)).core
    assert core.candidates.tolist() == [1, 3, 4, 5]
    assert core.weights.tolist() == [16.0]
    assert core.profit.tolist() == [7.0, 8.0, 32.0, 64.0]
    core = presolve(oracle.from_dense(reach, weights, objective="set_cover")).core
    assert core.candidates[core.fixed].tolist() == [1, 3, 4, 5]
    assert core.rows == 0
    loose = oracle.from_dense(
        np.array([[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 1]], dtype=bool), [1, 1, 1, 1],
        costs=np.ones(4), objective="set_cover",
    )  # fmt: skip
    parts = parts_of(presolve(loose).core)
    assert [part.tolist() for part in parts] == [[0, 1, 2], [3]]
    assert solve(loose).outcome.value == 3.0


@pytest.mark.parametrize("lie", ["nothing is possible", "a limit below the best known"])
@pytest.mark.parametrize("seed", range(4))
def test_a_covering_solver_that_claims_too_much_is_not_believed(oracle, monkeypatch, lie, seed):
    rng = np.random.default_rng(seed)
    problem = oracle.from_dense(rng.random((40, 16)) < 0.15, rng.integers(1, 9, 40), p=5)
    best = solve(problem).outcome
    assert best.status == "optimal"
    asked = []

    def lies(_solver, core):
        asked.append(core)
        if lie == "nothing is possible":
            return Exact(chosen=None, bound=-np.inf, complete=True, nodes=1)
        return Exact(chosen=None, bound=core.constant, complete=True, nodes=1)

    monkeypatch.setattr("planner.siting.covering.exact._read", lies)
    outcome = solve(problem, stop=Work(300)).outcome
    assert asked
    assert outcome.bound >= best.value - 1e-6
    assert outcome.status != "optimal" or outcome.value == best.value


@pytest.mark.parametrize("capacitated", [False, True])
@pytest.mark.parametrize("lie", [Ending.INFEASIBLE, Ending.PROVED])
def test_a_median_solver_that_claims_too_much_is_not_believed(monkeypatch, capacitated, lie):
    problem = town("p_median", capacitated, unreached_deciseconds=None)
    if capacitated:
        problem = replace(problem, capacity=np.full(9, 105.0))
    best = solve(problem).outcome
    assert best.status == "optimal"
    asked = []

    def lies(_solver):
        asked.append(lie)
        return Answer(lie, None, np.inf, np.inf if lie is Ending.INFEASIBLE else 1e12, 0)

    # A poor start and hardly any search: the incumbent is not the best when the liar speaks.
    monkeypatch.setattr("planner.siting.median.highs._answer", lies)
    for module in ("uncapacitated", "capacitated"):
        path = f"planner.siting.median.{module}.Solver.search_and_bound"
        monkeypatch.setattr(path, lambda self, start, **_: begin(self, start))
    outcome = solve(problem, start=np.array([0, 1, 2, 3, 4])[: problem.p]).outcome
    assert asked
    assert outcome.status != "optimal" or outcome.value == best.value


def begin(solver, start):
    """Offer the start alone, as a search cut short would."""
    from planner.siting.median.capacitated import RoomSearch, Solver

    if not isinstance(solver, Solver):
        solver.offer(start)
        return
    search = RoomSearch(solver.location, seed=0)
    search.begin(start)
    if search.state is not None:
        solver.offer(search.state.is_open, search.given.pair)


def test_a_search_cut_short_before_any_answer_claims_no_more_than_it_proved():
    """Its limit was infinite once: as if nothing were possible."""
    problem = replace(wide("p_center", True, 600, 150, 200), p=40)
    short = solve(problem, seed=1, stop=Work(1)).outcome
    assert (short.status, str(short.value)) == ("feasible", "nan")
    assert short.reason
    assert short.bound <= 200.0  # the longest pair


def test_every_part_has_a_limit_though_the_clock_cuts_its_programme_short(oracle, monkeypatch):
    """Small parts had no limit but that of HiGHS, and none where the largest part had taken all the time."""
    monkeypatch.setattr(
        "planner.siting.covering.exact._read", lambda *_: Exact(None, np.inf, False, 1)
    )
    rng = np.random.default_rng(1)
    reach = np.zeros((430, 130), dtype=bool)
    reach[:400, :120] = rng.random((400, 120)) < 0.12
    for part in range(10):
        reach[400 + 3 * part : 403 + 3 * part, 120 + part] = True
    reach[400:, 120:] |= np.roll(reach[400:, 120:], 1, axis=0)
    costs = np.ones(130)
    problem = oracle.from_dense(
        reach, rng.integers(1, 9, 430), preference=-costs, preference_rate=30.0
    )
    assert len(parts_of(presolve(problem).core)) == 2
    outcome = solve(problem, stop=WallClock(0.0)).outcome
    assert outcome.status == "stopped"
    assert np.isfinite(outcome.bound)
    assert outcome.value <= outcome.bound


@pytest.mark.parametrize("objective", ["max_cover", "set_cover"])
def test_a_clock_that_ends_before_any_answer_does_not_call_it_impossible(
    oracle, monkeypatch, objective
):
    """HiGHS is cut short before it finds or refutes anything, and neither greedy nor repair finds an answer."""
    problem = oracle.from_dense(
        np.eye(6, dtype=bool), np.ones(6), objective=objective, p=6, p_sense="exactly"
    )
    for module in ("maximal", "minimal"):
        monkeypatch.setattr(f"planner.siting.covering.{module}.construct", lambda *_, **__: None)
    monkeypatch.setattr("planner.siting.covering.minimal._first", lambda _run: None)
    monkeypatch.setattr(
        "planner.siting.covering.exact._read", lambda *_: Exact(None, np.inf, False, 1)
    )
    outcome = solve(problem, stop=WallClock(0.0)).outcome
    assert outcome.status == "stopped"
    assert np.isnan(outcome.value)
    assert outcome.reason
