"""Keep the way from a point to its edge from crossing water and other barriers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.roads.snap_status import SnapStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.roads.grid import Grid

    # segment, metres, place along it, status, metres to the edge passed over
    Found = tuple[
        NDArray[np.int32],
        NDArray[np.float64],
        NDArray[np.float64],
        NDArray[np.uint8],
        NDArray[np.float64],
    ]

__all__ = ["go_round"]


def go_round(
    points: NDArray[np.float64],
    grid: Grid,
    limit_m: float,
    barriers: Any,
    found: Found,
) -> None:
    """Move points whose access crosses a barrier to the nearest segment on their own side, in place.

    Parameters
    ----------
    points
        float64, shape (points, 2), metres.
    grid
        Grid of the segments.
    limit_m
        Farthest a segment may be, inclusive.
    barriers
        Shapely lines or polygons; a polygon stops access at its outline.
    found
        What the search without barriers found; changed in place. BLOCKED where every segment within the limit
        is across.
    """
    import shapely

    from geodata.roads.grid import ordered_candidates

    walls = np.asarray(barriers, dtype=object)
    flat = shapely.get_dimensions(walls) == 2
    walls = np.where(flat, shapely.boundary(walls), walls)
    tree = shapely.STRtree(walls)
    chosen, distance, place, status, passed = found
    slot = np.empty(int(grid.owner.max()) + 1, np.int64)
    slot[grid.owner] = np.arange(len(grid.owner))
    asked = np.flatnonzero((status == SnapStatus.OK) | (status == SnapStatus.OTHER_COMPONENT))
    hit = np.unique(
        tree.query(_access(points[asked], grid, slot[chosen[asked]], place[asked]), "intersects")[0]
    )
    preferred = np.zeros(int(grid.owner.max()) + 1, bool)
    preferred[grid.owner] = grid.mark
    for k in asked[hit]:
        number, metres, along = ordered_candidates(grid, points[k, 0], points[k, 1], limit_m)
        lines = _access(
            np.repeat(points[k : k + 1], len(number), axis=0), grid, slot[number], along
        )
        free = np.ones(len(number), bool)
        free[tree.query(lines, "intersects")[0]] = False
        main = free & preferred[number]
        if not free.any():
            status[k] = SnapStatus.BLOCKED
            continue
        best = int(np.argmax(main if main.any() else free))
        passed[k] = min(metres[0], distance[k])
        chosen[k], distance[k], place[k] = number[best], metres[best], along[best]
        status[k] = SnapStatus.OK if main.any() else SnapStatus.OTHER_COMPONENT


def _access(
    points: NDArray[np.float64], grid: Grid, slot: NDArray[np.int64], along: NDArray[np.float64]
) -> Any:
    import shapely

    line = grid.line[slot]
    feet = line[:, :2] + along[:, None] * (line[:, 2:] - line[:, :2])
    return shapely.linestrings(np.stack([points, feet], axis=1))
