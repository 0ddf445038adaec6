from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from road_worlds import at, write_osm

from geodata.crs import project
from geodata.errors import CrsError, InvalidRowsError, NetworkError
from geodata.roads import SnapStatus, build_network, snap
from geodata.roads.grid import make_grid, nearest
from geodata.roads.snap import snap_index


def place(network, east, north):
    x, y = project(*at(east, north), network.crs)
    return float(x), float(y)


@pytest.fixture
def cross(tmp_path):
    nodes = {1: at(0, 0), 2: at(400, 0), 3: at(200, 0), 4: at(200, 300), 5: at(100, 0)}
    nodes |= {20: at(50, 60), 21: at(90, 60)}  # a piece of its own
    nodes |= {30: at(0, -40), 31: at(400, -40)}  # an elevated road
    ways = [
        (1, [1, 5, 3, 2], {"highway": "residential"}),
        (2, [3, 4], {"highway": "footway"}),
        (3, [20, 21], {"highway": "footway"}),
        (4, [30, 31], {"highway": "residential", "bridge": "yes", "layer": "1"}),
    ]
    return build_network(write_osm(tmp_path / "cross.osm", nodes, ways))


def test_fraction_along_the_edge(cross):
    points = [place(cross, 50, -5), place(cross, 205, 150), place(cross, -30, 0)]
    got = snap(points, cross, "walk")
    assert got.status.tolist() == [0, 0, 0]
    assert got.distance_m == pytest.approx([5, 5, 30], rel=1e-2)
    assert got.access_ds.tolist() == pytest.approx([37.5, 37.5, 225], abs=1)
    for k, share in enumerate([0.25, 0.5, 0.0]):
        ends = cross.node_id[[cross.edge_u[got.edge[k]], cross.edge_v[got.edge[k]]]].tolist()
        along = got.fraction[k] if ends[0] < ends[1] else 1 - got.fraction[k]
        assert along == pytest.approx(share, abs=1e-2)
    assert got.mode == "walk"


def test_far_points_are_said_to_be_far(cross):
    got = snap([place(cross, 200, 560), place(cross, 200, 540)], cross, "walk")
    assert got.status.tolist() == [SnapStatus.TOO_FAR, SnapStatus.OK]
    assert got.distance_m == pytest.approx([260, 240], rel=1e-2)
    assert (
        snap([place(cross, 200, 560)], cross, "walk", max_distance_m=300).status[0] == SnapStatus.OK
    )


def test_limit_is_inclusive(cross):
    point = place(cross, 200, 400)
    metres = float(snap([point], cross, "walk").distance_m[0])
    assert snap([point], cross, "walk", max_distance_m=metres).status[0] == SnapStatus.OK
    below = np.nextafter(metres, 0)
    assert snap([point], cross, "walk", max_distance_m=below).status[0] == SnapStatus.TOO_FAR


def test_another_piece_is_passed_over_and_said(cross):
    got = snap([place(cross, 70, 55)], cross, "walk")
    assert got.status[0] == SnapStatus.OK
    assert got.distance_m[0] == pytest.approx(55, rel=1e-2)
    assert got.passed_over_m[0] == pytest.approx(5, rel=2e-2)
    short = snap([place(cross, 70, 55)], cross, "walk", max_distance_m=20)
    assert short.status[0] == SnapStatus.OTHER_COMPONENT
    assert short.distance_m[0] == pytest.approx(5, rel=2e-2)
    assert np.isnan(snap([place(cross, 300, 5)], cross, "walk").passed_over_m[0])


def test_bridges_take_no_points(cross):
    got = snap([place(cross, 300, -39)], cross, "walk")
    assert cross.edge_layer[got.edge[0]] == 0
    assert got.distance_m[0] == pytest.approx(39, rel=1e-2)
    index = snap_index(cross, "walk", ground_only=False)
    above = snap([place(cross, 300, -39)], cross, "walk", max_distance_m=30, index=index)
    assert above.status[0] == SnapStatus.OTHER_COMPONENT


def test_water_between_is_caught(cross):
    line = shapely.LineString([place(cross, 60, 20), place(cross, 500, 20)])
    point = place(cross, 110, 30)
    assert snap([point], cross, "walk").distance_m[0] == pytest.approx(30, rel=1e-2)
    # the street is across the water; the footpath reaches over to this side
    got = snap([point, place(cross, 205, 150)], cross, "walk", barriers=[line])
    assert got.status.tolist() == [SnapStatus.OK, SnapStatus.OK]
    assert got.distance_m[0] == pytest.approx(90, rel=1e-2)
    assert got.passed_over_m[0] == pytest.approx(30, rel=1e-2)
    lake = shapely.box(*place(cross, 260, 5), *place(cross, 390, 120))
    inside = snap([place(cross, 300, 50)], cross, "walk", barriers=[lake])
    assert inside.status[0] == SnapStatus.BLOCKED
    assert inside.edge[0] >= 0


