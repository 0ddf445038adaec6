"""Validation: placing, the study area, the levels of areas, and one message for everything wrong."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geodata.datum import wgs84_to_bd09
from geodata.errors import EmptyLayerError, GeodataError, InvalidRowsError
from geodata.layers import Layers, claims, levels, placing, validate
from geodata.layers import partition as parting
from geodata.layers.ledger import Ledger, Reason, empty_entries
from geodata.layers.parents import bare_place, containing
from geodata.layers.schemas import COLUMNS, SCORES, schema, schema_faults
from geodata.layers.shared_middles import SHARED_MIDDLE
from geodata.provenance import Read, SourceRecord

LON, LAT, STEP = 121.4, 31.2, 0.02


def read_of(frame, layer):
    frame = frame.assign(source_row=np.arange(2, len(frame) + 2))
    record = SourceRecord(layer=layer, path=f"{layer}.gpkg", rows_in=len(frame), kept=len(frame))
    return Read(frame=frame, record=record, rejected=empty_entries(), repaired=empty_entries())


def frame_of(columns, shapes):
    data = {name: pd.Series(values, dtype="str") for name, values in columns.items()}
    return gpd.GeoDataFrame(data, geometry=list(shapes), crs="EPSG:4326")


def cell(column, row, width=1.0):
    x, y = LON + column * STEP, LAT + row * STEP
    return MultiPolygon([box(x, y, x + width * STEP, y + STEP)])


def borough_read():
    return read_of(
        frame_of({"borough_id": ["b1"], "name": ["黄浦区"]}, [cell(0, 0, 4)]), "boroughs"
    )


def town_read(**changes):
    columns = {
        "street_town_id": ["t1", "t2"],
        "name": ["外滩街道", "豫园街道"],
        "borough_id": ["b1", "b1"],
        "borough_name": ["黄浦区", "黄浦区"],
    }
    return read_of(frame_of({**columns, **changes}, [cell(0, 0, 2), cell(2, 0, 2)]), "street_towns")


def unit_read(shapes=None, **changes):
    columns = {
        "unit_id": ["u1", "u2", "u3", "u4"],
        "name": ["甲居委会", "乙居委会", "甲居委会", "丁居委会"],
        "street_town_id": ["t1", "t1", "t2", "t2"],
    }
    return read_of(
        frame_of({**columns, **changes}, shapes or [cell(i, 0) for i in range(4)]), "units"
    )


def enterprise_read(rows):
    """Rows of (id, point or None, street_town name, committee name, address)."""
    count = len(rows)
    text = {
        "enterprise_id": [row[0] for row in rows],
        "uscc": [None] * count,
        "name": [f"n{row[0]}" for row in rows],
        "address": [row[4] if len(row) > 4 else None for row in rows],
        "ownership": ["private"] * count,
        "jurisdiction": ["area"] * count,
        "jurisdiction_source": ["register"] * count,
        "industry": ["I"] * count,
        "industry_division": ["65"] * count,
        "union_name": [None] * count,
        "carrier_name": [None] * count,
        "accuracy": ["exact"] * count,
        "scope_reason": [""] * count,
        "street_town_name": [row[2] for row in rows],
        "committee_name": [row[3] for row in rows],
    }
    frame = frame_of(text, [row[1] for row in rows])
    numbers = {"workers": np.arange(count), "members": np.zeros(count, dtype=np.int64)}
    numbers |= dict.fromkeys(("women", "migrants", "payroll_yuan"), np.nan)
    flags = {"unionised": np.zeros(count, dtype=bool), "in_scope": np.ones(count, dtype=bool)}
    return read_of(frame.assign(**numbers, **flags), "enterprises")


def site_read(points):
    count = len(points)
    nothing = pd.Series([None] * count, dtype="str")
    frame = frame_of({"site_id": [f"s{i}" for i in range(count)], "name": ["x"] * count}, points)
    frame = frame.assign(
        kind=pd.Series(["bank"] * count, dtype="str"), owner=nothing, existing_tier=nothing,
        floor_area_m2=np.nan, ground_floor=pd.Series([None] * count, dtype="boolean"),
        rent_yuan_month=np.nan, consent=pd.Series(["open"] * count, dtype="str"),
        available_from=pd.Series([pd.NaT] * count, dtype="datetime64[s]"),
        lease_end=pd.Series([pd.NaT] * count, dtype="datetime64[s]"), opens=nothing, closes=nothing,
        seats=np.nan, ebike_parking=np.nan, kit=nothing, **dict.fromkeys(SCORES, np.nan),
        **{name: pd.Series([None] * count, dtype="boolean") for name in ("open_access", "certificate", "account")},
        accuracy=pd.Series(["exact"] * count, dtype="str"),
    )  # fmt: skip
    return read_of(frame, "sites")


INSIDE = Point(LON + 0.5 * STEP, LAT + 0.5 * STEP)
OUTSIDE = Point(LON - 1, LAT)


def layers_of(rows=(("e1", INSIDE, None, None),), sites=(INSIDE,), **changes):
    reads = {
        "enterprises": enterprise_read(list(rows)),
        "boroughs": borough_read(),
        "street_towns": town_read(),
        "units": unit_read(),
        "sites": site_read(list(sites)),
    }
    return validate(**{**reads, **changes})


def test_bundle_has_the_columns_of_the_contract():
    layers = layers_of()
    assert isinstance(layers, Layers)
    assert layers.crs == "EPSG:32651"
    for layer, columns in COLUMNS.items():
        frame = getattr(layers, layer)
        assert tuple(frame.columns) == columns
        assert frame.crs == layers.crs
        assert schema_faults(frame, layer) == []
    assert len(layers.outdoor) == 0
    assert layers.record("sites").kept == 1
    with pytest.raises(KeyError):
        layers.record("nothing")


def test_rows_come_sorted_by_id_whatever_their_order():
    rows = [(f"e{i}", INSIDE, None, None) for i in (3, 1, 2)]
    assert layers_of(rows).enterprises["enterprise_id"].tolist() == ["e1", "e2", "e3"]


def test_inputs_are_not_changed():
    reads = {
        "enterprises": enterprise_read([("e1", None, "外滩街道", "乙居委会")]),
        "units": unit_read(),
    }
    before = {name: read.frame.copy(deep=True) for name, read in reads.items()}
    layers_of(**reads)
    for name, read in reads.items():
        pd.testing.assert_frame_equal(pd.DataFrame(read.frame), pd.DataFrame(before[name]))


def test_points_outside_are_refused_and_counts_still_add_up():
    layers = layers_of([("e1", INSIDE, None, None), ("e2", OUTSIDE, None, None)], [INSIDE, OUTSIDE])
    assert layers.enterprises["enterprise_id"].tolist() == ["e1"]
    assert layers.rejected["layer"].tolist() == ["enterprises", "sites"]
    assert layers.rejected["reason"].tolist() == [placing.OUTSIDE.text] * 2
    assert layers.rejected["source_row"].tolist() == [3, 3]
    for name in ("enterprises", "sites"):
        record = layers.record(name)
        assert record.adds_up
        assert record.rejected == {placing.OUTSIDE.text: 1}
        assert record.kept == len(getattr(layers, name))


def test_rows_without_coordinates_are_placed_by_name_and_never_taken_for_exact():
    rows = [
        ("e1", None, "外滩街道", "乙居委会"),
        ("e2", None, "外滩", None),
        ("e3", None, "豫园街道", "没有的居委会"),
        ("e4", None, None, "丁居委会"),
        ("e5", None, None, "甲居委会"),
        ("e6", None, "浦东街道", None),
        ("e7", None, None, None, "上海市黄浦区豫园街道某路1号"),
        ("e8", INSIDE, None, None),
    ]
    layers = layers_of(rows)
    placed = layers.enterprises.set_index("enterprise_id")
    assert placed["accuracy"].to_dict() == {
        "e1": "committee", "e2": "street_town", "e3": "street_town", "e4": "committee",
        "e7": "street_town", "e8": "exact",
    }  # fmt: skip
    middles = layers.units.set_index("unit_id").geometry.centroid
    assert placed.geometry["e1"].distance(middles["u2"]) < 1e-6
    assert placed.geometry["e4"].distance(middles["u4"]) < 1e-6
    # Two committees are called 甲居委会, so the name alone does not place e5.
    assert layers.rejected["source_row"].tolist() == [6, 7]
    assert set(layers.rejected["reason"]) == {placing.PLACE_UNKNOWN.text}
    assert layers.record("enterprises").repaired[placing.AT_COMMITTEE.text] == 2


def test_a_committees_middle_shared_by_hundreds_is_not_taken_for_exact():
    middle, tower = cell(0, 0).centroid, cell(1, 0).centroid
    corner = Point(LON + 2.2 * STEP, LAT + 0.3 * STEP)
    rows = [(f"m{i:03d}", middle, "甲街道", None, f"长乐路{i}号") for i in range(200)]
    rows += [(f"t{i:03d}", tower, "甲街道", None, f"淮海路8号{i}室") for i in range(50)]
    rows += [(f"s{i:03d}", corner, None, None, f"瑞金路{i}号") for i in range(50)]
    rows += [("x", Point(LON + 0.1 * STEP, LAT + 0.1 * STEP), "甲街道", None, "长乐路999号")]
    layers = layers_of(rows)
    found = layers.enterprises.set_index("enterprise_id")["accuracy"]
    assert set(found[found.index.str.startswith("m")]) == {"committee"}
    # one house number in the middle is a tower; a crowd elsewhere is no middle
    assert set(found[~found.index.str.startswith("m")]) == {"exact"}
    told = layers.repaired[layers.repaired["reason"] == SHARED_MIDDLE.text]
    assert len(told) == 200


def test_a_town_that_the_coordinates_contradict_is_noted():
    layers = layers_of([("e1", INSIDE, "豫园街道", None), ("e2", INSIDE, "外滩街道", None)])
    assert layers.repaired["reason"].tolist() == [claims.ELSEWHERE.text]
    assert layers.repaired["source_row"].tolist() == [2]


def test_everything_outside_is_one_error_with_all_layers():
    with pytest.raises(GeodataError) as caught:
        layers_of([("e1", OUTSIDE, None, None)], [OUTSIDE, OUTSIDE])
    assert isinstance(caught.value, EmptyLayerError)
    assert len(caught.value.faults) == 2
    assert "enterprises" in str(caught.value)
    assert "sites" in str(caught.value)
    assert "datum" in str(caught.value)


def test_missing_levels_are_made():
    layers = layers_of(boroughs=None, units=None)
    assert layers.boroughs["borough_id"].tolist() == ["b1"]
    assert layers.boroughs["name"].tolist() == ["黄浦区"]
    assert layers.boroughs.area.sum() == pytest.approx(layers.street_towns.area.sum())
    assert layers.units["unit_id"].tolist() == ["t1", "t2"]


def test_parents_by_name_and_by_place():
    nothing = [None, None]
    layers = layers_of(street_towns=town_read(borough_id=nothing, borough_name=nothing))
    assert layers.street_towns["borough_id"].tolist() == ["b1", "b1"]
    by_place = layers_of(units=unit_read(street_town_id=[None] * 4))
    assert by_place.units["street_town_id"].tolist() == ["t1", "t1", "t2", "t2"]
    contradicted = layers_of(units=unit_read(street_town_id=["t1", "t1", "t2", "t1"]))
    assert levels.OTHER_PARENT.text in set(contradicted.repaired["reason"])


def test_a_street_town_outside_every_borough_is_refused():
    far = read_of(frame_of({"borough_id": ["b9"], "name": ["徐汇区"]}, [cell(0, 0, 2)]), "boroughs")
    layers = layers_of(
        boroughs=far, street_towns=town_read(borough_id=[None] * 2, borough_name=[None] * 2)
    )
    assert layers.street_towns["street_town_id"].tolist() == ["t1"]
    assert levels.NO_PARENT.text in set(layers.rejected["reason"])


def assert_partition(towns, units):
    for town in towns.itertuples():
        shapes = units.loc[units["street_town_id"] == town.street_town_id].geometry
        assert shapes.area.sum() == pytest.approx(town.geometry.area, abs=10)
        assert shapely.union_all(shapes.to_numpy()).symmetric_difference(town.geometry).area < 10


def test_units_are_made_to_partition_their_street_town():
    beyond, short, over = cell(1, 0, 1.5), cell(2, 0, 0.7), cell(2, 0, 2)
    layers = layers_of(units=unit_read([cell(0, 0), beyond, short, over]))
    assert_partition(layers.street_towns, layers.units)
    reasons = set(layers.repaired["reason"])
    assert reasons == {parting.BEYOND.text, parting.OVERLAPPING.text}
    gap = layers_of(units=unit_read([cell(0, 0, 0.5), cell(1, 0), cell(2, 0), cell(3, 0)]))
    assert_partition(gap.street_towns, gap.units)
    assert set(gap.repaired["reason"]) == {parting.FILLED.text}
    assert layers_of().repaired.empty


def test_a_unit_under_another_and_a_town_without_units():
    layers = layers_of(
        units=unit_read(
            [cell(0, 0, 2), cell(0, 0), cell(0, 0), cell(1, 0)], street_town_id=["t1"] * 4
        )
    )
    assert layers.units["unit_id"].tolist() == ["t2", "u1"]
    assert (layers.rejected["reason"] == parting.NOTHING_LEFT.text).sum() == 3
    assert "豫园街道" in layers.record("units").notes[0]
    assert_partition(layers.street_towns, layers.units)


@settings(max_examples=25, deadline=None)
@given(
    corners=st.lists(
        st.tuples(st.floats(-0.5, 4.5), st.floats(-0.5, 1.5), st.floats(0.1, 3), st.floats(0.1, 2)),
        min_size=1,
        max_size=6,
    )
)
def test_any_units_become_a_partition(corners):
    shapes = [
        MultiPolygon(
            [box(LON + x * STEP, LAT + y * STEP, LON + (x + w) * STEP, LAT + (y + h) * STEP)]
        )
        for x, y, w, h in corners
    ]
    names = [f"u{i}" for i in range(len(shapes))]
    frame = frame_of(
        {"unit_id": names, "name": names, "street_town_id": [None] * len(names)}, shapes
    )
    towns = town_read().frame.to_crs("EPSG:32651")
    settled = levels.settle_units(read_of(frame, "units"), towns, "EPSG:32651")
    assert_partition(towns, settled.frame)
    assert settled.record.adds_up


@settings(max_examples=50, deadline=None)
@given(points=st.lists(st.tuples(st.floats(-1, 5), st.floats(-1, 2)), max_size=20))
def test_containing_agrees_with_looking_at_every_area(points):
    areas = np.array([box(i, 0, i + 1, 1) for i in range(4)], dtype=object)
    places = np.array([Point(x, y) for x, y in points], dtype=object)
    found = containing(places, areas)
    for place, index in zip(places, found, strict=True):
        holding = [i for i, area in enumerate(areas) if area.intersects(place)]
        assert index == (min(holding) if holding else -1)


def test_bare_names():
    assert bare_place("南京东路街道办事处") == "南京东路"
    # One character would be taken for many places, so the rank stays.
    assert bare_place("甲居民委员会") == "甲居民委员会"
    assert bare_place("黄浦区") == "黄浦"


def test_schema_refuses_what_the_contract_forbids():
    good = layers_of().enterprises
    for column, value in (
        ("ownership", "owned"),
        ("workers", -1),
        ("industry", "Z"),
        ("accuracy", "good"),
    ):
        bad = good.assign(**{column: pd.Series([value], dtype=good[column].dtype)})
        faults = schema_faults(bad, "enterprises")
        assert len(faults) == 1
        assert column in faults[0].what
    assert schema_faults(good.assign(workers=good["workers"].astype("float64")), "enterprises")
    assert schema_faults(good.drop(columns="name"), "enterprises")
    twice = pd.concat([good, good], ignore_index=True)
    assert schema_faults(twice, "enterprises")
    polygon = good.set_geometry([Polygon([(0, 0), (1, 0), (1, 1)])], crs=good.crs)
    assert schema_faults(polygon, "enterprises")[0].where == "enterprises"
    assert schema("sites") is schema("sites")


def test_a_broken_frame_is_refused_with_every_fault():
    bad = enterprise_read([("e1", INSIDE, None, None)])
    frame = bad.frame.assign(
        ownership=pd.Series(["x"], dtype="str"), accuracy=pd.Series(["y"], dtype="str")
    )
    with pytest.raises(InvalidRowsError) as caught:
        layers_of(enterprises=Read(frame, bad.record, bad.rejected, bad.repaired))
    assert len(caught.value.faults) == 2


def test_ledger_keeps_the_first_reason_and_forgets_repairs_of_refused_rows():
    ledger = Ledger([2, 3, 4])
    first, second, mend = Reason("first"), Reason("second"), Reason("mend")
    ledger.repair(np.array([True, True, False]), "a", np.array(["x", "y", "z"]), mend)
    ledger.reject(np.array([True, False, False]), "a", "value", first)
    ledger.reject(np.array([True, False, True]), "b", np.array([1.0, 2.0, 3.5]), second)
    assert ledger.rejected[["source_row", "reason", "value"]].to_numpy().tolist() == [
        [2, "first", "value"], [4, "second", "3.5"],
    ]  # fmt: skip
    assert ledger.repaired["source_row"].tolist() == [3]
    assert ledger.repaired_rows == 1
    assert ledger.rejected_by_reason() == {"first": 1, "second": 1}


def test_records_survive_storing():
    record = SourceRecord(
        "sites", "a.csv", rows_in=3, kept=1, rejected={"r": 1}, ignored={"blank": 1}, notes=("n",)
    )
    assert record.adds_up
    assert SourceRecord.from_dict(record.to_dict()) == record
    later = record.with_rejected({"r": 1, "never": 0})
    assert later.rejected == {"r": 2}
    assert later.kept == 0
    assert later.adds_up


def test_rows_without_coordinates_are_placed_where_others_of_their_building_are():
    near, far = Point(INSIDE.x + 0.0002, INSIDE.y), Point(INSIDE.x + 0.03, INSIDE.y)
    read = enterprise_read(
        [
            ("e1", INSIDE, None, None, "中山路1号"),
            ("e2", near, None, None, "中山路1号"),
            ("e3", None, "豫园街道", None, "中山路1号"),
            ("e4", None, "外滩街道", None, "没有的路9号"),
            ("e5", None, "外滩街道", None, None),
            ("e6", far, None, None, None),
            ("e7", None, "外滩街道", None, None),
            ("e8", None, None, None, None),
        ]
    )
    carriers = ["长街", None, None, None, "长街", "长街", "x", "x"]
    frame = read.frame.assign(carrier_name=pd.Series(carriers, dtype="str"))
    layers = layers_of(enterprises=Read(frame, read.record, read.rejected, read.repaired))
    placed = layers.enterprises.set_index("enterprise_id")
    # Two rows of 长街 lie kilometres apart, so that the name is no building; x is the name of a site.
    assert placed["accuracy"].to_dict() == {
        "e1": "exact", "e2": "exact", "e3": "building", "e4": "street_town", "e5": "street_town",
        "e6": "exact", "e7": "building", "e8": "building",
    }  # fmt: skip
    middle = shapely.centroid(shapely.union_all(placed.loc[["e1", "e2"]].geometry.to_numpy()))
    assert placed.geometry["e3"].distance(middle) < 1e-6
    assert placed.geometry["e7"].distance(placed.geometry["e1"]) < 1e-6
    assert layers.record("enterprises").repaired[placing.AT_BUILDING.text] == 3
    assert layers.record("enterprises").adds_up


def test_a_wrong_datum_is_said_in_the_record():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(LON, LON + 4 * STEP, 60), rng.uniform(LAT, LAT + STEP, 60)
    shifted = wgs84_to_bd09(lon, lat)
    rows = [
        (f"e{i}", Point(x, y), "外滩街道" if a < LON + 2 * STEP else "豫园街道", None)
        for i, (a, x, y) in enumerate(zip(lon, *shifted, strict=True))
    ]
    layers = layers_of(rows)
    assert any('"bd09"' in note for note in layers.record("enterprises").notes)
    assert layers_of().record("enterprises").notes == ()
    far = [(name, Point(point.x + 0.1, point.y), town, None) for name, point, town, _ in rows]
    with pytest.raises(EmptyLayerError):
        layers_of(far)
