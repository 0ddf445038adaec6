"""The tile proxy against a server on loopback: named hosts alone, no redirects, the key stays here."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from planner.errors import ConfigurationError
from webmap.app import create_app
from webmap.settings import ServeSettings, TileServer, read_settings

PIXEL = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
KEY = "secret key/1"


class Tiles(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        if "/redirect/" in self.path:
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/ok/1/0/0")
        elif "/html/" in self.path:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
        elif "/missing/" in self.path:
            self.send_response(404)
        else:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
        body = b"x" * 2_000_001 if "/large/" in self.path else PIXEL
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def tiles(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("TILE_KEY", KEY)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def settings_of(store, tiles, kind="ok"):
    url = f"http://127.0.0.1:{tiles.server_port}/{kind}/{{z}}/{{x}}/{{y}}?tk={{key}}"
    return ServeSettings(
        store=store,
        tiles=(TileServer(url=url, key_env="TILE_KEY", attribution="<b>天地图</b>", max_zoom=18),),
    )


def test_a_tile_is_fetched_once_with_the_key(store, tiles):
    client = create_app(settings_of(store, tiles)).test_client()
    for _ in range(3):
        answer = client.get("/tiles/0/4/3/2")
        assert answer.status_code == 200
        assert answer.data == PIXEL
        assert answer.headers["Content-Type"] == "image/png"
    assert tiles.asked == ["/ok/4/3/2?tk=secret%20key%2F1"]


@pytest.mark.parametrize("kind", ["redirect", "html", "missing", "large"])
def test_what_is_no_tile_is_not_found_and_not_followed(store, tiles, kind):
    client = create_app(settings_of(store, tiles, kind)).test_client()

    assert client.get("/tiles/0/1/0/0").status_code == 404
    assert len(tiles.asked) == 1


@pytest.mark.parametrize(
    "place", ["1/1/0/0", "0/19/0/0", "0/1/2/0", "0/1/0/9", "0/1/-1/0", "0/a/0/0", "0/1/0/0/../../x"]
)
def test_tiles_outside_the_world_are_not_asked_for(store, tiles, place):
    client = create_app(settings_of(store, tiles)).test_client()

    assert client.get(f"/tiles/{place}").status_code == 404
    assert tiles.asked == []


def test_a_server_that_is_away_is_a_missing_tile(store, tiles):
    settings = settings_of(store, tiles)
    tiles.shutdown()
    tiles.server_close()
    assert create_app(settings).test_client().get("/tiles/0/1/0/0").status_code == 404


def test_no_page_holds_the_key_or_the_address(store, tiles, plan):
    client = create_app(settings_of(store, tiles)).test_client()
    page = client.get(f"/plans/{plan.plan_id}/").get_data(as_text=True)

    assert "/tiles/0/{z}/{x}/{y}" in page
    assert "secret" not in page
    assert str(tiles.server_port) not in page
    assert "<b>" not in page.split("tiles")[1]
    assert "connect-src 'self'" in client.get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/{z}/{x}/{y}",
        "http://{x}/{z}/{y}",
        "file:///{z}/{x}/{y}",
        "https://a.test/{z}/{x}",
        "/{z}/{x}/{y}",
    ],
)
def test_addresses_that_are_no_tile_servers_are_refused(tmp_path, url):
    path = tmp_path / "serve.toml"
    path.write_text(f'[[tiles]]\nurl = "{url}"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError):
        read_settings(path)


def test_shifted_tiles_and_a_missing_key_are_refused(tmp_path):
    path = tmp_path / "serve.toml"
    url = "https://a.test/{z}/{x}/{y}"
    path.write_text(f'[[tiles]]\nurl = "{url}"\ndatum = "gcj02"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="datum"):
        read_settings(path)
    path.write_text(
        f'[[tiles]]\nurl = "{url}?k={{key}}"\nkey_env = "NO_SUCH_VARIABLE_HERE"\n', encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match="key"):
        read_settings(path)


@pytest.mark.browser
def test_tiles_lie_under_the_plan_and_come_from_this_server_alone(
    visit, store, plan, tiles, running
):
    with running(settings_of(store, tiles)) as (address, _app):
        seen = visit(f"{address}/plans/{plan.plan_id}/")
        seen.page.wait_for_selector(".leaflet-tile-pane img", state="attached")
        seen.settle()

        assert all(url.startswith(address) for url in seen.requests)
        assert any("/tiles/0/" in url for url in seen.requests)
        assert seen.pixels("#0072B2")["count"] > 20
        assert "天地图" in seen.page.locator(".leaflet-control-attribution").text_content()
