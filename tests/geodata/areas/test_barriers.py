"""On real files: railways, motorways and water part units unless a road leads over or under them."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.ops
from scipy.spatial import cKDTree

from geodata.areas import build_adjacency
from geodata.areas.walkways import edge_lines
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


@pytest.fixture(scope="module")
def porto(shared):
    path = shared / "data" / "roads" / "porto_portugal.osm.pbf"
    return build_network(path, modes=["walk", "drive"])


def straight_pieces(lines, length_m, apart_m):
    """Cut lines into straight pieces of one length, no two middles nearer than ``apart_m``."""
    chords = []
    for line in lines:
        for begin in np.arange(0, line.length - length_m, length_m):
            piece = shapely.ops.substring(line, begin, begin + length_m)
            chord = shapely.LineString([piece.coords[0], piece.coords[-1]])
            if chord.length >= 0.98 * piece.length:
                chords.append(chord)
    middle = np.array([chord.centroid.coords[0] for chord in chords])
    tree, free, kept = cKDTree(middle), np.ones(len(middle), bool), []
    for i in range(len(middle)):
        if free[i]:
            kept.append(i)
            free[tree.query_ball_point(middle[i], apart_m)] = False
    return np.array(chords, dtype=object)[kept]


@pytest.mark.shared
def test_a_motorway_parts_its_sides_where_nothing_walkable_crosses_it(porto):
    motorway = porto.edge_highway == porto.highway_classes.index("motorway")
    chords = straight_pieces(edge_lines(porto, np.flatnonzero(motorway)), 100, 300)
    sides = [two_sides(chord, 60) for chord in chords]
    number = np.arange(len(chords))
    units = gpd.GeoDataFrame(
        {"unit_id": [f"{n:04d}{side}" for n in number for side in ("left", "right")]},
        geometry=[shape for pair in sides for shape in pair],
        crs=porto.crs,
    )
    frame = build_adjacency(units, porto)
    frame = frame[(frame["unit_a"].str[:4] == frame["unit_b"].str[:4]) & frame["adjoins"]]
    joined = np.isin(number, frame["unit_a"].str[:4].astype(int))
    # by geometry alone: walkable edges that cross the piece, or graze its end within the tolerance of a metre
    walkable = edge_lines(porto, np.unique(porto.modes["walk"].edge))
    tree = shapely.STRtree(walkable)
    near = np.isin(number, tree.query(chords, predicate="dwithin", distance=1.0)[0])
    crossed = np.isin(number, tree.query(chords, predicate="crosses")[0])
    assert (~near).sum() > 500  # most of Porto's motorway has no crossing within 100 m
    assert not joined[~near].any()
    # where a road leads over or under it the sides adjoin, but for a few whose middles no walk of 90 minutes joins
    assert crossed.sum() > 60
    assert joined[crossed].mean() > 0.9
    assert {"bridge", "tunnel"} <= set(frame["over"])
