"""The verifier's search over roads, against networkx on small random graphs."""

import networkx as nx
import numpy as np
import pytest

from planner.verify.search import near_pairs, rows_by

NODES, ARCS, SITES, POINTS = 40, 120, 6, 30


def drawn(seed):
    """Return arcs (tail, head, cost), and where sites and points join the roads (who, node, cost)."""
    rng = np.random.default_rng(seed)
    arcs = (
        rng.integers(NODES, size=(ARCS, 2)),
        rng.integers(0, 30, ARCS),
    )  # loops, pairs and no cost among them
    joins = [
        (np.arange(2 * many) // 2, rng.integers(NODES, size=2 * many), rng.integers(0, 9, 2 * many))
        for many in (SITES, POINTS)
    ]
    return arcs, joins


def by_networkx(arcs, joins, cutoff):
    """Return every pair and its shortest time, from each point along the traffic to each site."""
    graph = nx.MultiDiGraph()
    ends, costs = arcs
    graph.add_weighted_edges_from(zip(*ends.T.tolist(), costs.tolist(), strict=True))
    (site, enter, last), (point, leave, first) = ([part.tolist() for part in one] for one in joins)
    graph.add_weighted_edges_from((f"p{p}", n, c) for p, n, c in zip(point, leave, first, strict=True))  # fmt: skip
    graph.add_weighted_edges_from((n, f"s{s}", c) for s, n, c in zip(site, enter, last, strict=True))  # fmt: skip
    found = {}
    for p in range(POINTS):
        far = nx.single_source_dijkstra_path_length(graph, f"p{p}", cutoff=cutoff)
        found |= {(p, s): far[f"s{s}"] for s in range(SITES) if f"s{s}" in far}
    return found


@pytest.mark.parametrize("seed", range(5))
def test_every_pair_within_the_cutoff_once_with_its_shortest_time(seed):
    arcs, joins = drawn(seed)
    (ends, costs), cutoff = arcs, 40
    order, arc_bounds = rows_by(ends[:, 1], NODES)
    (site, enter, last), (point, leave, first) = joins
    by_site, seed_bounds = rows_by(site, SITES)
    by_node, end_bounds = rows_by(leave, NODES)
    got = near_pairs(
        arc_bounds, ends[order, 0], costs[order], seed_bounds, enter[by_site], last[by_site],
        end_bounds, point[by_node], first[by_node], POINTS, cutoff,
    ).tolist()  # fmt: skip
    pairs = list(zip(got[0], got[1], strict=True))
    expected = by_networkx(arcs, joins, cutoff)
    assert len(pairs) == len(set(pairs))
    assert dict(zip(pairs, got[2], strict=True)) == expected
    assert 0 < len(expected) < POINTS * SITES  # some within, some beyond
