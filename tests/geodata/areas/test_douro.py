"""A real river: Porto's Douro, of which the road file shows only that bridges cross a gap."""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.ops
from pyproj import Transformer

from geodata.areas import build_adjacency, make_blocks

PORTO = Path(__file__).parents[4] / "shared" / "data" / "roads" / "porto_portugal.osm.pbf"
WINDOW = (-8.665, 41.122, -8.582, 41.165)
# mid-stream from Foz to Freixo, read off a plot of the roads
MIDSTREAM = [
    (-8.70, 41.1365),
    (-8.67, 41.1420),
    (-8.655, 41.1448),
    (-8.645, 41.1470),
    (-8.635, 41.1466),
    (-8.628, 41.1437),
    (-8.6225, 41.1420),
    (-8.618, 41.1393),
    (-8.6135, 41.1390),
    (-8.609, 41.1400),
    (-8.605, 41.1408),
    (-8.600, 41.1410),
    (-8.597, 41.1396),
    (-8.593, 41.1386),
    (-8.588, 41.1396),
    (-8.5855, 41.1413),
    (-8.575, 41.1413),
]


@pytest.fixture(scope="module")
def porto(draw):
    """Return lines, classes, layers and walkability of Porto's roads in a window around the river."""
    if not PORTO.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{PORTO} is missing in CI")
        pytest.skip("Porto's road file is not on this machine")
    from geodata.areas.walkways import edge_lines
    from geodata.roads import build_network

    network = build_network(PORTO, modes=["walk", "drive"])
    to_metres = Transformer.from_crs(4326, network.crs, always_xy=True)
    x, y = to_metres.transform(WINDOW[0::2], WINDOW[1::2])
    window = shapely.box(x[0], y[0], x[1], y[1])
    x, y = to_metres.transform(*np.transpose(MIDSTREAM))
    midstream = shapely.LineString(np.column_stack([x, y]))
    lines = edge_lines(network, np.arange(network.n_edges))
    inside = np.flatnonzero(shapely.covers(window, lines) & (shapely.length(lines) > 0))
    walkable = np.isin(inside, network.modes["walk"].edge)
    highway = [network.highway_classes[i] for i in network.edge_highway[inside]]
    return {
        "window": window,
        "midstream": midstream,
        "lines": lines[inside],
        "walkable": walkable,
        "highway": highway,
        "layer": network.edge_layer[inside],
        "crs": network.crs,
    }


@pytest.mark.shared
@pytest.mark.slow
def test_the_banks_of_the_douro_adjoin_only_at_bridges(porto, draw):
    lines, walkable, layer = porto["lines"], porto["walkable"], porto["layer"]
    over = shapely.intersects(lines, porto["midstream"])
    # the line drawn by hand is good: on the ground nothing crosses it, and several walkable bridges do
    assert not (over & walkable & (layer == 0)).any()
    assert (over & walkable).sum() >= 2

    def network(walk):
        return draw(lines, walkable=walk, crs=porto["crs"], highway=porto["highway"], layer=layer)

    town = gpd.GeoDataFrame(
        {"street_town_id": ["window"]}, geometry=[porto["window"]], crs=porto["crs"]
    )
    with_bridges = network(walkable)
    blocks = make_blocks(town, with_bridges)
    assert len(blocks) > 50
    north, south = sorted(
        shapely.get_parts(shapely.ops.split(porto["window"], porto["midstream"])),
        key=lambda bank: -bank.centroid.y,
    )
    # no block holds streets of both banks
    ground = np.flatnonzero(walkable & (layer == 0))
    middle = shapely.line_interpolate_point(lines[ground], 0.5, normalized=True)
    block, dot = shapely.STRtree(middle).query(blocks.geometry.array, predicate="contains")
    is_north = shapely.covers(north, middle[dot])
    share = np.bincount(block, weights=is_north, minlength=len(blocks)) / np.maximum(
        np.bincount(block, minlength=len(blocks)), 1
    )
    streets = np.bincount(block, minlength=len(blocks)) > 0
    assert ((share < 0.02) | (share > 0.98))[streets].all()

    bank = dict(
        zip(
            blocks.unit_id,
            blocks.intersection(north).area > blocks.intersection(south).area,
            strict=True,
        )
    )

    def across(frame):
        rows = frame[frame.adjoins]
        return rows[rows.unit_a.map(bank) != rows.unit_b.map(bank)]

    joined = across(build_adjacency(blocks, with_bridges))
    assert 1 <= len(joined) <= (over & walkable).sum()
    bridges = shapely.union_all(lines[over & walkable])
    shapes = blocks.set_index("unit_id").geometry
    for a, b in zip(joined.unit_a, joined.unit_b, strict=True):
        assert shapes[a].intersects(bridges)
        assert shapes[b].intersects(bridges)
    assert across(build_adjacency(blocks, network(walkable & ~over))).empty
