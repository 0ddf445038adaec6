"""territory_2du: published instances with three weights and a node count to balance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from planner.districting import Band, DistrictingProblem, DistrictingSettings, Stop, solve

FOLDER = Path(__file__).resolve().parents[1] / ".." / "shared" / "bench" / "territory_2du"


@dataclass(frozen=True)
class Instance:
    name: str
    problem: DistrictingProblem
    count: int
    published: float


def read_all(folder: Path = FOLDER) -> list[Instance]:
    published = json.loads((folder / "published.json").read_text())["values"]
    found = []
    for name, (_violation, _affinity, compactness) in published.items():
        found.append(read(folder / f"{name}-edited.dat", name, compactness))
    return found


def read(path: Path, name: str, published: float) -> Instance:
    lines = path.read_text().split("\n")
    n = int(lines[0])
    rows = np.array([line.split() for line in lines[1 : n + 1]], dtype=float)
    edges = int(lines[n + 1])
    links = np.array([line.split() for line in lines[n + 2 : n + 2 + edges]], dtype=np.int32)
    links = np.unique(np.sort(links, axis=1), axis=0)
    parts = lines[n + 2 + edges].split()
    count, tolerances = int(parts[0]), [float(x) for x in parts[2:6]]
    measures = np.column_stack([np.ones(n), rows[:, 3:6]]).astype(np.int64)
    means = measures.sum(axis=0) / count
    bands = tuple(
        Band(f"weight {i}", mean * (1 - tolerance), mean, mean * (1 + tolerance), hard=True)
        for i, (mean, tolerance) in enumerate(zip(means, tolerances, strict=True))
    )
    problem = DistrictingProblem(
        unit_ids=np.array([f"{i:03d}" for i in range(n)]),
        street_town=np.zeros(n, dtype=np.int32),
        street_town_ids=np.array([name]),
        measures=measures,
        bands=bands,
        links=links,
        link_ds=np.full(len(links), 1, dtype=np.int32),
        xy=rows[:, 1:3],
        travel_weight=np.ones(n),
    )
    return Instance(name, problem, count, published)


def compactness(problem: DistrictingProblem, labels: np.ndarray) -> float:
    """Sum over districts of the distances to the node that makes the sum least, in double precision."""
    total = 0.0
    for district in np.unique(labels):
        xy = problem.xy[labels == district]
        apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        total += apart.sum(axis=1).min()
    return float(total)


def draw(instance: Instance, *, work: int, seed: int = 0) -> np.ndarray:
    return solve(
        instance.problem,
        seed=seed,
        stop=Stop(work=work),
        settings=DistrictingSettings(
            straight=True, minutes_weight=1.0, balance_weight=0.0, refinements=24
        ),
    ).labels
