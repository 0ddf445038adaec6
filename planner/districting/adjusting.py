"""Last year's map carried on: kept where it can be, searched again where that helps, never past a limit on switching."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from geodata.errors import Fault
from geodata.messages import translator
from planner.districting.ceiling import counts, limits
from planner.districting.checks import check
from planner.districting.choosing import Offer, cheapest, choose, leaving, offer
from planner.districting.parts import derived_seed, street_towns
from planner.districting.seeding import carried_map
from planner.districting.settings import DistrictingSettings, Stop
from planner.districting.solver import assemble, solve_before, threads
from planner.districting.town import TownMap, kept_part
from planner.errors import InfeasibleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from planner.districting.parts import StreetTown
    from planner.districting.problem import Districting, DistrictingProblem
    from planner.districting.solver import HandOut

_ = translator("planner")

CALMER = 6.0
"""A town that may not switch so much is searched once more with the switching cost this many times as high."""

BOLDER = 0.5
"""A town where a district could still be won is searched once more with the switching cost this many times as high."""


@dataclass(frozen=True, eq=False)
class Budget:
    """How much may change.

    Parameters
    ----------
    moving
        int64, shape (units,): organisations that switch when the unit leaves its incumbent district.
    most
        Most organisations that switch, inclusive; None: no limit.
    factor
        Street_town id -> multiple of the switching weight there (terms of federations); 1 where absent.
    settled
        Street_towns that keep their map because nothing about them has changed.
    keep
        Whether every town keeps its map while it can.
    """

    moving: NDArray[np.int64]
    most: int | None = None
    factor: Mapping[str, float] | None = None
    settled: frozenset[str] = frozenset()
    keep: bool = False


def adjust(
    problem: DistrictingProblem,
    budget: Budget,
    *,
    seed: int = 0,
    stop: Stop | None = None,
    settings: DistrictingSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
    hand_out: HandOut | None = None,
) -> Districting:
    """Carry last year's districts on.

    Every street_town first keeps its map: units stay in their district, units that are new or were cut off join the
    district beside them that holds least, and what exceeds the hard maximum gives border units away or is split. Where
    that map already has the most districts in band that are possible and nobody switches for it, or nothing about the
    town has changed, it stands. The others are searched from it with the switching cost, and once more with less of it
    where a district could still be won. Of each town's maps the one is taken whose districts in band are worth its
    switching; where they together switch more organisations than allowed, calmer maps are searched and the best choice
    within the limit is taken (exact, over the maps that were found).

    Parameters
    ----------
    problem
        With incumbents and switching costs.
    budget
        What may change.
    seed, stop, settings, progress, hand_out
        As in `planner.districting.solve`.

    Raises
    ------
    InfeasibleError
        Where even the kept maps switch more than the limit; says which limit would do.
    """
    stop, settings = stop or Stop(), settings or DistrictingSettings()
    check(problem)
    hand_out = hand_out or partial(threads, jobs=settings.jobs)
    ends = math.inf if stop.fuse_s is None else time.time() + stop.fuse_s
    drawing = _Drawing(problem, budget, seed, stop, settings, ends, hand_out, progress)
    drawing.keep()
    open_towns = [] if budget.keep else drawing.worth_a_search()
    drawing.search(open_towns, 1.0)
    if settings.switching_weight > 0:
        drawing.search([i for i in open_towns if not drawing.is_best(i)], BOLDER)
    chosen = cheapest(drawing.offers)
    if budget.most is None or drawing.switched(chosen) <= budget.most:
        return assemble(problem, chosen, seed)
    drawing.search(open_towns, CALMER)
    most = budget.most
    while (within := choose(drawing.offers, most)) is not None:
        over = drawing.switched(within) - budget.most
        if over <= 0:
            return assemble(problem, within, seed)
        most -= over  # districts that reach into two towns are matched once; the towns counted them twice
    raise InfeasibleError(_too_strict(drawing.switched(drawing.kept), budget))


@dataclass(eq=False)
class _Drawing:
    """The maps found so far for each street_town."""

    problem: DistrictingProblem
    budget: Budget
    seed: int
    stop: Stop
    settings: DistrictingSettings
    ends: float
    hand_out: HandOut
    progress: Callable[[int, int], None] | None
    towns: list[StreetTown] = field(default_factory=list)
    offers: list[list[Offer]] = field(default_factory=list)
    done: int = 0

    def keep(self) -> None:
        """Begin with the map of last year of every street_town."""
        self.towns = street_towns(self.problem)
        for town in self.towns:
            one = keep_town(town, seed=self.seed, settings=self.settings)
            self.offers.append([self._offer(one)])

    @property
    def kept(self) -> list[TownMap]:
        """The maps of last year."""
        return [maps[0].one for maps in self.offers]

    def worth_a_search(self) -> list[int]:
        """Return the street_towns where something has changed and more could be had than last year's map gives."""
        return [
            i
            for i, (town, maps) in enumerate(zip(self.towns, self.offers, strict=True))
            if town.town_id not in self.budget.settled
            and (maps[0].switched > 0 or not self.is_best(i))
        ]

    def is_best(self, town: int) -> bool:
        """Whether the last map found of a street_town has the most districts in band that are possible."""
        return all(part.matched and not part.over for part in self.offers[town][-1].one.parts)

    def search(self, which: list[int], scale: float) -> None:
        """Search street_towns, large ones first, with ``scale`` times the switching cost."""
        order = sorted(which, key=lambda i: -sum(part.size for part in self.towns[i].parts))
        find = partial(
            _solve_weighted,
            seed=self.seed,
            stop=self.stop,
            settings=self.settings,
            ends=self.ends,
            factor=self.budget.factor or {},
            scale=scale,
        )
        total = self.done + len(order)
        for i, found in zip(
            order, self.hand_out(find, [self.towns[i] for i in order]), strict=True
        ):
            self.offers[i].append(self._offer(found))
            self.done += 1
            if self.progress:
                self.progress(self.done, total)

    def switched(self, maps: list[TownMap]) -> int:
        """Return the organisations that switch over the whole city."""
        labels = assemble(self.problem, maps, self.seed).labels
        gone = leaving(self.problem, np.arange(len(labels)), labels, self.budget.moving)
        return int(self.budget.moving[gone].sum())

    def _offer(self, one: TownMap) -> Offer:
        factor = (self.budget.factor or {}).get(one.town.town_id, 1.0)
        weight = self.settings.switching_weight * factor
        return offer(self.problem, one, self.budget.moving, weight)


