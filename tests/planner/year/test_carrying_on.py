"""A plan goes on from its parent: nothing changes without a reason, and never more than allowed."""

import pandas as pd
import pytest

from planner.difference import difference
from planner.difference.notices import notices
from planner.errors import InfeasibleError
from planner.pipeline import run
from planner.verify.change import check_change, switched_by_choice


def test_an_unchanged_register_gives_the_same_plan_and_no_notice(first, planned):
    again = planned(1, first.plan_id)
    assert again.plan_id == first.plan_id
    assert len(notices(first, again, difference(first, again))) == 0
    assert again.manifest["parent_plan"] == first.plan_id


def test_organisations_districts_and_sites_carry_their_ids_on(first, second):
    kept = set(first.districts["district_id"]) & set(second.districts["district_id"])
    assert len(kept) >= len(first.districts) - 1
    named = first.districts.set_index("district_id")["name"]
    assert all(
        named[row.district_id] == row.name_
        for row in second.districts.rename(columns={"name": "name_"}).itertuples()
        if row.district_id in kept
    )
    old, new = (set(p.layers["organisations"]["organisation_id"]) for p in (first, second))
    assert len(old & new) > 0.9 * len(old)
    both = set(first.facilities["facility_id"]) & set(second.facilities["facility_id"])
    assert len(both) > 0.7 * len(first.facilities)


def test_members_who_stay_small_and_in_place_stay_in_their_union(first, second):
    """Only somebody who moved, grew past the threshold or lost their union is elsewhere."""
    was = first.decisions["membership"].set_index("enterprise_id")
    now = second.decisions["membership"].set_index("enterprise_id")
    both = was.index.intersection(now.index)
    left = both[(was.loc[both, "organisation_id"] != now.loc[both, "organisation_id"]).to_numpy()]
    layers = [p.layers["enterprises"].set_index("enterprise_id").loc[left] for p in (first, second)]
    still = [
        name
        for name in left
        if layers[0].geometry[name].distance(layers[1].geometry[name]) < 1
        and layers[1]["workers"][name] < 25
        and (layers[0]["union_name"].fillna("")[name] == layers[1]["union_name"].fillna("")[name])
    ]
    dissolved = set(was.loc[still, "organisation_id"]) & set(now["organisation_id"])
    assert len(both) > 900
    assert len(left) < 0.06 * len(both)
    assert len(dissolved) <= 3


def test_keeping_everything_switches_nobody_who_could_stay(first, planned):
    kept = planned(2, first.plan_id, stance="keep")
    assert switched_by_choice(kept) == []
    carried = kept.derived["carried_sites"]
    there = carried.dropna(subset="site_id")
    opened = set(zip(kept.facilities["tier"], kept.facilities["site_id"], strict=True))
    closed = set(zip(there["tier"], there["site_id"], strict=True)) - opened
    assert closed == set()


def test_the_verifier_counts_switches_and_closings_itself(second):
    """A plan that says of itself that nothing may change, although things did, does not hold."""
    planted = _with_budget(second, most_switched_share=0.0, most_closings={"service_point": 0})
    units = planted.derived["carried_units"].copy()
    organisations = planted.layers["organisations"]
    unit = organisations["unit_id"].iloc[0]
    other = next(
        d
        for d in second.districts["district_id"]
        if d not in set(units.loc[units["unit_id"] == unit, "district_before"])
    )
    units.loc[units["unit_id"] == unit, "district_before"] = other
    here = set(organisations.loc[organisations["unit_id"] == unit, "organisation_id"])
    carried = planted.derived["carried_organisations"].copy()
    carried.loc[carried["organisation_id"].isin(here), "district_before"] = other
    planted.derived.update(carried_units=units, carried_organisations=carried)
    sites = planted.derived["carried_sites"].dropna(subset="site_id")
    point = sites.loc[sites["tier"] == "service_point", "site_id"].iloc[0]
    rows = planted.facilities
    planted.decisions["facilities"] = rows[
        (rows["tier"] + rows["site_id"]) != "service_point" + point
    ]
    assert {one.rule for one in check_change(planted)} == {"most_switched", "most_closings"}
    assert check_change(second) == []


def _with_budget(plan, **change):
    from dataclasses import replace

    scenario = {**plan.manifest["scenario"]}
    scenario["change"] = {**scenario["change"], **change}
    return replace(
        plan,
        manifest={**plan.manifest, "scenario": scenario},
        derived=dict(plan.derived),
        decisions=dict(plan.decisions),
    )


def test_a_limit_that_vetoes_exceed_is_refused_with_the_one_that_would_do(
    first, scenario_of, tmp_path, town_years
):
    from planner.scenario import Decision

    points = first.facilities.query("tier == 'service_point'")["site_id"]
    listed = [
        site
        for site in points
        if site.startswith("990") or not site.startswith(("unit:", "carrier:"))
    ]
    vetoes = tuple(
        Decision(tier="service_point", site_id=site, decision="closed", by="a", reason="b")
        for site in (listed or list(points))[:2]
    )
    scenario = scenario_of(1, first.plan_id, most_closings={"service_point": 1})
    scenario = scenario.model_copy(update={"decisions": vetoes})
    with pytest.raises(InfeasibleError, match=r"2 sites of last year cannot stay, and at most 1"):
        run(scenario, store=town_years / "plans")


def test_figures_of_the_difference_add_up(first, second):
    account = difference(first, second).coverage
    for _tier, rows in account.groupby("tier"):
        weight = rows.set_index("entry")["weight"]
        assert weight.drop("after").sum() == pytest.approx(weight["after"])


def test_platform_rows_are_those_whose_booking_changes(first, second):
    found = difference(first, second)
    told = notices(first, second, found)
    states = found.organisations["state"].value_counts()
    assert len(told.platform) == states[["switched", "new", "ended"]].sum()
    assert len(told.switched) == states["switched"]
    assert set(told.switched["reason"]) <= {"relocated", "boundary", "ended", "balance"}
    assert isinstance(told.closed, pd.DataFrame)
