"""Headquarters, dispatch and construction: flagged, and split by a user's table."""

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InvalidRowsError, MissingColumnError
from planner.organisations import (
    OrganisationRules,
    flag_off_site,
    form_organisations,
    split_by_workplace,
)

CRS = "EPSG:32651"


def table(rows):
    frame = gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["x"], rows["y"]), crs=CRS)
    return frame.drop(columns=["x", "y"])


def test_large_off_site_employers_are_flagged(enterprises):
    register = enterprises(
        {
            "name": [
                "东方劳务派遣有限公司",
                "第一建筑公司",
                "东方集团",
                "小劳务公司",
                "面包店",
                "某公司",
            ],
            "workers": [900, 900, 900, 20, 900, 900],
            "industry": ["L", "E", "C", "L", "F", "E"],
        }
    )
    flags = flag_off_site(register, OrganisationRules())
    assert list(flags.flag) == ["labour_dispatch", "construction", "headquarters", "construction"]
    assert list(flags.enterprise_id) == ["e00000", "e00001", "e00002", "e00005"]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 500), st.integers(0, 500), st.lists(st.integers(0, 100), min_size=1, max_size=6)
)
def test_splitting_makes_and_loses_nobody(enterprises, workers, members, parts):
    if sum(parts) > workers or members > workers:
        return
    register = enterprises({"workers": [workers, 7], "members": [members, 3]})
    places = table(
        {
            "enterprise_id": ["e00000"] * len(parts),
            "workplace_id": [f"w{i}" for i in range(len(parts))],
            "workers": parts,
            "x": [100.0 * i for i in range(len(parts))],
            "y": [50.0] * len(parts),
        }
    )
    split = split_by_workplace(register, places)
    assert split.workers.sum() == workers + 7
    assert split.members.sum() == members + 3
    assert (split.members <= split.workers).all()
    assert split.enterprise_id.is_unique
    assert list(split.columns) == list(register.columns)


def test_parts_form_organisations_where_they_work(enterprises, units):
    register = enterprises({"workers": [1000], "members": [10]})
    places = table(
        {
            "enterprise_id": ["e00000"] * 2,
            "workplace_id": ["a", "b"],
            "workers": [600, 390],
            "x": [1500.0, 3500.0],
            "y": [50.0, 50.0],
        }
    )
    formed = form_organisations(split_by_workplace(register, places), units(), OrganisationRules())
    assert sorted(formed.organisations.workers) == [10, 390, 600]
    assert len(set(formed.organisations.unit_id)) == 3


def test_wrong_workplaces_are_listed_together(enterprises):
    register = enterprises({"workers": [10], "members": [0]})
    places = table(
        {
            "enterprise_id": ["e00000", "e00000", "zz"],
            "workplace_id": ["a", "a", "b"],
            "workers": [8, 8, -1],
            "x": [1.0] * 3,
            "y": [1.0] * 3,
        }
    )
    with pytest.raises(InvalidRowsError) as caught:
        split_by_workplace(register, places)
    assert len(caught.value.faults) == 4
    with pytest.raises(MissingColumnError):
        split_by_workplace(register, places.drop(columns="workers"))


def test_a_row_without_members_does_not_undo_the_rows_that_give_them(enterprises):
    register = enterprises({"workers": [100], "members": [50]})
    places = table(
        {
            "enterprise_id": ["e00000"] * 3,
            "workplace_id": ["a", "b", "c"],
            "workers": [40, 30, 10],
            "members": [5.0, float("nan"), 0.0],
            "x": [1.0] * 3,
            "y": [1.0] * 3,
        }
    )
    split = split_by_workplace(register, places).set_index("enterprise_id")

    # 45 are left for b (30 workers) and the office (20)
    assert split["members"].to_dict() == {
        "e00000": 18,
        "e00000@a": 5,
        "e00000@b": 27,
        "e00000@c": 0,
    }


@pytest.mark.parametrize(
    ("workers", "members", "what"),
    [
        ([95, 0], [10.0, 0.0], "more members than workers"),  # 80 members for the 5 who stay
        ([40, 20], [41.0, 9.0], "hold more members than workers"),
        ([40, 61], [0.0, 0.0], "more workers than the enterprise has"),
        ([50, 50], [50.0, 41.0], "more members than the enterprise has"),
    ],
)
def test_contradictions_name_their_rows(enterprises, workers, members, what):
    register = enterprises({"workers": [100], "members": [90]})
    places = table(
        {
            "enterprise_id": ["e00000"] * 2,
            "workplace_id": ["a", "b"],
            "workers": workers,
            "members": members,
            "source_row": [7, 9],
            "x": [1.0] * 2,
            "y": [1.0] * 2,
        }
    )
    with pytest.raises(InvalidRowsError) as caught:
        split_by_workplace(register, places)
    (fault,) = caught.value.faults
    assert what in fault.what
    assert fault.examples[0] == "row 7: e00000@a"
    assert fault.fix


def test_members_who_just_fit_are_no_contradiction(enterprises):
    register = enterprises({"workers": [100], "members": [90]})
    places = table(
        {
            "enterprise_id": ["e00000"] * 2,
            "workplace_id": ["a", "b"],
            "workers": [50, 40],
            "members": [40.0, float("nan")],
            "x": [1.0] * 2,
            "y": [1.0] * 2,
        }
    )
    split = split_by_workplace(register, places).set_index("enterprise_id")
    assert split["members"].to_dict() == {"e00000": 10, "e00000@a": 40, "e00000@b": 40}
