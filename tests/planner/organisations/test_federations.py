"""Federations kept as lists: loops, areas, enclaves, conflicts."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InvalidRowsError
from planner.organisations import (
    OrganisationRules,
    form_organisations,
    read_federations,
    resolve_parents,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.integers(0, 12), st.integers(0, 12), min_size=1))
def test_parents_like_a_walk_up(parents):
    table = pd.DataFrame(
        {
            "member": [f"m{k:02d}" for k in parents],
            "parent": [f"m{v:02d}" for v in parents.values()],
        }
    )

    def walk(place):
        steps = 0
        while place in parents and steps <= len(parents):
            place, steps = parents[place], steps + 1
        return place, steps

    if any(walk(k)[1] > len(parents) for k in parents):
        with pytest.raises(InvalidRowsError, match="loop"):
            resolve_parents(table)
    else:
        found = resolve_parents(table)
        expected = [walk(k) for k in sorted(parents)]
        assert list(zip(found.top, found.steps, strict=True)) == [
            (f"m{t:02d}", s) for t, s in expected
        ]


def test_a_loop_is_shown_and_two_parents_refused():
    with pytest.raises(InvalidRowsError, match="a > b > a"):
        resolve_parents(pd.DataFrame({"member": ["b", "a", "x"], "parent": ["a", "b", "a"]}))
    with pytest.raises(InvalidRowsError, match="two parents"):
        resolve_parents(pd.DataFrame({"member": ["a", "a"], "parent": ["b", "c"]}))


@pytest.fixture(scope="module")
def row_of_units(enterprises, units):
    """Return five units in a row, two own unions in each, and links between neighbours."""
    ground = units(columns=5, rows=1, towns=1)
    register = enterprises(
        {
            "x": [500 + 1000 * (i // 2) + 10 * (i % 2) for i in range(10)],
            "workers": [30 + i for i in range(10)],
        }
    )
    formed = form_organisations(register, ground, OrganisationRules())
    ids = list(ground.unit_id)
    links = pd.DataFrame({"unit_a": ids[:-1], "unit_b": ids[1:], "adjoins": True})
    return ground, formed, links


def listing(federations):
    return pd.DataFrame(
        {
            "organisation_id": [f"own-e{i:05d}" for i in range(len(federations))],
            "federation_id": list(federations),
        }
    )


def test_areas_enclaves_and_conflicts(row_of_units):
    ground, formed, links = row_of_units
    found = read_federations(listing("AAAABBBAAA").drop(index=9), formed, ground, links)
    ids = list(ground.unit_id)
    # u3 has one of each: the one with more workers wins
    assert list(found.unit_federation.federation_id) == ["A", "A", "B", "A", "A"]
    assert list(found.conflicts.organisation_id) == ["own-e00006"]
    assert list(found.enclaves.unit_id) == ids[3:]
    areas = found.federations.set_index("federation_id")
    assert areas.pieces.to_dict() == {"A": 2, "B": 1}
    assert areas.geometry.area.to_dict() == {"A": 4e6, "B": 1e6}
    assert areas.organisations.sum() == 9
    assert list(found.unlisted.organisation_id) == ["own-e00009"]


def test_units_nobody_lists_have_no_federation(row_of_units):
    ground, formed, links = row_of_units
    found = read_federations(listing("AA"), formed, ground, links)
    assert found.unit_federation.federation_id.isna().sum() == 4
    assert found.federations.units.sum() == 1


def test_names_are_matched_and_faults_collected(row_of_units):
    ground, formed, links = row_of_units
    names = formed.organisations.set_index("organisation_id").name
    table = pd.DataFrame({"organisation_name": [names["own-e00000"]], "federation_id": ["A"]})
    assert len(read_federations(table, formed, ground, links).federations) == 1
    wrong = pd.DataFrame(
        {
            "organisation_id": ["own-e00000", "own-e00000", "nobody"],
            "federation_id": ["A", "B", "A"],
        }
    )
    with pytest.raises(InvalidRowsError) as caught:
        read_federations(wrong, formed, ground, links)
    assert len(caught.value.faults) == 2
