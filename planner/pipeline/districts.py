"""Federation districts: drawn from scratch, or carried on from the parent plan or from the list of today's federations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import InfeasibleError
from planner.pipeline.decisions import district_tables
from planner.pipeline.naming import ids_and_names
from planner.problems.districting import districting_problem
from planner.problems.incumbent import Incumbent, town_digests, units_before, with_incumbent
from planner.result import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import geopandas as gpd

    from geodata.layers import Layers
    from planner.districting import Districting, DistrictingProblem
    from planner.districting.adjusting import Budget
    from planner.organisations import Organisations
    from planner.pipeline.existing import Existing
    from planner.pipeline.workers import Workers
    from planner.plan import Plan
    from planner.scenario import Scenario

_ = translator("planner")

CHANGE_COSTS = ("switching_weight", "per_organisation", "per_worker", "mid_term_factor", "pins")
"""Settings of the change budget that a street_town's map depends on."""


@dataclass(frozen=True, eq=False)
class Districts:
    """What drawing the districts gave.

    Parameters
    ----------
    problem, districting
        Arrays, and the map.
    districts, unit_district
        Tables of the plan.
    digests
        Street_town id -> digest of all its map depends on, by which next year sees that nothing changed.
    units_before
        ``unit_id``, ``unit_before``, ``district_before`` (absent where none, or where a border cuts the unit off from its
        district); no rows without a parent.
    """

    problem: DistrictingProblem
    districting: Districting
    districts: pd.DataFrame
    unit_district: pd.DataFrame
    digests: dict[str, str]
    units_before: pd.DataFrame

    @property
    def outcome(self) -> Outcome:
        """Status, value and bound of the map."""
        return self.districting.outcome


def draw_districts(
    scenario: Scenario,
    layers: Layers,
    formed: Organisations,
    adjacency: pd.DataFrame,
    existing: Existing,
    *,
    sub_areas: pd.Series | None = None,
    parent: Plan | None = None,
    workers: Workers,
    progress: Callable[[int, int], None] | None = None,
) -> Districts:
    """Draw federation districts; ``progress`` hears how many street_towns of how many are done.

    Raises
    ------
    InfeasibleError
        When the policy refuses what the street_towns offer, or the limit on switching cannot be kept; says which.
    """
    from planner.districting import DistrictingSettings, Stop, solve
    from planner.districting.adjusting import adjust

    base = districting_problem(
        layers.units, formed.organisations, adjacency, scenario.rules.federations, sub_areas
    )
    digests = town_digests(base, _settings(scenario))
    carried, before = carry_districts(
        scenario, base, layers.units, formed, existing=existing, parent=parent
    )
    problem = base if carried is None else carried.problem
    rule = scenario.change
    stop = Stop(work=scenario.stopping.districting_work, fuse_s=scenario.stopping.fuse_s)
    settings = DistrictingSettings(
        jobs=workers.threads,
        switching_weight=rule.switching_weight,
        purity_weight=scenario.rules.federations.industry_weight,
        area_weight=scenario.rules.federations.sub_area_weight,
        greenfield=rule.stance == "anew",
    )
    if carried is None or rule.stance == "anew":
        drawn = solve(
            problem,
            seed=scenario.seed,
            stop=stop,
            settings=settings,
            progress=progress,
            hand_out=workers.hand_out,
        )
    else:
        budget = _budget(scenario, carried, base, before=before, formed=formed, parent=parent)
        drawn = adjust(
            problem,
            budget,
            seed=scenario.seed,
            stop=stop,
            settings=settings,
            progress=progress,
            hand_out=workers.hand_out,
        )
    _refuse_out_of_band(problem, drawn)
    ids, names = ids_and_names(problem, drawn, layers, formed, carried=carried, parent=parent)
    tables = district_tables(problem, drawn, ids, names)
    return Districts(problem, drawn, *tables, digests, before)


def change_day(scenario: Scenario) -> date:
    """Return the day from which a year's changes hold."""
    return scenario.change.day or scenario.rules.programme.begins


