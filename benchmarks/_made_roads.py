"""A made city of a million nodes as an OpenStreetMap file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

LON, LAT = 121.0, 31.0
DEGREES_PER_CELL = 100 / 111_195
"""A hundred metres of latitude on a sphere of the mean radius."""
CLASSES = np.array(["residential", "tertiary", "secondary", "footway"])


def write_made_roads(path: Path, side: int = 1000, seed: int = 7) -> int:
    """Write a jittered grid of side x side crossings, a tenth of the streets missing.

    Streets run along rows and columns, cut into ways of about four crossings, as mapped streets
    are. About one street in ten is one-way.

    Returns
    -------
    int
        Ways written.
    """
    from osmium import SimpleWriter
    from osmium.osm.mutable import Node, Way

    rng = np.random.default_rng(seed)
    n = side * side
    i, j = np.divmod(np.arange(n), side)
    lat = LAT + (i + rng.uniform(-0.3, 0.3, n)) * DEGREES_PER_CELL
    lon = LON + (j + rng.uniform(-0.3, 0.3, n)) * DEGREES_PER_CELL / np.cos(np.radians(LAT))
    here = np.arange(1, n + 1).reshape(side, side)
    ways = 0
    with SimpleWriter(str(path), overwrite=True) as writer:
        places = zip(lon.tolist(), lat.tolist(), strict=True)
        for number, place in enumerate(places, start=1):
            writer.add_node(Node(id=number, version=1, location=place))
        for street in (*here, *here.T):
            cut = (rng.random(side - 1) < 0.1) | (np.arange(1, side) % 20 == 0)
            missing = rng.random(side - 1) < 0.1
            ends = np.flatnonzero(cut | missing)
            highway = str(rng.choice(CLASSES, p=[0.6, 0.2, 0.1, 0.1]))
            oneway = {"oneway": "yes"} if rng.random() < 0.1 and highway != "footway" else {}
            start = 0
            for end in (*ends.tolist(), side - 1):
                # Where the street goes on behind the end, the next way begins at the same crossing.
                last = end if end == side - 1 or missing[end] else end + 1
                if last > start:
                    ways += 1
                    writer.add_way(
                        Way(id=ways, version=1, nodes=street[start : last + 1].tolist(),
                            tags={"highway": highway, **oneway})
                    )  # fmt: skip
                start = end + 1
    return ways
