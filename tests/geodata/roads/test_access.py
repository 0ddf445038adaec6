from __future__ import annotations

import numpy as np
import pytest
from road_worlds import at, matrix, write_osm
from scipy.sparse.csgraph import dijkstra

from geodata.errors import NetworkError
from geodata.modes import MODES
from geodata.roads import build_network
from geodata.roads.access import permit, road_layer

ALL = ("walk", "ebike", "bicycle", "drive")


def open_to(tags):
    """Modes that may use a road, with + for forward only and - for backward only."""
    signs = {(True, True): "", (True, False): "+", (False, True): "-"}
    found = set()
    for name in ALL:
        leave = permit(tags, MODES[name])
        if leave.forward or leave.backward:
            found.add(name + signs[leave.forward, leave.backward])
    return found


EVERYONE = set(ALL)
TABLE = [
    ({"highway": "residential"}, EVERYONE),
    ({"highway": "footway"}, {"walk"}),
    ({"highway": "footway", "bicycle": "yes"}, {"walk", "bicycle", "ebike"}),
    ({"highway": "footway", "vehicle": "yes"}, {"walk"}),
    ({"highway": "steps"}, {"walk"}),
    ({"highway": "cycleway"}, {"walk", "bicycle", "ebike"}),
    ({"highway": "cycleway", "foot": "no"}, {"bicycle", "ebike"}),
    ({"highway": "cycleway", "electric_bicycle": "no"}, {"walk", "bicycle"}),
    ({"highway": "motorway"}, {"drive+"}),
    ({"highway": "motorway", "foot": "yes"}, {"drive+", "walk"}),
    ({"highway": "trunk", "motorroad": "yes"}, {"drive"}),
    ({"highway": "residential", "oneway": "yes"}, {"walk", "drive+", "bicycle+", "ebike+"}),
    ({"highway": "residential", "oneway": "-1"}, {"walk", "drive-", "bicycle-", "ebike-"}),
    (
        {"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"},
        {"walk", "drive+", "bicycle", "ebike"},
    ),
    (
        {"highway": "residential", "oneway": "yes", "cycleway:left": "opposite_lane"},
        {"walk", "drive+", "bicycle", "ebike"},
    ),
    ({"highway": "primary", "junction": "roundabout"}, {"walk", "drive+", "bicycle+", "ebike+"}),
    ({"highway": "primary", "tunnel": "yes"}, {"drive"}),
    ({"highway": "primary", "tunnel": "yes", "sidewalk": "both"}, EVERYONE),
    ({"highway": "primary", "tunnel": "yes", "foot": "yes"}, {"drive", "walk"}),
    ({"highway": "residential", "tunnel": "building_passage"}, EVERYONE),
    ({"highway": "primary", "bridge": "yes"}, EVERYONE),
    ({"highway": "primary", "bridge": "viaduct"}, {"drive"}),
    ({"highway": "secondary", "bridge": "yes", "layer": "2"}, {"drive"}),
    ({"highway": "footway", "bridge": "yes", "layer": "2"}, {"walk"}),
    ({"highway": "service", "access": "no"}, set()),
    ({"highway": "service", "access": "no", "foot": "yes"}, {"walk"}),
    ({"highway": "residential", "access": "unknown"}, EVERYONE),
    ({"highway": "residential", "motor_vehicle": "no"}, {"walk", "bicycle", "ebike"}),
    ({"route": "ferry"}, EVERYONE),
    ({"route": "ferry", "motor_vehicle": "no"}, {"walk", "bicycle", "ebike"}),
    ({"highway": "residential;tertiary"}, EVERYONE),
    ({"highway": "bus_stop"}, set()),
    ({"highway": "raceway"}, set()),
    ({}, set()),
]


@pytest.mark.parametrize(("tags", "expected"), TABLE, ids=[str(t) for t, _ in TABLE])
def test_who_may_use_a_road(tags, expected):
    assert open_to(tags) == expected


def test_private_roads_are_for_trip_ends():
    assert permit({"highway": "service", "access": "private"}, MODES["walk"]).trip_ends
    assert not permit(
        {"highway": "service", "access": "private", "foot": "yes"}, MODES["walk"]
    ).trip_ends
    assert permit(
        {"highway": "residential", "motor_vehicle": "destination"}, MODES["drive"]
    ).trip_ends


def test_speeds():
    assert permit({"highway": "motorway", "maxspeed": "20"}, MODES["drive"]).kmh == 20
    assert permit({"highway": "motorway", "maxspeed": "120"}, MODES["drive"]).kmh == 40
    assert permit({"highway": "motorway", "maxspeed": "0"}, MODES["drive"]).kmh == 40
    assert permit({"highway": "pedestrian", "bicycle": "dismount"}, MODES["bicycle"]).kmh == 4.8
    assert permit({"route": "ferry", "duration": "01:30"}, MODES["walk"]).minutes == 90
    assert permit({"route": "ferry", "duration": "PT20M"}, MODES["walk"]).minutes == 20
    assert permit({"route": "ferry", "duration": "15"}, MODES["walk"]).minutes == 15
    assert permit({"route": "ferry", "duration": "soon"}, MODES["walk"]).minutes is None


