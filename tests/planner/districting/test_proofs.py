"""The pieces the ceiling rests on, each against a slower way to the same answer."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

sys.path.insert(0, str(Path(__file__).parent))
from _maps import bands, city, graph_of, grid

from planner.districting.ceiling import ceiling, counts, limits, usable_units
from planner.districting.exact import listing, prove
from planner.districting.parts import street_towns
from planner.districting.programme import Columns, Programme, bounded, integers
from planner.districting.subsets import connected_subsets, neighbour_masks
from planner.districting.travel import travel_table
from planner.districting.zonotope import can_add_up


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_two_measures_add_up_exactly_when_the_linear_programme_says_so(seed, n):
    rng = np.random.default_rng(seed)
    units = rng.integers(0, 20, (n, 2)).astype(float)
    low = rng.integers(0, 60, 2).astype(float)
    high = low + rng.integers(0, 30, 2)
    answer = linprog(
        np.zeros(n),
        A_ub=np.vstack([units.T, -units.T]),
        b_ub=np.concatenate([high, -low]),
        bounds=(0, 1),
    )
    assert can_add_up(units, low, high) == (answer.status == 0)


def part_of(problem):
    (town,) = street_towns(problem)
    (part,) = town.parts
    return part


@pytest.mark.parametrize("seed", range(5))
def test_every_connected_subset_is_listed_once(seed):
    rng = np.random.default_rng(seed)
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(3, 3), ordering="sorted")
    part = part_of(city(graph, rng.integers(1, 60, (9, 2)) * [1, 50], bands()))
    limit = limits(part)
    sets, complete, _looked = connected_subsets(
        neighbour_masks(part.indptr, part.indices),
        part.measures,
        limit.least,
        limit.most,
        10_000,
        10_000,
    )
    assert complete
    wanted = set()
    for size in range(1, 10):
        for chosen in itertools.combinations(range(9), size):
            held = part.measures[list(chosen)].sum(axis=0)
            fits = (held >= limit.least).all() and (held <= limit.most).all()
            if fits and nx.is_connected(graph.subgraph(chosen)):
                wanted.add(sum(1 << unit for unit in chosen))
    assert sorted(int(s) for s in sets) == sorted(wanted)


def test_a_list_that_would_be_too_long_is_not_called_complete():
    part = part_of(grid(6, 6))
    masks = neighbour_masks(part.indptr, part.indices)
    zero = np.zeros(2)
    for cap, visits in ((50, 10**6), (10**6, 50)):
        _sets, complete, looked = connected_subsets(
            masks, part.measures, zero, zero + 1e9, cap, visits
        )
        assert not complete
        assert looked <= 51


def test_travel_table_is_the_shortest_path():
    problem = grid(7, 5)
    rng = np.random.default_rng(1)
    problem.link_ds[:] = rng.integers(0, 900, len(problem.link_ds))
    part = part_of(problem)
    table = travel_table(part.indptr, part.indices, part.ds)
    times = dict(nx.all_pairs_dijkstra_path_length(graph_of(problem)))
    for a, b in itertools.product(range(35), repeat=2):
        assert table[a, b] == times[a][b]


def test_a_heavy_unit_without_company_is_stranded():
    # It needs 78 more organisations with at most 253 workers, and every neighbour brings 1,000.
    measures = np.array([[20, 1000]] * 9)
    measures[4] = [2, 5747]
    part = part_of(city(nx.path_graph(9), measures, bands()))
    usable = usable_units(part, limits(part))
    assert not usable[4]
    # The four units on either side hold 80 organisations and 4,000 workers: a district each.
    assert usable[[0, 1, 2, 3, 5, 6, 7, 8]].all()
    assert ceiling(part, limits(part), 3) == 2


def test_a_unit_too_heavy_for_what_the_other_district_needs():
    # 8,300 workers would do for two districts of 4,000, but one unit has 4,500 and leaves the other 3,800.
    measures = np.array([[80, 4500]] + [[10, 380]] * 10)
    part = part_of(city(nx.complete_graph(11), measures, bands()))
    assert usable_units(part, limits(part)).all()
    assert ceiling(part, limits(part), 2) == 1
    # With 20 workers more in each other unit it just does.
    measures[1:, 1] = 400
    part = part_of(city(nx.complete_graph(11), measures, bands()))
    assert ceiling(part, limits(part), 2) == 2


def test_totals_fix_the_counts():
    part = part_of(grid(20, 10))
    found = counts(part)
    total = part.measures.sum(axis=0)
    for count, most in found.options:
        assert (total / count >= [80, 4000]).all()
        assert (total / count <= [120, 6000]).all()
        assert most == count
    assert found.feasible
    assert found.share == 1.0


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_packing_proves_what_every_choice_of_subsets_allows(seed, whole):
    rng = np.random.default_rng(seed)
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(3, 4), ordering="sorted")
    part = part_of(city(graph, rng.integers(5, 60, (12, 2)) * [1, 50], bands(80, 100, 120)))
    limit = limits(part)
    count = counts(part).options[0][0]
    top = ceiling(part, limit, count)
    sets = connected_subsets(
        neighbour_masks(part.indptr, part.indices),
        part.measures,
        limit.least,
        limit.most,
        10**5,
        10**6,
    )[0]
    masks = [int(s) for s in sets]
    deepest = 0

    def dig(start, covered, taken):
        nonlocal deepest
        deepest = max(deepest, taken)
        for i in range(start, len(masks)):
            if not masks[i] & covered:
                dig(i + 1, covered | masks[i], taken + 1)

    dig(0, 0, 0)
    # Where too many subsets are under the hard maximum, those in band still prove a ceiling.
    listed = listing(part, limit, 10**5)
    if not whole:
        listed = replace(
            listed,
            sets=listed.sets[listed.inside],
            inside=listed.inside[listed.inside],
            whole=False,
        )
    proof = prove(part, listed, count, known=0, ceiling=top, start=np.zeros(12, dtype=np.int32))
    assert proof.ceiling <= top
    # What is found is reached; what is proved is never below it.
    if proof.chosen is not None:
        assert (proof.chosen.sum(axis=0) <= 1).all()
    assert proof.ceiling <= min(deepest, count) or not proof.whole


@pytest.mark.parametrize("seed", range(8))
def test_partitioning_agrees_with_every_partition(seed):
    from _maps import every_partition, within

    rng = np.random.default_rng(seed)
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(2, 4), ordering="sorted")
    problem = city(graph, rng.integers(10, 70, (8, 2)) * [1, 50], bands(70, 100, 130))
    part = part_of(problem)
    limit = limits(part)
    listed = listing(part, limit, 10**5)
    assert listed.whole
    graph = graph_of(problem)
    for count in (3, 4, 5):
        best = -1
        for labels in every_partition(8, count):
            groups = [np.flatnonzero(labels == d) for d in range(count)]
            held = np.array([problem.measures[g].sum(axis=0) for g in groups])
            if (held <= limit.hard).all() and all(
                nx.is_connected(graph.subgraph(g.tolist())) for g in groups
            ):
                best = max(best, within(problem, labels))
        proof = prove(
            part, listed, count, known=0, ceiling=count, start=np.zeros(8, dtype=np.int32)
        )
        assert proof.ceiling == max(best, 0)
        if best > 0:
            assert proof.chosen.sum(axis=0).tolist() == [1] * 8
            assert len(proof.chosen) == count


@pytest.mark.parametrize("seed", range(6))
def test_a_bound_is_never_below_what_disjoint_columns_reach(seed):
    """Cuts and exclusions may refute only what no choice of columns has."""
    rng = np.random.default_rng(seed)
    units, count = 10, 4
    sets = np.unique(
        rng.integers(1, 1 << units, 26, dtype=np.uint64)
        & rng.integers(1, 1 << units, 26, dtype=np.uint64)
    )
    sets = sets[sets > 0]
    value = rng.random(len(sets)) < 0.7
    best = max(
        sum(value[i] for i in pick)
        for size in range(count + 1)
        for pick in itertools.combinations(range(len(sets)), size)
        if sum(int(sets[i]) for i in pick) == int(np.bitwise_or.reduce(sets[list(pick)], initial=0))
        and sum(int(sets[i]).bit_count() for i in pick)
        == int(np.bitwise_or.reduce(sets[list(pick)], initial=0)).bit_count()
    )
    columns = Columns(sets, value, np.empty((len(sets), 0), dtype=np.float32))
    programme = Programme(columns, units, count, whole=False, right=np.empty(0))
    for wanted in range(1, count + 1):
        bound = bounded(programme, sets[:0], wanted)
        if wanted <= best:
            assert bound.value >= wanted - 1e-3
            held = columns.of(bound.kept)
            complete, chosen, _nodes = integers(
                held, units, count=count, right=np.empty(0), wanted=wanted, nodes=1000
            )
            assert complete
            assert len(chosen)
        else:
            complete, chosen, _nodes = integers(
                columns, units, count=count, right=np.empty(0), wanted=wanted, nodes=1000
            )
            assert complete
            assert not len(chosen)
