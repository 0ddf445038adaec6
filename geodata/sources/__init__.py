"""Files as people bring them -> checked frames, with every refused and mended row named."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geodata.provenance import Read, SourceRecord
    from geodata.sources.boundaries import Boundaries, read_boundaries
    from geodata.sources.bundle import Source, read_layers
    from geodata.sources.disputes import read_disputes
    from geodata.sources.outdoor import read_outdoor
    from geodata.sources.register import read_register
    from geodata.sources.rejects import write_rejected
    from geodata.sources.sites import read_sites

_HOMES = {
    "Boundaries": "geodata.sources.boundaries",
    "Read": "geodata.provenance",
    "Source": "geodata.sources.bundle",
    "SourceRecord": "geodata.provenance",
    "read_boundaries": "geodata.sources.boundaries",
    "read_disputes": "geodata.sources.disputes",
    "read_layers": "geodata.sources.bundle",
    "read_outdoor": "geodata.sources.outdoor",
    "read_register": "geodata.sources.register",
    "read_sites": "geodata.sources.sites",
    "write_rejected": "geodata.sources.rejects",
}

__all__ = [
    "Boundaries",
    "Read",
    "Source",
    "SourceRecord",
    "read_boundaries",
    "read_disputes",
    "read_layers",
    "read_outdoor",
    "read_register",
    "read_sites",
    "write_rejected",
]


def __getattr__(name: str) -> object:
    """Load a reader on first use, so that importing the package stays quick."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(home), name)
