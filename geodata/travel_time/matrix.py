"""All pairs of points within a cutoff, by network, mode and period."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from geodata.errors import Fault, InvalidRowsError, NetworkError
from geodata.messages import translator
from geodata.travel_time.bucket import reverse_arcs
from geodata.travel_time.links import EdgeArcs, Links, link
from geodata.travel_time.points import scatter, search_points
from geodata.travel_time.times import TravelTimes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from geodata.roads.network import ModeGraph, RoadNetwork, Snapped

_ = translator("geodata")

ALL_DAY = "all"
LONGEST_CUTOFF_MIN = 24 * 60
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class Arcs:
    """Arcs of a graph in compressed sparse rows, in the direction of a search."""

    indptr: NDArray[np.int64]
    heads: NDArray[np.int32]
    cost: NDArray[np.int32]


_reversed: WeakKeyDictionary[ModeGraph, Arcs] = WeakKeyDictionary()


def forward_arcs(graph: ModeGraph) -> Arcs:
    """Return the arcs as they run."""
    return Arcs(
        np.ascontiguousarray(graph.indptr, dtype=np.int64),
        np.ascontiguousarray(graph.heads, dtype=np.int32),
        np.ascontiguousarray(graph.cost_ds, dtype=np.int32),
    )


def backward_arcs(graph: ModeGraph) -> Arcs:
    """Return the arcs turned round, kept as long as the graph lives."""
    arcs = _reversed.get(graph)
    if arcs is None:
        ahead = forward_arcs(graph)
        arcs = Arcs(*reverse_arcs(ahead.indptr, ahead.heads, ahead.cost)[:3])
        _reversed[graph] = arcs
    return arcs


def cutoff_deciseconds(cutoff_min: float) -> int:
    """Whole deciseconds that are still within an inclusive cutoff in minutes.

    Raises
    ------
    InvalidRowsError
        When the cutoff is not a number from 0 to a day.

    Examples
    --------
    >>> cutoff_deciseconds(15)
    9000
    """
    if not 0 <= cutoff_min <= LONGEST_CUTOFF_MIN:  # NaN fails too
        raise InvalidRowsError(
            Fault(
                _("the cutoff must be a number of minutes from 0 to {longest}").format(
                    longest=LONGEST_CUTOFF_MIN
                ),
                where="cutoff_min",
                examples=(cutoff_min,),
            )
        )
    return int(np.floor(cutoff_min * 600 + 1e-6))


def mode_graph(network: RoadNetwork, mode: str, period: str = ALL_DAY) -> ModeGraph:
    """Graph of a mode in a period: the key ``mode`` all day, ``mode@period`` in a named period.

    Raises
    ------
    NetworkError
        When the network was not built for it.
    """
    key = mode if period == ALL_DAY else f"{mode}@{period}"
    graph = network.modes.get(key)
    if graph is None:
        raise NetworkError(
            Fault(
                _("the road network was not built for {mode}").format(mode=key),
                where=_("road network"),
                examples=sorted(network.modes),
                fix=_("build the network with this mode and period"),
            )
        )
    return graph


def _checked_ids(
    ids: Sequence[str] | NDArray[np.str_], points: Snapped, where: str
) -> NDArray[np.str_]:
    """Ids as an array, one for each point and none twice."""
    array = np.asarray(ids, dtype=np.str_)
    if array.ndim != 1 or len(array) != len(points.edge):
        raise InvalidRowsError(
            Fault(
                _("{ids} ids for {points} points").format(ids=array.size, points=len(points.edge)),
                where=where,
                fix=_("give one id for each point"),
            )
        )
    values, counts = np.unique(array, return_counts=True)
    if (counts > 1).any():
        repeated = values[counts > 1]
        raise InvalidRowsError(
            Fault(
                _("ids occur more than once"),
                where=where,
                count=len(repeated),
                examples=repeated[:5].tolist(),
                fix=_("give every point its own id"),
            )
        )
    return array


def check_points(network: RoadNetwork, points: Snapped, mode: str, where: str) -> None:
    """Refuse points that were placed for another mode or on another network."""
    faults = []
    if points.mode != mode:
        faults.append(
            Fault(
                _("the points were snapped for {other}, not for {mode}").format(
                    other=points.mode, mode=mode
                ),
                where=where,
                fix=_("snap them again for the mode of the trip"),
            )
        )
    usable = points.status == 0
    outside = usable & ((points.edge < 0) | (points.edge >= network.n_edges))
    with np.errstate(invalid="ignore"):
        beyond = usable & ~((points.fraction >= 0) & (points.fraction <= 1))
    for rows, what in (
        (outside, _("edges that the network does not have")),
        (beyond, _("fractions along the edge outside 0-1")),
        (usable & (points.access_ds < 0), _("negative access times")),
    ):
        if rows.any():
            examples = np.flatnonzero(rows)
            faults.append(
                Fault(what, where=where, count=len(examples), examples=examples[:5].tolist())
            )
    if faults:
        raise InvalidRowsError(faults)


def _grouped(keys: NDArray[np.int32], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sort positions by key (-1 left out): start of each key, and the positions."""
    order = np.argsort(keys, kind="stable")
    order = order[np.searchsorted(keys[order], 0) :]
    starts = np.searchsorted(keys[order], np.arange(n + 1)).astype(np.int64)
    return starts, order


