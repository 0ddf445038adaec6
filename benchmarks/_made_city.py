"""A made city of a million crossings, as a graph of one mode."""

from __future__ import annotations

import numpy as np

from geodata.roads.hilbert import hilbert_order
from geodata.roads.network import ModeGraph

DS_PER_M = 600 / 80  # 4.8 km/h


def made_city(side: int = 1000, seed: int = 7) -> ModeGraph:
    """A jittered grid of side x side crossings 100 m apart, a tenth of the streets missing."""
    rng = np.random.default_rng(seed)
    n = side * side
    i, j = np.divmod(np.arange(n), side)
    x = j * 100 + rng.uniform(-30, 30, n)
    y = i * 100 + rng.uniform(-30, 30, n)
    here = np.arange(n).reshape(side, side)
    u = np.concatenate([here[:, :-1].ravel(), here[:-1].ravel()])
    v = np.concatenate([here[:, 1:].ravel(), here[1:].ravel()])
    there = rng.random(len(u)) > 0.1
    u, v = u[there], v[there]
    cost = np.rint(np.hypot(x[u] - x[v], y[u] - y[v]) * DS_PER_M).astype(np.int32)
    new = np.empty(n, np.int64)
    new[hilbert_order(x, y, np.arange(n))] = np.arange(n)
    tail, head = np.concatenate([new[u], new[v]]), np.concatenate([new[v], new[u]])
    by = np.argsort(tail, kind="stable")
    indptr = np.searchsorted(tail[by], np.arange(n + 1)).astype(np.int64)
    edge = np.tile(np.arange(len(u), dtype=np.int32), 2)[by]
    return ModeGraph(
        indptr, head[by].astype(np.int32), np.concatenate([cost, cost])[by], edge,
        by < len(u), np.zeros(n, np.int32),
    )  # fmt: skip
