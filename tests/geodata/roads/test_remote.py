from __future__ import annotations

import json
import socket

import osmnx
import pytest
import requests
import shapely
from road_worlds import at

from geodata.errors import CrsError, EmptyLayerError, RemoteError
from geodata.sources.remote import (
    Server,
    network_from_box,
    network_from_place,
    network_from_polygon,
)

NODES = {1: (0, 0), 2: (200, 0), 3: (200, 200), 4: (400, 0), 5: (200, -300)}
ANSWER = {
    "version": 0.6,
    "elements": [
        *(
            {"type": "node", "id": ref, "lon": at(*spot)[0], "lat": at(*spot)[1]}
            for ref, spot in NODES.items()
        ),
        {
            "type": "way",
            "id": 7,
            "nodes": [1, 2, 4],
            "tags": {"highway": "residential", "oneway": "yes"},
        },
        {"type": "way", "id": 8, "nodes": [3, 2], "tags": {"highway": "footway"}},
        {
            "type": "way",
            "id": 9,
            "nodes": [2, 5],
            "tags": {"highway": "service", "access": "private"},
        },
    ],
}
ANSWER["elements"][1]["tags"] = {"highway": "traffic_signals"}
BOX = (*at(-100, -400), *at(500, 300))


@pytest.fixture
def server(tmp_path):
    return Server(
        overpass_url="https://roads.example/api", cache_folder=tmp_path / "cache", rate_limit=False
    )


@pytest.fixture
def recorded(monkeypatch):
    """An Overpass server made of one recorded answer; counts the questions."""
    asked = []

    def respond(content, status=200):
        response = requests.Response()
        response.status_code, response.reason, response.url = (
            status,
            "",
            "https://roads.example/api",
        )
        response._content = json.dumps(content).encode()
        return response

    def post(url, **kwargs):
        asked.append((url, kwargs))
        return respond(ANSWER)

    monkeypatch.setattr(requests, "post", post)
    monkeypatch.setattr(socket, "gethostbyname", lambda _name: "203.0.113.1")
    return asked


def test_a_box_is_asked_for_once_and_then_cached(server, recorded, monkeypatch):
    network = network_from_box(*BOX, modes=("walk", "drive"), server=server)
    assert network.n_nodes == 5
    # a street, a footpath to one side and a private drive to the other
    assert len(network.modes["walk"].heads) == 8
    assert len(network.modes["drive"].heads) == 4
    # the signal of node 2 reached the costs: 200 m at 15 km/h and 12 seconds
    assert sorted(network.modes["drive"].cost_ds) == pytest.approx(
        [480, 480 + 120, 1080, 1080 + 120], abs=12
    )
    assert len(recorded) == 2  # roads, and ferries
    url, question = recorded[0]
    assert url == "https://roads.example/api/interpreter"
    assert question["timeout"] == 180

    def offline(*_args, **_kwargs):
        raise requests.ConnectionError("no network")

    monkeypatch.setattr(requests, "post", offline)
    again = network_from_box(*BOX, modes=("walk", "drive"), server=server)
    assert again.content_hash == network.content_hash


def test_settings_of_osmnx_and_the_resolver_are_put_back(server, recorded):
    before = {k: v for k, v in vars(osmnx.settings).items() if not k.startswith("_")}
    resolver = socket.getaddrinfo
    network_from_box(*BOX, server=server)
    assert {k: v for k, v in vars(osmnx.settings).items() if not k.startswith("_")} == before
    assert socket.getaddrinfo is resolver


@pytest.mark.parametrize(
    "problem", [requests.ConnectionError("no route"), requests.Timeout("slow"), OSError("no name")]
)
def test_offline_says_what_to_do(server, monkeypatch, problem):
    def fail(*_args, **_kwargs):
        raise problem

    monkeypatch.setattr(requests, "post", fail)
    monkeypatch.setattr(socket, "gethostbyname", lambda _name: "203.0.113.1")
    with pytest.raises(RemoteError, match=r"roads\.example(.|\n)*give a road file"):
        network_from_polygon(shapely.box(*BOX), server=server)


def test_a_place_the_geocoder_does_not_know(server, monkeypatch):
    response = requests.Response()
    response.status_code, response._content, response.url = 200, b"[]", "https://names.example/"
    monkeypatch.setattr(requests, "get", lambda *_a, **_k: response)
    monkeypatch.setattr("time.sleep", lambda _s: None)
    with pytest.raises(EmptyLayerError, match="no such place"):
        network_from_place("Nowhere at all", server=server)


def test_an_area_in_metres_is_refused(server):
    with pytest.raises(CrsError, match="degrees"):
        network_from_box(350_000, 3_450_000, 351_000, 3_451_000, server=server)
    with pytest.raises(CrsError):
        network_from_polygon(shapely.box(0, 0, 1000, 1000), server=server)
