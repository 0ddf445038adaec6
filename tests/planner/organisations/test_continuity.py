"""Last year's organisations keep their ids and names through births, deaths and another row order."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.organisations import OrganisationRules, form_organisations
from planner.organisations.continuity import Previous, carry_on
from planner.policy import read_policy
from tests.planner.organisations.conftest import make_enterprises, make_units

RULES = OrganisationRules.from_policy(read_policy("shanghai-2018").organisations)


def register(rng, numbers):
    """Make firms with the given numbers, each always at the same place with the same workers."""
    rows = []
    for number in numbers:
        place = np.random.default_rng([3, number])
        rows.append(
            {
                "enterprise_id": f"e{number:04d}",
                "name": f"firm {number}",
                "workers": int(place.integers(1, 40)),
                "x": float(place.uniform(0, 4000)),
                "y": float(place.uniform(0, 2000)),
            }
        )
    return make_enterprises([rows[i] for i in rng.permutation(len(rows))])


def formed(numbers, seed=0):
    return form_organisations(register(np.random.default_rng(seed), numbers), make_units(), RULES)


def previous(organisations):
    return Previous(pd.DataFrame(organisations.organisations), organisations.membership)


def test_the_same_register_keeps_every_id_and_name():
    first = formed(range(200))
    again = carry_on(formed(range(200), seed=5), previous(first))

    columns = ["organisation_id", "name", "workers"]
    pd.testing.assert_frame_equal(again.organisations[columns], first.organisations[columns])
    pd.testing.assert_frame_equal(again.membership, first.membership)


def test_a_joint_union_whose_first_member_left_keeps_its_id():
    first = formed(range(200))
    joint = first.organisations.query("kind == 'joint' and enterprises > 3").iloc[0]
    head = joint["organisation_id"].removeprefix("joint-")
    numbers = [n for n in range(200) if f"e{n:04d}" != head]
    plain = formed(numbers)
    assert joint["organisation_id"] not in set(plain.organisations["organisation_id"])
    carried = carry_on(plain, previous(first))

    again = carried.organisations.set_index("organisation_id").loc[joint["organisation_id"]]
    assert again["name"] == joint["name"]


@settings(max_examples=25, deadline=None)
@given(
    gone=st.sets(st.integers(0, 119), max_size=60),
    come=st.sets(st.integers(120, 180), max_size=40),
)
def test_members_stay_together_and_ids_are_unique(gone, come):
    first = formed(range(120))
    plain = formed(sorted(set(range(120)) - gone | come))
    carried = carry_on(plain, previous(first))

    ids = carried.organisations["organisation_id"]
    assert ids.is_unique
    assert set(carried.membership["organisation_id"]) == set(ids)
    groups = [
        membership.groupby("organisation_id")["enterprise_id"].apply(frozenset)
        for membership in (plain.membership, carried.membership)
    ]
    assert set(groups[0]) == set(groups[1])
    before = first.membership.set_index("enterprise_id")["organisation_id"]
    for name, members in groups[1].items():
        if name in set(before):
            assert any(before.get(member) == name for member in members)


@pytest.mark.parametrize("rows", [0, 3])
def test_an_id_of_an_ended_organisation_is_not_given_to_another(rows):
    """An id that last year's plan used stays that organisation's, even where it ended."""
    first = formed(range(60))
    own = first.organisations.query("kind == 'own'")["organisation_id"].iloc[0]
    ended = pd.DataFrame({"organisation_id": [own], "name": ["other"], "kind": ["joint"]})
    carried = carry_on(
        first, Previous(ended, first.membership.head(rows).assign(organisation_id=own))
    )

    names = set(carried.organisations["organisation_id"])
    assert own not in names
    assert f"{own}-2" in names
