"""The Folium page: a map without tiles or markers, and one element that draws the data beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import folium
from branca.element import Figure, MacroElement
from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup

from webmap.script import as_literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SCRIPTS = {
    "leaflet_js": "vendor/leaflet/leaflet.js",
    "geometry_js": "geometry.js",
    "drawings_js": "drawings.js",
    "canvas_js": "canvas.js",
    "panel_js": "panel.js",
    "waiting_js": "waiting.js",
    "answers_js": "answers.js",
    "links_js": "links.js",
    "layers_js": "layers.js",
    "contents_js": "contents.js",
    "planmap_js": "planmap.js",
}
STYLES = {
    "leaflet_css": "vendor/leaflet/leaflet.css",
    "style_css": "style.css",
    "planmap_css": "planmap.css",
}
"""Name of a library -> file in webmap/static, in the order they are loaded."""


class PlanLayer(MacroElement):
    """Starts the drawing; names reach the page only as data and are written with ``textContent``."""

    _template = Template(
        "{% macro script(this, kwargs) %}{{ this.start }}({{ this._parent.get_name() }}, {{ this.options }});{% endmacro %}"
    )

    def __init__(self, options: Mapping[str, Any], start: str) -> None:
        super().__init__()
        self.start = start
        self.options = as_literal(dict(options))


@dataclass(frozen=True)
class Parts:
    """What Folium gives of a page: head, body, script."""

    head: Markup
    body: Markup
    script: Markup


def folium_parts(
    maps: Sequence[tuple[str, tuple[float, float], Mapping[str, Any]]],
    address: Callable[[str], str],
    nonce: str,
    *,
    data: Sequence[tuple[str, str]] = (),
    scripts: Mapping[str, str] = SCRIPTS,
    start: str = "planmap.start",
) -> Parts:
    """Return the parts of a page with one or more maps.

    Parameters
    ----------
    maps
        Name, starting place (latitude, longitude) and options of each map; options go to ``planmap.start``.
    address
        File in webmap/static -> where the page finds it.
    nonce
        Lets the page's own scripts and styles run and nothing else.
    data
        Further scripts as (name, address), loaded after Leaflet.
    scripts
        Scripts in the order they are loaded, Leaflet first; file in webmap/static by name.
    start
        What the page calls with each map and its options.
    """
    figure = Figure()
    libraries = [(name, address(path)) for name, path in scripts.items()]
    for name, centre, options in maps:
        page = folium.Map(
            location=list(centre), tiles=None, prefer_canvas=True, zoom_control=True, control_scale=False
        )  # fmt: skip
        page._id = name  # noqa: SLF001 - the same page for the same plan, byte for byte
        # Folium would load everything from the network: each library is named here.
        page.default_js = [libraries[0], *data, *libraries[1:]]
        page.default_css = [(key, address(path)) for key, path in STYLES.items()]
        page.add_child(PlanLayer(options, start))
        page.add_to(figure)
    figure.render()
    head = re.sub(r",\s*maximum-scale=1.0, user-scalable=no", "", figure.header.render())
    return Parts(
        _with_nonce(head, nonce),
        _with_nonce(figure.html.render(), nonce),
        Markup(figure.script.render()),  # noqa: S704 - Folium's own text and escaped literals
    )


def _with_nonce(html: str, nonce: str) -> Markup:
    html = html.replace("<script", f'<script nonce="{nonce}"')
    html = html.replace("<style", f'<style nonce="{nonce}"')
    return Markup(html)  # noqa: S704 - Folium's own text; names are not in it


def exported_templates() -> Environment:
    """Return the templates without a web server."""
    return Environment(loader=PackageLoader("webmap"), autoescape=True)
