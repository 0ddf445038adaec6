"""How many districts can be in band at most, proved from totals before any search.

A district is in band when every measure lies within its band. With ``k`` districts, ``j`` of them can be in band only if

- units that alone exceed a band's maximum stay outside the ``j`` (a district with one of them is out of band), and what
  is left between them can hold ``j`` districts of at least the least size, piece by piece of the contiguity graph;
- the ``j`` districts can take enough: what remains fits into ``k - j`` districts below the hard maximum, of which only
  single units may exceed it.

Both are relaxations, so the count is a ceiling for every map, and it is the same rule that fixes how many districts a map
may have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
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
            [math.inf if band.maximum_hard is None else band.maximum_hard for band in part.bands]
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
        low, high = max(1, math.floor(ideal)), max(1, min(part.size, math.ceil(ideal)))
    floor = fewest(part, limit)
    low, high = max(low, floor), max(high, floor)
    if not useful.any():
        high = max(low, min(high, math.ceil(ideal)))
    ceilings = [(count, ceiling(part, limit, count)) for count in range(low, high + 1)]
    ordered = sorted(ceilings, key=lambda o: (-o[1] / o[0], abs(o[0] - ideal), o[0]))
    return Counts(tuple(ordered), bool(ordered[0][0] == ordered[0][1]), ideal)


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


def ceiling(part: Part, limit: Limits, count: int) -> int:
    """Return how many of ``count`` districts can be in band at most, from totals."""
    oversize = np.asarray((part.measures > limit.most * (1 + SLACK)).any(axis=1))
    usable = _usable(part, limit, oversize)
    alone = (part.measures > limit.hard * (1 + SLACK)).any(axis=1)
    total = part.measures.sum(axis=0)
    free = part.measures[~oversize].sum(axis=0)
    highest = min(count - 1 if oversize.any() else count, usable)
    for j in range(highest, 0, -1):
        others = count - j - int(alone.sum())
        if others < 0:
            continue
        left = total - part.measures[alone].sum(axis=0)
        # Of what is left, the j districts in band take at most their maxima, the others theirs.
        taken = np.minimum(j * limit.most, free)
        bounded = np.isfinite(limit.hard)
        room = np.where(
            bounded, others * np.where(bounded, limit.hard, 0.0), math.inf if others else 0.0
        )
        if (left - taken <= room * (1 + SLACK) + SLACK).all():
            return j
    return 0


def _usable(part: Part, limit: Limits, oversize: NDArray[np.bool_]) -> int:
    """Return how many districts of least size fit into the pieces between oversize units."""
    useful = limit.least > 0
    if not useful.any():
        return int((~oversize).sum())
    if not oversize.any():
        return int(
            np.floor(part.measures.sum(axis=0)[useful] / limit.least[useful] * (1 + SLACK)).min()
        )
    piece = pieces(part, ~oversize)
    count = 0
    for number in range(int(piece.max()) + 1):
        held = part.measures[piece == number].sum(axis=0)
        count += int(np.floor(held[useful] / limit.least[useful] * (1 + SLACK)).min())
    return min(count, int((~oversize).sum()))


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
