"""On real files: railways, motorways and water part units unless a road leads over or under them."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.ops

from geodata.areas import build_adjacency
from geodata.roads import build_network, read_lines


@pytest.fixture(scope="module")
def helsinki(shared):
    path = shared / "data" / "roads" / "Helsinki.osm.pbf"
    network = build_network(path, modes=["walk"], crs="EPSG:32635")
    rails = read_lines(path, ("rail",)).to_crs(network.crs)
    return network, rails


def two_sides(line, reach_m):
    """Return the ground left and right of a straight piece of line, which meet on it."""
    left = shapely.buffer(line, reach_m, single_sided=True)
    right = shapely.buffer(line, -reach_m, single_sided=True)
    return left, right


def crossings(network, line):
    """Count the walkable edges that cross a line, by geometry alone."""
    walk = np.unique(network.modes["walk"].edge)
    start, stop = network.geometry_indptr[walk], network.geometry_indptr[walk + 1]
    edges = [shapely.LineString(network.geometry_xy[a:b]) for a, b in zip(start, stop, strict=True)]
    return int(shapely.crosses(np.array(edges, dtype=object), line).sum())


def test_a_railway_parts_its_sides_where_no_way_crosses_it(helsinki):
    network, rails = helsinki
    apart = joined = 0
    for line in rails.geometry[rails.length > 120]:
        for begin in np.arange(0, line.length - 100, 100):
            piece = shapely.ops.substring(line, begin, begin + 100)
            chord = shapely.LineString([piece.coords[0], piece.coords[-1]])
            if chord.length < 0.98 * piece.length:
                continue
            sides = two_sides(chord, 60)
            units = gpd.GeoDataFrame({"unit_id": ["left", "right"]}, geometry=list(sides), crs=network.crs)  # fmt: skip
            frame = build_adjacency(units, network)
            adjoins = bool(frame["adjoins"].any())
            if crossings(network, chord) == 0:
                assert not adjoins
                apart += 1
            else:
                joined += adjoins
    assert apart >= 5  # stretches of real railway without a crossing
    assert joined >= 1  # and with one
