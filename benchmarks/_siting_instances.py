"""Covering instances: the published files, and seeded cities of points."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from planner.siting import Coverage, GroupRule, SitingProblem

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "bench"


def published(name):
    return json.loads((FOLDER / name / "published.json").read_text(encoding="utf-8"))


def problem_of(coverage, weights, candidates, **options):
    return SitingProblem(
        demand_ids=np.array([f"d{row:07d}" for row in range(len(weights))]),
        candidate_ids=np.array([f"c{row:07d}" for row in range(candidates)]),
        weights=np.asarray(weights, dtype=np.float64),
        coverage=coverage,
        **options,
    )


def from_dense(reach, weights, **options):
    indptr = np.concatenate([[0], np.cumsum(reach.sum(axis=1))]).astype(np.int64)
    coverage = Coverage(indptr, np.nonzero(reach)[1].astype(np.int32))
    return problem_of(coverage, weights, reach.shape[1], **options)


def swain():
    """Yield (name, published value, problem) for the six set coverings and four maximal coverings."""
    text = (FOLDER / "swain55" / "swain.txt").read_text(encoding="utf-8").split()
    table = np.array(text[1:], dtype=np.float64).reshape(int(text[0]), 4)
    distance, weights = cdist(table[:, 1:3], table[:, 1:3]), table[:, 3]
    optima = published("swain55")["optima"]
    for radius, value in optima["LSCP"].items():
        reach = distance <= float(radius)
        yield f"swain LSCP {radius}", value, from_dense(reach, weights, objective="set_cover")
    for key, value in optima["MCLP"].items():
        radius, p = key[1:].split("p")
        yield f"swain MCLP {key}", value, from_dense(distance <= float(radius), weights, p=int(p))


def sjc():
    for size, rows in published("mclp_sjc")["optima"].items():
        folder = FOLDER / "mclp_sjc"
        points = np.loadtxt(folder / f"coord{size}.txt", skiprows=1)
        weights = np.loadtxt(folder / f"demanda{size}.txt")[: len(points)]
        reach = cdist(points, points) <= 800
        for p, value, _status in rows:
            yield f"sjc{size} p{p}", value, from_dense(reach, weights, p=p)


def bds():
    lines = (FOLDER / "mclp_bds" / "BDS10000A.txt").read_text(encoding="utf-8").splitlines()
    fields = [line.split() for line in lines]
    sites = np.array([f[2:4] for f in fields if f and f[0] == "F"], dtype=np.float64)
    customers = np.array([f[2:5] for f in fields if f and f[0] == "C"], dtype=np.float64)
    distance = cdist(customers[:, :2], sites)
    for key, value in published("mclp_bds")["optima"].items():
        _name, radius, p = key.split()
        reach = distance <= float(radius[1:])
        yield key, value, from_dense(reach, customers[:, 2], p=int(p[1:]))


def set_covers():
    for name, value in published("set_cover_orlib")["best_known"].items():
        text = (FOLDER / "set_cover_orlib" / f"{name}.txt").read_text(encoding="utf-8")
        numbers = np.array(text.split(), dtype=np.int64)
        rows, columns = numbers[:2]
        at = 2 + columns
        reach = np.zeros((rows, columns), dtype=np.bool_)
        for row in range(rows):
            reach[row, numbers[at + 1 : at + 1 + numbers[at]] - 1] = True
            at += 1 + numbers[at]
        yield name, value, from_dense(reach, np.ones(rows), objective="set_cover")


def cities():
    """Yield the six New York and Bronx problems with their best known values."""
    distances = {}
    for key, value in published("mclp_city")["best_known"].items():
        name, p, radius = key.split("_")
        if name not in distances:
            distances[name] = _city_distances(name)
        distance, weights = distances[name]
        yield key, value, from_dense(distance <= float(radius), weights, p=int(p))


def _city_distances(name):
    text = (FOLDER / "mclp_city" / f"{name}.txt").read_text(encoding="utf-8")
    nodes, demand = text.split("NODE_COORD_SECTION")[1].split("DEMAND_SECTION")
    points = np.radians(np.array(nodes.split(), dtype=np.float64).reshape(-1, 2))
    weights = np.array(demand.split()[: len(points)], dtype=np.float64)
    lat, lon = points.T
    cosine = np.sin(lat)[:, None] * np.sin(lat)
    cosine += np.cos(lat)[:, None] * np.cos(lat) * np.cos(lon[:, None] - lon)
    distance = np.arccos(np.clip(cosine, -1, 1)).astype(np.float32) * 6378100
    np.fill_diagonal(distance, 0)
    return distance, weights


def reach_within(demand, sites, radius, chunk=100_000):
    """Return which sites lie within a radius of each demand, as coverage."""
    tree = cKDTree(sites)
    sizes, parts = [], []
    for first in range(0, len(demand), chunk):
        near = tree.query_ball_point(demand[first : first + chunk], radius, return_sorted=True)
        sizes.append(np.fromiter(map(len, near), dtype=np.int64, count=len(near)))
        parts.append(np.concatenate([np.asarray(row, dtype=np.int32) for row in near]))
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int64)
    return Coverage(indptr, np.concatenate(parts))


def radius_for(demand, sites, share):
    """Return the radius at which the given share of all pairs is within reach."""
    sample = cKDTree(demand[:: max(1, len(demand) // 20_000)])
    tree = cKDTree(sites)
    low, high = 1e-5, 0.5
    for _round in range(30):
        middle = (low + high) / 2
        more = tree.count_neighbors(sample, middle) > share * sample.n * len(sites)
        low, high = (low, middle) if more else (middle, high)
    return low


def city_points(rng, size, centres, shares, spreads):
    """Draw points around weighted centres, one in five spread evenly."""
    group = rng.choice(len(centres), size, p=shares)
    points = centres[group] + rng.normal(size=(size, 2)) * spreads[group, None]
    even = rng.random(size) < 0.2
    points[even] = rng.random((int(even.sum()), 2))
    return points


def city_like(demands, candidates, share, seed=1):
    """Return (coverage, weights, site points) of a seeded city with heavy-tailed weights."""
    rng = np.random.default_rng(seed)
    centres = rng.random((60, 2))
    shares = rng.gamma(2.0, 1.0, 60)
    shares /= shares.sum()
    spreads = 0.02 + 0.06 * rng.random(60)
    demand = city_points(rng, demands, centres, shares, spreads)
    sites = city_points(rng, candidates, centres, shares, spreads)
    weights = np.ceil(rng.lognormal(2.0, 1.0, demands))
    return reach_within(demand, sites, radius_for(demand, sites, share)), weights, sites


def uniform(demands, candidates, share, seed=1):
    """Return (coverage, weights, demand points, site points, radius) of evenly spread points."""
    rng = np.random.default_rng(seed)
    demand, sites = rng.random((demands, 2)), rng.random((candidates, 2))
    weights = rng.integers(1, 100, demands).astype(np.float64)
    radius = float(np.sqrt(share / np.pi))
    return reach_within(demand, sites, radius), weights, demand, sites, radius


def one_per_district(demands, candidates, districts, share, seed=2):
    """Return a problem that opens exactly one candidate in each district (nearest of its centres)."""
    coverage, weights, sites = city_like(demands, candidates, share, seed)
    rng = np.random.default_rng(seed)
    centres = sites[rng.choice(candidates, districts, replace=False)]
    district = cKDTree(centres).query(sites)[1]
    rules = tuple(
        GroupRule(f"district-{g:04d}", np.flatnonzero(district == g).astype(np.int32), 1, 1)
        for g in range(districts)
    )
    return problem_of(coverage, weights, candidates, group_rules=rules)