@pytest.mark.parametrize(
    ("text", "layer"), [("1", 1), ("-2", -2), ("0", 0), ("ground", 0), ("1;2", 1), ("1.0", 1)]
)
def test_layer_tag(text, layer):
    assert road_layer({"layer": text}) == layer


def between(network, mode, one, two):
    ids = network.node_id.tolist()
    seconds = dijkstra(matrix(network, mode), indices=[ids.index(one)])[0, ids.index(two)]
    return int(np.rint(seconds)) if np.isfinite(seconds) else None


def line(path, ways, nodes, **more):
    return build_network(write_osm(path, nodes, ways), **more)


def test_a_bridge_does_not_join_the_road_under_it(tmp_path):
    nodes = {1: at(-100, 0), 2: at(100, 0), 3: at(0, -100), 4: at(0, 100), 5: at(0, 0), 6: at(0, 0)}
    under = (1, [1, 5, 2], {"highway": "residential"})
    over = (2, [3, 6, 4], {"highway": "residential", "bridge": "yes"})
    network = line(tmp_path / "x.osm", [under, over], nodes)
    assert between(network, "walk", 1, 2) == 1500
    assert between(network, "walk", 1, 4) is None
    assert sorted(network.edge_layer.tolist()) == [0, 1]


def test_one_way_streets_bind_vehicles_only(tmp_path):
    nodes = {1: at(0, 0), 2: at(100, 0), 3: at(100, 100)}
    ways = [
        (1, [1, 2], {"highway": "residential", "oneway": "yes"}),
        (2, [2, 3], {"highway": "residential"}),
        (3, [3, 1], {"highway": "residential", "oneway": "yes"}),
    ]
    network = line(tmp_path / "x.osm", ways, nodes, modes=("walk", "drive"), simplify=False)
    assert between(network, "walk", 2, 1) == 750
    assert between(network, "drive", 1, 2) == 240
    assert between(network, "drive", 2, 1) > 500


def test_no_trip_goes_through_a_private_area(tmp_path):
    # a ring road with a private short cut 1 - 10 - 11 - 12 - 3
    nodes = {
        1: at(0, 0),
        2: at(500, 500),
        3: at(1000, 0),
        10: at(300, 0),
        11: at(450, 0),
        12: at(700, 0),
    }
    ways = [
        (1, [1, 2, 3], {"highway": "residential"}),
        (2, [1, 10, 11, 12, 3], {"highway": "service", "access": "private"}),
    ]
    network = line(tmp_path / "x.osm", ways, nodes, simplify=False)
    around = between(network, "walk", 1, 3)
    assert around == pytest.approx(2 * 7.5 * 707.1, abs=20)
    # inside is reached from the nearest gate: 11 from 1, 12 from 3
    assert between(network, "walk", 1, 11) == pytest.approx(7.5 * 450, abs=5)
    assert between(network, "walk", 3, 12) == pytest.approx(7.5 * 300, abs=5)
    assert between(network, "walk", 1, 12) == pytest.approx(around + 7.5 * 300, abs=5)
    assert network.repairs["walk:segments_cut_in_private_areas"] == 1


def test_a_private_pocket_with_no_gate_stays_whole(tmp_path):
    nodes = {1: at(0, 0), 2: at(100, 0), 3: at(0, 500), 4: at(100, 500), 5: at(200, 500)}
    ways = [
        (1, [1, 2], {"highway": "residential"}),
        (2, [3, 4, 5], {"highway": "service", "access": "private"}),
    ]
    network = line(tmp_path / "x.osm", ways, nodes)
    assert between(network, "walk", 3, 5) == 1500


def test_barriers_stop_those_they_stop(tmp_path):
    nodes = {1: at(0, 0), 2: (*at(100, 0), {"barrier": "bollard"}), 3: at(180, 0)}
    nodes |= {4: (*at(180, 100), {"barrier": "gate"}), 5: at(180, 200)}
    nodes |= {6: (*at(0, 50), {"barrier": "gate", "access": "no", "foot": "yes"}), 7: at(0, 90)}
    ways = [
        (1, [1, 2, 3], {"highway": "residential"}),
        (2, [3, 4, 5], {"highway": "residential"}),
        (3, [1, 6, 7], {"highway": "residential"}),
    ]
    network = line(tmp_path / "x.osm", ways, nodes, modes=ALL, simplify=False)
    assert between(network, "walk", 1, 3) == 1350
    assert between(network, "drive", 1, 2) is not None  # up to the bollard on the longer side
    assert between(network, "drive", 1, 3) is None
    assert between(network, "bicycle", 1, 3) is not None
    # a gate that opens costs ten seconds
    assert between(network, "drive", 3, 5) == 480 + 100
    assert between(network, "walk", 1, 7) is not None
    assert between(network, "drive", 1, 7) is None


