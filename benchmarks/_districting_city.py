"""Generated cities for districting: Voronoi units, a river with few bridges, an island, heavy-tailed workers, industries.

Nothing in them is made to fit: units follow density, street_towns are grown over the road graph, and the workers an
organisation has vary by place, so that about a third of the street_towns cannot be fully in band at any count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay

from planner.districting import Band, DistrictingProblem

INDUSTRIES = 8


@dataclass(frozen=True)
class Size:
    units: int
    towns: int
    districts: int


SIZES = {"S": Size(1_000, 40, 183), "M": Size(6_000, 215, 998), "L": Size(30_000, 215, 1_003)}


def bands(tolerance: float) -> tuple[Band, Band]:
    return tuple(
        Band(
            name,
            ideal * (1 - tolerance),
            ideal,
            ideal * (1 + tolerance),
            maximum_hard=ideal * 1.5,
        )
        for name, ideal in (("organisations", 100), ("workers", 5_000))
    )


def city(name: str, *, tolerance: float = 0.2, seed: int = 0) -> DistrictingProblem:
    size = SIZES[name]
    rng = np.random.default_rng([seed, size.units])
    xy = _points(rng, size.units)
    island = _island(xy)
    links = _links(rng, xy, island)
    ds = np.maximum(30, np.hypot(*(xy[links[:, 0]] - xy[links[:, 1]]).T) * 1.3 / 80 * 600)
    town = _towns(rng, xy, links, ds, size.towns, island)
    measures, industry = _holdings(rng, xy, town, size)
    return DistrictingProblem(
        unit_ids=np.array([f"u{i:06d}" for i in range(size.units)]),
        street_town=town,
        street_town_ids=np.array([f"t{t:03d}" for t in range(size.towns)]),
        measures=measures,
        bands=bands(tolerance),
        links=links,
        link_ds=ds.astype(np.int32),
        xy=xy,
        industry=industry,
    )


def a_year_later(
    problem: DistrictingProblem, labels: np.ndarray, *, seed: int = 1
) -> DistrictingProblem:
    """6 % of organisations are new, 5 % are gone, and 2 % of the units gain or lose a large employer."""
    rng = np.random.default_rng([seed, len(labels)])
    organisations, workers = problem.measures.T
    births = rng.poisson(organisations * 0.06)
    deaths = rng.binomial(organisations, 0.05)
    after = np.maximum(0, organisations + births - deaths)
    per_head = workers / np.maximum(1, organisations)
    drift = np.exp(rng.normal(0, 0.03, len(labels)))
    staff = after * per_head * drift
    shocked = rng.random(len(labels)) < 0.02
    staff[shocked] *= rng.choice([0.5, 1.8], shocked.sum())
    measures = np.column_stack([after, np.rint(staff).astype(np.int64)])
    return replace(
        problem,
        measures=measures,
        incumbent=labels.astype(np.int32),
        switching_cost=np.minimum(after, organisations).astype(float),
    )


def _points(rng: np.random.Generator, n: int) -> np.ndarray:
    """A dense centre, five sub-centres and a plain, 50 km across."""
    centres = rng.normal(0, 12_000, (5, 2))
    kind = rng.choice(7, n, p=[0.35, 0.07, 0.07, 0.07, 0.07, 0.07, 0.30])
    xy = np.empty((n, 2))
    for place in range(7):
        here = kind == place
        if place == 0:
            xy[here] = rng.normal(0, 6_000, (here.sum(), 2))
        elif place < 6:
            xy[here] = centres[place - 1] + rng.normal(0, 2_500, (here.sum(), 2))
        else:
            xy[here] = rng.uniform(-25_000, 25_000, (here.sum(), 2))
    xy = np.clip(xy, -25_000, 25_000) + rng.uniform(-20, 20, (n, 2))
    order = np.argsort(xy[:, 0] + 1e-9 * xy[:, 1])
    return xy[rng.permutation(n)] if len(np.unique(xy, axis=0)) == n else xy[order]


def _river(x: np.ndarray) -> np.ndarray:
    return 3_000 * np.sin(x / 6_000) + 1_500


def _island(xy: np.ndarray) -> np.ndarray:
    return np.hypot(xy[:, 0] - 17_000, xy[:, 1] - 17_000) < 3_500


def _links(rng: np.random.Generator, xy: np.ndarray, island: np.ndarray) -> np.ndarray:
    triangles = Delaunay(xy).simplices
    pairs = np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]))
    pairs = np.unique(pairs, axis=0)
    length = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    nearest = np.full(len(xy), np.inf)
    np.minimum.at(nearest, pairs[:, 0], length)
    np.minimum.at(nearest, pairs[:, 1], length)
    # Long edges along the hull join cells that only touch at the city's edge.
    rim = np.abs(xy).max(axis=1) > 24_000
    pairs = pairs[
        ~((length > 4_000) & rim[pairs].any(axis=1)) | (length <= nearest[pairs].max(axis=1))
    ]
    north = xy[:, 1] > _river(xy[:, 0])
    crossing = north[pairs[:, 0]] != north[pairs[:, 1]]
    middle = xy[pairs].mean(axis=1)
    kept = ~crossing
    for bridge in np.linspace(-22_000, 22_000, 12) + rng.normal(0, 500, 12):
        reach = np.hypot(middle[:, 0] - bridge, middle[:, 1] - _river(np.array(bridge)))
        kept[np.argmin(np.where(crossing, reach, np.inf))] = True
    kept &= island[pairs[:, 0]] == island[pairs[:, 1]]
    return pairs[kept].astype(np.int32)


def _towns(rng, xy, links, ds, towns: int, island: np.ndarray) -> np.ndarray:
    """Street_towns grown from seeds over the links; each part that no seed reaches joins the nearest one."""
    n = len(xy)
    graph = coo_array((ds, links.T), shape=(n, n)).tocsr()
    mainland = np.flatnonzero(~island)
    seeds = rng.choice(mainland, towns, replace=False)
    near = None
    for _ in range(3):
        _times, _before, near = dijkstra(
            graph, directed=False, indices=seeds, min_only=True, return_predecessors=True
        )
        # Seeds move to the middle of what they hold, which evens the sizes a little, as real borders are.
        for place, seed in enumerate(seeds):
            held = np.flatnonzero(near == seed)
            if len(held):
                seeds[place] = held[np.argmin(np.hypot(*(xy[held] - xy[held].mean(axis=0)).T))]
    _times, _before, near = dijkstra(
        graph, directed=False, indices=seeds, min_only=True, return_predecessors=True
    )
    place = {int(seed): i for i, seed in enumerate(seeds)}
    town = np.array([place.get(int(s), -1) for s in near], dtype=np.int32)
    for unit in np.flatnonzero(town < 0):
        town[unit] = np.argmin(np.hypot(*(xy[seeds] - xy[unit]).T))
    return town


def _holdings(rng, xy, town, size: Size) -> tuple[np.ndarray, np.ndarray]:
    n = size.units
    weight = rng.lognormal(0, 0.75, n)
    organisations = rng.poisson(weight / weight.sum() * size.districts * 100)
    centrality = np.exp(-np.hypot(*xy.T) / 10_000)
    by_town = rng.normal(0, 0.25, size.towns)[town]
    per_head = np.exp(by_town + 0.25 * (centrality - centrality.mean()))
    small = rng.gamma(np.maximum(organisations, 1e-9) * 0.5) / 0.5 * 38
    # A few large employers hold much of the rest.
    large = np.where(
        rng.random(n) < np.minimum(0.5, organisations * 0.012), 300 * (rng.pareto(1.6, n) + 1), 0.0
    )
    workers = np.where(organisations > 0, (small + np.minimum(large, 9_000)) * per_head, 0.0)
    workers *= size.districts * 5_000 / workers.sum()
    workers = np.maximum(np.rint(workers).astype(np.int64), organisations)
    hearts = xy[rng.choice(n, INDUSTRIES * 3)].reshape(INDUSTRIES, 3, 2)
    pull = np.stack(
        [
            sum(np.exp(-np.hypot(*(xy - heart).T) / 4_000) for heart in hearts[i]) + 0.1
            for i in range(INDUSTRIES)
        ],
        axis=1,
    )
    pull *= rng.gamma(0.6, size=pull.shape) + 1e-9
    share = pull / pull.sum(axis=1, keepdims=True)
    return np.column_stack([organisations, workers]).astype(np.int64), np.floor(
        share * workers[:, None]
    ).astype(np.int64)
