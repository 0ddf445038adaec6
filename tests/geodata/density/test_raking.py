"""Raking to census totals, with the factors; whole people beyond the register."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.density.raking import rake
from geodata.density.unregistered import unregistered_workers

TOWNS = pd.DataFrame({"street_town_id": ["t1", "t2", "t3", "t4"], "name": ["甲子街道", "乙丑镇", "丙寅街道", "丁卯街道"], "borough_id": ["b1", "b1", "b1", "b2"]})  # fmt: skip
BOROUGHS = pd.DataFrame({"borough_id": ["b1", "b2"], "name": ["东城区", "西城区"]})
PLACES = np.array(["t1", "t1", "t2", "t3", "t4", None], dtype=object)
WORKERS = np.array([10.0, 30.0, 20.0, 60.0, 50.0, 5.0])


def census(*rows):
    columns = ["borough_name", "street_town_name", "workers", "non_public_share"]
    return pd.DataFrame([(*row, np.nan)[:4] for row in rows], columns=columns)


def raked(*rows, **options):
    return rake(WORKERS, PLACES, TOWNS, BOROUGHS, census(*rows), **options)


def factor_of(factors, name):
    return factors.set_index("name")["factor"].to_dict()[name]


def test_street_towns_first_then_what_the_borough_leaves():
    scaled, factors = raked(("东城区", "甲子街道", 80), ("东城区", None, 240))
    assert scaled.tolist() == [20, 60, 40, 120, 50, 5]
    assert factor_of(factors, "甲子街道") == 2
    assert factor_of(factors, "乙丑镇") == factor_of(factors, "丙寅街道") == 2
    assert factor_of(factors, "丁卯街道") == 1
    status = factors.set_index("name")["status"]
    assert status["丁卯街道"] == "no_total"
    assert status["东城区"] == "scaled"


def test_names_without_their_rank_and_without_a_borough_are_found():
    scaled, _factors = raked((None, "乙丑", 10), ("西城", None, 25))
    assert scaled.tolist() == [10, 30, 10, 60, 25, 5]


def test_what_cannot_be_met_is_said():
    _scaled, factors = raked(
        ("东城区", "甲子街道", 300), ("东城区", None, 200), ("南城区", "戊辰镇", 7)
    )
    status = factors.set_index("name")["status"]
    assert status["东城区"] == "exceeded"
    assert status["南城区 戊辰镇"] == "unknown_area"
    empty, factors = rake(WORKERS * 0, PLACES, TOWNS, BOROUGHS, census(("东城区", "甲子街道", 5)))
    assert empty.sum() == 0
    assert factors["status"].iloc[0] == "nobody_to_scale"


def test_shares_of_non_public_workers():
    rows = (("东城区", "甲子街道", 40, 0.5), ("东城区", None, 120, 0.25))
    scaled, factors = raked(*rows, non_public_share=0.8)
    assert scaled.tolist() == pytest.approx([5, 15, 5, 15, 40, 5])
    assert factors["non_public_share"].tolist()[:4] == [0.5, 0.25, 0.25, 0.8]
    assert factors["after"].tolist()[:4] == pytest.approx([20, 5, 15, 40])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_totals_are_met_where_there_is_somebody(seed):
    rng = np.random.default_rng(seed)
    towns = PLACES[rng.integers(0, len(PLACES), 50)]
    workers = rng.uniform(0, 9, 50) * (rng.random(50) > 0.3)
    totals = {name: rng.uniform(0, 500) for name in TOWNS["name"] if rng.random() > 0.5}
    rows = [(None, name, total) for name, total in totals.items()]
    whole = sum(totals.values()) + 100
    scaled, factors = rake(workers, towns, TOWNS, BOROUGHS, census(*rows, ("东城区", None, whole)))
    sums = pd.Series(scaled).groupby(pd.Series(towns)).sum().reindex(TOWNS["street_town_id"], fill_value=0.0)  # fmt: skip
    before = pd.Series(workers).groupby(pd.Series(towns)).sum().reindex(TOWNS["street_town_id"], fill_value=0.0)  # fmt: skip
    for town, name in zip(TOWNS["street_town_id"], TOWNS["name"], strict=True):
        if name in totals and before[town] > 0:
            assert sums[town] == pytest.approx(totals[name])
    open_ = [t for t, n, b in TOWNS.itertuples(index=False) if b == "b1" and n not in totals and before[t] > 0]  # fmt: skip
    if open_:
        own = sum(totals.get(n, 0.0) for n, b in zip(TOWNS["name"], TOWNS["borough_id"], strict=True) if b == "b1")  # fmt: skip
        assert sums[open_].sum() == pytest.approx(whole - own)
    assert np.array_equal(scaled[towns == None], workers[towns == None])  # noqa: E711 - an object array
    assert len(factors) == 5


def beyond(workers, units, registered, **options):
    xy = np.arange(len(workers)) * 100.0
    density = gpd.GeoDataFrame({"workers": workers}, geometry=gpd.points_from_xy(xy, xy), crs="EPSG:32651")  # fmt: skip
    return unregistered_workers(density, pd.Series(units), pd.Series(registered), **options)


def test_what_the_register_does_not_explain_in_whole_people():
    found = beyond([10.4, 5.2, 7.0, 3.0], ["u1", "u1", "u2", None], {"u1": 6, "u2": 9})
    assert found["workers"].sum() == 10
    assert set(found["unit_id"]) == {"u1"}
    assert sorted(found["workers"]) == [3, 7]


def test_an_area_without_a_register_is_all_beyond_it():
    assert beyond([3.0, 4.0], ["u9", "u9"], {})["workers"].sum() == 7


def test_places_of_one_cell_become_one():
    assert len(beyond([3.0, 4.0], ["u", "u"], {}, grid_m=1000.0)) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 50), min_size=1, max_size=20), st.integers(0, 300))
def test_sums_are_exact_and_order_does_not_matter(workers, known):
    found = beyond(workers, ["u"] * len(workers), {"u": known})
    assert found["workers"].sum() == max(0, int(np.floor(sum(workers) - known + 0.5)))
    assert (found["workers"] > 0).all()
    assert found["unregistered_id"].is_unique
