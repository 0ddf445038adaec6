"""The data beside the page: columns of one length, texts in pairs, nothing that ends a script."""

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from webmap import columns
from webmap.coverage import unit_coverage
from webmap.payload import PARTS, _map_colours
from webmap.style import COVERAGE, DISTRICT_FILLS
from webmap.words import words
from webmap.writer import as_script, write_map


@pytest.fixture(scope="module")
def data(plan):
    parts = {name: make(plan) for name, make in PARTS.items()}
    return {**parts.pop("core"), **parts}


def degrees(column):
    return np.cumsum(column) / 100_000


def _columns(table):
    return {
        key: column for key, column in table.items() if isinstance(column, list) and key != "label"
    }


def test_columns_have_one_length(data, plan):
    for table, rows in [
        *((tier, (plan.facilities["tier"] == tier["key"]).sum()) for tier in data["tiers"]),
        (data["districts"], len(plan.districts)),
        (data["organisations"], len(plan.layers["organisations"])),
    ]:
        assert {key: len(column) for key, column in _columns(table).items()} == dict.fromkeys(
            _columns(table), rows
        )


def test_counts_are_the_plans(data, plan):
    districts = plan.districts.sort_values("district_id")

    assert data["districts"]["id"] == districts["district_id"].tolist()
    assert data["districts"]["workers"] == districts["workers"].tolist()
    assert sum(data["organisations"]["workers"]) == districts["workers"].sum()
    for place, district in enumerate(data["districts"]["id"]):
        members = plan.decisions["organisation_district"]["district_id"].eq(district).sum()
        assert data["organisations"]["district"].count(place) == members


def test_everything_lies_within_the_bounds(data):
    (south, west), (north, east) = data["bounds"]
    shapes = [
        data["districts"]["shape"],
        data["coverage"]["shape"],
        data["base"]["street_towns"]["shape"],
    ]
    for table in [*data["tiers"], data["organisations"], *shapes]:
        assert (degrees(table["x"]) >= west - 1e-4).all()
        assert (degrees(table["x"]) <= east + 1e-4).all()
        assert (degrees(table["y"]) >= south - 1e-4).all()
        assert (degrees(table["y"]) <= north + 1e-4).all()


def test_columns_of_coordinates_are_the_points(data, plan):
    truth = plan.layers["organisations"].geometry.to_crs(4326)

    assert np.abs(degrees(data["organisations"]["x"]) - truth.x.to_numpy()).max() <= 0.51e-5
    assert np.abs(degrees(data["organisations"]["y"]) - truth.y.to_numpy()).max() <= 0.51e-5


def test_areas_have_the_rings_of_their_features():
    donut = shapely.box(0, 0, 1, 1) - shapely.box(0.4, 0.4, 0.6, 0.6)
    two = shapely.MultiPolygon([shapely.box(2, 0, 3, 1), shapely.box(4, 0, 5, 1)])
    made = columns.areas(gpd.GeoSeries([donut, two, shapely.Polygon()], crs=4326))

    assert made["f"] == [2, 2, 0]
    assert made["n"] == [5, 5, 5, 5]
    assert set(degrees(made["x"])) == {0.0, 0.4, 0.6, 1.0, 2.0, 3.0, 4.0, 5.0}


def test_coverage_of_units_adds_up_to_the_figure(data, plan):
    for tier in data["coverage"]["tiers"]:
        demand = np.array(tier["demand"], float)
        share = np.array([value or 0.0 for value in tier["share"]])
        assert [value is None for value in tier["share"]] == [
            n == 0 for n in unit_demand(plan, tier["key"])
        ]
        assert (demand * share).sum() / demand.sum() == pytest.approx(
            plan.kpis[f"{tier['key']}_coverage_share"], abs=0.002
        )


def unit_demand(plan, tier):
    return unit_coverage(plan)[f"{tier}_demand"]


def test_shades_of_coverage_go_from_light_to_dark():
    least = [share for share, _ in COVERAGE]
    light = [sum(int(colour[k : k + 2], 16) for k in (1, 3, 5)) for _, colour in COVERAGE]

    assert least == sorted(least, reverse=True)
    assert least[-1] == 0
    assert light == sorted(light, reverse=True)


