"""Districts of generated cities and of published instances, against peers in the same run.

    make bench-districting BENCH_ARGS="--quick --json"

Logs go to stderr; the last line on stdout is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _districting_2du as published
from _districting_city import SIZES, a_year_later, city

from planner.districting import DistrictingSettings, Stop, solve
from planner.districting.adjusting import Budget, adjust
from planner.districting.parts import street_towns
from planner.districting.search import SHORT
from planner.districting.stability import compare
from planner.districting.town import mean_minutes
from planner.result import Status

# Peer, sizes in the quick run, sizes in the full run.
PEERS = {
    "spopt_maxp": ("SM", "SM"),
    "pymetis": ("SML", "SML"),
    "sklearn_ward": ("SM", "SML"),
    "k_means_constrained": ("S", "SML"),
    "gerrychain": ("S", "SM"),
}
# Moves per street_town of the search that peers without proofs are compared with.
SHORT_WORK = 100_000
# Most of the surviving organisations that may switch in the re-plan.
MOST_SWITCHED = 0.02
CAPS_S = {"quick": {"S": 240, "M": 540, "L": 120}, "full": {"S": 900, "M": 1500, "L": 600}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller time caps for peers")
    parser.add_argument(
        "--json", action="store_true", help="accepted for symmetry: JSON is always printed last"
    )
    parser.add_argument("--peers", help="python of the peers' environment; absent: no peers")
    parser.add_argument("--sizes", default="SML")
    parser.add_argument("--work", type=int, default=Stop().work)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    result: dict[str, object] = {"quick": options.quick, "cpus": os.cpu_count()}
    settings = DistrictingSettings(jobs=options.jobs)
    stop = Stop(work=options.work)
    # Compile before the clock starts.
    solve(city("S"), stop=Stop(work=20_000), settings=settings)
    disconnected = 0
    for name in options.sizes:
        for tolerance in (0.2, 0.1):
            problem = city(name, tolerance=tolerance)
            drawn, row = measured(problem, stop, settings)
            disconnected += row["disconnected"] + row["crossing"] + row["unassigned"]
            label = f"{round(tolerance * 100)}"
            say(f"{name} {label} %: {row}")
            for key in (
                "in_band",
                "in_band_share",
                "ceiling_share",
                "share_of_ceiling",
                "worker_share",
                "matched_share",
                "minutes",
                "districts",
            ):
                result[f"{key}_{label}_{name}"] = row[key]
            if tolerance == 0.2:
                result[f"seconds_{name}"] = row["seconds"]
                result[f"cpu_seconds_{name}"] = row["cpu_seconds"]
                short = search_alone(name, problem, settings, result)
                result.update(peers(name, problem, drawn, row, short, options))
                if name == "L":
                    result.update(year_later(problem, drawn, stop, settings))
                    result["seconds_300_units"] = one_town(problem, stop, settings)
    result["disconnected"] = disconnected
    for name in options.sizes:
        result[f"in_band_20_share_of_ceiling_{name}"] = result[f"share_of_ceiling_20_{name}"]
        result[f"in_band_10_share_of_ceiling_{name}"] = result[f"share_of_ceiling_10_{name}"]
        result[f"worker_share_in_band_20_{name}"] = result[f"worker_share_20_{name}"]
    result.update(territory(8_000_000 if options.quick else 40_000_000))
    print(json.dumps(result))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measured(problem, stop: Stop, settings: DistrictingSettings):
    started, cpu = time.perf_counter(), time.process_time()
    drawn = solve(problem, stop=stop, settings=settings)
    row = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
    row.update(quality(problem, drawn.labels))
    row["ceiling_share"] = drawn.ceiling_share
    row["share_of_ceiling"] = row["in_band_share"] / drawn.ceiling_share
    row["matched_share"] = float(
        np.mean([outcome.status is Status.OPTIMAL for outcome in drawn.by_street_town])
    )
    if any(outcome.value > outcome.bound for outcome in drawn.by_street_town):
        raise SystemExit("a street_town has more in band than its ceiling")
    return drawn, row


def search_alone(name: str, problem, settings: DistrictingSettings, result) -> float:
    """Seconds of the search without proofs: what peers that prove nothing are compared with.

    With the usual work first; then with so little that the balance is still far better than any peer's, which is the
    time compared with theirs.
    """
    quick = replace(settings, seeds=SHORT, exact_units=0)
    for label, stop in (("search_alone", Stop()), ("short_search", Stop(work=SHORT_WORK))):
        started = time.perf_counter()
        drawn = solve(problem, stop=stop, settings=quick)
        seconds = time.perf_counter() - started
        row = quality(problem, drawn.labels)
        say(f"{name} 20 % without proofs, work {stop.work:,}: {seconds:.2f} s {row}")
        result[f"seconds_{label}_{name}"] = seconds
        result[f"in_band_share_{label}_{name}"] = row["in_band_share"]
    return seconds


def quality(problem, labels: np.ndarray) -> dict[str, float]:
    """Everything recounted here from the labels, with other code than the solver's."""
    n, count = len(labels), int(labels.max()) + 1
    same = labels[problem.links[:, 0]] == labels[problem.links[:, 1]]
    graph = coo_array((np.ones(same.sum()), problem.links[same].T), shape=(n, n))
    pieces = connected_components(graph, directed=False)[1]
    pairs = np.unique(np.column_stack([labels, pieces]), axis=0)
    broken = int((np.bincount(pairs[:, 0], minlength=count) > 1).sum())
    towns = np.unique(np.column_stack([labels, problem.street_town]), axis=0)
    crossing = int((np.bincount(towns[:, 0], minlength=count) > 1).sum())
    held = np.stack(
        [np.bincount(labels, weights=column, minlength=count) for column in problem.measures.T],
        axis=1,
    )
    inside = np.ones(count, dtype=bool)
    for band, column in zip(problem.bands, held.T, strict=True):
        inside &= (column >= band.least * (1 - 1e-9)) & (column <= band.most * (1 + 1e-9))
    return {
        "districts": count,
        "disconnected": broken,
        "crossing": crossing,
        "unassigned": int((labels < 0).sum()),
        "in_band": int(inside.sum()),
        "in_band_share": float(inside.mean()),
        "worker_share": float(held[inside, 1].sum() / held[:, 1].sum()),
        "minutes": mean_minutes(problem, labels),
    }


