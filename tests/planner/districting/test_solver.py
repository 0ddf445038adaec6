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

sys.path.insert(0, str(Path(__file__).parent))
from _maps import assert_map, bands, city, every_partition, graph_of, grid, within

from planner.districting import Band, DistrictingSettings, Stop, feasibility, solve
from planner.errors import InfeasibleError, ProblemError
from planner.result import Status

QUICK = Stop(work=30_000)


def test_a_city_is_partitioned_inside_its_street_towns():
    problem = grid(30, 10, towns=3)
    drawn = solve(problem)
    assert_map(problem, drawn.labels)
    assert within(problem, drawn.labels) == drawn.outcome.value
    assert drawn.outcome.value <= drawn.outcome.bound
    assert drawn.outcome.value / len(drawn.hub) <= drawn.ceiling_share + 1e-12
    for district, hub in enumerate(drawn.hub):
        assert drawn.labels[hub] == district


def test_labels_are_numbered_by_street_town_then_smallest_unit_id():
    problem = grid(20, 8, towns=2)
    drawn = solve(problem, stop=QUICK)
    keys = [
        (
            int(problem.street_town[drawn.labels == d][0]),
            str(min(problem.unit_ids[drawn.labels == d])),
        )
        for d in range(len(drawn.hub))
    ]
    assert keys == sorted(keys)


def test_hubs_are_the_units_with_the_least_weighted_time():
    problem = grid(12, 8)
    drawn = solve(problem, stop=QUICK)
    times = dict(nx.all_pairs_dijkstra_path_length(graph_of(problem)))
    mass = (problem.measures / [100, 5000]).mean(axis=1)
    mass = mass * len(mass) / mass.sum() + 0.01
    total = 0.0
    for district, hub in enumerate(drawn.hub):
        members = np.flatnonzero(drawn.labels == district).tolist()
        cost = {h: sum(times[h][u] * mass[u] for u in members) for h in members}
        assert cost[int(hub)] == pytest.approx(min(cost.values()))
        assert drawn.hub_ds[district] == pytest.approx(cost[int(hub)] / mass[members].sum())
        total += cost[int(hub)]
    assert drawn.minutes == pytest.approx(total / mass.sum() / 600)


def test_threads_do_not_change_the_map():
    problem = grid(30, 10, towns=3)
    one = solve(problem, seed=3, stop=QUICK, settings=DistrictingSettings(jobs=1))
    two = solve(problem, seed=3, stop=QUICK, settings=DistrictingSettings(jobs=2))
    np.testing.assert_array_equal(one.labels, two.labels)
    np.testing.assert_array_equal(one.hub, two.hub)


def test_shuffled_units_give_the_same_districts():
    problem = grid(16, 9, towns=2, seed=4)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(problem.unit_ids))
    place = np.argsort(order)
    links = np.sort(place[problem.links], axis=1).astype(np.int32)
    mixed = rng.permutation(len(links))
    shuffled = replace(
        problem,
        unit_ids=problem.unit_ids[order],
        street_town=problem.street_town[order],
        measures=problem.measures[order],
        xy=problem.xy[order],
        links=links[mixed],
        link_ds=problem.link_ds[mixed],
    )
    a, b = solve(problem, stop=QUICK), solve(shuffled, stop=QUICK)
    np.testing.assert_array_equal(a.labels[order], b.labels)
    assert a.outcome == b.outcome


def test_problem_is_not_changed():
    problem = grid(10, 6)
    before = {name: np.copy(getattr(problem, name)) for name in ("measures", "links", "xy")}
    solve(problem, stop=QUICK)
    for name, array in before.items():
        np.testing.assert_array_equal(getattr(problem, name), array)


