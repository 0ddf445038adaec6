"""How many districts can be in band at most, proved from totals before any search.

A district is in band when every measure lies within its band. With ``k`` districts, ``j`` of them can be in band only if

- units that no district in band can contain (one alone exceeds a maximum, or what it can reach cannot fill the other
  band) stay outside the ``j``, and each piece of the contiguity graph between them holds its districts' least sizes;
- fractions of the other units add up to ``j`` bands, jointly in every pair of measures;
- what remains fits into ``k - j`` districts below the hard maximum, which only single units may exceed.

All are relaxations, so the count is a ceiling for every map, and it is the same rule that fixes how many districts a map
may have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.districting.travel import reach_within
from planner.districting.zonotope import can_add_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.districting.parts import Part

# Totals are sums of integers; the slack only absorbs limits written as decimals (1.05 x a third).
SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Limits:
    """Bands of one problem as arrays, shape (bands,); ``hard`` is infinity where there is none."""

    least: NDArray[np.float64]
    ideal: NDArray[np.float64]
    most: NDArray[np.float64]
    hard: NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """How many districts a connected part may have, and how many of them can be in band.

    Parameters
    ----------
    options
        ``(districts, most of them in band)``, the best share first, then the count nearest to the ideal.
    feasible
        Whether some count allows every district to be in band by totals.
    ideal
        Count at which the average district is nearest to the ideals (not rounded).
    """

    options: tuple[tuple[int, int], ...]
    feasible: bool
    ideal: float

    @property
    def share(self) -> float:
        """Certified ceiling of the share of districts in band."""
        return max(ceiling / count for count, ceiling in self.options)


def limits(part: Part) -> Limits:
    """Return the bands of a part as arrays."""
    return Limits(
        np.array([band.least for band in part.bands], dtype=float),
        np.array([band.ideal for band in part.bands], dtype=float),
        np.array([band.most for band in part.bands], dtype=float),
        np.array(
            [math.inf if band.maximum_hard is None else band.maximum_hard for band in part.bands],
            dtype=float,
        ),
    )


def counts(part: Part) -> Counts:
    """Return the admissible numbers of districts of a connected part, with their ceilings.

    Counts at which the average district meets every band are admissible; where there is none, the two next to the
    mean of what the measures ask for. Fewer than the hard maximum allows are never admissible.
    """
    limit = limits(part)
    total = part.measures.sum(axis=0)
    needed = int(max(1, np.ceil(total / limit.most * (1 - SLACK)).max()))
    useful = limit.least > 0
    filled = total[useful] / limit.least[useful] * (1 + SLACK)
    allowed = int(min(part.size, *np.floor(filled))) if useful.any() else part.size
    ideal = float((total / limit.ideal).mean())
    if needed <= allowed:
        low, high = needed, allowed
    else:
        low, high = (max(1, min(part.size, f(ideal))) for f in (math.floor, math.ceil))
    floor = fewest(part, limit)
    low, high = max(low, floor), max(high, floor)
    if not useful.any():
        high = max(low, min(high, math.ceil(ideal)))
    usable = usable_units(part, limit)
    ceilings = [(count, ceiling(part, limit, count, usable)) for count in range(low, high + 1)]
    ordered = sorted(ceilings, key=lambda o: (-o[1] / o[0], abs(o[0] - ideal), o[0]))
    return Counts(tuple(ordered), bool(ordered[0][0] == ordered[0][1]), ideal)


def best_total(options: Sequence[Sequence[tuple[int, int]]]) -> tuple[int, int]:
    """Return ``(districts, most in band)`` of the best share over independent choices, by Dinkelbach's method.

    Parameters
    ----------
    options
        For each connected part its ``(districts, most of them in band)``.

    Examples
    --------
    >>> best_total([((2, 2), (3, 2)), ((1, 0), (4, 3))])
    (6, 5)
    """
    share = 0.0
    while True:
        chosen = [max(choice, key=lambda o: (o[1] - share * o[0], -o[0])) for choice in options]
        districts, within = sum(k for k, _c in chosen), sum(c for _k, c in chosen)
        if within <= (share + 1e-12) * max(1, districts):
            return districts, within
        share = within / districts


def fewest(part: Part, limit: Limits) -> int:
    """Return the fewest districts the hard maximum allows, single units over it being districts of their own."""
    alone = (part.measures > limit.hard * (1 + SLACK)).any(axis=1)
    rest = part.measures[~alone].sum(axis=0)
    finite = np.isfinite(limit.hard)
    parts = np.ceil(rest[finite] / limit.hard[finite] * (1 - SLACK))
    needed = int(parts.max()) if finite.any() else 0
    if not alone.all():
        needed = max(needed, 1)
    return min(part.size, int(alone.sum()) + needed)


def ceiling(part: Part, limit: Limits, count: int, usable: NDArray[np.bool_] | None = None) -> int:
    """Return how many of ``count`` districts can be in band at most.

    Parameters
    ----------
    part, limit, count
        The part, its bands and its number of districts.
    usable
        Units that some district in band can contain, from `usable_units`; None: found here.
    """
    usable = usable_units(part, limit) if usable is None else usable
    alone = (part.measures > limit.hard * (1 + SLACK)).any(axis=1)
    highest = count if usable.all() else count - 1
    for j in range(min(highest, _fitting(part, limit, usable)), 0, -1):
        others = count - j - int(alone.sum())
        if others >= 0 and _possible(part, limit, j, others, usable):
            return j
    return 0


def _possible(
    part: Part,
    limit: Limits,
    within: int,
    others: int,
    usable: NDArray[np.bool_],
) -> bool:
    """Return False only where ``within`` districts in band and ``others`` under the hard maximum cannot be.

    What all others must hold at least, and can hold at most, narrows each single band; units that no district in the
    narrower band can contain stay outside, which narrows it further.
    """
    alone = (part.measures > limit.hard * (1 + SLACK)).any(axis=1)
    bounded = np.isfinite(limit.hard)
    most_others = np.where(bounded, limit.hard, 0.0) * others
    room = np.where(bounded, most_others, math.inf if others else 0.0)
    # What the districts in band leave must fit into the others, and what they take must lie in their bands.
    taken = part.measures[~alone].sum(axis=0) - room
    while True:
        low, high = np.maximum(within * limit.least, taken), within * limit.most
        if not can_add_up(part.measures[usable], low, high):
            return False
        held = part.measures[usable].sum(axis=0)
        narrow = Limits(
            np.maximum(limit.least, taken - (within - 1) * limit.most),
            limit.ideal,
            np.minimum(limit.most, held - (within - 1) * limit.least),
            limit.hard,
        )
        left = usable_units(part, narrow, usable)
        if left.sum() == usable.sum():
            return True
        usable = left
        if _fitting(part, limit, usable) < within:
            return False


def usable_units(
    part: Part, limit: Limits, among: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Say which units some district in band may contain.

    A unit is out when, with everything it can reach before a band is full, fractions of units cannot fill all bands; and
    so is one in a piece, between such units, that cannot hold one district. Only heavy units are tried one by one.
    Units outside ``among`` are out (None: all are tried).
    """
    usable = ~np.asarray((part.measures > limit.most * (1 + SLACK)).any(axis=1))
    if among is not None:
        usable &= among
    heavy = np.flatnonzero(
        (part.measures > 0.3 * limit.most).any(axis=1) & usable & (limit.least > 0).any()
    )
    while True:
        before = int(usable.sum())
        for unit in heavy:
            if usable[unit] and not _has_company(part, limit, int(unit), usable):
                usable[unit] = False
        if not usable.all():
            piece = pieces(part, usable)
            for number in range(int(piece.max()) + 1):
                members = piece == number
                if not can_add_up(part.measures[members], limit.least, limit.most):
                    usable[members] = False
        if int(usable.sum()) == before:
            return usable


