"""Hexagons, overlaps, holes, and links that people change."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geodata.areas import (
    adjacency_lines,
    change_links,
    fill_holes,
    find_islands,
    find_overlaps,
    make_hexagons,
    resolve_overlaps,
)
from geodata.errors import InvalidRowsError

CRS = "EPSG:32651"


def frame(id_column, **boxes):
    return gpd.GeoDataFrame(
        {id_column: list(boxes)}, geometry=[box(*b) for b in boxes.values()], crs=CRS
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(50, 3000), st.integers(50, 3000), st.integers(100, 900))
def test_hexagons_cover_each_town_once(w, h, width):
    towns = frame("street_town_id", a=(0, 0, w, h), b=(w, 0, w + 700, h))
    units = make_hexagons(towns, width_m=width)
    for town, area in zip(towns.street_town_id, towns.geometry, strict=True):
        mine = units[units.street_town_id == town]
        assert mine.area.sum() == pytest.approx(area.area, rel=1e-4)
        whole = width**2 * 3**0.5 / 2
        assert (mine.area >= 0.2 * whole).all() or len(mine) == 1
    assert units.unit_id.is_unique


def test_the_same_place_has_the_same_hexagon():
    small = make_hexagons(frame("street_town_id", a=(0, 0, 2000, 2000)))
    large = make_hexagons(frame("street_town_id", a=(-900, -900, 4000, 4000)))
    whole = small[(small.area / (400**2 * 3**0.5 / 2) - 1).abs() < 1e-4]
    assert len(whole) > 10
    same = whole.merge(large, on="unit_id", suffixes=("", "_large"))
    assert len(same) == len(whole)
    assert all(a.equals(b) for a, b in zip(same.geometry, same.geometry_large, strict=True))


def test_a_zone_with_the_smaller_rank_keeps_its_ground():
    areas = frame("id", street=(0, 0, 100, 100), zone=(50, 0, 150, 100), inner=(60, 10, 70, 20))
    areas["rank"] = [2, 1, 3]
    assert len(find_overlaps(areas, "id")) == 3
    clear = resolve_overlaps(areas, "id", "rank")
    assert list(clear.id) == ["street", "zone"]  # the inner one lost all
    assert list(clear.area) == [5000, 10000]
    assert find_overlaps(clear, "id").empty
    by_id = resolve_overlaps(areas, "id")
    assert list(by_id.set_index("id").area) == [100, 9900, 5000]


def test_holes_become_units_of_nobody():
    towns = frame("street_town_id", t1=(0, 0, 100, 100), t2=(100, 0, 200, 100))
    units = frame("unit_id", u1=(0, 0, 100, 40), u2=(60, 60, 140, 100))
    units["street_town_id"] = ["t1", "t2"]
    full = fill_holes(units, towns)
    for town, area in zip(towns.street_town_id, towns.geometry, strict=True):
        mine = full[full.street_town_id == town].geometry
        assert mine.area.sum() == area.area
        assert shapely.union_all(mine.array).equals(area)
    assert full.set_index("unit_id").area["u2"] == 40 * 40
    assert {"t1-gap01", "t2-gap01"} <= set(full.unit_id)
    assert find_overlaps(full, "unit_id").empty


ADJACENCY = pd.DataFrame(
    {
        "unit_a": ["a", "b"],
        "unit_b": ["b", "c"],
        "border_m": [10.0, 10.0],
        "crossing": [True, False],
        "over": ["street", ""],
        "walk_ds": [600, 1200],
        "adjoins": [True, False],
    }
)
UNITS = frame("unit_id", a=(0, 0, 1, 1), b=(1, 0, 2, 1), c=(2, 0, 3, 1), d=(9, 0, 10, 1)).assign(
    street_town_id="t"
)


def test_people_add_and_cut_links():
    changes = pd.DataFrame(
        {
            "unit_a": ["b", "c", "d"],
            "unit_b": ["a", "b", "c"],
            "change": ["cut", "add", " ADD "],
            "walk_min": [None, None, 12.5],
        }
    )
    changed = change_links(ADJACENCY, changes, UNITS)
    assert list(changed.unit_b) == ["b", "c", "d"]
    assert list(changed.adjoins) == [False, True, True]
    assert list(changed.crossing) == [True, False, False]
    assert list(changed.walk_ds) == [600, 1200, 7500]
    assert changed[ADJACENCY.columns].dtypes.equals(ADJACENCY.dtypes)
    assert list(changed.change) == ["cut", "add", "add"]
    nothing = change_links(ADJACENCY, changes.iloc[:0], UNITS)
    assert nothing[ADJACENCY.columns].equals(ADJACENCY)


def test_wrong_links_are_listed_together():
    changes = pd.DataFrame(
        {
            "unit_a": ["a", "a", "a", "zz", "a", "b"],
            "unit_b": ["a", "b", "b", "a", "d", "c"],
            "change": ["cut", "add", "cut", "cut", "add", "maybe"],
        }
    )
    with pytest.raises(InvalidRowsError) as caught:
        change_links(ADJACENCY, changes, UNITS)
    assert len(caught.value.faults) == 5


def test_islands_are_named_by_street_town():
    islands = find_islands(UNITS, ADJACENCY).set_index("unit_id")
    assert list(islands.piece) == [0, 0, 1, 2]
    assert list(islands.island) == [False, False, True, True]
    split = UNITS.assign(street_town_id=["t", "s", "s", "s"])
    assert list(find_islands(split, ADJACENCY).piece) == [0, 0, 1, 2]


def test_lines_can_be_drawn():
    lines = adjacency_lines(UNITS, ADJACENCY)
    assert list(lines.walk_min) == [1.0, 2.0]
    assert list(lines.length) == [1.0, 1.0]
    assert lines.crs == UNITS.crs
