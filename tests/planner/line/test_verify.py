"""Faults planted in a good plan, one at a time: each is found under its own name."""

from dataclasses import replace

import pytest

from planner.pipeline.network import stored_network
from planner.verify import verify


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


PLANTED = {
    "unique_key": lambda p: with_table(
        p, "unit_district", put("unit_id", 0, lambda f: f["unit_id"].iloc[1])
    ),
    "reference": lambda p: with_table(p, "facilities", put("district_id", 0, "nowhere")),
    "every_enterprise": lambda p: with_table(p, "membership", lambda f: f.iloc[1:]),
    "only_scope": lambda p: with_table(
        p, "enterprises", put("in_scope", 0, value=False), part="layers"
    ),
    "organisation_workers": lambda p: with_table(
        p, "organisations", put("workers", 0, 99_999), part="layers"
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
    "figures": lambda p: replace(p, kpis=dict(p.kpis) | {"station_coverage_share": 0.5}),
}


@pytest.mark.parametrize("rule", PLANTED)
def test_planted_fault_is_found(rule, town_run):
    made, store = town_run
    network = stored_network(store, made.plan.manifest["network"])
    broken = PLANTED[rule](made.plan)
    assert rule in {finding.rule for finding in verify(broken, network)}


def test_another_network_is_noticed(town_run):
    made, store = town_run
    network = replace(stored_network(store, made.plan.manifest["network"]), content_hash="0" * 64)
    assert "network" in {finding.rule for finding in verify(made.plan, network)}


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
