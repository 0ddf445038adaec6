"""The difference of two plans: fates of districts, organisations that switch, moves of sites, an account that adds up."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.difference import difference
from planner.difference.districts import district_changes, match_districts, shared_workers
from planner.plan import Plan
from planner.report.said_sheets import said_block


def plan_of(placed, workers):
    """Make the part of a plan that districts and organisations are compared by.

    One organisation for each enterprise; ``placed`` is enterprise -> district, ``workers`` enterprise -> workers.
    """
    names = sorted(placed)
    enterprises = pd.DataFrame({"enterprise_id": names, "workers": [workers[n] for n in names]})
    held = enterprises.assign(district=[placed[n] for n in names]).groupby("district")["workers"]
    districts = pd.DataFrame({"workers": held.sum(), "organisations": held.size()})
    districts = districts.rename_axis("district_id").reset_index()
    districts = districts.assign(name=districts["district_id"], street_town_id="t", units=1)
    decisions = {
        "districts": districts,
        "membership": pd.DataFrame({"enterprise_id": names, "organisation_id": names}),
        "organisation_district": pd.DataFrame(
            {"organisation_id": names, "district_id": [placed[n] for n in names]}
        ),
    }
    return Plan(decisions, pd.DataFrame(), {"enterprises": enterprises}, {}, {})


def fates(before, after, workers):
    first, second = plan_of(before, workers), plan_of(after, workers)
    shared = shared_workers(first, second)
    rows = district_changes(first, second, shared, match_districts(first, second, shared))
    return {
        (row.before, row.after): row.fate for row in rows.astype(object).fillna("-").itertuples()
    }


ONES = dict.fromkeys("abcdefghij", 10)


def test_the_same_map_under_other_labels_is_kept():
    before = {"a": "x", "b": "x", "c": "y", "d": "y"}
    after = {"a": "2", "b": "2", "c": "1", "d": "1"}
    assert fates(before, after, ONES) == {("x", "2"): "kept", ("y", "1"): "kept"}


def test_a_district_cut_in_two_is_split_and_its_smaller_half_new():
    found = fates(
        dict.fromkeys("abcde", "x"), {**dict.fromkeys("abc", "1"), "d": "2", "e": "2"}, ONES
    )
    assert found == {("x", "1"): "split", ("-", "2"): "new"}


def test_two_districts_in_one_are_merged_and_one_ended():
    found = fates(
        {**dict.fromkeys("abc", "x"), "d": "y", "e": "y"}, dict.fromkeys("abcde", "1"), ONES
    )
    assert found == {("x", "1"): "merged", ("y", "-"): "ended"}


@pytest.mark.parametrize(("more", "fate"), [("efg", "grown"), ("", "kept")])
def test_growth_is_named_from_a_fifth(more, fate):
    found = fates(dict.fromkeys("abcd", "x"), dict.fromkeys("abcd" + more, "1"), ONES)
    assert found == {("x", "1"): fate}


def test_shrinking_is_named_from_a_fifth():
    assert fates(dict.fromkeys("abcde", "x"), dict.fromkeys("abcd", "1"), ONES) == {
        ("x", "1"): "shrunk"
    }


def test_districts_without_a_worker_still_carry_on():
    nobody = dict.fromkeys("ab", 0)
    assert fates({"a": "x", "b": "y"}, {"a": "1", "b": "2"}, nobody) == {
        ("x", "1"): "kept",
        ("y", "2"): "kept",
    }


placements = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("xyz"), min_size=1)


@settings(max_examples=40, deadline=None)
@given(before=placements, after=placements)
def test_every_district_has_one_row_and_matching_keeps_most(before, after):
    first, second = plan_of(before, ONES), plan_of(after, ONES)
    shared = shared_workers(first, second)
    matched = match_districts(first, second, shared)
    rows = district_changes(first, second, shared, matched)

    assert sorted(rows["before"].dropna()) == sorted(set(before.values()))
    assert sorted(rows["after"].dropna()) == sorted(set(after.values()))
    kept = sum(10 for e in set(before) & set(after) if matched.get(after[e]) == before[e])
    assert kept == _best(before, after)


def _best(before, after):
    """Try every one-to-one matching."""
    from itertools import permutations

    old, new = sorted(set(before.values())), sorted(set(after.values()))
    long, short = (old, new) if len(old) >= len(new) else (new, old)
    best = 0
    for order in permutations(long, len(short)):
        pairs = set(zip(order, short, strict=True))
        if long is new:
            pairs = {(b, a) for a, b in pairs}
        kept = sum(10 for e in set(before) & set(after) if (before[e], after[e]) in pairs)
        best = max(best, kept)
    return best


def test_a_plan_differs_from_itself_in_nothing(town_run):
    plan = town_run[0].plan
    found = difference(plan, plan)

    assert set(found.districts["fate"]) == {"kept"}
    assert (found.districts["retained_share"].dropna() == 1).all()
    assert set(found.organisations["state"]) == {"kept"}
    assert set(found.sites["change"]) == {"kept"}
    assert (found.figures["difference"].dropna() == 0).all()
    assert found.switched_share == 0
    moved = found.coverage.loc[~found.coverage["entry"].isin(["before", "after"]), "weight"]
    assert (moved == 0).all()


@pytest.fixture
def changed(town_run):
    """Give the town's plan with one organisation elsewhere, one site moved and one enterprise gone."""
    plan = town_run[0].plan
    booked = plan.decisions["organisation_district"].copy()
    names = plan.districts["district_id"].to_list()
    first = booked.index[0]
    booked.loc[first, "district_id"] = next(
        n for n in names if n != booked.loc[first, "district_id"]
    )
    facilities = plan.facilities.copy()
    station = facilities.index[facilities["tier"] == "station"][0]
    spare = plan.layers["sites"]["site_id"][
        ~plan.layers["sites"]["site_id"].isin(facilities["site_id"])
    ]
    facilities.loc[station, ["facility_id", "site_id"]] = [
        f"station:{spare.iloc[0]}",
        spare.iloc[0],
    ]
    reach = plan.derived["reach"]
    lost = reach.index[reach["tier"] == "station"][:3]
    decisions = {**plan.decisions, "organisation_district": booked, "facilities": facilities}
    enterprises = plan.layers["enterprises"].iloc[1:]
    return dataclasses.replace(
        plan,
        decisions=decisions,
        layers={**plan.layers, "enterprises": enterprises},
        derived={**plan.derived, "reach": reach.drop(lost)},
    )


