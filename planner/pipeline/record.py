"""Writing down a plan: decisions, what they were derived from, and how they came about."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.kpis import Facts, evaluate
from planner.pipeline.book import book_table
from planner.plan import OUTCOME_COLUMNS, Plan

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.layers import Layers
    from geodata.provenance import SourceRecord
    from geodata.roads import RoadNetwork
    from planner.hours import Timetable
    from planner.organisations import Organisations
    from planner.pipeline.districts import Districts
    from planner.pipeline.existing import Existing
    from planner.pipeline.formation import Formation
    from planner.pipeline.ground import Ground
    from planner.pipeline.industries import Industries
    from planner.pipeline.operations import Money
    from planner.pipeline.sites import TierAnswer
    from planner.programme import Programme
    from planner.result import Outcome
    from planner.scenario import Scenario

PACKAGES = (
    "union-service-planner",
    "geopandas",
    "shapely",
    "numpy",
    "scipy",
    "numba",
    "highspy",
    "osmium",
    "pandas",
)
"""Packages whose version a plan records."""


@dataclass(frozen=True, eq=False)
class Made:
    """What the stages of one run gave."""

    scenario: Scenario
    layers: Layers
    formation: Formation
    existing: Existing
    adjacency: pd.DataFrame
    drawn: Districts
    industries: Industries
    ground: Ground
    basemap: gpd.GeoDataFrame
    answers: tuple[TierAnswer, ...]
    goals: pd.DataFrame
    staffing: pd.DataFrame
    money: Money
    timetable: Timetable
    programme: Programme
    models: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...]
    unregistered: gpd.GeoDataFrame
    density_factors: pd.DataFrame
    parent: Plan | None
    carried_sites: pd.DataFrame
    sub_areas: dict[str, pd.DataFrame]

    @property
    def formed(self) -> Organisations:
        """Organisations of the plan."""
        return self.formation.formed


def seen_from(store: Path, folder: Path) -> str:
    """Return where a scenario's paths start, seen from the store, so that both can be moved together."""
    try:
        return Path(os.path.relpath(folder.resolve(), store.resolve())).as_posix()
    except ValueError:  # another drive on Windows
        return folder.as_posix()


def write_down(made: Made, command: str, inputs_from: str) -> Plan:
    """Turn the stages' answers into a plan with its figures.

    Parameters
    ----------
    made
        What the stages gave.
    command
        The command that asked for the plan, for its record.
    inputs_from
        Where the scenario's paths start, seen from the store.
    """
    rules = made.scenario.rules
    decisions = {
        "districts": made.drawn.districts,
        "unit_district": made.drawn.unit_district,
        "membership": made.formed.membership,
        "organisation_district": _organisation_district(made),
        "facilities": pd.concat([answer.facilities for answer in made.answers], ignore_index=True),
        "staffing": made.staffing,
        "targets": made.goals,
        "hours": made.timetable.hours,
        "programme": made.programme.steps,
        "models": made.models,
        "industry_federations": made.industries.federations,
        "industry_organisations": made.industries.organisations,
    }
    layers = {
        "enterprises": made.layers.enterprises,
        "units": made.layers.units,
        "street_towns": made.layers.street_towns,
        "boroughs": made.layers.boroughs,
        "outdoor": made.layers.outdoor,
        "unregistered": made.unregistered,
        "disputes": made.layers.disputes,
        "sites": made.ground.sites,
        "organisations": made.formed.organisations,
        "carriers": made.formed.carriers,
        "basemap": made.basemap,
    }
    if made.layers.presence is not None:
        layers["presence"] = made.layers.presence
    if made.existing.federations is not None:
        layers["existing_federations"] = made.existing.federations
    derived = _derived(made)
    figures = evaluate(Facts(rules, decisions, layers, derived, made.scenario.resources))
    tiers = pd.DataFrame([answer.summary for answer in made.answers])
    manifest = {**_manifest(made, command, inputs_from), "kpi_names": sorted(figures)}
    return Plan(decisions, tiers, layers, derived, manifest, figures)


def _organisation_district(made: Made) -> pd.DataFrame:
    organisations = made.formed.organisations
    districts = (
        organisations["unit_id"]
        .astype(str)
        .map(made.drawn.unit_district.set_index("unit_id")["district_id"])
    )
    return pd.DataFrame(
        {"organisation_id": organisations["organisation_id"], "district_id": districts}
    )


