"""Centres of basic units on the road network, and walking time between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geodata.roads.network import Snapped
from geodata.travel_time import travel_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.areas.walkways import Walkways
    from geodata.roads.network import RoadNetwork

# 4.8 km/h over open ground, in deciseconds a metre
ACCESS_DS_PER_M = 7.5
NOT_REACHED = -1
CUTOFF_STEPS_MIN = (15.0, 30.0, 60.0)


@dataclass(frozen=True, eq=False)
class Centres:
    """The junction that stands for each unit.

    Parameters
    ----------
    node
        int64, shape (units,): network node.
    access_ds
        int64, shape (units,): deciseconds between the unit's representative point and the node when the unit
        has no junction of its own, else 0: the junction is the centre.
    """

    node: NDArray[np.int64]
    access_ds: NDArray[np.int64]


def unit_centres(
    polygons: NDArray[np.object_], ways: Walkways, node_unit: NDArray[np.int64]
) -> Centres:
    """Choose for each unit the junction nearest its representative point.

    Junctions inside the unit come first, those of the unit's largest connected piece of network before others
    (component 0 is the city's largest); a unit without junctions takes the nearest one anywhere.
    ``node_unit`` is the unit of each of ``ways.nodes``, -1 for none.
    """
    middle = shapely.point_on_surface(polygons)
    xy = shapely.get_coordinates(middle)
    node_xy = shapely.get_coordinates(ways.node_point)
    unit = node_unit
    component = ways.graph.component[ways.nodes]
    inside = np.flatnonzero(unit >= 0)
    gap = np.hypot(*(node_xy[inside] - xy[unit[inside]]).T)
    order = np.lexsort((ways.nodes[inside], gap, component[inside], unit[inside]))
    first = order[np.unique(unit[inside][order], return_index=True)[1]]
    node = np.full(len(polygons), -1, dtype=np.int64)
    node[unit[inside[first]]] = inside[first]
    access = np.zeros(len(polygons), dtype=np.int64)
    bare = np.flatnonzero(node < 0)
    if len(bare):
        distance, nearest = cKDTree(node_xy).query(xy[bare])
        node[bare] = nearest
        access[bare] = np.rint(distance * ACCESS_DS_PER_M).astype(np.int64)
    return Centres(node=ways.nodes[node], access_ds=access)


def walk_between(
    centres: Centres,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    *,
    network: RoadNetwork,
    mode: str,
    cutoff_min: float,
) -> NDArray[np.int64]:
    """Return deciseconds from centre ``a`` to centre ``b``, `NOT_REACHED` beyond the cutoff (inclusive).

    The slower of the two directions counts, so that the answer is the same from either side.
    Most neighbours are near, so short searches come first and only what they miss is searched for again.
    """
    times = np.full(len(a), NOT_REACHED, dtype=np.int64)
    places = _as_snapped(centres, network, mode)
    steps = [step for step in CUTOFF_STEPS_MIN if step < cutoff_min]
    for step in [*steps, cutoff_min]:
        left = np.flatnonzero(times < 0)
        if not len(left):
            break
        there = _between(places, a[left], b[left], network=network, mode=mode, cutoff_min=step)
        back = _between(places, b[left], a[left], network=network, mode=mode, cutoff_min=step)
        reached = (there >= 0) & (back >= 0)
        times[left[reached]] = np.maximum(there, back)[reached]
    return times


def _as_snapped(centres: Centres, network: RoadNetwork, mode: str) -> Snapped:
    """Place every centre at the end of an edge of the mode that meets its junction."""
    graph = network.modes[mode]
    arc = graph.indptr[centres.node]
    forward = graph.forward[np.minimum(arc, len(graph.forward) - 1)]
    # a junction that can only be reached has no arc of its own: take one that leads to it
    for i in np.flatnonzero(graph.indptr[centres.node + 1] == arc):
        arc[i] = np.flatnonzero(graph.heads == centres.node[i])[0]
        forward[i] = not graph.forward[arc[i]]
    return Snapped(
        edge=graph.edge[arc].astype(np.int32),
        fraction=np.where(forward, 0.0, 1.0),
        distance_m=centres.access_ds / ACCESS_DS_PER_M,
        status=np.zeros(len(arc), dtype=np.uint8),
        access_ds=centres.access_ds.astype(np.int32),
        mode=mode,
    )


def _between(
    places: Snapped,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    *,
    network: RoadNetwork,
    mode: str,
    cutoff_min: float,
) -> NDArray[np.int64]:
    """Return the times of the pairs asked for, `NOT_REACHED` where there is none within the cutoff."""
    sources, row = np.unique(a, return_inverse=True)
    targets, column = np.unique(b, return_inverse=True)
    times = travel_times(
        network,
        _taken(places, sources),
        _taken(places, targets),
        from_ids=sources.astype(str),
        to_ids=targets.astype(str),
        mode=mode,
        cutoff_min=cutoff_min,
    )
    found = np.repeat(np.arange(len(sources)), np.diff(times.indptr)) * len(targets) + times.indices
    wanted = row * len(targets) + column
    at = np.minimum(np.searchsorted(found, wanted), max(len(found) - 1, 0))
    hit = found[at] == wanted if len(found) else np.zeros(len(wanted), dtype=bool)
    return np.where(hit, times.deciseconds[at].astype(np.int64) if len(found) else 0, NOT_REACHED)


def _taken(places: Snapped, rows: NDArray[np.int64]) -> Snapped:
    return Snapped(
        edge=places.edge[rows],
        fraction=places.fraction[rows],
        distance_m=places.distance_m[rows],
        status=places.status[rows],
        access_ds=places.access_ds[rows],
        mode=places.mode,
    )
