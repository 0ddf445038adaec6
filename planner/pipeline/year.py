"""A year: looked at first, planned from its parent, proved, compared, and laid before somebody who signs; nothing is published."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from geodata.locking import locked
from geodata.messages import translator
from planner.difference import difference
from planner.difference.choices import CHOICES as NAMES
from planner.difference.notices import notices
from planner.errors import InfeasibleError
from planner.pipeline.alternatives import (
    CHOICES,
    CHOSEN,
    FROZEN,
    alternatives_table,
    impossible,
    measured,
    under,
)
from planner.pipeline.density import read_everything
from planner.pipeline.line import make, run
from planner.pipeline.network import network_for
from planner.pipeline.outdoor import with_road_activity
from planner.pipeline.preflight import preflight, refuse
from planner.pipeline.stages import Stages
from planner.pipeline.units import cut_units
from planner.pipeline.watch import Watch
from planner.pipeline.workers import Workers
from planner.store import find_plan, load_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geodata.layers import Layers
    from planner.difference import Difference
    from planner.difference.notices import Notices
    from planner.pipeline.alternatives import Choice
    from planner.pipeline.cluster import Cluster
    from planner.pipeline.preflight import Remark
    from planner.plan import Plan
    from planner.scenario import Scenario

_ = translator("planner")

BUSY = "year"
"""Folder of the store whose lock a yearly run holds, so that two do not run on one store at once."""


@dataclass(frozen=True, eq=False)
class Year:
    """What a yearly run gave.

    Parameters
    ----------
    plan, path
        The year's plan, verified, and where it lies; not published.
    parent
        The plan it goes on from.
    remarks
        What was seen before planning.
    changes
        What happened in the register: ``event``, ``enterprise_id``, ``name``, ``street_town_name``, ``workers``, ``before``,
        ``after``, ``distance_m``, ``matched_by``.
    found
        Difference to the parent.
    alternatives
        See `planner.pipeline.alternatives.COLUMNS`.
    told
        Notices.
    """

    plan: Plan
    path: Path
    parent: Plan
    remarks: tuple[Remark, ...]
    changes: pd.DataFrame
    found: Difference
    alternatives: pd.DataFrame
    told: Notices


def plan_year(
    scenario: Scenario,
    parent_id: str,
    *,
    store: Path | None = None,
    jobs: int | None = None,
    watch: Watch | None = None,
    command: str = "",
    resume: bool = True,
    cluster: Cluster | None = None,
    compare: bool = True,
) -> Year:
    """Plan a year from its parent, with what else could have been chosen; see `planner.pipeline.run`.

    Parameters
    ----------
    scenario
        The year's scenario, with its register.
    parent_id
        Plan it goes on from, or the beginning of its id.
    store, jobs, watch, command, resume, cluster
        As in `planner.pipeline.run`.
    compare
        Whether the alternatives and the middle column are worked out; they take about as long again each.

    Raises
    ------
    GeodataError, PlannerError
        For inputs that are not next year's of the same city, wishes that contradict each other, and whatever `run` refuses.
    LockedError
        When another yearly run works on the store.
    """
    store = store or scenario.resolve(scenario.store.path)
    parent = load_plan(store, find_plan(store, parent_id).name)
    budget = scenario.change.model_copy(update={"parent": parent.plan_id})
    scenario = scenario.model_copy(update={"change": budget})
    watch = watch or Watch()
    with _alone(store):
        step = Stages(scenario, store, watch, resume=resume)
        layers, _density, _tables = step("layers", read_everything, scenario)
        network = step("network", network_for, scenario, crs=layers.crs, store=store)
        layers = with_road_activity(scenario, layers, network)
        layers = step("units", cut_units, scenario, layers, network)
        remarks = preflight(scenario, parent, layers)
        refuse(remarks, scenario.inputs.enterprise_register.path)
        workers = Workers(jobs, cluster)
        rows, middle = (
            _alternatives(scenario, parent, store, workers=workers, resume=resume, watch=watch)
            if compare
            else ([], None)
        )

        def look(plan: Plan) -> Plan:
            return _with_alternatives(plan, parent, scenario, rows, middle)

        made = run(
            scenario,
            store=store,
            jobs=jobs,
            watch=watch,
            command=command,
            resume=resume,
            cluster=cluster,
            look=look,
        )
    plan = made.plan
    found = difference(parent, plan)
    return Year(
        plan,
        made.path,
        parent,
        remarks,
        register_events(parent, layers, scenario),
        found,
        plan.derived["alternatives"],
        notices(parent, plan, found),
    )


def register_events(parent: Plan, layers: Layers, scenario: Scenario) -> pd.DataFrame:
    """Return what happened to enterprises between the parent's register and this one."""
    from geodata.crs import STORAGE_CRS
    from geodata.history import register_changes

    rule = scenario.rules.organisations
    frames = []
    for enterprises, units, towns in (
        (parent.layers["enterprises"], parent.layers["units"], parent.layers["street_towns"]),
        (layers.enterprises, layers.units, layers.street_towns),
    ):
        frame = enterprises.to_crs(STORAGE_CRS).copy()
        if "street_town_name" not in frame:
            frame["street_town_name"] = _towns_of(enterprises, units, towns)
        for name in ("committee_name", "address"):
            if name not in frame:
                frame[name] = None
        frames.append(frame)
    return register_changes(
        frames[0], frames[1], threshold=rule.own_union_threshold, basis=rule.threshold_basis
    )


