"""Units adjoin where they share a border and a walkable road crosses it."""

import geopandas as gpd
import numpy as np
import pytest
from shapely import box

from geodata.areas import build_adjacency
from geodata.errors import CrsError, InvalidRowsError, NetworkError

CRS = "EPSG:32629"


def cells(**boxes):
    return gpd.GeoDataFrame(
        {"unit_id": list(boxes)}, geometry=[box(*b) for b in boxes.values()], crs=CRS
    )


def links(frame):
    return {
        (a, b) for a, b, ok in zip(frame.unit_a, frame.unit_b, frame.adjoins, strict=True) if ok
    }


TWO = {"a": (0, 0, 100, 100), "b": (100, 0, 200, 100)}


def test_a_road_across_the_border_joins(draw, street):
    frame = build_adjacency(cells(**TWO), draw([street(20, 50, 180, 50)]))
    assert links(frame) == {("a", "b")}
    assert frame.border_m.iloc[0] == pytest.approx(100, abs=1.5)
    assert frame.walk_ds.iloc[0] == 160 * 7.5
    assert list(frame.columns) == [
        "unit_a", "unit_b", "border_m", "crossing", "over", "walk_ds", "adjoins",
    ]  # fmt: skip


def test_two_dead_ends_at_the_border_do_not_join(draw, street):
    # the way round goes through c, so the pair has a row and does not adjoin
    three = TWO | {"c": (0, 100, 200, 200)}
    roads = [
        street(20, 50, 100, 50),
        street(101, 20, 180, 20),
        street(20, 50, 20, 150),
        street(20, 150, 180, 150),
        street(180, 150, 180, 20),
    ]
    frame = build_adjacency(cells(**three), draw(roads))
    assert links(frame) == {("a", "c"), ("b", "c")}
    row = frame[(frame.unit_a == "a") & (frame.unit_b == "b")].iloc[0]
    assert not row.crossing
    assert row.border_m == pytest.approx(100, abs=1.5)


def test_two_streets_that_meet_on_the_border_join(draw, street):
    roads = [street(20, 50, 100, 50), street(100, 50, 180, 20)]
    assert links(build_adjacency(cells(**TWO), draw(roads))) == {("a", "b")}


def test_a_street_along_the_border_joins_and_a_motorway_does_not(draw, street):
    roads = [
        street(100, 10, 100, 90),
        street(20, 50, 100, 10),
        street(100, 90, 180, 50),
        street(20, 50, 20, -50),
        street(20, -50, 180, -50),
        street(180, -50, 180, 50),
    ]
    units = cells(**TWO, s=(0, -100, 200, 0))
    assert ("a", "b") in links(build_adjacency(units, draw(roads)))
    closed = build_adjacency(units, draw(roads, walkable=[False] + [True] * 5))
    assert ("a", "b") not in links(closed)


def test_a_street_along_the_border_with_nothing_beyond_does_not_join(draw, street):
    """A quay: the other unit begins at its kerb, and its own streets are across the water."""
    roads = [street(100, 10, 100, 90), street(20, 50, 100, 10), street(180, 20, 180, 80)]
    roads += [street(20, 50, 20, -50), street(20, -50, 180, -50), street(180, -50, 180, 20)]
    units = cells(**TWO, s=(0, -100, 200, 0))
    assert ("a", "b") not in links(build_adjacency(units, draw(roads)))


def test_river_separates_except_at_its_bridge(draw, street):
    """Two rows of four units on two banks that meet in mid-river; one bridge, at the third."""
    units = cells(
        **{f"n{i}": (100 * i, 0, 100 * i + 100, 100) for i in range(4)},
        **{f"s{i}": (100 * i, -100, 100 * i + 100, 0) for i in range(4)},
    )
    roads = [street(x, y, x + 100, y) for y in (50, -50) for x in (50, 150, 250)] + [
        street(250, 50, 250, -50)
    ]
    frame = build_adjacency(units, draw(roads))
    across = {pair for pair in links(frame) if pair[0][0] != pair[1][0]}
    assert across == {("n2", "s2")}
    assert len(links(frame)) == 7


