"""Run many searches: choose the kernel, order the sources, share the work between threads."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import cpu_count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geodata.travel_time.bucket import (
    PAIRS,
    SUMS,
    TARGET_COUNTS,
    queue_for,
    search_nodes,
)
from geodata.travel_time.vector import LANES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from geodata.travel_time.graphs import DirectedGraph
    from geodata.travel_time.points import Side, Targets

BLOCK = 256
"""Sources in one call of a kernel; many enough to forget the call, few enough to share."""

WINDOW_PAIRS = 8_000_000
"""Pairs kept apart before they are laid down in the order asked for: 48 MB."""

SAMPLE = 64
_ALONE, _SHARED, _LAYER_NODE, _LAYER_CROSSING = 80, 60, 600, 5000
"""Nanoseconds to settle a node in a search of its own and in shared lanes, and to put a node, and
in addition a crossing of three or more streets, into a layer. Only speed depends on them."""

USES = 2
"""How many such rounds of searches a graph serves, at the least: its layers are kept."""

NO_WEIGHTS = np.empty(0, np.int64)


class Block(NamedTuple):
    """What one call found: positions of the sources, counts, targets ascending per source, deciseconds."""

    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    found: NDArray[np.int32]
    times: NDArray[Any]


def time_dtype(cutoff_ds: int) -> np.dtype[Any]:
    """Smallest type that holds the times: uint16 up to 109 minutes, else int32."""
    return np.dtype(np.uint16 if cutoff_ds <= np.iinfo(np.uint16).max else np.int32)


@dataclass(eq=False)
class Searches:
    """Searches from some sources on one graph up to one cutoff.

    Parameters
    ----------
    graph
        Graph in the direction of the search.
    seed_node, seed_cost
        int32, shape (sources, slots): nodes a source starts at (-1 none) and the cost to get there.
    cutoff_ds
        Inclusive cutoff.
    side, targets
        Sources and targets as points; None when every node is a target.
    reverse
        Whether the sources are where the trips end.
    weights
        int64 weight of every target for sums; empty counts 1 each.
    jobs
        Threads; None takes every processor. Results never depend on it.
    kernel
        ``"bucket"`` or ``"lanes"``; None takes what should be quicker.
    """

    graph: DirectedGraph
    seed_node: NDArray[np.int32]
    seed_cost: NDArray[np.int32]
    cutoff_ds: int
    side: Side | None = None
    targets: Targets | None = None
    reverse: bool = False
    weights: NDArray[np.int64] = field(default_factory=lambda: NO_WEIGHTS)
    jobs: int | None = None
    kernel: str | None = None

    def __post_init__(self) -> None:
        self.jobs = max(1, self.jobs or cpu_count() or 1)
        key = self.seed_node.max(axis=1, initial=-1)
        if self.side is not None:
            # A point without a node may still meet others on its own edge.
            key = np.where(self.side.edge >= 0, key, -2)
        else:
            key = np.where(key >= 0, key, -2)
        self._active = np.flatnonzero(key > -2)
        self._key = key
        self.pairs_per_source = 1.0
        self._prepared = False
        self._spare: deque[tuple[NDArray[np.int32], NDArray[Any]]] = deque()

    def _by_place(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Put near sources together: nodes are in Hilbert order."""
        return rows[np.argsort(self._key[rows], kind="stable")]

    def windows(self) -> Iterator[NDArray[np.int64]]:
        """Yield ranges of sources whose pairs fit into memory beside the result."""
        if not len(self._active):
            return
        self._prepare()
        # Sources that come in order of place lose nothing by short windows.
        most = WINDOW_PAIRS // 4 if (np.diff(self._key[self._active]) >= 0).all() else WINDOW_PAIRS
        start = 0
        while start < len(self._active):
            size = int(max(most / self.pairs_per_source, 4 * BLOCK))
            yield self._active[start : start + size]
            start += size

    def blocks(self, rows: NDArray[np.int64], what: int = PAIRS) -> Iterator[Block]:
        """Search from some sources, in order of place; blocks come in the same order for any ``jobs``."""
        ordered = self._by_place(rows)
        parts = [ordered[k : k + BLOCK] for k in range(0, len(ordered), BLOCK)]
        local = threading.local()

        def run(part: NDArray[np.int64]) -> Block:
            if not hasattr(local, "search"):
                local.search = self._search_on_thread(what)
            block: Block = local.search(part)
            return block

        if self.jobs == 1 or len(parts) == 1:
            yield from map(run, parts)
            return
        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            ahead: deque[Any] = deque()
            for part in parts:
                ahead.append(pool.submit(run, part))
                if len(ahead) > 2 * (self.jobs or 1):
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def target_counts(self, n_targets: int) -> NDArray[np.int64]:
        """How many sources reach each target."""
        self._target_counts: list[NDArray[np.int64]] = []
        self._n_targets = n_targets
        for rows in self.windows():
            for _block in self.blocks(rows, TARGET_COUNTS):
                pass
        return sum(self._target_counts, np.zeros(n_targets, np.int64))

    def sums(self) -> NDArray[np.int64]:
        """How many targets each source reaches, or the sum of their weights."""
        sums = np.zeros(len(self.seed_node), np.int64)
        for rows in self.windows():
            for block in self.blocks(rows, SUMS):
                sums[block.rows] = block.counts
        return sums

    def _prepare(self) -> None:
        """Choose the kernel from a sample of sources, and put the graph into layers if that pays."""
        if self._prepared:
            return
        self._prepared = True
        if len(self._active) <= SAMPLE:
            self.kernel = self.kernel or "bucket"
            return
        arcs = self.graph.arcs
        ordered = self._by_place(self._active)
        # A few runs of neighbours: what each settles alone, and what they settle together.
        step = max(1, (len(ordered) - LANES) // (SAMPLE // LANES))
        runs = [ordered[k : k + LANES] for k in range(0, len(ordered) - LANES + 1, step)]
        sample = np.concatenate(runs)
        queue = queue_for(arcs, self.cutoff_ds, LANES * self.seed_node.shape[1])

        def settled(node: NDArray[np.int32], cost: NDArray[np.int32]) -> float:
            counts, _, _ = search_nodes(
                arcs, queue, node, cost, self.cutoff_ds, NO_WEIGHTS, SUMS, *self._arrays(0, SUMS)
            )
            return float(counts.mean())

        spaced = ordered[:: max(1, len(ordered) // SAMPLE)]
        alone = settled(self.seed_node[spaced], self.seed_cost[spaced])
        shared = settled(self.seed_node[sample], self.seed_cost[sample])
        together = settled(
            self.seed_node[sample].reshape(len(runs), -1),
            self.seed_cost[sample].reshape(len(runs), -1),
        )
        n_nodes = max(len(arcs.indptr) - 1, 1)
        n_targets = n_nodes if self.targets is None else len(self.targets.side.edge)
        self.pairs_per_source = max(alone * n_targets / n_nodes, 1.0)
        if self.kernel is None:
            crossings = int((np.diff(arcs.indptr) >= 3).sum())
            layering = _LAYER_NODE * n_nodes + _LAYER_CROSSING * crossings
            in_lanes = _SHARED * alone * together / max(shared, 1.0) * len(ordered) / LANES
            in_lanes += 0 if self.graph.has_layers else layering / USES
            self.kernel = "lanes" if in_lanes < _ALONE * alone * len(ordered) else "bucket"

    def _search_on_thread(self, what: int) -> Callable[[NDArray[np.int64]], Block]:
        """Make one thread's arrays and return its search."""
        return self._lanes(what) if self.kernel == "lanes" else self._buckets(what)

    def pairs_expected(self) -> int:
        """Guess how many pairs there will be, rather too many than too few."""
        return int(1.25 * self.pairs_per_source * len(self._active))

    def recycle(self, block: Block) -> None:
        """Take a block's arrays back for another; its pairs are gone then."""
        self._spare.append((block.found, block.times))

    def _arrays(self, rows: int, what: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """Arrays for the pairs of a block: used ones, so that their memory is at hand."""
        dtype = time_dtype(self.cutoff_ds)
        if what != PAIRS:
            return np.empty(0, np.int32), np.empty(0, dtype)
        try:
            return self._spare.pop()
        except IndexError:
            guess = int(1.2 * self.pairs_per_source * rows) + 64
            return np.empty(guess, np.int32), np.empty(guess, dtype)

    def _own_counts(self) -> NDArray[np.int64]:
        counts = np.zeros(getattr(self, "_n_targets", 0), np.int64)
        if len(counts):
            self._target_counts.append(counts)
        return counts

    def _part(self, rows: NDArray[np.int64]) -> Side:
        from geodata.travel_time.points import Side

        assert self.side is not None  # noqa: S101 - only called for points
        part: Side = Side._make(values[rows] for values in self.side)
        return part

    def _lanes(self, what: int) -> Callable[[NDArray[np.int64]], Block]:
        from geodata.travel_time.lane_rows import lane_nodes, lane_points
        from geodata.travel_time.lanes import ranks, space

        graph = ranks(self.graph.layers(), self.cutoff_ds)
        room = space(graph)
        counts = self._own_counts()

        def search(rows: NDArray[np.int64]) -> Block:
            pairs = self._arrays(len(rows), what)
            if self.targets is None:
                seeds = self.seed_node[rows], self.seed_cost[rows]
                return Block(rows, *lane_nodes(graph, room, *seeds, self.weights, what, *pairs))
            return Block(
                rows,
                *lane_points(
                    graph, room, self._part(rows), self.targets, int(self.reverse),
                    self.weights, what, *pairs, counts,
                ),
            )  # fmt: skip

        return search

    def _buckets(self, what: int) -> Callable[[NDArray[np.int64]], Block]:
        from geodata.travel_time.points import search_points

        arcs = self.graph.arcs
        queue = queue_for(arcs, self.cutoff_ds, self.seed_node.shape[1])
        counts = self._own_counts()

        def search(rows: NDArray[np.int64]) -> Block:
            pairs = self._arrays(len(rows), what)
            if self.targets is None:
                seeds = self.seed_node[rows], self.seed_cost[rows]
                return Block(
                    rows,
                    *search_nodes(arcs, queue, *seeds, self.cutoff_ds, self.weights, what, *pairs),
                )
            return Block(
                rows,
                *search_points(
                    arcs, queue, self._part(rows), self.targets, int(self.reverse), self.cutoff_ds,
                    self.weights, what, *pairs, counts,
                ),
            )  # fmt: skip

        return search
