"""QGIS styles: colours of Okabe and Ito, told apart by shape as well."""

from __future__ import annotations

POINTS = {
    "station": ("square", "0,114,178", 4.0),
    "service_point": ("circle", "0,158,115", 2.4),
    "rest_station": ("triangle", "213,94,0", 3.0),
    "organisations": ("circle", "140,140,140", 0.8),
}
"""Layer -> marker, red-green-blue, size in millimetres."""

OTHER_TIER = ("diamond", "204,121,167", 3.0)

AREAS = {
    "districts": ("0,114,178,40", "0,0,0", 0.5),
    "units": ("0,0,0,0", "150,150,150", 0.15),
    "street_towns": ("0,0,0,0", "80,80,80", 0.8),
}
"""Layer -> fill, outline, outline width in millimetres."""


def qml(layer: str) -> str:
    """Return the QML style of a layer."""
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
    else:
        shape, colour, size = POINTS.get(layer, OTHER_TIER)
        symbol = _symbol(
            "marker",
            "SimpleMarker",
            {
                "name": shape,
                "color": f"{colour},255",
                "outline_color": "255,255,255,255",
                "size": str(size),
            },
        )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.28" styleCategories="Symbology"><renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2></qgis>'
    )


def _symbol(kind: str, layer_class: str, options: dict[str, str]) -> str:
    values = "".join(
        f'<Option type="QString" name="{name}" value="{value}"/>' for name, value in options.items()
    )
    return f'<symbol type="{kind}" name="0" alpha="1"><layer class="{layer_class}" enabled="1"><Option type="Map">{values}</Option></layer></symbol>'
