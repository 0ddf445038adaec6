"""Every enterprise in scope to exactly one organisation, by the right step."""

import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from geodata.errors import EmptyLayerError, InvalidRowsError, MissingColumnError
from planner.organisations import OrganisationRules, form_organisations
from planner.organisations.formed import CARRIER_COLUMNS, MEMBERSHIP_COLUMNS, ORGANISATION_COLUMNS
from planner.organisations.reasons import REASONS, explain_reason

RULES = OrganisationRules()


def reasons(formed):
    return dict(zip(formed.membership.enterprise_id, formed.membership.reason, strict=True))


def check_conservation(register, formed):
    """Count each enterprise, worker and member once."""
    inside, outside = set(formed.membership.enterprise_id), set(formed.outside.enterprise_id)
    assert not inside & outside
    assert inside | outside == set(register.enterprise_id)
    assert formed.membership.enterprise_id.is_unique
    assert formed.outside.enterprise_id.is_unique
    whole = formed.membership.merge(register, on="enterprise_id")
    sums = whole.groupby("organisation_id")[["workers", "members"]].sum()
    sums["enterprises"] = whole.groupby("organisation_id").size()
    given_ = formed.organisations.set_index("organisation_id")[
        ["workers", "members", "enterprises"]
    ]
    assert_frame_equal(
        given_, sums[["workers", "members", "enterprises"]].sort_index(), check_names=False
    )
    assert set(formed.membership.reason) | set(formed.outside.reason) <= set(REASONS)


def same(a, b):
    assert_geodataframe_equal(a.organisations, b.organisations)
    assert_geodataframe_equal(a.carriers, b.carriers)
    for name in ("membership", "outside", "marks", "places"):
        assert_frame_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize("level", ["today", "at_85", "full"])
@settings(max_examples=8, deadline=None)
@given(n=st.integers(1, 300), seed=st.integers(0, 999))
def test_each_counted_once_at_every_level(city, units, level, n, seed):
    register = city(n, seed)
    if not (register.in_scope & (register.jurisdiction == "area")).any():
        return
    rules = OrganisationRules(level=level)
    ground = units()
    formed = form_organisations(register, ground, rules)
    check_conservation(register, formed)
    assert tuple(formed.organisations.columns) == ORGANISATION_COLUMNS
    assert tuple(formed.membership.columns) == MEMBERSHIP_COLUMNS
    assert tuple(formed.carriers.columns) == CARRIER_COLUMNS
    new = formed.organisations[formed.organisations.kind == "joint"]
    reason = (
        formed.membership.drop_duplicates("organisation_id").set_index("organisation_id").reason
    )
    new = new[~new.organisation_id.map(reason).str.startswith("existing")]
    alone = new.enterprises == 1
    assert (new.enterprises <= rules.joint_enterprises_most).all()
    assert (alone | (new.workers <= rules.joint_workers_most)).all()
    small = set(new.organisation_id[new.enterprises < rules.joint_enterprises_least])
    assert small == set(formed.marks.organisation_id[formed.marks["mark"] == "undersize"])
    # a carrier is indivisible: all its organisations have one unit
    assert formed.organisations.groupby("carrier_id").unit_id.agg(set).map(len).le(1).all()
    if level == "full":
        assert "not_unionised" not in set(formed.outside.reason)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 999))
def test_shuffled_rows_give_the_same_answer(city, units, seed):
    register, ground = city(500, seed), units()
    first = form_organisations(register, ground, RULES)
    mixed = register.sample(frac=1, random_state=seed)
    again = form_organisations(mixed, ground.sample(frac=1, random_state=seed), RULES)
    same(first, again)


def test_own_union_at_the_threshold_and_not_below(enterprises, units):
    register = enterprises({"workers": [24, 25, 26], "members": [25, 24, 0]})
    assert list(reasons(form_organisations(register, units(), RULES)).values()) == [
        "committee",
        "own",
        "own",
    ]
    by_members = OrganisationRules(threshold_basis="members")
    assert list(reasons(form_organisations(register, units(), by_members)).values()) == [
        "own",
        "committee",
        "committee",
    ]


def test_existing_unions_stay_as_they_are(enterprises, units):
    register = enterprises(
        {
            "workers": [3, 4, 300, 400, 40, 7],
            "unionised": [True, True, True, True, True, True],
            "union_name": [
                "小店 工会",
                "东方楼宇联合工会",
                "东方楼宇联合工会",
                "东方楼宇联合工会",
                None,
                None,
            ],
        }
    )
    formed = form_organisations(register, units(), RULES)
    kinds = formed.organisations.set_index("organisation_id")
    assert kinds.loc["own-e00000", "name"] == "小店 工会"
    assert kinds.loc["joint-e00001", "enterprises"] == 3
    assert kinds.loc["joint-e00001", "workers"] == 704
    assert kinds.loc["own-e00004", "existing"]
    assert (
        reasons(formed)["e00005"] == "committee"
    )  # a small one without a name is in a joint union
    assert kinds["existing"].all()


def test_like_named_unions_of_two_street_towns_are_two(enterprises, units):
    register = enterprises(
        {"x": [10, 20, 3900], "unionised": [True] * 3, "union_name": ["沿街联合工会"] * 3}
    )
    formed = form_organisations(register, units(), RULES)
    assert sorted(formed.organisations.enterprises) == [1, 2]
    assert set(formed.organisations.kind) == {"joint"}


