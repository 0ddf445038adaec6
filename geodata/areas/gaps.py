"""Wide gaps in the road network: rivers, lakes and railway yards that no file names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from geodata.areas.parallel import each
from geodata.areas.walkways import coordinates_along, edge_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geodata.roads.network import RoadNetwork

CELLS_MOST: Final = 40_000_000
LINES_AT_ONCE: Final = 200_000
GRID_M: Final = 0.01


def ground_lines(network: RoadNetwork) -> NDArray[np.object_]:
    """Return the edges on the ground: no bridge, tunnel or ferry, which pass over gaps."""
    ferry = [i for i, name in enumerate(network.highway_classes) if name == "ferry"]
    level = (network.edge_layer == 0) & ~np.isin(network.edge_highway, ferry)
    return edge_lines(network, np.flatnonzero(level))


def open_gaps(
    lines: NDArray[np.object_],
    areas: NDArray[np.object_],
    *,
    void_m: float,
    least_m2: float,
) -> NDArray[np.object_]:
    """Find the ground that circles of radius ``void_m`` without a road can cover.

    On a grid of a quarter of the radius (coarser over very large areas): distance to the nearest road, cells at
    least ``void_m`` away, and all within ``void_m`` of those; a morphological opening.

    Returns
    -------
    object array
        Polygons with steps of one cell, of at least ``least_m2``.
    """
    from scipy import ndimage

    west, south, east, north = shapely.total_bounds(areas)
    cell = max(void_m / 4, float(np.sqrt((east - west) * (north - south) / CELLS_MOST)))
    shape = (int((north - south) / cell) + 1, int((east - west) / cell) + 1)
    free = np.ones(shape, dtype=bool)
    for chunk in np.array_split(lines, 1 + len(lines) // LINES_AT_ONCE):
        dots = coordinates_along(chunk, cell)
        column = np.floor((dots[:, 0] - west) / cell).astype(np.int64)
        row = np.floor((dots[:, 1] - south) / cell).astype(np.int64)
        seen = (column >= 0) & (row >= 0) & (row < shape[0]) & (column < shape[1])
        free[row[seen], column[seen]] = False
    core = ndimage.distance_transform_edt(free) * cell >= void_m
    if not core.any():
        return np.empty(0, dtype=object)
    # one cell short of the roads, so that the strip along them stays in one piece
    wide = ndimage.distance_transform_edt(~core) * cell <= void_m - 1.5 * cell
    piece, count = ndimage.label(wide)
    large = np.bincount(piece.ravel(), minlength=count + 1) * cell**2 >= least_m2
    large[0] = False
    return _outlines(large[piece], west, south, cell)


def _outlines(
    mask: NDArray[np.bool_], west: float, south: float, cell: float
) -> NDArray[np.object_]:
    """Return the connected pieces of a mask as polygons, each row's runs united."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = mask
    step = np.diff(padded, axis=1)
    row, start = np.nonzero(step == 1)
    _, stop = np.nonzero(step == -1)
    boxes = shapely.box(
        west + start * cell, south + row * cell, west + stop * cell, south + (row + 1) * cell
    )
    parts: NDArray[np.object_] = shapely.get_parts(shapely.disjoint_subset_union_all(boxes))
    return parts


@dataclass(frozen=True, eq=False)
class Gap:
    """Part of a gap that lies between pieces of dry ground of one face.

    Parameters
    ----------
    polygon
        The part.
    shores
        int64: positions of the dry pieces that touch it, at least two.
    """

    polygon: BaseGeometry
    shores: NDArray[np.int64]


def cut_by_gaps(
    faces: NDArray[np.object_], town: NDArray[np.int64], gaps: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.int64], list[Gap]]:
    """Cut the faces that a gap parts into several pieces of dry ground; others keep their gap.

    Returns
    -------
    dry, town, gaps
        Pieces and whole faces with their towns, and the parts of gaps taken out of faces.
    """
    over, gap = shapely.STRtree(gaps).query(faces, predicate="intersects")
    order = np.lexsort((gap, over))
    bounds = np.searchsorted(over[order], np.arange(len(faces) + 1))
    dry, towns = [], []
    parting: list[Gap] = []
    count = 0

    def part(i: int) -> tuple[NDArray[np.object_], list[Gap]]:
        return _parted(faces[i], gaps[gap[order[bounds[i] : bounds[i + 1]]]])

    for i, (pieces, found) in enumerate(each(part, range(len(faces)))):
        parting += [Gap(gap_.polygon, gap_.shores + count) for gap_ in found]
        dry.append(pieces)
        towns.append(np.full(len(pieces), town[i], dtype=np.int64))
        count += len(pieces)
    return np.concatenate(dry), np.concatenate(towns), parting


def _parted(face: BaseGeometry, gaps: NDArray[np.object_]) -> tuple[NDArray[np.object_], list[Gap]]:
    """Cut one face by the gaps that touch at least two of its dry pieces."""
    whole = np.array([face], dtype=object)
    if not len(gaps):
        return whole, []
    wet = _surfaces(shapely.intersection(gaps, face, grid_size=GRID_M))
    for _round in range(2):
        if not len(wet):
            return whole, []
        dry = _surfaces(shapely.difference(face, shapely.union_all(wet), grid_size=GRID_M))
        if len(dry) < 2:
            return whole, []
        place, piece = shapely.STRtree(dry).query(wet, predicate="dwithin", distance=2 * GRID_M)
        between = np.bincount(place, minlength=len(wet)) > 1
        if between.all():
            break
        # a gap with one shore parts nothing: without it the pieces are counted again
        wet = wet[between]
    return dry, [
        Gap(part, np.sort(piece[place == i])) for i, part in enumerate(wet) if (place == i).any()
    ]


def _surfaces(geometry: BaseGeometry | NDArray[np.object_]) -> NDArray[np.object_]:
    parts = shapely.get_parts(geometry)
    kept: NDArray[np.object_] = parts[
        (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0)
    ]
    return kept
