"""Draw the ground of an invented city: outline, river, streets, where it is busy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.sample import names
from geodata.sample.frame import LocalFrame
from geodata.sample.ground import Ground
from geodata.sample.river import draw_outline, draw_river
from geodata.sample.street_extras import (
    add_expressway,
    add_footbridges,
    add_gates,
    add_lanes,
    add_riverside,
)
from geodata.sample.streets import StreetNet, address_streets, draw_streets, keep_main_part

if TYPE_CHECKING:
    from collections.abc import Callable

    import shapely
    from numpy.typing import NDArray

    from geodata.sample.sizes import Size

    Activity = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

# Where invented cities lie; east and west of 121.5 E only their bounds tell.
LON, LAT = 121.47, 31.23


def draw_ground(rng: np.random.Generator, size: Size) -> tuple[Ground, StreetNet]:
    """Return the ground of a city of this size and the net its road file is written from."""
    outline = draw_outline(rng, size.street_towns * size.street_town_km2 * 1e6)
    river = draw_river(rng, outline)
    water = river.buffer(size.river_half_width_m)
    net = draw_streets(rng, outline, water, size.node_spacing_m)
    keep_main_part(net)
    stems = names.pairs(rng)
    add_footbridges(rng, net)
    add_gates(rng, net)
    add_lanes(rng, net, water)
    promenade, ferry = next(stems) + "滨江步道", next(stems) + "渡"
    add_riverside(net, river, size.river_half_width_m, (promenade, ferry))
    add_expressway(net, net.trunk, next(stems) + "高架路")
    for node in net.crossings:
        net.node_tags.setdefault(node, {"highway": "traffic_signals"})
    nothing = pd.DataFrame({"kind": [], "name": [], "x": [], "y": [], "footprint_m2": []})
    nothing = nothing.astype({"kind": "str", "name": "str"})
    ground = Ground(
        frame=LocalFrame(LON, LAT),
        outline=outline,
        barrier=river,
        water=water,
        streets=address_streets(net, outline),
        places=nothing,
        buildings=nothing,
        activity=_activity(rng, outline),
    )
    return ground, net


def _activity(rng: np.random.Generator, outline: shapely.Polygon) -> Activity:
    """Return a field with a centre, sub-centres about every 6 km2, and quiet edges."""
    radius = float(np.sqrt(outline.area / np.pi))
    count = max(2, round(outline.area / 6e6))
    angle, away = rng.uniform(0, 2 * np.pi, count), radius * np.sqrt(rng.uniform(0.05, 0.8, count))
    x0 = np.concatenate(([rng.normal(0, 0.08 * radius)], away * np.cos(angle)))
    y0 = np.concatenate(([rng.normal(0, 0.08 * radius)], away * np.sin(angle)))
    height = np.concatenate(([3.2], rng.uniform(0.6, 1.8, count)))
    width = np.concatenate(([min(0.3 * radius, 2600.0)], rng.uniform(380, 800, count)))

    def activity(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        total = 0.35 + 0.35 * np.exp(-(x**2 + y**2) / (2 * (0.6 * radius) ** 2))
        for x_k, y_k, height_k, width_k in zip(x0, y0, height, width, strict=True):
            total += height_k * np.exp(-((x - x_k) ** 2 + (y - y_k) ** 2) / (2 * width_k**2))
        return np.asarray(total)

    return activity
