"""One map for each street_town among those found: what it gains is worth its switching, and all keep the limit together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.districting.stability import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.districting.problem import DistrictingProblem
    from planner.districting.town import TownMap

DIGITS = 9
"""Worth is compared to so many digits, so that the order of a sum decides nothing."""


@dataclass(frozen=True, eq=False)
class Offer:
    """A map of a street_town, and what it would cost.

    Parameters
    ----------
    one
        The map.
    over
        Districts of several units above the hard maximum.
    cost
        Districts out of band, and what its switching counts in the same unit.
    switched
        Organisations that leave their district, districts matched within the street_town.
    """

    one: TownMap
    over: int
    cost: float
    switched: int


def offer(
    problem: DistrictingProblem, one: TownMap, moving: NDArray[np.int64], weight: float
) -> Offer:
    """Measure a map as the search measures it: switching all of an average district counts ``weight`` districts.

    Parameters
    ----------
    problem
        With incumbents and switching costs.
    one
        The map.
    moving
        int64, shape (units,) of the problem: organisations that switch when a unit leaves.
    weight
        Weight of switching in this street_town.
    """
    units, labels = town_labels(one)
    leaves = leaving(problem, units, labels, moving)
    cost = float(sum(part.count - part.within for part in one.parts))
    start = 0
    for part, drawn in zip(one.town.parts, one.parts, strict=True):
        total = part.switching.sum()
        if total > 0:
            gone = part.switching[leaves[start : start + part.size]].sum()
            cost += weight * drawn.count * float(gone / total)
        start += part.size
    return Offer(
        one,
        sum(part.over for part in one.parts),
        round(cost, DIGITS),
        int(moving[units][leaves].sum()),
    )


def town_labels(one: TownMap) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the units of a street_town as numbered in the problem, and their districts over all its parts."""
    drawn = np.cumsum([0, *(part.count for part in one.parts)])
    units = np.concatenate([part.units for part in one.town.parts])
    labels = [m.labels + start for m, start in zip(one.parts, drawn[:-1], strict=True)]
    return units, np.concatenate(labels).astype(np.int32)


def leaving(
    problem: DistrictingProblem,
    units: NDArray[np.int64],
    labels: NDArray[np.int32],
    moving: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return which units are not in the district that carries theirs of last year on."""
    if problem.incumbent is None:
        return np.zeros(len(units), dtype=bool)
    home = problem.incumbent[units]
    matched = compare(home, labels, moving[units]).matched
    gone: NDArray[np.bool_] = (home >= 0) & (matched[labels] != home)
    return gone


def cheapest(offers: Sequence[Sequence[Offer]]) -> list[TownMap]:
    """Choose for each street_town by itself: least above the hard maximum, then least cost, then fewest that switch."""
    return [min(maps, key=lambda o: (o.over, o.cost, o.switched)).one for maps in offers]


def choose(offers: Sequence[Sequence[Offer]], most: int) -> list[TownMap] | None:
    """Choose one map per street_town so that all of them together keep a limit.

    Least above the hard maximum, then least cost, then fewest that switch: the best choice among these maps, by dynamic
    programming over organisations switched so far.

    Parameters
    ----------
    offers
        Of each street_town, at least one.
    most
        Most organisations that switch over all street_towns, inclusive.

    Returns
    -------
    list of TownMap or None
        None where no choice keeps the limit.
    """
    if most < 0:
        return None
    reached: dict[int, _Reached] = {0: ((0, 0.0), ())}
    for maps in offers:
        following: dict[int, _Reached] = {}
        for spent, ((over, cost), picks) in reached.items():
            for number, found in enumerate(maps):
                total = spent + found.switched
                if total > most:
                    continue
                value = (over + found.over, round(cost + found.cost, DIGITS))
                entry = (value, (*picks, number))
                if total not in following or entry < following[total]:
                    following[total] = entry
        reached = _undominated(following)
    if not reached:
        return None
    _value, picks = min((value, spent, picks) for spent, (value, picks) in reached.items())[::2]
    return [maps[pick].one for maps, pick in zip(offers, picks, strict=True)]


_Reached = tuple[tuple[int, float], tuple[int, ...]]


def _undominated(entries: dict[int, _Reached]) -> dict[int, _Reached]:
    """Leave out what switches more for no better a value."""
    kept: dict[int, _Reached] = {}
    best: tuple[int, float] | None = None
    for spent in sorted(entries):
        if best is None or entries[spent][0] < best:
            kept[spent] = entries[spent]
            best = entries[spent][0]
    return kept
