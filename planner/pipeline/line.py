"""The straight line on one page: scenario -> layers -> roads -> organisations -> districts -> sites -> plan -> proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from planner.errors import VerificationError
from planner.pipeline import operations
from planner.pipeline.asked import asked_notes
from planner.pipeline.basemap import basemap
from planner.pipeline.book import book_notes, with_vetoes
from planner.pipeline.density import (
    density_notes,
    read_everything,
    workers_without_register,
)
from planner.pipeline.districts import draw_districts
from planner.pipeline.existing import existing_federations
from planner.pipeline.formation import Survey, fit_joint_unions, organise
from planner.pipeline.ground import lay_ground
from planner.pipeline.industries import form_industries, industry_notes
from planner.pipeline.look import datum_notes, road_lines
from planner.pipeline.network import network_for
from planner.pipeline.notes import formation_notes, refuse_off_road, run_notes, size_notes
from planner.pipeline.outdoor import with_road_activity
from planner.pipeline.parent import read_parent
from planner.pipeline.platform import platform_notes
from planner.pipeline.record import Made, seen_from, write_down
from planner.pipeline.sites import NO_FACILITIES, TierAnswer, site_tier
from planner.pipeline.stages import Stages
from planner.pipeline.standing import carried_sites, held_sites
from planner.pipeline.sub_areas import sub_area_notes, sub_area_tables, unit_sub_areas
from planner.pipeline.units import adjacency_notes, adjoin, cut_units
from planner.pipeline.watch import Watch
from planner.pipeline.workers import Workers
from planner.store import check_writable, save_plan
from planner.targets import quotas
from planner.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geodata.layers import Layers
    from geodata.roads import RoadNetwork
    from planner.pipeline.cluster import Cluster
    from planner.plan import Plan
    from planner.scenario import Scenario

STORE_WAIT_S = 120.0
"""So long a finished plan waits for another process to store its own, which takes seconds."""


@dataclass(frozen=True, eq=False)
class Run:
    """What one run gave: the verified plan, where it lies, what each stage took."""

    plan: Plan
    path: Path
    stages: dict[str, dict[str, float]]


def check(scenario: Scenario) -> Layers:
    """Read and check the inputs of a scenario without planning; see `geodata.sources.read_layers`."""
    return read_everything(scenario)[0]


def run(
    scenario: Scenario,
    *,
    store: Path | None = None,
    jobs: int | None = None,
    watch: Watch | None = None,
    command: str = "",
    resume: bool = True,
    cluster: Cluster | None = None,
    parents: Path | None = None,
    look: Callable[[Plan], Plan] | None = None,
) -> Run:
    """Make, verify and store a plan; a plan that does not verify is not stored.

    Parameters
    ----------
    scenario
        One run's settings, see `planner.scenario.read_scenario`.
    store
        Plan store; the scenario's own when left out.
    jobs
        Processes and threads; all cores when left out. The plan does not depend on it.
    watch
        Collects what each stage took and shows progress.
    command
        The command that asked, for the plan's record.
    resume
        Whether stages whose inputs, settings and code are those of an earlier run may take its answers.
    cluster
        Workers of a Dask cluster that take a share of the work; the plan does not depend on it.
    parents
        Plan store that holds the parent; ``store`` when left out.
    look
        Sees the plan before it is verified and stored, and may add derived tables to it.

    Raises
    ------
    GeodataError, PlannerError
        For inputs that cannot be used and rules nobody can meet; nothing is stored then.
    """
    watch = watch or Watch()
    store = store or scenario.resolve(scenario.store.path)
    check_writable(store)
    workers = Workers(jobs, cluster)
    step = Stages(scenario, store, watch, resume=resume)
    plan, network = make(
        scenario,
        step,
        store=store,
        workers=workers,
        watch=watch,
        parents=parents,
        command=command,
    )
    plan = plan if look is None else look(plan)
    over = None if workers.cluster is None else workers.over
    findings = step("verify", verify, plan, network, over, threads=workers.threads)
    if findings:
        raise VerificationError([finding.fault for finding in findings])
    path = step("store", save_plan, plan, store, wait_s=STORE_WAIT_S)
    step.done()
    return Run(plan, path, dict(watch.stages))


def make(
    scenario: Scenario,
    step: Stages,
    *,
    store: Path,
    workers: Workers,
    watch: Watch,
    parents: Path | None = None,
    command: str = "",
) -> tuple[Plan, RoadNetwork]:
    """Do the stages of the line and return the plan, neither verified nor stored, with its network; see `run`."""
    parent = read_parent(scenario, parents or store)
    layers, density, tables = step("layers", read_everything, scenario)
    network = step("network", network_for, scenario, crs=layers.crs, store=store)
    layers = with_road_activity(scenario, layers, network)
    layers = step("units", cut_units, scenario, layers, network)
    unregistered, factors = step(
        "density",
        workers_without_register,
        scenario,
        layers,
        network,
        density,
        tables.platform_workers,
    )
    surveyed = Survey(scenario, layers, network)
    formation = step("organisations", organise, surveyed, parent)
    adjacency = step("adjacency", adjoin, scenario, layers, formation.formed, network, tables.links)
    formation = step(
        "joint_unions",
        fit_joint_unions,
        surveyed,
        formation,
        adjacency=adjacency,
        listed=tables.federations,
        parent=parent,
    )
    del surveyed  # what it found out is of no use from here on, and large
    formed = formation.formed
    layers, existing = step(
        "federations", existing_federations, tables.federations, layers, formed, adjacency
    )
    sub_areas = unit_sub_areas(tables, layers)
    drawn = step(
        "districts",
        draw_districts,
        scenario,
        layers,
        formed,
        adjacency,
        existing,
        sub_areas=sub_areas,
        parent=parent,
        workers=workers,
        progress=watch.move,
    )
    districts = drawn.districts
    industries = step(
        "industries",
        form_industries,
        scenario.rules.industry_federations,
        layers,
        formed,
        drawn.unit_district,
        parent,
    )
    kept_whole = sub_area_tables(sub_areas, layers, formed, drawn.unit_district)
    whole_notes = sub_area_notes(kept_whole, tables, layers)
    ground = step(
        "access",
        lay_ground,
        scenario,
        layers,
        formed,
        network,
        drawn.unit_district,
        unregistered=unregistered,
    )
    refuse_off_road(ground)
    scenario = with_vetoes(scenario, layers.premises_book, ground.sites)
    goals = step("targets", operations.targets, scenario, layers, formed)
    held = held_sites(parent, ground, drawn)
    facilities = NO_FACILITIES
    answers: list[TierAnswer] = []
    for tier in scenario.rules.tiers:
        answers.append(
            step(
                f"tier_{tier.name}",
                site_tier,
                tier,
                ground,
                facilities,
                scenario,
                quotas(goals, tier.name),
                held.get(tier.name),
                workers=workers,
            )
        )
        facilities = pd.concat([answer.facilities for answer in answers], ignore_index=True)
    settled = operations.Settled(
        scenario, layers, formed, ground, districts, answers, facilities, unregistered
    )
    staffing = step("staff", operations.post_staff, scenario, districts)
    money = step("money", operations.count_money, settled, staffing)
    timetable = step("hours", operations.set_hours, settled, staffing)
    programme = step("programme", operations.phase, settled, staffing, money)
    models, tables = step("services", operations.serve, settled, staffing, money, timetable, goals)
    shown = step("basemap", basemap, network, scenario.resolve(scenario.inputs.roads))
    made = Made(
        scenario,
        layers,
        formation,
        existing,
        adjacency,
        drawn,
        industries,
        ground,
        shown,
        tuple(answers),
        goals,
        staffing,
        money,
        timetable,
        programme,
        models,
        tables,
        (
            *run_notes(layers, network, drawn.problem, drawn.districting, ground),
            *(
                f"{layer} ({path}): {told}"
                for layer, path, told in datum_notes(layers, road_lines(network))
            ),
            *density_notes(unregistered, factors),
            *platform_notes(unregistered),
            *formation_notes(formation),
            *size_notes(formation.sizes),
            *adjacency_notes(layers, adjacency),
            *whole_notes,
            *book_notes(layers.premises_book, ground.sites),
            *existing.notes,
            *industry_notes(industries),
            *asked_notes(scenario.rules.tiers, answers, len(ground.peopled["district_id"]), goals),
        ),
        unregistered,
        factors,
        parent,
        carried_sites(held),
        kept_whole,
    )
    plan = step("figures", write_down, made, command, seen_from(store, scenario.folder))
    return plan, network
