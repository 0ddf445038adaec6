"""Place points on the nearest usable edge, and say so where that cannot be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import Fault, InvalidRowsError, NetworkError
from geodata.messages import translator
from geodata.modes import MODES
from geodata.roads.network import Snapped
from geodata.roads.snap_status import SnapStatus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from geodata.modes import Mode
    from geodata.roads.go_round import Found
    from geodata.roads.grid import Grid
    from geodata.roads.network import RoadNetwork


__all__ = ["SnapIndex", "SnapStatus", "snap", "snap_index"]

_ = translator("geodata")

MAX_DISTANCE_M = 250.0


@dataclass(frozen=True, eq=False)
class SnapIndex:
    """Segments of the edges that points may join in one mode, in a grid; made once for many calls.

    Parameters
    ----------
    mode
        Travel mode.
    access_speed_kmh
        Speed between a point and its edge.
    edge
        int32, shape (segments,): edge of each segment.
    start_share, share
        float64, shape (segments,): where on its edge the segment begins, and how much of it it is.
    grid
        None when no edge may be joined.
    """

    mode: str
    access_speed_kmh: float
    edge: NDArray[np.int32]
    start_share: NDArray[np.float64]
    share: NDArray[np.float64]
    grid: Grid | None


def snap_index(network: RoadNetwork, mode: str, *, ground_only: bool = True) -> SnapIndex:
    """Index the edges a point may join.

    Parameters
    ----------
    network
        Road network.
    mode
        Name of a mode it was built for (a period after ``@`` is left aside).
    ground_only
        Whether bridges and tunnels (a layer other than 0) are left out, so that a point beside an elevated road
        or above a tunnel does not join it.

    Returns
    -------
    SnapIndex

    Raises
    ------
    NetworkError
        When the network was not built for the mode.
    """
    name = mode.split("@", maxsplit=1)[0]
    graph = network.modes.get(name)
    if graph is None:
        raise NetworkError(
            Fault(
                _("the road network was not built for {mode}").format(mode=name),
                examples=sorted(network.modes),
                fix=_("Build it again with this mode."),
            )
        )
    row = _mode_row(network, name)
    usable = np.zeros(network.n_edges, bool)
    usable[graph.edge] = True
    kept_out = [k for k, c in enumerate(network.highway_classes) if c in (*row.no_snap, "ferry")]
    usable &= ~np.isin(network.edge_highway, kept_out)
    if ground_only:
        usable &= network.edge_layer == 0
    main = (graph.component[network.edge_u] == 0) & (graph.component[network.edge_v] == 0)
    return _index(network, name, row.access_speed_kmh, usable, main)


def _mode_row(network: RoadNetwork, name: str) -> Mode:
    row = network.mode_rows.get(name) or MODES.get(name)
    return row or MODES["walk"]


def _index(
    network: RoadNetwork, mode: str, kmh: float, usable: NDArray[np.bool_], main: NDArray[np.bool_]
) -> SnapIndex:
    from geodata.roads.grid import make_grid, usable_segments

    ptr = np.asarray(network.geometry_indptr)
    xy = np.asarray(network.geometry_xy)
    edge, start_share, share, lines = usable_segments(ptr, xy, usable)
    grid = make_grid(lines, main[edge]) if len(lines) else None
    return SnapIndex(mode, kmh, edge, start_share, share, grid)


def snap(
    xy: ArrayLike,
    network: RoadNetwork,
    mode: str,
    *,
    max_distance_m: float = MAX_DISTANCE_M,
    barriers: Any = None,
    index: SnapIndex | None = None,
) -> Snapped:
    """Place points on the nearest edge the mode may use.

    The nearest edge of the main component within ``max_distance_m`` is taken; where a nearer edge on a piece
    that is cut off was passed over, ``passed_over_m`` says how near it was. Distances are straight lines
    in the network's plane, and the walk along them is added to every trip as ``access_ds``.

    Parameters
    ----------
    xy
        Shape (points, 2), metres in the network's CRS.
    network
        Road network.
    mode
        Name of a mode it was built for.
    max_distance_m
        Farthest a point may be from its edge, inclusive.
    barriers
        Shapely lines or polygons (array, list or GeoSeries, in the network's CRS) that access may not cross,
        such as water. A point whose nearest edge is across goes to the nearest that is not, else is BLOCKED.
    index
        What `snap_index` made, to save building it for each call.

    Returns
    -------
    Snapped
        In the order of ``xy``. ``status`` is a `SnapStatus`; TOO_FAR, OTHER_COMPONENT and BLOCKED keep
        the edge and the distance they are about.

    Raises
    ------
    NetworkError
        When the network lacks the mode, or lies far from every point.
    CrsError
        When the points are degrees or swapped.
    InvalidRowsError
        When ``xy`` has another shape.
    """
    from geodata.roads.go_round import go_round
    from geodata.roads.grid import nearest
    from geodata.roads.whereabouts import refuse_elsewhere

    points = _points(xy)
    index = index or snap_index(network, mode)
    if index.mode != mode.split("@", maxsplit=1)[0]:
        raise NetworkError(
            Fault(
                _("the index was made for {other}, not for {mode}").format(
                    other=index.mode, mode=mode
                )
            )
        )
    refuse_elsewhere(points, network)
    n = len(points)
    if index.grid is None or not n:
        return _nowhere(n, mode)
    segment, square, along = nearest(index.grid, points, max_distance_m)
    metres = np.sqrt(square)
    in_main = (segment[1] >= 0) & (metres[1] <= max_distance_m)
    row = np.where(in_main, 1, 0)
    at = np.arange(n)
    chosen, distance, place = segment[row, at], metres[row, at], along[row, at]
    status = np.where(in_main, SnapStatus.OK, SnapStatus.OTHER_COMPONENT).astype(np.uint8)
    status[distance > max_distance_m] = SnapStatus.TOO_FAR
    status[chosen < 0] = SnapStatus.NO_EDGE
    passed = np.where(in_main & (metres[0] < metres[1]), metres[0], np.nan)
    distance = np.where(chosen >= 0, distance, np.nan)
    found = (chosen, distance, place, status, passed)
    if barriers is not None and len(barriers):
        go_round(points, index.grid, max_distance_m, barriers, found)
    return _snapped(index, mode, found)


def _points(xy: ArrayLike) -> NDArray[np.float64]:
    points = np.ascontiguousarray(np.asarray(xy, np.float64))
    if points.size == 0:
        points = points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        raise InvalidRowsError(Fault(_("points must be an array of two columns, x and y")))
    return points


def _snapped(
    index: SnapIndex,
    mode: str,
    found: Found,
) -> Snapped:
    chosen, distance, place, status, passed = found
    there = chosen >= 0
    safe = np.where(there, chosen, 0)
    fraction = np.clip(index.start_share[safe] + place * index.share[safe], 0.0, 1.0)
    seconds = np.where(there, distance, 0.0) * 3.6 / index.access_speed_kmh
    return Snapped(
        edge=np.where(there, index.edge[safe], -1).astype(np.int32),
        fraction=np.where(there, fraction, 0.0),
        distance_m=distance,
        status=status,
        access_ds=np.rint(np.minimum(seconds * 10, 2**31 - 1)).astype(np.int32),
        mode=mode,
        passed_over_m=passed,
    )


def _nowhere(n: int, mode: str) -> Snapped:
    return Snapped(
        edge=np.full(n, -1, np.int32),
        fraction=np.zeros(n),
        distance_m=np.full(n, np.nan),
        status=np.full(n, SnapStatus.NO_EDGE, np.uint8),
        access_ds=np.zeros(n, np.int32),
        mode=mode,
        passed_over_m=np.full(n, np.nan),
    )
