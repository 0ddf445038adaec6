# ruff: noqa: PLR0912, PLR0917, C901 - a numba kernel is one loop over plain arrays
"""From lanes to results: pairs, or counts, for nodes or for points on edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geodata.travel_time.bits import drain, kernel, mark
from geodata.travel_time.bucket import PAIRS, SUMS, grown
from geodata.travel_time.lanes import Ranks, Space, spread
from geodata.travel_time.points import Side, Targets, on_same_edge
from geodata.travel_time.vector import (
    LANES,
    clear,
    copy_row,
    emit,
    lower_from,
    tally,
    within,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Rows(NamedTuple):
    """Rows of lanes in the order of their ids, ready to be written out."""

    dense: NDArray[Any]
    ids: NDArray[np.int32]


@kernel
def _write(
    rows: Rows, used: int, size: int, cutoff: int,
    found: NDArray[np.int32], times: NDArray[Any], filled: int, sums: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[Any], int]:  # fmt: skip
    """Append the pairs of one group, lane by lane; ``sums`` takes the number of each lane."""
    found = grown(found, filled + used * size + 1)
    times = grown(times, filled + used * size + 1)
    for lane in range(size):
        end = emit(rows.dense, lane, rows.ids, used, cutoff, found, times, filled)
        sums[lane] = end - filled
        filled = end
    return found, times, filled


@kernel
def _room_for(rows: Rows, used: int) -> Rows:
    """Rows with space for ``used`` ids."""
    if used <= len(rows.ids):
        return rows
    longer = used + used // 2
    return Rows(np.empty(longer * LANES, rows.dense.dtype), np.empty(longer, np.int32))


@kernel
def lane_nodes(
    graph: Ranks, room: Space, seed_node: NDArray[np.int32], seed_cost: NDArray[np.int32],
    weights: NDArray[np.int64], what: int, found: NDArray[np.int32],
    times: NDArray[Any],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:  # fmt: skip
    """Nodes within the cutoff of each source: number (or sum of weights), nodes ascending, deciseconds.

    ``what`` is PAIRS or SUMS. The pairs are written to ``found`` and
    ``times``, or to longer copies; the arrays returned may be longer than the pairs.
    """
    cutoff = graph.far - 1
    sums = np.zeros(LANES, np.int64)
    counts = np.zeros(len(seed_node), np.int64)
    filled = 0
    rows = Rows(np.empty(0, room.lanes.dtype), np.empty(0, np.int32))
    for start in range(0, len(seed_node), LANES):
        size = min(LANES, len(seed_node) - start)
        used = spread(graph, room, seed_node[start : start + size], seed_cost[start : start + size])
        if what == PAIRS:
            rows = _room_for(rows, used)
            for k in range(used):
                mark(room.bits, room.summary, np.int64(graph.node[room.touched[k]]))
            drain(room.bits, room.summary, rows.ids)
            for k in range(used):
                copy_row(rows.dense, k, room.lanes, np.int64(graph.rank[rows.ids[k]]))
            found, times, filled = _write(rows, used, size, cutoff, found, times, filled, sums)
        else:
            sums[:] = 0
            for k in range(used):
                rank = np.int64(room.touched[k])
                weight = weights[graph.node[rank]] if len(weights) else np.int64(1)
                tally(room.lanes, rank, cutoff, weight, sums)
        counts[start : start + size] = sums[:size]
        for k in range(used):
            clear(room.lanes, np.int64(room.touched[k]), graph.up_cost.dtype.type(graph.far))
    return counts, found, times


@kernel
def _mark_points(
    graph: Ranks, room: Space, used: int, source: Side, start: int, size: int, target: Targets,
    bits: NDArray[np.uint64], summary: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Collect the points at the nodes reached and on the sources' own edges."""
    for k in range(used):
        node = graph.node[room.touched[k]]
        for at in range(target.at_node[node], target.at_node[node + 1]):
            mark(bits, summary, np.int64(target.at_point[at]))
    for row in range(start, start + size):
        edge = source.edge[row]
        if edge >= 0:
            for at in range(target.on_edge[edge], target.on_edge[edge + 1]):
                mark(bits, summary, np.int64(target.on_point[at]))


@kernel
def lane_points(
    graph: Ranks, room: Space, source: Side, target: Targets, reverse: int,
    weights: NDArray[np.int64], what: int, found: NDArray[np.int32],
    times: NDArray[Any],
    target_counts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:  # fmt: skip
    """Points within the cutoff of each source: number (or sum of weights), points ascending, deciseconds.

    ``what`` is PAIRS, SUMS, or TARGET_COUNTS (adds to ``target_counts`` how many sources reach each
    point). ``reverse`` is 1 when sources are where trips end and the graph is turned round.
    """
    cutoff = graph.far - 1
    side = target.side
    n = len(side.edge)
    bits = np.zeros((n >> 6) + 1, np.uint64)
    summary = np.zeros((n >> 12) + 1, np.uint64)
    place = np.empty(n, np.int32)
    everyone = np.empty(n, np.int32)
    sums = np.zeros(LANES, np.int64)
    counts = np.zeros(len(source.edge), np.int64)
    filled = 0
    rows = Rows(np.empty(0, room.lanes.dtype), np.empty(0, np.int32))
    far = graph.up_cost.dtype.type(graph.far)
    for start in range(0, len(source.edge), LANES):
        size = min(LANES, len(source.edge) - start)
        used = spread(
            graph, room, source.node[start : start + size], source.cost[start : start + size]
        )
        _mark_points(graph, room, used, source, start, size, target, bits, summary)
        points = drain(bits, summary, everyone)
        rows = _room_for(rows, points)
        for k in range(points):
            point = everyone[k]
            rows.ids[k] = point
            place[point] = k
            clear(rows.dense, k, far)
            for slot in range(2):
                node, step = side.node[point, slot], side.cost[point, slot]
                if node >= 0 and step < graph.far:
                    rank = np.int64(graph.rank[node])
                    lower_from(rows.dense, k, room.lanes, rank, graph.up_cost.dtype.type(step))
        for lane in range(size):
            row = start + lane
            edge = source.edge[row]
            if edge < 0:
                continue
            for at in range(target.on_edge[edge], target.on_edge[edge + 1]):
                point = target.on_point[at]
                total = on_same_edge(source, row, side, point, reverse)
                cell = np.int64(place[point]) * LANES + lane
                rows.dense[cell] = min(rows.dense[cell], total)
        if what == PAIRS:
            found, times, filled = _write(rows, points, size, cutoff, found, times, filled, sums)
        elif what == SUMS:
            sums[:] = 0
            for k in range(points):
                weight = weights[rows.ids[k]] if len(weights) else np.int64(1)
                tally(rows.dense, k, cutoff, weight, sums)
        else:
            for k in range(points):
                target_counts[rows.ids[k]] += within(rows.dense, k, cutoff)
        counts[start : start + size] = sums[:size]
        for k in range(used):
            clear(room.lanes, np.int64(room.touched[k]), far)
    return counts, found, times
