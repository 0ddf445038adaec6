from __future__ import annotations

import tomllib

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely

from geodata.errors import InputFormatError, InputMissingError, NetworkError
from geodata.sample import write_sample_around
from geodata.sample.main_part import busy_outline, density_field
from geodata.sources import read_layers

FILES = [
    "boundaries.gpkg",
    "density.tif",
    "disputes.csv",
    "outdoor.csv",
    "premises.xlsx",
    "register.xlsx",
    "scenario.toml",
]


@pytest.fixture(scope="module")
def around_town(town, tmp_path_factory):
    """A sample around the road file of a drawn town, which stands in for a real one."""
    roads = town[0] / "roads.osm.pbf"
    folder = tmp_path_factory.mktemp("around")
    return (
        folder,
        roads,
        write_sample_around(folder, roads, seed=1, enterprises=900, street_towns=2),
    )


def layers_of(folder):
    return read_layers(
        register=folder / "register.xlsx",
        boundaries=folder / "boundaries.gpkg",
        sites=folder / "premises.xlsx",
        outdoor=folder / "outdoor.csv",
    )


def write_pbf(path, ways, nodes):
    writer = osmium.SimpleWriter(str(path))
    for number, (lon, lat) in nodes.items():
        writer.add_node(osmium.osm.mutable.Node(id=number, version=1, location=(lon, lat)))
    for number, (refs, tags) in enumerate(ways, start=1):
        writer.add_way(osmium.osm.mutable.Way(id=number, version=1, nodes=refs, tags=tags))
    writer.close()
    return path


def test_files_and_the_roads_are_not_copied(around_town):
    folder, roads, sample = around_town
    assert sorted(path.name for path in sample) == FILES
    assert sorted(path.name for path in folder.iterdir()) == FILES
    scenario = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
    assert (folder / scenario["inputs"]["roads"]).resolve() == roads.resolve()
    assert not scenario["inputs"]["roads"].startswith("/")


def test_every_row_but_the_wrong_ones_is_read(around_town):
    folder, _, sample = around_town
    layers = layers_of(folder)
    refused = 3 * 2
    assert len(layers.enterprises) == pytest.approx(sample.enterprises - refused, abs=2)
    assert len(layers.street_towns) == 2
    assert len(layers.sites) == len(pd.read_excel(folder / "premises.xlsx", engine="calamine"))


def test_named_places_of_the_file_are_used(around_town, read_register):
    folder, roads, _ = around_town
    named: dict[str, set[str]] = {"mall": set(), "office": set(), "bank": set()}
    for item in osmium.FileProcessor(str(roads)):
        tags = dict(item.tags)
        for kind, key, value in (
            ("mall", "shop", "mall"),
            ("office", "building", "office"),
            ("bank", "amenity", "bank"),
        ):
            if tags.get(key) == value and "name" in tags:
                named[kind].add(tags["name"])
    register = read_register(folder)
    buildings = set(register["楼宇名称"].dropna())
    assert buildings & named["mall"]
    premises = pd.read_excel(folder / "premises.xlsx", engine="calamine")
    assert set(premises.loc[premises["类型"] == "银行", "名称"]) & named["bank"]


def test_same_seed_same_values(around_town, tmp_path, read_register):
    folder, roads, _ = around_town
    write_sample_around(tmp_path, roads, seed=1, enterprises=900, street_towns=2)
    pd.testing.assert_frame_equal(read_register(folder), read_register(tmp_path))
    for layer in ("boroughs", "street_towns", "units"):
        first, second = (
            gpd.read_file(f / "boundaries.gpkg", layer=layer) for f in (folder, tmp_path)
        )
        pd.testing.assert_frame_equal(first.to_wkb(), second.to_wkb())


def test_missing_file(tmp_path):
    with pytest.raises(InputMissingError, match=r"absent\.osm\.pbf"):
        write_sample_around(tmp_path / "out", tmp_path / "absent.osm.pbf")
    assert not (tmp_path / "out").exists()