def best_by_brute_force(problem, counts):
    """Best share in band over every contiguous partition below the hard maximum."""
    graph = graph_of(problem)
    best = {}
    for count in counts:
        for labels in every_partition(len(problem.unit_ids), count):
            groups = [np.flatnonzero(labels == d) for d in range(count)]
            if not all(nx.is_connected(graph.subgraph(g.tolist())) for g in groups):
                continue
            hard = np.array([b.maximum_hard or np.inf for b in problem.bands])
            if any(len(g) > 1 and (problem.measures[g].sum(axis=0) > hard).any() for g in groups):
                continue
            best[count] = max(best.get(count, 0), within(problem, labels))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_tiny_maps_against_every_partition(seed):
    rng = np.random.default_rng(seed)
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(2, 4), ordering="sorted")
    measures = np.column_stack([rng.integers(10, 70, 8), rng.integers(300, 4000, 8)])
    problem = city(graph, measures, bands(70, 100, 130))
    report = feasibility(problem)[0]
    drawn = solve(problem)
    assert_map(problem, drawn.labels)
    best = best_by_brute_force(problem, {*report.counts, len(drawn.hub)})
    # The ceiling is never below what some map reaches, at any count.
    for count in report.counts:
        if count in best:
            assert best[count] / count <= report.ceiling_share + 1e-12
    assert best[len(drawn.hub)] <= drawn.outcome.bound
    possible = {k: v for k, v in best.items() if k in report.counts}
    if possible:
        assert drawn.outcome.value / len(drawn.hub) == pytest.approx(
            max(v / k for k, v in possible.items())
        )
        # With every subset enumerated the proof is complete.
        assert drawn.outcome.status is Status.OPTIMAL


