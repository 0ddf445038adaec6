"""Districts are called after their main places: readable, unique, and for good."""

import sys
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from _maps import grid

from planner.districting import district_names, main_places
from planner.pipeline.naming import ids_and_names, organisation_places


def test_places_are_ranked_by_what_they_hold_and_ties_by_name():
    labels = np.array([0, 0, 0, 1, 1, 1])
    places = ["Mill", "Port", "Mill", "Yard", "", "Dock"]
    ranked = main_places(labels, places, np.array([3, 5, 3, 4, 90, 4]), 3)
    assert ranked == [["Mill", "Port"], ["Dock", "Yard"], []]


def test_those_alike_get_their_next_place_and_then_a_number():
    names = district_names(
        ["North"] * 5,
        [["Mill", "Port"], ["Mill", "Yard"], [], [], ["Dock"]],
    )
    assert names == [
        "North · Mill, Port",
        "North · Mill, Yard",
        "North 1",
        "North 2",
        "North · Dock",
    ]
    same = district_names(["瑞原街道"] * 2, [["弘渡科技园"], ["弘渡科技园"]])
    assert same == ["瑞原街道弘渡科技园第一工会联合会", "瑞原街道弘渡科技园第二工会联合会"]


def test_the_street_town_is_not_said_twice():
    assert district_names(["张江镇"], [["张江镇工业园"]]) == ["张江镇工业园工会联合会"]
    assert district_names(["Mill"], [["Mill"]]) == ["Mill · Mill"]


def test_given_names_stay_and_no_new_one_is_taken():
    names = district_names(
        ["North"] * 3,
        [["Mill"], ["Mill", "Port"], ["Dock"]],
        ["North · Mill", "", ""],
        ["North · Dock"],
    )
    assert names == ["North · Mill", "North · Mill, Port", "North · Dock 1"]


@given(st.data())
def test_names_are_unique_and_given_ones_kept(data):
    count = data.draw(st.integers(1, 8))
    some = st.sampled_from(["A", "B", "A 1", "A · B"])
    towns = data.draw(st.lists(some, min_size=count, max_size=count))
    places = data.draw(st.lists(st.lists(some, unique=True), min_size=count, max_size=count))
    kept = data.draw(
        st.lists(st.sampled_from(["", "A · B", "B 1"]), min_size=count, max_size=count)
    )
    kept = [name if name and name not in kept[:k] else "" for k, name in enumerate(kept)]
    names = district_names(towns, places, kept)
    assert len(set(names)) == count
    assert [name for name, given in zip(names, kept, strict=True) if given] == [
        n for n in kept if n
    ]


@pytest.fixture
def ground():
    """Give five organisations: in a building, in a nameless carrier, in the open, in a made unit, on a type of place."""
    unions = pd.DataFrame(
        {
            "organisation_id": list("abcde"),
            "carrier_id": ["c1", "c2", None, None, "c3"],
            "unit_id": ["u1", "u1", "u2", "t-b0001", "u2"],
            "workers": [9, 8, 7, 6, 5],
        }
    )
    carriers = pd.DataFrame(
        {"carrier_id": ["c1", "c2", "c3"], "name": ["东方大厦（A座）", None, "商铺"]}
    )
    units = gpd.GeoDataFrame(
        {"unit_id": ["u1", "u2", "t-b0001"], "name": ["滨江居委会", "北里村委会", "t-b0001"]}
    )

    return SimpleNamespace(units=units), SimpleNamespace(organisations=unions, carriers=carriers)


def test_an_organisation_is_in_its_carrier_else_in_its_named_unit(ground):
    found = organisation_places(*ground)
    assert found["place"].tolist() == ["东方大厦", "滨江", "北里", "", "北里"]


def town_of_four(workers, towns=("北镇",)):
    """Give a row of four units with one organisation each, and their layers."""
    problem = grid(4, 1)
    units = gpd.GeoDataFrame(
        {"unit_id": problem.unit_ids, "name": ["东里", "西里", "南里", "北里"]}
    )
    unions = pd.DataFrame(
        {
            "organisation_id": list("abcd"),
            "carrier_id": [None] * 4,
            "unit_id": problem.unit_ids,
            "workers": workers,
        }
    )
    street_towns = pd.DataFrame({"street_town_id": problem.street_town_ids, "name": towns})
    return (
        problem,
        SimpleNamespace(units=units, street_towns=street_towns),
        SimpleNamespace(
            organisations=unions, carriers=pd.DataFrame({"carrier_id": [], "name": []}, dtype="str")
        ),
    )


def test_a_year_later_a_district_keeps_its_name_although_another_place_is_the_largest():
    labels = np.array([0, 0, 1, 1], dtype=np.int32)
    problem, layers, formed = town_of_four([9, 2, 3, 8])
    ids, names = ids_and_names(problem, SimpleNamespace(labels=labels), layers, formed)
    assert ids == ["t000-d01", "t000-d02"]
    assert names == ["北镇东里工会联合会", "北镇北里工会联合会"]
    later, layers, formed = town_of_four([1, 20, 30, 8])
    carried = SimpleNamespace(
        problem=later, district_ids=tuple(ids), moving=np.ones(4, dtype=np.int64)
    )
    object.__setattr__(later, "incumbent", labels)
    parent = SimpleNamespace(districts=pd.DataFrame({"district_id": ids, "name": names}))
    go_on = {"carried": carried, "parent": parent}
    drawn = SimpleNamespace(labels=1 - labels)
    assert ids_and_names(later, drawn, layers, formed, **go_on) == (ids[::-1], names[::-1])
    split = SimpleNamespace(labels=np.array([0, 0, 1, 2], dtype=np.int32))
    new_ids, new_names = ids_and_names(later, split, layers, formed, **go_on)
    assert sorted(new_ids) == ["t000-d01", "t000-d02", "t000-d03"]
    called = dict(zip(new_ids, new_names, strict=True))
    assert [called[one] for one in ids] == names
    assert called["t000-d03"] in {"北镇南里工会联合会", "北镇北里第一工会联合会"}


def test_federations_of_a_list_keep_their_name():
    labels = np.array([0, 0, 1, 1], dtype=np.int32)
    problem, layers, formed = town_of_four([9, 2, 3, 8])
    object.__setattr__(problem, "incumbent", np.array([0, 0, -1, -1], dtype=np.int32))
    carried = SimpleNamespace(
        problem=problem, district_ids=("滨江片区联合会",), moving=np.ones(4, dtype=np.int64)
    )
    ids, names = ids_and_names(
        problem, SimpleNamespace(labels=labels), layers, formed, carried=carried
    )
    assert names == ["滨江片区联合会", "北镇北里工会联合会"]
    assert len(set(ids)) == 2
