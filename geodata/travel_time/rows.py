# ruff: noqa: PLR0917 - a numba kernel is one loop over plain arrays
"""Lay blocks of pairs down as compressed sparse rows, in little more memory than the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.travel_time.bits import kernel, lowest_bit, mark
from geodata.travel_time.engine import time_dtype
from geodata.travel_time.store import IN_MEMORY
from geodata.travel_time.vector import copy_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.travel_time.engine import Block, Searches
    from geodata.travel_time.store import Spill

Csr = tuple["NDArray[np.int64]", "NDArray[np.int32]", "NDArray[Any]"]

ROWS_AT_ONCE = 4096


@kernel
def _place(
    rows: NDArray[np.int64],
    counts: NDArray[np.int64],
    found: NDArray[np.int32],
    times: NDArray[Any],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    deciseconds: NDArray[Any],
) -> None:
    """Copy the rows of a block to where they belong."""
    at = 0
    for k in range(len(rows)):
        start = indptr[rows[k]]
        copy_part(indices, start, found, at, counts[k])
        copy_part(deciseconds, start, times, at, counts[k])
        at += counts[k]


@kernel
def _scatter(
    columns: NDArray[np.int64],
    counts: NDArray[np.int64],
    found: NDArray[np.int32],
    times: NDArray[Any],
    place: NDArray[np.int64],
    indices: NDArray[np.int32],
    deciseconds: NDArray[Any],
) -> None:
    """Write a block searched from columns into rows; ``place`` is the next free cell of each row."""
    at = 0
    for k in range(len(columns)):
        for j in range(at, at + counts[k]):
            cell = place[found[j]]
            place[found[j]] = cell + 1
            indices[cell] = columns[k]
            deciseconds[cell] = times[j]
        at += counts[k]


@kernel
def _sort_rows(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], deciseconds: NDArray[Any], n_columns: int
) -> None:
    """Sort every row by column, through a set of bits."""
    bits = np.zeros((n_columns >> 6) + 1, np.uint64)
    summary = np.zeros((n_columns >> 12) + 1, np.uint64)
    time_of = np.empty(n_columns, deciseconds.dtype)
    for row in range(len(indptr) - 1):
        for at in range(indptr[row], indptr[row + 1]):
            mark(bits, summary, np.int64(indices[at]))
            time_of[indices[at]] = deciseconds[at]
        at = indptr[row]
        for top in range(len(summary)):
            words = summary[top]
            summary[top] = np.uint64(0)
            while words != np.uint64(0):
                word = (top << 6) + np.int64(lowest_bit(words))
                words &= words - np.uint64(1)
                pending = bits[word]
                bits[word] = np.uint64(0)
                while pending != np.uint64(0):
                    column = (word << 6) + np.int64(lowest_bit(pending))
                    pending &= pending - np.uint64(1)
                    indices[at] = column
                    deciseconds[at] = time_of[column]
                    at += 1


def by_source(searches: Searches, n_rows: int, spill: Spill = IN_MEMORY) -> Csr:
    """Pairs with the sources as rows.

    Sources are searched window by window, near ones together; each window is put into order as it is
    appended, and the arrays grow in place, so the peak is the result and one window.
    """
    columns, values = spill.arrays(time_dtype(searches.cutoff_ds))
    counts = np.zeros(n_rows, np.int64)
    filled = 0
    done = 0
    for window in searches.windows():
        if not done:
            columns.reserve(searches.pairs_expected())
            values.reserve(searches.pairs_expected())
        blocks = list(searches.blocks(window))
        for block in blocks:
            counts[block.rows] = block.counts
        starts = np.zeros(n_rows, np.int64)
        starts[window] = filled + np.cumsum(counts[window]) - counts[window]
        filled += int(counts[window].sum())
        indices, deciseconds = columns.grow(filled), values.grow(filled)
        done += len(window)
        searches.pairs_per_source = max(filled / done, 1.0)
        for block in blocks:
            _place(*block, starts, indices, deciseconds)
            searches.recycle(block)
    return _indptr(counts), columns.trimmed(), values.trimmed()


def by_target(searches: Searches, n_rows: int, n_columns: int, spill: Spill = IN_MEMORY) -> Csr:
    """Pairs with the targets as rows, found by searching from the columns.

    When there are few pairs the blocks are kept until all are known. Otherwise the pairs of each row
    are counted first and found a second time, so that the peak stays at the size of the result.
    """
    windows = list(searches.windows())
    kept: list[Block] | None = None
    if len(windows) <= 1:
        kept = [block for window in windows for block in searches.blocks(window)]
        counts = np.zeros(n_rows, np.int64)
        for block in kept:
            counts += np.bincount(block.found[: block.counts.sum()], minlength=n_rows)
    else:
        counts = searches.target_counts(n_rows)
    indptr = _indptr(counts)
    columns, values = spill.arrays(time_dtype(searches.cutoff_ds))
    indices, deciseconds = columns.grow(int(indptr[-1])), values.grow(int(indptr[-1]))
    place = indptr[:-1].copy()
    found = kept if kept is not None else (b for w in windows for b in searches.blocks(w))
    for block in found:
        _scatter(*block, place, indices, deciseconds)
        searches.recycle(block)
    _sort_rows(indptr, indices, deciseconds, n_columns)
    return indptr, indices, deciseconds


def _indptr(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each row begins."""
    indptr = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=indptr[1:])
    return indptr
