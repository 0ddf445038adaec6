"""The data beside the page: columns of one length, texts in pairs, nothing that ends a script."""

import json

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from webmap.payload import _map_colours, payload
from webmap.style import DISTRICT_FILLS, TIERS, tier_style
from webmap.writer import as_script, write_map


@pytest.fixture(scope="module")
def data(plan):
    return payload(plan)


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
    for table in data["tiers"]:
        assert all(south <= lat <= north for lat in table["lat"])
        assert all(west <= lon <= east for lon in table["lon"])
    for rings in data["districts"]["rings"]:
        for lat, lon in (point for polygon in rings for ring in polygon for point in ring):
            assert south - 1e-4 <= lat <= north + 1e-4
            assert west - 1e-4 <= lon <= east + 1e-4


def test_every_tier_of_the_policy_has_a_style(data):
    assert {tier["key"] for tier in data["tiers"]} <= set(TIERS)
    assert len({(style.colour, style.shape) for style in TIERS.values()}) == len(TIERS)
    assert tier_style("not yet known").shape not in {style.shape for style in TIERS.values()}


def test_every_site_has_a_name(data):
    assert all(name for tier in data["tiers"] for name in tier["name"])


def test_texts_are_pairs(data):
    assert all(len(pair) == 2 and all(pair) for pair in data["words"].values())
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
