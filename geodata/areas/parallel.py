"""Shapely over long arrays on all cores: its functions let go of the interpreter while they compute."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import shapely
    from numpy.typing import NDArray

T = TypeVar("T")
R = TypeVar("R")

LEAST = 2_000
"""Shorter arrays are not worth a thread."""


def each(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Return ``work`` of every item, in their order, on all cores."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(work, items))


def in_parts(work: Callable[..., NDArray[Any]], *arrays: NDArray[Any]) -> NDArray[Any]:
    """Return ``work`` of arrays of one length, in parts laid end to end; the answer does not depend on the parts."""
    if len(arrays[0]) < LEAST:
        return work(*arrays)
    parts = [np.array_split(array, 4 * (os.cpu_count() or 1)) for array in arrays]
    return np.concatenate(each(lambda part: work(*part), list(zip(*parts, strict=True))))


def query_in_parts(
    tree: shapely.STRtree, geometry: NDArray[np.object_], within_m: float | None = None
) -> NDArray[np.int64]:
    """Return what ``tree.query`` returns, asked in parts: pairs that intersect, or lie within so many metres; shape (2, pairs)."""

    def ask(rows: NDArray[np.int64]) -> NDArray[np.int64]:
        if within_m is None:
            found = tree.query(geometry[rows], predicate="intersects")
        else:
            found = tree.query(geometry[rows], predicate="dwithin", distance=within_m)
        if len(rows):
            found[0] += rows[0]
        return found

    every = np.arange(len(geometry))
    if len(geometry) < LEAST:
        return ask(every)
    return np.concatenate(each(ask, np.array_split(every, 4 * (os.cpu_count() or 1))), axis=1)
