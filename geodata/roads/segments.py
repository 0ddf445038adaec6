"""Raw segments: the straight pieces between two neighbouring nodes of a way, projected and measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geodata.crs import project, working_crs
from geodata.errors import EmptyLayerError, Fault
from geodata.messages import translator
from geodata.roads.hilbert import hilbert_order
from geodata.roads.raw import sorted_by_way

if TYPE_CHECKING:
    from collections import Counter

    from numpy.typing import NDArray

    from geodata.roads.raw import RawRoads, Tags

__all__ = ["Segments", "ground_metres", "segments"]

_ = translator("geodata")

# WGS 84
_AXIS_M = 6_378_137.0
_ECCENTRICITY_2 = 6.694379990141316e-3


@dataclass(frozen=True, eq=False)
class Segments:
    """Raw segments over nodes in Hilbert order.

    Parameters
    ----------
    crs
        Working CRS of ``x`` and ``y``.
    node_id, x, y
        Per node: OSM id, metres.
    node_tags
        Tags of nodes with a signal, a crossing or a barrier.
    a, b
        int32, shape (segments,): the nodes, in the direction of the way.
    way
        int64, shape (segments,): OSM way id.
    run
        int32, shape (segments,): number of the way, ascending; lengths are rounded along each.
    profile
        int32, shape (segments,): index into ``profiles``.
    profiles
        Distinct sets of tags.
    length_m
        float64, metres on the ground.
    run_length_m
        float64, metres of the whole way the segment belongs to.
    repairs
        What was put right, with counts.
    """

    crs: str
    node_id: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    node_tags: dict[int, Tags]
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    way: NDArray[np.int64]
    run: NDArray[np.int32]
    profile: NDArray[np.int32]
    profiles: tuple[Tags, ...]
    length_m: NDArray[np.float64]
    run_length_m: NDArray[np.float64]
    repairs: Counter[str]

    def take(self, keep: NDArray[np.bool_]) -> Segments:
        """Segments that are kept, over the same nodes."""
        return replace(
            self,
            a=self.a[keep],
            b=self.b[keep],
            way=self.way[keep],
            run=self.run[keep],
            profile=self.profile[keep],
            length_m=self.length_m[keep],
            run_length_m=self.run_length_m[keep],
        )


def ground_metres(
    lon_a: NDArray[np.float64],
    lat_a: NDArray[np.float64],
    lon_b: NDArray[np.float64],
    lat_b: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Metres between points a few kilometres apart, on the WGS 84 ellipsoid.

    Uses the radii of curvature at the middle latitude: within 1e-6 of the geodesic below 10 km.

    Examples
    --------
    >>> one = ground_metres(*(np.array([v]) for v in (121.0, 31.0, 121.0, 31.01)))
    >>> round(float(one[0]), 2)
    1108.7
    """
    middle = np.radians((lat_a + lat_b) / 2)
    w = 1.0 - _ECCENTRICITY_2 * np.sin(middle) ** 2
    east = _AXIS_M / np.sqrt(w) * np.cos(middle) * np.radians(lon_b - lon_a)
    north = _AXIS_M * (1.0 - _ECCENTRICITY_2) / w**1.5 * np.radians(lat_b - lat_a)
    return np.hypot(east, north)


def segments(roads: RawRoads, *, crs: str | None = None, where: str = "") -> Segments:
    """Cut ways into segments, project the nodes and put them in Hilbert order.

    A way is cut where one of its nodes is missing (a box that clips the file), so no segment bridges a gap;
    a segment from a node to itself is dropped; a length that is negative or missing is taken from the coordinates.
    Each is counted in ``repairs``.

    Parameters
    ----------
    roads
        Ways and nodes.
    crs
        Projected CRS in metres; None takes the UTM zone of the roads.
    where
        Name of the file, for messages.

    Returns
    -------
    Segments
        Nodes without a segment are dropped.

    Raises
    ------
    EmptyLayerError
        When no segment is left.
    CrsError
        When coordinates are not degrees.
    """
    roads = sorted_by_way(roads)
    repairs = roads.repairs.copy()
    finite = np.isfinite(roads.lon) & np.isfinite(roads.lat)
    last = np.zeros(len(roads.way_nodes), bool)
    last[roads.way_indptr[1:] - 1] = True
    at = np.flatnonzero(~last)
    run = np.repeat(np.arange(len(roads.way_id), dtype=np.int32), np.diff(roads.way_indptr))[at]
    a, b = roads.way_nodes[at], roads.way_nodes[at + 1]
    whole, moves = finite[a] & finite[b], a != b
    _count(repairs, "nodes_without_coordinates", int((~finite).sum()))
    _count(repairs, "segments_to_missing_nodes", int((~whole).sum()))
    _count(repairs, "segments_from_a_node_to_itself", int((whole & ~moves).sum()))
    keep = whole & moves
    a, b, run = a[keep], b[keep], run[keep]
    if not len(a):
        raise EmptyLayerError(
            Fault(
                _("no road has two nodes with coordinates"),
                where=where,
                fix=_("Export the roads together with their nodes."),
            )
        )
    length = ground_metres(roads.lon[a], roads.lat[a], roads.lon[b], roads.lat[b])
    length = _scaled(roads, run, length, repairs)
    used = np.zeros(len(roads.node_id), bool)
    used[a] = used[b] = True
    lon, lat = roads.lon[used], roads.lat[used]
    plane = crs or working_crs(lon, lat)
    x, y = project(lon, lat, plane)
    ids = roads.node_id[used]
    order = hilbert_order(x, y, ids)
    new = np.full(len(roads.node_id), -1, np.int32)
    new[np.flatnonzero(used)[order]] = np.arange(len(order), dtype=np.int32)
    return Segments(
        crs=plane,
        node_id=ids[order],
        x=x[order],
        y=y[order],
        node_tags={int(new[k]): tags for k, tags in roads.node_tags.items() if new[k] >= 0},
        a=new[a],
        b=new[b],
        way=roads.way_id[run],
        run=run,
        profile=roads.way_profile[run],
        profiles=roads.profiles,
        length_m=length,
        run_length_m=np.bincount(run, weights=length, minlength=len(roads.way_id))[run],
        repairs=repairs,
    )


def _count(repairs: Counter[str], what: str, number: int) -> None:
    if number:
        repairs[what] += number


def _scaled(
    roads: RawRoads, run: NDArray[np.int32], length: NDArray[np.float64], repairs: Counter[str]
) -> NDArray[np.float64]:
    """Stretch each way to the length its file gives, where that length can be believed."""
    if roads.way_length_m is None:
        return length
    drawn = np.bincount(run, weights=length, minlength=len(roads.way_id))
    given = roads.way_length_m
    missing = ~np.isfinite(given)
    negative = ~missing & (given < 0)
    # A road cannot be shorter than its own drawing by more than rounding and another Earth radius allow.
    short = ~missing & ~negative & (given < 0.98 * drawn - 1.0)
    _count(repairs, "lengths_missing", int(missing.sum()))
    _count(repairs, "lengths_negative", int(negative.sum()))
    _count(repairs, "lengths_shorter_than_the_line", int(short.sum()))
    believed = ~(missing | negative | short) & (drawn > 0)
    return length * np.where(believed, given / np.where(drawn > 0, drawn, 1.0), 1.0)[run]
