"""What is not next year's of the same city, and wishes that contradict each other, are refused with a sentence before any search."""

from dataclasses import replace

import geopandas as gpd
import pytest

from geodata.locking import locked
from geodata.sample import write_sample
from planner.errors import ParentError, PlannerError
from planner.pipeline import check
from planner.pipeline.preflight import preflight, refuse
from planner.pipeline.year import BUSY, plan_year
from planner.scenario import Decision, read_scenario


@pytest.fixture(scope="module")
def layers(scenario_of):
    """Give the second year's layers."""
    return check(scenario_of(2))


def stops(remarks):
    return [one.said("en") for one in remarks if one.weight == "stop"]


def test_a_real_second_year_passes_and_says_what_is_cut(first, layers, scenario_of):
    remarks = preflight(scenario_of(2), first, layers)
    assert stops(remarks) == []
    said = " ".join(one.said("en") for one in remarks)
    assert "cut by a changed border" in said
    assert "rows of the register: 1,194 last year" in said
    refuse(remarks, "register.xlsx")
    assert all(one.said("zh") != one.said("en") for one in remarks)


def test_a_changed_border_names_the_districts_it_cuts(first, layers, scenario_of):
    cut = next(
        one for one in preflight(scenario_of(2), first, layers) if "changed border" in one.text
    )
    assert set(cut.examples) <= set(first.districts["district_id"])


def test_another_city_is_no_parent(first, scenario_of, tmp_path):
    write_sample(tmp_path, size="town", seed=7)
    other = read_scenario(tmp_path / "scenario.toml")
    found = stops(preflight(other, first, check(other)))
    assert len(found) >= 1
    assert "another city" in found[0]


def test_another_policy_is_no_parent(first, layers, scenario_of):
    policy = {**first.manifest["policy"], "name": "elsewhere-2030"}
    parent = replace(first, manifest={**first.manifest, "policy": policy})
    assert "elsewhere-2030" in stops(preflight(scenario_of(2), parent, layers))[0]


def test_an_older_register_is_refused_and_an_undated_one_is_noted(first, layers, scenario_of):
    def dated(day):
        records = [
            replace(one, as_of=day) if one.layer == "enterprises" else one for one in layers.records
        ]
        return replace(layers, records=tuple(records))

    assert (
        "older than the parent's of 2026-01-01"
        in stops(preflight(scenario_of(2), first, dated("2024-01-01")))[0]
    )
    undated = preflight(scenario_of(2), first, dated(""))
    assert stops(undated) == []
    assert any("cannot be checked" in one.said("en") for one in undated)


def test_coordinates_of_another_datum_are_seen(first, layers, scenario_of):
    shifted = layers.enterprises.copy()
    shifted["geometry"] = gpd.GeoSeries(shifted.geometry.translate(430.0, -210.0), crs=shifted.crs)
    found = stops(preflight(scenario_of(2), first, replace(layers, enterprises=shifted)))
    assert any("another datum" in one for one in found)


def test_jumps_and_emptied_columns_ask_for_a_look(first, layers, scenario_of):
    less = layers.enterprises.iloc[::2].assign(carrier_name=None, payroll_yuan=None)
    remarks = preflight(scenario_of(2), first, replace(layers, enterprises=less))
    looks = [one.said("en") for one in remarks if one.weight == "look"]
    assert any("rows of the register" in one for one in looks)
    assert any("filled last year" in one and "payroll_yuan" in one for one in looks)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"pins": ({"kind": "federation", "id": "nowhere", "decision": "keep", "by": "a", "reason": "b"},)},
            "the parent does not have",
        ),
        ({"stance": "anew", "most_switched_share": 0.02}, "cannot keep limits"),
    ],
)  # fmt: skip
def test_wishes_that_contradict_are_refused(first, layers, scenario_of, change, sentence):
    scenario = scenario_of(2, first.plan_id, **change)
    with pytest.raises(ParentError, match=sentence):
        refuse(preflight(scenario, first, layers), "scenario.toml")


def test_vetoes_beyond_the_limit_and_signed_ones_are_refused(first, layers, scenario_of):
    sites = first.facilities.query("tier == 'station'")["site_id"].tolist()[:2]
    vetoes = tuple(
        Decision(tier="station", site_id=site, decision="closed", by="a", reason="b")
        for site in sites
    )
    lease = {"tier": "station", "site_id": sites[0], "signed": True}
    scenario = scenario_of(2, first.plan_id, most_closings={"station": 1}, leases=(lease,))
    found = stops(preflight(scenario.model_copy(update={"decisions": vetoes}), first, layers))
    assert any("2 open sites of station are vetoed, and at most 1" in one for one in found)
    assert any("signed premises that are vetoed" in one for one in found)


def test_pins_both_ways_are_refused_when_read(scenario_of):
    pin = {"kind": "organisation", "id": "x", "by": "a", "reason": "b"}
    with pytest.raises(ValueError, match="pinned both ways"):
        scenario_of(2, pins=({**pin, "decision": "keep"}, {**pin, "decision": "free"}))


def test_a_missing_parent_and_a_second_run_at_once_are_refused(first, scenario_of, town_years):
    store = town_years / "plans"
    with pytest.raises(PlannerError, match="no plan is called pnothere"):
        plan_year(scenario_of(2), "pnothere", store=store)
    (store / BUSY).mkdir(exist_ok=True)
    with locked(store / BUSY), pytest.raises(Exception, match="process") as caught:
        plan_year(scenario_of(2), first.plan_id, store=store)
    assert type(caught.value).__name__ == "LockedError"
