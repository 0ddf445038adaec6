from __future__ import annotations

import math

import pytest

from geodata.errors import NetworkError
from geodata.modes import MODES, PERIODS, modes_from, speed_factor


def test_the_modes_that_come_along():
    assert list(MODES) == ["walk", "ebike", "bicycle", "drive"]
    assert MODES["walk"].speeds_kmh["residential"] == 4.8
    assert MODES["ebike"].speeds_kmh["residential"] == 17
    drive = MODES["drive"].speeds_kmh
    assert [drive[c] for c in ("motorway", "trunk", "primary", "secondary", "tertiary", "residential")] == [
        40, 22, 22, 20, 18, 15,
    ]  # fmt: skip
    assert drive["trunk_link"] == 22
    for mode in MODES.values():
        assert "motorway" not in mode.speeds_kmh or mode.name == "drive"


def test_every_number_can_be_replaced():
    factors = [1.0] * 12 + [0.5] * 12
    (walk, truck) = modes_from(
        ["walk", "truck"],
        {
            "walk": {
                "speeds_kmh": {"steps": 2, "path": False},
                "ferry_wait_s": 300,
                "oneway": True,
            },
            "truck": {"like": "drive", "hour_factors": factors, "access_keys": ["access", "hgv"]},
        },
    )
    assert walk.speeds_kmh["steps"] == 2
    assert "path" not in walk.speeds_kmh
    assert walk.speeds_kmh["footway"] == 4.8
    assert walk.ferry_wait_s == 300
    assert walk.oneway
    assert truck.name == "truck"
    assert truck.access_keys == ("access", "hgv")
    assert speed_factor(truck, "primary", (12, 13)) == 0.5
    assert MODES["walk"].speeds_kmh["steps"] == 2.4  # the defaults are untouched


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"speeds_kmh": {"footway": 0}}, "footway = 0"),
        ({"speeds_kmh": {"footway": -3}}, "footway = -3"),
        ({"speeds_kmh": {"footway": math.nan}}, "footway = nan"),
        ({"speeds_kmh": {"footway": 4_800}}, "footway = 4800"),
        ({"speeds_kmh": {"footway": "quick"}}, "speeds_kmh"),
        ({"speeds_kmh": 5}, "speeds_kmh"),
        ({"access_speed_kmh": 0}, "access_speed_kmh"),
        ({"signal_delay_s": -1}, "signal_delay_s"),
        ({"ferry_wait_s": math.inf}, "ferry_wait_s"),
        ({"hour_factors": [1.0] * 23}, "24"),
        ({"hour_factors": [0.0] * 24}, "24"),
        ({"hour_factors": "none"}, "hour_factors"),
        ({"oneway": "no"}, "oneway"),
        ({"sped_kmh": 5}, "sped_kmh"),
        ({"name": "run"}, "name"),
        ({"tagged_speed_kmh": 0}, "tagged_speed_kmh"),
    ],
)
def test_numbers_that_cannot_be(change, word):
    with pytest.raises(NetworkError, match=word):
        modes_from(["walk"], {"walk": change})


def test_all_faults_are_said_at_once():
    with pytest.raises(NetworkError) as caught:
        modes_from(
            ["walk"], {"walk": {"speeds_kmh": {"footway": 0, "path": -1}, "signal_delay_s": -1}}
        )
    assert len(caught.value.faults) == 2
    assert caught.value.faults[0].count == 2


def test_unknown_and_repeated_modes():
    with pytest.raises(NetworkError, match="hovercraft"):
        modes_from(["hovercraft"])
    with pytest.raises(NetworkError):
        modes_from(["walk", "walk"])
    with pytest.raises(NetworkError):
        modes_from([])


def test_factors_of_periods():
    drive = MODES["drive"]
    assert speed_factor(drive, "primary", None) == 1
    assert speed_factor(drive, "primary", PERIODS["am_peak"]) == 1
    assert speed_factor(drive, "primary", PERIODS["night"]) > 1.5
    assert 1.1 < speed_factor(drive, "primary", PERIODS["midday"]) < 1.3
    assert speed_factor(MODES["walk"], "primary", PERIODS["night"]) == 1
    (only,) = modes_from(["drive"], {"drive": {"hour_factor_classes": ["motorway"]}})
    assert speed_factor(only, "primary", PERIODS["night"]) == 1
    assert speed_factor(only, "motorway", PERIODS["night"]) > 1.5
