"""The only part of the program that opens connections: roads from an Overpass server."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geodata.sources.remote.overpass import (
        Server,
        network_from_box,
        network_from_place,
        network_from_polygon,
    )

__all__ = ["Server", "network_from_box", "network_from_place", "network_from_polygon"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("geodata.sources.remote.overpass"), name)
    raise AttributeError(name)
