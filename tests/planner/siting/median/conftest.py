"""Small random siting problems, and an oracle that tries every set of sites and every assignment."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import strategies as st

from planner.siting.problem import Coverage, GroupRule, SitingProblem


def build_problem(times, **options):
    """Build a problem from one dict of candidate -> deciseconds per demand."""
    indptr, indices, seconds = [0], [], []
    for row in times:
        for candidate in sorted(row):
            indices.append(candidate)
            seconds.append(row[candidate])
        indptr.append(len(indices))
    demands = len(times)
    candidates = options.pop("candidates")
    fields = {
        "demand_ids": np.array([f"d{i:03d}" for i in range(demands)], dtype=np.str_),
        "candidate_ids": np.array([f"c{i:03d}" for i in range(candidates)], dtype=np.str_),
        "weights": np.ones(demands),
        "coverage": Coverage(
            np.array(indptr, dtype=np.int64),
            np.array(indices, dtype=np.int32),
            np.array(seconds, dtype=np.int32),
        ),
    }
    return SitingProblem(**(fields | options))


def _allowed(problem, chosen):
    """Say whether a set of sites keeps every rule; written apart from the solver."""
    n = len(chosen)
    if problem.p is not None and (
        n != problem.p if problem.p_sense == "exactly" else n > problem.p
    ):
        return False
    for site in range(len(problem.candidate_ids)):
        if problem.fixed_open is not None and problem.fixed_open[site] and site not in chosen:
            return False
        if problem.fixed_closed is not None and problem.fixed_closed[site] and site in chosen:
            return False
    if problem.budget is not None and sum(problem.costs[s] for s in chosen) > problem.budget + 1e-9:
        return False
    if problem.max_moves is not None:
        closed = sum(1 for s, e in enumerate(problem.existing) if e and s not in chosen)
        if closed > problem.max_moves:
            return False
    for rule in problem.group_rules:
        inside = sum(1 for s in rule.candidates.tolist() if s in chosen)
        if inside < rule.least or (rule.most is not None and inside > rule.most):
            return False
    pairs = [] if problem.min_spacing_pairs is None else problem.min_spacing_pairs.tolist()
    return not any(a in chosen and b in chosen for a, b in pairs)


def _terms(problem, chosen):
    total = 0.0
    if problem.preference is not None:
        total += problem.preference_rate * sum(problem.preference[s] for s in chosen)
    if problem.closing_cost is not None:
        total -= sum(
            problem.closing_cost[s] for s, e in enumerate(problem.existing) if e and s not in chosen
        )
    return total


def _choices(problem, row, chosen):
    """Return the pairs a demand may use with these sites, as (site, time, share)."""
    coverage = problem.coverage
    out = []
    for k in range(coverage.indptr[row], coverage.indptr[row + 1]):
        site = int(coverage.indices[k])
        if site in chosen:
            share = 1.0 if problem.gradual is None else problem.gradual[k]
            out.append((site, int(coverage.deciseconds[k]), float(share)))
    return out


def _value(problem, chosen, weights, picks):
    """Return the objective in its own sense (None: not allowed); picks holds a choice or None per demand."""
    terms = _terms(problem, chosen)
    if problem.objective == "max_cover":
        return sum(w * c[2] for w, c in zip(weights, picks, strict=True) if c) + terms
    if problem.objective == "set_cover":
        served = sum(w * c[2] for w, c in zip(weights, picks, strict=True) if c)
        if served < problem.cover_share * sum(weights) - 1e-9:
            return None
        cost = len(chosen) if problem.costs is None else sum(problem.costs[s] for s in chosen)
        return cost - terms
    worst = total = 0.0
    for row, (w, c) in enumerate(zip(weights, picks, strict=True)):
        if w == 0:
            continue
        if c is None:
            if problem.unreached_deciseconds is None or problem.objective == "p_center":
                return None
            total += w * problem.unreached_deciseconds
            continue
        total += w * c[1]
        near = sorted(t for _, t, _ in _choices(problem, row, chosen))
        worst = max(worst, c[1], near[problem.backup - 1] if problem.backup > 1 else 0)
    return (worst if problem.objective == "p_center" else total) - terms


def _fits(problem, weights, picks):
    if problem.capacity is None:
        return True
    load = weights if problem.load is None else problem.load
    used = [0.0] * len(problem.candidate_ids)
    for q, c in zip(load, picks, strict=True):
        if c:
            used[c[0]] += q
    return all(u <= k + 1e-9 for u, k in zip(used, problem.capacity, strict=True))


def brute_force(problem):
    """Return the best value over every set of sites and every assignment, None where none is allowed."""
    found = best_answer(problem)
    return None if found is None else found[0]


def best_answer(problem):
    """Return the best value and the greatest total preference among answers of that value."""
    wish = 0.0
    weights = np.atleast_2d(problem.weights).sum(axis=0).tolist()
    sign = -1.0 if problem.objective == "max_cover" else 1.0
    preferred = problem.preference is not None
    best = math.inf
    for n in range(len(problem.candidate_ids) + 1):
        for chosen in map(set, itertools.combinations(range(len(problem.candidate_ids)), n)):
            if not _allowed(problem, chosen):
                continue
            options = []
            for row, w in enumerate(weights):
                choices = _choices(problem, row, chosen)
                if len(choices) < problem.backup or w == 0:
                    choices = []
                elif problem.capacity is None and problem.objective in ("max_cover", "set_cover"):
                    choices = [sorted(choices, key=lambda c: -c[2])[problem.backup - 1]]
                elif problem.capacity is None:
                    choices = [min(choices, key=lambda c: c[1])]
                left_out = problem.capacity is not None or not choices
                options.append([*choices, None] if left_out else choices)
            for picks in itertools.product(*options):
                if _fits(problem, weights, picks):
                    value = _value(problem, chosen, weights, picks)
                    if value is None or sign * value > best + 1e-9:
                        continue
                    liked = sum(problem.preference[s] for s in chosen) if preferred else 0.0
                    wish = liked if sign * value < best - 1e-9 else max(wish, liked)
                    best = min(best, sign * value)
    return None if math.isinf(best) else (sign * best, wish)


@st.composite
def problems(draw, objective, *, capacitated=False):
    """Draw a small problem with any mix of options."""
    m = draw(st.integers(1, 5))
    n = draw(st.integers(1, 4 if capacitated else 6))
    flags = lambda: np.array(draw(st.lists(st.booleans(), min_size=m, max_size=m)))  # noqa: E731

    def numbers(count, low, high):
        return np.array(
            draw(st.lists(st.integers(low, high), min_size=count, max_size=count)), dtype=float
        )

    dense = draw(st.booleans())
    times = []
    for _ in range(n):
        near = [s for s in range(m) if dense or draw(st.integers(0, 3)) > 0]
        times.append({s: draw(st.integers(0, 12)) for s in near})
    options = {"objective": objective, "candidates": m, "weights": numbers(n, 0, 5)}
    if draw(st.integers(0, 4)) == 0:
        options["weights"] = options["weights"] * 0.37
    if draw(st.integers(0, 5)) == 0:
        options["weights"] = np.stack([options["weights"], numbers(n, 0, 3)])
    if draw(st.integers(0, 5)) > 0 or objective in ("p_median", "p_center"):
        options["p"] = draw(st.integers(1, m))
        options["p_sense"] = draw(st.sampled_from(["exactly", "at_most"]))
    rare = lambda: draw(st.integers(0, 3)) == 0  # noqa: E731
    if rare():
        options["costs"] = numbers(m, 0, 6)
        if objective != "set_cover" or draw(st.booleans()):
            options["budget"] = float(draw(st.integers(0, 14)))
    if rare():
        options["fixed_open"] = flags()
    if rare():
        options["fixed_closed"] = flags() & ~options.get("fixed_open", np.zeros(m, dtype=bool))
    if rare():
        options["existing"] = flags()
        if draw(st.booleans()):
            options["closing_cost"] = numbers(m, 0, 9)
        if draw(st.booleans()):
            options["max_moves"] = draw(st.integers(0, 2))
    if rare():
        groups = numbers(m, 0, 1)
        options["group_rules"] = tuple(
            GroupRule(
                f"g{g}",
                np.flatnonzero(groups == g).astype(np.int32),
                least=draw(st.integers(0, 1)),
                most=draw(st.sampled_from([None, 1, 2])),
            )
            for g in (0, 1)
        )
    if rare():
        options["preference"] = numbers(m, -2, 3)
        options["preference_rate"] = float(draw(st.sampled_from([0, 0.5, 2])))
    if rare() and m > 1:
        a = draw(st.integers(0, m - 2))
        options["min_spacing_pairs"] = np.array(
            [[a, draw(st.integers(a + 1, m - 1))]], dtype=np.int32
        )
    if objective == "p_median" and draw(st.booleans()):
        options["unreached_deciseconds"] = draw(st.integers(12, 40))
    if objective == "p_center" and rare():
        options["backup"] = 2
    if objective == "set_cover" and rare():
        options["cover_share"] = draw(st.sampled_from([0.4, 0.75]))
    if capacitated:
        options["capacity"] = numbers(m, 0, 9)
        if rare():
            options["load"] = numbers(n, 0, 5)
        if objective in ("max_cover", "set_cover") and rare():
            options["backup"] = 2
        if objective == "max_cover" and "backup" not in options and rare():
            pairs = sum(len(row) for row in times)
            options["gradual"] = numbers(pairs, 0, 4) / 4
    return build_problem(times, **options)


@pytest.fixture
def median():
    """Return the problem builder and the oracle."""
    return SimpleNamespace(build=build_problem, brute_force=brute_force)
