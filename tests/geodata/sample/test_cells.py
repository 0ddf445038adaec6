from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata.sample.growth import grow_regions


@pytest.fixture(scope="module")
def layers(borough):
    folder, _ = borough
    return {
        name: gpd.read_file(folder / "boundaries.gpkg", layer=name)
        for name in ("boroughs", "street_towns", "units")
    }


def parts(frame):
    return np.array([shapely.get_geometry(shape, 0) for shape in frame.geometry], dtype=object)


def test_counts_ids_and_crs(layers):
    assert [len(layers[name]) for name in layers] == [1, 8, 8 * 44]
    units, towns, boroughs = layers["units"], layers["street_towns"], layers["boroughs"]
    assert units["unit_id"].str.fullmatch(r"\d{12}").all()
    assert towns["street_town_id"].str.fullmatch(r"\d{9}").all()
    assert boroughs["borough_id"].str.fullmatch(r"\d{6}").all()
    for frame, key in ((units, "unit_id"), (towns, "street_town_id"), (boroughs, "borough_id")):
        assert frame[key].is_unique
        assert frame.crs.to_epsg() == 4326
    assert set(units["street_town_id"]) == set(towns["street_town_id"])
    assert set(towns["borough_id"]) == set(boroughs["borough_id"])
    assert (units["unit_id"].str[:9] == units["street_town_id"]).all()
    assert not units.duplicated(["street_town_id", "name"]).any()


@pytest.mark.parametrize("level", ["units", "street_towns", "boroughs"])
def test_each_level_is_a_clean_coverage_of_whole_polygons(layers, level):
    assert (shapely.get_num_geometries(layers[level].geometry.to_numpy()) == 1).all()
    shapes = parts(layers[level])
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)


def test_units_tile_their_street_town_exactly(layers):
    units, towns = layers["units"], layers["street_towns"].set_index("street_town_id")
    for town_id, own in units.groupby("street_town_id"):
        union = shapely.coverage_union_all(parts(own))
        assert shapely.equals(union, parts(towns.loc[[town_id]])[0])
        assert np.isclose(shapely.area(parts(own)).sum(), union.area, rtol=1e-9)


def test_street_towns_tile_the_borough(layers):
    union = shapely.coverage_union_all(parts(layers["street_towns"]))
    assert shapely.equals(union, parts(layers["boroughs"])[0])


def test_no_street_town_crosses_the_river(borough, layers):
    import osmium

    folder, _ = borough
    water = next(
        shapely.Polygon([(node.lon, node.lat) for node in way.nodes])
        for way in osmium.FileProcessor(str(folder / "roads.osm.pbf")).with_locations()
        if way.is_way() and way.tags.get("natural") == "water"
    )
    for town in parts(layers["street_towns"]):
        dry = shapely.get_parts(town.difference(water))
        areas = np.sort(shapely.area(dry))
        assert areas[:-1].sum() < 0.02 * areas.sum()


def test_regions_are_connected_and_even():
    side = 18
    rows, columns = np.divmod(np.arange(side * side), side)
    centres = np.column_stack((columns, rows)) * 100.0
    right = np.flatnonzero(columns < side - 1)
    up = np.flatnonzero(rows < side - 1)
    pairs = np.column_stack((np.vstack((right, right + 1)), np.vstack((up, up + side))))
    weight = np.random.default_rng(0).uniform(0.5, 2.0, side * side)
    region = grow_regions(np.random.default_rng(1), 6, centres=centres, weight=weight, pairs=pairs)
    total = np.bincount(region, weight, minlength=6)
    assert total.min() > 0.6 * total.mean()
    assert total.max() < 1.5 * total.mean()
    neighbours: dict[int, list[int]] = {}
    for a, b in pairs.T.tolist():
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    for number in range(6):
        own = set(np.flatnonzero(region == number).tolist())
        seen, todo = set(), [min(own)]
        while todo:
            cell = todo.pop()
            if cell not in seen:
                seen.add(cell)
                todo += [other for other in neighbours[cell] if other in own]
        assert seen == own
