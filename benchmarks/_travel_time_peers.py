"""One peer on one job, in an interpreter of its own: `python _travel_time_peers.py <peer> <job.npz> [aggregate]`.

The job holds the graph, the sources and the cutoff. The last line printed is one JSON object: CPU
seconds of the search alone (all threads), pairs found, and the rise of peak memory. Preparation (the
peer's own data structure) is timed apart. `.npz` beside the job takes pairs for comparison.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def tails(job):
    return np.repeat(np.arange(len(job["indptr"]) - 1), np.diff(job["indptr"]))


def least_arcs(job):
    """Arcs without loops, cheapest of parallels, a zero made a millionth of a decisecond."""
    tail, head = tails(job), job["heads"].astype(np.int64)
    cost = np.maximum(job["cost"].astype(float), 1e-6)
    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order], head[order], cost[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)] & (tail != head)
    return tail[first], head[first], cost[first]


def prepare_scipy(job):
    from scipy.sparse import csr_array

    n = len(job["indptr"]) - 1
    tail, head, cost = least_arcs(job)
    return csr_array((cost, (tail, head)), shape=(n, n))


def run_scipy(job, graph, sources):
    """Chunks of 32 sources with a limit; pairs are taken out of the dense rows, as a user must."""
    from scipy.sparse.csgraph import dijkstra

    rows, nodes, values = [], [], []
    for start in range(0, len(sources), 32):
        d = dijkstra(graph, indices=sources[start : start + 32], limit=float(job["cutoff"]) + 1e-3)
        row, node = np.nonzero(np.isfinite(d))
        rows.append((row + start).astype(np.int32))
        nodes.append(node.astype(np.int32))
        values.append(d[row, node].astype(np.float32))
    return np.concatenate(rows), np.concatenate(nodes), np.concatenate(values)


def prepare_pandana(job):
    import pandana
    import pandas as pd

    tail, head, cost = least_arcs(job)
    return pandana.Network(
        pd.Series(job["x"]), pd.Series(job["y"]), pd.Series(tail), pd.Series(head),
        pd.DataFrame({"ds": cost}), twoway=False,
    )  # fmt: skip


def run_pandana(job, network, sources):
    """nodes_in_range in batches, because one call takes some 250 bytes a pair."""
    rows, nodes, values = [], [], []
    for start in range(0, len(sources), 4000):
        part = sources[start : start + 4000]
        frame = network.nodes_in_range(part.tolist(), float(job["cutoff"]) + 1e-3)
        row = np.searchsorted(part, frame["source"].to_numpy())
        rows.append((row + start).astype(np.int32))
        nodes.append(frame["destination"].to_numpy().astype(np.int32))
        values.append(frame["ds"].to_numpy().astype(np.float32))
    return np.concatenate(rows), np.concatenate(nodes), np.concatenate(values)


def aggregate_pandana(job, network) -> dict:
    """Counts of every node on the network that is there: pandana has no way to ask for some of them.

    `precompute` would only move the same work (its ranges) into preparation.
    """
    import pandas as pd

    network.set(
        pd.Series(np.arange(len(job["x"]))), variable=pd.Series(np.ones(len(job["x"]))), name="one"
    )
    cpu = time.process_time()
    counts = network.aggregate(float(job["cutoff"]) + 1e-3, type="sum", decay="flat", name="one")
    return {"aggregate_cpu_s": time.process_time() - cpu, "aggregate_pairs": int(counts.sum())}


def prepare_networkx(job):
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(job["indptr"]) - 1))
    graph.add_weighted_edges_from(zip(*(part.tolist() for part in least_arcs(job)), strict=True))
    return graph


def run_networkx(job, graph, sources):
    import networkx as nx

    found = [
        nx.single_source_dijkstra_path_length(graph, int(s), cutoff=float(job["cutoff"]) + 1e-3)
        for s in sources
    ]
    counts = [len(one) for one in found]
    return (
        np.repeat(np.arange(len(sources)), counts),
        np.fromiter((node for one in found for node in one), np.int32),
        np.fromiter((value for one in found for value in one.values()), np.float32),
    )


def prepare_igraph(job):
    import igraph

    tail, head, cost = least_arcs(job)
    return igraph.Graph(
        len(job["indptr"]) - 1, np.stack([tail, head], 1).tolist(), directed=True,
        edge_attrs={"ds": cost.tolist()},
    )  # fmt: skip


def run_igraph(job, graph, sources):
    d = np.array(graph.distances(sources.tolist(), weights="ds"))
    row, node = np.nonzero(d <= float(job["cutoff"]) + 1e-3)
    return row, node.astype(np.int32), d[row, node].astype(np.float32)


def prepare_rustworkx(job):
    import rustworkx

    graph = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(len(job["indptr"]) - 1))
    graph.add_edges_from(list(zip(*(part.tolist() for part in least_arcs(job)), strict=True)))
    return graph


def run_rustworkx(job, graph, sources):
    import rustworkx

    rows, nodes, values = [], [], []
    for row, source in enumerate(sources.tolist()):
        lengths = rustworkx.dijkstra_shortest_path_lengths(graph, source, float)
        kept = [(n, d) for n, d in lengths.items() if d <= float(job["cutoff"]) + 1e-3]
        rows += [row] * (len(kept) + 1)
        nodes += [source, *(n for n, _ in kept)]
        values += [0.0, *(d for _, d in kept)]
    return np.array(rows), np.array(nodes, np.int32), np.array(values, np.float32)


def main() -> None:
    peer, path = sys.argv[1:3]
    job = dict(np.load(path))
    sources = job["sources"]
    cpu = time.process_time()
    prepared = globals()[f"prepare_{peer}"](job)
    prepare_s = time.process_time() - cpu
    run = globals()[f"run_{peer}"]
    run(job, prepared, sources[:1])
    before, cpu = peak_mb(), time.process_time()
    result = run(job, prepared, sources)
    cpu_s, rise = time.process_time() - cpu, peak_mb() - before
    rows, nodes, values = result
    some = rows < int(job["compared"])
    np.savez(
        f"{path}.{peer}.npz",
        rows=rows[some],
        nodes=nodes[some],
        ds=np.rint(values[some]).astype(np.int64),
    )
    more = aggregate_pandana(job, prepared) if "aggregate" in sys.argv[3:] else {}
    print(json.dumps({
        "peer": peer, "cpu_s": cpu_s, "pairs": len(rows), "rise_mb": rise, "prepare_cpu_s": prepare_s,
        **more,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