def _towns_of(enterprises: pd.DataFrame, units: pd.DataFrame, towns: pd.DataFrame) -> pd.Series:
    from geodata.areas import unit_of

    placed = unit_of(enterprises.geometry, units)["unit_id"]
    town = placed.map(units.set_index("unit_id")["street_town_id"])
    names = town.map(towns.set_index("street_town_id")["name"]).fillna("")
    return pd.Series(names.to_numpy(dtype=object), index=enterprises.index)


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Hold the store's yearly lock; another run is told who holds it."""
    folder = store / BUSY
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        yield


def _alternatives(
    scenario: Scenario,
    parent: Plan,
    store: Path,
    *,
    workers: Workers,
    resume: bool,
    watch: Watch,
) -> tuple[list[dict[str, object]], Plan | None]:
    """Make the plans that could have been chosen instead, and last year's network on this year's register."""
    rows: list[dict[str, object]] = []
    middle: Plan | None = None
    for choice in (FROZEN, *CHOICES):
        if choice.name == CHOSEN:
            continue
        varied = under(scenario, choice)
        quiet = Watch()
        step = Stages(varied, store, quiet, resume=resume)
        with watch.stage(f"choice_{choice.name}", _title(choice)):
            try:
                plan, _network = make(varied, step, store=store, workers=workers, watch=quiet)
            except InfeasibleError as error:
                if choice is not FROZEN:
                    rows.append(impossible(choice.name, str(error)))
                continue
        if choice is FROZEN:
            middle = plan
        else:
            rows.append(measured(choice.name, parent, plan, scenario))
    return rows, middle


def _title(choice: Choice) -> str:
    if choice is FROZEN:
        return _("last year's network on this year's register")
    return _("alternative: {name}").format(name=_(NAMES[choice.name]))


def _with_alternatives(
    plan: Plan,
    parent: Plan,
    scenario: Scenario,
    rows: list[dict[str, object]],
    middle: Plan | None,
) -> Plan:
    """Add the table of alternatives, with the plan itself in it, and the middle column."""
    rows = [*rows, measured(CHOSEN, parent, plan, scenario)]
    derived = {**plan.derived, "alternatives": alternatives_table(rows)}
    if middle is not None:
        derived["middle"] = pd.DataFrame(
            {"name": list(middle.kpis), "value": [float(v) for v in middle.kpis.values()]}
        )
    return replace(plan, derived=derived)
