"""Where a walkable road leads from one basic unit into the next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.areas.assignment import locate
from geodata.areas.parallel import in_parts, query_in_parts
from geodata.areas.walkways import OVER, coordinates_at, points_along

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.areas.borders import SharedBorders
    from geodata.areas.walkways import Walkways

SPACING_M = 8.0
NOT_CROSSED = -1


@dataclass(frozen=True, eq=False)
class _Contacts:
    """Walkways that come within the tolerance of a shared border, one row per border and walkway.

    ``in_a`` and ``in_b`` say that the way has a point well inside the unit, ``along`` that it runs on the border.
    """

    pair: NDArray[np.int64]
    way: NDArray[np.int64]
    in_a: NDArray[np.bool_]
    in_b: NDArray[np.bool_]
    along: NDArray[np.bool_]

    def where(self, keep: NDArray[np.bool_]) -> _Contacts:
        return _Contacts(
            self.pair[keep], self.way[keep], self.in_a[keep], self.in_b[keep], self.along[keep]
        )


def crossed_borders(
    borders: SharedBorders,
    polygons: NDArray[np.object_],
    ways: Walkways,
    *,
    tolerance_m: float = 1.0,
) -> NDArray[np.int8]:
    """Tell for every shared border what one walks across it on: position in `OVER`, `NOT_CROSSED` where one cannot.

    Either an edge has points in both units, or edges out of the two units meet on the border, at one junction or along
    a street that runs on the border (as where a block's outline is the road itself). A unit without any edge inside
    is entered from the streets on its border. A river, railway or motorway is thus crossed only where edges of the mode
    lead over it: a path that ends at the border, or runs along it with nothing beyond, leads nowhere.
    """
    crossed = np.full(len(borders.a), NOT_CROSSED, dtype=np.int8)
    if not len(crossed) or not len(ways.line):
        return crossed
    # the buffered outline reaches as far as the polygon that touches it, so ties of rounding do not matter
    inner = in_parts(partial(_shrunk, tolerance_m=tolerance_m), polygons)
    tree = shapely.STRtree(ways.line)
    bare = np.ones(len(polygons), dtype=bool)
    bare[query_in_parts(tree, inner)[0]] = False
    contacts = _contacts(borders, inner, ways, tree, tolerance_m)
    through = contacts.where(contacts.in_a & contacts.in_b)
    _lower(crossed, through.pair, ways.over[through.way])
    left = contacts.where(crossed[contacts.pair] == NOT_CROSSED)
    _lower(crossed, *_met(left, borders, ways, bare, tolerance_m))
    return crossed


def _shrunk(polygons: NDArray[np.object_], *, tolerance_m: float) -> NDArray[np.object_]:
    inner: Any = shapely.buffer(polygons, -tolerance_m, quad_segs=1)
    return np.asarray(inner, dtype=object)


def _lower(crossed: NDArray[np.int8], pair: NDArray[np.int64], over: NDArray[np.int8]) -> None:
    """Note that pairs are crossed, by the most ordinary kind of way that crosses them."""
    best = np.full(len(crossed), len(OVER), dtype=np.int8)
    np.minimum.at(best, pair, over)
    crossed[best < len(OVER)] = best[best < len(OVER)]


def _contacts(
    borders: SharedBorders,
    inner: NDArray[np.object_],
    ways: Walkways,
    tree: shapely.STRtree,
    tolerance_m: float,
) -> _Contacts:
    pair, way = query_in_parts(tree, borders.line, tolerance_m)
    near, local = np.unique(way, return_inverse=True)
    line, dot = points_along(ways.line[near], SPACING_M)
    polygon, index = query_in_parts(shapely.STRtree(dot), inner)
    entered = np.unique(near[line[index]] * len(inner) + polygon)
    along = np.ones(len(pair), dtype=bool)
    for share in (0.5, 0.25, 0.75):
        place = coordinates_at(ways.line[near], np.arange(len(near)), np.full(len(near), share))
        point = np.asarray(shapely.points(place), dtype=object)
        along[along] = shapely.dwithin(point[local[along]], borders.line[pair[along]], tolerance_m)
    return _Contacts(
        pair=pair,
        way=way,
        in_a=_among(way * len(inner) + borders.a[pair], entered),
        in_b=_among(way * len(inner) + borders.b[pair], entered),
        along=along,
    )


def _among(key: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which keys occur in a sorted array."""
    if not len(known):
        return np.zeros(len(key), dtype=bool)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, key), len(known) - 1)] == key
    return found


