"""Addresses looked up by a map service: documented exchanges played back by a server on the loopback address."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from geodata.datum import wgs84_to_gcj02
from geodata.errors import InputFormatError, RemoteError
from geodata.sources.remote.geocoder import PROVIDERS, Geocoder

RECORDED = Path(__file__).parent / "recorded"
KEY = "a-key-nobody-may-see"


class Playback(ThreadingHTTPServer):
    """Answers as a service did, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, exchanges):
        self.exchanges, self.asked, self.broken = exchanges, [], None
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/geocode"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = dict(parse_qsl(urlsplit(self.path).query))
        key = asked.pop("key", asked.pop("tk", ""))
        self.server.asked.append(asked)
        if self.server.broken is not None:
            status, body = self.server.broken
        elif key != KEY:
            status, body = 200, {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}
        else:
            status, body = (
                200,
                next(one["answer"] for one in self.server.exchanges if one["question"] == asked),
            )
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_words):
        pass


@pytest.fixture(params=["amap"])
def service(request, monkeypatch):
    monkeypatch.setenv("MAP_KEY", KEY)
    server = Playback(json.loads((RECORDED / f"{request.param}.json").read_text(encoding="utf-8")))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def coder(service, tmp_path, provider="amap", **changes):
    options = {
        "provider": PROVIDERS[provider], "cache": tmp_path / "cache" / "answers.sqlite", "city": "北京",
        "key_variable": "MAP_KEY", "per_second": 1000, "url": service.url,
    }  # fmt: skip
    return Geocoder(**options | changes)


DOOR = "阜通东大街6号"


def test_an_address_becomes_a_place_in_wgs84(service, tmp_path):
    found, city, nothing = coder(service, tmp_path).locate([DOOR, "北京", "没有这个地方"])
    assert found[2] == "building"
    # What was answered is GCJ-02: put back into it, the place is where the service said.
    lon, lat = wgs84_to_gcj02([found[0]], [found[1]])
    assert (lon[0], lat[0]) == pytest.approx((116.482086, 39.990496), abs=1e-9)
    assert abs(found[0] - 116.482086) > 0.005
    assert city is None  # a whole city places nobody
    assert nothing is None


def test_tianditu_answers_in_cgcs2000(service, tmp_path):
    service.exchanges = json.loads((RECORDED / "tianditu.json").read_text(encoding="utf-8"))
    address = "北京市延庆区延庆镇莲花池村前街50夕阳红养老院"
    (found,) = coder(service, tmp_path, "tianditu").locate([address])
    assert found == (116.003402, 40.453032, "building")


def test_a_question_is_sent_once_and_the_key_is_never_kept(service, tmp_path):
    first = coder(service, tmp_path).locate([DOOR, DOOR])
    again = coder(service, tmp_path)
    again.key_variable = ""  # the cache needs no key
    assert again.locate([DOOR, DOOR]) == first
    assert len(service.asked) == 1
    assert KEY.encode() not in (tmp_path / "cache" / "answers.sqlite").read_bytes()


def test_no_more_than_allowed_and_nothing_offline(service, tmp_path):
    few = coder(service, tmp_path, most=1)
    answers = few.locate([DOOR, "北京", "没有这个地方"])
    assert [answer is not None for answer in answers] == [True, False, False]
    assert len(service.asked) == 1
    assert few.notes == ["2 addresses were not asked of the map service"]
    offline = coder(service, tmp_path, offline=True)
    assert offline.locate([DOOR])[0] is not None
    assert offline.locate(["北京"]) == [None]
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "broken",
    [
        (500, b"down"),
        (200, b"<html>"),
        (200, b"[1]"),
        (200, {"status": "0", "info": "DAILY_QUERY_OVER_LIMIT", "infocode": "10003"}),
    ],
)
def test_a_service_that_fails_is_said_and_answers_so_far_are_kept(service, tmp_path, broken):
    coder(service, tmp_path).locate([DOOR])
    service.broken = broken
    with pytest.raises(RemoteError) as refusal:
        coder(service, tmp_path).locate([DOOR, "北京"])
    assert KEY not in str(refusal.value)
    assert "kept" in str(refusal.value)
    service.broken = None
    assert coder(service, tmp_path).locate([DOOR])[0] is not None
    assert [asked["address"] for asked in service.asked] == [DOOR, "北京"]


def test_a_missing_or_wrong_key_and_a_spoilt_cache(service, tmp_path, monkeypatch):
    monkeypatch.setenv("MAP_KEY", "wrong")
    with pytest.raises(RemoteError, match="INVALID_USER_KEY"):
        coder(service, tmp_path).locate([DOOR])
    monkeypatch.delenv("MAP_KEY")
    with pytest.raises(RemoteError, match="MAP_KEY"):
        coder(service, tmp_path).locate([DOOR])
    spoilt = tmp_path / "spoilt.sqlite"
    spoilt.write_bytes(b"no database at all, and long enough to be read as one" * 20)
    with pytest.raises(InputFormatError, match=r"spoilt.sqlite"):
        coder(service, tmp_path, cache=spoilt).locate([DOOR])


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "1", "geocodes": [{}]},
        {"status": "1", "geocodes": [{"location": []}]},
        {"status": "1", "geocodes": "x"},
    ],
)
def test_an_answer_of_another_shape_places_nobody(service, tmp_path, answer):
    service.broken = (200, answer)
    assert coder(service, tmp_path).locate([DOOR]) == [None]
