"""A worker density changes what the planner sees: on the command line's own line, verified."""

import shutil
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from geodata.errors import GeodataError
from planner.pipeline import check, run
from planner.pipeline.density import read_everything, workers_without_register
from planner.pipeline.network import stored_network
from planner.scenario import read_scenario
from planner.verify import verify


def scenario_with(town, folder, *lines, density=True):
    """Copy the town's files and lay further lines over its scenario."""
    shutil.copytree(town, folder)
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    if not density:
        text = text.replace('[inputs.density]\npath = "density.tif"\n', "")
        assert "density" not in text
    (folder / "scenario.toml").write_text(text + "\n" + "\n".join(lines), encoding="utf-8")
    return read_scenario(folder / "scenario.toml")


def test_the_density_of_the_sample_is_read_and_served(town_run):
    plan = town_run[0].plan
    beyond = plan.layers["unregistered"]
    assert beyond["workers"].sum() == plan.kpis["unregistered_workers"] > 100
    access = plan.derived["access"]
    served = access[access["entity_id"].isin(beyond["unregistered_id"])]
    assert set(served["layer"]) == {"workers"}
    assert served["access_id"].notna().mean() > 0.9
    record = next(one for one in plan.manifest["sources"] if one["layer"] == "density")
    assert record["rows_in"] > record["kept"] > 0
    assert record["sha256"]


def open_points(plan):
    chosen = plan.facilities.loc[plan.facilities["tier"] == "service_point", "site_id"]
    return plan.layers["sites"].set_index("site_id").loc[chosen].geometry


def test_a_crowd_without_a_register_row_moves_the_sites(town, town_run, tmp_path):
    """Ten thousand workers in the cell of a carrier far from every service point draw one to them."""
    scenario = scenario_with(town, tmp_path / "crowd")
    before = town_run[0].plan
    sites = before.layers["sites"]
    carriers = sites[sites["kind"] == "carrier"].geometry
    # A cell counts where its middle lies: one on the edge may lie beyond the city.
    with rasterio.open(tmp_path / "crowd" / "density.tif") as source:
        places = carriers.to_crs("EPSG:4326")
        middles = [source.xy(*source.index(place.x, place.y)) for place in places]
    middles = gpd.GeoSeries(gpd.points_from_xy(*zip(*middles, strict=True)), carriers.index, crs="EPSG:4326")  # fmt: skip
    carriers = carriers[middles.to_crs(sites.crs).within(before.layers["units"].union_all())]
    spot = carriers.loc[carriers.apply(lambda point: open_points(before).distance(point).min()).idxmax()]  # fmt: skip
    degrees = gpd.GeoSeries([spot], crs=sites.crs).to_crs("EPSG:4326").iloc[0]
    path = tmp_path / "crowd" / "density.tif"
    with rasterio.open(path) as source:
        profile, values = source.profile, source.read(1)
        values[source.index(degrees.x, degrees.y)] += 10_000
    with rasterio.open(path, "w", **profile) as target:
        target.write(values, 1)
    plan = run(scenario, store=tmp_path / "plans").plan
    assert plan.plan_id != before.plan_id
    assert plan.kpis["unregistered_workers"] > before.kpis["unregistered_workers"] + 9_000
    # Districts and organisations are of the register alone.
    pd.testing.assert_frame_equal(plan.districts, before.districts)
    pd.testing.assert_frame_equal(plan.decisions["membership"], before.decisions["membership"])
    assert open_points(plan).distance(spot).min() < open_points(before).distance(spot).min()


def test_census_and_buildings_from_the_scenario(town, tmp_path):
    towns = gpd.read_file(town / "boundaries.gpkg", layer="street_towns")
    folder = tmp_path / "census"
    lines = ("[inputs.census]", 'path = "census.csv"', 'owner = "统计局"', "[inputs.buildings]", 'path = "buildings.csv"')  # fmt: skip
    scenario = scenario_with(town, folder, *lines)
    (folder / "census.csv").write_text(f"街镇,从业人员,非公占比\n{towns['name'][0]},30000,0.9\n无名镇,5,\n", encoding="utf-8")  # fmt: skip
    spot = towns.geometry[0].representative_point()
    (folder / "buildings.csv").write_text(f"经度,纬度,建筑面积\n{spot.x},{spot.y},900\n", encoding="utf-8")  # fmt: skip
    layers = check(scenario)
    assert {"density", "census", "buildings"} <= {one.layer for one in layers.records}
    plan = run(scenario, store=tmp_path / "plans").plan
    factors = plan.derived["density_factors"].set_index("name")
    first = factors.loc[towns["name"][0]]
    assert first["before"] * first["factor"] == pytest.approx(30_000)
    assert first["after"] == pytest.approx(27_000)
    assert factors.loc["无名镇", "status"] == "unknown_area"
    assert factors.loc[towns["name"][1], "status"] == "no_total"
    notes = " ".join(plan.manifest["notes"])
    assert "scaled to the census in 1 street_towns" in notes
    assert "无名镇" in notes
    assert plan.kpis["unregistered_workers"] > 10_000


def test_an_edited_layer_does_not_verify(town_run):
    made, store = town_run
    network = stored_network(store, str(made.plan.manifest["network"]))
    assert verify(made.plan, network) == ()
    beyond = made.plan.layers["unregistered"]
    spoilt = replace(made.plan, layers={**made.plan.layers, "unregistered": beyond.assign(workers=beyond["workers"] + 50)})  # fmt: skip
    # Everything that counts people is counted again: rooms, hours, equity, cards and the programme.
    found = {"figures", "rooms", "hourly", "equity", "site_cards", "outcome_value", "programme_coverage"}  # fmt: skip
    assert {one.rule for one in verify(spoilt, network)} == found


