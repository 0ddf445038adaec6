"""The search of one street_town: seeds, annealing, ceiling; the same answer on any worker."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.districting.ceiling import Counts, counts, in_band, limits
from planner.districting.parts import derived_seed
from planner.districting.search import Search, best_map
from planner.districting.seeding import loads
from planner.districting.settings import DistrictingSettings, Stop
from planner.districting.travel import place_hubs, travel_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.districting.parts import Part, StreetTown
    from planner.districting.problem import DistrictingProblem


@dataclass(frozen=True, eq=False)
class PartMap:
    """The map of one connected part.

    Parameters
    ----------
    labels
        int32: district of each unit of the part, 0 ... count - 1.
    count
        Number of districts.
    within
        Districts with every measure in band.
    ceiling
        Certified most of them at this count.
    options
        ``(districts, certified most in band)`` of every admissible count, and of the count drawn.
    over
        Districts of several units above the hard maximum; 0 unless the work ran out.
    hub, hub_cost
        Hub (unit of the part) and weighted deciseconds to it, per district.
    work
        Moves tried and subsets enumerated.
    """

    labels: NDArray[np.int32]
    count: int
    within: int
    ceiling: int
    options: tuple[tuple[int, int], ...]
    over: int
    hub: NDArray[np.int32]
    hub_cost: NDArray[np.float64]
    work: int

    @property
    def matched(self) -> bool:
        """Whether the share in band is the best at any admissible count."""
        best = max(ceiling / count for count, ceiling in self.options)
        return self.within / self.count >= best - 1e-12


@dataclass(frozen=True, eq=False)
class TownMap:
    """The maps of a street_town's connected parts, in their order."""

    town: StreetTown
    parts: tuple[PartMap, ...]
    fused: bool = False


def solve_street_town(
    town: StreetTown,
    *,
    seed: int = 0,
    stop: Stop | None = None,
    settings: DistrictingSettings | None = None,
    deadline: float = math.inf,
) -> TownMap:
    """Draw the districts of one street_town.

    Parameters
    ----------
    town
        From `planner.districting.parts.street_towns`.
    seed
        Seed of the city; the town's own derives from it and the town's id.
    stop
        Work allowed.
    settings
        What the search weighs.
    deadline
        `time.monotonic` of the fuse, looked at between restarts.

    Returns
    -------
    TownMap
        One map per connected part.
    """
    stop, settings = stop or Stop(), settings or DistrictingSettings()
    maps, fused = [], False
    units = sum(part.size for part in town.parts)
    for number, part in enumerate(town.parts):
        allowed = max(1, stop.work * part.size // units)
        solved, cut = _solve_part(
            part, derived_seed(seed, town.town_id, number), allowed, settings, deadline
        )
        maps.append(solved)
        fused |= cut
    return TownMap(town, tuple(maps), fused)


def _solve_part(
    part: Part, seed: int, work: int, settings: DistrictingSettings, deadline: float
) -> tuple[PartMap, bool]:
    limit = limits(part)
    possible = counts(part)
    search = Search(part, limit, settings, seed, work, _table(part, settings), deadline)
    if possible.options == ((1, possible.options[0][1]),):
        labels, count = np.zeros(part.size, dtype=np.int32), 1
    else:
        labels, count = best_map(search, possible)
    labels, count = _under_hard_maximum(search, labels, count)
    return _measured(search, possible, labels, count), search.fused


def _table(part: Part, settings: DistrictingSettings) -> NDArray[np.float32]:
    if settings.straight:
        apart = part.xy[:, None, :] - part.xy[None, :, :]
        return np.hypot(apart[..., 0], apart[..., 1]).astype(np.float32)
    return travel_table(part.indptr, part.indices, part.ds)


def _under_hard_maximum(
    search: Search, labels: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int32], int]:
    """Split districts above the hard maximum that the search could not avoid; single units may stay above it."""
    from planner.districting.repair import split

    part, load = search.part, loads(search.part, search.limit)
    stuck: set[int] = set()
    while True:
        held = district_totals(part.measures, labels, count)
        size = np.bincount(labels, minlength=count)
        heavy = np.flatnonzero((held > search.limit.hard * (1 + 1e-9)).any(axis=1) & (size > 1))
        over = [int(d) for d in heavy if int(d) not in stuck]
        if not over:
            return labels, count
        cut = split(labels, over[0], count, 0.5, part.indptr, part.indices, load, part.locked)
        if cut:
            count += 1
        else:
            stuck.add(over[0])


def district_totals(
    measures: NDArray[np.float64], labels: NDArray[np.int32], count: int
) -> NDArray[np.float64]:
    """Return what each district holds, shape (districts, bands)."""
    held = np.zeros((count, measures.shape[1]))
    np.add.at(held, labels, measures)
    return held


def kept_part(
    part: Part,
    possible: Counts,
    labels: NDArray[np.int32],
    count: int,
    settings: DistrictingSettings,
) -> PartMap:
    """Measure a map of a part that was not searched."""
    search = Search(part, limits(part), settings, 0, 0, _table(part, settings))
    return _measured(search, possible, labels, count)


def _measured(search: Search, possible: Counts, labels: NDArray[np.int32], count: int) -> PartMap:
    from planner.districting.ceiling import ceiling as ceiling_at

    part, limit = search.part, search.limit
    held = district_totals(part.measures, labels, count)
    size = np.bincount(labels, minlength=count)
    over = (held > limit.hard * (1 + 1e-9)).any(axis=1) & (size > 1)
    hub, cost = np.empty(count, np.int32), np.empty(count)
    place_hubs(labels, count, search.table, part.mass, hub, cost)
    options = {**dict(possible.options), **search.ceilings}
    if count not in options:
        options[count] = ceiling_at(part, limit, count)
    return PartMap(
        labels,
        count,
        int(in_band(held, limit).sum()),
        options[count],
        tuple(options.items()),
        int(over.sum()),
        hub,
        cost,
        search.work,
    )


def mean_minutes(problem: DistrictingProblem, labels: NDArray[np.int32]) -> float:
    """Return the mean walking minutes to the hub of any map, weighted as the solver weighs them.

    Every connected piece of a district inside a street_town has the hub that suits it best, so that a broken map is
    measured kindly.
    """
    from planner.districting.parts import street_towns

    cost, mass = 0.0, 0.0
    for town in street_towns(replace(problem, undersize="keep")):
        for part in town.parts:
            _names, own = np.unique(labels[part.units], return_inverse=True)
            count = int(own.max()) + 1
            hub, hub_cost = np.empty(count, np.int32), np.empty(count)
            table = travel_table(part.indptr, part.indices, part.ds)
            place_hubs(own.astype(np.int32), count, table, part.mass, hub, hub_cost)
            cost += float(hub_cost.sum())
            mass += float(part.mass.sum())
    return cost / mass / 600
