"""Carriers that no name tells: stacks of enterprises at one place, and dense clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


POINTS_MOST = 3000


def stacks(xy: NDArray[np.float64], size_m: float, least: int) -> NDArray[np.int64]:
    """Find places where many enterprises share almost one point: a building nobody named.

    Points of one cell of a fixed grid, and of occupied cells that touch it through other stacked cells, would chain
    along a street, so only single cells count; a building that straddles a cell's edge may be found in halves.

    Returns
    -------
    int64 array
        Label per point, -1 for none, numbered by cell.
    """
    label = np.full(len(xy), -1, dtype=np.int64)
    if not len(xy):
        return label
    cell = np.floor(xy / size_m).astype(np.int64)
    _, group, count = np.unique(cell, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    dense = count >= least
    number = np.cumsum(dense) - 1
    return np.where(dense[group], number[group], -1)


def dense_clusters(
    xy: NDArray[np.float64],
    towns: NDArray[np.int64],
    *,
    least: int,
    most: int,
    extent_m: float,
) -> NDArray[np.int64]:
    """Find dense clusters by HDBSCAN, street_town by street_town.

    Hierarchical density needs no radius, so a centre and a suburb are treated alike; a cluster that is wider than
    ``extent_m`` or larger than ``most`` is no single place and is left to the unions of neighbours. Its time grows with the
    square of the points, so a street_town of more than `POINTS_MOST` is halved first; a cluster on the cut may be missed.

    Parameters
    ----------
    xy
        float64, shape (points, 2), metres.
    towns
        int64, shape (points,): street_town of each point.
    least, most
        Fewest and most points of a cluster, inclusive.
    extent_m
        Longest diagonal of a cluster's bounding box, inclusive.

    Returns
    -------
    int64 array
        Label per point, -1 for none.

    References
    ----------
    Campello, Moulavi, Sander (2013), Density-based clustering based on hierarchical density estimates.
    """
    from sklearn.cluster import HDBSCAN

    label = np.full(len(xy), -1, dtype=np.int64)
    following = 0
    order = np.argsort(towns, kind="stable")
    for rows in _tiles(xy, np.split(order, np.flatnonzero(np.diff(towns[order])) + 1)):
        if len(rows) < 2 * least:
            continue
        # centred coordinates keep squares small enough to be exact to a millimetre
        local = xy[rows] - xy[rows].mean(axis=0)
        found = HDBSCAN(min_cluster_size=least, max_cluster_size=most, copy=True).fit_predict(local)
        for cluster in range(int(found.max(initial=-1)) + 1):
            inside = found == cluster
            count = int(inside.sum())
            if least <= count <= most and np.hypot(*np.ptp(local[inside], axis=0)) <= extent_m:
                label[rows[inside]] = following
                following += 1
    return label


def _tiles(xy: NDArray[np.float64], groups: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Halve groups of more than `POINTS_MOST` points across their longer side until none is left."""
    tiles = []
    waiting = groups[::-1]
    while waiting:
        rows = waiting.pop()
        if len(rows) <= POINTS_MOST:
            tiles.append(rows)
            continue
        axis = int(np.argmax(np.ptp(xy[rows], axis=0)))
        ordered = rows[np.lexsort((rows, xy[rows, axis]))]
        half = len(ordered) // 2
        waiting += [np.sort(ordered[half:]), np.sort(ordered[:half])]
    return tiles
