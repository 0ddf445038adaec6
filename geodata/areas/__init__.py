"""Basic units: which unit a point lies in, which units adjoin on the ground, and how units are made."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geodata.areas.adjacency import build_adjacency
    from geodata.areas.assignment import unit_of

_HOME = {
    "build_adjacency": "adjacency",
    "unit_of": "assignment",
}

__all__ = ["build_adjacency", "unit_of"]


def __getattr__(name: str) -> Any:
    """Load a public name from the module that holds it, so that importing the package stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
