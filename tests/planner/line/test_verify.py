"""Faults planted in a good plan, one at a time: each is found under its own name."""

import pickle
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from planner.explain import policy_of
from planner.pipeline import run
from planner.pipeline.network import stored_network
from planner.scenario import read_scenario
from planner.verify import verify
from planner.verify.formation import check_formation
from planner.verify.world import World


def with_table(plan, name, change, *, part="decisions"):
    tables = dict(getattr(plan, part))
    frame = tables[name].copy()
    for column in frame.columns:
        if frame[column].dtype.name in {"str", "string"}:
            frame[column] = frame[column].astype(object)
    result = change(frame)
    tables[name] = frame if result is None else result
    return replace(plan, **{part: tables})


def put(column, row, value):
    def change(frame):
        frame.loc[frame.index[row], column] = value(frame) if callable(value) else value

    return change


def other_district(frame):
    return next(d for d in frame["district_id"] if d != frame["district_id"].iloc[0])


def drop_station(frame):
    return frame.drop(frame.index[frame["tier"] == "station"][0])


def without_a_station(plan):
    plan = with_table(plan, "facilities", drop_station)
    opened = set(plan.facilities["facility_id"])
    for name in ("hours", "programme"):
        plan = with_table(plan, name, lambda f: f[f["facility_id"].isin(opened)])
    return with_table(
        plan,
        "facilities",
        lambda f: f.assign(
            parent_facility_id=[p if p in opened else None for p in f["parent_facility_id"]]
        ),
    )


def swap_service_point(plan):
    points = plan.facilities[plan.facilities["tier"] == "service_point"]
    open_sites = set(points["site_id"])
    sites = plan.layers["sites"]
    row = points.index[~points["compulsory"]][0]
    other = sites.loc[
        sites["kind"].isin(["bank", "pharmacy"]) & ~sites["site_id"].isin(open_sites), "site_id"
    ].iloc[0]
    return with_table(
        plan,
        "facilities",
        lambda frame: frame.__setitem__(
            "site_id", frame["site_id"].where(frame.index != row, other)
        ),
    )


def into_another_street_town(plan):
    """Hand the first unit to a district of another street_town."""
    town = plan.layers["units"].set_index("unit_id")["street_town_id"]
    booked = plan.decisions["unit_district"]
    home = town[booked["unit_id"].iloc[0]]
    stranger = booked.loc[booked["unit_id"].map(town).ne(home), "district_id"].iloc[0]
    return with_table(plan, "unit_district", put("district_id", 0, stranger))


def with_a_ceiling(plan, **said):
    """Say something else of the districts in band than the districting did."""
    manifest = dict(plan.manifest)
    manifest["districting"] = dict(manifest["districting"]) | said
    return replace(plan, manifest=manifest)


def of_small_federations(plan):
    """Let the policy ask for federations a third as large as the plan's."""
    policy = dict(plan.manifest["policy"])
    small = {"least": 30, "ideal": 35, "most": 40}
    policy["federations"] = dict(policy["federations"]) | {"organisations": small}
    return replace(plan, manifest=dict(plan.manifest) | {"policy": policy})


def two_districts_for_a_unit(plan):
    """Book a unit in a second district as well."""
    return with_table(
        plan,
        "unit_district",
        lambda f: pd.concat(
            [f, f.iloc[:1].assign(district_id=other_district(f))], ignore_index=True
        ),
    )


