"""The overlay of industry federations in a plan: tables, ids over the years, files, and the verifier."""

import json
from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest

from planner.explain import enterprise_cards, industry_federation_cards, policy_of
from planner.kpis import Facts, evaluate
from planner.pipeline.industries import form_industries, industry_notes
from planner.pipeline.network import stored_network
from planner.plan import plan_id
from planner.policy import read_policy
from planner.report.layers import output_layers
from planner.report.workbook import write_workbook
from planner.store import load_plan, save_plan
from planner.verify import verify

SHIPPED = read_policy("shanghai-2018").industry_federations
LOOSE = {
    "organisations_least": 10,
    "workers_least": 500,
    "area_share_least": 0.1,
    "concentration_least": 1.1,
    "organisations_ideal": 30,
}


def hand_made(borough="滨江区", c=80, workers=50):
    """Give a borough of two street_towns: ``c`` factories in one, as many offices and shops in the other."""
    unions = pd.DataFrame(
        {
            "organisation_id": [f"o{k:03d}" for k in range(2 * c)],
            "unit_id": ["u1"] * (c // 2) + ["u2"] * (c - c // 2) + ["u3"] * c,
            "street_town_id": ["t1"] * c + ["t2"] * c,
            "industry": ["C"] * c + ["F", "J"] * (c // 2),
            "workers": [workers] * c + [workers // 2] * c,
        }
    )
    frame = gpd.GeoDataFrame(unions, geometry=gpd.points_from_xy(np.zeros(2 * c), np.zeros(2 * c)))
    layers = SimpleNamespace(
        street_towns=pd.DataFrame({"street_town_id": ["t1", "t2"], "borough_id": ["b1", "b1"]}),
        boroughs=pd.DataFrame({"borough_id": ["b1"], "name": [borough]}),
    )
    units = pd.DataFrame({"unit_id": ["u1", "u2", "u3"], "district_id": ["d1", "d2", "d3"]})
    return layers, SimpleNamespace(organisations=frame), units


def test_one_industry_of_a_hand_made_city_passes_across_two_districts():
    found = form_industries(SHIPPED, *hand_made(workers=50))
    assert found.federations.to_dict(orient="records") == [
        {
            "industry_federation_id": "b1-C-01",
            "name": "滨江区制造业工会联合会",
            "borough_id": "b1",
            "industry": "C",
            "organisations": 80,
            "workers": 4000,
            "street_towns": 1,
            "districts": 2,
        }
    ]
    assert found.organisations["organisation_id"].tolist() == [f"o{k:03d}" for k in range(80)]
    assert set(found.organisations["industry_federation_id"]) == {"b1-C-01"}
    assert len(industry_notes(found)) == 1
    english = form_industries(SHIPPED, *hand_made("Riverside"))
    assert english.federations["name"].tolist() == ["Riverside · manufacturing"]


@pytest.mark.parametrize(("c", "workers"), [(78, 60), (80, 49)])
def test_below_the_size_of_a_federation_or_switched_off_there_is_none(c, workers):
    city = hand_made(c=c, workers=workers)
    for rule in (SHIPPED, None, SHIPPED.model_copy(update={"form": False})):
        found = form_industries(rule, *city)
        assert found.federations.empty
        assert found.organisations.empty
        assert industry_notes(found) == []


def parent_of(found):
    return SimpleNamespace(
        decisions={
            "industry_federations": found.federations,
            "industry_organisations": found.organisations,
        }
    )


def test_ids_and_names_go_on_and_are_not_given_again():
    layers, formed, units = hand_made(c=150)
    rule = SHIPPED.model_copy(
        update={"organisations_least": 40, "workers_least": 2000, "organisations_ideal": 75}
    )
    first = form_industries(rule, layers, formed, units)
    ids = first.federations["industry_federation_id"].tolist()
    assert ids == ["b1-C-01", "b1-C-02"]
    assert first.federations["name"].tolist() == [
        "滨江区制造业第一工会联合会",
        "滨江区制造业第二工会联合会",
    ]
    gone = formed.organisations.iloc[5:].reset_index(drop=True)
    layers.boroughs["name"] = ["新区"]
    second = form_industries(
        rule, layers, SimpleNamespace(organisations=gone), units, parent_of(first)
    )
    assert second.federations["name"].tolist() == first.federations["name"].tolist()
    was = first.organisations.set_index("organisation_id")["industry_federation_id"]
    now = second.organisations.set_index("organisation_id")["industry_federation_id"]
    assert now.equals(was.reindex(now.index))
    whole = rule.model_copy(update={"organisations_ideal": 150})
    one = form_industries(whole, layers, formed, units, parent_of(first))
    assert one.federations["industry_federation_id"].isin(ids).all()
    three = rule.model_copy(update={"organisations_ideal": 50, "workers_least": 1000})
    third = form_industries(three, layers, formed, units, parent_of(first))
    made = third.federations.query("industry == 'C'")["industry_federation_id"]
    fresh = set(made) - set(ids)
    assert fresh == {"b1-C-03"}


def test_shuffled_organisations_give_the_same_tables():
    layers, formed, units = hand_made()
    shuffled = SimpleNamespace(organisations=formed.organisations.sample(frac=1.0, random_state=3))
    a, b = (form_industries(SHIPPED, layers, one, units) for one in (formed, shuffled))
    pd.testing.assert_frame_equal(a.federations, b.federations)
    pd.testing.assert_frame_equal(a.organisations, b.organisations)


@pytest.fixture(scope="module")
def overlaid(town_run):
    """Give the town's plan with an overlay of loose thresholds, and its network."""
    made, store = town_run
    plan = made.plan
    manifest = json.loads(json.dumps(dict(plan.manifest)))
    manifest["policy"]["industry_federations"].update(LOOSE)
    plan = replace(plan, manifest=manifest)
    policy = policy_of(plan)
    found = form_industries(
        policy.industry_federations,
        SimpleNamespace(**{name: plan.layers[name] for name in ("street_towns", "boroughs")}),
        SimpleNamespace(organisations=plan.layers["organisations"]),
        plan.decisions["unit_district"],
    )
    decisions = {
        **plan.decisions,
        "industry_federations": found.federations,
        "industry_organisations": found.organisations,
    }
    facts = Facts(policy, decisions, plan.layers, plan.derived)
    kpis = dict(plan.kpis)
    kpis |= {name: value for name, value in evaluate(facts).items() if name.startswith("industry_")}
    plan = replace(plan, decisions=decisions, kpis=kpis)
    return plan, stored_network(store, plan.manifest["network"])


def test_it_verifies_and_every_organisation_keeps_both_marks(overlaid):
    plan, network = overlaid
    assert verify(plan, network) == ()
    table = plan.decisions["industry_federations"]
    assert len(table) >= 3
    assert table.groupby(["borough_id", "industry"]).size().max() > 1
    both = plan.decisions["industry_organisations"].merge(
        plan.decisions["organisation_district"], on="organisation_id", how="left"
    )
    assert both["district_id"].notna().all()
    assert (
        len(both) == table["organisations"].sum() == plan.kpis["industry_federation_organisations"]
    )
    assert plan.kpis["industry_federations"] == len(table)
    assert plan.kpis["industry_federation_workers"] == table["workers"].sum()


def drop_a_mark(marks):
    return marks.iloc[1:]


def mark_nobody(marks):
    return marks.assign(organisation_id=["nobody", *marks["organisation_id"].iloc[1:]])


def mark_twice(marks):
    return pd.concat([marks, marks.head(1)], ignore_index=True)


def other_industry(marks):
    ids = marks["industry_federation_id"]
    other = next(one for one in ids if one.split("-")[1] != ids.iloc[0].split("-")[1])
    return marks.assign(industry_federation_id=[other, *ids.iloc[1:]])


def one_worker_more(table):
    return table.assign(workers=table["workers"] + 1)


def one_name(table):
    return table.assign(name=table["name"].iloc[0])


PLANTED = [
    ("industry_members", "industry_organisations", drop_a_mark),
    ("industry_marks", "industry_organisations", mark_nobody),
    ("industry_marks", "industry_organisations", mark_twice),
    ("industry_members", "industry_organisations", other_industry),
    ("industry_counts", "industry_federations", one_worker_more),
    ("industry_names", "industry_federations", one_name),
    ("figures", "industry_organisations", drop_a_mark),
]


@pytest.mark.parametrize(("name", "table", "change"), PLANTED)
def test_a_planted_fault_is_found_under_its_name(name, table, change, overlaid):
    plan, network = overlaid
    broken = replace(
        plan, decisions={**plan.decisions, table: change(plan.decisions[table]).astype(object)}
    )
    assert name in {one.rule for one in verify(broken, network)}


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("organisations_least", 1000, "industry_members"),
        ("form", False, "industry_members"),
        ("organisations_ideal", 10, "industry_parts"),
    ],
)
def test_other_thresholds_than_the_plans_are_noticed(key, value, rule, overlaid):
    plan, network = overlaid
    manifest = json.loads(json.dumps(dict(plan.manifest)))
    manifest["policy"]["industry_federations"][key] = value
    assert rule in {one.rule for one in verify(replace(plan, manifest=manifest), network)}


def test_it_is_stored_hashed_and_written_out(overlaid, tmp_path):
    plan, _network = overlaid
    save_plan(plan, tmp_path / "store")
    stored = load_plan(tmp_path / "store", plan.plan_id)
    pd.testing.assert_frame_equal(
        stored.decisions["industry_federations"], plan.decisions["industry_federations"]
    )
    old = {k: v for k, v in plan.decisions.items() if not k.startswith("industry_")}
    empty = {
        **plan.decisions,
        **{k: plan.decisions[k].head(0) for k in plan.decisions if k not in old},
    }
    assert plan_id(old) == plan_id(empty) != plan.plan_id
    book = openpyxl.load_workbook(write_workbook(stored, tmp_path / "plan.xlsx"), read_only=True)
    rows = list(book["行业工会联合会"].iter_rows(values_only=True))
    assert len(rows) == 1 + len(plan.decisions["industry_federations"])
    cards = industry_federation_cards(stored)
    assert (cards["concentration"] >= LOOSE["concentration_least"]).all()
    unions = list(book["基层工会"].iter_rows(values_only=True))
    column = [head.split(" ")[0] for head in unions[0]].index("行业工会联合会")
    marked = sum(bool(row[column]) for row in unions[1:])
    assert marked == len(plan.decisions["industry_organisations"])
    layer = output_layers(stored)["organisations"]
    assert layer["industry_federation_id"].notna().sum() == marked
    of = enterprise_cards(stored).dropna(subset="industry_federation")
    assert set(of["industry_federation"]) == set(cards["name"])


def test_a_plan_of_an_earlier_version_has_no_overlay(overlaid, tmp_path):
    plan, network = overlaid
    manifest = json.loads(json.dumps(dict(plan.manifest)))
    del manifest["policy"]["industry_federations"]
    kpis = {k: v for k, v in plan.kpis.items() if not k.startswith("industry_")}
    manifest["kpi_names"] = sorted(kpis)
    decisions = {k: v for k, v in plan.decisions.items() if not k.startswith("industry_")}
    old = replace(plan, manifest=manifest, kpis=kpis, decisions=decisions)
    save_plan(old, tmp_path)
    stored = load_plan(tmp_path, old.plan_id)
    assert "industry_federations" not in stored.decisions
    assert verify(stored, network) == ()
    assert len(industry_federation_cards(stored)) == 0
