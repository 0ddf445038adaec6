from __future__ import annotations

import tomllib

import geopandas as gpd
import osmium
import pandas as pd
import pytest

from geodata.errors import InputFormatError
from geodata.sample import SIZES, write_sample

FILES = [
    "boundaries.gpkg",
    "density.tif",
    "disputes.csv",
    "outdoor.csv",
    "premises.xlsx",
    "register.xlsx",
    "roads.osm.pbf",
    "scenario.toml",
]


def road_values(folder):
    return [
        (
            item.id,
            dict(item.tags),
            (item.lon, item.lat) if item.is_node() else [node.ref for node in item.nodes],
        )
        for item in osmium.FileProcessor(str(folder / "roads.osm.pbf"))
    ]


def values(folder, read_register):
    layers = {
        name: gpd.read_file(folder / "boundaries.gpkg", layer=name).to_wkb()
        for name in ("boroughs", "street_towns", "units")
    }
    return {
        "register": read_register(folder),
        "premises": pd.read_excel(folder / "premises.xlsx", engine="calamine", dtype=object),
        "outdoor": pd.read_csv(folder / "outdoor.csv"),
        **layers,
    }


def test_same_seed_same_values_and_another_seed_others(town, tmp_path, read_register):
    folder, _ = town
    again, other = tmp_path / "again", tmp_path / "other"
    write_sample(again, size="town", seed=3)
    write_sample(other, size="town", seed=4)
    first, second, third = (values(one, read_register) for one in (folder, again, other))
    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[name])
        assert not frame.equals(third[name]), name
    assert road_values(folder) == road_values(again)
    assert road_values(folder) != road_values(other)
    assert (folder / "scenario.toml").read_text("utf-8") == (again / "scenario.toml").read_text(
        "utf-8"
    )


def test_files_and_result(town):
    folder, sample = town
    assert sorted(path.name for path in sample) == FILES
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert all(path.is_file() and path.parent == folder for path in sample)
    assert sample.enterprises == SIZES["town"].enterprises


def test_scenario_names_the_other_files(town):
    folder, _ = town
    scenario = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
    inputs = scenario["inputs"]
    named = [
        inputs["roads"],
        *(
            inputs[k]["path"]
            for k in ("register", "boundaries", "sites", "outdoor", "density", "disputes")
        ),
    ]
    assert sorted([*named, "scenario.toml"]) == FILES
    assert scenario["seed"] == 3


def test_writing_twice_into_a_folder_replaces(tmp_path):
    write_sample(tmp_path, size="town", seed=1)
    sample = write_sample(tmp_path, size="town", seed=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    assert len(gpd.read_file(tmp_path / "boundaries.gpkg", layer="units")) == 40
    assert len(sample) == len(FILES)


def test_unknown_size_says_which_there_are(tmp_path):
    with pytest.raises(InputFormatError, match="town, borough, boroughs, city"):
        write_sample(tmp_path / "new", size="village")
    assert not (tmp_path / "new").exists()
