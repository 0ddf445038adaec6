from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

sys.path.insert(0, str(Path(__file__).parent))
from _maps import assert_map, bands, city, grid, within

from planner.districting import (
    DistrictingSettings,
    Stop,
    alternatives,
    compare,
    district_ids,
    solve,
)
from planner.errors import ProblemError

QUICK = Stop(work=60_000)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_variation_of_information_is_entropies_minus_twice_the_shared(pairs):
    old, new = np.array(pairs).T
    new = np.unique(new, return_inverse=True)[1]
    change = compare(old, new, np.ones(len(old)))
    h_old, h_new = mutual_info_score(old, old), mutual_info_score(new, new)
    shared = mutual_info_score(old, new)
    assert change.variation_of_information == pytest.approx(h_old + h_new - 2 * shared, abs=1e-9)
    assert 0 <= change.switched_share < 1


def test_equal_maps_under_other_labels_have_nothing_switched():
    old = np.array([5, 5, 9, 9, 2])
    change = compare(old, np.array([1, 1, 0, 0, 2]), np.array([1, 2, 3, 4, 5]))
    assert change.matched.tolist() == [9, 5, 2]
    assert change.switched_share == 0
    assert change.variation_of_information == pytest.approx(0)
    assert change.split == change.merged == change.grown == ()


def test_splits_mergers_and_growth_are_named():
    old = np.array([0, 0, 1, 1, 2, 2])
    new = np.array([0, 1, 2, 2, 2, 2])
    change = compare(old, new, np.ones(6))
    assert change.split == (0,)
    assert change.merged == (2,)
    assert change.grown == (2,)
    assert change.switched_share == pytest.approx(0.5)


def after_a_year(problem, labels, seed=0):
    rng = np.random.default_rng(seed)
    measures = np.maximum(0, problem.measures + rng.integers(-1, 2, problem.measures.shape))
    return replace(
        problem,
        measures=measures,
        incumbent=labels,
        switching_cost=measures[:, 0].astype(float),
    )


def test_a_year_later_most_of_the_map_stays():
    problem = grid(24, 12, towns=2)
    first = solve(problem, stop=QUICK)
    after = after_a_year(problem, first.labels)
    warm = solve(after, stop=QUICK)
    cold = solve(after, stop=QUICK, seed=5, settings=DistrictingSettings(greenfield=True))
    assert_map(after, warm.labels)
    assert warm.switched_share <= 0.05
    assert warm.switched_share < cold.switched_share
    assert within(after, warm.labels) >= within(after, cold.labels) - 1


def test_new_units_join_and_the_number_of_districts_follows_the_totals():
    problem = grid(24, 6)
    first = solve(problem, stop=QUICK)
    grown = replace(
        problem,
        measures=problem.measures * 2,
        incumbent=np.where(np.arange(144) % 9 == 0, -1, first.labels).astype(np.int32),
        switching_cost=problem.measures[:, 0].astype(float),
    )
    drawn = solve(grown, stop=QUICK)
    assert_map(grown, drawn.labels)
    assert len(drawn.hub) > len(first.hub)


def test_locked_units_stay_together_and_apart_from_other_locked_ones():
    problem = grid(24, 6)
    first = solve(problem, stop=QUICK)
    locked = first.labels < 2
    after = replace(after_a_year(problem, first.labels, seed=2), locked=locked)
    for choice in (DistrictingSettings(), DistrictingSettings(greenfield=True)):
        drawn = solve(after, stop=QUICK, settings=choice)
        assert_map(after, drawn.labels)
        homes = [set(drawn.labels[first.labels == d].tolist()) for d in (0, 1)]
        assert all(len(home) == 1 for home in homes)
        assert homes[0] != homes[1]


def test_locked_units_that_do_not_adjoin_are_refused():
    problem = city(nx.path_graph(9), [[20, 1000]] * 9, bands())
    apart = replace(
        problem,
        incumbent=np.zeros(9, dtype=np.int32),
        locked=np.array([True] + [False] * 7 + [True]),
    )
    with pytest.raises(ProblemError, match="do not adjoin"):
        solve(apart)


def test_alternatives_show_what_balance_costs():
    problem = grid(24, 12)
    first = solve(problem, stop=QUICK)
    table = alternatives(after_a_year(problem, first.labels), stop=QUICK)
    assert [row.name for row in table] == [
        "as set",
        "shorter ways",
        "closer to the ideal sizes",
        "fewest changes",
        "drawn from scratch",
    ]
    rows = {row.name: row for row in table}
    assert rows["fewest changes"].switched_share <= rows["drawn from scratch"].switched_share
    for row in table:
        assert 0 <= row.in_band_share <= 1
        assert row.districts == len(row.districting.hub)
        assert row.minutes == row.districting.minutes
    assert len(alternatives(problem, stop=QUICK)) == 3


def test_ids_are_carried_on_and_never_used_again():
    problem = grid(24, 12, towns=2)
    first = solve(problem, stop=QUICK)
    ids = district_ids(problem, first.labels)
    assert len(set(ids)) == len(ids)
    assert ids[0] == "t000-d01"
    after = replace(problem, incumbent=first.labels)
    assert district_ids(after, first.labels, ids) == ids
    shifted = (first.labels + 1) % len(ids)
    assert district_ids(after, shifted.astype(np.int32), ids) == ids[-1:] + ids[:-1]
    merged = np.where(first.labels == 1, 0, first.labels)
    merged = np.unique(merged, return_inverse=True)[1].astype(np.int32)
    assert set(district_ids(after, merged, ids)) < set(ids)
