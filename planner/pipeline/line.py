"""The straight line on one page: scenario -> layers -> roads -> organisations -> districts -> sites -> plan -> proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from geodata.messages import current_language, translator
from planner.errors import VerificationError
from planner.pipeline.basemap import basemap
from planner.pipeline.decisions import district_tables
from planner.pipeline.ground import lay_ground
from planner.pipeline.inputs import read_inputs
from planner.pipeline.network import network_for
from planner.pipeline.notes import refuse_off_road, run_notes
from planner.pipeline.record import Made, seen_from, write_down
from planner.pipeline.sites import NO_FACILITIES, TierAnswer, site_tier
from planner.pipeline.steps import adjoin, draw_districts, organise
from planner.pipeline.watch import Watch
from planner.store import save_plan
from planner.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from geodata.layers import Layers
    from planner.plan import Plan
    from planner.policy import Tier
    from planner.scenario import Scenario

_ = translator("planner")


@dataclass(frozen=True, eq=False)
class Run:
    """What one run gave: the verified plan, where it lies, what each stage took."""

    plan: Plan
    path: Path
    stages: dict[str, dict[str, float]]


def check(scenario: Scenario) -> Layers:
    """Read and check the inputs of a scenario without planning; see `geodata.sources.read_layers`."""
    return read_inputs(scenario)


def run(
    scenario: Scenario,
    *,
    store: Path | None = None,
    jobs: int | None = None,
    watch: Watch | None = None,
    command: str = "",
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

    Raises
    ------
    GeodataError, PlannerError
        For inputs that cannot be used and rules nobody can meet; nothing is stored then.
    """
    watch = watch or Watch()
    store = store or scenario.resolve(scenario.store.path)
    rules = scenario.rules
    with watch.stage("layers", _("reading and checking the inputs")):
        layers = read_inputs(scenario)
    with watch.stage("network", _("building the road network")):
        network = network_for(scenario, crs=layers.crs, store=store)
    with watch.stage("organisations", _("enterprises to union organisations")):
        formed = organise(scenario, layers)
    with watch.stage("adjacency", _("which basic units adjoin on the ground")):
        adjacency = adjoin(scenario, layers, formed, network)
    with watch.stage("districts", _("drawing federation districts")):
        problem, districting = draw_districts(scenario, layers, formed, adjacency, jobs)
        districts, unit_district = district_tables(problem, districting, layers.street_towns)
    with watch.stage("access", _("placing people and premises on the roads")):
        ground = lay_ground(scenario, layers, formed, network, unit_district, jobs=jobs)
        refuse_off_road(ground)
    facilities = NO_FACILITIES
    answers: list[TierAnswer] = []
    for tier in rules.tiers:
        with watch.stage(
            f"tier_{tier.name}", _("choosing sites: {tier}").format(tier=tier_label(tier))
        ):
            answers.append(site_tier(tier, ground, facilities, scenario))
            facilities = pd.concat([answer.facilities for answer in answers], ignore_index=True)
    with watch.stage("basemap", _("roads and water for the map")):
        drawn = basemap(network, scenario.resolve(scenario.inputs.roads))
    with watch.stage("figures", _("headcount and figures")):
        made = Made(
            scenario,
            layers,
            formed,
            adjacency,
            districting,
            districts,
            unit_district,
            ground,
            drawn,
            tuple(answers),
            tuple(run_notes(layers, network, problem, districting, ground)),
        )
        plan = write_down(made, command, seen_from(store, scenario.folder))
    with watch.stage("verify", _("verifying independently")):
        findings = verify(plan, network)
        if findings:
            raise VerificationError([finding.fault for finding in findings])
    with watch.stage("store", _("storing the plan")):
        path = save_plan(plan, store)
    return Run(plan, path, dict(watch.stages))


def tier_label(tier: Tier) -> str:
    """Return the tier's name in the reader's language."""
    return tier.label_zh if current_language() == "zh" else tier.label_en
