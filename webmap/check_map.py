"""The map of ``planner check``: street_towns, roads, and the rows that look misplaced, by reason; opens from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.crs import STORAGE_CRS
from geodata.messages import mark
from webmap import columns
from webmap.page import SCRIPTS
from webmap.payload import base_of, road_credit, simplified, source_line
from webmap.words import LAYERS, both
from webmap.writer import write_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

STYLES = (
    ("#D55E00", "triangle"),
    ("#0072B2", "square"),
    ("#009E73", "circle"),
    ("#CC79A7", "diamond"),
    ("#000000", "triangle"),
    ("#E69F00", "square"),
)
"""Colour and shape of each reason, in turn: Okabe and Ito's colours, told apart by shape as well."""

MOST_POINTS = 20_000
"""Most points drawn of one reason; the workbook lists every row."""

WORDS = {
    "title": mark("Rows that look misplaced"),
    "map": mark("map"),
    "search": mark("search names and ids"),
    "legend": mark("legend"),
    "roads": mark("roads"),
    "street_towns": mark("boundaries of subdistricts and towns"),
    "layer": mark("layer"),
    "row": mark("row of the file"),
    "name": mark("name"),
    "said": mark("where the row says it is"),
    "reason": mark("reason"),
    "fix": mark("what to do"),
    "nothing": mark("nothing found"),
    "more": mark("shown of all; search to narrow down"),
    "none": mark("No row looks misplaced."),
    "notes": mark("notes"),
    "sources": mark("sources"),
    "close": mark("close"),
    "zoom_in": mark("zoom in"),
    "zoom_out": mark("zoom out"),
    "internal": mark("internal working map; publishing it needs map review"),
}
"""Words of the page, by key."""


def write_check_map(
    folder: Path,
    *,
    name: str,
    street_towns: gpd.GeoDataFrame,
    misplaced: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame | None,
    notes: list[str],
    sources: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write the map of what looks misplaced and return its ``index.html``.

    Parameters
    ----------
    folder
        Folder for the page, its data and libraries; made when absent.
    name
        What people call the scenario.
    street_towns
        Areas with ``name``, in a projected CRS.
    misplaced
        As in :class:`geodata.layers.Layers`.
    roads
        ``kind`` and lines or water to draw; None draws none.
    notes
        Sentences on the sources, such as a likely datum.
    sources
        Records of the sources as plain values, the roads' among them where they are drawn.
    """
    values = _payload(name, street_towns, misplaced, roads, notes)
    values["sources"] = [source_line(source) for source in sources]
    values["credit"] = road_credit(sources)
    scripts = {
        key: path for key, path in SCRIPTS.items() if key not in {"answers_js", "contents_js"}
    }
    scripts["checkmap_js"] = "checkmap.js"
    return write_page(
        folder, values, name, values["bounds"], scripts=scripts, start="checkmap.start"
    )


def _payload(
    name: str,
    street_towns: gpd.GeoDataFrame,
    misplaced: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame | None,
    notes: list[str],
) -> dict[str, Any]:
    shapes = simplified(street_towns.geometry).to_crs(STORAGE_CRS)
    points = misplaced.geometry.to_crs(STORAGE_CRS)
    west, south, east, north = shapes.total_bounds.tolist()
    reasons = []
    for place, (reason, part) in enumerate(misplaced.groupby("reason", sort=True)):
        few = part.head(MOST_POINTS)
        colour, shape = STYLES[place % len(STYLES)]
        reasons.append(
            {
                "label": both(str(reason), "geodata", "planner"),
                "fix": both(str(part["suggested_fix"].iloc[0]), "geodata", "planner"),
                "colour": colour,
                "shape": shape,
                "count": len(part),
                "layer": [both(LAYERS.get(one, one), "webmap") for one in few["layer"]],
                "row": [
                    _row(sheet, row)
                    for sheet, row in zip(few["sheet"], few["source_row"], strict=True)
                ],
                "name": few["name"].tolist(),
                "said": few["said"].tolist(),
                **columns.points(few),
            }
        )
    if len(points):
        # A point in another city would make the map useless; those far off are reached through the table.
        x, y = points.x, points.y
        width, height = east - west, north - south
        near = (x > west - width) & (x < east + width) & (y > south - height) & (y < north + height)
        if near.any():
            west, east = min(west, float(x[near].min())), max(east, float(x[near].max()))
            south, north = min(south, float(y[near].min())), max(north, float(y[near].max()))
    return {
        "name": name,
        "words": {key: both(text, "webmap") for key, text in WORDS.items()},
        "towns": {
            "name": street_towns["name"].tolist(),
            "shape": columns.areas(shapes),
        },
        "basemap": base_of(roads),
        "reasons": reasons,
        "notes": notes,
        "bounds": [[south, west], [north, east]],
    }


def _row(sheet: str, row: int) -> str:
    number = "" if not row else str(row)
    return f"{sheet} {number}".strip()
