"""Where a walkable road leads from one basic unit into the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.areas.assignment import locate
from geodata.areas.walkways import points_along

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.areas.borders import SharedBorders
    from geodata.areas.walkways import Walkways

SPACING_M = 5.0


@dataclass(frozen=True, eq=False)
class _Contacts:
    """Walkways that come within the tolerance of a shared border, one row per border and walkway."""

    pair: NDArray[np.int64]
    way: NDArray[np.int64]
    in_a: NDArray[np.bool_]
    in_b: NDArray[np.bool_]

    def where(self, keep: NDArray[np.bool_]) -> _Contacts:
        return _Contacts(self.pair[keep], self.way[keep], self.in_a[keep], self.in_b[keep])


def crossed_borders(
    borders: SharedBorders,
    polygons: NDArray[np.object_],
    ways: Walkways,
    *,
    tolerance_m: float = 1.0,
) -> NDArray[np.bool_]:
    """Tell for every shared border whether one can walk across it.

    Three ways across: an edge that has points in both units; two edges that meet on the border and
    lead into different units (as where a block's outline is the road itself); an edge that runs along
    the border, which can be left on either side. A river, railway or motorway is crossed only where an
    edge of the mode does so: a path that ends at the border leads nowhere.
    """
    crossed = np.zeros(len(borders.a), dtype=bool)
    if not len(crossed) or not len(ways.line):
        return crossed
    pair, way = shapely.STRtree(ways.line).query(
        borders.line, predicate="dwithin", distance=tolerance_m
    )
    if not len(pair):
        return crossed
    near = np.unique(way)
    line, dot = points_along(ways.line[near], SPACING_M)
    entered = _entered(near[line], dot, polygons)
    contacts = _Contacts(
        pair=pair,
        way=way,
        in_a=_among(way * len(polygons) + borders.a[pair], entered),
        in_b=_among(way * len(polygons) + borders.b[pair], entered),
    )
    crossed[pair[contacts.in_a & contacts.in_b]] = True
    left = contacts.where(~crossed[pair])
    crossed[_met(left, borders, ways, tolerance_m)] = True
    left = contacts.where(~crossed[pair])
    for chunk in np.array_split(np.arange(len(left.pair)), 1 + len(left.pair) // 100_000):
        row, index = _sample_rows(near, line, left.way[chunk])
        rows_pair = left.pair[chunk][row]
        on_border = shapely.dwithin(dot[index], borders.line[rows_pair], tolerance_m)
        # two neighbouring inner points of one edge on the border: the edge runs along it
        along = on_border[1:] & on_border[:-1] & (row[1:] == row[:-1])
        crossed[rows_pair[1:][along]] = True
    return crossed


def _entered(
    way: NDArray[np.int64], dot: NDArray[np.object_], polygons: NDArray[np.object_]
) -> NDArray[np.int64]:
    """Return sorted keys way * polygons + polygon of every polygon a way has an inner point in."""
    polygon, index = shapely.STRtree(dot).query(polygons, predicate="intersects")
    return np.unique(way[index] * len(polygons) + polygon)


def _among(key: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which keys occur in a sorted array."""
    if not len(known):
        return np.zeros(len(key), dtype=bool)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, key), len(known) - 1)] == key
    return found


def _met(
    contacts: _Contacts, borders: SharedBorders, ways: Walkways, tolerance_m: float
) -> NDArray[np.int64]:
    """Return the borders on which an edge out of a and an edge out of b meet."""
    if not len(contacts.pair):
        return contacts.pair
    node = np.concatenate([ways.u[contacts.way], ways.v[contacts.way]])
    pair = np.tile(contacts.pair, 2)
    point = ways.node_point[np.searchsorted(ways.nodes, node)]
    on_border = shapely.dwithin(point, borders.line[pair], tolerance_m)
    top = int(ways.nodes.max()) + 1
    key = pair * top + node
    from_a = key[on_border & np.tile(contacts.in_a, 2)]
    from_b = key[on_border & np.tile(contacts.in_b, 2)]
    return np.intersect1d(from_a, from_b) // top