def _has_company(part: Part, limit: Limits, unit: int, usable: NDArray[np.bool_]) -> bool:
    """Say whether the units within reach of one can fill its district's bands, in fractions."""
    own = part.measures[unit]
    near = reach_within(
        unit, part.indptr, part.indices, part.measures, limit.most * (1 + SLACK), usable
    )
    near[unit] = False
    return can_add_up(part.measures[near], limit.least - own, limit.most - own)


def _fitting(part: Part, limit: Limits, usable: NDArray[np.bool_]) -> int:
    """Return how many districts of least size fit into the pieces of usable units."""
    useful = limit.least > 0
    if not usable.any():
        return 0
    if not useful.any():
        return int(usable.sum())
    piece = pieces(part, usable) if not usable.all() else np.zeros(part.size, dtype=np.int64)
    count = 0
    for number in range(int(piece.max()) + 1):
        held = part.measures[piece == number].sum(axis=0)
        count += int(np.floor(held[useful] / limit.least[useful] * (1 + SLACK)).min())
    return min(count, int(usable.sum()))


def pieces(part: Part, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the connected piece of each kept unit, numbered from 0; -1 for the others."""
    piece = np.full(part.size, -1, dtype=np.int64)
    number = 0
    for start in np.flatnonzero(kept):
        if piece[start] >= 0:
            continue
        piece[start] = number
        waiting = [start]
        while waiting:
            unit = waiting.pop()
            for other in part.indices[part.indptr[unit] : part.indptr[unit + 1]]:
                if kept[other] and piece[other] < 0:
                    piece[other] = number
                    waiting.append(other)
        number += 1
    return piece


def in_band(held: NDArray[np.float64], limit: Limits) -> NDArray[np.bool_]:
    """Say which districts meet every band; ``held`` has shape (districts, bands)."""
    inside = (held >= limit.least * (1 - SLACK)) & (held <= limit.most * (1 + SLACK))
    return np.asarray(inside.all(axis=1))
