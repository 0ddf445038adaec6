"""The tile proxy: the only part of the web application that asks another host, and only those named in the settings.

The key stays here: pages know a tile server by its number, and answers carry nothing of its address.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, abort, current_app, make_response

if TYPE_CHECKING:
    from webmap.settings import ServeSettings, TileServer

pages = Blueprint("tiles", __name__)

TIMEOUT_S = 8.0
MOST_BYTES = 2_000_000
KEPT = 2_000
IMAGES = {"image/png", "image/jpeg", "image/webp", "image/gif"}


class TileProxy:
    """Fetches tiles from the named servers and keeps the latest ones in memory."""

    def __init__(self, settings: ServeSettings) -> None:
        self._settings = settings
        self._hosts = {urlsplit(tile.url).hostname for tile in settings.tiles}
        self._kept: OrderedDict[tuple[int, int, int, int], tuple[bytes, str]] = OrderedDict()
        self._guard = threading.Lock()

    def fetch(self, number: int, z: int, x: int, y: int) -> tuple[bytes, str] | None:
        """Return a tile's bytes and content type, or None where its server has none or does not answer."""
        place = (number, z, x, y)
        with self._guard:
            if place in self._kept:
                self._kept.move_to_end(place)
                return self._kept[place]
        found = self._ask(self._settings.tiles[number], z, x, y)
        if found is not None:
            with self._guard:
                self._kept[place] = found
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return found

    def _ask(self, tile: TileServer, z: int, x: int, y: int) -> tuple[bytes, str] | None:
        import requests

        url = tile.url.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))
        url = url.replace("{key}", quote(self._settings.key(tile), safe=""))
        if urlsplit(url).hostname not in self._hosts:
            return None
        try:
            # A redirect could lead to a host nobody named.
            with requests.get(url, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as answer:
                kind = answer.headers.get("Content-Type", "").split(";")[0].strip().lower()
                if answer.status_code != 200 or kind not in IMAGES:
                    return None
                body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        except (requests.RequestException, OSError):
            return None
        return (body, kind) if len(body) <= MOST_BYTES else None


@pages.get("/tiles/<int:number>/<int:z>/<int:x>/<int:y>")
def tile(number: int, z: int, x: int, y: int) -> Any:
    """Return one tile of one of the named servers."""
    settings: ServeSettings = current_app.extensions["settings"]
    if number >= len(settings.tiles) or z > settings.tiles[number].max_zoom or max(x, y) >= 2**z:
        abort(404)
    found = current_app.extensions["tiles"].fetch(number, z, x, y)
    if found is None:
        abort(404)
    response = make_response(found[0])
    response.headers["Content-Type"] = found[1]
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response
