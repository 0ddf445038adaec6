"""Basic units into federation districts: arrays in, a map with a certified ceiling out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from planner.districting.problem import Band, Districting, DistrictingProblem
from planner.districting.settings import DistrictingSettings, Stop

if TYPE_CHECKING:
    from planner.districting.checks import check
    from planner.districting.feasible import TownFeasibility, feasibility
    from planner.districting.industry import (
        IndustryOverlay,
        IndustryThresholds,
        industry_federations,
    )
    from planner.districting.names import (
        district_ids,
        district_names,
        is_chinese,
        main_places,
        unused_id,
    )
    from planner.districting.parts import StreetTown, street_towns
    from planner.districting.solver import assemble, solve
    from planner.districting.stability import Change, compare
    from planner.districting.town import TownMap, solve_street_town
    from planner.districting.tradeoff import Alternative, Choice, alternatives, choices

__all__ = [
    "Alternative",
    "Band",
    "Change",
    "Choice",
    "Districting",
    "DistrictingProblem",
    "DistrictingSettings",
    "IndustryOverlay",
    "IndustryThresholds",
    "Stop",
    "StreetTown",
    "TownFeasibility",
    "TownMap",
    "alternatives",
    "assemble",
    "check",
    "choices",
    "compare",
    "district_ids",
    "district_names",
    "feasibility",
    "industry_federations",
    "is_chinese",
    "main_places",
    "solve",
    "solve_street_town",
    "street_towns",
    "unused_id",
]

# Modules with compiled kernels or scipy load only when they are used, so that `import planner.districting` stays quick.
_HEAVY = {
    "Alternative": "tradeoff",
    "Choice": "tradeoff",
    "IndustryOverlay": "industry",
    "IndustryThresholds": "industry",
    "alternatives": "tradeoff",
    "choices": "tradeoff",
    "district_ids": "names",
    "district_names": "names",
    "industry_federations": "industry",
    "is_chinese": "names",
    "main_places": "names",
    "Change": "stability",
    "StreetTown": "parts",
    "TownFeasibility": "feasible",
    "TownMap": "town",
    "assemble": "solver",
    "check": "checks",
    "compare": "stability",
    "feasibility": "feasible",
    "solve": "solver",
    "solve_street_town": "town",
    "street_towns": "parts",
    "unused_id": "names",
}


def __getattr__(name: str) -> Any:
    if name in _HEAVY:
        return getattr(import_module(f"planner.districting.{_HEAVY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
