"""How far whole deciseconds are from unrounded times, on a network of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.modes import modes_from
from geodata.roads.build import build_from_roads, opened_segments, read_roads

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from geodata.modes import Mode

__all__ = ["RoundingError", "rounding_error"]


@dataclass(frozen=True)
class RoundingError:
    """Whole deciseconds against unrounded seconds, over many pairs.

    Parameters
    ----------
    pairs
        Pairs compared.
    mean_s, p95_s, worst_s
        Mean, 95th percentile and largest of the absolute differences, seconds.
    bias_s
        Mean of whole less unrounded, seconds.
    worst_share
        Largest difference as a share of the unrounded time, over trips of a minute and more.
    """

    pairs: int
    mean_s: float
    p95_s: float
    worst_s: float
    bias_s: float
    worst_share: float


def rounding_error(
    path: str | Path,
    mode: str | Mode = "walk",
    *,
    origins: int = 50,
    cutoff_min: float = 60.0,
    seed: int = 0,
) -> RoundingError:
    """Compare shortest times in whole deciseconds with unrounded ones, on the raw network of a file.

    Parameters
    ----------
    path
        Road file.
    mode
        Travel mode; waits are left out of neither side.
    origins
        Nodes searched from, drawn at random.
    cutoff_min
        Longest trip compared, minutes, inclusive.
    seed
        Seed of the draw.

    Returns
    -------
    RoundingError

    Raises
    ------
    InputMissingError, InputFormatError, EmptyLayerError, NetworkError
        As `geodata.roads.build_network`.
    """
    from scipy.sparse.csgraph import dijkstra

    (row,) = modes_from([mode])
    roads = read_roads(path)
    network = build_from_roads(roads, modes=(row,), simplify=False)
    pieces, (made,) = opened_segments(roads, modes=(row,))
    exact = made.seconds["all"] * 10.0
    rounded = made.rounded["all"].astype(np.float64)
    place = {int(ref): k for k, ref in enumerate(network.node_id)}
    number = np.array([place.get(int(ref), -1) for ref in pieces.node_id])
    u, v = number[pieces.a], number[pieces.b]
    ahead, back = made.cost_forward["all"] - rounded, made.cost_backward["all"] - rounded
    chosen = np.sort(
        np.random.default_rng(seed).choice(
            network.n_nodes, min(origins, network.n_nodes), replace=False
        )
    )
    found = []
    for travel in (rounded, exact):
        tail = np.concatenate([u[made.forward], v[made.backward]])
        head = np.concatenate([v[made.forward], u[made.backward]])
        cost = np.concatenate([(travel + ahead)[made.forward], (travel + back)[made.backward]])
        graph = _cheapest(network.n_nodes, tail, head, cost)
        found.append(dijkstra(graph, indices=chosen, limit=cutoff_min * 600.0))
    whole, float_ = (times / 10.0 for times in found)
    pair = np.isfinite(whole) & np.isfinite(float_) & (float_ > 0)
    difference = whole[pair] - float_[pair]
    size, seconds = np.abs(difference), float_[pair]
    long = seconds >= 60.0
    return RoundingError(
        pairs=int(pair.sum()),
        mean_s=float(size.mean()) if len(size) else 0.0,
        p95_s=float(np.percentile(size, 95)) if len(size) else 0.0,
        worst_s=float(size.max(initial=0.0)),
        bias_s=float(difference.mean()) if len(size) else 0.0,
        worst_share=float((size[long] / seconds[long]).max(initial=0.0)),
    )


def _cheapest(
    n: int, tail: NDArray[np.int64], head: NDArray[np.int64], cost: NDArray[np.float64]
) -> Any:
    from scipy.sparse import coo_array

    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order], head[order], cost[order]
    first = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    # scipy takes a stored zero for no arc
    return coo_array(
        (np.maximum(cost[first], 1e-9), (tail[first], head[first])), shape=(n, n)
    ).tocsr()
