"""All pairs of points within a cutoff, by network, mode and period."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.travel_time.checks import (
    ALL_DAY,
    check_points,
    checked_ids,
    cutoff_deciseconds,
    mode_graph,
)
from geodata.travel_time.engine import Searches
from geodata.travel_time.graphs import directed
from geodata.travel_time.links import EdgeArcs, Links, link
from geodata.travel_time.points import Side, Targets
from geodata.travel_time.rows import by_source, by_target
from geodata.travel_time.store import IN_MEMORY, Spill, save_times
from geodata.travel_time.times import TravelTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geodata.roads.network import ModeGraph, RoadNetwork, Snapped


def trip_links(
    network: RoadNetwork, graph: ModeGraph, origins: Snapped, destinations: Snapped
) -> tuple[Links, Links]:
    """Join origins to the nodes they leave to, and destinations to the nodes they are reached from."""
    arcs = EdgeArcs.of(graph, network.n_edges)
    return (
        link(network, arcs, origins, leaving=True),
        link(network, arcs, destinations, leaving=False),
    )


def _grouped(keys: NDArray[np.int32], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sort positions by key (-1 left out): start of each key, and the positions."""
    order = np.argsort(keys, kind="stable")
    order = order[np.searchsorted(keys[order], 0) :]
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(keys[order], minlength=n), out=starts[1:])
    return starts, order


def target_index(links: Links, n_nodes: int, n_edges: int) -> Targets:
    """Points by node and by edge."""
    at_node, by_node = _grouped(links.node.ravel(), n_nodes)
    on_edge, by_edge = _grouped(links.edge, n_edges)
    return Targets(
        at_node,
        (by_node // links.node.shape[1]).astype(np.int32),
        links.cost.ravel()[by_node],
        on_edge,
        by_edge.astype(np.int32),
        side(links),
    )


def side(links: Links) -> Side:
    """Links as the kernels take them."""
    return Side(
        links.node,
        links.cost,
        links.edge,
        links.fraction,
        links.along,
        links.against,
        links.access,
    )


def point_searches(
    graph: ModeGraph,
    sources: Links,
    targets: Links,
    *,
    n_edges: int,
    cutoff_ds: int,
    reverse: bool,
    jobs: int | None = None,
    **more: Any,
) -> Searches:
    """Prepare searches between points; ``reverse`` when the sources are where trips end."""
    turned = directed(graph, reverse=reverse)
    return Searches(
        turned, sources.node, sources.cost, cutoff_ds, side(sources),
        target_index(targets, len(turned.arcs.indptr) - 1, n_edges),
        reverse=reverse, jobs=jobs, **more,
    )  # fmt: skip


def travel_times(
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped,
    *,
    from_ids: Sequence[str] | NDArray[np.str_],
    to_ids: Sequence[str] | NDArray[np.str_],
    mode: str,
    cutoff_min: float,
    period: str = ALL_DAY,
    jobs: int | None = None,
    memory_mb: float = np.inf,
    folder: str | Path | None = None,
) -> TravelTimes:
    """Find every pair of points within a cutoff, and how long the trip takes.

    A trip is the access to the road, part of the first edge, whole edges, part of the last edge and
    the way off the road; two points of one edge may meet on it. One-way arcs are kept. The search
    starts from whichever side has fewer points (from the destinations on the reversed graph).
    The answer does not depend on ``jobs``.

    Parameters
    ----------
    network
        Roads with a graph for the mode (and period).
    origins, destinations
        Points placed on the network for the mode; those whose status is not 0 reach nothing.
    from_ids, to_ids
        Unique ids of origins and destinations.
    mode
        Travel mode.
    cutoff_min
        Longest trip in minutes; a trip of exactly this length is in.
    period
        Departure period the network was built for; ``"all"`` for the mode's usual times.
    jobs
        Threads; all processors by default.
    memory_mb, folder
        When the pairs take more than ``memory_mb`` they are written to ``folder`` as they are found, and
        the arrays of the result are maps of its files; `geodata.travel_time.load_times` reads it again.

    Raises
    ------
    NetworkError
        When the network lacks the mode or period.
    InvalidRowsError
        When ids, cutoff or points cannot be used.
    """
    cutoff_ds = cutoff_deciseconds(cutoff_min)
    graph = mode_graph(network, mode, period)
    check_points(network, origins, mode, "origins")
    check_points(network, destinations, mode, "destinations")
    rows = checked_ids(from_ids, origins, "from_ids")
    columns = checked_ids(to_ids, destinations, "to_ids")
    start, end = trip_links(network, graph, origins, destinations)
    reverse = len(end) < len(start)
    searches = point_searches(
        graph, *((end, start) if reverse else (start, end)),
        n_edges=network.n_edges, cutoff_ds=cutoff_ds, reverse=reverse, jobs=jobs,
    )  # fmt: skip
    spill = Spill(Path(folder), memory_mb) if folder is not None else IN_MEMORY
    if reverse:
        pairs = by_target(searches, len(rows), len(columns), spill)
    else:
        pairs = by_source(searches, len(rows), spill)
    times = TravelTimes(rows, columns, *pairs, mode, cutoff_ds, period)
    if folder is not None and isinstance(times.indices, np.memmap):
        save_times(times, folder)
    return times


def travel_times_by_period(
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped,
    *,
    periods: Sequence[str],
    **more: Any,
) -> dict[str, TravelTimes]:
    """Find the pairs of several departure periods; see `travel_times` for the other arguments.

    The network must have been built with these periods. With ``folder`` each period has a folder in it.
    """
    folder = more.pop("folder", None)
    return {
        period: travel_times(
            network, origins, destinations, period=period,
            folder=None if folder is None else Path(folder) / period, **more,
        )
        for period in periods
    }  # fmt: skip
