"""Roads as a file gives them, before any mode has looked at them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["TAG_KEYS", "RawRoads", "Tags"]

Tags = dict[str, str]

TAG_KEYS = (
    "highway", "route", "access", "foot", "bicycle", "electric_bicycle", "vehicle", "motor_vehicle",
    "motorcar", "motorroad", "oneway", "oneway:bicycle", "oneway:foot", "oneway:motor_vehicle",
    "oneway:motorcar", "junction", "cycleway", "cycleway:left", "cycleway:right", "cycleway:both",
    "sidewalk", "sidewalk:left", "sidewalk:right", "sidewalk:both", "layer", "bridge", "tunnel", "maxspeed", "duration",
)  # fmt: skip
"""The tags of a way that decide who may use it and how fast."""


@dataclass(frozen=True, eq=False)
class RawRoads:
    """Ways as lists of nodes, with the tags that matter.

    Parameters
    ----------
    way_id
        int64, shape (ways,).
    way_profile
        int32, shape (ways,): index into ``profiles``.
    profiles
        The distinct sets of tags.
    way_indptr
        int64, shape (ways + 1,): first vertex of each way in ``way_nodes``.
    way_nodes
        int32, shape (vertices,): index of the node.
    node_id
        int64, shape (nodes,), ascending; negative for vertices that have no OSM id.
    lon, lat
        float64, shape (nodes,), degrees of WGS 84; NaN where the file lacks the node.
    node_tags
        Tags of the nodes that carry a signal, a crossing or a barrier, by node index.
    way_length_m
        float64, shape (ways,): length the file gives for a whole way, or NaN to take it from the coordinates;
        None when the file gives no lengths.
    repairs
        What was put right while reading, with counts.
    """

    way_id: NDArray[np.int64]
    way_profile: NDArray[np.int32]
    profiles: tuple[Tags, ...]
    way_indptr: NDArray[np.int64]
    way_nodes: NDArray[np.int32]
    node_id: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    node_tags: Mapping[int, Tags] = field(default_factory=dict)
    way_length_m: NDArray[np.float64] | None = None
    repairs: Counter[str] = field(default_factory=Counter)


def sorted_by_way(roads: RawRoads) -> RawRoads:
    """Put ways in the order of their ids and drop repeats, so that the order in the file changes nothing."""
    order = np.argsort(roads.way_id, kind="stable")
    ids = roads.way_id[order]
    # A repeat has the id, the size and the ends of the way before it: edges of one way may share its id.
    same = [roads.way_nodes[roads.way_indptr[:-1]], roads.way_nodes[roads.way_indptr[1:] - 1]]
    same += [roads.way_nodes[np.minimum(roads.way_indptr[:-1] + 1, roads.way_indptr[1:] - 1)]]
    first = np.zeros(len(ids), bool)
    first[:1] = True
    for part in (roads.way_id, np.diff(roads.way_indptr), *same):
        first[1:] |= part[order][1:] != part[order][:-1]
    repairs = roads.repairs.copy()
    if not first.all():
        repairs["repeated_ways"] += int((~first).sum())
    order = order[first]
    if len(order) == len(ids) and np.array_equal(order, np.arange(len(order))):
        return roads
    counts = np.diff(roads.way_indptr)[order]
    indptr = np.concatenate([[0], np.cumsum(counts)])
    at = np.repeat(roads.way_indptr[:-1][order] - indptr[:-1], counts) + np.arange(indptr[-1])
    return RawRoads(
        way_id=roads.way_id[order],
        way_profile=roads.way_profile[order],
        profiles=roads.profiles,
        way_indptr=indptr,
        way_nodes=roads.way_nodes[at],
        node_id=roads.node_id,
        lon=roads.lon,
        lat=roads.lat,
        node_tags=roads.node_tags,
        way_length_m=None if roads.way_length_m is None else roads.way_length_m[order],
        repairs=repairs,
    )
