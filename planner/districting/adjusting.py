"""Last year's map carried on: kept where it can be, searched again where that helps, never past a limit on switching."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from geodata.errors import Fault
from geodata.messages import translator
from planner.districting.ceiling import counts, limits
from planner.districting.checks import check
from planner.districting.parts import derived_seed, street_towns
from planner.districting.seeding import carried_map
from planner.districting.settings import DistrictingSettings, Stop
from planner.districting.solver import assemble, solve_before, threads
from planner.districting.stability import compare
from planner.districting.town import TownMap, kept_part
from planner.errors import InfeasibleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.districting.parts import StreetTown
    from planner.districting.problem import Districting, DistrictingProblem
    from planner.districting.solver import HandOut

_ = translator("planner")

CALMER = 6.0
"""A town that may not switch so much is searched once more with the switching cost this many times as high."""


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
    district beside them that holds least, and only what exceeds the hard maximum is split. Where that map already has
    the most districts in band that are possible, or nothing about the town has changed, it stands. The others are
    searched from it with a switching cost. Where the searched maps together switch more organisations than allowed, the
    best choice among the maps of each town within the limit is taken (exact, over the maps that were found).

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
    towns = street_towns(problem)
    ends = math.inf if stop.fuse_s is None else time.time() + stop.fuse_s
    kept = [keep_town(town, seed=seed, settings=settings) for town in towns]
    options = [[one] for one in kept]
    open_towns = [
        i
        for i, one in enumerate(kept)
        if not (budget.keep or one.town.town_id in budget.settled or _as_good_as_can_be(one))
    ]
    search = partial(
        _solve_weighted,
        seed=seed,
        stop=stop,
        settings=settings,
        ends=ends,
        factor=budget.factor or {},
    )
    hand_out = hand_out or partial(threads, jobs=settings.jobs)
    _add(options, search, open_towns, towns, hand_out, progress=progress)
    best = [min(maps, key=lambda m: (_out(m), _switched(problem, m, budget))) for maps in options]
    if budget.most is None or _total(problem, best, budget, seed) <= budget.most:
        return assemble(problem, best, seed)
    calm = partial(search, calm=CALMER)
    _add(options, calm, open_towns, towns, hand_out, progress=None)
    most = budget.most
    while True:
        chosen = _within(problem, options, budget, most)
        if chosen is None:
            break
        over = _total(problem, chosen, budget, seed) - budget.most
        if over <= 0:
            return assemble(problem, chosen, seed)
        most -= over  # districts that reach into two towns are matched once; the towns counted them twice
    raise InfeasibleError(_too_strict(_total(problem, kept, budget, seed), budget))


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
    calm: float = 1.0,
) -> TownMap:
    weight = settings.switching_weight * factor.get(town.town_id, 1.0) * calm
    return solve_before(
        town, seed=seed, stop=stop, settings=replace(settings, switching_weight=weight), ends=ends
    )


def _add(
    options: list[list[TownMap]],
    search: Callable[[StreetTown], TownMap],
    which: list[int],
    towns: Sequence[StreetTown],
    hand_out: HandOut,
    *,
    progress: Callable[[int, int], None] | None,
) -> None:
    order = sorted(which, key=lambda i: -sum(part.size for part in towns[i].parts))
    for done, (i, found) in enumerate(
        zip(order, hand_out(search, [towns[i] for i in order]), strict=True), start=1
    ):
        options[i].append(found)
        if progress:
            progress(done, len(order))


def _as_good_as_can_be(one: TownMap) -> bool:
    return all(part.matched and not part.over for part in one.parts)


def _out(one: TownMap) -> tuple[int, int]:
    """Return districts above the hard maximum, and out of band."""
    return sum(p.over for p in one.parts), sum(p.count - p.within for p in one.parts)


def _switched(problem: DistrictingProblem, one: TownMap, budget: Budget) -> int:
    """Return the organisations of a town that leave their district, districts matched within the town."""
    units, labels = _labels(one)
    return _leavers(problem, units, labels, budget)


def _labels(one: TownMap) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    drawn = np.cumsum([0, *(part.count for part in one.parts)])
    units = np.concatenate([part.units for part in one.town.parts])
    labels = [m.labels + start for m, start in zip(one.parts, drawn[:-1], strict=True)]
    return units, np.concatenate(labels).astype(np.int32)


def _leavers(
    problem: DistrictingProblem,
    units: NDArray[np.int64],
    labels: NDArray[np.int32],
    budget: Budget,
) -> int:
    if problem.incumbent is None:
        return 0
    home, moving = problem.incumbent[units], budget.moving[units]
    matched = compare(home, labels, moving).matched
    return int(moving[(home >= 0) & (matched[labels] != home)].sum())


def _total(problem: DistrictingProblem, maps: Sequence[TownMap], budget: Budget, seed: int) -> int:
    labels = assemble(problem, list(maps), seed).labels
    return _leavers(problem, np.arange(len(labels)), labels, budget)


def _within(
    problem: DistrictingProblem, options: list[list[TownMap]], budget: Budget, most: int
) -> list[TownMap] | None:
    """Choose a map for each town: fewest districts above the maximum, then out of band, then switched, within ``most``.

    Dynamic programming over organisations switched so far; None where no choice keeps the limit.
    """
    if most < 0:
        return None
    reached: dict[int, tuple[tuple[int, int], tuple[int, ...]]] = {0: ((0, 0), ())}
    for maps in options:
        costs = [(_switched(problem, one, budget), _out(one)) for one in maps]
        following: dict[int, tuple[tuple[int, int], tuple[int, ...]]] = {}
        for spent, (value, picks) in reached.items():
            for number, (cost, (over, out)) in enumerate(costs):
                if spent + cost > most:
                    continue
                entry = ((value[0] + over, value[1] + out), (*picks, number))
                if spent + cost not in following or entry < following[spent + cost]:
                    following[spent + cost] = entry
        reached = _undominated(following)
    if not reached:
        return None
    _value, picks = min((value, spent, picks) for spent, (value, picks) in reached.items())[::2]
    return [maps[pick] for maps, pick in zip(options, picks, strict=True)]


def _undominated(
    entries: dict[int, tuple[tuple[int, int], tuple[int, ...]]],
) -> dict[int, tuple[tuple[int, int], tuple[int, ...]]]:
    """Leave out what switches more for no better a value."""
    kept: dict[int, tuple[tuple[int, int], tuple[int, ...]]] = {}
    best: tuple[int, int] | None = None
    for spent in sorted(entries):
        if best is None or entries[spent][0] < best:
            kept[spent] = entries[spent]
            best = entries[spent][0]
    return kept


def _too_strict(needed: int, budget: Budget) -> Fault:
    total = int(budget.moving.sum())
    fix = _("the smallest most_switched_share that would do is {share}").format(
        share=f"{math.ceil(1e4 * needed / max(1, total)) / 1e4:.4f}"
    )
    what = _(
        "{needed} organisations must switch although they stay where they are, the limit is {most}"
    )
    return Fault(what.format(needed=needed, most=budget.most), _("districts"), needed, (), fix)
