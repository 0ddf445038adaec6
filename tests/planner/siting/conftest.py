"""Small random covering problems, and the oracle that tries every set of sites."""

import itertools

import numpy as np
import pytest

from planner.siting import Coverage, GroupRule, SitingProblem, evaluate
from planner.siting.answer import covered_weight


def from_dense(reach, weights, **options):
    indptr = np.concatenate([[0], np.cumsum(reach.sum(axis=1))]).astype(np.int64)
    return SitingProblem(
        demand_ids=np.array([f"d{row:03d}" for row in range(reach.shape[0])]),
        candidate_ids=np.array([f"c{row:03d}" for row in range(reach.shape[1])]),
        weights=np.asarray(weights, dtype=float),
        coverage=Coverage(indptr, np.nonzero(reach)[1].astype(np.int32)),
        **options,
    )


def random_problem(seed, objective):
    """Return a problem of at most 8 x 7 with any mix of options."""
    rng = np.random.default_rng(seed)
    demands, sites = int(rng.integers(1, 9)), int(rng.integers(1, 8))
    reach = rng.random((demands, sites)) < rng.uniform(0.1, 0.7)
    options = {}

    def perhaps(share):
        return rng.random() < share

    if perhaps(0.3):
        options["backup"] = 2
    if perhaps(0.3):
        options["gradual"] = rng.integers(0, 5, int(reach.sum())) / 4
    if perhaps(0.3):
        options["preference"] = rng.integers(-2, 4, sites).astype(float)
        options["preference_rate"] = float(rng.choice([0.0, 0.5, 1.0]))
    if perhaps(0.3):
        options["fixed_open"] = rng.random(sites) < 0.2
    if perhaps(0.3):
        options["fixed_closed"] = rng.random(sites) < 0.2
    if perhaps(0.4):
        options["existing"] = rng.random(sites) < 0.4
        options["closing_cost"] = rng.integers(0, 4, sites).astype(float)
        if perhaps(0.5):
            options["max_moves"] = int(rng.integers(0, 2))
    if perhaps(0.4):
        options["costs"] = rng.integers(1, 5, sites).astype(float)
        if objective == "max_cover" or perhaps(0.6):
            options["budget"] = float(rng.integers(2, 10))
    if objective == "set_cover":
        options["cover_share"] = float(rng.choice([1.0, 0.5, 0.8]))
    if objective == "max_cover" or perhaps(0.2):
        options["p"] = int(rng.integers(0, sites + 1))
        options["p_sense"] = str(rng.choice(["exactly", "at_most"]))
    if perhaps(0.4):
        group = rng.integers(0, 3, sites)
        options["group_rules"] = tuple(
            GroupRule(
                f"g{g}",
                np.flatnonzero(group == g).astype(np.int32),
                int(rng.integers(0, 2)),
                int(rng.integers(1, 3)),
            )
            for g in range(3)
        )
        if perhaps(0.4):
            options["group_rules"] += (
                GroupRule("across", np.flatnonzero(rng.random(sites) < 0.5).astype(np.int32), 0, 1),
            )
    if perhaps(0.3) and sites > 1:
        pairs = [rng.choice(sites, 2, replace=False) for _ in range(2)]
        options["min_spacing_pairs"] = np.array(pairs, dtype=np.int32)
    weights = rng.integers(0, 6, (2, demands) if perhaps(0.2) else demands)
    return from_dense(reach, weights, objective=objective, **options)


def meets_rules(problem, chosen):
    mask = np.zeros(len(problem.candidate_ids), dtype=bool)
    mask[list(chosen)] = True
    weights = problem.weights if problem.weights.ndim == 1 else problem.weights.sum(axis=0)
    holds = [
        problem.fixed_open is None or not (problem.fixed_open & ~mask).any(),
        problem.fixed_closed is None or not (problem.fixed_closed & mask).any(),
        problem.p is None or mask.sum() <= problem.p,
        problem.p is None or problem.p_sense == "at_most" or mask.sum() == problem.p,
        problem.budget is None or problem.costs[mask].sum() <= problem.budget + 1e-9,
        problem.max_moves is None or (problem.existing & ~mask).sum() <= problem.max_moves,
        all(
            rule.least
            <= mask[rule.candidates].sum()
            <= (len(mask) if rule.most is None else rule.most)
            for rule in problem.group_rules
        ),
        problem.min_spacing_pairs is None
        or not any(mask[a] and mask[b] for a, b in problem.min_spacing_pairs),
    ]
    if problem.objective == "set_cover":
        covered = covered_weight(problem, np.flatnonzero(mask))
        holds.append(covered >= problem.cover_share * weights.sum() - 1e-9)
    return all(holds)


def best_by_trying(problem):
    """Return the best value over all sets of sites, None when none meets the rules."""
    sites = range(len(problem.candidate_ids))
    sign = 1 if problem.objective == "max_cover" else -1
    values = [
        sign * evaluate(problem, np.array(chosen, dtype=np.int64))
        for count in range(len(sites) + 1)
        for chosen in itertools.combinations(sites, count)
        if meets_rules(problem, chosen)
    ]
    return sign * max(values) if values else None


@pytest.fixture(scope="session")
def town():
    """A middling problem that goes through search, bound and merging: 1,500 x 300."""
    rng = np.random.default_rng(5)
    demand, sites = rng.random((1500, 2)), rng.random((300, 2))
    reach = ((demand[:, None] - sites[None]) ** 2).sum(axis=2) < 0.09**2
    return from_dense(reach, rng.integers(1, 50, 1500), p=25)


@pytest.fixture(scope="session")
def oracle():
    """Give the tools of this file to the tests: they are not an importable package."""

    class Oracle:
        pass

    tools = Oracle()
    tools.from_dense = from_dense
    tools.random_problem = random_problem
    tools.meets_rules = meets_rules
    tools.best_by_trying = best_by_trying
    return tools
