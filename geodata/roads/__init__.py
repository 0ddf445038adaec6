"""Road networks: built from OpenStreetMap once, stored, and joined to points along their edges."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from geodata.roads.network import ModeGraph, RoadNetwork, Snapped

# The function has its module's name: imported here at once, so that the module never takes its place.
from geodata.roads.snap import SnapStatus, snap

if TYPE_CHECKING:
    from geodata.roads.basemap import basemap_lines
    from geodata.roads.build import build_network
    from geodata.roads.graph_exchange import from_networkx, to_networkx
    from geodata.roads.osm_carriers import read_carrier_places
    from geodata.roads.osm_features import (
        read_areas,
        read_buildings,
        read_lines,
        read_places,
        read_water_barriers,
    )
    from geodata.roads.repairs import describe_repairs
    from geodata.roads.rounding import rounding_error
    from geodata.roads.store import load_network, save_network

__all__ = [
    "ModeGraph",
    "RoadNetwork",
    "SnapStatus",
    "Snapped",
    "basemap_lines",
    "build_network",
    "describe_repairs",
    "from_networkx",
    "load_network",
    "read_areas",
    "read_buildings",
    "read_carrier_places",
    "read_lines",
    "read_places",
    "read_water_barriers",
    "rounding_error",
    "save_network",
    "snap",
    "to_networkx",
]

_HOME = {
    "basemap_lines": "basemap",
    "describe_repairs": "repairs",
    "from_networkx": "graph_exchange",
    "to_networkx": "graph_exchange",
    "rounding_error": "rounding",
    "read_areas": "osm_features",
    "read_buildings": "osm_features",
    "read_carrier_places": "osm_carriers",
    "read_lines": "osm_features",
    "read_places": "osm_features",
    "read_water_barriers": "osm_features",
    "build_network": "build",
    "load_network": "store",
    "save_network": "store",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"geodata.roads.{_HOME[name]}"), name)
    raise AttributeError(name)


def __dir__() -> list[str]:
    return sorted(__all__)
