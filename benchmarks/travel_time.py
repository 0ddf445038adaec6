"""Travel times against their peers: same run, same network, sources and cutoff, CPU time of all threads.

    make bench-travel-time BENCH_ARGS="--quick --json"

Every tool runs in a process of its own, so that peak memory is its own. Pairs are compared with
scipy's, value by value. Ratios are CPU seconds per pair, peer over ours; preparation (layers here,
pandana's contraction) is timed apart and shown. Logs go to stderr, one JSON object to stdout.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parent
PORTO = ROOT.parent / "shared" / "data" / "roads" / "porto_portugal.osm.pbf"
DS_PER_M = 600 / 80  # 4.8 km/h
COMPARED = 400


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def save_job(folder: Path, name: str, graph, x, y, sources, cutoff: int) -> Path:
    path = folder / f"{name}.npz"
    np.savez(
        path, indptr=graph.indptr, heads=graph.heads, cost=graph.cost_ds, x=x, y=y,
        sources=np.sort(sources).astype(np.int32), cutoff=cutoff, compared=min(COMPARED, len(sources)),
    )  # fmt: skip
    return path


def run(command: list[str]) -> dict | None:
    """One tool; None and a line in the log when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        log(f"  failed: {' '.join(command[-3:])}: {done.stderr.strip().splitlines()[-1:]}")
        return None
    result = json.loads(done.stdout.strip().splitlines()[-1])
    rate = result["pairs"] / max(result["cpu_s"], 1e-9) / 1e6
    log(f"  {result['peer']:>18}: {rate:8.2f} M pairs/CPU s  {json.dumps(result)}")
    return result


class Bench:
    def __init__(self, folder: Path, peers_python: str) -> None:
        self.folder, self.peers_python = folder, peers_python
        self.mismatches = 0
        self.compared = 0

    def ours(self, path: Path, kernel: str = "auto") -> dict:
        result = run([sys.executable, str(HERE / "_travel_time_ours.py"), str(path), kernel])
        if result is None:
            raise SystemExit("the planner's own run failed")
        return result

    def peer(self, name: str, path: Path, n_sources: int | None = None) -> dict | None:
        if n_sources is not None:
            job = dict(np.load(path))
            keep = np.linspace(0, len(job["sources"]) - 1, n_sources).astype(int)
            path = path.with_suffix(f".{n_sources}.npz")
            np.savez(path, **{**job, "sources": job["sources"][keep], "compared": 0})
        return run([self.peers_python, str(HERE / "_travel_time_peers.py"), name, str(path)])

    def compare(self, path: Path, peer: str) -> int:
        """Pairs of the first sources that differ between ours and a peer's, value by value."""
        mine, theirs = (np.load(f"{path}.{who}.npz") for who in ("ours", peer))
        keys = []
        for found in (mine, theirs):
            order = np.lexsort((found["nodes"], found["rows"]))
            keys.append({
                (int(r), int(n)): int(d)
                for r, n, d in zip(found["rows"][order], found["nodes"][order], found["ds"][order], strict=True)
            })  # fmt: skip
        differ = len(keys[0].items() ^ keys[1].items())
        log(f"  compared with {peer}: {len(keys[0])} pairs, {differ} differ")
        self.compared += len(keys[0])
        self.mismatches += differ if peer == "scipy" else 0
        return differ


def per_pair(result: dict, key: str = "cpu_s") -> float:
    return result[key] / result["pairs"]


def ratio(peer: dict | None, ours: dict, key: str = "cpu_s") -> float | None:
    return None if peer is None else round(per_pair(peer) / per_pair(ours, key), 2)


