"""Searches between nodes of a graph, for callers that think in nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.travel_time.engine import NO_WEIGHTS, Searches
from geodata.travel_time.graphs import directed
from geodata.travel_time.rows import by_source

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from geodata.roads.network import ModeGraph


def _searches(
    graph: ModeGraph, sources: ArrayLike, cutoff_ds: int, *, reverse: bool, **more: Any
) -> Searches:
    node = np.asarray(sources, dtype=np.int32).reshape(-1, 1)
    return Searches(directed(graph, reverse=reverse), node, np.zeros_like(node), cutoff_ds, **more)


def nodes_within(
    graph: ModeGraph,
    sources: ArrayLike,
    cutoff_ds: int,
    *,
    reverse: bool = False,
    jobs: int | None = None,
    kernel: str | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """Nodes within a cutoff of source nodes, as compressed sparse rows.

    Parameters
    ----------
    graph
        Graph of one mode.
    sources
        Node numbers; one row each.
    cutoff_ds
        Inclusive cutoff in deciseconds.
    reverse
        Search against the arcs: who can reach the source.
    jobs
        Threads; all processors by default.
    kernel
        ``"bucket"``, ``"lanes"``, or None for what should be quicker. The result is the same.

    Returns
    -------
    indptr, nodes, deciseconds
        Nodes ascend within a row; deciseconds are uint16 up to 109 minutes, else int32.
    """
    searches = _searches(graph, sources, cutoff_ds, reverse=reverse, jobs=jobs, kernel=kernel)
    return by_source(searches, len(searches.seed_node))


def count_nodes_within(
    graph: ModeGraph,
    sources: ArrayLike,
    cutoff_ds: int,
    *,
    weights: NDArray[np.int64] = NO_WEIGHTS,
    reverse: bool = False,
    jobs: int | None = None,
    kernel: str | None = None,
) -> NDArray[np.int64]:
    """Count the nodes (or add up their weights) within a cutoff of each source, storing no pair."""
    searches = _searches(
        graph, sources, cutoff_ds, reverse=reverse, jobs=jobs, kernel=kernel, weights=weights
    )
    return searches.sums()