def test_corner_contact_is_no_border(draw, street):
    units = cells(a=(0, 0, 100, 100), b=(100, 100, 200, 200))
    assert build_adjacency(units, draw([street(50, 50, 150, 150)])).empty


def test_bridge_over_ground_of_nobody_joins(draw, street):
    units = cells(a=(0, 0, 100, 100), b=(300, 0, 400, 100), c=(300, 200, 400, 300))
    roads = [street(50, 50, 350, 50), street(350, 50, 350, 60)]
    one_edge = build_adjacency(units, draw(roads, layer=[1, 0]))
    assert links(one_edge) == {("a", "b")}
    assert one_edge.border_m.iloc[0] == 0
    chain = [street(50, 50, 150, 50), street(150, 50, 250, 50), street(250, 50, 350, 50)]
    assert links(build_adjacency(units, draw(chain, layer=[0, 1, 0]))) == {("a", "b")}
    assert build_adjacency(units, draw(chain, layer=[0, 1, 0]), gap_most_m=150).empty


def test_a_plain_road_beyond_the_area_joins_nobody(draw, street):
    units = cells(a=(0, 0, 100, 100), b=(300, 0, 400, 100))
    round_about = [street(50, 50, 50, 150), street(50, 150, 350, 150), street(350, 150, 350, 50)]
    assert build_adjacency(units, draw(round_about)).empty
    assert build_adjacency(units, draw([street(50, 50, 350, 50)])).empty


def test_a_road_through_a_third_unit_links_only_neighbours(draw, street):
    units = cells(a=(0, 0, 100, 100), b=(100, 0, 200, 100), c=(200, 0, 300, 100))
    frame = build_adjacency(units, draw([street(50, 50, 250, 50)]))
    assert links(frame) == {("a", "b"), ("b", "c")}


def test_pairs_beyond_the_cutoff_have_no_row_and_the_cutoff_is_inclusive(draw, street):
    units, network = cells(**TWO), draw([street(20, 50, 180, 50)])
    assert len(build_adjacency(units, network, cutoff_min=2.0)) == 1  # 1200 ds exactly
    assert build_adjacency(units, network, cutoff_min=1.99).empty


def test_row_order_of_units_does_not_matter(draw, street):
    units = cells(
        **{
            f"u{i}": (100 * (i % 5), 100 * (i // 5), 100 * (i % 5) + 100, 100 * (i // 5) + 100)
            for i in range(20)
        }
    )
    roads = [street(50, 50 + 100 * j, 450, 50 + 100 * j) for j in range(4)]
    roads += [street(50, 50 + 100 * j, 50, 150 + 100 * j) for j in range(3)]
    network = draw(roads)
    expected = build_adjacency(units, network)
    shuffled = units.sample(frac=1, random_state=3).reset_index(drop=True)
    assert build_adjacency(shuffled, network).equals(expected)


def test_layers_that_do_not_fit_are_refused(draw, street):
    network = draw([street(20, 50, 180, 50)])
    with pytest.raises(CrsError):
        build_adjacency(cells(**TWO).to_crs(32630), network)
    with pytest.raises(NetworkError, match="drive"):
        build_adjacency(cells(**TWO), network, mode="drive")
    twice = cells(**TWO)
    twice["unit_id"] = "a"
    with pytest.raises(InvalidRowsError):
        build_adjacency(twice, network)


def test_inputs_stay_unchanged(draw, street):
    units, network = cells(**TWO), draw([street(20, 50, 180, 50)])
    before, heads = units.copy(), network.modes["walk"].heads.copy()
    build_adjacency(units, network)
    assert units.equals(before)
    assert np.array_equal(network.modes["walk"].heads, heads)