def test_a_density_of_another_city_is_refused(town, tmp_path):
    scenario = scenario_with(town, tmp_path / "far")
    path = tmp_path / "far" / "density.tif"
    with rasterio.open(path) as source:
        profile, values = source.profile, source.read(1)
    profile["transform"] = rasterio.Affine(0.001, 0.0, 100.0, 0.0, -0.001, 20.0)
    with rasterio.open(path, "w", **profile) as target:
        target.write(values, 1)
    with pytest.raises(GeodataError, match="nothing of it lies in the city"):
        check(scenario)


def test_a_register_store_may_stand_for_the_register(town, town_run, tmp_path):
    from datetime import date

    from geodata.history import add_snapshot
    from geodata.sources import read_register

    folder = tmp_path / "stored"
    scenario_with(town, folder)
    read = read_register(folder / "register.xlsx")
    add_snapshot(read, date(2025, 12, 31), folder / "register")
    fewer = type(read)(read.frame.iloc[:300], read.record, read.rejected, read.repaired)
    add_snapshot(fewer, date(2026, 12, 31), folder / "register")
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    text = text.replace('path = "register.xlsx"', 'path = "register"\nas_of = 2026-06-30')
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    layers = check(read_scenario(folder / "scenario.toml"))
    assert len(layers.enterprises) == len(town_run[0].plan.layers["enterprises"])
    text = text.replace("as_of = 2026-06-30", "")
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    assert len(check(read_scenario(folder / "scenario.toml")).enterprises) < 301


def test_every_source_of_a_plan_says_where_it_is_from(town, town_run):
    """Owner, licence, date, hash, rows, coordinate system: of every file of the scenario, the roads among them."""
    from geodata.provenance import file_sha256
    from webmap.payload import core

    plan = town_run[0].plan
    sources = {one["layer"]: one for one in plan.manifest["sources"]}
    assert {"enterprises", "street_towns", "sites", "outdoor", "density", "roads"} <= set(sources)
    assert sources["roads"]["sha256"] == file_sha256(town / "roads.osm.pbf")
    assert sources["roads"]["owner"] == "虚构示例 invented (planner sample)"
    for one in sources.values():
        assert one["sha256"]
        assert one["crs"]
        assert one["rows_in"] >= one["kept"] > 0
    shown = core(plan)["sources"]
    assert all(
        any(one["sha256"][:12] in rest for _l, _p, rest in shown) for one in sources.values()
    )


def riders_of(town, folder, *, density):
    """Return a scenario with a list of platform workers: three places, one outside the city, one nowhere."""
    scenario = scenario_with(town, folder, "[inputs.platform_workers]", 'path = "riders.csv"', density=density)  # fmt: skip
    spots = gpd.read_file(town / "boundaries.gpkg", layer="units").geometry.representative_point()
    rows = [f"甲,{spots[k].x},{spots[k].y},{60 + k},{k}" for k in range(3)]
    lines = ["平台,经度,纬度,人数,会员数", *rows, "乙,121.0,20.0,9,0", "丙,,,9,0"]
    (folder / "riders.csv").write_text("\n".join(lines), encoding="utf-8")
    return scenario


def test_platform_workers_are_demand_without_an_employer(town, tmp_path):
    """They walk to stations and join outside an enterprise; organisations are without them (一(四))."""
    from planner.report.workbook import _membership_rates

    made = run(riders_of(town, tmp_path / "riders", density=False), store=tmp_path / "plans")
    plan = made.plan
    assert (plan.derived["rejected"]["layer"] == "platform_workers").sum() == 2
    riders = plan.layers["unregistered"]
    assert set(riders["kind"]) == {
        "platform"
    }  # without a density nobody else is beyond the register
    assert plan.kpis["platform_workers"] == plan.kpis["unregistered_workers"] == 183
    assert plan.kpis["platform_members"] == riders["members"].sum() == 3
    assert not set(riders["unregistered_id"]) & set(plan.decisions["membership"]["enterprise_id"])
    access = plan.derived["access"].query("layer == 'workers' and mode == 'walk'")
    known = access.dropna(subset="access_id")["entity_id"]
    assert set(riders["unregistered_id"]) <= set(known)
    _name, _headers, sheet, _units = _membership_rates(plan)
    assert [sum(column) for column in zip(*(row[-2:] for row in sheet), strict=True)] == [183, 3]
    assert "183 at 3 places" in " ".join(plan.manifest["notes"])
    spoilt = replace(plan, layers={**plan.layers, "unregistered": riders.assign(members=5)})
    network = stored_network(tmp_path / "plans", str(plan.manifest["network"]))
    assert {one.rule for one in verify(spoilt, network)} == {"figures"}


def test_listed_platform_workers_are_not_counted_by_the_density_again(town, town_run, tmp_path):
    made, store = town_run
    network = stored_network(store, str(made.plan.manifest["network"]))
    scenario = riders_of(town, tmp_path / "riders", density=True)
    layers, density, tables = read_everything(scenario)
    alone, _factors = workers_without_register(scenario, layers, network, density)
    both, _factors = workers_without_register(scenario, layers, network, density, tables.platform_workers)  # fmt: skip
    listed = both[both["kind"] == "platform"]
    units = set(listed["unit_id"])
    before, after = (one[one["unit_id"].isin(units)].groupby("unit_id")["workers"].sum() for one in (alone, both))  # fmt: skip
    mine = listed.groupby("unit_id")["workers"].sum()
    assert after.to_dict() == np.maximum(before.reindex(mine.index).fillna(0), mine).to_dict()
    elsewhere = [one[~one["unit_id"].isin(units)]["workers"].sum() for one in (alone, both)]
    assert elsewhere[0] == elsewhere[1]