def _sample_rows(
    near: NDArray[np.int64], line: NDArray[np.int64], way: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (row of ``way``, index of the point) for every inner point of every way asked for."""
    count = np.bincount(line, minlength=len(near))
    local = np.searchsorted(near, way)
    many = count[local]
    row = np.repeat(np.arange(len(way)), many)
    index = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    return row, index + (np.cumsum(count) - count)[local][row]


def links_over_gaps(
    known: set[tuple[int, int]],
    polygons: NDArray[np.object_],
    ways: Walkways,
    *,
    gap_most_m: float = 2000.0,
    nodes_most: int = 200,
) -> list[tuple[int, int]]:
    """Find units that a bridge, tunnel or ferry joins over ground that belongs to no unit.

    Walkable edges and junctions outside all units form pieces; the units a piece touches are linked when they lie within
    ``gap_most_m`` of each other. A piece of more than ``nodes_most`` junctions is a road network beyond the
    area, not a bridge, and links nothing.

    Returns
    -------
    list of (a, b)
        Positions with a < b that are not in ``known``, ascending.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    unit = locate(ways.node_point, polygons)
    u, v = np.searchsorted(ways.nodes, ways.u), np.searchsorted(ways.nodes, ways.v)
    outside = unit < 0
    loose = outside[u] | outside[v]
    spanning = ~loose & (unit[u] != unit[v])
    spanning[spanning] = ~_known_rows(known, unit[u[spanning]], unit[v[spanning]])
    found = _direct(np.flatnonzero(spanning), unit[u], unit[v], polygons, ways)
    both = np.flatnonzero(outside[u] & outside[v])
    n = len(unit)
    graph = coo_array((np.ones(len(both), dtype=np.int8), (u[both], v[both])), shape=(n, n))
    _count, piece = connected_components(graph.tocsr(), directed=False)
    size = np.bincount(piece[outside], minlength=n)
    shore = np.flatnonzero(outside[u] != outside[v])
    water = np.where(outside[u[shore]], u[shore], v[shore])
    land = np.where(outside[u[shore]], v[shore], u[shore])
    small = size[piece[water]] <= nodes_most
    touches = np.unique(np.column_stack([piece[water[small]], unit[land[small]]]), axis=0)
    for units_of_piece in np.split(touches[:, 1], np.flatnonzero(np.diff(touches[:, 0])) + 1):
        members = sorted(int(i) for i in units_of_piece)
        found.update((a, b) for i, a in enumerate(members) for b in members[i + 1 :])
    return sorted(
        (a, b) for a, b in found - known if shapely.distance(polygons[a], polygons[b]) <= gap_most_m
    )


def _known_rows(
    known: set[tuple[int, int]], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.bool_]:
    low, high = np.minimum(a, b).tolist(), np.maximum(a, b).tolist()
    return np.array([pair in known for pair in zip(low, high, strict=True)], dtype=bool)


def _direct(
    way: NDArray[np.int64],
    unit_u: NDArray[np.int64],
    unit_v: NDArray[np.int64],
    polygons: NDArray[np.object_],
    ways: Walkways,
) -> set[tuple[int, int]]:
    """Return the pairs that one edge joins over ground of nobody and through no third unit."""
    if not len(way):
        return set()
    line, dot = points_along(ways.line[way], SPACING_M)
    inside = locate(dot, polygons)
    third = (inside >= 0) & (inside != unit_u[way[line]]) & (inside != unit_v[way[line]])
    clear = np.bincount(line, weights=third, minlength=len(way)) == 0
    clear &= np.bincount(line, weights=inside < 0, minlength=len(way)) > 0
    a, b = unit_u[way[clear]], unit_v[way[clear]]
    return set(zip(np.minimum(a, b).tolist(), np.maximum(a, b).tolist(), strict=True))
