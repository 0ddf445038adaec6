"""Registers year after year: dated snapshots that never change, and what happened between two of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geodata.history.events import EVENTS, register_changes
    from geodata.history.index import find_enterprise
    from geodata.history.snapshots import (
        Snapshot,
        add_snapshot,
        find_snapshot,
        is_register_store,
        list_snapshots,
        load_snapshot,
    )

_HOMES = {
    "EVENTS": "geodata.history.events",
    "Snapshot": "geodata.history.snapshots",
    "add_snapshot": "geodata.history.snapshots",
    "register_changes": "geodata.history.events",
    "find_enterprise": "geodata.history.index",
    "find_snapshot": "geodata.history.snapshots",
    "is_register_store": "geodata.history.snapshots",
    "list_snapshots": "geodata.history.snapshots",
    "load_snapshot": "geodata.history.snapshots",
}

__all__ = [
    "EVENTS",
    "Snapshot",
    "add_snapshot",
    "find_enterprise",
    "find_snapshot",
    "is_register_store",
    "list_snapshots",
    "load_snapshot",
    "register_changes",
]


def __getattr__(name: str) -> object:
    """Load on first use, so that importing the package stays quick."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(home), name)
