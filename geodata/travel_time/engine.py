"""Run many searches: choose the kernel, order the sources, share the work between threads."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import cpu_count
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from geodata.travel_time.bucket import (
    PAIRS,
    SUMS,
    TARGET_COUNTS,
    Arcs,
    queue_for,
    reverse_arcs,
    search_nodes,
)
from geodata.travel_time.contract import Layers, contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from geodata.roads.network import ModeGraph
    from geodata.travel_time.points import Side, Targets

BLOCK = 256
"""Sources in one call of a kernel; many enough to forget the call, few enough to share."""

WINDOW_PAIRS = 8_000_000
"""Pairs kept apart before they are laid down in the order asked for: 48 MB."""

SAMPLE = 64
_SETTLE, _SHARED, _LAYER = 60, 12, 1500
"""Nanoseconds to settle a node in a search of its own, in shared lanes, and to put it into a layer."""

NO_WEIGHTS = np.empty(0, np.int64)


class Block(NamedTuple):
    """What one call found: positions of the sources, counts, targets ascending per source, deciseconds."""

    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    found: NDArray[np.int32]
    times: NDArray[Any]


@dataclass(eq=False)
class DirectedGraph:
    """Arcs in the direction of a search, with what was prepared for them."""

    arcs: Arcs
    _layers: Layers | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def has_layers(self) -> bool:
        """Whether the graph was put into layers already."""
        return self._layers is not None

    def layers(self) -> Layers:
        """Return the graph in layers, made once."""
        with self._lock:
            if self._layers is None:
                self._layers = contract(*self.arcs)
            return self._layers


_graphs: WeakKeyDictionary[ModeGraph, dict[bool, DirectedGraph]] = WeakKeyDictionary()
_graphs_lock = threading.Lock()


def directed(graph: ModeGraph, *, reverse: bool) -> DirectedGraph:
    """Arcs of a mode as they run or turned round, kept as long as the graph lives."""
    with _graphs_lock:
        both = _graphs.setdefault(graph, {})
        if reverse not in both:
            ahead = Arcs(
                np.ascontiguousarray(graph.indptr, dtype=np.int64),
                np.ascontiguousarray(graph.heads, dtype=np.int32),
                np.ascontiguousarray(graph.cost_ds, dtype=np.int32),
            )
            both[reverse] = DirectedGraph(Arcs(*reverse_arcs(*ahead)) if reverse else ahead)
        return both[reverse]


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

    def _by_place(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Put near sources together: nodes are in Hilbert order."""
        return rows[np.argsort(self._key[rows], kind="stable")]

    def windows(self) -> Iterator[NDArray[np.int64]]:
        """Yield ranges of sources whose pairs fit into memory beside the result."""
        if not len(self._active):
            return
        self._prepare()
        size = int(max(WINDOW_PAIRS / self.pairs_per_source, 4 * BLOCK))
        for start in range(0, len(self._active), size):
            yield self._active[start : start + size]

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
        sample = self._active[:: max(1, len(self._active) // SAMPLE)][:SAMPLE]
        arcs = self.graph.arcs
        counts, _, _ = search_nodes(
            arcs, queue_for(arcs, self.cutoff_ds), self.seed_node[sample], self.seed_cost[sample],
            self.cutoff_ds, NO_WEIGHTS, SUMS, np.empty(0, np.uint16), 0,
        )  # fmt: skip
        per_source = float(counts.mean())
        n_nodes = max(len(arcs.indptr) - 1, 1)
        n_targets = n_nodes if self.targets is None else len(self.targets.side.edge)
        self.pairs_per_source = max(per_source * n_targets / n_nodes, 1.0)
        if self.kernel is None:
            alone = _SETTLE * per_source * len(self._active)
            shared = _SHARED * per_source * len(self._active)
            layering = 0 if self.graph.has_layers else _LAYER * n_nodes
            self.kernel = "lanes" if shared + layering < alone else "bucket"

    def _search_on_thread(self, what: int) -> Callable[[NDArray[np.int64]], Block]:
        """Make one thread's arrays and return its search."""
        return self._lanes(what) if self.kernel == "lanes" else self._buckets(what)

    def _guess(self, rows: int, what: int) -> int:
        return int(1.2 * self.pairs_per_source * rows) + 64 if what == PAIRS else 0

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
        like = np.empty(0, time_dtype(self.cutoff_ds))
        counts = self._own_counts()

        def search(rows: NDArray[np.int64]) -> Block:
            guess = self._guess(len(rows), what)
            if self.targets is None:
                seeds = self.seed_node[rows], self.seed_cost[rows]
                return Block(
                    rows, *lane_nodes(graph, room, *seeds, self.weights, what, like, guess)
                )
            return Block(
                rows,
                *lane_points(
                    graph, room, self._part(rows), self.targets, int(self.reverse),
                    self.weights, what, like, guess, counts,
                ),
            )  # fmt: skip

        return search

    def _buckets(self, what: int) -> Callable[[NDArray[np.int64]], Block]:
        from geodata.travel_time.points import search_points

        arcs = self.graph.arcs
        queue = queue_for(arcs, self.cutoff_ds)
        like = np.empty(0, time_dtype(self.cutoff_ds))
        counts = self._own_counts()

        def search(rows: NDArray[np.int64]) -> Block:
            guess = self._guess(len(rows), what)
            if self.targets is None:
                seeds = self.seed_node[rows], self.seed_cost[rows]
                return Block(
                    rows,
                    *search_nodes(
                        arcs, queue, *seeds, self.cutoff_ds, self.weights, what, like, guess
                    ),
                )
            return Block(
                rows,
                *search_points(
                    arcs, queue, self._part(rows), self.targets, int(self.reverse), self.cutoff_ds,
                    self.weights, what, like, guess, counts,
                ),
            )  # fmt: skip

        return search
