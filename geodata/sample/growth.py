"""Grow connected regions of about equal weight over cells that share borders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def grow_regions(
    rng: np.random.Generator,
    count: int,
    *,
    centres: NDArray[np.float64],
    weight: NDArray[np.float64],
    pairs: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Group cells into ``count`` connected regions of about equal weight.

    A region is what lies nearest to its hub along shared borders, after a handicap that grows
    with its weight; such regions are connected. Hubs move to the middle of their region.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components, dijkstra

    size = len(centres)
    apart = np.maximum(_apart(centres, pairs), 1.0)
    links = coo_array((apart, (pairs[0], pairs[1])), shape=(size, size)).tocsr()
    links = links + links.T
    _, part = connected_components(links, directed=False)
    hubs = _hubs(rng, centres, weight, part, count)
    radius = float(np.sqrt(np.prod(np.ptp(centres, axis=0)) / count)) / 2
    handicap = np.zeros(count)
    best, best_spread = np.zeros(size, dtype=np.int64), np.inf
    for _ in range(16):
        reach = dijkstra(links, directed=False, indices=hubs) + handicap[:, None]
        region = np.argmin(reach, axis=0).astype(np.int64)
        lost = ~np.isfinite(reach).any(axis=0)
        if lost.any():
            away = centres[lost][:, None] - centres[hubs][None]
            region[lost] = np.argmin(np.hypot(away[..., 0], away[..., 1]), axis=1)
        total = np.bincount(region, weight, minlength=count)
        spread = float(total.max() - total.min())
        if spread < best_spread and (np.bincount(region, minlength=count) > 0).all():
            best, best_spread = region, spread
        handicap += 0.15 * radius * np.clip(total / total.mean() - 1, -1, 1)
        hubs = _middles(centres, weight, region, hubs)
    return best


def _middles(
    centres: NDArray[np.float64],
    weight: NDArray[np.float64],
    region: NDArray[np.int64],
    hubs: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the cell nearest to the weighted middle of each region, the old hub if it is empty."""
    moved = hubs.copy()
    for k in range(len(hubs)):
        own = np.flatnonzero(region == k)
        if len(own):
            middle = np.average(centres[own], axis=0, weights=weight[own])
            moved[k] = own[np.argmin(np.hypot(*(centres[own] - middle).T))]
    return moved


def _hubs(
    rng: np.random.Generator,
    centres: NDArray[np.float64],
    weight: NDArray[np.float64],
    part: NDArray[np.int32],
    count: int,
) -> NDArray[np.int64]:
    """Choose first hubs: shares of ``count`` by each part's weight, far from one another."""
    total = np.bincount(part, weight)
    share = total / total.sum() * count
    seats = np.floor(share).astype(np.int64)
    for k in np.argsort(-(share - seats), kind="stable")[: count - int(seats.sum())]:
        seats[k] += 1
    hubs: list[int] = []
    for k in np.flatnonzero(seats):
        own = np.flatnonzero(part == k)
        first = int(rng.choice(own))
        away = np.hypot(*(centres[own] - centres[first]).T)
        chosen = [int(own[np.argmax(away)])]
        away = np.hypot(*(centres[own] - centres[chosen[0]]).T)
        while len(chosen) < min(int(seats[k]), len(own)):
            chosen.append(int(own[np.argmax(away)]))
            away = np.minimum(away, np.hypot(*(centres[own] - centres[chosen[-1]]).T))
        hubs += chosen
    return np.array(hubs, dtype=np.int64)


def _apart(centres: NDArray[np.float64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the straight distance between the centres of each pair."""
    away = centres[pairs[0]] - centres[pairs[1]]
    return np.asarray(np.hypot(away[:, 0], away[:, 1]), dtype=np.float64)