def test_a_named_tower_has_its_unions_and_is_never_cut(enterprises, units):
    # the tower stands on the border of two units
    rng = np.random.default_rng(1)
    n = 300
    register = enterprises(
        {
            "x": 1000 + rng.normal(0, 10, n),
            "y": 500 + rng.normal(0, 10, n),
            "carrier_name": [f"东方大厦{i % 30 + 1}层" for i in range(n)],
            "workers": rng.integers(1, 24, n),
        }
    )
    formed = form_organisations(register, units(), RULES)
    assert len(formed.carriers) == 1
    assert formed.carriers.enterprises.iloc[0] == n
    assert set(formed.membership.reason) == {"carrier"}
    assert len(set(formed.organisations.unit_id)) == 1
    assert formed.organisations.enterprises.between(10, 60).all()
    assert len(set(formed.organisations.carrier_id)) == 1


def test_one_name_far_apart_is_two_carriers(enterprises, units):
    register = enterprises({"x": [100.0] * 12 + [3900.0] * 12, "carrier_name": ["万达广场"] * 24})
    formed = form_organisations(register, units(), RULES)
    assert list(formed.carriers.enterprises) == [12, 12]
    assert set(formed.carriers.kind) == {"business_district"}


def test_a_committee_point_shared_by_hundreds_is_no_building(enterprises, units):
    register = enterprises({"x": [500.0] * 300, "accuracy": ["committee"] * 300})
    formed = form_organisations(register, units(), RULES)
    assert formed.carriers.empty
    assert set(formed.organisations.carrier_kind) == {"committee"}
    assert set(formed.marks["mark"]) == {"coarse"}
    exact = form_organisations(register.assign(accuracy="exact"), units(), RULES)
    assert list(exact.carriers.found_by) == ["stack"]


def test_a_thousand_firms_at_one_point_are_cut_into_unions_and_marked_oversize(enterprises, units):
    register = enterprises(
        {"x": [500.0] * 4000, "workers": [12] * 4000, "industry": ["F", "J"] * 2000}
    )
    formed = form_organisations(register, units(), RULES)
    assert formed.carriers.oversize.all()
    assert formed.organisations.enterprises.between(10, 60).all()
    # firms of one industry lie together in the order that is cut
    whole = formed.membership.merge(register, on="enterprise_id")
    pure = whole.groupby("organisation_id").industry.agg(set).map(len) == 1
    assert pure.mean() > 0.9


def test_self_employed_join_their_street_front(enterprises, units):
    rng = np.random.default_rng(0)
    register = enterprises(
        {
            "x": np.linspace(20, 980, 30),
            "y": 500 + rng.normal(0, 3, 30),
            "address": [f"汐庭路{i}号" for i in range(30)],
            "ownership": ["self_employed"] * 15 + ["private"] * 15,
            "workers": [2] * 30,
        }
    )
    formed = form_organisations(register, units(), RULES)
    assert set(list(reasons(formed).values())[:15]) == {"street"}
    assert "street" not in list(reasons(formed).values())[15:]
    off = OrganisationRules(self_employed_in_street_union=False)
    assert "street" not in set(reasons(form_organisations(register, units(), off)).values())
    none = form_organisations(register, units(), OrganisationRules(count_self_employed=False))
    assert set(none.outside.reason) == {"self_employed"}
    assert len(none.outside) == 15


def test_neighbours_need_to_be_within_walking_time(enterprises, units):
    spread = enterprises(
        {"x": np.tile(np.linspace(20, 980, 4), 4), "y": np.repeat(np.linspace(20, 980, 4), 4)}
    )
    near = form_organisations(spread, units(), OrganisationRules(neighbour_walk_min=15))
    assert set(near.membership.reason) == {"neighbours"}
    far = form_organisations(spread, units(), OrganisationRules(neighbour_walk_min=2))
    assert set(far.membership.reason) == {"committee"}


def test_85_percent_is_met_in_every_street_town_and_not_overshot(city, units):
    register, ground = city(900, 4), units()
    formed = form_organisations(register, ground, OrganisationRules(level="at_85"))
    places = formed.places.merge(register, on="enterprise_id")
    places["organised"] = places.enterprise_id.isin(formed.membership.enterprise_id)
    for _, town in places.groupby("street_town_id"):
        assert town.organised.sum() == np.ceil(0.85 * len(town))
        left = town[~town.organised]
        assert left.workers.max() <= town[town.organised & ~town.unionised].workers.min()


def test_levels_are_nested(city, units):
    register, ground = city(600, 5), units()
    sets = [
        set(
            form_organisations(
                register, ground, OrganisationRules(level=level)
            ).membership.enterprise_id
        )
        for level in ("today", "at_85", "full")
    ]
    assert sets[0] < sets[1] < sets[2]


def test_faults_are_collected(enterprises, units):
    with pytest.raises(InvalidRowsError, match="outside every unit"):
        form_organisations(enterprises({"x": [50.0, 9999.0]}), units(), RULES)
    with pytest.raises(InvalidRowsError, match="more than once") as caught:
        form_organisations(
            enterprises({"enterprise_id": ["a", "a"], "workers": [1, -4]}), units(), RULES
        )
    assert len(caught.value.faults) == 2
    with pytest.raises(MissingColumnError, match="union_name"):
        form_organisations(enterprises({"x": [1.0]}).drop(columns="union_name"), units(), RULES)
    with pytest.raises(EmptyLayerError):
        form_organisations(enterprises({"in_scope": [False]}), units(), RULES)


def test_inputs_stay_unchanged(city, units):
    register, ground = city(100, 2), units()
    before, below = register.copy(), ground.copy()
    form_organisations(register, ground, RULES)
    assert_geodataframe_equal(register, before)
    assert_geodataframe_equal(ground, below)


def test_every_reason_is_a_sentence():
    assert all(explain_reason(code) for code in REASONS)
    assert isinstance(pd.Series(REASONS).iloc[0], str)
