"""The Folium page: a map without tiles or markers, and one element that draws the data beside it."""

from __future__ import annotations

import re
import secrets
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from jinja2 import Template

LIBRARIES = {
    "leaflet.js": "vendor/leaflet/leaflet.js",
    "leaflet.css": "vendor/leaflet/leaflet.css",
    "planmap.js": "planmap.js",
    "planmap.css": "planmap.css",
}
"""Name beside the page -> file in webmap/static."""

SHELL = Template(
    "<!DOCTYPE html>\n"
    '<html lang="zh-CN">\n<head>\n<title>{{ this.title | e }}</title>\n'
    "{{ this.header.render(**kwargs) }}\n</head>\n"
    "<body>\n{{ this.html.render(**kwargs) }}\n"
    "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
)


class PlanLayer(MacroElement):
    """Draws ``window.PLAN`` on the map; names reach the page only as data and are written with textContent."""

    _template = Template(
        "{% macro script(this, kwargs) %}{{ this.script }}.start({{ this._parent.get_name() }});{% endmacro %}"
    )

    def __init__(self, script: str) -> None:
        super().__init__()
        self.script = script


def render_page(title: str, centre: tuple[float, float], script: str = "planmap") -> str:
    """Return the page's HTML; it loads only files that lie beside it.

    Parameters
    ----------
    title
        Title of the window, plain text.
    centre
        Latitude and longitude to start from.
    script
        Script beside the page that draws the data.
    """
    figure = Figure(title=title)
    figure._template = SHELL  # noqa: SLF001 - folium offers no other way to set the language of the page
    page = _bare_map(centre, script)
    page.add_child(PlanLayer(script))
    page.add_to(figure)
    figure.html.add_child(Element('<div id="panel"></div>'), name="panel")
    return _with_nonce(figure.render())


def _bare_map(centre: tuple[float, float], script: str) -> folium.Map:
    page = folium.Map(
        location=list(centre),
        tiles=None,
        prefer_canvas=True,
        zoom_control=True,
        control_scale=False,
    )
    page._id = "plan"  # noqa: SLF001 - the same page for the same plan, byte for byte
    # Folium would load everything from the network: each library is named here, beside the page.
    page.default_js = [
        ("leaflet_js", "lib/leaflet.js"),
        ("data_js", "data.js"),
        (f"{script}_js", f"lib/{script}.js"),
    ]
    page.default_css = [("leaflet_css", "lib/leaflet.css"), ("planmap_css", "lib/planmap.css")]
    return page


def _with_nonce(html: str) -> str:
    """Let only the page's own scripts and styles run, whatever a name in the data contains."""
    nonce = secrets.token_urlsafe(12)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}' 'self' file:; "
        "img-src 'self' data: file:; base-uri 'none'; form-action 'none'"
    )
    html = html.replace("<script", f'<script nonce="{nonce}"').replace(
        "<style", f'<style nonce="{nonce}"'
    )
    html = re.sub(r",\s*maximum-scale=1.0, user-scalable=no", "", html)  # people may zoom
    meta: Any = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return html.replace("<head>", f"<head>\n{meta}", 1)
