"""Small cities and slow, plain oracles for districting."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np

from planner.districting import Band, DistrictingProblem


def bands(least=80, ideal=100, most=120, *, hard=150, workers=50):
    return (
        Band("organisations", least, ideal, most, maximum_hard=hard),
        Band(
            "workers",
            least * workers,
            ideal * workers,
            most * workers,
            maximum_hard=None if hard is None else hard * workers,
        ),
    )


def city(graph: nx.Graph, measures, band, *, towns=None, ids=None, **more) -> DistrictingProblem:
    """A problem from a graph on 0 ... n - 1."""
    n = graph.number_of_nodes()
    links = np.array(sorted((min(a, b), max(a, b)) for a, b in graph.edges), dtype=np.int32)
    towns = np.zeros(n, dtype=np.int32) if towns is None else np.asarray(towns, dtype=np.int32)
    more.setdefault("xy", np.column_stack([np.arange(n) % 7, np.arange(n) // 7]) * 100.0)
    return DistrictingProblem(
        unit_ids=np.array([f"u{i:04d}" for i in range(n)]) if ids is None else np.asarray(ids),
        street_town=towns,
        street_town_ids=np.array([f"t{t:03d}" for t in range(int(towns.max()) + 1)]),
        measures=np.asarray(measures, dtype=np.int64),
        bands=band,
        links=links.reshape(-1, 2),
        link_ds=np.array(
            [graph.edges[a, b].get("ds", 600) for a, b in links.tolist()], dtype=np.int32
        ),
        **more,
    )


def grid(width, height, *, towns=1, seed=0, **more) -> DistrictingProblem:
    """Cells of a grid in vertical street_towns, with about 3 organisations and 150 workers each."""
    rng = np.random.default_rng(seed)
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(height, width), ordering="sorted")
    n = width * height
    measures = np.column_stack([rng.poisson(3, n) + 1, rng.lognormal(5.0, 0.7, n).astype(np.int64)])
    return city(graph, measures, bands(), towns=np.arange(n) % width * towns // width, **more)


def graph_of(problem: DistrictingProblem) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(len(problem.unit_ids)))
    graph.add_weighted_edges_from(
        (int(a), int(b), int(ds)) for (a, b), ds in zip(problem.links, problem.link_ds, strict=True)
    )
    return graph


def assert_map(problem: DistrictingProblem, labels: np.ndarray) -> None:
    """Every unit in one district, each connected, none across street_towns, none needlessly above the hard maximum."""
    graph = graph_of(problem)
    assert labels.shape == (len(problem.unit_ids),)
    assert set(labels.tolist()) == set(range(int(labels.max()) + 1))
    hard = [np.inf if b.maximum_hard is None else b.maximum_hard for b in problem.bands]
    for district in range(int(labels.max()) + 1):
        members = np.flatnonzero(labels == district)
        assert nx.is_connected(graph.subgraph(members.tolist()))
        assert len(set(problem.street_town[members].tolist())) == 1
        if len(members) > 1:
            assert (problem.measures[members].sum(axis=0) <= np.array(hard) * (1 + 1e-9)).all()


def within(problem: DistrictingProblem, labels: np.ndarray) -> int:
    """Districts with every measure in band."""
    count = 0
    for district in set(labels.tolist()):
        held = problem.measures[labels == district].sum(axis=0)
        count += all(
            b.least * (1 - 1e-9) <= x <= b.most * (1 + 1e-9)
            for b, x in zip(problem.bands, held, strict=True)
        )
    return count


def every_partition(n: int, count: int):
    """Every labelling of n units into ``count`` unnamed districts."""
    for labels in itertools.product(range(count), repeat=n):
        seen: list[int] = []
        for label in labels:
            if label not in seen:
                seen.append(label)
        if seen == list(range(count)):
            yield np.array(labels)
