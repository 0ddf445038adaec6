"""Peers of districting, run in their own environment: one method on one stored city, labels and seconds out.

    python _districting_peers.py METHOD CITY.npz LABELS.npz

Every peer gets what helps it most: METIS, ward, k-means and ReCom are told how many districts each street_town has; max-p
may ignore street_towns altogether. A seconds figure counts the method alone, without reading or writing.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


def main(method: str, source: str, target: str) -> None:
    city = dict(np.load(source))
    run = {
        "spopt_maxp": _maxp,
        "pymetis": _metis,
        "sklearn_ward": _ward,
        "k_means_constrained": _k_means,
        "gerrychain": _recom,
    }[method]
    city["load"] = (city["measures"] / city["ideal"]).mean(axis=1)
    started = time.perf_counter()
    labels, seconds = run(city)
    took = time.perf_counter() - started if seconds is None else seconds
    np.savez(target, labels=labels)
    print(json.dumps({"seconds": took}))


def _maxp(city):
    import geopandas as gpd
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic

    n = len(city["xy"])
    neighbours = {i: [] for i in range(n)}
    for a, b in city["links"].tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    w = W(neighbours, silence_warnings=True)
    frame = gpd.GeoDataFrame(
        {
            "x": city["xy"][:, 0],
            "y": city["xy"][:, 1],
            "workers": city["measures"][:, 1],
            "organisations": city["measures"][:, 0],
        },
        geometry=gpd.points_from_xy(*city["xy"].T),
    )
    started = time.perf_counter()
    model = MaxPHeuristic(
        frame, w, ["x", "y"], "organisations", float(city["least"][0]), top_n=2, policy="single"
    )
    model.solve()
    return np.asarray(model.labels_), time.perf_counter() - started


def _by_town(city, draw):
    labels = np.full(len(city["xy"]), -1)
    drawn = 0
    for town, count in enumerate(city["counts"].tolist()):
        units = np.flatnonzero(city["town"] == town)
        if len(units) == 0:
            continue
        inside = np.full(len(city["xy"]), -1)
        inside[units] = np.arange(len(units))
        links = inside[city["links"]]
        kept = (links >= 0).all(axis=1)
        own = (
            np.zeros(len(units), int)
            if count <= 1
            else np.asarray(draw(units, links[kept], city["ds"][kept], min(count, len(units))))
        )
        labels[units] = drawn + np.unique(own, return_inverse=True)[1]
        drawn = labels.max() + 1
    return labels, None


def _adjacency(n, links):
    neighbours = [[] for _ in range(n)]
    for a, b in links.tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    return neighbours


def _metis(city):
    import pymetis
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    def draw(units, links, _ds, count):
        weight = np.rint(city["load"][units] * 1000).astype(int) + 1
        # METIS refuses to try for contiguity where the street_town itself is not connected.
        graph = coo_array((np.ones(len(links)), links.T), shape=(len(units), len(units)))
        whole = connected_components(graph, directed=False)[0] == 1
        options = pymetis.Options(contig=int(whole), seed=0, ncuts=10)
        return pymetis.part_graph(
            count, _adjacency(len(units), links), vweights=weight, options=options, recursive=False
        ).vertex_part

    return _by_town(city, draw)


def _ward(city):
    from scipy.sparse import coo_array
    from sklearn.cluster import AgglomerativeClustering

    def draw(units, links, _ds, count):
        n = len(units)
        graph = coo_array((np.ones(len(links)), links.T), shape=(n, n))
        return AgglomerativeClustering(count, connectivity=(graph + graph.T).tocsr()).fit_predict(
            city["xy"][units]
        )

    return _by_town(city, draw)


def _k_means(city):
    from k_means_constrained import KMeansConstrained

    def draw(units, _links, _ds, count):
        size = len(units) / count
        model = KMeansConstrained(
            count, size_min=int(0.8 * size), size_max=int(np.ceil(1.2 * size)), random_state=0
        )
        return model.fit_predict(city["xy"][units])

    return _by_town(city, draw)


def _recom(city):
    import random
    from functools import partial

    import networkx as nx
    from gerrychain import Graph, MarkovChain, Partition, accept, constraints, updaters
    from gerrychain.proposals import recom
    from gerrychain.tree import recursive_tree_part

    random.seed(0)
    load = city["load"]

    def draw(units, links, _ds, count):
        graph = nx.Graph()
        for i, unit in enumerate(units):
            graph.add_node(i, load=float(load[unit]))
        graph.add_edges_from(links.tolist())
        if not nx.is_connected(graph):
            raise ValueError("not connected")
        ideal = float(load[units].sum()) / count
        best, best_miss = None, np.inf
        for epsilon in (0.2, 0.35, 0.6, 0.9):
            try:
                first = recursive_tree_part(
                    graph, range(count), ideal, "load", epsilon, node_repeats=2
                )
                chain = MarkovChain(
                    partial(
                        recom, pop_col="load", pop_target=ideal, epsilon=epsilon, node_repeats=2
                    ),
                    constraints=[constraints.contiguous],
                    accept=accept.always_accept,
                    initial_state=Partition(
                        Graph.from_networkx(graph), first, {"load": updaters.Tally("load")}
                    ),
                    total_steps=10 * count,
                )
                for state in chain:
                    miss = max(abs(x - ideal) for x in state["load"].values())
                    if miss < best_miss:
                        best, best_miss = {**state.assignment.mapping}, miss
                break
            except Exception:
                continue
        if best is None:
            raise ValueError("no map")
        return [best[i] for i in range(len(units))]

    def guarded(units, links, ds, count):
        try:
            return draw(units, links, ds, count)
        except Exception:
            # Where ReCom finds nothing, METIS's map stands in, which flatters it.
            return _metis_once(city, units, links, count)

    return _by_town(city, guarded)


def _metis_once(city, units, links, count):
    import pymetis

    weight = np.rint(city["load"][units] * 1000).astype(int) + 1
    return pymetis.part_graph(count, _adjacency(len(units), links), vweights=weight).vertex_part


if __name__ == "__main__":
    main(*sys.argv[1:4])
