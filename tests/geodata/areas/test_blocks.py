"""Blocks cover each street_town once, follow its roads, and meet in mid-river."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import box

from geodata.areas import build_adjacency, make_blocks
from geodata.areas.walkways import points_along
from geodata.errors import CrsError, EmptyLayerError, MissingColumnError

CRS = "EPSG:32629"


def towns(**boxes):
    return gpd.GeoDataFrame(
        {"street_town_id": list(boxes)}, geometry=[box(*b) for b in boxes.values()], crs=CRS
    )


def grid(street, columns, rows, step=500.0):
    """Return streets along every grid line, cut at the crossings."""
    across = [
        street(i * step, j * step, (i + 1) * step, j * step)
        for j in range(rows + 1)
        for i in range(columns)
    ]
    along = [
        street(i * step, j * step, i * step, (j + 1) * step)
        for i in range(columns + 1)
        for j in range(rows)
    ]
    return across + along


def check_cover(blocks, street_towns):
    for town, area in zip(street_towns.street_town_id, street_towns.geometry, strict=True):
        mine = blocks[blocks.street_town_id == town].geometry
        assert mine.area.sum() == pytest.approx(area.area, rel=1e-5)
        assert shapely.union_all(mine.array).symmetric_difference(area).area < 1e-5 * area.area
    assert blocks.unit_id.is_unique
    assert blocks.unit_id.is_monotonic_increasing


def test_a_grid_of_main_roads_makes_its_cells(draw, street):
    lines = grid(street, 4, 3)
    network = draw(lines, highway=["primary"] * len(lines))
    area = towns(t1=(0, 0, 1000, 1500), t2=(1000, 0, 2000, 1500))
    blocks = make_blocks(area, network)
    assert len(blocks) == 12
    assert np.allclose(blocks.area, 250_000)
    check_cover(blocks, area)
    # nothing is inside the cells, so they are entered from the streets around them
    frame = build_adjacency(blocks, network)
    assert len(frame) == 17
    assert frame.adjoins.all()


def test_residential_streets_bound_nothing(draw, street):
    lines = grid(street, 4, 3)
    blocks = make_blocks(towns(t=(0, 0, 2000, 1500)), draw(lines))
    assert len(blocks) == 1


def test_small_faces_join_a_neighbour_of_their_town(draw, street):
    lines = [street(0, 500, 1000, 500), street(0, 510, 1000, 510), street(300, 0, 300, 500)]
    network = draw(lines, highway=["trunk"] * 3)
    area = towns(a=(0, 0, 1000, 1000))
    blocks = make_blocks(area, network, least_m2=40_000)
    assert len(blocks) == 3  # the strip between the carriageways is none
    check_cover(blocks, area)


def test_barriers_cut(draw, street):
    network = draw([street(0, 500, 1000, 500)], highway=["primary"])
    rail = gpd.GeoSeries([street(500, -50, 500, 1050)], crs=CRS)
    assert len(make_blocks(towns(a=(0, 0, 1000, 1000)), network, barriers=rail)) == 4
    lake = gpd.GeoSeries([box(600, 600, 900, 900)], crs=CRS)
    assert len(make_blocks(towns(a=(0, 0, 1000, 1000)), network, barriers=lake)) == 3


def river_town(street, bridge_layer=1):
    """Return streets on two banks 300 m apart, joined by one bridge, and their classes and layers."""
    north = grid(street, 20, 6, 100.0)
    south = [shapely.affinity.translate(line, 0, -900) for line in north]
    bridge = [street(1000, 0, 1000, -300)]
    lines = north + south + bridge
    main = [
        "primary" if line.coords[0][1] == line.coords[1][1] == 100 else "residential"
        for line in lines
    ]
    return lines, main, [0] * (len(lines) - 1) + [bridge_layer]


def test_a_river_that_no_file_draws_parts_the_banks(draw, street):
    lines, main, layer = river_town(street)
    area = towns(t=(0, -900, 2000, 600))
    network = draw(lines, highway=main, layer=layer)
    blocks = make_blocks(area, network)
    check_cover(blocks, area)
    # every block keeps to its side of mid-stream, to the step of the grid
    sides = [(g.bounds[1] > -175, g.bounds[3] < -125) for g in blocks.geometry]
    assert all(any(side) for side in sides)
    frame = build_adjacency(blocks, network)
    south = dict(zip(blocks.unit_id, [side[1] for side in sides], strict=True))
    across = frame[frame.unit_a.map(south) != frame.unit_b.map(south)]
    assert across.adjoins.sum() == 1
    without = draw(lines[:-1], highway=main[:-1], layer=layer[:-1])
    dry = build_adjacency(blocks, without)
    assert not (dry.unit_a.map(south) != dry.unit_b.map(south)).any()


def test_without_gaps_the_river_stays_in_a_block(draw, street):
    lines, main, layer = river_town(street)
    network = draw(lines, highway=main, layer=layer)
    blocks = make_blocks(towns(t=(0, -900, 2000, 600)), network, void_m=None)
    assert any(g.bounds[1] < -300 and g.bounds[3] > 0 for g in blocks.geometry)


@settings(max_examples=10, deadline=None)
@example([(0, 0, 893, 0), (908, 106, 0, 0)])  # a corner with gaps on all sides
@given(st.lists(st.tuples(*[st.integers(0, 2000)] * 4), min_size=1, max_size=12))
def test_any_roads_make_a_cover(draw, street, ends):
    lines = [street(*e) for e in ends if e[:2] != e[2:]]
    if not lines:
        return
    network = draw(lines, highway=["secondary"] * len(lines))
    area = towns(a=(0, 0, 900, 2000), b=(900, 0, 2000, 2000))
    blocks = make_blocks(area, network)
    check_cover(blocks, area)
    large = blocks.area >= 40_000 - 1
    assert (large | (blocks.groupby("street_town_id").unit_id.transform("size") == 1)).all()


def test_wrong_layers_are_refused(draw, street):
    network = draw([street(0, 0, 100, 0)], highway=["primary"])
    area = towns(a=(0, 0, 900, 900))
    with pytest.raises(MissingColumnError):
        make_blocks(area.drop(columns="street_town_id"), network)
    with pytest.raises(CrsError):
        make_blocks(area.to_crs(4326), network)
    with pytest.raises(CrsError):
        make_blocks(area.to_crs(32630), network)
    with pytest.raises(EmptyLayerError):
        make_blocks(area.iloc[:0], network)


def test_points_along_lines_are_where_shapely_puts_them():
    rng = np.random.default_rng(4)
    lines = [shapely.LineString(rng.uniform(0, 900, (k, 2))) for k in rng.integers(2, 7, 60)]
    lines = np.array([*lines, shapely.LineString([(5, 5), (5, 5)])], dtype=object)
    line, dots = points_along(lines, 20.0)
    count = np.bincount(line)
    assert count.min() == 4
    step = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    expected = shapely.line_interpolate_point(
        lines[line], (step + 0.5) / count[line], normalized=True
    )
    assert shapely.distance(dots, expected).max() < 1e-6
