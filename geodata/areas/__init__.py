"""Basic units: which unit a point lies in, which units adjoin on the ground, and how units are made."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geodata.areas.adjacency import build_adjacency
    from geodata.areas.assignment import unit_of
    from geodata.areas.blocks import make_blocks
    from geodata.areas.coverage import fill_holes, find_overlaps, resolve_overlaps
    from geodata.areas.hexagons import make_hexagons
    from geodata.areas.links import (
        adjacency_lines,
        change_links,
        check_links,
        find_islands,
    )
    from geodata.areas.sub_areas import check_sub_areas, sub_area_of_units

_HOME = {
    "adjacency_lines": "links",
    "build_adjacency": "adjacency",
    "change_links": "links",
    "check_links": "links",
    "fill_holes": "coverage",
    "find_islands": "links",
    "find_overlaps": "coverage",
    "make_blocks": "blocks",
    "make_hexagons": "hexagons",
    "check_sub_areas": "sub_areas",
    "resolve_overlaps": "coverage",
    "sub_area_of_units": "sub_areas",
    "unit_of": "assignment",
}

__all__ = [
    "adjacency_lines",
    "build_adjacency",
    "change_links",
    "check_links",
    "check_sub_areas",
    "fill_holes",
    "find_islands",
    "find_overlaps",
    "make_blocks",
    "make_hexagons",
    "resolve_overlaps",
    "sub_area_of_units",
    "unit_of",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the module that holds it, so that importing the package stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
