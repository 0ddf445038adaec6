"""Sub-areas that districts had better keep whole: read, weighed, counted, verified."""

import shutil
import tomllib
from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from geodata.areas import sub_area_of_units
from geodata.errors import InvalidRowsError, MissingColumnError
from geodata.sample import add_sub_areas
from geodata.sources import read_sub_areas
from planner.pipeline import run
from planner.pipeline.inputs import Tables
from planner.pipeline.network import stored_network
from planner.pipeline.sub_areas import sub_area_notes, sub_area_tables
from planner.scenario import parse_scenario
from planner.verify import verify


def scenario_of(folder, values, **weight):
    values = {**values, "policy": {"name": "shanghai-2018", "override": {"federations": weight}}}
    return parse_scenario(values, folder)


@pytest.fixture(scope="module")
def grids(town, tmp_path_factory):
    """Give the town with governance grids, its scenario, and the run that keeps them whole."""
    folder = tmp_path_factory.mktemp("grids") / "town"
    shutil.copytree(town, folder)
    add_sub_areas(folder)
    values = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    return folder, values, run(scenario_of(folder, values))


def test_more_sub_areas_stay_whole_than_without_weight(grids, drawn):
    folder, values, made = grids
    plan = made.plan
    careless = drawn(scenario_of(folder, values, sub_area_weight=0), folder / "plans")
    inside = plan.derived["unit_sub_area"].merge(careless.unit_district, on="unit_id")
    split = inside.groupby("sub_area")["district_id"].agg(set).map(len).gt(1).sum()
    assert plan.kpis["sub_areas_split"] < split
    careless_share = careless.outcome.value / len(careless.districts)
    assert plan.kpis["districts_in_band_share"] == pytest.approx(careless_share, abs=1e-6)
    table = plan.derived["sub_areas"]
    assert len(table) == plan.kpis["sub_areas_whole"] + plan.kpis["sub_areas_split"] > 5
    assert table["units"].sum() == len(plan.layers["units"])
    assert table["workers"].sum() == plan.layers["organisations"]["workers"].sum()
    assert any(note.startswith("sub-areas: ") for note in plan.manifest["notes"])
    layers = SimpleNamespace(units=plan.layers["units"])
    formed = SimpleNamespace(organisations=plan.layers["organisations"])
    areas = plan.derived["unit_sub_area"].set_index("unit_id")["sub_area"]
    found = sub_area_tables(areas, layers, formed, careless.unit_district)
    given = Tables(sub_areas=inside[["unit_id", "sub_area"]])
    assert "cut between several districts" in sub_area_notes(found, given, layers)[0]


def test_a_column_of_the_units_says_the_same_as_polygons(grids, tmp_path):
    folder, _values, made = grids
    shutil.copytree(folder, tmp_path / "town", ignore=shutil.ignore_patterns("plans"))
    of = made.plan.derived["unit_sub_area"].set_index("unit_id")["sub_area"]
    path = tmp_path / "town" / "boundaries.gpkg"
    units = gpd.read_file(path, layer="units")
    units["网格"] = units["unit_id"].map(of)
    units.to_file(path, layer="units", driver="GPKG")
    read = read_sub_areas(path, sheet="units")
    again = sub_area_of_units(read.frame, made.plan.layers["units"])
    assert again.to_dict() == of.to_dict()


def test_faults_planted_in_the_account_are_found(grids):
    folder, _values, made = grids
    network = stored_network(folder / "plans", made.plan.manifest["network"])

    def with_derived(name, frame):
        return replace(made.plan, derived={**made.plan.derived, name: frame})

    table, inside = made.plan.derived["sub_areas"], made.plan.derived["unit_sub_area"]
    for broken in (
        with_derived("sub_areas", table.assign(districts=table["districts"] + 1)),
        with_derived("sub_areas", table.assign(workers=table["workers"] + 1)),
        with_derived("sub_areas", table.iloc[1:]),
        with_derived("unit_sub_area", inside.iloc[1:]),
    ):
        assert "sub_areas" in {finding.rule for finding in verify(broken, network)}
    lied = replace(made.plan, kpis={**made.plan.kpis, "sub_areas_whole": 0.0})
    assert "figures" in {finding.rule for finding in verify(lied, network)}


def units_of(*boxes):
    ids = [f"u{k}" for k in range(len(boxes))]
    return gpd.GeoDataFrame({"unit_id": ids}, geometry=[box(*one) for one in boxes], crs=32651)


def test_a_unit_belongs_to_the_polygon_that_covers_most_of_it():
    units = units_of((0, 0, 10, 10), (10, 0, 20, 10), (20, 0, 30, 10))
    given = gpd.GeoDataFrame(
        {"sub_area": ["a", "b", "a"]},
        geometry=[box(-5, -5, 9, 15), box(9, -5, 16, 15), box(16, -5, 25, 15)],
        crs=32651,
    )
    # u1 is covered by b to 60 %; u2 by a to half only, which is not most of it
    assert sub_area_of_units(given, units).to_dict() == {"u0": "a", "u1": "b"}


def test_units_that_do_not_exist_and_files_without_either_are_refused(tmp_path):
    units = units_of((0, 0, 1, 1))
    with pytest.raises(InvalidRowsError, match="u9"):
        sub_area_of_units(pd.DataFrame({"unit_id": ["u9"], "sub_area": ["a"]}), units)
    path = tmp_path / "areas.csv"
    path.write_text("网格,备注\na,x\n", encoding="utf-8")
    with pytest.raises(MissingColumnError, match="neither shapes nor a column"):
        read_sub_areas(path)


def test_rows_without_a_unit_and_units_named_twice_are_listed(tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text("unit_id,网格\nu1,a\n,b\nu1,c\nu2,\n", encoding="utf-8")
    read = read_sub_areas(path)
    assert read.frame[["unit_id", "sub_area"]].fillna("").to_numpy().tolist() == [
        ["u1", "a"],
        ["u2", ""],
    ]
    assert sorted(read.rejected["source_row"]) == [3, 4]
