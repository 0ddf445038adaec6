"""The planner's engine on one job, in an interpreter of its own; same output as `_travel_time_peers.py`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from _travel_time_peers import peak_mb

from geodata.roads.network import ModeGraph
from geodata.travel_time.engine import Searches
from geodata.travel_time.graphs import directed
from geodata.travel_time.nodes import count_nodes_within, nodes_within


def graph_of(job) -> ModeGraph:
    n, m = len(job["indptr"]) - 1, len(job["heads"])
    return ModeGraph(
        job["indptr"], job["heads"], job["cost"], np.zeros(m, np.int32), np.ones(m, bool),
        np.zeros(n, np.int32),
    )  # fmt: skip


def main() -> None:
    path = sys.argv[1]
    kernel = sys.argv[2] if sys.argv[2] != "auto" else None
    repeats = int(sys.argv[3])
    job = dict(np.load(path))
    sources, cutoff = job["sources"].astype(np.int32), int(job["cutoff"])
    wall = time.perf_counter()
    tiny = ModeGraph(
        np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([1, 1], np.int32),
        np.zeros(2, np.int32), np.ones(2, bool), np.zeros(2, np.int32),
    )  # fmt: skip
    for name in ("bucket", "lanes"):
        nodes_within(tiny, np.zeros(70, np.int32), cutoff, kernel=name)
        count_nodes_within(tiny, np.zeros(70, np.int32), cutoff, kernel=name)
    jit_s = time.perf_counter() - wall
    graph = graph_of(job)
    chosen = Searches(
        directed(graph, reverse=False), sources[:, None], np.zeros((len(sources), 1), np.int32),
        cutoff, kernel=kernel,
    )  # fmt: skip
    list(chosen.windows())
    cpu = time.process_time()
    if chosen.kernel == "lanes":
        directed(graph, reverse=False).layers()
    prepare_s = time.process_time() - cpu
    times, count_times, rise = [], [], 0.0
    for repeat in range(repeats):
        before, cpu = peak_mb(), time.process_time()
        indptr, nodes, ds = nodes_within(graph, sources, cutoff, kernel=chosen.kernel)
        times.append(time.process_time() - cpu)
        if repeat == 0:
            rise = peak_mb() - before
            compared = int(job["compared"])
            end = indptr[compared]
            np.savez(
                f"{path}.ours.npz", rows=np.repeat(np.arange(compared), np.diff(indptr[: compared + 1])),
                nodes=nodes[:end], ds=ds[:end].astype(np.int64),
            )  # fmt: skip
            pairs = len(nodes)
        del nodes, ds
        cpu = time.process_time()
        counts = count_nodes_within(graph, sources, cutoff, kernel=chosen.kernel)
        count_times.append(time.process_time() - cpu)
        if int(counts.sum()) != pairs:
            raise SystemExit("counts and pairs differ")
    print(json.dumps({
        "peer": "ours", "kernel": chosen.kernel, "cpu_s": min(times), "pairs": pairs, "rise_mb": rise,
        "prepare_cpu_s": prepare_s, "count_cpu_s": min(count_times), "jit_s": jit_s,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
