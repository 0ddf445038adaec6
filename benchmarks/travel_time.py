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
QUICK_SCIPY, QUICK_PANDANA = 2_000, 1_000
"""Sources of the slowest peers in a quick run; a full one gives them all."""


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
    def __init__(self, folder: Path, peers_python: str, valhalla: Path) -> None:
        self.folder, self.peers_python, self.valhalla = folder, peers_python, valhalla
        self.mismatches = 0
        self.compared = 0

    def ours(self, path: Path, kernel: str = "auto", repeats: int = 3) -> dict:
        result = run(
            [sys.executable, str(HERE / "_travel_time_ours.py"), str(path), kernel, str(repeats)]
        )
        if result is None:
            raise SystemExit("the planner's own run failed")
        return result

    def peer(self, name: str, path: Path, n_sources: int, *more: str) -> dict | None:
        """One peer on some of the sources: those that are compared, and others spread over the rest.

        A peer's cost of a pair does not depend on how many sources there are.
        """
        job = dict(np.load(path))
        n, compared = len(job["sources"]), int(job["compared"])
        if n_sources < n:
            compared = compared if n_sources > compared else 0
            spread = np.linspace(compared, n - 1, n_sources - compared).astype(int)
            keep = np.concatenate([np.arange(compared), spread])
            path = path.with_suffix(f".{n_sources}.npz")
            np.savez(path, **{**job, "sources": job["sources"][keep], "compared": compared})
        result = run(
            [self.peers_python, str(HERE / "_travel_time_peers.py"), name, str(path), *more]
        )
        if result is not None:
            result["path"] = path
        return result

    def compare(self, path: Path, result: dict) -> int:
        """Pairs of the first sources that differ between ours and a peer's, value by value."""
        peer = result["peer"]
        mine, theirs = np.load(f"{path}.ours.npz"), np.load(f"{result['path']}.{peer}.npz")
        keys = []
        for found in (mine, theirs):
            order = np.lexsort((found["nodes"], found["rows"]))
            keys.append({
                (int(r), int(n)): int(d)
                for r, n, d in zip(found["rows"][order], found["nodes"][order], found["ds"][order], strict=True)
            })  # fmt: skip
        differ = len(keys[0].items() ^ keys[1].items())
        log(f"  compared with {peer}: {len(keys[0])} pairs, {differ} differ")
        if peer == "scipy":
            self.compared += len(keys[0])
            self.mismatches += differ
        return differ


def per_pair(result: dict, key: str = "cpu_s") -> float:
    return result[key] / result["pairs"]


def ratio(peer: dict | None, ours: dict, key: str = "cpu_s") -> float | None:
    return None if peer is None else round(per_pair(peer) / per_pair(ours, key), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="within ten minutes")
    parser.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    parser.add_argument(
        "--peers-python", default=str(ROOT / ".cache" / "travel-time-peers" / "bin" / "python")
    )
    parser.add_argument(
        "--valhalla", type=Path, default=ROOT / ".cache" / "travel-time-valhalla",
        help="folder pyvalhalla was unpacked into; without it this peer is left out",
    )  # fmt: skip
    args = parser.parse_args()
    sys.path.insert(0, str(HERE))
    from _travel_time_builds import build_made_roads, porto_networks
    from _travel_time_snapping import snapping

    started = time.perf_counter()
    out: dict = {"quick": args.quick, "cpus": os.cpu_count()}
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), args.peers_python, args.valhalla.resolve())
        networks = porto_networks(PORTO, bench.folder, out, log)
        porto(bench, networks, rng, out, quick=args.quick)
        driving(bench, networks["drive"], rng, out)
        million(bench, rng, out)
        build_made_roads(bench.folder, out, log)
        out["mismatches"], out["pairs_compared"] = bench.mismatches, bench.compared
        snapping(networks["raw"], 100_000, out, log)
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
        main_case = (name, metres) == ("simplified", 3000)
        ours = bench.ours(path)
        tag = f"{'raw_' if name == 'raw' else ''}{metres}"
        scipy_n, pandana_n = (QUICK_SCIPY, QUICK_PANDANA) if quick else (n, n)
        scipy = bench.peer("scipy", path, scipy_n)
        pandana = bench.peer("pandana", path, pandana_n, *(["aggregate"] if main_case else []))
        out[f"ratio_scipy_{tag}"] = ratio(scipy, ours)
        out[f"ratio_nodes_in_range_{tag}"] = ratio(pandana, ours)
        out[f"mpairs_per_cpu_s_{tag}"] = round(1e-6 / per_pair(ours), 1)
        out[f"mcounts_per_cpu_s_{tag}"] = round(1e-6 / per_pair(ours, "count_cpu_s"), 1)
        out[f"prepare_cpu_s_{tag}"] = round(ours["prepare_cpu_s"], 2)
        if scipy:
            bench.compare(path, scipy)
        if pandana:
            out[f"prepare_pandana_cpu_s_{tag}"] = round(pandana["prepare_cpu_s"], 2)
            out[f"pandana_differ_{tag}"] = bench.compare(path, pandana)
        if main_case:
            main_figures(bench, path, ours, scipy, pandana, out)
    out["sources_of_scipy"], out["sources_of_pandana"] = scipy_n, pandana_n
    valhalla(bench, networks["simplified"], out)