def keep_town(town: StreetTown, *, seed: int, settings: DistrictingSettings) -> TownMap:
    """Return a street_town's map of last year, as far as it still is one."""
    parts = []
    for number, part in enumerate(town.parts):
        labels, count = carried_map(part, limits(part), derived_seed(seed, town.town_id, number))
        parts.append(kept_part(part, counts(part), labels, count, settings))
    return TownMap(town, tuple(parts))


def _solve_weighted(
    town: StreetTown,
    *,
    seed: int,
    stop: Stop,
    settings: DistrictingSettings,
    ends: float,
    factor: Mapping[str, float],
    scale: float,
) -> TownMap:
    weight = settings.switching_weight * factor.get(town.town_id, 1.0) * scale
    return solve_before(
        town, seed=seed, stop=stop, settings=replace(settings, switching_weight=weight), ends=ends
    )


def _too_strict(needed: int, budget: Budget) -> Fault:
    total = int(budget.moving.sum())
    fix = _("the smallest most_switched_share that would do is {share}").format(
        share=f"{math.ceil(1e4 * needed / max(1, total)) / 1e4:.4f}"
    )
    what = _(
        "{needed} organisations must switch although they stay where they are, the limit is {most}"
    )
    return Fault(what.format(needed=needed, most=budget.most), _("districts"), needed, (), fix)
