"""Questions, the minutes behind the answers, and enterprises in view."""

import json

import pandas as pd
import pytest

from webmap.coverage import facts_of
from webmap.search.ask import Index
from webmap.search.build import nearest


def test_a_question_is_answered_from_the_plan(site, plan):
    import urllib.parse
    import urllib.request

    def ask(text):
        address = f"{site}/plans/{plan.plan_id}/search.json?q={urllib.parse.quote(text)}"
        with urllib.request.urlopen(address) as reply:
            return json.load(reply)["answers"]

    member = plan.decisions["membership"].iloc[0]
    firm = plan.layers["enterprises"].set_index("enterprise_id").loc[member["enterprise_id"]]
    district = plan.decisions["organisation_district"].set_index("organisation_id").loc[
        member["organisation_id"], "district_id"
    ]  # fmt: skip
    for text in (firm["name"], member["enterprise_id"], member["enterprise_id"].lower()):
        answer = ask(text)[0]
        assert answer["id"] == member["enterprise_id"]
        assert [one["id"] for one in answer["federations"]] == [district]
        own = plan.facilities[
            (plan.facilities["tier"] == "station") & (plan.facilities["district_id"] == district)
        ]
        assert answer["station"]["id"] in set(own["facility_id"])
    town = plan.layers["street_towns"].iloc[0]
    answer = ask(town["name"])[0]
    mine = plan.districts[plan.districts["street_town_id"] == town["street_town_id"]]
    assert answer["count"] == len(mine)
    assert ask("") == ask("   ") == ask("no such thing at all") == []


def test_every_enterprise_has_the_minutes_of_the_plan(site, store, plan):
    """The index says of each enterprise what the plan's own table of reach says."""
    import sqlite3

    reached = facts_of(plan).reached("station").set_index("entity_id")["deciseconds"] / 600
    (path,) = (store / ".cache").glob(f"{plan.plan_id}-*/search.sqlite")
    with sqlite3.connect(path) as base:
        rows = dict(
            base.execute("SELECT id, minutes FROM thing WHERE kind = 'enterprise'").fetchall()
        )
    base.close()
    firms = set(
        plan.layers["enterprises"]["enterprise_id"]
    )  # a density adds workers of no enterprise
    told = {key: value for key, value in reached.items() if value == value and key in firms}

    assert len(rows) == len(plan.layers["enterprises"])
    assert {key: value for key, value in rows.items() if value is not None} == pytest.approx(told)


def test_the_nearest_sites_of_an_enterprise_are_those_of_the_plan(site, store, plan):
    """Every tier is looked up from where its own mode joins the roads."""
    facts = facts_of(plan)
    tiers = [tier for tier in facts.policy.tiers if tier.demand == "workers"]
    reached = {
        tier.label_en: facts.reached(tier.name).set_index("entity_id")["deciseconds"]
        for tier in tiers
    }
    access = {mode: facts.access("workers", mode) for mode in {tier.mode for tier in tiers}}
    firms = plan.layers["enterprises"].query("in_scope")["enterprise_id"].tolist()
    apart = [one for one in firms if len({str(ids.get(one)) for ids in access.values()}) > 1]
    (path,) = (store / ".cache").glob(f"{plan.plan_id}-*/search.sqlite")
    index = Index(path)

    assert len(apart) > 5
    for one in [*apart[:40], *firms[:: len(firms) // 40]]:
        (answer,) = [found for found in index.ask(one, staff=True) if found["id"] == one]
        told = {site["tier"][1]: site["minutes"] for site in answer["near"]}
        assert told == {
            name: round(float(times[one]) / 600, 1)
            for name, times in reached.items()
            if times[one] >= 0
        }


def test_the_nearest_of_several_ways_and_hours_is_kept():
    reach = pd.DataFrame(
        [
            ("a", 0, 1, "s2", 50, "rest"),
            ("a", 0, 2, "s3", 40, "rest"),
            ("a", 1, 2, "s1", 40, "rest"),
            ("a", 0, 1, "s9", 90, "school"),
            ("b", 1, 1, "s2", 70, "rest"),
        ],
        columns=["access_id", "way", "hours", "site_id", "deciseconds", "tier"],
    )
    rows = nearest(reach.iloc[::-1]).to_numpy().tolist()

    assert rows == [["a", "rest", "s1", 40], ["a", "school", "s9", 90], ["b", "rest", "s2", 70]]


def test_enterprises_in_view_are_counted_or_drawn(client, site, plan, monkeypatch):
    from webmap import spread

    box = "box=100,0,130,60"
    everyone = client.get(f"/plans/{plan.plan_id}/enterprises.json?{box}").json
    located = len(plan.layers["enterprises"])
    assert everyone["count"] == located == len(everyone["id"])
    assert everyone["top"]["workers"] == sorted(everyone["workers"], reverse=True)[:100]
    monkeypatch.setattr(spread, "MOST_POINTS", 10)
    counted = client.get(f"/plans/{plan.plan_id}/enterprises.json?{box}&width=1000").json
    assert sum(counted["cells"]["n"]) == located
    assert "id" not in counted
    for wrong in ("box=a", "box=1,2,3", "width=5", "box=1,2,3,4&width=x"):
        assert client.get(f"/plans/{plan.plan_id}/enterprises.json?{wrong}").status_code == 400


def test_no_box_takes_more_than_the_points_in_it(client, site, plan, monkeypatch):
    """Whoever asks decides how fine the count is, and must not decide how much memory it takes."""
    import tracemalloc

    from webmap import spread

    monkeypatch.setattr(spread, "MOST_POINTS", 10)
    address = f"/plans/{plan.plan_id}/enterprises.json?box="
    located = len(plan.layers["enterprises"])
    lon = plan.layers["enterprises"].to_crs(4326).geometry.x
    west, east = lon.quantile([0.49, 0.51])
    few = int(((lon >= west) & (lon <= east)).sum())
    tracemalloc.start()
    for box, count in (
        ("100,0,130,60&width=999999999", located),
        ("100,0,130,60&width=-1", located),
        (f"{west},-90,{east},90&width=100000", few),
    ):
        answer = client.get(address + box)
        assert answer.status_code == 200
        assert answer.json["count"] == sum(answer.json["cells"]["n"])
        assert abs(answer.json["count"] - count) <= 2  # coordinates are kept to the metre
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6
    for box in (
        "nan,0,1,1",
        "inf,-inf,1,1",
        "1e999,0,2,2",
        "1,2,3",
        "",
        "a,b,c,d",
        "0,0,1,1&width=x",
    ):
        assert client.get(address + box).status_code == 400
