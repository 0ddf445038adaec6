"""From enterprises to union organisations: who forms a union of its own and who shares one."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.organisations.counting import formation_table, gap_list, rates, unit_sums
    from planner.organisations.drawing import Standing
    from planner.organisations.federations import (
        ExistingFederations,
        read_federations,
        resolve_parents,
    )
    from planner.organisations.form import form_level, form_organisations, settle, survey
    from planner.organisations.formed import Organisations
    from planner.organisations.reasons import explain_reason
    from planner.organisations.rules import OrganisationRules
    from planner.organisations.walking import RoadWalks
    from planner.organisations.workplaces import flag_off_site, split_by_workplace

_HOME = {
    "ExistingFederations": "federations",
    "OrganisationRules": "rules",
    "Organisations": "formed",
    "RoadWalks": "walking",
    "Standing": "drawing",
    "explain_reason": "reasons",
    "flag_off_site": "workplaces",
    "form_level": "form",
    "form_organisations": "form",
    "formation_table": "counting",
    "gap_list": "counting",
    "rates": "counting",
    "read_federations": "federations",
    "resolve_parents": "federations",
    "settle": "form",
    "split_by_workplace": "workplaces",
    "survey": "form",
    "unit_sums": "counting",
}

__all__ = [
    "ExistingFederations",
    "OrganisationRules",
    "Organisations",
    "RoadWalks",
    "Standing",
    "explain_reason",
    "flag_off_site",
    "form_level",
    "form_organisations",
    "formation_table",
    "gap_list",
    "rates",
    "read_federations",
    "resolve_parents",
    "settle",
    "split_by_workplace",
    "survey",
    "unit_sums",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the module that holds it, so that importing the package stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