def peers(
    name: str, problem, drawn, ours: dict[str, float], short_search_s: float, options
) -> dict[str, object]:
    if not options.peers:
        return {}
    found: dict[str, object] = {}
    mode = "quick" if options.quick else "full"
    counts = np.array(
        [len(np.unique(drawn.labels[problem.street_town == t])) for t in range(SIZES[name].towns)]
    )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "city.npz", Path(folder) / "labels.npz"
        np.savez(
            source,
            measures=problem.measures,
            links=problem.links,
            ds=problem.link_ds,
            xy=problem.xy,
            town=problem.street_town,
            counts=counts,
            ideal=np.array([band.ideal for band in problem.bands]),
            least=np.array([band.least for band in problem.bands]),
        )
        for method, (quick, full) in PEERS.items():
            if name not in (quick if options.quick else full):
                continue
            seconds, cut, labels = run_peer(
                options.peers, method, source, target, CAPS_S[mode][name]
            )
            found[f"{method}_seconds_{name}"] = seconds
            found[f"{method}_cut_off_{name}"] = cut
            row = {}
            if labels is not None:
                row = quality(problem, np.unique(labels, return_inverse=True)[1])
                found[f"{method}_in_band_share_{name}"] = row["in_band_share"]
                found[f"{method}_disconnected_{name}"] = row["disconnected"]
                found[f"{method}_minutes_{name}"] = row["minutes"]
            say(
                f"{name} {method}: {seconds:.1f} s{' (cut off: a lower bound)' if cut else ''} {row}"
            )
            if method == "spopt_maxp":
                found[f"speedup_spopt_{name}"] = seconds / short_search_s
                found[f"speedup_spopt_with_proofs_{name}"] = seconds / ours["seconds"]
            if method == "pymetis" and row:
                found[f"minutes_to_metis_{name}"] = ours["minutes"] / row["minutes"]
    return found


