"""From the street plan to OSM nodes and ways: bent, jittered, cut by the river, bridged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.sample import names
from geodata.sample.ground import STREET_RANK, Streets
from geodata.sample.street_plan import Line, StreetPlan, plan_streets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Streets go on a little beyond the study area, as a road file's do.
MARGIN_M = 350.0


@dataclass
class Way:
    """An OSM way: indices of nodes, tags, and what part of the city made it."""

    nodes: list[int]
    tags: dict[str, str]
    kind: str = ""


@dataclass
class StreetNet:
    """Nodes of the local plane with their tags, ways over them, and the superblocks."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    ways: list[Way]
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    blocks: list[tuple[str, shapely.Polygon]] = field(default_factory=list)
    trunk: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    crossings: list[int] = field(default_factory=list)

    def add_nodes(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> list[int]:
        """Append nodes and return their indices."""
        first = len(self.x)
        self.x = np.concatenate((self.x, x))
        self.y = np.concatenate((self.y, y))
        return list(range(first, len(self.x)))


def draw_streets(
    rng: np.random.Generator,
    outline: shapely.Polygon,
    water: shapely.Polygon,
    node_spacing_m: float,
) -> StreetNet:
    """Draw the streets of a city with this outline and river."""
    west, south, east, north = outline.bounds
    reach = 1.18
    plan = plan_streets(
        rng,
        reach * max(abs(west), abs(east)) + MARGIN_M,
        reach * max(abs(south), abs(north)) + MARGIN_M,
    )
    lines = [_subdivide(plan, rng, line, node_spacing_m) for line in plan.lines]
    x, y = _bend(rng, np.array(plan.u), np.array(plan.v))
    net = StreetNet(x, y, [])
    kept = shapely.contains_xy(outline.buffer(MARGIN_M), x, y)
    wet = shapely.contains_xy(water, x, y)
    naming = _Naming(rng)
    bridges = _bridging(plan)
    for number, line in enumerate(lines):
        crossing = bridges.get(number, "")
        for way in _cut(line, kept, wet, crossing):
            net.ways.extend(naming.tagged(way, line, number))
    main = next(line for line in lines if line.axis == "we" and line.highway == "trunk")
    net.trunk = np.array([node for node in main.nodes if kept[node]], dtype=np.int64)
    net.crossings = [node for node in plan.crossings if kept[node] and not wet[node]]
    net.blocks = [
        (
            block.kind,
            shapely.Polygon(np.column_stack((x[list(block.corners)], y[list(block.corners)]))),
        )
        for block in plan.superblocks
    ]
    return net


def _subdivide(
    plan: StreetPlan, rng: np.random.Generator, line: Line, node_spacing_m: float
) -> Line:
    """Put nodes between the junctions, a little off the straight line."""
    nodes = [line.nodes[0]]
    for a, b in zip(line.nodes[:-1], line.nodes[1:], strict=True):
        du, dv = plan.u[b] - plan.u[a], plan.v[b] - plan.v[a]
        length = float(np.hypot(du, dv))
        pieces = max(1, round(length / node_spacing_m))
        sway = float(np.clip(rng.normal(0, 0.016), -0.04, 0.04))
        for k in range(1, pieces):
            share = k / pieces
            aside = sway * float(np.sin(np.pi * share))
            nodes.append(
                plan.node(plan.u[a] + share * du - aside * dv, plan.v[a] + share * dv + aside * du)
            )
        nodes.append(b)
    return Line(nodes, line.highway, line.kind, line.axis, line.rank)


def _bend(
    rng: np.random.Generator, u: NDArray[np.float64], v: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bend and turn the plan; slopes stay under one, so streets never fold over."""
    x, y = u.copy(), v.copy()
    for wavelength in (7_300.0, 4_100.0, 2_300.0, 1_500.0):
        for axis in (0, 1):
            heading, phase = rng.uniform(0, 2 * np.pi, 2)
            wave = 2 * np.pi / wavelength
            height = 0.17 / wave
            swing = height * np.sin(wave * (u * np.cos(heading) + v * np.sin(heading)) + phase)
            if axis == 0:
                x += swing
            else:
                y += swing
    turn = rng.uniform(-0.2, 0.2)
    return x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)


def _bridging(plan: StreetPlan) -> dict[int, str]:
    """Choose the west-east arterials that cross the river: line number -> bridge or tunnel.

    About every third one, so that a crossing comes each 1.5-2 km.
    """
    arterials = [k for k, line in enumerate(plan.lines) if line.axis == "we"]
    middle = len(arterials) // 2
    found: dict[int, str] = {}
    for place, line in enumerate(arterials):
        if (place - middle) % 3 == 0:
            found[line] = "bridge"
        elif (place - middle) % 6 == 1:
            found[line] = "tunnel"
    return found


def _cut(
    line: Line, kept: NDArray[np.bool_], wet: NDArray[np.bool_], crossing: str
) -> Iterator[tuple[list[int], str]]:
    """Yield the runs of a line on land, and its runs over the river where it crosses."""
    run: list[int] = []
    over: list[int] = []
    for node in line.nodes:
        if not kept[node]:
            yield run, ""
            run, over = [], []
        elif wet[node]:
            if run and crossing:
                over = [run[-1]]
            yield run, ""
            run = []
            if over:
                over.append(node)
        else:
            if over:
                yield [*over, node], crossing
                over = []
            run.append(node)
    yield run, ""


class _Naming:
    """Gives ways their tags; a street keeps its name along its line."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._names = names.pairs(rng)

    def tagged(self, way: tuple[list[int], str], line: Line, number: int) -> Iterator[Way]:
        """Yield the way with tags, or nothing where it is too short."""
        nodes, crossing = way
        if len(nodes) < 2:
            return
        tags = {"highway": line.highway}
        if line.kind == "arterial":
            tags["name"] = self._arterial_name(number)
            tags["lanes"] = str(line.rank + 1)
        elif line.kind in ("ordinary", "lanes"):
            tags["name"] = next(self._names) + ("路" if line.kind == "ordinary" else "弄")
            if self._rng.random() < 0.16:
                tags["oneway"] = "yes"
        elif line.kind == "compound" and self._rng.random() < 0.6:
            tags["access"] = "private"
        if crossing == "bridge":
            tags |= {"bridge": "yes", "layer": "1", "name": tags["name"][:-1] + "大桥"}
        elif crossing == "tunnel":
            tags |= {"tunnel": "yes", "layer": "-1", "foot": "no", "bicycle": "no"}
        yield Way(nodes, tags, line.kind)

    def _arterial_name(self, number: int) -> str:
        known: dict[int, str] = self.__dict__.setdefault("_arterials", {})
        if number not in known:
            known[number] = next(self._names) + ("大道" if self._rng.random() < 0.2 else "路")
        return known[number]


def address_streets(net: StreetNet, outline: shapely.Polygon) -> Streets:
    """Return the pieces of streets inside the outline on which an address can stand."""
    a: list[int] = []
    b: list[int] = []
    rank: list[int] = []
    name: list[int] = []
    known: dict[str, int] = {"": 0}
    for way in net.ways:
        tags = way.tags
        level = STREET_RANK.get(tags.get("highway", ""), 0)
        if not level or "bridge" in tags or "tunnel" in tags or "access" in tags:
            continue
        pieces = len(way.nodes) - 1
        a += way.nodes[:-1]
        b += way.nodes[1:]
        rank += [level] * pieces
        name += [known.setdefault(tags.get("name", ""), len(known))] * pieces
    start, end = np.array(a, dtype=np.int64), np.array(b, dtype=np.int64)
    streets = Streets(
        net.x[start],
        net.y[start],
        net.x[end],
        net.y[end],
        np.array(rank, dtype=np.int8),
        np.array(name, dtype=np.int64),
        list(known),
    )
    inner = outline.buffer(-30)
    shapely.prepare(inner)
    inside = shapely.contains_xy(inner, streets.x0, streets.y0)
    inside &= shapely.contains_xy(inner, streets.x1, streets.y1)
    return streets.take(inside)


def keep_main_part(net: StreetNet) -> None:
    """Drop ways that do not hang together with the largest part of the net."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a = np.concatenate([way.nodes[:-1] for way in net.ways])
    b = np.concatenate([way.nodes[1:] for way in net.ways])
    size = len(net.x)
    links = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(size, size))
    _, part = connected_components(links.tocsr(), directed=False)
    main = Counter(part[a].tolist()).most_common(1)[0][0]
    net.ways = [way for way in net.ways if part[way.nodes[0]] == main]
