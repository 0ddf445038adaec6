"""What happened between two snapshots, against a plain reading of both."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geodata.history import EVENTS, register_changes
from geodata.history.matching import match_rows
from geodata.sources import read_register
from geodata.sources.reasons import SCOPE_CLOSED


def rows(*entries):
    """A register of (id, name, workers) and what else an entry says."""
    plain = {
        "uscc": None, "address": "甲路1号", "industry": "F", "industry_division": "51", "members": 0, "unionised": False,
        "union_name": None, "accuracy": "exact", "in_scope": True, "scope_reason": "", "street_town_name": "甲子街道",
        "committee_name": None, "lon": 121.5, "lat": 31.2,
    }  # fmt: skip
    frame = pd.DataFrame([plain | entry for entry in entries])
    code = ~frame["enterprise_id"].str.startswith("row-")
    frame["uscc"] = frame["enterprise_id"].where(code)
    points = [None if x is None or np.isnan(x) else (x, y) for x, y in zip(frame.pop("lon"), frame.pop("lat"), strict=True)]  # fmt: skip
    geometry = gpd.GeoSeries.from_xy([p[0] if p else np.nan for p in points], [p[1] if p else np.nan for p in points])  # fmt: skip
    geometry[[p is None for p in points]] = None
    return gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")


def one(**values):
    return {"enterprise_id": "A", "name": "甲公司", "workers": 10} | values


def events(before, after, **options):
    found = register_changes(rows(*before), rows(*after), **options)
    return list(zip(found["event"], found["enterprise_id"], strict=True))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"workers": 24}, []),
        ({"workers": 25}, ["grew_past"]),
        ({"name": "乙公司"}, ["renamed"]),
        ({"industry": "G", "industry_division": "54"}, ["changed_industry"]),
        ({"industry_division": ""}, []),
        ({"industry": "", "industry_division": ""}, []),
        ({"unionised": True, "union_name": "甲工会"}, ["unionised"]),
        ({"lon": 121.5005}, []),
        ({"lon": 121.51}, ["moved"]),
        ({"lon": 121.51, "accuracy": "committee"}, []),
        (
            {"accuracy": "committee", "address": "乙路2号", "street_town_name": "乙丑街道"},
            ["moved"],
        ),
        ({"accuracy": "committee", "address": "甲路1号", "street_town_name": "乙丑街道"}, []),
        ({"accuracy": "committee", "address": "乙路2号", "street_town_name": "甲子"}, []),
        ({"scope_reason": SCOPE_CLOSED, "in_scope": False}, ["closed"]),
        ({"workers": 30, "name": "乙公司", "lon": 121.6}, ["moved", "grew_past", "renamed"]),
    ],
)
def test_one_enterprise(change, expected):
    assert events([one()], [one(**change)]) == [(event, "A") for event in expected]


def test_the_other_way_round():
    assert events([one(workers=25)], [one(workers=24)]) == [("fell_under", "A")]
    assert events([one(unionised=True)], [one()]) == [("left_union", "A")]
    assert events([one()], [one(enterprise_id="B")]) == [("opened", "B"), ("closed", "A")]
    assert events([one(scope_reason=SCOPE_CLOSED)], [one()]) == [("opened", "A")]


def test_threshold_and_basis_are_settings():
    pair = [one(members=4)], [one(members=5)]
    assert events(*pair, threshold=5, basis="members") == [("grew_past", "A")]
    assert events(*pair, threshold=6, basis="members") == []


def test_a_move_says_how_far():
    found = register_changes(rows(one()), rows(one(lat=31.21)))
    # A hundredth of a degree of latitude at 31 N.
    assert found["distance_m"].tolist() == [pytest.approx(1108.6, abs=1.0)]


def test_rows_without_codes_are_known_by_name():
    before = rows(one(enterprise_id="row-3", name="小店"), one(enterprise_id="row-4", name="连锁", address="甲路1号"), one(enterprise_id="row-5", name="连锁", address="乙路2号"))  # fmt: skip
    after = rows(one(enterprise_id="row-9", name="连锁", address="乙路2号"), one(enterprise_id="row-1", name="小店", address="丙路3号"), one(enterprise_id="row-2", name="连锁", address="甲路1号"))  # fmt: skip
    first, second, how = match_rows(before, after)
    assert list(zip(first, second, how, strict=True)) == [(0, 1, "name"), (1, 2, "name_and_address"), (2, 0, "name_and_address")]  # fmt: skip


def test_a_code_that_a_branch_carries_is_not_its_own():
    before = rows(one(), one(enterprise_id="row-4", name="甲公司分店"))
    before.loc[1, "uscc"] = "A"
    assert register_changes(before, before).empty


def test_snapshots_of_nothing():
    nothing = rows(one()).iloc[:0]
    assert register_changes(nothing, nothing).empty
    assert register_changes(nothing, rows(one()))["event"].tolist() == ["opened"]


def test_row_order_does_not_matter_and_inputs_stay(town):
    frame = read_register(town / "register.xlsx").frame
    rng = np.random.default_rng(3)
    after = frame[rng.random(len(frame)) > 0.1].reset_index(drop=True)
    after["workers"] = (after["workers"] * rng.uniform(0.5, 2.0, len(after))).astype("int64")
    after["unionised"] ^= rng.random(len(after)) < 0.1
    kept = frame.copy()
    found = register_changes(frame, after)
    shuffled = register_changes(frame.sample(frac=1, random_state=1), after.sample(frac=1, random_state=2))  # fmt: skip
    pd.testing.assert_frame_equal(found, shuffled)
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(kept))
    assert set(found["event"]) <= set(EVENTS)
    both = frame.merge(after, on="enterprise_id", suffixes=("", "_now"))
    both = both[both["uscc"] == both["enterprise_id"]]
    coded = found[found["matched_by"] == "code"]
    grew = ((both["workers"] < 25) & (both["workers_now"] >= 25)).sum()
    assert (coded["event"] == "grew_past").sum() == grew > 0
    assert (coded["event"] == "unionised").sum() == (~both["unionised"] & both["unionised_now"]).sum()  # fmt: skip
