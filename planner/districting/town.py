"""The search of one street_town: seeds, annealing, ceiling; the same answer on any worker."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.districting.annealing import anneal
from planner.districting.ceiling import Counts, Limits, counts, in_band, limits, pieces
from planner.districting.parts import derived_seed
from planner.districting.seeding import (
    inherited_map,
    loads,
    mended,
    metis_map,
    spanning_tree_map,
)
from planner.districting.settings import DistrictingSettings, Stop
from planner.districting.travel import place_hubs, travel_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.districting.parts import Part, StreetTown
    from planner.districting.problem import DistrictingProblem

# Temperatures, in districts out of band.
HOT, WARM, COLD = 0.08, 0.03, 0.002
# While districts are brought in band, minutes and evenness within the band count this share of their weight; a
# refinement with the full weights follows, which never gives up a district in band.
AT_FIRST = 0.08
# Moves of the refinement per unit, and the shares of the work that the searches for balance may take, in turn.
REFINING = 2_000
LENGTHS = (1, 1, 2, 4, 4, 8, 8, 8)


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


@dataclass(eq=False)
class _Search:
    """What the restarts of one part share."""

    part: Part
    limit: Limits
    settings: DistrictingSettings
    seed: int
    work_left: int
    table: NDArray[np.float32]
    scale: float = math.nan
    work: int = 0
    ceilings: dict[int, int] = field(default_factory=dict)

    def improve(
        self,
        labels: NDArray[np.int32],
        count: int,
        *,
        home: NDArray[np.int32] | None,
        hot: float,
        moves: int,
        enough: int,
        seed: int,
        share: float = 1.0,
    ) -> tuple[int, int, float]:
        """Anneal ``labels`` in place; return (over, out of band, objective), smaller is better.

        ``share`` of their weights is given to minutes and evenness.
        """
        part = self.part
        if math.isnan(self.scale):
            hub, cost = np.empty(count, np.int32), np.empty(count)
            place_hubs(labels, count, self.table, part.mass, hub, cost)
            self.scale = max(float(cost.sum()) / count, 1e-9)
        moves = max(0, min(moves, self.work_left - self.work))
        out, value, over, tried = anneal(
            labels,
            count,
            part.indptr,
            part.indices,
            part.measures,
            self._band(count),
            self.table,
            part.mass,
            part.industry if self.settings.purity_weight > 0 else part.industry[:, :0],
            part.area if self.settings.area_weight > 0 else np.full(part.size, -1, np.int32),
            self._leaving(count, home),
            part.locked,
            self._weights(count) * np.array([share, share, 1.0, 1.0]),
            hot,
            COLD,
            max(moves, 1),
            enough,
            seed,
        )
        self.work += tried
        return over, out, value

    def _band(self, count: int) -> NDArray[np.float64]:
        limit = self.limit
        mean = np.clip(self.part.measures.sum(axis=0) / count, limit.least, limit.most)
        return np.vstack([limit.least, limit.ideal, limit.most, limit.hard, mean])

    def _leaving(self, count: int, home: NDArray[np.int32] | None) -> NDArray[np.float64]:
        part = self.part
        total = part.switching.sum()
        if home is None or total <= 0:
            return np.zeros((part.size, count))
        per_unit = part.switching * (self.settings.switching_weight * count / total)
        leaves = (part.incumbent[:, None] != home[None, :]) & (part.incumbent[:, None] >= 0)
        cost: NDArray[np.float64] = np.where(leaves, per_unit[:, None], 0.0)
        return cost

    def _weights(self, count: int) -> NDArray[np.float64]:
        workers = max(float(self.part.industry.sum()), 1e-9)
        return np.array(
            [
                self.settings.minutes_weight / self.scale,
                self.settings.balance_weight,
                self.settings.purity_weight * count / workers,
                self.settings.area_weight,
            ]
        )


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
    search = _Search(part, limit, settings, seed, work, _table(part, settings))
    fused = False
    if possible.options == ((1, possible.options[0][1]),):
        labels, count = np.zeros(part.size, dtype=np.int32), 1
    else:
        labels, count, fused = _best_map(search, possible, deadline)
    labels, count = _under_hard_maximum(search, labels, count)
    return _measured(search, possible, labels, count), fused


def _table(part: Part, settings: DistrictingSettings) -> NDArray[np.float32]:
    if settings.straight:
        apart = part.xy[:, None, :] - part.xy[None, :, :]
        return np.hypot(apart[..., 0], apart[..., 1]).astype(np.float32)
    return travel_table(part.indptr, part.indices, part.ds)


def _best_map(
    search: _Search, possible: Counts, deadline: float
) -> tuple[NDArray[np.int32], int, bool]:
    """Try the admissible counts, best ceiling first, until none can beat what is drawn."""
    part, settings = search.part, search.settings
    inherit = bool((part.incumbent >= 0).any()) and (
        not settings.greenfield or bool(part.locked.any())
    )
    best: tuple[tuple[float, float, float], NDArray[np.int32], int] | None = None
    fused = False
    last_year = len(np.unique(part.incumbent[part.incumbent >= 0]))
    options = [(k, c) for k, c in possible.options if k <= part.size]
    if inherit:
        options.sort(key=lambda o: (-o[1] / o[0], abs(o[0] - last_year)))
    budget = max(1, (search.work_left * 2 // 3) // max(1, min(len(options), 3)))
    for count, ceiling in options:
        search.ceilings[count] = ceiling
    for count, ceiling in options:
        if best is not None and not _could_beat(best[0], count, ceiling):
            continue
        if best is not None and (search.work >= search.work_left or fused):
            # No work is left to search this count; a proof may still settle that it is no better.
            known = int(-best[0][1] * count + 1e-9)
            search.ceilings[count] = _proved(search, count, known, best[1])[0]
            continue
        labels, key, cut = _search_count(
            search, count, ceiling, inherit=inherit, budget=budget, deadline=deadline
        )
        fused |= cut
        labels, key = _settled(search, count, labels, key)
        over, out, value = key
        rank = (float(over), -(count - out) / count, value / count)
        if best is None or rank[:2] < best[0][:2]:
            best = (rank, labels, count)
    assert best is not None  # noqa: S101  (counts() always returns an option)
    return best[1], best[2], fused


def _could_beat(rank: tuple[float, float, float], count: int, ceiling: int) -> bool:
    return rank[0] > 0 or ceiling / count > -rank[1] + 1e-12


def _settled(
    search: _Search, count: int, labels: NDArray[np.int32], key: tuple[int, int, float]
) -> tuple[NDArray[np.int32], tuple[int, int, float]]:
    """Prove that no map of this count has more districts in band, or take the better one the proof finds."""
    if key[0] > 0 or count - key[1] >= search.ceilings[count]:
        return labels, key
    ceiling, chosen, whole = _proved(search, count, count - key[1], labels)
    search.ceilings[count] = ceiling
    if chosen is None:
        return labels, key
    found = _completed(search, count, chosen, whole=whole)
    better = search.improve(
        found,
        count,
        home=None,
        hot=WARM,
        moves=max(20_000, 200 * search.part.size),
        enough=-1,
        seed=derived_seed(search.seed, count, "complete"),
    )
    return (found, better) if better < key else (labels, key)


def _proved(
    search: _Search, count: int, known: int, labels: NDArray[np.int32]
) -> tuple[int, NDArray[np.bool_] | None, bool]:
    settings, part = search.settings, search.part
    if part.size > settings.exact_units or part.locked.any():
        return search.ceilings[count], None, False
    from planner.districting.exact import prove

    proof = prove(
        part,
        search.limit,
        count,
        known=known,
        ceiling=search.ceilings[count],
        cap=settings.exact_subsets,
        start=labels,
    )
    search.work += proof.work
    return proof.ceiling, proof.chosen, proof.whole


def _completed(
    search: _Search, count: int, chosen: NDArray[np.bool_], *, whole: bool
) -> NDArray[np.int32]:
    """Turn districts from the exact programme into a map; what they leave becomes the other districts."""
    part = search.part
    labels = np.full(part.size, -1, dtype=np.int32)
    for district, members in enumerate(chosen):
        labels[members] = district
    if not whole:
        piece = pieces(part, labels < 0)
        load = loads(part, search.limit)
        weight = np.bincount(piece[piece >= 0], weights=load[piece >= 0])
        for number, heaviest in enumerate(
            np.argsort(-weight, kind="stable")[: count - len(chosen)]
        ):
            labels[piece == heaviest] = len(chosen) + number
    return mended(part, search.limit, labels, count, search.seed)


def _search_count(
    search: _Search, count: int, ceiling: int, *, inherit: bool, budget: int, deadline: float
) -> tuple[NDArray[np.int32], tuple[int, int, float], bool]:
    """Search maps with ``count`` districts; return the best, its rank (smaller is better), and whether the fuse blew."""
    part, settings = search.part, search.settings
    enough = count - ceiling
    # From last year's map few, long runs; from scratch many seeds, the first ones short.
    runs = min(3, settings.seeds) if inherit else settings.seeds
    lengths = [1] * runs if inherit else [LENGTHS[min(r, len(LENGTHS) - 1)] for r in range(runs)]
    best: tuple[tuple[int, int, float], NDArray[np.int32], NDArray[np.int32] | None] | None = None
    fused = False
    for run in range(runs):
        seed = derived_seed(search.seed, count, run)
        labels, home = _first_map(search, count, run, seed, inherit=inherit)
        hot = WARM if inherit else HOT
        moves = max(budget * lengths[run] // sum(lengths), 50 * part.size)
        key = search.improve(
            labels,
            count,
            home=home,
            hot=hot,
            moves=moves,
            enough=enough,
            seed=seed,
            share=AT_FIRST,
        )
        if best is None or key < best[0]:
            best = (key, labels, home)
        if key[:2] <= (0, enough) or search.work >= search.work_left:
            break
        if time.monotonic() > deadline:
            fused = True
            break
    assert best is not None  # noqa: S101  (there is at least one run)
    # With the count in band settled, the rest goes to minutes, purity and staying put.
    spare = search.work_left - search.work
    if settings.refinements == 1:
        spare = min(spare, budget // 2, REFINING * part.size)
    for run in range(settings.refinements):
        seed = derived_seed(search.seed, count, "refine", run)
        if run == 0 or inherit:
            labels, home, hot = best[1].copy(), best[2], WARM
        else:
            labels, home = _first_map(search, count, run, seed, inherit=False)
            hot = HOT
        key = search.improve(
            labels,
            count,
            home=home,
            hot=hot,
            moves=spare // settings.refinements,
            enough=-1,
            seed=seed,
            # Nobody changes federation for a shorter way alone where last year's map is adjusted.
            share=AT_FIRST if inherit else 1.0,
        )
        # The objective of a search for balance is not this one's: only the counts are compared with it.
        if key[:2] < best[0][:2] or (key[:2] == best[0][:2] and (run == 0 or key < best[0])):
            best = (key, labels, home)
        if search.work >= search.work_left or time.monotonic() > deadline:
            break
    return best[1], best[0], fused


def _first_map(
    search: _Search, count: int, run: int, seed: int, *, inherit: bool
) -> tuple[NDArray[np.int32], NDArray[np.int32] | None]:
    """Draw the map a run starts from, and what each of its districts carries on from last year."""
    part, limit = search.part, search.limit
    if inherit:
        labels, home = inherited_map(part, limit, count, seed)
        if len(home) == count:
            return labels, home
    if run % 2 == 0:
        return metis_map(part, limit, count, seed), None
    return spanning_tree_map(part, limit, count, seed), None


def _under_hard_maximum(
    search: _Search, labels: NDArray[np.int32], count: int
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


def _measured(search: _Search, possible: Counts, labels: NDArray[np.int32], count: int) -> PartMap:
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
