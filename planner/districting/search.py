"""The search of one connected part: first maps, annealing towards the ceiling, and proof where the part is small."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.districting.annealing import anneal
from planner.districting.ceiling import pieces
from planner.districting.parts import derived_seed
from planner.districting.seeding import (
    inherited_map,
    loads,
    mended,
    metis_map,
    spanning_tree_map,
)
from planner.districting.travel import place_hubs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.districting.ceiling import Counts, Limits
    from planner.districting.exact import Listing
    from planner.districting.parts import Part
    from planner.districting.settings import DistrictingSettings

    Labels = NDArray[np.int32]
    Key = tuple[int, int, float]

# Temperatures, in districts out of band.
HOT, WARM, COLD = 0.08, 0.03, 0.002
# While districts are brought in band, minutes and evenness within the band count this share of their weight; a
# refinement with the full weights follows, which never gives up a district in band.
AT_FIRST = 0.08
# Moves of the refinement per unit, and the shares of the work that the searches for balance may take, in turn. The
# first are short, and a proof follows them where one is possible: most parts need no more.
REFINING = 2_000
LENGTHS = (1, 1, 2, 3, 3, 6, 12, 24, 24)
SHORT = 3
# Searches that aim at one more district in band from last year's map.
ADJUSTMENTS = 4


@dataclass(eq=False)
class Search:
    """What the restarts of one part share."""

    part: Part
    limit: Limits
    settings: DistrictingSettings
    seed: int
    work_left: int
    table: NDArray[np.float32]
    deadline: float = math.inf
    scale: float = math.nan
    work: int = 0
    ceilings: dict[int, int] = field(default_factory=dict)
    listed: Listing | None = None
    fused: bool = False

    @property
    def over(self) -> bool:
        """Whether work or time has run out."""
        if time.monotonic() > self.deadline:
            self.fused = True
        return self.fused or self.work >= self.work_left

    def improve(
        self,
        labels: Labels,
        count: int,
        *,
        home: Labels | None,
        hot: float,
        moves: int,
        enough: int,
        seed: int,
        share: float = 1.0,
        spare: int = -1,
    ) -> Key:
        """Anneal ``labels`` in place; return (over, out of band, objective), smaller is better.

        ``share`` of their weights is given to minutes and evenness; ``spare`` is the number of districts out of band
        aimed at (-1: as few as may be).
        """
        part = self.part
        if math.isnan(self.scale):
            hub, cost = np.empty(count, np.int32), np.empty(count)
            place_hubs(labels, count, self.table, part.mass, hub, cost)
            self.scale = max(float(cost.sum()) / count, 1e-9)
        moves = max(0, min(moves, self.work_left - self.work))
        # Balance comes before industry: only the refinement looks at it.
        pure = share == 1.0 and self.settings.purity_weight > 0
        out, value, over, tried = anneal(
            labels,
            count,
            part.indptr,
            part.indices,
            part.measures,
            self._band(count),
            self.table,
            part.mass,
            part.industry if pure else part.industry[:, :0],
            part.area if self.settings.area_weight > 0 else np.full(part.size, -1, np.int32),
            self.leaving(count, home),
            part.locked,
            self._weights(count) * np.array([share, share, 1.0, 1.0]),
            hot,
            COLD,
            max(moves, 1),
            enough,
            spare,
            seed,
        )
        self.work += tried
        return over, out, value

    def _band(self, count: int) -> NDArray[np.float64]:
        limit = self.limit
        mean = np.clip(self.part.measures.sum(axis=0) / count, limit.least, limit.most)
        return np.vstack([limit.least, limit.ideal, limit.most, limit.hard, mean])

    def leaving(self, count: int, home: Labels | None) -> NDArray[np.float64]:
        """Return the weighted switching cost of each unit in each district."""
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


@dataclass(eq=False)
class _Best:
    """The best map of one number of districts so far."""

    key: Key
    labels: Labels
    home: Labels | None


def best_map(search: Search, possible: Counts) -> tuple[Labels, int]:
    """Try the admissible counts, best ceiling first, until none can beat what is drawn."""
    part, settings = search.part, search.settings
    inherit = bool((part.incumbent >= 0).any()) and (
        not settings.greenfield or bool(part.locked.any())
    )
    best: tuple[tuple[float, float, float], Labels, int] | None = None
    last_year = len(np.unique(part.incumbent[part.incumbent >= 0]))
    options = [(k, c) for k, c in possible.options if k <= part.size]
    if inherit:
        options.sort(key=lambda o: (-o[1] / o[0], abs(o[0] - last_year)))
    budget = max(1, (search.work_left * 2 // 3) // max(1, min(len(options), 3)))
    search.ceilings.update(options)
    for count, ceiling in options:
        if best is not None and not _could_beat(best[0], count, ceiling):
            continue
        if best is not None:
            # A proof may settle that this count is no better, with no search at all.
            known = int(-best[0][1] * count + 1e-9)
            search.ceilings[count] = _proved(search, count, known, best[1])[0]
            if search.over or not _could_beat(best[0], count, search.ceilings[count]):
                continue
        found = _search_count(search, count, inherit=inherit, budget=budget)
        over, out, value = found.key
        rank = (float(over), -(count - out) / count, value / count)
        if best is None or rank[:2] < best[0][:2]:
            best = (rank, found.labels, count)
    assert best is not None  # noqa: S101  (counts() always returns an option)
    return best[1], best[2]


def _could_beat(rank: tuple[float, float, float], count: int, ceiling: int) -> bool:
    return rank[0] > 0 or ceiling / count > -rank[1] + 1e-12


def _search_count(search: Search, count: int, *, inherit: bool, budget: int) -> _Best:
    """Search maps with ``count`` districts: for balance first, then for everything else."""
    best = _balanced(search, count, None, range(SHORT), inherit=inherit, budget=budget)
    if not _reached(search, count, best):
        _settle(search, count, best, inherit=inherit)
    if not _reached(search, count, best) and not search.over:
        if inherit:
            _adjust(search, count, best, budget)
        else:
            more = range(SHORT, max(SHORT, search.settings.seeds))
            best = _balanced(search, count, best, more, inherit=False, budget=budget)
    _refine(search, count, best, inherit=inherit, budget=budget)
    return best


def _reached(search: Search, count: int, best: _Best) -> bool:
    return best.key[:2] <= (0, count - search.ceilings[count])


def _balanced(
    search: Search, count: int, best: _Best | None, runs: range, *, inherit: bool, budget: int
) -> _Best:
    """Bring districts in band, from a new first map in each run, until the ceiling is reached.

    The first run takes as many as come; the others aim at one more than the best map has.
    """
    part = search.part
    enough = count - search.ceilings[count]
    for run in runs:
        seed = derived_seed(search.seed, count, run)
        labels, home = _first_map(search, count, run, seed, inherit=inherit)
        # From last year's map few, long runs; from scratch many seeds, the first ones short.
        share = 1 / SHORT if inherit else LENGTHS[min(run, len(LENGTHS) - 1)] / sum(LENGTHS)
        aimed = run > 0 and best is not None and best.key[0] == 0 and not inherit
        key = search.improve(
            labels,
            count,
            home=home,
            hot=WARM if inherit else HOT,
            moves=max(int(budget * share), 50 * part.size),
            enough=enough,
            seed=seed,
            share=AT_FIRST,
            spare=max(enough, best.key[1] - 1) if aimed and best is not None else -1,
        )
        if best is None or key < best.key:
            best = _Best(key, labels, home)
        if key[:2] <= (0, enough) or search.over:
            break
    assert best is not None  # noqa: S101  (there is at least one run)
    return best


def _refine(search: Search, count: int, best: _Best, *, inherit: bool, budget: int) -> None:
    """With the count in band settled, give the rest to minutes, purity and staying put."""
    part, settings = search.part, search.settings
    spare = search.work_left - search.work
    if settings.refinements == 1:
        spare = min(spare, budget // 2, REFINING * part.size)
    for run in range(settings.refinements):
        if search.over:
            break
        seed = derived_seed(search.seed, count, "refine", run)
        if run == 0 or inherit:
            labels, home, hot = best.labels.copy(), best.home, WARM
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
        if key[:2] < best.key[:2] or (key[:2] == best.key[:2] and (run == 0 or key < best.key)):
            best.key, best.labels, best.home = key, labels, home


def _adjust(search: Search, count: int, best: _Best, budget: int) -> None:
    """From last year's map as adjusted so far, aim at more districts in band, as long as few organisations move for it."""
    for run in range(ADJUSTMENTS):
        if search.over or _reached(search, count, best):
            return
        labels = best.labels.copy()
        key = search.improve(
            labels,
            count,
            home=best.home,
            hot=WARM if run % 2 == 0 else HOT,
            moves=budget // SHORT,
            enough=best.key[1] - 1,
            seed=derived_seed(search.seed, count, "adjust", run),
            share=AT_FIRST,
            spare=best.key[1] - 1,
        )
        found = _Best(key, labels, best.home)
        if key[:2] < best.key[:2] and _cost(search, count, found) < _cost(search, count, best):
            best.key, best.labels = key, labels


