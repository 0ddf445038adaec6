"""What makes streets a city's: an elevated expressway, promenades, a ferry, gates, lanes, steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.sample.streets import StreetNet, Way

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Ramps come about every so many nodes of the expressway, which lie some 115 m apart.
RAMP_EVERY = 14
BANK_M = 13.0


def add_expressway(net: StreetNet, trunk: NDArray[np.int64], name: str) -> None:
    """Put an elevated expressway over a trunk road: two carriageways and ramps down to it.

    ``trunk`` are the road's nodes in order; only those that ways use can take a ramp.
    """
    ground = trunk[::3]
    if len(ground) < 8:
        return
    x, y = net.x[ground], net.y[ground]
    dx, dy = np.gradient(x), np.gradient(y)
    length = np.hypot(dx, dy)
    tags = {"highway": "motorway", "oneway": "yes", "bridge": "yes", "layer": "2", "name": name}
    used = set(trunk[_used(net, trunk)].tolist())
    for side in (1.0, -1.0):
        nodes = net.add_nodes(x + side * 11 * dy / length, y - side * 11 * dx / length)
        below = ground.tolist()
        if side < 0:
            nodes, below = nodes[::-1], below[::-1]
        net.ways.append(Way(nodes, {**tags, "lanes": "3"}, "expressway"))
        for start in range(3, len(nodes) - 6, RAMP_EVERY):
            if below[start + 2] in used:
                _ramp(net, nodes[start], below[start + 2])
            if below[start + 3] in used:
                _ramp(net, below[start + 3], nodes[start + 5])


def _ramp(net: StreetNet, start: int, end: int) -> None:
    tags = {"highway": "motorway_link", "oneway": "yes", "bridge": "yes", "layer": "1"}
    net.ways.append(Way([start, end], tags, "ramp"))


def _used(net: StreetNet, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
    used = np.zeros(len(net.x), dtype=bool)
    for way in net.ways:
        if way.kind == "arterial" and "bridge" not in way.tags and "tunnel" not in way.tags:
            used[way.nodes] = True
    return np.asarray(used[nodes])


def add_riverside(
    net: StreetNet, river: shapely.LineString, half_width_m: float, names: tuple[str, str]
) -> None:
    """Join the streets that end at the river by a promenade on each bank, and the banks by a ferry.

    The ferry goes where the next crossing is farthest.
    """
    ends = _ends_near(net, river, half_width_m + 60)
    along = np.asarray(
        shapely.line_locate_point(river, shapely.points(net.x[ends], net.y[ends])), dtype=float
    )
    side = _side_of(river, along, net.x[ends], net.y[ends])
    banks: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    for sign in (1, -1):
        order = np.flatnonzero(side == sign)
        order = order[np.argsort(along[order], kind="stable")]
        banks.append((ends[order], along[order]))
        curve = river.offset_curve(sign * (half_width_m + BANK_M))
        curve = max(shapely.get_parts(curve).tolist(), key=shapely.length)
        _promenade(net, curve, ends[order], names[0])
    _ferry(net, river, banks, names[1])


def _ends_near(net: StreetNet, river: shapely.LineString, reach_m: float) -> NDArray[np.int64]:
    """Return ends of streets on foot within reach of the river's centre line."""
    ends = sorted(
        {
            node
            for way in net.ways
            if way.kind in ("arterial", "ordinary", "lanes", "park") and "layer" not in way.tags
            for node in (way.nodes[0], way.nodes[-1])
        }
    )
    found = np.array(ends, dtype=np.int64)
    shapely.prepare(river)
    near = shapely.dwithin(river, shapely.points(net.x[found], net.y[found]), reach_m)
    return found[near]


