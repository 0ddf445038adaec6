"""Who can be served where seats are few: the most people that fit into open sites within their reach, by maximum flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def most_served(
    load: NDArray[np.integer],
    indptr: NDArray[np.integer],
    indices: NDArray[np.integer],
    room: NDArray[np.integer],
) -> int:
    """Return the most people that can be served at once; exact, because a maximum flow equals its minimum cut.

    Parameters
    ----------
    load
        People of each group, whole numbers.
    indptr, indices
        Sites each group reaches, as compressed sparse rows.
    room
        People each site can take.

    Examples
    --------
    >>> most_served(np.array([5, 4]), np.array([0, 1, 3]), np.array([0, 0, 1]), np.array([6, 2]))
    8
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    load, indptr, indices = _merged(np.asarray(load), np.asarray(indptr), np.asarray(indices))
    groups, sites = len(load), len(room)
    if groups == 0 or sites == 0 or len(indices) == 0:
        return 0
    source, sink = groups + sites, groups + sites + 1
    row = np.repeat(np.arange(groups), np.diff(indptr))
    tails = np.concatenate([np.full(groups, source), row, groups + np.arange(sites)])
    heads = np.concatenate([np.arange(groups), groups + np.asarray(indices), np.full(sites, sink)])
    room_of = np.concatenate([load, np.asarray(load)[row], room]).astype(np.int32)
    graph = csr_array((room_of, (tails, heads)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, source, sink).flow_value)


def _merged(
    load: NDArray[np.integer], indptr: NDArray[np.integer], indices: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Add up groups that reach the same sites; those that reach none are left out."""
    sums: dict[bytes, int] = {}
    parts: list[NDArray[np.int64]] = []
    for group in np.flatnonzero(np.diff(indptr)).tolist():
        reached = np.sort(indices[indptr[group] : indptr[group + 1]]).astype(np.int64)
        key = reached.tobytes()
        if key not in sums:
            parts.append(reached)
        sums[key] = sums.get(key, 0) + int(load[group])
    ends = np.cumsum([len(part) for part in parts])
    merged = np.concatenate([np.zeros(0, np.int64), *parts])
    return np.array(list(sums.values()), np.int64), np.r_[0, ends].astype(np.int64), merged
