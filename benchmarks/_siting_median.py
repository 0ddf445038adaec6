"""Published p-median instances solved by `planner.siting`, called by `siting.py`.

Every function reads one folder of the published instances and returns `Row` objects; the value is recomputed here
from the raw distances, apart from the solver.
"""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from planner.siting.problem import Coverage, SitingProblem

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "bench"


class Row(NamedTuple):
    """One instance: published value, ours recomputed, what is proved, and how long it took."""

    instance: str
    published: float
    value: float
    bound: float
    status: str
    seconds: float

    @property
    def exact(self):
        """Whether our value equals the published one, to its last printed digit."""
        return bool(abs(self.value - self.published) <= 1e-8 * max(1.0, abs(self.published)))


def full_problem(distances, weights, scale=1, **options):
    """Give a full matrix as coverage, distances times ``scale`` rounded to whole numbers."""
    demands, candidates = distances.shape
    coverage = Coverage(
        np.arange(0, demands * candidates + 1, candidates, dtype=np.int64),
        np.tile(np.arange(candidates, dtype=np.int32), demands),
        np.rint(distances * scale).astype(np.int32).ravel(),
    )
    return SitingProblem(
        demand_ids=np.array([f"demand-{row:04d}" for row in range(demands)]),
        candidate_ids=np.array([f"site-{row:04d}" for row in range(candidates)]),
        weights=np.asarray(weights, dtype=np.float64),
        coverage=coverage,
        **options,
    )


def _solve(name, published, distances, weights, scale, **options):
    from planner.siting.checks import check
    from planner.siting.median import solve_median

    problem = full_problem(distances, weights, scale, **options)
    began = time.perf_counter()
    check(problem)
    answer = solve_median(problem, seed=0)
    seconds = time.perf_counter() - began
    taken = distances[np.arange(len(distances)), answer.assignment]
    centre = problem.objective == "p_center"
    value = float(taken.max()) if centre else float(np.asarray(weights) @ taken)
    outcome = answer.outcome
    return Row(name, float(published), value, outcome.bound / scale, outcome.status.value, seconds)


def _published(folder, name):
    return json.loads((folder / name / "published.json").read_text(encoding="utf-8"))


def graph_distances(text):
    """Read an OR-Library graph; of an edge listed twice the last counts. Return distances and p."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    numbers = text.split()
    nodes, edges, p = (int(number) for number in numbers[:3])
    lengths = {}
    listed = np.array(numbers[3 : 3 + 3 * edges], dtype=np.int64).reshape(-1, 3)
    for one, other, length in listed.tolist():
        lengths[min(one, other) - 1, max(one, other) - 1] = length
    ends = np.array(list(lengths))
    graph = csr_matrix((list(lengths.values()), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    return dijkstra(graph, directed=False), p


def run_pmedian_orlib(folder=DEFAULT_FOLDER, numbers=range(1, 21)):
    """p-median on the OR-Library graphs pmed1 to pmed20."""
    best = _published(folder, "pmedian_orlib")["optima"]
    rows = []
    for number in numbers:
        path = folder / "pmedian_orlib" / f"pmed{number}.txt"
        distances, p = graph_distances(path.read_text(encoding="utf-8"))
        rows.append(
            _solve(
                f"pmed{number}",
                best[f"pmed{number}"],
                distances,
                np.ones(len(distances)),
                1,
                objective="p_median",
                p=p,
                p_sense="exactly",
            )
        )
    return rows


def run_capacitated_orlib(folder=DEFAULT_FOLDER, numbers=range(1, 11)):
    """Capacitated p-median: distances count alike, the demand column is load; floor(Euclid)."""
    best = _published(folder, "pmedian_capacitated_orlib")["best"]
    rows = []
    for number in numbers:
        name = f"pmedcap1_{number}"
        path = folder / "pmedian_capacitated_orlib" / f"{name}.txt"
        numbers_read = path.read_text(encoding="utf-8").split()
        nodes, p, capacity = (int(float(number)) for number in numbers_read[2:5])
        table = np.array(numbers_read[5 : 5 + 4 * nodes], dtype=np.float64).reshape(nodes, 4)
        rows.append(
            _solve(
                name,
                best[name]["best"],
                np.floor(_euclid(table[:, 1:3])),
                np.ones(nodes),
                1,
                objective="p_median",
                p=p,
                p_sense="exactly",
                load=table[:, 3],
                capacity=np.full(nodes, float(capacity)),
            )
        )
    return rows


def _euclid(points):
    steps = points[:, None, :] - points[None, :, :]
    return np.sqrt((steps**2).sum(axis=2))


def run_swain55(folder=DEFAULT_FOLDER):
    """p-median on Swain's 55 nodes, p = 1 to 6; distances kept to a millionth."""
    optima = _published(folder, "swain55")["optima"]["pmedian"]
    numbers = (folder / "swain55" / "swain.txt").read_text(encoding="utf-8").split()
    table = np.array(numbers[1:], dtype=np.float64).reshape(int(numbers[0]), 4)
    return [
        _solve(
            f"swain55 p-median p={p}",
            value,
            _euclid(table[:, 1:3]),
            table[:, 3],
            1_000_000,
            objective="p_median",
            p=int(p),
            p_sense="exactly",
        )
        for p, value in optima.items()
    ]


def run_spopt_sf(folder=DEFAULT_FOLDER):
    """San Francisco, 16 stores and 205 tracts: p-median and p-centre with four sites, joined by id."""
    values = _published(folder, "spopt_sf")["values"]
    place = folder / "spopt_sf"
    with (place / "SF_demand_205_centroid_uniform_weight.csv").open(encoding="utf-8") as lines:
        weights = {row["NAME"]: float(row["POP2000"]) for row in csv.DictReader(lines)}
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    with (place / name).open(encoding="utf-8") as lines:
        pairs = list(csv.DictReader(lines))
    stores = {store: at for at, store in enumerate(sorted({row["name"] for row in pairs}))}
    tracts = {tract: at for at, tract in enumerate(weights)}
    distances = np.full((len(tracts), len(stores)), np.nan)
    for row in pairs:
        distances[tracts[row["DestinationName"]], stores[row["name"]]] = float(row["distance"])
    demand = np.array(list(weights.values()))
    return [
        _solve(
            "spopt_sf p-median p=4",
            values["pmedian_p4"],
            distances,
            demand,
            10_000,
            objective="p_median",
            p=4,
            p_sense="exactly",
        ),
        _solve(
            "spopt_sf p-centre p=4",
            values["pcenter_p4"],
            distances,
            demand,
            10_000,
            objective="p_center",
            p=4,
            p_sense="exactly",
        ),
    ]


def run_all(folder=DEFAULT_FOLDER):
    """Return every row: 20 p-median, 10 capacitated, 6 of swain55, 2 of San Francisco."""
    return [
        *run_swain55(folder),
        *run_spopt_sf(folder),
        *run_pmedian_orlib(folder),
        *run_capacitated_orlib(folder),
    ]


if __name__ == "__main__":
    for row in run_all():
        print(
            f"{row.instance:24s} {row.published:18.6f} {row.value:18.6f} {row.bound:18.6f} {row.status:9s} {row.seconds:7.2f} s {'equal' if row.exact else 'OTHER'}"
        )