@st.composite
def cities(draw):
    n = draw(st.integers(1, 14))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.sampled_from(["tree", "planar", "islands", "bridge", "star"]))
    if shape == "tree":
        graph = nx.Graph((i, int(rng.integers(0, i))) for i in range(1, n))
    elif shape == "star":
        graph = nx.star_graph(n - 1)
    elif shape == "bridge":
        half = max(1, n // 2)
        graph = nx.disjoint_union(nx.path_graph(half), nx.cycle_graph(max(1, n - half)))
        graph.remove_edges_from(list(nx.selfloop_edges(graph)))
        if graph.number_of_nodes() > half:
            graph.add_edge(half - 1, half)
    else:
        graph = nx.random_geometric_graph(
            n, 0.6 if shape == "planar" else 0.25, seed=int(rng.integers(99))
        )
    graph.add_nodes_from(range(n))
    n = graph.number_of_nodes()
    measures = np.column_stack([rng.integers(0, 60, n), rng.integers(0, 4000, n)])
    measures[rng.random(n) < 0.2] = 0
    if draw(st.booleans()):
        measures[int(rng.integers(n))] = [400, 20_000]
    towns = np.zeros(n, dtype=np.int32)
    if draw(st.booleans()):
        towns[rng.random(n) < 0.4] = 1
        towns = np.unique(towns, return_inverse=True)[1]
    return city(graph, measures, bands(), towns=towns)


@settings(max_examples=40, deadline=None)
@given(cities(), st.integers(0, 3))
def test_every_graph_gives_a_map_below_its_ceiling(problem, seed):
    drawn = solve(problem, seed=seed, stop=Stop(work=5_000))
    assert_map(problem, drawn.labels)
    assert within(problem, drawn.labels) == drawn.outcome.value
    for outcome, share in zip(
        drawn.by_street_town, drawn.ceiling_share_by_street_town, strict=True
    ):
        assert outcome.value <= outcome.bound
        assert 0 <= share <= 1
    again = solve(problem, seed=seed, stop=Stop(work=5_000))
    np.testing.assert_array_equal(drawn.labels, again.labels)


def test_a_unit_above_the_hard_maximum_is_a_district_of_its_own():
    graph = nx.path_graph(7)
    measures = np.array([[50, 2500]] * 7)
    measures[3] = [10, 40_000]
    problem = city(graph, measures, bands())
    drawn = solve(problem, stop=QUICK)
    assert_map(problem, drawn.labels)
    assert (drawn.labels == drawn.labels[3]).sum() == 1
    assert feasibility(problem)[0].oversize_units == ("u0003",)


def test_parts_that_are_not_linked_have_districts_of_their_own_and_it_is_said():
    graph = nx.disjoint_union(nx.path_graph(10), nx.path_graph(10))
    problem = city(graph, [[20, 1000]] * 20, bands())
    drawn = solve(problem, stop=QUICK)
    assert_map(problem, drawn.labels)
    assert not set(drawn.labels[:10]) & set(drawn.labels[10:])
    assert "2 parts are not linked" in drawn.by_street_town[0].reason


def small_town(**more):
    graph = nx.path_graph(12)
    measures = np.array([[25, 1250]] * 12)
    measures[8:] = [5, 200]
    return city(graph, measures, bands(), towns=[0] * 8 + [1] * 4, **more)


def test_a_street_town_too_small_is_kept_by_default():
    drawn = solve(small_town(), stop=QUICK)
    assert len(set(drawn.labels[8:])) == 1
    assert not set(drawn.labels[:8]) & set(drawn.labels[8:])
    assert "too small" in drawn.by_street_town[1].reason


def test_a_street_town_too_small_is_merged_when_asked():
    problem = small_town(undersize="merge")
    drawn = solve(problem, stop=QUICK)
    assert "t001" in drawn.by_street_town[0].reason
    assert drawn.by_street_town[1].value == 0
    assert within(problem, drawn.labels) == len(drawn.hub) == 2


def test_a_street_town_too_small_is_refused_when_asked():
    with pytest.raises(InfeasibleError, match="t001"):
        solve(small_town(undersize="refuse"))
    with pytest.raises(InfeasibleError, match="t001"):
        feasibility(small_town(undersize="refuse"))


def test_a_small_street_town_without_neighbours_is_kept_though_merging_was_asked():
    problem = small_town(undersize="merge")
    apart = (problem.links == [7, 8]).all(axis=1)
    problem = replace(problem, links=problem.links[~apart], link_ds=problem.link_ds[~apart])
    drawn = solve(problem, stop=QUICK)
    assert "linked to no other" in drawn.by_street_town[1].reason


def test_hard_bands_that_no_count_meets_are_infeasible_with_a_reason():
    hard = tuple(replace(band, hard=True) for band in bands())
    problem = city(nx.path_graph(10), [[100, 500]] * 10, hard)
    drawn = solve(problem, stop=QUICK)
    assert_map(problem, drawn.labels)
    assert drawn.outcome.status is Status.INFEASIBLE
    assert "hard bands" in drawn.outcome.reason
    assert solve(replace(problem, bands=bands()), stop=QUICK).outcome.status is not (
        Status.INFEASIBLE
    )


def test_the_fuse_stops_the_search_and_says_that_it_cannot_be_repeated():
    # A path whose units alternate cannot be in band everywhere, so that the search would go on.
    problem = city(nx.path_graph(60), [[1, 400], [30, 10]] * 30, bands(95, 100, 105))
    drawn = solve(problem, stop=Stop(fuse_s=0.0), settings=DistrictingSettings(exact_units=0))
    assert_map(problem, drawn.labels)
    assert drawn.outcome.status is Status.STOPPED
    assert not drawn.outcome.reproducible


def test_three_measures_and_no_hard_maximum():
    rng = np.random.default_rng(0)
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(6, 6), ordering="sorted")
    measures = np.column_stack([np.ones(36), rng.integers(8, 12, 36), rng.integers(80, 120, 36)])
    three = (Band("units", 8, 9, 10), Band("a", 75, 90, 105), Band("b", 750, 900, 1050))
    problem = city(graph, measures, three)
    drawn = solve(problem)
    assert_map(problem, drawn.labels)
    assert drawn.outcome.value == 4


