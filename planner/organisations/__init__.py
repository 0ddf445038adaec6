"""From enterprises to union organisations: who forms a union of its own and who shares one."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.organisations.form import form_organisations
    from planner.organisations.formed import Organisations
    from planner.organisations.rules import OrganisationRules

_HOME = {
    "OrganisationRules": "rules",
    "Organisations": "formed",
    "form_organisations": "form",
}

__all__ = ["OrganisationRules", "Organisations", "form_organisations"]


def __getattr__(name: str) -> Any:
    """Load a public name from the module that holds it, so that importing the package stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
