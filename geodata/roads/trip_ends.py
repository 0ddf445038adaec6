"""Keep through traffic out of private roads and barriers, by cutting each mode's segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geodata.roads.costs import closes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.roads.costs import ModeSegments
    from geodata.roads.segments import Segments

__all__ = ["cut_barriers", "cut_private"]


def cut_barriers(pieces: Segments, made: ModeSegments) -> NDArray[np.bool_]:
    """Segments to close so that nothing passes a closed barrier.

    At a barrier the longest segment stays and ends there; the others close to the mode, so both sides can still
    be reached up to one node before the barrier, and no trip goes through.

    Returns
    -------
    bool array, shape (segments,)
        True where the segment closes.
    """
    closed = np.zeros(len(pieces.a), bool)
    stops = [node for node, tags in pieces.node_tags.items() if closes(tags, made.mode)]
    if not stops:
        return closed
    stop = np.zeros(len(pieces.node_id), bool)
    stop[stops] = True
    usable = made.forward | made.backward
    segment = np.concatenate(
        [np.flatnonzero(usable & stop[pieces.a]), np.flatnonzero(usable & stop[pieces.b])]
    )
    at = np.concatenate([pieces.a[usable & stop[pieces.a]], pieces.b[usable & stop[pieces.b]]])
    order = np.lexsort((segment, -pieces.length_m[segment], at))
    longest = np.r_[True, at[order][1:] != at[order][:-1]]
    closed[segment[order][~longest]] = True
    return closed


def cut_private(
    pieces: Segments, made: ModeSegments, closed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Segments to close so that no trip goes through a private area from one gate to another.

    Each node of a private area belongs to the gate it is nearest to along private roads; a private segment
    whose two ends belong to different gates closes. So every place inside is still reached, from its nearest
    gate, and through traffic is impossible. A place near the cut takes its nearest gate even where another
    gate would be quicker for one trip.

    Returns
    -------
    bool array, shape (segments,)
        True where the segment closes.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    cut = np.zeros(len(pieces.a), bool)
    usable = (made.forward | made.backward) & ~closed
    private = usable & made.trip_ends
    if not private.any():
        return cut
    public = np.zeros(len(pieces.node_id), bool)
    open_to_all = usable & ~made.trip_ends
    public[pieces.a[open_to_all]] = public[pieces.b[open_to_all]] = True
    a, b = pieces.a[private], pieces.b[private]
    nodes, at = np.unique(np.concatenate([a, b]), return_inverse=True)
    u, v = at[: len(a)], at[len(a) :]
    gates = np.flatnonzero(public[nodes])
    if not len(gates):
        return cut
    # scipy adds parallel entries up and drops zeros: keep the shortest, and never quite nothing.
    low, high = np.minimum(u, v), np.maximum(u, v)
    order = np.lexsort((pieces.length_m[private], high, low))
    first = np.r_[True, (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)]
    chosen = order[first]
    metres = np.maximum(pieces.length_m[private][chosen], 1e-6)
    graph = coo_matrix(
        (metres, (low[chosen], high[chosen])), shape=(len(nodes), len(nodes))
    ).tocsr()
    _, _, gate = dijkstra(
        graph, directed=False, indices=gates, return_predecessors=True, min_only=True
    )
    cut[np.flatnonzero(private)[gate[u] != gate[v]]] = True
    return cut