def test_clause_1_2_same_industry_once_balance_is_settled():
    problem = grid(10, 8, seed=3)
    industry = np.zeros((80, 3), dtype=np.int64)
    rng = np.random.default_rng(0)
    industry[np.arange(80), rng.integers(0, 3, 80)] = problem.measures[:, 1]
    problem = replace(problem, industry=industry)
    mixed, sorted_ = (
        solve(problem, settings=DistrictingSettings(purity_weight=weight)) for weight in (0, 1)
    )
    assert sorted_.outcome.value == mixed.outcome.value
    assert largest_industry(problem, sorted_) > largest_industry(problem, mixed)


def largest_industry(problem, drawn):
    held = np.zeros((int(drawn.labels.max()) + 1, problem.industry.shape[1]))
    np.add.at(held, drawn.labels, problem.industry)
    return held.max(axis=1).sum()


def test_purity_and_preferred_areas_pull():
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(8, 8), ordering="sorted")
    measures = np.array([[13, 625]] * 64)
    row, column = np.divmod(np.arange(64), 8)
    industry = np.zeros((64, 2), dtype=np.int64)
    industry[np.arange(64), (row >= 4).astype(int)] = 625
    area = ((row >= 4) * 2 + (column >= 4)).astype(np.int32)
    problem = city(graph, measures, bands(), industry=industry, preferred_area=area)

    def impure(labels):
        mixed = np.zeros((labels.max() + 1, 2))
        np.add.at(mixed, labels, industry)
        return (mixed.sum(axis=1) - mixed.max(axis=1)).sum()

    def cuts(labels):
        return len({(int(a), int(b)) for a, b in zip(area, labels, strict=True)})

    pulled = solve(
        problem, settings=DistrictingSettings(purity_weight=5.0, area_weight=3.0, minutes_weight=0)
    )
    free = solve(
        problem, settings=DistrictingSettings(purity_weight=0, area_weight=0, minutes_weight=0)
    )
    assert impure(pulled.labels) <= impure(free.labels)
    assert cuts(pulled.labels) <= cuts(free.labels)
    assert impure(pulled.labels) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"measures": np.array([[1, -1]] * 60)}, "negative"),
        ({"measures": np.array([[1, 1]] * 59)}, "shape"),
        ({"links": np.array([[1, 0]]), "link_ds": np.array([5])}, "smaller to the larger"),
        ({"links": np.array([[0, 99]]), "link_ds": np.array([5])}, "do not exist"),
        ({"links": np.array([[0, 1], [0, 1]]), "link_ds": np.array([5, 5])}, "occur twice"),
        ({"links": np.array([[0, 1]]), "link_ds": np.array([-5])}, "less than no time"),
        ({"unit_ids": np.array(["same"] * 60)}, "occur twice"),
        ({"street_town": np.full(60, 7, dtype=np.int32)}, "does not exist"),
        ({"xy": np.full((60, 2), np.nan)}, "no position"),
        ({"undersize": "drop"}, "keep, merge, refuse"),
        ({"bands": (Band("a", 10, 5, 20), Band("b", 1, 2, 3))}, "least <= ideal"),
        ({"locked": np.ones(60, dtype=bool)}, "no map of last year"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(change, said):
    with pytest.raises(ProblemError, match=said):
        solve(replace(grid(10, 6), **change))


def test_all_faults_come_at_once():
    problem = replace(grid(10, 6), undersize="drop", xy=np.full((60, 2), np.nan))
    with pytest.raises(ProblemError) as caught:
        solve(problem)
    assert len(caught.value.faults) == 2


def test_one_unit_and_units_that_hold_nobody():
    lone = city(nx.empty_graph(1), [[0, 0]], bands())
    drawn = solve(lone)
    assert drawn.labels.tolist() == [0]
    empty = city(nx.path_graph(5), [[0, 0]] * 5, bands())
    assert len(solve(empty, stop=QUICK).hub) == 1


def test_combinations_of_towns_report_their_counts():
    report = feasibility(grid(30, 10, towns=3))
    assert [town.street_town_id for town in report] == ["t000", "t001", "t002"]
    for town, _other in itertools.pairwise(report):
        assert set(town.feasible_counts) <= set(town.counts)
        assert town.ceiling_share == 1.0
        assert town.reason == ""