def main_figures(bench: Bench, path: Path, ours: dict, scipy, pandana, out: dict) -> None:
    """Memory, the plain kernel, counts without pairs and the peers that take no cutoff."""
    out["bytes_per_pair"] = round(ours["rise_mb"] * 2**20 / ours["pairs"], 2)
    out["bytes_per_pair_pairs"] = ours["pairs"]
    out["jit_cached_s"] = round(ours["jit_s"], 2)
    if pandana:
        # The peak is one batch of at most 4,000 sources.
        out["pandana_batch_rise_mb"] = round(pandana["rise_mb"])
        counts = {"cpu_s": pandana["aggregate_cpu_s"], "pairs": pandana["aggregate_pairs"]}
        out["ratio_pandana_aggregate_counts_3000"] = ratio(counts, ours, "count_cpu_s")
    bucket = bench.ours(path, "bucket", 1)
    out["ratio_scipy_3000_bucket"] = ratio(scipy, bucket)
    out["ratio_nodes_in_range_3000_bucket"] = ratio(pandana, bucket)
    for peer, sample in (("networkx", 200), ("igraph", 20), ("rustworkx", 10)):
        out[f"ratio_{peer}_3000"] = ratio(bench.peer(peer, path, sample), ours)


def valhalla(bench: Bench, network, out: dict) -> None:
    """Fifty by two hundred points within three kilometres of each other, Valhalla's own walking costs."""
    from _travel_time_valhalla import measure
    from pyproj import Transformer

    rng = np.random.default_rng(5)
    xy = np.c_[network.node_x, network.node_y]
    middle = np.median(xy, axis=0)
    near = np.flatnonzero(np.hypot(*(xy - middle).T) <= 1500)
    some = rng.choice(near, 250, replace=False)
    lonlat = np.c_[
        Transformer.from_crs(network.crs, 4326, always_xy=True).transform(*xy[some].T)
    ].tolist()
    found = measure(bench.valhalla, PORTO, lonlat[:50], lonlat[50:], bench.folder)
    log(f"  {'valhalla':>18}: {json.dumps(found)}")
    out["ratio_valhalla"] = out["valhalla"] = None
    if "reason" in found:
        out["valhalla_reason"] = found["reason"]
        return
    rate = found["pairs"] / found["cpu_s"] / 1e6
    out["valhalla"] = {
        "mpairs_per_cpu_s": round(rate, 4),
        "build_cpu_s": round(found["build_cpu_s"], 1),
    }
    out["ratio_valhalla"] = round(out["mpairs_per_cpu_s_3000"] / rate)


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
        if metres == 3_000 and (scipy := bench.peer("scipy", path, len(sources))):
            bench.compare(path, scipy)
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
