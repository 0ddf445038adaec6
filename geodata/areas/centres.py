"""Centres of basic units on the road network, and walking time between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geodata.areas.assignment import locate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.areas.walkways import Walkways

# 4.8 km/h over open ground, in deciseconds a metre
ACCESS_DS_PER_M = 7.5
NOT_REACHED = -1


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


def unit_centres(polygons: NDArray[np.object_], ways: Walkways) -> Centres:
    """Choose for each unit the junction nearest its representative point.

    Junctions inside the unit come first, those of the unit's largest connected piece of network before others
    (component 0 is the city's largest); a unit without junctions takes the nearest one anywhere.
    """
    middle = shapely.point_on_surface(polygons)
    xy = shapely.get_coordinates(middle)
    node_xy = shapely.get_coordinates(ways.node_point)
    unit = locate(ways.node_point, polygons)
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
    centres: Centres, a: NDArray[np.int64], b: NDArray[np.int64], ways: Walkways, cutoff_ds: int
) -> NDArray[np.int64]:
    """Return walking deciseconds from centre ``a`` to centre ``b``, `NOT_REACHED` beyond the cutoff.

    The slower of the two directions counts, so that the answer is the same from either side.
    """
    there = _one_way(centres, a, b, ways, cutoff_ds)
    back = _one_way(centres, b, a, ways, cutoff_ds)
    reached = (there >= 0) & (back >= 0)
    return np.where(reached, np.maximum(there, back), NOT_REACHED)


def _one_way(
    centres: Centres, a: NDArray[np.int64], b: NDArray[np.int64], ways: Walkways, cutoff_ds: int
) -> NDArray[np.int64]:
    graph = ways.graph
    n = len(graph.indptr) - 1
    matrix = csr_array((np.maximum(graph.cost_ds, 0.25), graph.heads, graph.indptr), shape=(n, n))
    times = np.full(len(a), NOT_REACHED, dtype=np.int64)
    sources, group = np.unique(a, return_inverse=True)
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(len(sources) + 1))
    step = max(1, min(64, 16_000_000 // max(n, 1)))
    for low in range(0, len(sources), step):
        high = min(low + step, len(sources))
        reach = dijkstra(matrix, indices=centres.node[sources[low:high]], limit=cutoff_ds)
        rows = order[bounds[low] : bounds[high]]
        total = reach[group[rows] - low, centres.node[b[rows]]]
        total = total + centres.access_ds[a[rows]] + centres.access_ds[b[rows]]
        fits = total <= cutoff_ds
        times[rows[fits]] = np.rint(total[fits]).astype(np.int64)
    return times
