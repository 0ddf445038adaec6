"""Validated layers: plain frames in one working CRS, and where each came from.

``validate`` is the only maker of :class:`Layers`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geodata.layers.bundle import Layers
    from geodata.layers.validation import validate

_HOMES = {"Layers": "geodata.layers.bundle", "validate": "geodata.layers.validation"}

__all__ = ["Layers", "validate"]


def __getattr__(name: str) -> object:
    """Load on first use, so that importing the package stays quick."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(home), name)
