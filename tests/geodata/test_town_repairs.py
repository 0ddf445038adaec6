"""Street_towns that do not fit together: rings, holes, overlaps, slivers, duplicates, each counted and named."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import Polygon, box

from geodata.layers.levels import settle_street_towns
from geodata.layers.town_repairs import HOLE, OVERLAPPED, SLIVER
from geodata.sources import read_boundaries
from geodata.sources.boundaries import REPAIRED_SHAPE, REPEATED_AREA

CRS = "EPSG:32651"
X, Y = 350_000.0, 3_450_000.0


def square(x, y, width=1000.0, height=1000.0):
    return box(X + x, Y + y, X + x + width, Y + y + height)


def settled(tmp_path, shapes, boroughs=None):
    names = [f"{name}街道" for name in "甲乙丙丁戊己庚辛"[: len(shapes)]]
    ids = [str(k + 1) for k in range(len(shapes))]
    frame = gpd.GeoDataFrame({"street_town_id": ids, "name": names}, geometry=shapes, crs=CRS)
    path = tmp_path / "areas.gpkg"
    frame.to_crs(4326).to_file(path, layer="street_towns")
    if boroughs is not None:
        above = gpd.GeoDataFrame(
            {"borough_id": ["b"], "name": ["区"]}, geometry=[boroughs], crs=CRS
        )
        above.to_crs(4326).to_file(path, layer="boroughs")
    read = read_boundaries(path)
    return settle_street_towns(read.street_towns, read.boroughs, CRS)[1]


def said(towns, reason):
    return towns.repaired.loc[towns.repaired["reason"] == reason.text, "value"].tolist()


def bare(union):
    """Area enclosed and of no street_town, square metres."""
    return sum(Polygon(one).area for part in shapely.get_parts(union) for one in part.interiors)


def ring(wide, tall):
    """Four street_towns around a hole."""
    return [
        square(0, 0, 2000 + wide, 1000),
        square(0, 1000 + tall, 2000 + wide, 1000),
        square(0, 1000, 1000, tall),
        square(1000 + wide, 1000, 1000, tall),
    ]


def test_a_hole_goes_to_the_longest_border(tmp_path):
    towns = settled(tmp_path, ring(500, 300))
    assert [one.split(":")[0] for one in said(towns, HOLE)] == ["甲街道"]
    assert float(said(towns, HOLE)[0].split()[1]) == pytest.approx(150_000, rel=1e-2)
    union = shapely.union_all(towns.frame.geometry.to_numpy())
    assert union.area == pytest.approx(2500 * 2300, rel=1e-3)
    assert bare(union) < 3


def test_a_large_hole_stays_unless_a_borough_has_it(tmp_path):
    left = settled(tmp_path, ring(3000, 3000))
    assert not said(left, HOLE)
    assert any("9.00 km2" in note for note in left.record.notes)
    closed = settled(tmp_path, ring(3000, 3000), boroughs=square(0, 0, 5000, 5000))
    assert len(said(closed, HOLE)) == 1
    outside = square(0, 0, 5000, 5000).difference(square(1000, 1000, 3000, 3000))
    (tmp_path / "areas.gpkg").unlink()
    assert not said(settled(tmp_path, ring(3000, 3000), boroughs=outside), HOLE)


def test_overlaps_and_slivers_are_told_apart(tmp_path):
    shapes = [
        square(0, 0),
        square(800, 0),  # 200 m over the first
        square(1798, 0),  # a strip of 2 m over the second
        square(0, 1002, 2798, 1000),  # a bare strip of 2 m to the others, closed on both sides
        square(-500, 0, 500, 2002),
        square(2798, 0, 500, 2002),
    ]
    towns = settled(tmp_path, shapes)
    assert [one.split(":")[0] for one in said(towns, OVERLAPPED)] == ["乙街道"]
    assert {one.split(":")[0] for one in said(towns, SLIVER)} >= {"丙街道"}
    geometry = towns.frame.geometry.to_numpy()
    union = shapely.union_all(geometry)
    assert shapely.area(geometry).sum() == pytest.approx(union.area, abs=1)
    assert bare(union) < 3
    assert towns.record.adds_up
    assert towns.record.repaired_rows == towns.repaired["source_row"].nunique()


def test_invalid_rings_and_duplicates_are_named(tmp_path):
    bow = Polygon([(X, Y), (X + 1000, Y + 1000), (X + 1000, Y), (X, Y + 1000)])
    shapes = [bow, square(2000, 0), square(2000, 0)]
    towns = settled(tmp_path, shapes)
    assert said(towns, REPAIRED_SHAPE) == ["甲街道"]
    assert towns.rejected["reason"].tolist() == [REPEATED_AREA.text]
    assert towns.frame.geometry.is_valid.all()


def test_fitting_again_changes_nothing(tmp_path):
    once = settled(tmp_path, [square(0, 0), square(800, 0), *[square(0, 1001, 1800, 500)]])
    again = settled(tmp_path, list(once.frame.geometry))
    areas = [np.sort(shapely.area(one.frame.geometry.to_numpy())) for one in (once, again)]
    np.testing.assert_allclose(*areas, rtol=1e-6)
    assert not said(again, OVERLAPPED)
