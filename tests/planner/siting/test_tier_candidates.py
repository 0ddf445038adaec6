"""Premises that serve a tier today stay that tier's, whoever else shares with those who stand there."""

import geopandas as gpd
import pandas as pd
import pytest

from planner.policy import read_policy
from planner.problems.candidates import tier_candidates
from planner.problems.weighing import weighed

SITES = gpd.GeoDataFrame(
    {
        "site_id": ["P1", "P2"],
        "kind": "school",
        "carrier_kind": None,
        "existing_tier": ["worker_school", None],
        "consent": "open",
        "floor_area_m2": 500.0,
        "ground_floor": True,
        "open_access": True,
    },
    geometry=gpd.points_from_xy([0, 1], [0, 1]),
)
STATIONS = pd.DataFrame({"site_id": ["P1", "P2"], "tier": "station"})


@pytest.mark.parametrize(
    ("name", "expected"),
    [("service_point", ["P2"]), ("worker_school", ["P1", "P2"]), ("rest_station", ["P1", "P2"])],
)
def test_a_station_in_a_school_of_today_opens_it_to_none_but_the_schools_partners(name, expected):
    """A point may sit in a station, but not where a school keeps the room it shares with the station alone."""
    tiers = read_policy("shanghai-2018").tiers
    tier = next(one for one in tiers if one.name == name)
    assert tier_candidates(SITES, tier, STATIONS, tiers)["site_id"].tolist() == expected


PARKS = gpd.GeoDataFrame(
    {
        "site_id": ["F1", "F2", "F3", "F4"],
        "kind": ["office", "office", "office", "bank"],
        "carrier_kind": None,
        "existing_tier": [None, None, None, None],
        "consent": ["open", "open", "refused", "open"],
        "floor_area_m2": 500.0,
        "ground_floor": True,
        "open_access": True,
    },
    geometry=gpd.points_from_xy([0, 1, 2, 3], [0, 0, 0, 0]),
)


def test_what_shared_premises_last_year_may_stay_when_its_host_has_left():
    """A fitness spot in an office: lent by a service point, which no longer opens there; refusals and odd kinds end it."""
    tiers = read_policy("shanghai-2018").tiers
    tier = next(one for one in tiers if one.name == "fitness_spot")
    nobody = pd.DataFrame({"site_id": [], "tier": []})
    assert tier_candidates(PARKS, tier, nobody, tiers)["site_id"].tolist() == []
    held = {"F1", "F3", "F4"}
    found = tier_candidates(PARKS, tier, nobody, tiers, held)
    assert found["site_id"].tolist() == ["F1"]
    assert found["preference"].tolist() == [0.0]


def test_what_stood_last_year_is_weighed_though_others_lie_nearer_to_the_workers():
    tier = next(one for one in read_policy("shanghai-2018").tiers if one.name == "city_centre")
    tier = tier.model_copy(update={"candidates_most": 1})
    marked = PARKS.assign(city="city", vetoed=False, compulsory=False, existing=False)
    workers = PARKS.iloc[:1].assign(site_id="unit:u", workers=10)
    areas = pd.DataFrame({"city": ["city"]}, index=["unit:u"])
    near = weighed(tier, PARKS, marked, workers, areas)
    assert PARKS.loc[near, "site_id"].tolist() == ["F1", "F4"]
    near = weighed(tier, PARKS, marked, workers, areas, held={"F3"})
    assert PARKS.loc[near, "site_id"].tolist() == ["F1", "F3", "F4"]
