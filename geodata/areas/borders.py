"""Shared borders of basic units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.areas.parallel import in_parts, query_in_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SharedBorders:
    """Pairs of units that lie against each other.

    Parameters
    ----------
    a, b
        int64, shape (pairs,): positions of the two units, a < b.
    line
        The stretch of a's outline that runs within the tolerance of b's.
    length_m
        float64, shape (pairs,): its length.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    line: NDArray[np.object_]
    length_m: NDArray[np.float64]


def shared_borders(
    polygons: NDArray[np.object_], *, tolerance_m: float = 0.5, least_m: float = 5.0
) -> SharedBorders:
    """Find the pairs of polygons that share at least ``least_m`` of outline.

    Outlines drawn by different hands miss each other by centimetres, so "shared" means within
    ``tolerance_m``; its weakness is that two outlines that cross at a flat angle count for a stretch too long,
    by about two tolerances a crossing. Touching at a corner is no border.

    Parameters
    ----------
    polygons
        Polygons in metres.
    tolerance_m
        Distance between outlines that still counts as shared.
    least_m
        Shortest border, inclusive.
    """
    tree = shapely.STRtree(polygons)
    a, b = query_in_parts(tree, polygons, tolerance_m)
    keep = a < b
    a, b = a[keep], b[keep]
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    outline = shapely.boundary(polygons)
    # flat caps would lose the ends of open lines; outlines are rings, so only the joins are rough
    ribbon = shapely.buffer(outline, tolerance_m, quad_segs=1)
    shapely.prepare(ribbon)
    line = in_parts(shapely.intersection, outline[a], ribbon[b])
    length = shapely.length(line)
    long_enough = length >= least_m
    return SharedBorders(
        a=a[long_enough].astype(np.int64),
        b=b[long_enough].astype(np.int64),
        line=line[long_enough],
        length_m=length[long_enough],
    )
