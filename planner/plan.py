"""A plan: what was decided, for what inputs, under which rules; named by its decisions alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import PlanStoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

_ = translator("planner")

DECISIONS: Mapping[str, tuple[str, ...]] = {
    "districts": ("district_id", "street_town_id", "name", "organisations", "workers", "units"),
    "unit_district": ("unit_id", "district_id"),
    "membership": ("enterprise_id", "organisation_id", "reason"),
    "organisation_district": ("organisation_id", "district_id"),
    "facilities": (
        "facility_id",
        "tier",
        "site_id",
        "district_id",
        "parent_facility_id",
        "compulsory",
        "existing",
        "reason",
    ),
    "staffing": (
        "district_id",
        "professionals_needed",
        "professionals_posted",
        "part_time_chairs",
        "volunteers",
    ),
    "targets": ("target", "level", "area_id", "goal"),
    "hours": ("facility_id", "day", "window", "opens_min", "closes_min", "cover"),
    "programme": ("facility_id", "half_year"),
    "models": ("district_id", "place"),
}
"""Tables of decisions and their columns, in the order they are hashed."""

OVERLAYS: Mapping[str, tuple[str, ...]] = {
    "industry_federations": (
        "industry_federation_id",
        "name",
        "borough_id",
        "industry",
        "organisations",
        "workers",
        "street_towns",
        "districts",
    ),
    "industry_organisations": ("organisation_id", "industry_federation_id"),
}
"""Further tables of decisions, hashed after the others where they have rows; plans of earlier versions have none."""

_ROW = json.JSONEncoder(ensure_ascii=False)

OUTCOME_COLUMNS = ("optimum", "status", "value", "bound", "gap_share", "seed", "work")
"""What the optimisers of hours and of the programme said."""

TIER_COLUMNS = ("tier", "facilities", "status", "value", "bound", "gap_share", "seed", "work")
"""What the optimiser said of each tier."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Decisions, what they were derived from, and what follows from them.

    Parameters
    ----------
    decisions
        One frame per key of `DECISIONS` and, but for plans of earlier versions, of `OVERLAYS`; ids and integers only.
    tiers
        One row per tier, columns `TIER_COLUMNS`.
    layers
        The checked frames the plan was made from, in the working CRS: ``enterprises``, ``units``,
        ``street_towns``, ``boroughs``, ``outdoor``, ``sites`` (candidates that were made included) and
        ``organisations``.
    derived
        Tables that can be rebuilt: ``access`` (entity -> network access point), ``access_points``,
        ``reach`` (nearest facility of each tier), ``adjacency``, ``site_cards``.
    manifest
        Scenario, policy, sources, network hash, versions, stages; plain JSON values.
    kpis
        Name -> value.
    """

    decisions: Mapping[str, pd.DataFrame]
    tiers: pd.DataFrame
    layers: Mapping[str, gpd.GeoDataFrame]
    derived: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]
    kpis: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def plan_id(self) -> str:
        """Name of the plan: the digest of its decisions, which takes seconds for a city and never changes."""
        return plan_id(self.decisions)

    @property
    def facilities(self) -> pd.DataFrame:
        """Sites that open, with tier, district and parent."""
        return self.decisions["facilities"]

    @property
    def districts(self) -> pd.DataFrame:
        """Federation districts with their counts."""
        return self.decisions["districts"]


def plan_id(decisions: Mapping[str, pd.DataFrame]) -> str:
    """Return the digest of ids and integers, the same for any row order, machine or time.

    Raises
    ------
    PlanStoreError
        When a table or column is missing, or a value is neither text, integer, boolean nor absent.
    """
    digest = hashlib.sha256()
    held = {name: columns for name, columns in OVERLAYS.items() if len(decisions.get(name, ()))}
    for name, columns in {**DECISIONS, **held}.items():
        rows = _canonical_rows(name, decisions, columns)
        digest.update(json.dumps([name, rows], ensure_ascii=False, separators=(",", ":")).encode())
    return "p" + digest.hexdigest()[:15]


def table_digest(plan: Plan, name: str) -> str:
    """Return the digest of one table of decisions, the same for any row order."""
    rows = _canonical_rows(name, plan.decisions, DECISIONS[name])
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def _canonical_rows(
    name: str, decisions: Mapping[str, pd.DataFrame], columns: tuple[str, ...]
) -> list[list[Any]]:
    frame = decisions.get(name)
    missing = (
        columns if frame is None else [column for column in columns if column not in frame.columns]
    )
    if frame is None or missing:
        raise PlanStoreError(
            Fault(_("the plan lacks a table or columns"), name, len(missing), missing)
        )
    cells = [
        [_canonical(value, f"{name}.{column}") for value in frame[column].tolist()]
        for column in columns
    ]
    rows = [list(row) for row in zip(*cells, strict=True)]
    return sorted(rows, key=_ROW.encode)


def _canonical(value: Any, where: str) -> str | int | bool | None:
    if value is None or value != value:  # noqa: PLR0124 - NaN is the absent value of a text column
        return None
    if isinstance(value, bool | int | str):
        return value
    raise PlanStoreError(
        Fault(_("a decision may only hold ids and integers"), where, examples=[repr(value)])
    )