def run_peer(python: str, method: str, source: Path, target: Path, cap_s: float):
    script = Path(__file__).with_name("_districting_peers.py")
    target.unlink(missing_ok=True)
    started = time.perf_counter()
    try:
        ended = subprocess.run(
            [python, str(script), method, str(source), str(target)],
            capture_output=True,
            text=True,
            timeout=cap_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return time.perf_counter() - started, True, None
    if ended.returncode != 0:
        say(f"{method} failed: {ended.stderr.strip().splitlines()[-1:]}")
        return math.nan, False, None
    seconds = json.loads(ended.stdout.strip().splitlines()[-1])["seconds"]
    return seconds, False, np.load(target)["labels"]


def year_later(problem, drawn, stop: Stop, settings: DistrictingSettings) -> dict[str, float]:
    """Last year's map kept, planned anew, and adjusted as the yearly run does it, under a limit on switching."""
    after = a_year_later(problem, drawn.labels)
    kept = quality(after, drawn.labels)
    cold = solve(after, stop=stop, settings=replace(settings, greenfield=True))
    cold_row = quality(after, cold.labels)
    surviving = np.rint(after.switching_cost).astype(np.int64)
    budget = Budget(surviving, most=int(MOST_SWITCHED * surviving.sum()))
    started = time.perf_counter()
    warm = adjust(after, budget, stop=stop, settings=settings)
    seconds = time.perf_counter() - started
    warm_row = quality(after, warm.labels)
    switched = {
        label: compare(drawn.labels, found.labels, surviving).switched_share
        for label, found in (("cold", cold), ("replan", warm))
    }
    say(f"a year later: kept {kept['in_band_share']:.4f}")
    say(f"a year later: cold {cold_row}, switched {switched['cold']:.4f}")
    say(f"a year later: adjusted {seconds:.1f} s {warm_row}, switched {switched['replan']:.4f}")
    return {
        "kept_in_band_share_L": kept["in_band_share"],
        "cold_in_band_share_L": cold_row["in_band_share"],
        "cold_switched_share_L": switched["cold"],
        "replan_in_band_share_L": warm_row["in_band_share"],
        "switched_share_replan_L": switched["replan"],
        "replan_in_band_minus_cold_points": 100
        * (warm_row["in_band_share"] - cold_row["in_band_share"]),
        "replan_seconds_L": seconds,
        "replan_disconnected_L": warm_row["disconnected"],
    }


def one_town(problem, stop: Stop, settings: DistrictingSettings) -> float:
    """Seconds for the street_town nearest to 300 units."""
    from planner.districting import solve_street_town

    towns = street_towns(problem)
    town = min(towns, key=lambda t: abs(sum(part.size for part in t.parts) - 300))
    started = time.perf_counter()
    solve_street_town(town, stop=stop, settings=settings)
    return time.perf_counter() - started


def territory(work: int) -> dict[str, object]:
    if not published.FOLDER.is_dir():
        say("territory_2du is absent: left out")
        return {}
    feasible = matched = instances = 0
    ratios = []
    for instance in published.read_all():
        labels = published.draw(instance, work=work)
        row = quality(instance.problem, labels)
        good = row["in_band"] == instance.count == row["districts"] and row["disconnected"] == 0
        value = published.compactness(instance.problem, labels)
        instances += 1
        feasible += good
        # Published values are rounded to two decimals.
        matched += good and value <= instance.published + 0.005
        ratios.append(value / instance.published)
        say(f"{instance.name}: feasible {good}, {value:.2f} against {instance.published}")
    return {
        "territory_2du_instances": instances,
        "territory_2du_feasible": feasible,
        "territory_2du_matched": matched,
        "territory_2du_mean_ratio": float(np.mean(ratios)),
    }


if __name__ == "__main__":
    main()
