"""Graphs as searches take them: turned round where needed, put into layers once, kept with their mode."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from geodata.travel_time.bucket import Arcs, reverse_arcs
from geodata.travel_time.contract import Layers, contract

if TYPE_CHECKING:
    from geodata.roads.network import ModeGraph


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
