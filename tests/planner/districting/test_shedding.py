"""A district above the hard maximum gives border units away before it is cut in two."""

import sys
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from _maps import assert_map, bands, city, grid

from planner.districting.ceiling import limits
from planner.districting.parts import street_towns
from planner.districting.seeding import carried_map
from planner.districting.shedding import shed


def part_of(problem):
    (part,) = street_towns(problem)[0].parts
    return part


def row(organisations, incumbent, cost=None, **more):
    """A street of units of 50 workers an organisation."""
    problem = city(
        nx.path_graph(len(organisations)),
        [[n, 50 * n] for n in organisations],
        bands(),
        incumbent=np.array(incumbent, np.int32),
        switching_cost=np.array(organisations if cost is None else cost, float),
        **more,
    )
    return part_of(problem)


def test_a_border_unit_goes_and_the_district_is_not_cut():
    part = row([60, 60, 40, 30, 30], [0, 0, 0, 1, 1])
    labels, count = carried_map(part, limits(part), seed=0)
    assert count == 2
    assert labels.tolist() == [0, 0, 1, 1, 1]


def test_the_cheapest_unit_that_does_goes():
    """Either end would do: the one that fewer leave."""
    part = row([50, 40, 50, 50, 40, 50], [0, 1, 1, 1, 1, 2], cost=[0, 9, 9, 9, 3, 0])
    labels, _count = carried_map(part, limits(part), seed=0)
    assert labels.tolist() == [0, 1, 1, 1, 2, 2]


def test_a_unit_that_turns_out_not_to_be_needed_comes_back():
    """The cheap unit goes first and takes too little; the one that must go is enough by itself."""
    part = row([50, 5, 70, 60, 50, 50], [0, 1, 1, 1, 1, 2], cost=[0, 1, 90, 9, 49, 0])
    labels, _count = carried_map(part, limits(part), seed=0)
    assert labels.tolist() == [0, 1, 1, 1, 2, 2]


def test_locked_units_stay_and_the_others_go():
    locked = np.array([False, False, False, False, True, False])
    part = row([50, 40, 50, 50, 40, 50], [0, 1, 1, 1, 1, 2], cost=[0, 9, 9, 9, 3, 0], locked=locked)
    labels, _count = carried_map(part, limits(part), seed=0)
    assert labels.tolist() == [0, 0, 1, 1, 1, 2]


def test_where_the_neighbours_are_full_it_is_cut_in_two():
    part = row([70, 70, 50, 50, 50, 50, 70, 70], [0, 0, 1, 1, 1, 1, 2, 2])
    labels, count = carried_map(part, limits(part), seed=0)
    assert count == 4
    assert labels[:2].tolist() == [0, 0]
    assert labels[6:].tolist() == [2, 2]


def test_a_unit_that_holds_its_district_together_does_not_go():
    """The middle of a star borders everything and would take enough away, but only the tips can go."""
    graph = nx.star_graph(4)
    graph.add_edges_from([(0, 5), (1, 5)])
    problem = city(
        graph,
        [[n, 50 * n] for n in (60, 40, 30, 30, 20, 50)],
        bands(),
        incumbent=np.array([0, 0, 0, 0, 0, 1], np.int32),
        switching_cost=np.array([0.0, 9, 9, 9, 9, 0]),
    )
    part = part_of(problem)
    labels, count = carried_map(part, limits(part), seed=0)
    assert count == 2
    assert labels.tolist() == [0, 1, 0, 0, 0, 1]


@pytest.mark.parametrize("tip", [149, 151])
def test_only_excess_moves_anything(tip):
    part = row([tip - 100, 100, 40, 40], [0, 0, 1, 1])
    labels, _count = carried_map(part, limits(part), seed=0)
    assert (labels.tolist() == [0, 0, 1, 1]) == (tip <= 150)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), heavy=st.floats(1.0, 3.0), pinned=st.integers(0, 5))
def test_what_is_shed_leaves_a_map_and_touches_nobody_else(seed, heavy, pinned):
    """Bands of columns of a grid, one of them grown: only its units move, and nothing rises above the maximum."""
    problem = grid(9, 5, seed=seed)
    incumbent = (np.arange(45) % 9 // 3).astype(np.int32)
    rng = np.random.default_rng(seed)
    grown = np.where((incumbent == 1)[:, None], problem.measures * heavy, problem.measures)
    problem = replace(
        problem,
        measures=grown.astype(np.int64),
        incumbent=incumbent,
        switching_cost=rng.integers(0, 9, 45).astype(float),
        locked=(np.arange(45) % 9 == 3) & (np.arange(45) // 9 < pinned),
    )
    part, before = part_of(problem), incumbent.copy()
    found = shed(part, limits(part), incumbent, 1, 1)
    assert (incumbent == before).all()
    if found is None:
        return
    assert (found[(before != 1) | problem.locked] == before[(before != 1) | problem.locked]).all()
    held = np.zeros((3, 2))
    np.add.at(held, before, problem.measures)
    hard = np.array([b.maximum_hard for b in problem.bands])
    if (held[[0, 2]] <= hard).all():
        assert_map(problem, found)
    if (held[1] <= hard).all():
        assert (found == before).all()