def _settings(scenario: Scenario) -> list[object]:
    """Return the settings a street_town's map depends on beside its units."""
    costs = scenario.change.model_dump(mode="json", include=set(CHANGE_COSTS))
    rule = scenario.rules.federations
    counted = [scenario.seed, scenario.stopping.districting_work, costs, rule.industry_weight]
    return [*counted, rule.sub_area_weight] if scenario.inputs.sub_areas is not None else counted


def carry_districts(
    scenario: Scenario,
    problem: DistrictingProblem,
    units: gpd.GeoDataFrame,
    formed: Organisations,
    *,
    existing: Existing,
    parent: Plan | None,
) -> tuple[Incumbent | None, pd.DataFrame]:
    """Return the problem with the districts it goes on from, and where each basic unit was."""
    columns = ["unit_id", "unit_before", "district_before"]
    organisations = pd.DataFrame(formed.organisations.drop(columns="geometry"))
    day = change_day(scenario)
    if parent is not None:
        before = units_before(units, parent.layers["units"])
        home = parent.decisions["unit_district"].set_index("unit_id")["district_id"]
        district = before.map(home)
        survivors = parent.decisions["organisation_district"].set_index("organisation_id")[
            "district_id"
        ]
        carried = with_incumbent(
            problem, district, organisations, survivors, rule=scenario.change, day=day
        )
        stays = carried.district_of.reindex(before.index)
        table = pd.DataFrame({"unit_before": before, "district_before": stays}).reset_index()
        return carried, table[columns].astype(object).where(table[columns].notna(), None)
    nothing = pd.DataFrame(columns=columns, dtype=object)
    if existing.unit_federation is None or existing.booked is None:
        return None, nothing
    district = existing.unit_federation.reindex(pd.Index(units["unit_id"].astype(str)))
    return (
        with_incumbent(
            problem, district, organisations, existing.booked, rule=scenario.change, day=day
        ),
        nothing,
    )


def _budget(
    scenario: Scenario,
    carried: Incumbent,
    base: DistrictingProblem,
    *,
    before: pd.DataFrame,
    formed: Organisations,
    parent: Plan | None,
) -> Budget:
    from planner.districting.adjusting import Budget

    rule = scenario.change
    settled: set[str] = set()
    both = 0
    if parent is not None:
        known = set(dict(parent.manifest.get("digests", {})).get("districts", {}).values())
        names = before.set_index("unit_id")["unit_before"]
        now = town_digests(base, _settings(scenario), names)
        settled = {town for town, digest in now.items() if digest in known}
        ids = set(parent.decisions["organisation_district"]["organisation_id"])
        both = int(formed.organisations["organisation_id"].isin(ids).sum())
    share = rule.most_switched_share
    limited = share is not None and parent is not None
    return Budget(
        moving=carried.moving,
        most=int(share * both + 1e-9) if limited and share is not None else None,
        factor=carried.factor,
        settled=frozenset(settled),
        keep=rule.stance in {"keep", "frozen"},
    )


def _refuse_out_of_band(problem: DistrictingProblem, drawn: Districting) -> None:
    """Refuse street_towns that miss hard bands: because no map can meet them, or because none was found.

    Raises
    ------
    InfeasibleError
        With the smallest change that would do for each, by totals.
    """
    hard = any(band.hard for band in problem.bands)
    all_in_band = drawn.outcome.value >= len(drawn.hub)
    pairs = list(zip(problem.street_town_ids, drawn.by_street_town, strict=True))
    faults = []
    for status, what, fix in (
        (
            Status.INFEASIBLE,
            _("street_towns that cannot hold a federation district"),
            _("set federations.hard_bands = false, widen the bands as said, or set federations.undersize to merge"),
        ),
        (
            Status.STOPPED,
            _("street_towns in which no map with every district in its hard bands was found"),
            _("raise stopping.districting_work, widen the bands, or set federations.hard_bands = false"),
        ),
    ):  # fmt: skip
        refused = [f"{town} ({one.reason})" for town, one in pairs if one.status is status]
        # Stopped by the fuse alone is no reason: all may be in band.
        if refused and (status is Status.INFEASIBLE or (hard and not all_in_band)):
            faults.append(Fault(what, _("districts"), len(refused), refused, fix))
    if faults:
        raise InfeasibleError(faults)