def test_nothing_to_snap_to_and_nothing_to_snap(cross, tmp_path):
    got = snap([(np.nan, 1.0), (np.inf, 2.0)], cross, "walk")
    assert got.status.tolist() == [SnapStatus.NO_EDGE] * 2
    assert got.edge.tolist() == [-1, -1]
    assert np.isnan(got.distance_m).all()
    assert len(snap(np.zeros((0, 2)), cross, "walk").edge) == 0
    only = write_osm(
        tmp_path / "b.osm",
        {1: at(0, 0), 2: at(9, 0)},
        [(1, [1, 2], {"highway": "path", "layer": "3"})],
    )
    high = build_network(only)
    assert snap([place(high, 0, 0)], high, "walk").status[0] == SnapStatus.NO_EDGE


def test_points_that_cannot_be_meant(cross):
    x, y = place(cross, 100, 10)
    with pytest.raises(CrsError, match="order"):
        snap([(y, x)], cross, "walk")
    with pytest.raises(CrsError, match="degrees"):
        snap([at(100, 10)], cross, "walk")
    with pytest.raises(NetworkError, match="far from every point"):
        snap([(x + 90_000, y)], cross, "walk")
    with pytest.raises(NetworkError, match="not built for drive"):
        snap([(x, y)], cross, "drive")
    with pytest.raises(InvalidRowsError):
        snap([1.0, 2.0, 3.0], cross, "walk")


def brute(lines, points):
    a, b = lines[:, :2], lines[:, 2:]
    d = b - a
    square = (d * d).sum(axis=1)
    p = points[:, None, :]
    t = np.clip(((p - a) * d).sum(axis=2) / np.where(square > 0, square, 1), 0, 1)
    return np.linalg.norm(p - (a + t[..., None] * d), axis=2)


coordinate = st.integers(-50, 50).map(float) | st.floats(-60, 60, allow_subnormal=False)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[coordinate] * 4, st.booleans()), min_size=1, max_size=25),
    st.lists(st.tuples(*[coordinate.map(lambda v: 3 * v)] * 2), min_size=1, max_size=12),
    st.sampled_from([0.0, 5.0, 40.0, 1e9]),
)
def test_grid_against_brute_force(segments, points, limit):
    lines = np.array([s[:4] for s in segments], float)
    mark = np.array([s[4] for s in segments], bool)
    spots = np.array(points, float)
    who, square, along = nearest(make_grid(lines, mark), spots, limit)
    metres = brute(lines, spots)
    assert np.abs(np.sqrt(square[0]) - metres.min(axis=1)).max() < 1e-9
    feet = lines[who[0], :2] + along[0][:, None] * (lines[who[0], 2:] - lines[who[0], :2])
    assert np.abs(np.linalg.norm(spots - feet, axis=1) - np.sqrt(square[0])).max() < 1e-9
    if mark.any():
        best = metres[:, mark].min(axis=1)
        near = best <= limit
        assert np.abs(np.sqrt(square[1][near]) - best[near]).max(initial=0) < 1e-9
        assert mark[who[1][near]].all()
    else:
        assert (who[1] == -1).all()


def test_against_shapely_on_a_real_city(helsinki):
    index = snap_index(helsinki, "walk")
    grid = index.grid
    slot = np.unique(grid.owner, return_index=True)[1]
    lines = grid.line[slot]
    rng = np.random.default_rng(3)
    low, high = lines[:, :2].min(axis=0), lines[:, :2].max(axis=0)
    points = rng.uniform(low - 100, high + 100, (3_000, 2))
    tree = shapely.STRtree(shapely.linestrings(lines.reshape(-1, 2, 2)))
    _, metres = tree.query_nearest(shapely.points(points), return_distance=True, all_matches=False)
    got = snap(points, helsinki, "walk", max_distance_m=1e9)
    nearest_m = np.where(np.isnan(got.passed_over_m), got.distance_m, got.passed_over_m)
    assert np.abs(nearest_m - metres).max() < 1e-6
    # the place along the edge is at that distance
    ptr = helsinki.geometry_indptr
    for k in range(0, 3_000, 50):
        edge = got.edge[k]
        line = shapely.LineString(helsinki.geometry_xy[ptr[edge] : ptr[edge + 1]])
        there = shapely.line_interpolate_point(line, got.fraction[k], normalized=True)
        assert there.distance(shapely.Point(points[k])) == pytest.approx(
            got.distance_m[k], abs=1e-6
        )


def test_order_of_points_changes_nothing(helsinki):
    rng = np.random.default_rng(5)
    low, high = helsinki.geometry_xy.min(axis=0), helsinki.geometry_xy.max(axis=0)
    points = rng.uniform(low, high, (500, 2))
    mixed = rng.permutation(500)
    one, two = snap(points, helsinki, "drive"), snap(points[mixed], helsinki, "drive")
    assert np.array_equal(one.edge[mixed], two.edge)
    assert np.array_equal(one.fraction[mixed], two.fraction)
