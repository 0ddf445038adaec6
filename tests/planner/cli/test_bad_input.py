"""Bad input: one message that says what, where and what to do, the right exit code, and nothing left in the store."""

import json

import geopandas as gpd
import openpyxl
import osmium
import pyogrio
import pytest

FILES = ("register.xlsx", "roads.osm.pbf", "boundaries.gpkg", "premises.xlsx", "outdoor.csv")
GARBAGE = bytes(range(256)) * 40


def plans_in(store):
    """Return what looks like a plan or half of one; road networks and kept stages are no plans."""
    if not store.is_dir():
        return []
    return sorted(path.name for path in store.iterdir() if path.name not in {"networks", "stages"})


def refused(call, town, tmp_path, code=3):
    """Run the scenario, check how it was refused, and return the message."""
    store = tmp_path / "store"
    answer = call("run", town / "scenario.toml", "--store", store, "--json")
    assert answer.code == code, answer.err
    said = json.loads(answer.out)
    assert said["status"] in {"infeasible", "refused"}
    assert said["exit_code"] == code
    assert all(fault["what"] in answer.err for fault in said["faults"])
    assert "Traceback" not in answer.err
    assert "unexpected error" not in answer.err
    assert plans_in(store) == []
    assert not list(store.rglob(".draft-*"))
    lines = answer.err.splitlines()
    return "\n".join(
        one for one in lines if not one.endswith(" s") and not one.startswith("infeasible: ")
    )


@pytest.mark.parametrize("name", FILES)
def test_missing_file(name, call, town_copy, tmp_path):
    (town_copy / name).unlink()
    message = refused(call, town_copy, tmp_path)
    assert message.count(name) == 1
    assert "To do: " in message


@pytest.mark.parametrize("name", FILES)
def test_empty_file(name, call, town_copy, tmp_path):
    (town_copy / name).write_bytes(b"")
    message = refused(call, town_copy, tmp_path)
    assert f"{name}: the file is empty" in message
    assert len([line for line in message.splitlines() if not line.startswith(" ")]) == 1
    assert "To do: " in message


@pytest.mark.parametrize("name", FILES)
def test_binary_garbage(name, call, town_copy, tmp_path):
    (town_copy / name).write_bytes(GARBAGE)
    message = refused(call, town_copy, tmp_path)
    assert name in message
    assert "To do: " in message


@pytest.mark.parametrize("name", FILES)
def test_folder_instead_of_file(name, call, town_copy, tmp_path):
    (town_copy / name).unlink()
    (town_copy / name).mkdir()
    message = refused(call, town_copy, tmp_path)
    assert name in message
    assert "To do: " in message


def test_missing_scenario(call, tmp_path):
    assert "planner sample DIR" in refused(call, tmp_path, tmp_path)


@pytest.mark.parametrize("content", [b"", GARBAGE, b"name = ", b"[[[", b"\xff\xfe"])
def test_unreadable_scenario(content, call, town_copy, tmp_path):
    (town_copy / "scenario.toml").write_bytes(content)
    assert "scenario.toml" in refused(call, town_copy, tmp_path)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_unknown_key_in_the_scenario(call, town_copy, tmp_path):
    edit(town_copy / "scenario.toml", "seed = 1", "sede = 1")
    message = refused(call, town_copy, tmp_path)
    assert "unknown key sede" in message
    assert "did you mean seed?" in message


def test_two_faults_of_a_scenario_are_said_at_once(call, town_copy, tmp_path):
    edit(town_copy / "scenario.toml", "seed = 1", "seed = -1\nstoer = 3")
    message = refused(call, town_copy, tmp_path)
    assert "seed" in message
    assert "stoer" in message


def test_all_missing_layers_are_said_at_once(call, town_copy, tmp_path):
    for name in ("register.xlsx", "premises.xlsx", "outdoor.csv"):
        (town_copy / name).unlink()
    message = refused(call, town_copy, tmp_path)
    for name in ("register.xlsx", "premises.xlsx", "outdoor.csv"):
        assert message.count(name) == 1


def test_road_file_without_ways(call, town_copy, tmp_path):
    path = town_copy / "roads.osm.pbf"
    path.unlink()
    with osmium.SimpleWriter(str(path)) as writer:
        for node in range(5):
            place = (121.4 + node / 1000, 31.2)
            writer.add_node(osmium.osm.mutable.Node(id=node + 1, version=1, location=place))
    assert "no road" in refused(call, town_copy, tmp_path)


def two_pieces(path, cut):
    """Take out every way that meets the longitude ``cut``, so that the roads fall into two pieces."""
    places, ways = {}, []
    for thing in osmium.FileProcessor(str(path)):
        if thing.is_node():
            places[thing.id] = (thing.location.lon, thing.location.lat)
        elif thing.is_way() and "highway" in thing.tags:
            ways.append((thing.id, [node.ref for node in thing.nodes], dict(thing.tags)))
    path.unlink()
    middle = sorted(lon for lon, _ in places.values())[int(len(places) * cut)]
    with osmium.SimpleWriter(str(path)) as writer:
        for node, place in sorted(places.items()):
            writer.add_node(osmium.osm.mutable.Node(id=node, version=1, location=place))
        for way, nodes, tags in ways:
            lons = [places[node][0] for node in nodes]
            if min(lons) > middle or max(lons) < middle:
                writer.add_way(osmium.osm.mutable.Way(id=way, version=1, nodes=nodes, tags=tags))