def test_file_that_is_no_osm_file(tmp_path):
    path = tmp_path / "broken.osm.pbf"
    path.write_bytes(b"this is not a road file" * 40)
    with pytest.raises(InputFormatError, match=r"broken\.osm\.pbf"):
        write_sample_around(tmp_path / "out", path)


def test_file_without_streets_says_so(tmp_path):
    nodes = {1: (121.0, 31.0), 2: (121.01, 31.0)}
    path = write_pbf(tmp_path / "rails.osm.pbf", [([1, 2], {"railway": "rail"})], nodes)
    with pytest.raises(NetworkError, match="no street"):
        write_sample_around(tmp_path / "out", path)
    assert not (tmp_path / "out").exists()


def test_tiny_village_still_gives_a_sample(tmp_path):
    nodes = {
        10 * i + j + 1: (121.0 + 0.001 * i, 31.0 + 0.001 * j) for i in range(6) for j in range(6)
    }
    ways = [([10 * i + j + 1 for j in range(6)], {"highway": "residential"}) for i in range(6)]
    ways += [([10 * i + j + 1 for i in range(6)], {"highway": "tertiary"}) for j in range(6)]
    path = write_pbf(tmp_path / "village.osm.pbf", ways, nodes)
    sample = write_sample_around(tmp_path / "out", path, enterprises=120)
    layers = layers_of(tmp_path / "out")
    assert sample.enterprises == 120
    assert len(layers.street_towns) == 1
    assert len(layers.units) >= 3


def test_outline_takes_the_large_part_and_leaves_the_far_one():
    rng = np.random.default_rng(0)
    large = rng.uniform(0, 4_000, (6_000, 2))
    far = rng.uniform(0, 600, (300, 2)) + 15_000
    x, y = np.concatenate((large, far)).T
    outline = busy_outline(x, y)
    assert shapely.contains_xy(outline, *large.T).mean() > 0.97
    assert not shapely.contains_xy(outline, *far.T).any()
    assert outline.area < 1.4 * 4_000**2


def test_density_is_higher_where_points_are():
    rng = np.random.default_rng(0)
    thick = rng.uniform(0, 2_000, (4_000, 2))
    thin = rng.uniform(0, 2_000, (400, 2)) + np.array([2_000, 0])
    x, y = np.concatenate((thick, thin)).T
    field = density_field(x, y, shapely.box(0, 0, 4_000, 2_000))
    here, there = field(np.array([1_000.0, 3_000.0]), np.array([1_000.0, 1_000.0]))
    assert here > 5 * there > 0


@pytest.mark.shared
@pytest.mark.parametrize("name", ["Helsinki.osm.pbf", "monaco.osm.gz", "andorra.osm.pbf"])
def test_real_road_files(road_file, tmp_path, name):
    sample = write_sample_around(tmp_path, road_file(name), enterprises=1_500, street_towns=2)
    layers = layers_of(tmp_path)
    # Swapped coordinates cannot be told apart everywhere in the world, so up to four kinds go.
    assert sample.enterprises - 4 * 2 - 2 <= len(layers.enterprises) <= sample.enterprises - 3 * 2
    towns = layers.street_towns.to_crs(4326)
    parts = shapely.get_parts(towns.geometry.to_numpy())
    assert len(parts) == 2
    assert shapely.coverage_is_valid(parts)
    held = layers.enterprises.sjoin(layers.street_towns[["street_town_id", "geometry"]])
    counts = held.groupby("street_town_id").size()
    assert counts.min() > 0.3 * counts.mean()


@pytest.mark.shared
@pytest.mark.slow
def test_porto(road_file, tmp_path):
    sample = write_sample_around(tmp_path, road_file("porto_portugal.osm.pbf"), enterprises=20_000)
    towns = gpd.read_file(tmp_path / "boundaries.gpkg", layer="street_towns")
    assert len(towns) == 12
    assert sample.enterprises == 20_000
    assert shapely.coverage_is_valid(shapely.get_parts(towns.geometry.to_numpy()))