PLANTED = {
    "unique_key": two_districts_for_a_unit,
    "one_street_town": into_another_street_town,
    "organisation_district": lambda p: with_table(
        p, "organisations", lambda f: f.iloc[1:], part="layers"
    ),
    "hard_maximum": of_small_federations,
    "districts_in_band": lambda p: with_a_ceiling(p, value=p.manifest["districting"]["value"] + 1),
    "districts_ceiling": lambda p: with_a_ceiling(p, bound=p.manifest["districting"]["value"] - 1),
    "reference": lambda p: with_table(p, "facilities", put("district_id", 0, "nowhere")),
    "every_enterprise": lambda p: with_table(p, "membership", lambda f: f.iloc[1:]),
    "only_scope": lambda p: with_table(
        p, "enterprises", put("in_scope", 0, value=False), part="layers"
    ),
    "organisation_workers": lambda p: with_table(
        p, "organisations", put("workers", 0, 99_999), part="layers"
    ),
    "organisation_enterprises": lambda p: with_table(
        p, "organisations", put("enterprises", 0, 99_999), part="layers"
    ),
    "each_enterprise_once": lambda p: with_table(
        p, "outside", lambda f: f.iloc[1:], part="derived"
    ),
    "joint_limits": lambda p: with_table(
        p,
        "membership",
        lambda f: f.assign(reason="committee", organisation_id=f["organisation_id"].iloc[0]),
    ),
    "joint_sizes": lambda p: with_table(
        p,
        "joint_sizes",
        put("organisations_after", 0, lambda f: f["organisations_after"].iloc[0] + 1),
        part="derived",
    ),
    "every_unit": lambda p: with_table(p, "unit_district", lambda f: f.iloc[1:]),
    "organisation_in_its_unit": lambda p: with_table(
        p, "organisation_district", put("district_id", 0, other_district)
    ),
    "district_counts": lambda p: with_table(
        p, "districts", put("workers", 0, lambda f: f["workers"].iloc[0] + 1)
    ),
    "street_town_of_district": lambda p: with_table(
        p, "districts", put("street_town_id", 0, "elsewhere")
    ),
    "staffing": lambda p: with_table(p, "staffing", put("professionals_needed", 0, 77)),
    "one_per_district": without_a_station,
    "known_site": lambda p: with_table(p, "facilities", put("site_id", 0, "no-such-site")),
    "site_kind": swap_service_point,
    "tier_count": lambda p: replace(p, tiers=p.tiers.assign(facilities=99)),
    "bound": lambda p: replace(p, tiers=p.tiers.assign(value=p.tiers["bound"] * 2 + 1)),
    "parent": lambda p: with_table(p, "facilities", lambda f: f.assign(parent_facility_id=None)),
    "access_point": lambda p: with_table(p, "access", put("distance_m", 0, 250.0), part="derived"),
    "access_limit": lambda p: with_table(
        p, "access", put("distance_m", 0, 9_999.0), part="derived"
    ),
    "reach": lambda p: with_table(p, "reach", put("deciseconds", 0, 1), part="derived"),
    "places": lambda p: with_table(
        p, "places", put("unit_id", 0, lambda f: f["unit_id"].iloc[-1]), part="derived"
    ),
    "formation": lambda p: with_table(
        p,
        "formation",
        lambda f: f.assign(organisations_full=f["organisations_full"] + 1),
        part="derived",
    ),
    "figures": lambda p: replace(p, kpis=dict(p.kpis) | {"station_coverage_share": 0.5}),
}


@pytest.mark.usefixtures("searched_once")
@pytest.mark.parametrize("rule", PLANTED)
def test_planted_fault_is_found(rule, town_run):
    made, store = town_run
    network = stored_network(store, made.plan.manifest["network"])
    broken = PLANTED[rule](made.plan)
    assert rule in {finding.rule for finding in verify(broken, network)}


@pytest.mark.usefixtures("searched_once")
def test_a_pinned_federation_may_stay_above_the_hard_maximum(town_run):
    made, store = town_run
    network = stored_network(store, made.plan.manifest["network"])
    small = of_small_federations(made.plan)
    over = next(one for one in verify(small, network) if one.rule == "hard_maximum").fault.examples
    scenario = dict(small.manifest["scenario"])
    pin = {
        "kind": "federation",
        "id": over[0],
        "decision": "keep",
        "by": "区总工会",
        "reason": "刚换届",
    }
    scenario["change"] = dict(scenario["change"]) | {"pins": [pin]}
    pinned = replace(small, manifest=dict(small.manifest) | {"scenario": scenario})
    left = [one for one in verify(pinned, network) if one.rule == "hard_maximum"]
    assert [e for one in left for e in one.fault.examples] == list(over[1:])