def test_roads_and_water_have_their_names(data, plan):
    drawn = plan.layers["basemap"]

    assert set(data["base"]["road_names"]) == set(drawn.loc[drawn["kind"] == "road_name", "name"])
    assert data["base"]["road_names"]
    assert len(data["base"]["road_lines"]["n"]) == len(data["base"]["road_names"])
    assert data["base"]["street_towns"]["name"] == plan.layers["street_towns"]["name"].tolist()


def test_a_plan_without_roads_is_drawn_too(plan):
    layers = {name: layer for name, layer in plan.layers.items() if name != "basemap"}
    drawn = PARTS["base"](dataclasses.replace(plan, layers=layers))

    assert drawn["roads"] == {}
    assert drawn["water"]["n"] == []


def test_every_tier_has_a_colour_and_a_shape_of_its_own(data):
    assert len({tier["colour"] for tier in data["tiers"]}) == len(data["tiers"])
    assert len({tier["shape"] for tier in data["tiers"]}) == len(data["tiers"])


def test_every_site_has_a_name(data):
    assert all(name for tier in data["tiers"] for name in tier["name"])


def test_texts_are_pairs(data):
    assert all(len(pair) == 2 and all(pair) for pair in words().values())
    assert all(len(pair) == 2 for tier in data["tiers"] for pair in tier["reason"] + tier["kind"])


def test_a_grid_of_districts_never_has_equal_neighbours():
    cells = [shapely.box(x, y, x + 1, y + 1) for x in range(6) for y in range(6)]
    colours = _map_colours(gpd.GeoDataFrame(geometry=cells, crs=32651))

    assert set(colours) <= set(range(len(DISTRICT_FILLS)))
    for a, one in enumerate(cells):
        for b in range(a):
            assert not one.intersects(cells[b]) or colours[a] != colours[b]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text() | st.integers() | st.none()))
def test_a_script_holds_its_data_and_nothing_that_ends_it(value):
    script = as_script({"value": value})

    assert not set("<>&\u2028\u2029") & set(script)
    assert script.count("\n") == 1
    assert json.loads(script.removeprefix("window.PLAN=").removesuffix(";\n")) == {"value": value}


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        as_script({"value": float("nan")})


def test_the_map_is_written_again_over_an_older_one(plan, tmp_path):
    first = write_map(plan, tmp_path)
    kept = {path.name: path.read_bytes() for path in tmp_path.rglob("*.js")}
    (tmp_path / "data.js").write_text("broken")
    second = write_map(plan, tmp_path)

    assert first == second == tmp_path / "index.html"
    assert {path.name: path.read_bytes() for path in tmp_path.rglob("*.js")} == kept
    html = second.read_text(encoding="utf-8")
    assert "http://" not in html
    assert "https://" not in html


def test_links_between_units_are_the_plans(data, plan):
    table, links = plan.derived["adjacency"], data["links"]

    assert links["id"] == (table["unit_a"] + " " + table["unit_b"]).tolist()
    assert links["n"] == [2] * len(table)
    apart = [links["kinds"][how]["apart"] for how in links["how"]]
    assert apart == (~table["adjoins"].to_numpy(bool)).tolist()
    assert [value is None for value in links["walk_min"]] == (table["walk_ds"] < 0).tolist()
    assert {len(kind["label"]) for kind in links["kinds"].values()} == {2}


def test_a_site_is_open_when_the_plan_says(data, plan):
    """The timetable of the plan, minute by minute; a site without one keeps its host's hours."""
    table = plan.decisions["hours"]
    hosts = plan.layers["sites"].set_index("site_id")["opens"]
    said = {
        facility: hours
        for tier in data["tiers"]
        for facility, hours in zip(tier["id"], tier["hours"], strict=True)
    }
    assert len(table)
    for row in table.itertuples():
        chinese, english = said[row.facility_id]
        span = f"{row.opens_min // 60:02d}:{row.opens_min % 60:02d}–{row.closes_min // 60:02d}:{row.closes_min % 60:02d}"
        assert (span in chinese and span in english) or english == "always open"
    for row in plan.facilities[
        ~plan.facilities["facility_id"].isin(table["facility_id"])
    ].itertuples():
        known = hosts[row.site_id]
        assert bool(said[row.facility_id]) == isinstance(known, str)