def _cost(search: Search, count: int, best: _Best) -> float:
    """Districts out of band plus the weighted cost of switching."""
    leaving = search.leaving(count, best.home)
    return best.key[1] + float(leaving[np.arange(len(best.labels)), best.labels].sum())


def _carried(part: Part, labels: Labels, count: int) -> Labels:
    """Return last year's district that each district of a map carries on, one to one (-1: none)."""
    from scipy.optimize import linear_sum_assignment

    known = np.unique(part.incumbent[part.incumbent >= 0])
    overlap = np.zeros((len(known), count))
    old = part.incumbent >= 0
    rows = np.searchsorted(known, part.incumbent[old])
    np.add.at(overlap, (rows, labels[old]), part.switching[old])
    home = np.full(count, -1, dtype=np.int32)
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    home[columns] = known[rows]
    return home


def _settle(search: Search, count: int, best: _Best, *, inherit: bool) -> None:
    """Prove that no map of this count has more districts in band, or take the better one the proof finds."""
    if best.key[0] > 0:
        return
    ceiling, chosen, whole = _proved(search, count, count - best.key[1], best.labels)
    search.ceilings[count] = ceiling
    if chosen is None:
        return
    labels = _completed(search, count, chosen, whole=whole)
    home = _carried(search.part, labels, count) if inherit else None
    key = search.improve(
        labels,
        count,
        home=home,
        hot=WARM,
        moves=max(20_000, 200 * search.part.size),
        enough=-1,
        seed=derived_seed(search.seed, count, "complete"),
    )
    found = _Best(key, labels, home)
    if key[:2] < best.key[:2] and (
        not inherit or _cost(search, count, found) < _cost(search, count, best)
    ):
        best.key, best.labels, best.home = key, labels, home


def _proved(
    search: Search, count: int, known: int, labels: Labels
) -> tuple[int, NDArray[np.bool_] | None, bool]:
    settings, part = search.settings, search.part
    if part.size > settings.exact_units or part.locked.any():
        return search.ceilings[count], None, False
    from planner.districting.exact import listing, prove

    if search.listed is None:
        search.listed = listing(part, search.limit, settings.exact_subsets)
        search.work += search.listed.work
    proof = prove(
        part, search.listed, count, known=known, ceiling=search.ceilings[count], start=labels
    )
    search.work += proof.work
    return proof.ceiling, proof.chosen, proof.whole


def _completed(search: Search, count: int, chosen: NDArray[np.bool_], *, whole: bool) -> Labels:
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


def _first_map(
    search: Search, count: int, run: int, seed: int, *, inherit: bool
) -> tuple[Labels, Labels | None]:
    """Draw the map a run starts from, and what each of its districts carries on from last year."""
    part, limit = search.part, search.limit
    if inherit:
        labels, home = inherited_map(part, limit, count, seed)
        if len(home) == count:
            return labels, home
    if run % 2 == 0:
        return metis_map(part, limit, count, seed), None
    return spanning_tree_map(part, limit, count, seed), None
