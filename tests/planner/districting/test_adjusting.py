"""Carrying a map on: nothing moves without a reason, and never more than allowed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from _maps import assert_map, bands, city, grid, within

from planner.districting import DistrictingSettings, Stop, compare, solve
from planner.districting.adjusting import Budget, adjust
from planner.errors import InfeasibleError

QUICK = Stop(work=40_000)


def a_year_later(seed, towns=3):
    """A grid planned once, and the same with other counts and last year's map in it."""
    before = grid(18, 14, towns=towns, seed=seed)
    old = solve(before, seed=seed, stop=QUICK).labels
    rng = np.random.default_rng(seed + 100)
    factor = np.where(rng.random(len(old)) < 0.08, 2.5, 1.0) * rng.lognormal(0, 0.12, len(old))
    measures = np.maximum(1, np.rint(before.measures * factor[:, None])).astype(np.int64)
    after = replace(
        before, measures=measures, incumbent=old, switching_cost=before.measures[:, 0].astype(float)
    )
    return after, before.measures[:, 0].astype(np.int64)


def leavers(problem, labels, moving):
    matched = compare(problem.incumbent, labels, moving).matched
    return int(moving[(problem.incumbent >= 0) & (matched[labels] != problem.incumbent)].sum())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_limit_is_never_exceeded_and_more_room_is_never_worse(seed):
    problem, moving = a_year_later(seed)
    out = []
    for most in (0, 10, 40, None):
        try:
            drawn = adjust(problem, Budget(moving, most), seed=seed, stop=QUICK)
        except InfeasibleError:
            continue  # a district above the hard maximum must be split, whatever the limit
        assert_map(problem, drawn.labels)
        if most is not None:
            assert leavers(problem, drawn.labels, moving) <= most
        count = int(drawn.labels.max()) + 1
        out.append(count - within(problem, drawn.labels))
    assert out
    assert out == sorted(out, reverse=True)


def test_keeping_leaves_every_unit_in_its_district_where_nothing_is_too_heavy():
    problem, moving = a_year_later(4)
    soft = replace(problem, bands=tuple(replace(b, maximum_hard=None) for b in problem.bands))
    drawn = adjust(soft, Budget(moving, keep=True), seed=4, stop=QUICK)
    assert leavers(soft, drawn.labels, moving) == 0
    assert (compare(problem.incumbent, drawn.labels, np.ones(len(moving))).switched_share) == 0


def test_an_infinite_cost_keeps_what_can_stay_and_splits_only_what_is_too_heavy():
    problem, moving = a_year_later(2)
    drawn = adjust(problem, Budget(moving, keep=True), seed=2, stop=QUICK)
    assert_map(problem, drawn.labels)
    hard = np.array([b.maximum_hard for b in problem.bands])
    held = np.zeros((int(problem.incumbent.max()) + 1, 2))
    np.add.at(held, problem.incumbent, problem.measures)
    heavy = set(np.flatnonzero((held > hard).any(axis=1)).tolist())
    matched = compare(problem.incumbent, drawn.labels, moving).matched
    left = set(problem.incumbent[matched[drawn.labels] != problem.incumbent].tolist())
    assert left <= heavy


def test_settled_towns_and_towns_as_good_as_can_be_stand():
    problem, moving = a_year_later(3)
    names = [str(name) for name in problem.street_town_ids]
    settled = adjust(problem, Budget(moving, settled=frozenset(names)), seed=3, stop=QUICK)
    kept = adjust(problem, Budget(moving, keep=True), seed=3, stop=QUICK)
    np.testing.assert_array_equal(settled.labels, kept.labels)


def test_new_units_join_beside_them_and_cut_off_ones_do_not_tear_a_district():
    problem, moving = a_year_later(1, towns=1)
    incumbent = problem.incumbent.copy()
    incumbent[::9] = -1
    drawn = adjust(replace(problem, incumbent=incumbent), Budget(moving, keep=True), stop=QUICK)
    assert_map(problem, drawn.labels)


def test_terms_and_workers_change_what_a_town_pays():
    problem, moving = a_year_later(1)
    towns = {str(name): 50.0 for name in problem.street_town_ids}
    dear = adjust(problem, Budget(moving, factor=towns), seed=1, stop=QUICK)
    free = adjust(
        problem,
        Budget(moving),
        seed=1,
        stop=QUICK,
        settings=DistrictingSettings(switching_weight=0),
    )
    assert leavers(problem, dear.labels, moving) <= leavers(problem, free.labels, moving)


def test_a_limit_that_nothing_keeps_is_refused_with_the_one_that_would_do():
    """One district of twice the hard maximum must be cut, and half of it switches."""
    import networkx as nx

    graph = nx.path_graph(8)
    problem = city(graph, [[40, 2000]] * 8, bands())
    problem = replace(problem, incumbent=np.zeros(8, np.int32), switching_cost=np.full(8, 40.0))
    moving = np.full(8, 40)
    with pytest.raises(InfeasibleError, match="the limit is 10") as caught:
        adjust(problem, Budget(moving, most=10), stop=QUICK)
    assert "most_switched_share that would do" in str(caught.value)