def time_dtype(cutoff_ds: int) -> np.dtype[Any]:
    """Smallest type that holds the times: uint16 up to 109 minutes, else int32."""
    return np.dtype(np.uint16 if cutoff_ds <= np.iinfo(np.uint16).max else np.int32)


def _blocks(n: int, jobs: int) -> list[tuple[int, int]]:
    size = max(1, min(_BLOCK, -(-n // max(jobs, 1))))
    return [(start, min(start + size, n)) for start in range(0, n, size)]


def _search_blocks(
    arcs: Arcs,
    sources: Links,
    targets: Links,
    n_edges: int,
    cutoff_ds: int,
    *,
    reverse: bool,
    count_only: bool,
    jobs: int,
) -> Iterator[tuple[int, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]]:
    """Yield (first source, (counts, targets, deciseconds)) for blocks of sources, in order."""
    n_nodes = len(arcs.indptr) - 1
    at_node, by_node = _grouped(targets.node.ravel(), n_nodes)
    on_edge, by_edge = _grouped(targets.edge, n_edges)
    at_point = (by_node // 2).astype(np.int32)
    at_cost = targets.cost.ravel()[by_node]
    like = np.empty(0, time_dtype(cutoff_ds))

    def run(span: tuple[int, int]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        part = slice(*span)
        result: tuple[NDArray[Any], NDArray[Any], NDArray[Any]] = search_points(
            arcs.indptr, arcs.heads, arcs.cost,
            sources.node[part], sources.cost[part], sources.edge[part], sources.fraction[part],
            sources.along[part], sources.against[part], sources.access[part],
            at_node, at_point, at_cost, on_edge, by_edge.astype(np.int32),
            targets.fraction, targets.along, targets.against, targets.access,
            len(targets), cutoff_ds, reverse, like, count_only,
        )  # fmt: skip
        return result

    spans = _blocks(len(sources), jobs)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for span, result in zip(spans, pool.map(run, spans), strict=True):
            yield span[0], result


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
    rows = _checked_ids(from_ids, origins, "from_ids")
    columns = _checked_ids(to_ids, destinations, "to_ids")
    edge_arcs = EdgeArcs.of(graph, network.n_edges)
    start = link(network, edge_arcs, origins, leaving=True)
    end = link(network, edge_arcs, destinations, leaving=False)
    jobs = jobs or cpu_count() or 1
    reverse = len(end) < len(start)
    sources, targets = (end, start) if reverse else (start, end)
    blocks = _search_blocks(
        backward_arcs(graph) if reverse else forward_arcs(graph),
        sources,
        targets,
        network.n_edges,
        cutoff_ds,
        reverse=reverse,
        count_only=False,
        jobs=jobs,
    )
    assemble = _transposed if reverse else _stacked
    indptr, indices, deciseconds = assemble(list(blocks), len(rows), time_dtype(cutoff_ds))
    return TravelTimes(rows, columns, indptr, indices, deciseconds, mode, cutoff_ds, period)


def _stacked(
    blocks: list[tuple[int, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]],
    n_rows: int,
    dtype: np.dtype[Any],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Join blocks of rows, letting go of each as it is copied."""
    indptr = np.zeros(n_rows + 1, np.int64)
    for first, (counts, _found, _times) in blocks:
        indptr[first + 1 : first + 1 + len(counts)] = counts
    np.cumsum(indptr, out=indptr)
    indices = np.empty(indptr[-1], np.int32)
    deciseconds = np.empty(indptr[-1], dtype)
    blocks.reverse()
    while blocks:
        first, (_counts, found, times) = blocks.pop()
        at = indptr[first]
        indices[at : at + len(found)] = found
        deciseconds[at : at + len(times)] = times
    return indptr, indices, deciseconds


def _transposed(
    blocks: list[tuple[int, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]],
    n_rows: int,
    dtype: np.dtype[Any],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Turn blocks of columns into rows, letting go of each as it is written."""
    indptr = np.zeros(n_rows + 1, np.int64)
    for _first, (_counts, found, _times) in blocks:
        indptr[1:] += np.bincount(found, minlength=n_rows)
    np.cumsum(indptr, out=indptr)
    indices = np.empty(indptr[-1], np.int32)
    deciseconds = np.empty(indptr[-1], dtype)
    place = indptr[:-1].copy()
    blocks.reverse()
    while blocks:
        first, (counts, found, times) = blocks.pop()
        scatter(first, counts, found, times, place, indices, deciseconds)
    return indptr, indices, deciseconds
