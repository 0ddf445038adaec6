# ruff: noqa: PLR0917 - a numba kernel is one loop over plain arrays
"""A grid over line segments, for the nearest one to a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Grid", "make_grid", "nearest", "ordered_candidates", "usable_segments"]

CELLS_PER_SEGMENT = 0.4
FEWEST_CELLS_A_SIDE = 1
MOST_CELLS_A_SIDE = 1 << 14


@dataclass(frozen=True, eq=False)
class Grid:
    """Segments by the square cells they cross, coordinates copied in cell order.

    Parameters
    ----------
    x0, y0, cell_m
        Lower left corner and width of a cell, metres.
    columns, rows
        Size of the grid.
    indptr
        int64, shape (cells + 1,).
    owner
        int32: number of the segment in each slot.
    line
        float64, shape (slots, 4): its ends.
    mark
        bool: whether the segment is preferred (main component).
    """

    x0: float
    y0: float
    cell_m: float
    columns: int
    rows: int
    indptr: NDArray[np.int64]
    owner: NDArray[np.int32]
    line: NDArray[np.float64]
    mark: NDArray[np.bool_]


def make_grid(lines: NDArray[np.float64], mark: NDArray[np.bool_]) -> Grid:
    """Grid over segments.

    Parameters
    ----------
    lines
        float64, shape (segments, 4): x and y of both ends.
    mark
        bool, shape (segments,): the preferred ones.

    Returns
    -------
    Grid
        About one cell per segment.
    """
    x0, x1, y0, y1 = _box(lines)
    width, height = max(x1 - x0, 1.0), max(y1 - y0, 1.0)
    cell = max((width * height / (CELLS_PER_SEGMENT * len(lines))) ** 0.5, 1.0)
    cell = max(cell, max(width, height) / MOST_CELLS_A_SIDE)
    columns, rows = int(width / cell) + 1, int(height / cell) + 1
    counts = _count(lines, x0, y0, cell, columns, rows)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    owner = _fill(lines, x0, y0, cell, columns, rows, indptr)
    return Grid(x0, y0, cell, columns, rows, indptr, owner, lines[owner], mark[owner])


@numba.njit(cache=True)
def usable_segments(
    indptr: NDArray[np.int64], xy: NDArray[np.float64], usable: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Cut the usable edges into segments: edge, share of the edge before it, its share, and its ends."""
    total = 0
    for e in range(len(usable)):
        if usable[e]:
            total += indptr[e + 1] - indptr[e] - 1
    edge = np.empty(total, np.int32)
    before, share = np.empty(total), np.empty(total)
    lines = np.empty((total, 4))
    at = 0
    for e in range(len(usable)):
        if not usable[e]:
            continue
        first, run = at, 0.0
        for k in range(indptr[e], indptr[e + 1] - 1):
            lines[at, 0], lines[at, 1] = xy[k, 0], xy[k, 1]
            lines[at, 2], lines[at, 3] = xy[k + 1, 0], xy[k + 1, 1]
            length = np.hypot(xy[k + 1, 0] - xy[k, 0], xy[k + 1, 1] - xy[k, 1])
            edge[at], before[at], share[at] = e, run, length
            run += length
            at += 1
        if run > 0.0:
            for k in range(first, at):
                before[k] /= run
                share[k] /= run
    return edge, before, share, lines


@numba.njit(cache=True)
def _box(
    lines: NDArray[np.float64],
) -> tuple[float, float, float, float]:  # pragma: no cover - compiled
    x0, x1, y0, y1 = np.inf, -np.inf, np.inf, -np.inf
    for k in range(len(lines)):
        x0, x1 = min(x0, lines[k, 0], lines[k, 2]), max(x1, lines[k, 0], lines[k, 2])
        y0, y1 = min(y0, lines[k, 1], lines[k, 3]), max(y1, lines[k, 1], lines[k, 3])
    return x0, x1, y0, y1


