"""Faces that are no units by themselves: too small ones merge, gaps are shared out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geodata.areas.gaps import Gap

SHORE_SPACING_M: Final = 25.0
TOUCH_M: Final = 0.05


def merge_small(
    faces: NDArray[np.object_], town: NDArray[np.int64], *, least_m2: float
) -> NDArray[np.int64]:
    """Merge every face below ``least_m2`` into the neighbour of its town it shares most border with.

    Rounds go on until each piece is large enough or has no neighbour in its town; ties go to the smaller
    position, so the answer depends on nothing but the faces' order.

    Returns
    -------
    int64 array
        Label of each face, numbered by first face; faces of one label are one unit.
    """
    label = np.arange(len(faces))
    area = shapely.area(faces)
    edges = _borders_of_small(faces, town, np.flatnonzero(area < least_m2))
    while True:
        total = np.bincount(label, weights=area)
        own = np.concatenate([label[edges[0]], label[edges[1]]])
        other = np.concatenate([label[edges[1]], label[edges[0]]])
        looks = (total[own] < least_m2) & (own != other)
        if not looks.any():
            return label
        own, other = own[looks], other[looks]
        n = len(total)
        pairs, at = np.unique(own * n + other, return_inverse=True)
        metres = np.round(np.bincount(at, weights=np.tile(edges[2], 2)[looks]), 2)
        own, other = pairs // n, pairs % n
        order = np.lexsort((other, -metres, own))
        first = order[np.unique(own[order], return_index=True)[1]]
        graph = coo_array(
            (np.ones(len(first), dtype=np.int8), (own[first], other[first])), shape=(n, n)
        )
        merged = connected_components(graph.tocsr(), directed=False)[1][label]
        label = np.unique(merged, return_inverse=True)[1]


def _borders_of_small(
    faces: NDArray[np.object_], town: NDArray[np.int64], small: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return (small face, other face of its town, shared metres), each pair once."""
    ribbon = shapely.buffer(faces[small], TOUCH_M, quad_segs=1)
    at, other = shapely.STRtree(faces).query(ribbon)
    twice = np.isin(other, small) & (other < small[at])
    keep = (other != small[at]) & (town[other] == town[small[at]]) & ~twice
    at, other = at[keep], other[keep]
    outline = shapely.boundary(faces)
    metres = shapely.length(shapely.intersection(outline[other], ribbon[at]))
    touching = metres > 0
    return small[at[touching]], other[touching].astype(np.int64), metres[touching]


def dissolve(
    faces: NDArray[np.object_], town: NDArray[np.int64], label: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Unite the faces of each label."""
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    united = np.empty(len(groups), dtype=object)
    for i, rows in enumerate(groups):
        # the tiny grid closes gaps that shared outlines have after noding
        united[i] = (
            faces[rows[0]] if len(rows) == 1 else shapely.union_all(faces[rows], grid_size=0.01)
        )
    return united, np.array([town[rows[0]] for rows in groups], dtype=np.int64)


def share_gaps(
    units: NDArray[np.object_],
    label: NDArray[np.int64],
    dry: NDArray[np.object_],
    gaps: list[Gap],
) -> NDArray[np.object_]:
    """Give every part of a gap to the unit of the dry piece nearest to it.

    Parameters
    ----------
    units
        Polygons, one per label.
    label
        Unit of each dry piece.
    dry
        Dry pieces.
    gaps
        Gaps with the pieces on their shores.
    """
    gained: dict[int, list[BaseGeometry]] = {}
    for gap in gaps:
        owners = label[gap.shores]
        for place, share in _nearest_shares(gap.polygon, dry[gap.shores], owners):
            gained.setdefault(place, []).append(share)
    grown = units.copy()
    for place, parts in sorted(gained.items()):
        grown[place] = shapely.union_all(np.array([units[place], *parts]), grid_size=0.01)
    return grown


def _nearest_shares(
    gap: BaseGeometry, shores: NDArray[np.object_], owners: NDArray[np.int64]
) -> list[tuple[int, BaseGeometry]]:
    """Cut a gap into the parts nearest to each owner, by the Voronoi cells of points along its shores."""
    if len(np.unique(owners)) == 1:
        return [(int(owners[0]), gap)]
    ring = shapely.segmentize(shapely.boundary(gap), SHORE_SPACING_M)
    shore_xy = np.unique(np.round(shapely.get_coordinates(ring)), axis=0)
    dots = np.asarray(shapely.points(shore_xy), dtype=object)
    tree = shapely.STRtree(dots)
    owner = np.full(len(dots), np.iinfo(np.int64).max)
    # rounding moved the points by up to 0.7 m
    shore, dot = tree.query(shores, predicate="dwithin", distance=1.0)
    np.minimum.at(owner, dot, owners[shore])
    known = owner < np.iinfo(np.int64).max
    dots, owner = dots[known], owner[known]
    if len(np.unique(owner)) < 2:
        return [(int(i), gap) for i in np.unique(owner)]
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(dots), extend_to=gap, ordered=True)
    )
    shares = []
    for place in np.unique(owner):
        part = shapely.intersection(shapely.union_all(cells[owner == place]), gap)
        polygons = shapely.get_parts(part)
        polygons = polygons[shapely.get_dimensions(polygons) == 2]
        if len(polygons):
            shares.append((int(place), shapely.union_all(polygons)))
    return shares