def test_waits_at_signals_and_crossings(tmp_path):
    nodes = {1: at(0, 0), 2: (*at(100, 0), {"highway": "traffic_signals"}), 3: at(200, 0)}
    nodes |= {4: at(150, -20), 5: (*at(150, 0), {"highway": "crossing"}), 6: at(150, 20)}
    ways = [
        (1, [1, 2, 5, 3], {"highway": "residential"}),
        (2, [4, 5, 6], {"highway": "footway"}),
    ]
    network = line(tmp_path / "x.osm", ways, nodes, modes=("walk", "drive"))
    assert between(network, "drive", 1, 3) == 480 + 120
    assert between(network, "drive", 3, 1) == 480 + 120
    # who walks along the street does not cross it, who walks across waits once
    assert between(network, "walk", 1, 3) == 1500
    assert between(network, "walk", 4, 6) == 300 + 50
    slow = line(
        tmp_path / "y.osm", ways, nodes,
        modes=("drive",), overrides={"drive": {"signal_delay_s": 60, "speeds_kmh": {"residential": 30}}},
    )  # fmt: skip
    assert between(slow, "drive", 1, 3) == 240 + 600


def test_a_signal_for_one_direction(tmp_path):
    signal = {"highway": "traffic_signals", "traffic_signals:direction": "forward"}
    nodes = {1: at(0, 0), 2: (*at(100, 0), signal), 3: at(200, 0)}
    network = line(
        tmp_path / "x.osm", [(1, [1, 2, 3], {"highway": "residential"})], nodes, modes=("drive",)
    )
    assert between(network, "drive", 1, 3) == 480 + 120
    assert between(network, "drive", 3, 1) == 480


def test_a_ferry_is_waited_for_once(tmp_path):
    nodes = {
        1: at(0, 0),
        2: at(100, 0),
        3: at(600, 0),
        4: at(1100, 0),
        5: at(1200, 0),
        6: at(600, 400),
    }
    ways = [
        (1, [1, 2], {"highway": "footway"}),
        (2, [2, 3], {"route": "ferry", "duration": "00:05"}),
        (3, [3, 4], {"route": "ferry", "duration": "00:07"}),
        (4, [4, 5], {"highway": "footway"}),
        (5, [6, 3], {"route": "ferry", "duration": "00:04"}),
    ]
    network = line(tmp_path / "x.osm", ways, nodes)
    assert between(network, "walk", 1, 5) == 750 + 6000 + 3000 + 4200 + 750
    assert between(network, "walk", 5, 1) == between(network, "walk", 1, 5)
    assert between(network, "walk", 6, 4) == 6000 + 2400 + 4200


def test_steps_are_slower(tmp_path):
    nodes = {1: at(0, 0), 2: at(48, 0)}
    network = line(tmp_path / "x.osm", [(1, [1, 2], {"highway": "steps"})], nodes)
    assert between(network, "walk", 1, 2) == pytest.approx(720, abs=1)


def test_periods_have_graphs_of_their_own(tmp_path):
    nodes = {1: at(0, 0), 2: at(1000, 0)}
    network = line(
        tmp_path / "x.osm", [(1, [1, 2], {"highway": "primary"})], nodes,
        modes=("walk", "drive"), periods={"night": (22, 6), "rush": (17, 19)},
    )  # fmt: skip
    assert list(network.modes) == [
        "walk", "walk@night", "walk@rush", "drive", "drive@night", "drive@rush",
    ]  # fmt: skip
    assert between(network, "drive@rush", 1, 2) == between(network, "drive", 1, 2)
    assert between(network, "drive@night", 1, 2) < 0.6 * between(network, "drive", 1, 2)
    assert between(network, "walk@night", 1, 2) == between(network, "walk", 1, 2)


def test_a_mode_without_any_road_is_refused(tmp_path):
    nodes = {1: at(0, 0), 2: at(100, 0)}
    with pytest.raises(NetworkError, match="drive"):
        line(
            tmp_path / "x.osm",
            [(1, [1, 2], {"highway": "footway"})],
            nodes,
            modes=("walk", "drive"),
        )


def test_driving_and_walking_differ_on_a_real_city(helsinki):
    walk, drive = helsinki.modes["walk"], helsinki.modes["drive"]
    both_ways = np.bincount(drive.edge, minlength=helsinki.n_edges)
    assert (both_ways == 1).sum() > 300  # one-way streets
    assert (np.bincount(walk.edge, minlength=helsinki.n_edges) == 1).sum() == 0
    names = np.array(helsinki.highway_classes)[helsinki.edge_highway]
    assert not np.isin(names[drive.edge], ["footway", "steps", "cycleway", "path"]).any()
    assert "steps" in names[walk.edge]