@numba.njit(cache=True)
def _span(
    line: NDArray[np.float64], y0: float, cell: float, row: int
) -> tuple[float, float]:  # pragma: no cover - compiled
    # x range of a segment inside one row of cells, widened by a hair so that rounding loses no cell
    ax, ay, bx, by = line[0], line[1], line[2], line[3]
    low, high = min(ax, bx), max(ax, bx)
    if ay == by:
        return low, high
    bottom, top = y0 + row * cell, y0 + (row + 1) * cell
    one = ax + (bx - ax) * min(max((bottom - ay) / (by - ay), 0.0), 1.0)
    two = ax + (bx - ax) * min(max((top - ay) / (by - ay), 0.0), 1.0)
    hair = 1e-9 * (abs(low) + abs(high) + cell)
    return max(min(one, two) - hair, low), min(max(one, two) + hair, high)


@numba.njit(cache=True)
def _place(value: float, start: float, cell: float, n: int) -> int:  # pragma: no cover - compiled
    return min(max(int(np.floor((value - start) / cell)), 0), n - 1)


@numba.njit(cache=True)
def _count(
    lines: NDArray[np.float64], x0: float, y0: float, cell: float, columns: int, rows: int
) -> NDArray[np.int64]:  # pragma: no cover - compiled
    counts = np.zeros(columns * rows, np.int64)
    for k in range(len(lines)):
        line = lines[k]
        for row in range(
            _place(min(line[1], line[3]), y0, cell, rows),
            _place(max(line[1], line[3]), y0, cell, rows) + 1,
        ):
            left, right = _span(line, y0, cell, row)
            for column in range(
                _place(left, x0, cell, columns), _place(right, x0, cell, columns) + 1
            ):
                counts[row * columns + column] += 1
    return counts


@numba.njit(cache=True)
def _fill(
    lines: NDArray[np.float64],
    x0: float,
    y0: float,
    cell: float,
    columns: int,
    rows: int,
    indptr: NDArray[np.int64],
) -> NDArray[np.int32]:  # pragma: no cover - compiled
    owner = np.empty(indptr[-1], np.int32)
    at = indptr[:-1].copy()
    for k in range(len(lines)):
        line = lines[k]
        for row in range(
            _place(min(line[1], line[3]), y0, cell, rows),
            _place(max(line[1], line[3]), y0, cell, rows) + 1,
        ):
            left, right = _span(line, y0, cell, row)
            for column in range(
                _place(left, x0, cell, columns), _place(right, x0, cell, columns) + 1
            ):
                here = row * columns + column
                owner[at[here]] = k
                at[here] += 1
    return owner