def test_changes_are_found_and_the_account_adds_up(town_run, changed):
    plan = town_run[0].plan
    found = difference(plan, changed)

    assert (found.organisations["state"] == "switched").sum() == 1
    moved = found.sites[found.sites["change"] == "moved"]
    assert len(moved) == 1
    assert moved["moved_m"].iloc[0] > 0
    for _tier, rows in found.coverage.groupby("tier"):
        weights = rows.set_index("entry")["weight"]
        assert weights["after"] == pytest.approx(weights.drop("after").sum())
    lost = found.coverage.query("tier == 'station' and entry == 'no_longer_covered'")["weight"]
    assert lost.iloc[0] < 0


def test_swapping_the_plans_swaps_opened_and_closed(town_run, changed):
    plan = town_run[0].plan
    there, back = difference(plan, changed), difference(changed, plan)

    assert (there.sites["change"] == "moved").sum() == (back.sites["change"] == "moved").sum()
    assert np.isclose(there.switched_share, back.switched_share)


def test_what_people_decided_is_told_with_name_reason_and_what_it_holds(town_run):
    plan = town_run[0].plan
    district, point = (
        plan.districts.iloc[0],
        plan.facilities.query("tier == 'service_point'").iloc[0],
    )
    who = {"by": "王主席", "reason": "任期未满"}
    pin = {"kind": "federation", "id": district["district_id"], "decision": "keep", **who}
    site = {"tier": "service_point", "site_id": point["site_id"], "decision": "open", **who}
    scenario = {**plan.manifest["scenario"], "change": {"pins": [pin]}, "decisions": [site]}
    pinned = dataclasses.replace(plan, manifest={**plan.manifest, "scenario": scenario})
    assert said_block(plan, plan).rows == ()
    first, second = said_block(plan, pinned).rows
    assert first[1:3] == (district["district_id"], district["name"])
    assert first[4:7] == ("王主席", "任期未满", district["organisations"])
    cards = plan.derived["site_cards"].set_index("facility_id")["only_here"]
    assert second[8] == round(cards[point["facility_id"]])
    assert [one.zh for one in (first[0], first[3], second[3])] == ["工会联合会", "保持不变", "设立"]