def porto_networks(folder: Path, out: dict) -> dict:
    """Build from the PBF in fresh processes, as a user would; the first call warms the kernels' cache."""
    code = (
        "import json,resource,sys,time\n"
        "wall=time.perf_counter(); cpu=time.process_time()\n"
        "from geodata.roads import build_network, save_network\n"
        "network=build_network(sys.argv[1],modes=sys.argv[3].split(','),simplify=sys.argv[4]=='1')\n"
        "save_network(network,sys.argv[2])\n"
        "print(json.dumps({'s':time.perf_counter()-wall,'cpu_s':time.process_time()-cpu,"
        "'mb':resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024}))\n"
    )
    made = {}
    for name, modes, simple in (
        ("warm", "walk", "1"), ("simplified", "walk", "1"), ("raw", "walk", "0"), ("drive", "drive", "1"),
    ):  # fmt: skip
        target = f"{folder}/{name}-network"
        done = subprocess.run(
            [sys.executable, "-c", code, str(PORTO), target, modes, simple],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        made[name] = (target, json.loads(done.stdout))
        log(f"porto {name}: {done.stdout.strip()}")
    out["porto_build_s"] = round(made["simplified"][1]["s"], 2)
    out["porto_build_cpu_s"] = round(made["simplified"][1]["cpu_s"], 2)
    out["porto_build_mb"] = round(made["simplified"][1]["mb"])
    from geodata.roads import load_network

    return {name: load_network(made[name][0]) for name in ("simplified", "raw", "drive")}


def snapping(network, n: int, out: dict) -> None:
    """Points to edges against shapely's STRtree on the same segments, index made beforehand."""
    import shapely

    from geodata.roads import snap
    from geodata.roads.snap import snap_index

    rng = np.random.default_rng(3)
    at = rng.integers(0, len(network.geometry_xy), n)
    xy = np.asarray(network.geometry_xy)[at] + rng.normal(0, 40, (n, 2))
    index = snap_index(network, "walk")
    grid = index.grid
    _, first = np.unique(grid.owner, return_index=True)
    line, main = grid.line[first], grid.mark[first]
    segments = shapely.linestrings(line[main].reshape(-1, 2, 2))
    tree = shapely.STRtree(segments)
    points = shapely.points(xy)
    tree.query_nearest(points[:10])
    snap(xy[:10], network, "walk", index=index)
    ours, theirs = [], []
    for _ in range(3):
        cpu = time.process_time()
        snapped = snap(xy, network, "walk", index=index, max_distance_m=1e6)
        ours.append(time.process_time() - cpu)
        cpu = time.process_time()
        nearest = tree.nearest(points)
        # The tree says which; fraction and distance have to be asked for, as snapping gives them.
        shapely.line_locate_point(segments[nearest], points, normalized=True)
        distance = shapely.distance(segments[nearest], points)
        theirs.append(time.process_time() - cpu)
    worst = float(np.abs(snapped.distance_m - distance).max())
    out["snap_ratio_shapely"] = round(min(theirs) / min(ours), 2)
    out["snap_worst_difference_m"] = worst
    out["snap_mismatches"] = int((np.abs(snapped.distance_m - distance) > 1e-6).sum())
    log(
        f"snapping {n} points: ours {min(ours):.3f} s, shapely {min(theirs):.3f} s, worst {worst:.2e} m"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="within ten minutes")
    parser.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    parser.add_argument(
        "--peers-python", default=str(ROOT / ".cache" / "travel-time-peers" / "bin" / "python")
    )
    args = parser.parse_args()
    sys.path.insert(0, str(HERE))
    started = time.perf_counter()
    out: dict = {"quick": args.quick, "cpus": os.cpu_count()}
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), args.peers_python)
        networks = porto_networks(bench.folder, out)
        porto(bench, networks, rng, out, quick=args.quick)
        driving(bench, networks["drive"], rng, out)
        million(bench, rng, out)
        out["mismatches"], out["pairs_compared"] = bench.mismatches, bench.compared
        snapping(networks["raw"], 100_000, out)
    out["elapsed_s"] = round(time.perf_counter() - started)
    out["rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    if not args.json:
        for key, value in out.items():
            log(f"{key:>36} {value}")
    print(json.dumps(out))


def usable_nodes(graph) -> np.ndarray:
    return np.flatnonzero(graph.component == 0)


def porto(bench: Bench, networks: dict, rng, out: dict, *, quick: bool) -> None:
    cases = [("simplified", 3000, 16_000), ("raw", 1200, 4_000)]
    if not quick:
        cases += [("simplified", 1200, 16_000), ("raw", 3000, 4_000), ("simplified", 10_000, 2_000)]
    for name, metres, n in cases:
        network, graph = networks[name], networks[name].modes["walk"]
        log(f"porto {name} {metres} m, {n} sources, {network.n_nodes} nodes")
        sources = rng.choice(usable_nodes(graph), n, replace=False)
        path = save_job(
            bench.folder, f"{name}-{metres}", graph, network.node_x, network.node_y, sources,
            int(metres * DS_PER_M),
        )  # fmt: skip
        ours = bench.ours(path)
        tag = f"{'raw_' if name == 'raw' else ''}{metres}"
        scipy = bench.peer("scipy", path)
        # A peer's cost of a pair does not depend on how many sources there are; pandana takes minutes.
        pandana = bench.peer("pandana", path, min(4_000, n) if quick else None)
        out[f"ratio_scipy_{tag}"] = ratio(scipy, ours)
        out[f"ratio_nodes_in_range_{tag}"] = ratio(pandana, ours)
        out[f"mpairs_per_cpu_s_{tag}"] = round(1e-6 / per_pair(ours), 1)
        out[f"mcounts_per_cpu_s_{tag}"] = round(1e-6 / per_pair(ours, "count_cpu_s"), 1)
        out[f"prepare_cpu_s_{tag}"] = round(ours["prepare_cpu_s"], 2)
        if scipy:
            bench.compare(path, "scipy")
        if pandana:
            out[f"prepare_pandana_cpu_s_{tag}"] = round(pandana["prepare_cpu_s"], 2)
            if not quick:
                out[f"pandana_differ_{tag}"] = bench.compare(path, "pandana")
        if (name, metres) != ("simplified", 3000):
            continue
        out["bytes_per_pair"] = round(ours["rise_mb"] * 2**20 / ours["pairs"], 2)
        out["bytes_per_pair_pairs"] = ours["pairs"]
        out["jit_cached_s"] = round(ours["jit_s"], 2)
        if pandana:
            # Its batches are 4,000 sources; the peak is one batch.
            out["pandana_batch_rise_mb"] = round(pandana["rise_mb"])
        aggregate = bench.peer("pandana_aggregate", path)
        out["ratio_pandana_aggregate_counts_3000"] = ratio(aggregate, ours, "count_cpu_s")
        bucket = bench.ours(path, "bucket")
        out["ratio_scipy_3000_bucket"] = ratio(scipy, bucket)
        out["ratio_nodes_in_range_3000_bucket"] = ratio(pandana, bucket)
        for peer, sample in (("networkx", 200), ("igraph", 20), ("rustworkx", 10)):
            out[f"ratio_{peer}_3000"] = ratio(bench.peer(peer, path, sample), ours)


def driving(bench: Bench, network, rng, out: dict) -> None:
    """Two thousand sources at 3 and 10 km, 20 km/h: the cost of a settled node must not grow."""
    graph = network.modes["drive"]
    sources = rng.choice(usable_nodes(graph), 2_000, replace=False)
    cost = {}
    for metres in (3_000, 10_000):
        log(f"porto drive {metres} m, {len(sources)} sources")
        path = save_job(
            bench.folder, f"drive-{metres}", graph, network.node_x, network.node_y, sources,
            int(metres / (20 / 3.6) * 10),
        )  # fmt: skip
        ours = bench.ours(path)
        cost[metres] = per_pair(ours)
        out[f"drive_{metres}_ns_per_pair"] = round(cost[metres] * 1e9, 2)
        if metres == 3_000 and bench.peer("scipy", path):
            bench.compare(path, "scipy")
    out["drive_10km_over_3km_per_node"] = round(cost[10_000] / cost[3_000], 2)


def million(bench: Bench, rng, out: dict) -> None:
    from _made_city import made_city

    log("made city of a million crossings, 1200 m, 20,000 sources")
    graph = made_city()
    sources = rng.choice(len(graph.indptr) - 1, 20_000, replace=False)
    place = np.zeros(len(graph.indptr) - 1)
    path = save_job(bench.folder, "million", graph, place, place, sources, int(1200 * DS_PER_M))
    ours = bench.ours(path)
    out["million_cpu_s"] = round(ours["cpu_s"], 3)
    out["million_pairs"] = ours["pairs"]
    out["million_kernel"] = ours["kernel"]


if __name__ == "__main__":
    main()