def test_roads_in_two_large_pieces_are_refused(call, town_copy, tmp_path):
    two_pieces(town_copy / "roads.osm.pbf", 0.5)
    message = refused(call, town_copy, tmp_path)
    assert "cut off" in message
    assert " in all: " in message
    assert "To do: " in message


def test_a_small_piece_of_road_that_is_cut_off_is_said(call, town_copy, tmp_path):
    """The plan is made on the large piece, and it is said who lies on the other."""
    two_pieces(town_copy / "roads.osm.pbf", 0.93)
    edit(town_copy / "scenario.toml", 'mode = "walk"', 'mode = "walk"\nmax_snap_m = 150')
    with (town_copy / "scenario.toml").open("a", encoding="utf-8") as scenario:
        # The cut leaves e-bikes and cars no large piece at all: here everybody walks.
        for tier in ("city_centre", "borough_centre", "sub_centre"):
            scenario.write(f'\n[policy.override.tiers.{tier}]\nmode = "walk"\ncutoff_min = 60.0\n')
        scenario.write("\n[policy.override.tiers.rest_station]\nalso = []\n")
    answer = call("run", town_copy / "scenario.toml", "--store", tmp_path / "store", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["kpis"]["station_coverage_share"] < 1
    assert "are on no usable road (walk), so nothing serves them" in answer.err


def edit_register(town, change):
    path = town / "register.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.active
    row = next(r for r in range(1, 10) if "经度" in [cell.value for cell in sheet[r]])
    change(sheet, row, {cell.value: cell.column for cell in sheet[row]})
    book.save(path)


def without_places(sheet, row, columns):
    """Take out the coordinates and every column that says in which street_town or committee an enterprise is."""
    for name in ("坐标系", "纬度", "经度", "楼宇名称", "经营地址", "所属居村", "所属街镇"):
        sheet.delete_cols(columns[name])


def empty_coordinates(sheet, row, columns):
    for r in range(row + 1, sheet.max_row + 1):
        sheet.cell(r, columns["经度"]).value = sheet.cell(r, columns["纬度"]).value = None


def far_away(sheet, row, columns):
    for r in range(row + 1, sheet.max_row + 1):
        sheet.cell(r, columns["经度"]).value = 2.35
        sheet.cell(r, columns["纬度"]).value = 48.85


def no_rows(sheet, row, columns):
    sheet.delete_rows(row + 1, sheet.max_row)


@pytest.mark.parametrize("change", [without_places, far_away, no_rows])
def test_register_that_places_nobody(change, call, town_copy, tmp_path):
    edit_register(town_copy, change)
    message = refused(call, town_copy, tmp_path)
    assert "enterprise" in message or "register" in message
    assert "To do: " in message


def test_register_without_coordinates_is_refused(call, town_copy, tmp_path):
    edit_register(town_copy, empty_coordinates)
    message = refused(call, town_copy, tmp_path)
    assert "no row of the register has coordinates" in message
    assert "longitude and latitude" in message


def test_no_candidate_premises(call, town_copy, tmp_path):
    book = openpyxl.load_workbook(town_copy / "premises.xlsx")
    book.active.delete_rows(2, book.active.max_row)
    book.save(town_copy / "premises.xlsx")
    assert "premises.xlsx" in refused(call, town_copy, tmp_path)


def test_boundaries_without_a_coordinate_system(call, town_copy, tmp_path):
    path = town_copy / "boundaries.gpkg"
    layers = {str(name): gpd.read_file(path, layer=name) for name, _ in pyogrio.list_layers(path)}
    path.unlink()
    for name, layer in layers.items():
        bare = layer.set_crs(None, allow_override=True)
        with pytest.warns(UserWarning, match="crs"):
            bare.to_file(path, layer=name, driver="GPKG")
    message = refused(call, town_copy, tmp_path)
    assert "coordinate system" in message
    assert all(name in message for name in layers)


LARGE_BANDS = """
[policy.override.federations]
undersize = "{rule}"
organisations = {{ least = 5000, ideal = 6000, most = 7000 }}
workers = {{ least = 500000, ideal = 600000, most = 700000 }}

[travel]"""


def test_street_towns_too_small_are_refused(call, town_copy, tmp_path):
    edit(town_copy / "scenario.toml", "\n[travel]", LARGE_BANDS.format(rule="refuse"))
    message = refused(call, town_copy, tmp_path, code=4)
    assert "too small for one district" in message
    assert "2 in all" in message


@pytest.mark.parametrize(
    ("rule", "districts", "said"), [("keep", 2, "kept"), ("merge", 1, "merged")]
)
def test_street_towns_too_small_are_kept_or_merged_and_it_is_said(
    rule, districts, said, call, town_copy, tmp_path
):
    edit(town_copy / "scenario.toml", "\n[travel]", LARGE_BANDS.format(rule=rule))
    answer = call("run", town_copy / "scenario.toml", "--store", tmp_path / "store", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["kpis"]["districts"] == districts
    assert "too small for one district" in answer.err
    assert said in answer.err
