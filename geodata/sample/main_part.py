"""From the nodes of a road file to the outline of its main part and a field of activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Activity = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

# Side of the square cells nodes are counted in: a fortieth of the extent within these limits.
CELL_LEAST_M, CELL_MOST_M = 50.0, 200.0
EDGE_M = 30.0
# Cells with less than this share of the mean density of cells with roads are countryside.
QUIET_SHARE = 0.3


def busy_outline(x: NDArray[np.float64], y: NDArray[np.float64]) -> shapely.Polygon:
    """Return the largest connected part of where nodes are dense, without holes."""
    from scipy import ndimage

    counts, x0, y0, cell = _count(x, y, margin=4)
    smooth = ndimage.gaussian_filter(counts, 1.6)
    wanted = smooth > QUIET_SHARE * smooth[counts > 0].mean()
    wanted = ndimage.binary_closing(wanted, iterations=2)
    labels, _parts = ndimage.label(ndimage.binary_fill_holes(wanted))
    held = np.bincount(labels.ravel(), counts.ravel())
    held[0] = 0
    across, up = np.nonzero(labels == int(held.argmax()))
    west, south = x0 + across * cell, y0 + up * cell
    area = shapely.union_all(shapely.box(west, south, west + cell, south + cell))
    # Closing rounds the corners of the cells and keeps one polygon; smoothing reached beyond
    # the last roads, and the hull takes that back.
    hull = shapely.MultiPoint(np.column_stack((x, y))).convex_hull.buffer(EDGE_M)
    rounded = area.buffer(cell * 1.5).buffer(-cell * 1.2).intersection(hull).simplify(cell / 5)
    parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(rounded)]
    return max(parts, key=lambda part: part.area)


def density_field(
    x: NDArray[np.float64], y: NDArray[np.float64], outline: shapely.Polygon
) -> Activity:
    """Return how densely points lie around a place, mean 1 inside the outline, at most 6."""
    from scipy import ndimage

    counts, x0, y0, cell = _count(x, y, margin=4)
    smooth = ndimage.gaussian_filter(counts, 2.0)
    across, up = np.indices(counts.shape)
    inside = shapely.contains_xy(outline, x0 + (across + 0.5) * cell, y0 + (up + 0.5) * cell)
    field = np.clip(smooth / max(float(smooth[inside].mean()), 1e-9), 0.08, 6.0)

    def activity(at_x: NDArray[np.float64], at_y: NDArray[np.float64]) -> NDArray[np.float64]:
        i = np.clip(((at_x - x0) / cell).astype(np.int64), 0, field.shape[0] - 1)
        j = np.clip(((at_y - y0) / cell).astype(np.int64), 0, field.shape[1] - 1)
        return np.asarray(field[i, j])

    return activity


def _count(
    x: NDArray[np.float64], y: NDArray[np.float64], margin: int
) -> tuple[NDArray[np.float64], float, float, float]:
    """Count points in square cells; return the grid, its south-west corner and the cells' side."""
    extent = max(float(np.ptp(x)), float(np.ptp(y)))
    cell = min(max(extent / 40, CELL_LEAST_M), CELL_MOST_M)
    x0, y0 = float(x.min()) - margin * cell, float(y.min()) - margin * cell
    across = ((x - x0) / cell).astype(np.int64)
    up = ((y - y0) / cell).astype(np.int64)
    shape = (int(across.max()) + margin + 1, int(up.max()) + margin + 1)
    flat = np.bincount(across * shape[1] + up, minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.float64), x0, y0, cell
