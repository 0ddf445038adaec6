"""Travel times on the road network: pairs within a cutoff, nearest facilities, paths, service areas."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geodata.travel_time.matrix import travel_times
    from geodata.travel_time.times import TravelTimes

__all__ = ["TravelTimes", "travel_times"]

_HOMES = {
    "TravelTimes": "geodata.travel_time.times",
    "travel_times": "geodata.travel_time.matrix",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use, so that importing the package stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