def _derived(made: Made) -> dict[str, pd.DataFrame]:
    parts = [(demand, access) for (demand, _), access in made.ground.demand.items()]
    parts += [("sites", access) for access in made.ground.site_access.values()]
    return {
        "access": pd.concat(
            [a.entities.assign(layer=name, mode=a.mode) for name, a in parts], ignore_index=True
        ),
        "access_points": pd.concat(
            [a.points.assign(mode=a.mode) for _, a in parts], ignore_index=True
        )
        .drop_duplicates(["mode", "access_id"])
        .sort_values(["mode", "access_id"]),
        "reach": pd.concat([answer.reach for answer in made.answers], ignore_index=True),
        "site_cards": pd.concat([answer.cards for answer in made.answers], ignore_index=True),
        "adjacency": made.adjacency,
        "formation": made.formation.counts,
        "joint_sizes": made.formation.sizes,
        "outside": made.formed.outside,
        "places": made.formed.places,
        "marks": made.formed.marks,
        "off_site": made.formation.off_site,
        "federation_findings": made.existing.findings,
        "rejected": made.layers.rejected.astype(str),
        "density_factors": made.density_factors,
        "premises_book": book_table(made.layers.premises_book, made.ground.sites),
        "outcomes": _outcomes(made),
        "site_costs": made.money.costs,
        "budget": made.money.budget,
        "custody": made.money.custody,
        "programme_coverage": made.programme.coverage,
        "programme_limits": made.programme.limits,
        **made.sub_areas,
        **made.tables,
        **_carried(made),
    }


def _carried(made: Made) -> dict[str, pd.DataFrame]:
    """Return what of the parent the plan goes on from, by which limits are verified and the difference is told."""
    if made.parent is None:
        return {}
    before = made.parent.decisions["organisation_district"]
    organisations = before.rename(columns={"district_id": "district_before"})
    return {
        "carried_units": made.drawn.units_before,
        "carried_organisations": organisations.reset_index(drop=True),
        "carried_sites": made.carried_sites,
    }


def _outcomes(made: Made) -> pd.DataFrame:
    """Return what the optimisers of hours and of the programme said, with what is offered at most."""
    rows = [
        (name, str(o.status), o.value, o.bound, o.gap_share, o.seed, o.work)
        for name, o in (("hours", made.timetable.outcome), ("programme", made.programme.outcome))
    ]
    return pd.DataFrame(rows, columns=list(OUTCOME_COLUMNS)).assign(
        offered=[made.timetable.offered, float("nan")]
    )


def _manifest(made: Made, command: str, inputs_from: str) -> dict[str, Any]:
    scenario = made.scenario
    outcomes = [made.drawn.outcome, *(answer.outcome for answer in made.answers)]
    return {
        "name": scenario.name,
        "command": command,
        "inputs_from": inputs_from,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "parent_plan": None if made.parent is None else made.parent.plan_id,
        "digests": {
            "districts": made.drawn.digests,
            "tiers": {str(answer.summary["tier"]): answer.digest for answer in made.answers},
        },
        "reproducible": all(outcome.reproducible for outcome in outcomes),
        "scenario": scenario.model_dump(mode="json", by_alias=True),
        "policy": scenario.rules.model_dump(mode="json"),
        "network": made.ground.network.content_hash,
        "network_repairs": {key: int(n) for key, n in made.ground.network.repairs.items()},
        "notes": list(made.notes),
        "sources": [
            record.to_dict()
            for record in (*made.layers.records, road_record(scenario, made.ground.network))
        ],
        "districting": _said(made.drawn.outcome),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def road_record(scenario: Scenario, network: RoadNetwork) -> SourceRecord:
    """Return where the roads came from: as the scenario declares; an OpenStreetMap file carries credit, licence and date."""
    from geodata.crs import STORAGE_CRS
    from geodata.provenance import SourceRecord, file_sha256
    from geodata.roads.osm_file import OSM_SUFFIXES, osm_credit, osm_date

    inputs = scenario.inputs
    path = scenario.resolve(inputs.roads)
    osm = path.name.lower().endswith(OSM_SUFFIXES)
    owner = inputs.roads_owner
    credit, licence = osm_credit(path) if osm else ("", "")
    if credit and "openstreetmap" not in owner.lower():
        owner = f"{owner}; {credit}" if owner else credit
    as_of = inputs.roads_as_of.isoformat() if inputs.roads_as_of else ""
    return SourceRecord(
        layer="roads",
        path=path.name,
        sha256=file_sha256(path) if path.is_file() else "",
        rows_in=len(network.edge_u),
        kept=len(network.edge_u),
        crs=STORAGE_CRS if osm else str(network.crs),
        owner=owner,
        licence=inputs.roads_licence or licence,
        as_of=as_of or (osm_date(path) if osm else ""),
    )


def _said(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": str(outcome.status),
        "value": outcome.value,
        "bound": outcome.bound,
        "gap_share": outcome.gap_share,
        "seed": outcome.seed,
        "work": outcome.work,
        "reason": outcome.reason,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
