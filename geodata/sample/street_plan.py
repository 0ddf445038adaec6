"""The street plan of a drawn city before terrain: arterials, and local streets between them.

Everything is in a flat plan of right angles (u east, v north, metres); ``streets`` bends it.
Arterials cut the plan into superblocks. Each superblock has its own local grid, whose streets
meet the arterials at shared nodes, so that the net is connected by construction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Block:
    """How a kind of superblock is filled.

    Parameters
    ----------
    share
        How often the kind occurs.
    divisions
        Least and most local blocks along a side.
    highway
        OSM class of its streets.
    dropped
        Share of its street pieces that are left out.
    """

    share: float
    divisions: tuple[int, int]
    highway: str
    dropped: float


BLOCKS = {
    "ordinary": Block(0.58, (3, 5), "residential", 0.16),
    "lanes": Block(0.16, (5, 7), "living_street", 0.20),
    "compound": Block(0.10, (3, 4), "service", 0.30),
    "park": Block(0.06, (3, 4), "footway", 0.25),
    "works": Block(0.10, (2, 3), "service", 0.10),
}


@dataclass
class Line:
    """One street: junction nodes in order, its class, and which superblock kind made it."""

    nodes: list[int]
    highway: str
    kind: str
    axis: str = ""
    rank: int = 0


@dataclass
class Superblock:
    """A cell between arterials: its kind, its corner nodes (counter-clockwise)."""

    kind: str
    corners: tuple[int, int, int, int]


@dataclass
class StreetPlan:
    """Nodes in plan metres, lines over them, superblocks, and where arterials cross."""

    u: list[float] = field(default_factory=list)
    v: list[float] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    superblocks: list[Superblock] = field(default_factory=list)
    crossings: list[int] = field(default_factory=list)

    def node(self, u: float, v: float) -> int:
        """Add a node and return its index."""
        self.u.append(u)
        self.v.append(v)
        return len(self.u) - 1

    def between(self, a: int, b: int, share: float) -> int:
        """Add a node on the straight line from node a to node b."""
        return self.node(
            self.u[a] + share * (self.u[b] - self.u[a]),
            self.v[a] + share * (self.v[b] - self.v[a]),
        )


def plan_streets(rng: np.random.Generator, half_width: float, half_height: float) -> StreetPlan:
    """Lay out arterials and local streets over ``[-half_width, half_width]`` and so on."""
    plan = StreetPlan()
    us, vs = _spacing(rng, half_width), _spacing(rng, half_height)
    cross = [[plan.node(u + rng.normal(0, 14), v + rng.normal(0, 14)) for v in vs] for u in us]
    plan.crossings = [node for column in cross for node in column]
    kinds = list(BLOCKS)
    shares = np.array([BLOCKS[kind].share for kind in kinds])
    west_east: dict[tuple[int, int], list[int]] = {}
    south_north: dict[tuple[int, int], list[int]] = {}
    for i in range(len(us) - 1):
        for j in range(len(vs) - 1):
            kind = kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]
            corners = (cross[i][j], cross[i + 1][j], cross[i + 1][j + 1], cross[i][j + 1])
            plan.superblocks.append(Superblock(kind, corners))
            _fill(plan, rng, kind, corners, (i, j), west_east=west_east, south_north=south_north)
    for j in range(len(vs)):
        pieces = [(cross[i][j], west_east.get((i, j), [])) for i in range(len(us) - 1)]
        _arterial(plan, pieces, cross[-1][j], "we", j)
    for i in range(len(us)):
        pieces = [(cross[i][j], south_north.get((i, j), [])) for j in range(len(vs) - 1)]
        _arterial(plan, pieces, cross[i][-1], "sn", i)
    return plan


def _spacing(rng: np.random.Generator, half: float) -> NDArray[np.float64]:
    """Return positions of arterials from -half to half, 430-760 m apart."""
    count = max(3, round(2 * half / 590))
    steps = rng.uniform(430, 760, count)
    places = np.concatenate(([0.0], np.cumsum(steps)))
    return np.asarray(places / places[-1] * 2 * half - half)


def _arterial_class(index: int, count: int) -> tuple[str, int]:
    """Return the class of the index-th of ``count`` parallel arterials."""
    from_centre = abs(index - count // 2)
    if from_centre == 0:
        return "trunk", 5
    if from_centre % 4 == 0 or from_centre % 4 == 3:
        return "primary", 4
    return ("secondary", 3) if from_centre % 2 == 0 else ("tertiary", 2)


def _arterial(
    plan: StreetPlan, pieces: list[tuple[int, list[int]]], last: int, axis: str, index: int
) -> None:
    """Add one arterial through its crossings and the side streets that meet it."""
    along = plan.u if axis == "we" else plan.v
    nodes: list[int] = []
    for start, inner in pieces:
        nodes.append(start)
        nodes.extend(sorted(set(inner), key=lambda node: along[node]))
    nodes.append(last)
    highway, rank = _arterial_class(index, len(pieces) + 1)
    plan.lines.append(Line(nodes, highway, "arterial", axis, rank))


def _side(
    plan: StreetPlan,
    rng: np.random.Generator,
    start: int,
    end: int,
    shares: NDArray[np.float64],
    *,
    known: list[int],
) -> list[int]:
    """Return the nodes of local streets on one side, those of the neighbour where they fit."""
    if len(known) == len(shares) and rng.random() < 0.7:
        return list(known)
    return [plan.between(start, end, float(share)) for share in shares]


def _fill(
    plan: StreetPlan,
    rng: np.random.Generator,
    kind: str,
    corners: tuple[int, int, int, int],
    place: tuple[int, int],
    *,
    west_east: dict[tuple[int, int], list[int]],
    south_north: dict[tuple[int, int], list[int]],
) -> None:
    """Draw the local streets of one superblock and note where they meet its sides."""
    block = BLOCKS[kind]
    i, j = place
    low, high = block.divisions
    across = int(rng.integers(low, high + 1))
    upward = int(rng.integers(low, high + 1))
    south_known, west_known = west_east.get((i, j), []), south_north.get((i, j), [])
    if south_known and rng.random() < 0.5:
        across = len(south_known) + 1
    if west_known and rng.random() < 0.5:
        upward = len(west_known) + 1
    shares_u = _cuts(rng, across)
    shares_v = _cuts(rng, upward)
    south_west, south_east, north_east, north_west = corners
    south = _side(plan, rng, south_west, south_east, shares_u, known=south_known)
    north = _side(plan, rng, north_west, north_east, _shift(rng, shares_u), known=[])
    west = _side(plan, rng, south_west, north_west, shares_v, known=west_known)
    east = _side(plan, rng, south_east, north_east, _shift(rng, shares_v), known=[])
    inner = [
        [_inside(plan, rng, (s, n), (w, e)) for w, e in zip(west, east, strict=True)]
        for s, n in zip(south, north, strict=True)
    ]
    met: set[int] = set()
    for k, (s, n) in enumerate(zip(south, north, strict=True)):
        _street(plan, rng, [s, *inner[k], n], kind, met)
    for m, (w, e) in enumerate(zip(west, east, strict=True)):
        _street(plan, rng, [w, *(column[m] for column in inner), e], kind, met)
    # The north and east neighbours may go on with these streets; the arterial needs all.
    west_east.setdefault((i, j), []).extend(n for n in south if n in met)
    west_east.setdefault((i, j + 1), []).extend(n for n in north if n in met)
    south_north.setdefault((i, j), []).extend(n for n in west if n in met)
    south_north.setdefault((i + 1, j), []).extend(n for n in east if n in met)


def _cuts(rng: np.random.Generator, divisions: int) -> NDArray[np.float64]:
    """Return where ``divisions - 1`` streets cut a side, as shares with jitter."""
    steps = np.arange(1, divisions)
    return np.asarray((steps + rng.uniform(-0.22, 0.22, divisions - 1)) / divisions)


def _shift(rng: np.random.Generator, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    moved = shares + rng.normal(0, 0.025) + rng.normal(0, 0.012, len(shares))
    return np.clip(np.sort(moved), 0.04, 0.96)


def _inside(
    plan: StreetPlan, rng: np.random.Generator, upward: tuple[int, int], across: tuple[int, int]
) -> int:
    """Add the crossing of a street from south to north with one from west to east."""
    u, v = plan.u, plan.v
    (s, n), (w, e) = upward, across
    # Two rounds of substitution are enough for lines this close to right angles.
    share_v = 0.5
    for _ in range(3):
        at_u = u[s] + share_v * (u[n] - u[s])
        share_u = min(max((at_u - u[w]) / (u[e] - u[w]), 0.0), 1.0)
        at_v = v[w] + share_u * (v[e] - v[w])
        share_v = min(max((at_v - v[s]) / (v[n] - v[s]), 0.0), 1.0)
    return plan.node(at_u + rng.normal(0, 7), at_v + rng.normal(0, 7))


def _street(
    plan: StreetPlan, rng: np.random.Generator, nodes: list[int], kind: str, met: set[int]
) -> None:
    """Add a local street with some of its pieces left out."""
    block = BLOCKS[kind]
    keep = rng.random(len(nodes) - 1) >= block.dropped
    run: list[int] = []
    for piece, kept in enumerate(keep.tolist()):
        if kept:
            run = [*run, nodes[piece + 1]] if run else [nodes[piece], nodes[piece + 1]]
        if run and (not kept or piece == len(keep) - 1):
            plan.lines.append(Line(run, block.highway, kind, rank=1))
            met.update(run)
            run = []
