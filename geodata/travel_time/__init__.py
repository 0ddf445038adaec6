"""Travel times on the road network: pairs within a cutoff, nearest facilities, trips, service areas."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geodata.travel_time.closest import nearest
    from geodata.travel_time.counts import coverage
    from geodata.travel_time.isochrone import isochrones
    from geodata.travel_time.matrix import travel_times, travel_times_by_period
    from geodata.travel_time.nodes import count_nodes_within, nodes_within
    from geodata.travel_time.store import load_times, save_times
    from geodata.travel_time.times import TravelTimes
    from geodata.travel_time.trips import Trip, paths

__all__ = [
    "TravelTimes",
    "Trip",
    "count_nodes_within",
    "coverage",
    "isochrones",
    "load_times",
    "nearest",
    "nodes_within",
    "paths",
    "save_times",
    "travel_times",
    "travel_times_by_period",
]

_HOME = {
    "TravelTimes": "times",
    "Trip": "trips",
    "count_nodes_within": "nodes",
    "coverage": "counts",
    "isochrones": "isochrone",
    "load_times": "store",
    "nearest": "closest",
    "nodes_within": "nodes",
    "paths": "trips",
    "save_times": "store",
    "travel_times": "matrix",
    "travel_times_by_period": "matrix",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use, so that importing the package stays light."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