@numba.njit(cache=True)
def foot(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> tuple[float, float]:
    """Squared distance from a point to a segment, and where along it (0-1) the nearest place is."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    t = 0.0 if square == 0.0 else ((px - ax) * dx + (py - ay) * dy) / square
    # Ends exactly, so that segments sharing a node tie exactly.
    if t <= 0.0:
        return (px - ax) ** 2 + (py - ay) ** 2, 0.0
    if t >= 1.0:
        return (px - bx) ** 2 + (py - by) ** 2, 1.0
    ex, ey = px - (ax + t * dx), py - (ay + t * dy)
    return ex * ex + ey * ey, t


@numba.njit(cache=True)
def _clear(
    px: float,
    py: float,
    x0: float,
    y0: float,
    cell: float,
    columns: int,
    rows: int,
    r: int,
    cx: int,
    cy: int,
) -> float:  # pragma: no cover - compiled
    # Distance to anything outside the block of cells already looked at; sides beyond the grid do not count.
    least = np.inf
    if cx - r > 0:
        least = min(least, px - (x0 + (cx - r) * cell))
    if cy - r > 0:
        least = min(least, py - (y0 + (cy - r) * cell))
    if cx + r < columns - 1:
        least = min(least, x0 + (cx + r + 1) * cell - px)
    if cy + r < rows - 1:
        least = min(least, y0 + (cy + r + 1) * cell - py)
    return least


@numba.njit(cache=True)
def _nearest(
    xy: NDArray[np.float64],
    order: NDArray[np.int64],
    x0: float,
    y0: float,
    cell: float,
    columns: int,
    rows: int,
    indptr: NDArray[np.int64],
    owner: NDArray[np.int32],
    line: NDArray[np.float64],
    mark: NDArray[np.bool_],
    limit: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    n = len(xy)
    who = np.full((2, n), -1, np.int32)
    square = np.full((2, n), np.inf)
    along = np.zeros((2, n))
    for job in range(n):
        k = order[job]
        px, py = xy[k, 0], xy[k, 1]
        if not (np.isfinite(px) and np.isfinite(py)):
            continue
        cx, cy = _place(px, x0, cell, columns), _place(py, y0, cell, rows)
        best, best_marked = np.inf, np.inf
        one, one_marked, t_best, t_marked = -1, -1, 0.0, 0.0
        r = 0
        while True:
            for row in range(max(cy - r, 0), min(cy + r, rows - 1) + 1):
                edge_row = abs(row - cy) == r
                column = max(cx - r, 0) if edge_row or cx - r >= 0 else cx + r
                while column <= min(cx + r, columns - 1):
                    here = row * columns + column
                    for slot in range(indptr[here], indptr[here + 1]):
                        d, t = foot(
                            px, py, line[slot, 0], line[slot, 1], line[slot, 2], line[slot, 3]
                        )
                        s = owner[slot]
                        if d < best or (d == best and s < one):
                            best, one, t_best = d, s, t
                        if mark[slot] and (
                            d < best_marked or (d == best_marked and s < one_marked)
                        ):
                            best_marked, one_marked, t_marked = d, s, t
                    column += 1 if edge_row else max(2 * r, 1)
            clear = _clear(px, py, x0, y0, cell, columns, rows, r, cx, cy)
            if clear == np.inf or (
                clear >= 0
                and best <= clear * clear
                and (best_marked <= clear * clear or clear > limit)
            ):
                break
            r += 1
        who[0, k], square[0, k], along[0, k] = one, best, t_best
        who[1, k], square[1, k], along[1, k] = one_marked, best_marked, t_marked
    return who, square, along


def nearest(
    grid: Grid, xy: NDArray[np.float64], limit_m: float
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Nearest segment to each point, and nearest preferred one.

    Parameters
    ----------
    grid
        Grid over the segments.
    xy
        float64, shape (points, 2); points that are not finite get no segment.
    limit_m
        Preferred segments beyond this distance need not be found.

    Returns
    -------
    segment : int32, shape (2, points)
        Row 0 over all, row 1 over the preferred; -1 for none. Ties go to the lower number.
    squared_distance, along
        float64, shape (2, points): square metres, and place on the segment in 0-1.
    """
    # Points in cell order share cells in cache.
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(xy).all(axis=1))
    plain = np.where(finite[:, None], xy, 0.0)
    column = np.clip((plain[:, 0] - grid.x0) / grid.cell_m, 0, grid.columns - 1).astype(np.int64)
    row = np.clip((plain[:, 1] - grid.y0) / grid.cell_m, 0, grid.rows - 1).astype(np.int64)
    order = np.argsort(row * grid.columns + column, kind="stable")
    return _nearest(
        xy, order, grid.x0, grid.y0, grid.cell_m, grid.columns, grid.rows,
        grid.indptr, grid.owner, grid.line, grid.mark, limit_m,
    )  # fmt: skip


def ordered_candidates(
    grid: Grid, x: float, y: float, limit_m: float
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Every segment within the limit of a point, nearest first (ties by number): number, metres, place along."""
    first = max(int((x - limit_m - grid.x0) // grid.cell_m), 0)
    last = min(int((x + limit_m - grid.x0) // grid.cell_m), grid.columns - 1)
    low = max(int((y - limit_m - grid.y0) // grid.cell_m), 0)
    high = min(int((y + limit_m - grid.y0) // grid.cell_m), grid.rows - 1)
    slots = [
        np.arange(
            grid.indptr[row * grid.columns + first], grid.indptr[row * grid.columns + last + 1]
        )
        for row in range(low, high + 1)
        if last >= first
    ]
    slot = np.concatenate(slots) if slots else np.zeros(0, np.int64)
    number, at = np.unique(grid.owner[slot], return_index=True)
    square, along = _feet(x, y, grid.line[slot[at]])
    near = np.flatnonzero(square <= limit_m * limit_m)
    near = near[np.lexsort((number[near], square[near]))]
    return number[near], np.sqrt(square[near]), along[near]


@numba.njit(cache=True)
def _feet(
    x: float, y: float, lines: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # pragma: no cover - compiled
    square, along = np.empty(len(lines)), np.empty(len(lines))
    for k in range(len(lines)):
        square[k], along[k] = foot(x, y, lines[k, 0], lines[k, 1], lines[k, 2], lines[k, 3])
    return square, along
