"""Premises that serve a tier today stay that tier's, whoever else shares with those who stand there."""

import geopandas as gpd
import pandas as pd
import pytest

from planner.policy import read_policy
from planner.problems.candidates import tier_candidates

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
