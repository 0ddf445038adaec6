"""QGIS styles: colours of Okabe and Ito, told apart by shape as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.rules import Style

POINTS = {
    "organisations": ("circle", "140,140,140", 0.8),
    "carriers": ("diamond", "230,159,0", 1.4),
}
"""Layer that is no tier -> marker, red-green-blue, size in millimetres."""

MARKERS = {
    "triangle": ("equilateral_triangle", 0),
    "wedge": ("equilateral_triangle", 180),
    "cross": ("cross_fill", 0),
}
"""Shape -> QGIS' name of it and by how many degrees it is turned; the others have the same name."""
MM_PER_PX = 0.58

AREAS = {
    "districts": ("0,114,178,40", "0,0,0", 0.5),
    "existing_federations": ("0,0,0,0", "204,121,167", 0.9),
    "units": ("0,0,0,0", "150,150,150", 0.15),
    "street_towns": ("0,0,0,0", "80,80,80", 0.8),
}
"""Layer -> fill, outline, outline width in millimetres."""


LINES = {
    "street": "0,158,115",
    "bridge": "0,114,178",
    "tunnel": "0,114,178",
    "ferry": "86,180,233",
    "added": "204,121,167",
    "cut": "213,94,0",
    "made": "230,159,0",
    "none": "170,170,170",
}
"""How two units adjoin -> colour of the line between them."""


def qml(layer: str, tiers: Mapping[str, Style]) -> str:
    """Return the QML style of a layer; a tier's is that of every other map."""
    if layer == "adjacency":
        return _links()
    if layer in AREAS:
        fill, line, width = AREAS[layer]
        symbol = _symbol(
            "fill",
            "SimpleFill",
            {
                "color": fill,
                "outline_color": f"{line},255",
                "outline_width": str(width),
                "style": "solid",
            },
        )
    elif layer in tiers:
        symbol = _tier(tiers[layer])
    else:
        shape, colour, size = POINTS[layer]
        symbol = _marker(shape, colour, "255,255,255", size)
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.28" styleCategories="Symbology"><renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2></qgis>'
    )


def _tier(style: Style) -> str:
    shape, angle = MARKERS.get(style.shape, (style.shape, 0))
    size = round(style.radius_px * MM_PER_PX, 1)
    return _marker(shape, _rgb(style.colour), _rgb(style.border), size, angle)


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[k : k + 2], 16)) for k in (1, 3, 5))


def _marker(shape: str, fill: str, line: str, size: float, angle: int = 0) -> str:
    options = {
        "name": shape,
        "color": f"{fill},255",
        "outline_color": f"{line},255",
        "size": str(size),
        "angle": str(angle),
    }
    return _symbol("marker", "SimpleMarker", options)


def _links() -> str:
    """Return lines coloured by how two units adjoin; those nobody crosses are dashed."""
    kinds = list(LINES.items())
    symbols = "".join(
        _symbol(
            "line",
            "SimpleLine",
            {
                "line_color": f"{colour},255",
                "line_width": "0.5",
                "line_style": "dash" if kind in {"none", "cut"} else "solid",
            },
            str(place),
        )
        for place, (kind, colour) in enumerate(kinds)
    )
    categories = "".join(
        f'<category symbol="{place}" value="{kind}" label="{kind}" render="true"/>'
        for place, (kind, _colour) in enumerate(kinds)
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.28" styleCategories="Symbology"><renderer-v2 type="categorizedSymbol" attr="how">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2></qgis>"
    )


def _symbol(kind: str, layer_class: str, options: dict[str, str], name: str = "0") -> str:
    values = "".join(
        f'<Option type="QString" name="{key}" value="{value}"/>' for key, value in options.items()
    )
    return f'<symbol type="{kind}" name="{name}" alpha="1"><layer class="{layer_class}" enabled="1"><Option type="Map">{values}</Option></layer></symbol>'