def _side_of(
    river: shapely.LineString,
    along: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return 1 left of the river's direction, -1 right of it."""
    before = shapely.get_coordinates(shapely.line_interpolate_point(river, along - 5))
    after = shapely.get_coordinates(shapely.line_interpolate_point(river, along + 5))
    dx, dy = (after - before).T
    turn = dx * (y - before[:, 1]) - dy * (x - before[:, 0])
    return np.where(turn > 0, 1, -1).astype(np.int64)


def _promenade(
    net: StreetNet, curve: shapely.LineString, ends: NDArray[np.int64], name: str
) -> None:
    from shapely.ops import substring

    where = np.asarray(
        shapely.line_locate_point(curve, shapely.points(net.x[ends], net.y[ends])), dtype=float
    )
    order = np.argsort(where, kind="stable")
    ends, where = ends[order], where[order]
    tags = {"highway": "footway", "name": name}
    for k in range(len(ends) - 1):
        length = float(where[k + 1] - where[k])
        if not 5 < length < 700:
            continue
        part = shapely.get_coordinates(substring(curve, where[k], where[k + 1]).segmentize(45.0))
        nodes = net.add_nodes(part[:, 0], part[:, 1])
        net.ways.append(Way([int(ends[k]), *nodes, int(ends[k + 1])], tags, "promenade"))


def _ferry(
    net: StreetNet,
    river: shapely.LineString,
    banks: list[tuple[NDArray[np.int64], NDArray[np.float64]]],
    name: str,
) -> None:
    """Add a ferry in the middle of the longest stretch of river without a crossing."""
    over = [
        float(river.project(shapely.Point(net.x[node], net.y[node])))
        for way in net.ways
        if way.tags.get("bridge") == "yes" or "tunnel" in way.tags
        if way.kind == "arterial"
        for node in way.nodes[:1]
    ]
    if len(over) < 2 or not all(len(ends) for ends, _along in banks):
        return
    stops = np.sort(np.array(over))
    widest = int(np.argmax(np.diff(stops)))
    middle = (stops[widest] + stops[widest + 1]) / 2
    landing = [int(ends[np.argmin(np.abs(along - middle))]) for ends, along in banks]
    tags = {"route": "ferry", "foot": "yes", "bicycle": "yes", "motor_vehicle": "no", "name": name}
    net.ways.append(Way(landing, tags, "ferry"))


def add_lanes(rng: np.random.Generator, net: StreetNet, water: shapely.Polygon) -> None:
    """Add dead-end service lanes into the blocks, some of them behind a gate."""
    rows = [
        (way.nodes[k - 1], way.nodes[k])
        for way in net.ways
        if way.kind in ("ordinary", "compound", "works")
        for k in range(1, len(way.nodes) - 1)
    ]
    if not rows:
        return
    chosen = np.array(rows, dtype=np.int64)[rng.random(len(rows)) < 0.2]
    before, start = chosen.T
    dx, dy = net.x[start] - net.x[before], net.y[start] - net.y[before]
    length = np.maximum(np.hypot(dx, dy), 1.0)
    depth = rng.uniform(18, 52, len(chosen)) * np.where(rng.random(len(chosen)) < 0.5, 1, -1)
    step_x, step_y = -dy / length * depth, dx / length * depth
    x = net.x[start][:, None] + step_x[:, None] * np.array([0.55, 1.0])
    y = net.y[start][:, None] + step_y[:, None] * np.array([0.55, 1.0])
    x[:, 1] += rng.normal(0, 7, len(chosen))
    y[:, 1] += rng.normal(0, 7, len(chosen))
    dry = ~shapely.contains_xy(water.buffer(6), x[:, 1], y[:, 1])
    nodes = np.array(net.add_nodes(x.ravel(), y.ravel()), dtype=np.int64).reshape(-1, 2)
    gated = rng.random(len(chosen)) < 0.25
    for row in np.flatnonzero(dry).tolist():
        tags = {"highway": "service"}
        if gated[row]:
            tags["access"] = "private"
            net.node_tags[int(nodes[row, 0])] = {"barrier": "gate", "access": "private"}
        net.ways.append(Way([int(start[row]), *nodes[row].tolist()], tags, "lane"))


def add_gates(rng: np.random.Generator, net: StreetNet) -> None:
    """Put gates or lift gates where compounds and works open to the street."""
    for way in net.ways:
        if way.kind not in ("compound", "works") or len(way.nodes) < 3 or rng.random() > 0.5:
            continue
        if way.tags.get("access") == "private":
            net.node_tags[way.nodes[1]] = {"barrier": "gate"}
        else:
            net.node_tags[way.nodes[1]] = {"barrier": "lift_gate", "foot": "yes"}


def add_footbridges(rng: np.random.Generator, net: StreetNet) -> None:
    """Carry some side streets over the arterial between them: steps up, a bridge, steps down."""
    meeting: dict[int, list[int]] = {}
    for way in net.ways:
        if way.kind in ("ordinary", "lanes") and len(way.nodes) > 2:
            meeting.setdefault(way.nodes[0], []).append(way.nodes[1])
            meeting.setdefault(way.nodes[-1], []).append(way.nodes[-2])
    arterial = {node for way in net.ways if way.kind == "arterial" for node in way.nodes}
    for node in sorted(meeting):
        sides = meeting[node]
        if len(sides) != 2 or node not in arterial or rng.random() > 0.12:
            continue
        a, b = sides
        share = np.array([0.25, 0.75])
        # A little beside the crossing, so that the bridge does not lie on the street.
        aside = 6.0 / max(float(np.hypot(net.x[b] - net.x[a], net.y[b] - net.y[a])), 1.0)
        x = net.x[a] + share * (net.x[b] - net.x[a]) - aside * (net.y[b] - net.y[a])
        y = net.y[a] + share * (net.y[b] - net.y[a]) + aside * (net.x[b] - net.x[a])
        top = net.add_nodes(x, y)
        steps = {"highway": "steps", "step_count": "32"}
        net.ways.append(Way([a, top[0]], steps, "footbridge"))
        deck = {"highway": "footway", "bridge": "yes", "layer": "1"}
        net.ways.append(Way(top, deck, "footbridge"))
        net.ways.append(Way([top[1], b], steps, "footbridge"))
