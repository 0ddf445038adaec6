"""Fifty and more kinds of fault planted in a good plan, one at a time: each is found under its own name."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from planner.pipeline.network import stored_network
from planner.verify import verify


def with_table(plan, name, change, *, part="decisions"):
    tables = dict(getattr(plan, part))
    frame = tables[name].copy().reset_index(drop=True)
    for column in frame.columns:
        if frame[column].dtype.name in {"str", "string"}:
            frame[column] = frame[column].astype(object)
    result = change(frame)
    tables[name] = frame if result is None else result
    return replace(plan, **{part: tables})


def put(name, column, value, *, part="derived", row=0, where=None):
    def plant(plan):
        def change(frame):
            at = frame.index[row] if where is None else frame.index[where(frame)][0]
            frame[column] = frame[column].astype(object)
            frame.loc[at, column] = value(frame.loc[at, column]) if callable(value) else value

        return with_table(plan, name, change, part=part)

    return plant


def drop(name, *, part="derived", where=None):
    def cut(frame):
        at = frame.index[0] if where is None else frame.index[where(frame)][0]
        return frame.drop(at)

    return lambda plan: with_table(plan, name, cut, part=part)


def kpi(name, change=lambda value: value + 1):
    return lambda plan: replace(plan, kpis=dict(plan.kpis) | {name: change(plan.kpis[name])})


def more(value):
    return value + 1


def planned(frame):
    return frame["cover"] == "staff"


def hosted(frame):
    return frame["cover"] == "host"


def new(frame):
    return (frame["half_year"] > 0).to_numpy()


def resource(name, value):
    def plant(plan):
        manifest = json.loads(json.dumps(dict(plan.manifest)))
        manifest["scenario"]["resources"][name] = value
        return replace(plan, manifest=manifest)

    return plant


def rule(path, value):
    def plant(plan):
        manifest = json.loads(json.dumps(dict(plan.manifest)))
        place = manifest["policy"]
        for key in path[:-1]:
            place = (
                next(t for t in place if t["name"] == key)
                if isinstance(place, list)
                else place[key]
            )
        place[path[-1]] = value
        return replace(plan, manifest=manifest)

    return plant


def child_before_parent(plan):
    since = plan.decisions["programme"].set_index("facility_id")["half_year"]
    children = plan.facilities[
        plan.facilities["parent_facility_id"].notna() & ~plan.facilities["existing"]
    ]
    parents = children["parent_facility_id"]
    early = (children["facility_id"].map(since) <= 4) & (parents.map(since) > 0)
    parent = parents[early].iloc[0]
    return put(
        "programme", "half_year", 5, part="decisions", where=lambda f: f["facility_id"] == parent
    )(plan)


def compulsory_one_later(plan):
    must = plan.facilities[plan.facilities["compulsory"] & ~plan.facilities["existing"]][
        "facility_id"
    ].iloc[0]
    return put(
        "programme", "half_year", 5, part="decisions", where=lambda f: f["facility_id"] == must
    )(plan)


def a_model_too_many(plan):
    district = plan.districts["district_id"].iloc[0]
    return with_table(
        plan, "models", lambda f: pd.DataFrame({"district_id": [district], "place": [1]})
    )


def one_room_for_strangers(plan):
    school = plan.facilities.index[plan.facilities["tier"] == "worker_school"][0]
    centre = plan.facilities.loc[plan.facilities["tier"] == "city_centre", "site_id"].iloc[0]
    return put("facilities", "site_id", centre, part="decisions", row=int(school))(plan)


def a_site_of_today_left_out(plan, tier="fitness_spot", **more):
    """Say of premises that carry nothing that they serve a tier today."""
    opened = set(plan.facilities["site_id"])

    def change(frame):
        free = ~frame["site_id"].isin(opened) & (frame["kind"] == "bank")
        at = frame.index[free][0]
        frame.loc[at, "existing_tier"] = tier
        for column, value in more.items():
            frame.loc[at, column] = value

    return with_table(plan, "sites", change, part="layers")


def two_of_one_name(plan):
    name = plan.districts["name"].iloc[1]
    return put("districts", "name", name, part="decisions")(plan)


PLANTED = [
    ("district_name", two_of_one_name),
    ("district_name", put("districts", "name", "", part="decisions")),
    ("existing", a_site_of_today_left_out),
    ("reason", put("facilities", "compulsory", True, part="decisions", where=lambda f: ~f["compulsory"].astype(bool))),
    ("reason", put("facilities", "existing", True, part="decisions", where=lambda f: ~f["existing"].astype(bool))),
    ("reason", put("facilities", "reason", "pinned", part="decisions")),
    ("parent_reach", rule(("tiers", "service_point", "parent_cutoff_min"), 0.2)),
    ("posts", put("staffing", "professionals_posted", 9, part="decisions")),
    ("pool", put("staffing", "professionals_posted", lambda n: n - 1, part="decisions", where=lambda f: f["professionals_posted"] > 1)),
    ("apart", put("staffing", "part_time_chairs", more, part="decisions")),
    ("apart", put("staffing", "volunteers", more, part="decisions")),
    ("pool", resource("professionals", 3)),
    ("targets", put("targets", "goal", more, part="decisions")),
    ("targets", drop("targets", part="decisions")),
    ("models", a_model_too_many),
    ("hours_of_day", put("hours", "closes_min", 1500, part="decisions", where=planned)),
    ("hours_of_day", put("hours", "opens_min", 1400, part="decisions", where=planned)),
    ("windows", put("hours", "opens_min", lambda n: n + 30, part="decisions", where=planned)),
    ("staff_hours", put("hours", "closes_min", 1260, part="decisions", where=planned)),
    ("least_hours", drop("hours", part="decisions", where=lambda f: (f["day"] == "weekday") & (f["cover"] == "staff") & ~f.duplicated(["facility_id", "day"], keep=False))),
    ("host_hours", put("hours", "closes_min", lambda n: n - 60, part="decisions", where=hosted)),
    ("cover", put("hours", "cover", "volunteer", part="decisions", where=lambda f: planned(f) & (f["day"] == "weekday"))),
    ("reference", put("hours", "facility_id", "nobody", part="decisions")),
    ("programme_known", drop("programme", part="decisions")),
    ("half_year", put("programme", "half_year", 0, part="decisions", where=new)),
    ("half_year", put("programme", "half_year", 9, part="decisions", where=new)),
    ("parent_first", child_before_parent),
    ("ceiling", resource("ceilings_yuan_year", [1000])),
    ("ceiling", resource("recruits_half_year", [0])),
    ("limits", put("programme_limits", "used", more)),
    ("limits", put("programme_limits", "most", more)),
    ("must_open", compulsory_one_later),
    ("site_costs", put("site_costs", "opening_yuan", more)),
    ("site_costs", put("site_costs", "kit_yuan", more)),
    ("site_costs", put("site_costs", "running_yuan_year", more)),
    ("budget", put("budget", "dues_yuan", more)),
    ("budget", put("budget", "refund_yuan", more)),
    ("budget", put("budget", "to_city_yuan", more)),
    ("budget", put("budget", "income_yuan", more)),
    ("custody", put("custody", "staff_yuan", more)),
    ("readiness", put("readiness", "certificate", lambda n: not n)),
    ("readiness", put("readiness", "lacking", "nothing")),
    ("readiness", put("readiness", "built", lambda n: not n)),
    ("reach_site", put("reach", "site_id", "P99999")),
    ("reach", drop("reach", where=lambda f: f["tier"] == "rest_station")),
    ("reach", put("reach", "hours", 1, where=lambda f: f["tier"] == "rest_station")),
    ("site_cards", put("site_cards", "within", more)),
    ("site_cards", put("site_cards", "only_here", more)),
    ("rooms", put("rooms", "load", more)),
    ("rooms", put("rooms", "room", lambda n: n + 100)),
    ("capacity", put("rooms", "served", lambda n: n - 500)),
    ("hourly", put("hourly", "covered", more, where=lambda f: f["present"] > 1)),
    ("hourly", put("hourly", "present", more)),
    ("equity", put("equity", "covered", more)),
    ("equity", drop("equity")),
    ("programme_coverage", put("programme_coverage", "covered", more)),
    ("outcome_value", put("outcomes", "value", lambda v: v * 0.9)),
    ("outcome_bound", put("outcomes", "bound", 1.0)),
    ("bargaining", put("bargaining", "bargaining", "own", where=lambda f: f["bargaining"] == "area")),
    ("bargaining", drop("bargaining")),
    ("mediation", put("mediation", "seats", more)),
    ("mediation", put("mediation", "open_disputes", more)),
    ("mediation", put("mediation", "watched", lambda n: not n)),
    ("catchments", put("catchments", "workers", more)),
    ("services", drop("services", where=lambda f: ~f["basic"].astype(bool))),
    ("services", put("services", "value", 0.99, where=lambda f: ~f["basic"].astype(bool))),
    ("standards", put("standards", "state", "met", where=lambda f: f["state"] == "to_check")),
    ("sharing", one_room_for_strangers),
    ("figures", kpi("dues_yuan_year")),
    ("figures", kpi("visit_hours_share")),
    ("figures", kpi("rest_station_served_share", lambda v: v / 2)),
    ("figures", kpi("station_worst_tenth_share", lambda v: v / 2 + 0.01)),
    ("compulsory", rule(("tiers", "service_point", "compulsory_carrier_workers"), 50)),
    ("site_kind", rule(("tiers", "rest_station", "candidates"), ["school"])),
]  # fmt: skip


def test_there_are_fifty_kinds_and_more():
    assert len(PLANTED) >= 50
    assert len({name for name, _plant in PLANTED}) >= 35


pytestmark = pytest.mark.usefixtures("searched_once")


@pytest.fixture(scope="module")
def ground(town_run):
    made, store = town_run
    return made.plan, stored_network(store, made.plan.manifest["network"])


def test_the_sound_plan_has_no_finding(ground):
    assert verify(*ground) == ()


@pytest.mark.parametrize(
    "number", range(len(PLANTED)), ids=[f"{n}-{k}" for k, (n, _p) in enumerate(PLANTED)]
)
def test_planted_fault_is_caught_and_named(number, ground):
    plan, network = ground
    name, plant = PLANTED[number]
    assert name in {finding.rule for finding in verify(plant(plan), network)}


def examples(plan, network, name):
    """Return what a finding names, all of it."""
    return [str(e) for one in verify(plan, network) if one.rule == name for e in one.fault.examples]


def test_only_carriers_of_the_kinds_of_a_tier_must_have_a_site(ground):
    plan, network = ground
    kinds = plan.layers["sites"].set_index("site_id")["carrier_kind"]
    few = rule(("tiers", "service_point", "compulsory_carrier_workers"), 50)(plan)
    assert {kinds[name] for name in examples(few, network, "compulsory")} > {"building"}
    streets = rule(("tiers", "service_point", "carrier_kinds"), ["complex"])(few)
    assert {kinds[name] for name in examples(streets, network, "compulsory")} <= {"complex"}


def test_a_site_of_today_far_from_every_unit_need_not_stay(ground):
    from shapely import Point

    plan, network = ground
    assert examples(a_site_of_today_left_out(plan), network, "existing")
    far = a_site_of_today_left_out(plan, geometry=Point(0, 0))
    assert examples(far, network, "existing") == []


def test_a_site_of_today_must_be_on_the_roads_of_every_mode(ground):
    plan, network = ground
    changed = rule(("tiers", "rest_station", "keep_existing"), True)(
        a_site_of_today_left_out(plan, tier="rest_station")
    )
    missing = examples(changed, network, "existing")
    assert missing

    def off_the_road(frame):
        at = frame["entity_id"].isin(missing) & (frame["layer"] == "sites") & (frame["mode"] == "ebike")  # fmt: skip
        frame.loc[at, "access_id"] = None

    off = with_table(changed, "access", off_the_road, part="derived")
    assert set(examples(off, network, "existing")) & set(missing) == set()
