# ruff: noqa: PLR0917 - a numba kernel takes plain arrays
"""Join chains of raw segments into edges without changing any travel time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["chains"]


def chains(
    n_nodes: int,
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    along: NDArray[np.int64],
    against: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]:
    """Group segments into maximal chains through nodes where nothing can change.

    A node is passed when exactly two segment ends meet there and the two segments are alike in the direction of
    travel. Dead ends, junctions and changes stay; a ring without any such node keeps its first one.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    a, b
        Ends of each segment.
    along, against
        Label of each segment seen from ``a`` to ``b``, and from ``b`` to ``a``: equal labels may be joined.

    Returns
    -------
    indptr : int64, shape (chains + 1,)
    segment : int32, shape (segments,)
        Segments in the order of travel.
    turned : bool, shape (segments,)
        True where a chain runs through a segment from ``b`` to ``a``.
    """
    ends = np.concatenate([a, b])
    order = np.argsort(ends, kind="stable").astype(np.int32)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=n_nodes))])
    ptr, segment, turned = _chains(indptr, order, a, b, along, against)
    return ptr, segment, turned


@numba.njit(cache=True)
def _passes(
    node: int,
    indptr: NDArray[np.int64],
    order: NDArray[np.int32],
    m: int,
    along: NDArray[np.int64],
    against: NDArray[np.int64],
) -> bool:
    start = indptr[node]
    if indptr[node + 1] - start != 2:
        return False
    one, two = order[start], order[start + 1]
    if one % m == two % m:
        return False
    # towards the node on one segment, away from it on the other
    inward = against[one] if one < m else along[one - m]
    outward = along[two] if two < m else against[two - m]
    return bool(inward == outward)


@numba.njit(cache=True)
def _chains(
    indptr: NDArray[np.int64],
    order: NDArray[np.int32],
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    along: NDArray[np.int64],
    against: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]:
    n, m = len(indptr) - 1, len(a)
    passed = np.zeros(n, np.bool_)
    for node in range(n):
        passed[node] = _passes(node, indptr, order, m, along, against)
    done = np.zeros(m, np.bool_)
    ptr = np.empty(m + 1, np.int64)
    segment = np.empty(m, np.int32)
    turned = np.empty(m, np.bool_)
    count, filled = 0, 0
    ptr[0] = 0
    for round_ in range(2):  # the second round finds rings, whose nodes are all passed
        for node in range(n):
            if passed[node] != (round_ == 1):
                continue
            for at in range(indptr[node], indptr[node + 1]):
                end = order[at]
                if done[end % m]:
                    continue
                here = end
                while True:
                    s = here % m
                    back = here >= m
                    done[s] = True
                    segment[filled] = s
                    turned[filled] = back
                    filled += 1
                    head = a[s] if back else b[s]
                    if not passed[head] or head == node:
                        break
                    first = order[indptr[head]]
                    arrived = s if back else s + m
                    here = order[indptr[head] + 1] if first == arrived else first
                count += 1
                ptr[count] = filled
    return ptr[: count + 1].copy(), segment, turned