def _met(
    contacts: _Contacts,
    borders: SharedBorders,
    ways: Walkways,
    bare: NDArray[np.bool_],
    tolerance_m: float,
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Return the borders on which edges out of both units meet, at a junction or along a street on the border.

    A border comes once for each of those edges, with what the edge leads over.
    """
    if not len(contacts.pair):
        return contacts.pair, ways.over[contacts.way]
    node = np.concatenate([ways.u[contacts.way], ways.v[contacts.way]])
    pair = np.tile(contacts.pair, 2)
    along = np.tile(contacts.along, 2)
    point = ways.node_point[np.searchsorted(ways.nodes, node)]
    on_border = shapely.dwithin(point, borders.line[pair], tolerance_m) | along
    place, at = np.unique(pair * (int(ways.nodes.max()) + 1) + node, return_inverse=True)
    n = len(contacts.pair)
    street = contacts.along
    graph = coo_array(
        (np.ones(int(street.sum()), dtype=np.int8), (at[:n][street], at[n:][street])),
        shape=(len(place),) * 2,
    )
    piece = connected_components(graph.tocsr(), directed=False)[1][at]
    from_a = (np.tile(contacts.in_a, 2) & on_border) | (along & bare[borders.a[pair]])
    from_b = (np.tile(contacts.in_b, 2) & on_border) | (along & bare[borders.b[pair]])
    meeting = np.isin(piece, piece[from_a]) & np.isin(piece, piece[from_b])
    over = np.tile(ways.over[contacts.way], 2)
    return pair[meeting], over[meeting]


def links_over_gaps(
    known: set[tuple[int, int]],
    polygons: NDArray[np.object_],
    ways: Walkways,
    *,
    node_unit: NDArray[np.int64],
    gap_most_m: float = 2000.0,
    nodes_most: int = 200,
) -> dict[tuple[int, int], int]:
    """Find units that a bridge, tunnel or ferry joins over ground that belongs to no unit.

    Walkable edges and junctions outside all units form pieces; the units a piece touches are linked when they lie within
    ``gap_most_m`` of each other. A piece without a bridge, tunnel or ferry, or of more than ``nodes_most`` junctions, is
    a road beyond the area and links nothing: a district does not go round by the neighbour's street.

    Returns
    -------
    dict
        Pair of positions, a < b and not in ``known``, -> position in `OVER`; in ascending order. Over a piece the kind is the
        rarest on it: a ferry before a tunnel before a bridge.
    """
    unit = node_unit
    u, v = np.searchsorted(ways.nodes, ways.u), np.searchsorted(ways.nodes, ways.v)
    outside = unit < 0
    loose = outside[u] | outside[v]
    span = ways.over > 0
    spanning = span & ~loose & (unit[u] != unit[v])
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
    carried = np.zeros(n, dtype=np.int8)
    np.maximum.at(carried, piece[water], ways.over[shore])
    np.maximum.at(carried, piece[u[both]], ways.over[both])
    small = (size[piece[water]] <= nodes_most) & (carried[piece[water]] > 0)
    touches = np.unique(np.column_stack([piece[water[small]], unit[land[small]]]), axis=0)
    for touched in np.split(touches, np.flatnonzero(np.diff(touches[:, 0])) + 1):
        members = sorted(int(i) for i in touched[:, 1])
        for i, a in enumerate(members):
            for b in members[i + 1 :]:
                found.setdefault((a, b), int(carried[touched[0, 0]]))
    return {
        (a, b): over
        for (a, b), over in sorted(found.items())
        if (a, b) not in known and shapely.distance(polygons[a], polygons[b]) <= gap_most_m
    }


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
) -> dict[tuple[int, int], int]:
    """Return the pairs that one edge joins over ground of nobody and through no third unit, and what it leads over."""
    if not len(way):
        return {}
    line, dot = points_along(ways.line[way], SPACING_M)
    inside = locate(dot, polygons)
    third = (inside >= 0) & (inside != unit_u[way[line]]) & (inside != unit_v[way[line]])
    clear = np.bincount(line, weights=third, minlength=len(way)) == 0
    clear &= np.bincount(line, weights=inside < 0, minlength=len(way)) > 0
    a, b, over = unit_u[way[clear]], unit_v[way[clear]], ways.over[way[clear]]
    pairs = zip(np.minimum(a, b).tolist(), np.maximum(a, b).tolist(), strict=True)
    found: dict[tuple[int, int], int] = {}
    for pair, kind in zip(pairs, over.tolist(), strict=True):
        found[pair] = min(kind, found.get(pair, kind))
    return found