@pytest.mark.usefixtures("searched_once")
def test_another_network_is_noticed(town_run):
    made, store = town_run
    network = replace(stored_network(store, made.plan.manifest["network"]), content_hash="0" * 64)
    assert "network" in {finding.rule for finding in verify(made.plan, network)}


def test_parts_of_the_proof_may_be_done_apart(town_run):
    """Each part on its own world, pickled there and back as a worker does it, finds what one process finds."""
    made, store = town_run
    plan = PLANTED["formation"](PLANTED["figures"](made.plan))
    network = stored_network(store, plan.manifest["network"])
    sent = []

    def over(work, shared, parts):
        sent.extend(parts)
        work, shared = pickle.loads(pickle.dumps((work, shared)))
        return [pickle.loads(pickle.dumps(work(*shared, part))) for part in parts]

    whole = verify(plan, network)
    assert {"figures", "formation"} <= {finding.rule for finding in whole}
    assert [str(one.fault) for one in verify(plan, network, over)] == [
        str(one.fault) for one in whole
    ]
    assert len(sent) == 2


@pytest.mark.usefixtures("searched_once")
def test_a_torn_district_is_found(town_run):
    """Hand the unit farthest from a district to it: the district is then in two pieces."""
    made, store = town_run
    plan = made.plan
    network = stored_network(store, plan.manifest["network"])
    units = plan.layers["units"].merge(plan.decisions["unit_district"], on="unit_id")
    towns = units.groupby("street_town_id")["district_id"].nunique()
    town = towns.index[towns > 1][0]
    here = units[units["street_town_id"] == town]
    target = here["district_id"].iloc[0]
    body = here[here["district_id"] == target].geometry.union_all()
    strangers = here[here["district_id"] != target]
    far = strangers.loc[strangers.distance(body).idxmax(), "unit_id"]
    broken = with_table(
        plan,
        "unit_district",
        lambda f: f.__setitem__("district_id", f["district_id"].where(f["unit_id"] != far, target)),
    )
    assert "contiguity" in {finding.rule for finding in verify(broken, network)}


@pytest.mark.parametrize(
    "column",
    [
        "own_today",
        "own_at_85",
        "covered_at_85",
        "covered_today",
        "joint_full",
        "members",
        "unionised",
    ],
)
@pytest.mark.parametrize("row", [0, -1])
def test_every_count_of_formation_is_worked_out_again(column, row, town_run):
    made, store = town_run
    network = stored_network(store, made.plan.manifest["network"])
    world = World(made.plan, policy_of(made.plan), network)
    assert check_formation(world) == []
    broken = with_table(
        made.plan,
        "formation",
        put(column, row, lambda f: int(f[column].iloc[row]) + 1),
        part="derived",
    )
    (found,) = check_formation(replace(world, plan=broken))
    assert found.rule == "formation"
    assert any(column in text or "organisations_" in text for text in found.fault.examples)


def test_joint_unions_of_levels_that_are_not_stored_keep_their_bounds(town_run):
    made, store = town_run
    network = stored_network(store, made.plan.manifest["network"])

    def many(frame):
        for column in ("joint_at_85", "organisations_at_85"):
            frame.loc[frame.index[0], column] = frame[column].iloc[0] + 10_000

    broken = with_table(made.plan, "formation", many, part="derived")
    (found,) = check_formation(World(broken, policy_of(broken), network))
    assert list(found.fault.examples) == ["city city organisations_at_85"]


def test_plans_of_part_of_the_enterprises_hold(town, tmp_path):
    """At 85 % and without self-employed firms: who belongs in no organisation is no fault."""
    folder = shutil.copytree(town, tmp_path / "town")
    asked = '\n[policy.override.organisations]\nlevel = "at_85"\ncount_self_employed = false\n'
    with (folder / "scenario.toml").open("a", encoding="utf-8") as scenario:
        scenario.write(asked)
    plan = run(read_scenario(folder / "scenario.toml"), store=tmp_path / "store").plan
    kinds = plan.layers["enterprises"].set_index("enterprise_id")["ownership"]
    inside = plan.decisions["membership"]["enterprise_id"].map(kinds)
    assert not (inside == "self_employed").any()
    assert {"self_employed", "not_unionised"} <= set(plan.derived["outside"]["reason"])
