"""The whole line on real road files: a whole city, and a small one with buildings and names."""

import pytest

from geodata.sample import write_sample_around
from planner.pipeline import run
from planner.scenario import read_scenario


def plan_around(roads, folder, enterprises):
    write_sample_around(folder, roads, seed=1, enterprises=enterprises)
    return run(read_scenario(folder / "scenario.toml"), store=folder / "plans").plan


@pytest.mark.shared
@pytest.mark.slow
def test_porto_with_twenty_thousand_enterprises(shared, tmp_path):
    plan = plan_around(shared / "data" / "roads" / "porto_portugal.osm.pbf", tmp_path, 20_000)
    assert plan.kpis["enterprises_in_scope"] > 18_000
    assert plan.kpis["districts_in_band_share"] > 0.8
    assert plan.kpis["station_coverage_share"] > 0.3
    assert (plan.tiers["gap_share"] < 0.02).all()
    stations = plan.facilities[plan.facilities["tier"] == "station"]
    assert stations["district_id"].is_unique


@pytest.mark.shared
@pytest.mark.parametrize("name", ["monaco.osm.gz", "Helsinki.osm.pbf"])
def test_small_real_files_with_buildings_and_names(shared, tmp_path, name):
    plan = plan_around(shared / "data" / "roads" / name, tmp_path, 1_500)
    assert plan.kpis["districts"] >= 2
    assert plan.kpis["station_sites"] >= plan.kpis["districts"] - 1
    assert len(plan.layers["basemap"]) > 0
