"""Districts of a whole city: every street_town by itself, then one map and one certificate."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from geodata.messages import translator
from planner.districting.ceiling import best_total
from planner.districting.checks import check
from planner.districting.feasible import what_would_do
from planner.districting.parts import street_towns
from planner.districting.problem import Districting
from planner.districting.settings import DistrictingSettings, Stop
from planner.districting.town import TownMap, solve_street_town
from planner.errors import PlannerError
from planner.result import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from planner.districting.parts import StreetTown
    from planner.districting.problem import DistrictingProblem

    HandOut = Callable[[Callable[[StreetTown], TownMap], Sequence[StreetTown]], Iterable[TownMap]]

_ = translator("planner")


def solve(
    problem: DistrictingProblem,
    *,
    seed: int = 0,
    stop: Stop | None = None,
    settings: DistrictingSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
    hand_out: HandOut | None = None,
) -> Districting:
    """Partition every street_town into contiguous districts near the bands' ideals.

    METIS seeds and random spanning-tree cuts, improved by simulated annealing over contiguous maps, compared with a
    ceiling proved from totals (and from all in-band subsets where a street_town is small). The map is the best found,
    not the best there is, unless the outcome says optimal.

    Parameters
    ----------
    problem
        Arrays of the city.
    seed
        Seed; each street_town's derives from it and the street_town's id.
    stop
        Work allowed per street_town, and the fuse.
    settings
        What the search weighs.
    progress
        Called with street_towns done and their number.
    hand_out
        Solves street_towns elsewhere; threads of this process when left out.

    Returns
    -------
    Districting
        Contiguous districts inside street_towns; the same for any order of units and number of threads.

    Raises
    ------
    ProblemError
        Where the arrays contradict each other.
    InfeasibleError
        Where a street_town is too small for one district and the problem refuses those.
    """
    stop, settings = stop or Stop(), settings or DistrictingSettings()
    check(problem)
    towns = street_towns(problem)
    ends = math.inf if stop.fuse_s is None else time.time() + stop.fuse_s

    # Large street_towns first, so that nobody is left with one at the end; the order does not change any map.
    order = sorted(range(len(towns)), key=lambda t: -sum(part.size for part in towns[t].parts))
    solve_one = partial(solve_before, seed=seed, stop=stop, settings=settings, ends=ends)
    hand_out = hand_out or partial(threads, jobs=settings.jobs)
    solved: list[TownMap] = []
    for town_map in hand_out(solve_one, [towns[index] for index in order]):
        solved.append(town_map)
        if progress:
            progress(len(solved), len(towns))
    by_town = [solved[place] for place in np.argsort(order)]
    return assemble(problem, by_town, seed)


def solve_before(
    town: StreetTown, *, seed: int, stop: Stop, settings: DistrictingSettings, ends: float
) -> TownMap:
    """Solve one street_town before ``ends`` (seconds since 1970: monotonic clocks of two machines cannot be compared)."""
    return solve_street_town(
        town,
        seed=seed,
        stop=stop,
        settings=settings,
        deadline=ends - time.time() + time.monotonic(),
    )


def threads(
    work: Callable[[StreetTown], TownMap], towns: Sequence[StreetTown], *, jobs: int
) -> Iterator[TownMap]:
    """Solve street_towns in threads of this process and yield their maps in order."""
    if jobs <= 1 or len(towns) <= 1:
        yield from map(work, towns)
        return
    pool = ThreadPoolExecutor(jobs)
    try:
        yield from pool.map(work, towns)
    finally:
        # Whoever interrupts does not wait for street_towns that have not begun.
        pool.shutdown(cancel_futures=True)


def assemble(problem: DistrictingProblem, solved: list[TownMap], seed: int) -> Districting:
    """Join the maps of street_towns into one, numbered by street_town, then by smallest unit id."""
    labels = np.full(len(problem.unit_ids), -1, dtype=np.int32)
    hubs: list[int] = []
    costs: list[float] = []
    shares = np.full(len(problem.street_town_ids), np.nan)
    outcomes: dict[int, Outcome] = {}
    drawn = 0
    for town_map in sorted(solved, key=lambda t: t.town.index):
        firsts: list[tuple[str, NDArray[np.int64], int, float]] = []
        for part, part_map in zip(town_map.town.parts, town_map.parts, strict=True):
            mass = np.bincount(part_map.labels, weights=part.mass, minlength=part_map.count)
            for district in range(part_map.count):
                members = part.units[part_map.labels == district]
                firsts.append(
                    (
                        str(problem.unit_ids[members[0]]),
                        members,
                        int(part.units[part_map.hub[district]]),
                        float(part_map.hub_cost[district] / mass[district]),
                    )
                )
        for _first, members, hub, cost in sorted(firsts, key=lambda f: f[0]):
            labels[members] = drawn
            hubs.append(hub)
            costs.append(cost)
            drawn += 1
        outcomes[town_map.town.index] = _outcome(problem, town_map, seed)
        shares[town_map.town.index] = _share([part.options for part in town_map.parts])
    by_town = tuple(
        outcomes.get(t) or _elsewhere(seed) for t in range(len(problem.street_town_ids))
    )
    for outcome in by_town:
        if outcome.value > outcome.bound:
            raise PlannerError(
                _("a street_town has more districts in band than was proved possible")
            )
    hub_ds = np.array(costs)
    weight = _district_mass(solved, labels, drawn)
    options = [part.options for town_map in solved for part in town_map.parts]
    return Districting(
        labels=labels,
        hub=np.array(hubs, dtype=np.int32),
        outcome=_whole(by_town, seed),
        by_street_town=by_town,
        ceiling_share=_share(options),
        ceiling_share_by_street_town=shares,
        hub_ds=hub_ds,
        minutes=float((hub_ds * weight).sum() / weight.sum() / 600),
        switched_share=_switched(problem, labels),
    )


def _outcome(problem: DistrictingProblem, town_map: TownMap, seed: int) -> Outcome:
    value = sum(part.within for part in town_map.parts)
    bound = sum(part.ceiling for part in town_map.parts)
    count = sum(part.count for part in town_map.parts)
    notes = list(town_map.town.notes)
    status = Status.OPTIMAL if all(part.matched for part in town_map.parts) else Status.FEASIBLE
    if any(part.over for part in town_map.parts):
        notes.append(_("a district stays above the hard maximum: locked units hold it together"))
    if any(band.hard for band in problem.bands) and value < count:
        possible = all(any(k == c for k, c in part.options) for part in town_map.parts)
        if possible:
            status = Status.STOPPED
            notes.append(_("no map with every district in its hard bands was found"))
        else:
            status = Status.INFEASIBLE
            notes.append(_("no number of districts can meet the hard bands in every district"))
            totals = sum(part.measures.sum(axis=0) for part in town_map.town.parts)
            notes += [one for one in (what_would_do(problem.bands, np.asarray(totals)),) if one]
    if town_map.fused and status is not Status.INFEASIBLE:
        status = Status.STOPPED
        notes.append(_("the wall-clock fuse ended the search"))
    return Outcome(
        status=status,
        sense="max",
        value=float(value),
        bound=float(bound),
        seed=seed,
        work=sum(part.work for part in town_map.parts),
        reproducible=not town_map.fused,
        reason="; ".join(notes),
    )


def _elsewhere(seed: int) -> Outcome:
    """Outcome of a street_town without units of its own: none there, or merged into another."""
    return Outcome(
        status=Status.OPTIMAL,
        sense="max",
        value=0.0,
        bound=0.0,
        seed=seed,
        reason=_("no unit of its own: empty, or merged into another street_town"),
    )


def _whole(by_town: tuple[Outcome, ...], seed: int) -> Outcome:
    statuses = {outcome.status for outcome in by_town}
    worst = next(
        status
        for status in (Status.STOPPED, Status.INFEASIBLE, Status.FEASIBLE, Status.OPTIMAL)
        if status in statuses
    )
    return Outcome(
        status=worst,
        sense="max",
        value=sum(outcome.value for outcome in by_town),
        bound=sum(outcome.bound for outcome in by_town),
        seed=seed,
        work=sum(outcome.work for outcome in by_town),
        reproducible=all(outcome.reproducible for outcome in by_town),
        reason="; ".join(sorted({o.reason for o in by_town if o.status is worst and o.reason})[:5]),
    )


def _share(options: list[tuple[tuple[int, int], ...]]) -> float:
    districts, within = best_total(options)
    return within / max(1, districts)


def _district_mass(
    solved: list[TownMap], labels: NDArray[np.int32], drawn: int
) -> NDArray[np.float64]:
    mass = np.zeros(drawn)
    for town_map in solved:
        for part in town_map.town.parts:
            np.add.at(mass, labels[part.units], part.mass)
    return mass


def _switched(problem: DistrictingProblem, labels: NDArray[np.int32]) -> float:
    from planner.districting.stability import compare

    if problem.incumbent is None or not (problem.incumbent >= 0).any():
        return math.nan
    return compare(problem.incumbent, labels, problem.measures[:, 0]).switched_share
