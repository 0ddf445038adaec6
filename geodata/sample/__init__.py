"""A seeded city, written as the files a user would bring."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geodata.sample.sizes import SIZES, Size
    from geodata.sample.sub_areas import add_sub_areas
    from geodata.sample.write import SampleFiles, write_sample, write_sample_around
    from geodata.sample.years import write_years

_HOME = {
    "SIZES": "sizes",
    "SampleFiles": "write",
    "Size": "sizes",
    "add_sub_areas": "sub_areas",
    "write_sample": "write",
    "write_sample_around": "write",
    "write_years": "years",
}

__all__ = [
    "SIZES",
    "SampleFiles",
    "Size",
    "add_sub_areas",
    "write_sample",
    "write_sample_around",
    "write_years",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the module that holds it, so that importing the package stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"geodata.sample.{_HOME[name]}"), name)
