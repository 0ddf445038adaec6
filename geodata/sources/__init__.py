"""Files as people bring them -> checked frames, with every refused and mended row named."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geodata.provenance import Read, SourceRecord
    from geodata.sources.boundaries import Boundaries, read_boundaries
    from geodata.sources.bundle import Source, read_layers
    from geodata.sources.disputes import read_disputes
    from geodata.sources.federations import read_federation_list
    from geodata.sources.links import read_links
    from geodata.sources.outdoor import read_outdoor
    from geodata.sources.platform_workers import read_platform_workers
    from geodata.sources.premises_book import read_premises_book
    from geodata.sources.register import read_register
    from geodata.sources.rejects import write_rejected
    from geodata.sources.sites import read_sites
    from geodata.sources.sub_areas import read_sub_areas
    from geodata.sources.workplaces import read_workplaces

_HOMES = {
    "Boundaries": "geodata.sources.boundaries",
    "Read": "geodata.provenance",
    "Source": "geodata.sources.bundle",
    "SourceRecord": "geodata.provenance",
    "read_boundaries": "geodata.sources.boundaries",
    "read_disputes": "geodata.sources.disputes",
    "read_federation_list": "geodata.sources.federations",
    "read_layers": "geodata.sources.bundle",
    "read_links": "geodata.sources.links",
    "read_sub_areas": "geodata.sources.sub_areas",
    "read_outdoor": "geodata.sources.outdoor",
    "read_platform_workers": "geodata.sources.platform_workers",
    "read_premises_book": "geodata.sources.premises_book",
    "read_register": "geodata.sources.register",
    "read_sites": "geodata.sources.sites",
    "read_workplaces": "geodata.sources.workplaces",
    "write_rejected": "geodata.sources.rejects",
}

__all__ = [
    "Boundaries",
    "Read",
    "Source",
    "SourceRecord",
    "read_boundaries",
    "read_disputes",
    "read_federation_list",
    "read_layers",
    "read_links",
    "read_outdoor",
    "read_platform_workers",
    "read_premises_book",
    "read_register",
    "read_sites",
    "read_sub_areas",
    "read_workplaces",
    "write_rejected",
]


def __getattr__(name: str) -> object:
    """Load a reader on first use, so that importing the package stays quick."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(home), name)
