"""Bring a district of last year's map under the hard maximum by giving units at its border to its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.districting.ceiling import SLACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.districting.ceiling import Limits
    from planner.districting.parts import Part


class _Gift(NamedTuple):
    """A unit that may go to a neighbour, in the order in which gifts are taken."""

    cost_per_relief: float
    out_of_band: bool
    held: float
    unit: int
    to: int


def shed(
    part: Part, limit: Limits, labels: NDArray[np.int32], district: int, home: int
) -> NDArray[np.int32] | None:
    """Give border units of a district away until it is not above the hard maximum.

    The unit goes first whose switching costs least for what it takes off the excess; to the neighbour that stays in band
    with it, else to the lightest. In the end units that turn out not to be needed come back, the dearest first. Greedy:
    another choice of units may cost less.

    Parameters
    ----------
    part, limit
        The part of the street_town and its bands.
    labels
        District of each unit, each connected; left as they are.
    district
        The district above the hard maximum.
    home
        Last year's district it carries on; only units of that one cost anything when they leave.

    Returns
    -------
    NDArray[np.int32] or None
        The new labels: every district connected, none empty, none lifted above the hard maximum, locked units where they
        were. None where that cannot be.
    """
    labels = labels.copy()
    held = np.zeros((int(labels.max()) + 1, part.measures.shape[1]))
    np.add.at(held, labels, part.measures)
    hard = limit.hard * (1 + SLACK)
    cost = np.where(part.incumbent == home, part.switching, 0.0)
    given: list[int] = []
    while (held[district] > hard).any():
        gift = min(_gifts(part, limit, labels, district, held, cost=cost), default=None)
        if gift is None:
            return None
        _move(part, labels, held, gift.unit, gift.to)
        given.append(gift.unit)
    for unit in sorted(given, key=lambda u: (-cost[u], u)):
        room = (held[district] + part.measures[unit] <= hard).all()
        if room and _touches(part, labels, unit, district) and stays_whole(part, labels, unit):
            _move(part, labels, held, unit, district)
    return labels


def _gifts(
    part: Part,
    limit: Limits,
    labels: NDArray[np.int32],
    district: int,
    held: NDArray[np.float64],
    *,
    cost: NDArray[np.float64],
) -> Iterator[_Gift]:
    """Find the units that may leave the district now, and where each may go."""
    finite = np.isfinite(limit.hard)
    excess = np.where(finite, np.maximum(held[district] - limit.hard, 0.0), 0.0)
    hard, most = limit.hard * (1 + SLACK), limit.most * (1 + SLACK)
    for unit in np.flatnonzero((labels == district) & ~part.locked).tolist():
        amount = part.measures[unit]
        relief = float((np.minimum(amount, excess) / limit.ideal).sum())
        around = np.unique(labels[_neighbours(part, unit)])
        to = [d for d in around.tolist() if d != district and (held[d] + amount <= hard).all()]
        if relief <= 0 or not to or not stays_whole(part, labels, unit):
            continue
        for d in to:
            after = held[d] + amount
            yield _Gift(
                float(cost[unit]) / relief,
                bool((after > most).any()),
                float((after / limit.ideal).max()),
                unit,
                d,
            )


def stays_whole(part: Part, labels: NDArray[np.int32], unit: int) -> bool:
    """Return whether a unit's district keeps a unit, and stays connected, without it."""
    district = labels[unit]
    inside = labels == district
    inside[unit] = False
    left = int(inside.sum())
    if not left:
        return False
    waiting = [int(np.flatnonzero(inside)[0])]
    inside[waiting[0]] = False
    reached = 1
    while waiting:
        around = _neighbours(part, waiting.pop())
        fresh = around[inside[around]]
        inside[fresh] = False
        reached += len(fresh)
        waiting.extend(fresh.tolist())
    return reached == left


def _neighbours(part: Part, unit: int) -> NDArray[np.int32]:
    return part.indices[part.indptr[unit] : part.indptr[unit + 1]]


def _touches(part: Part, labels: NDArray[np.int32], unit: int, district: int) -> bool:
    return bool((labels[_neighbours(part, unit)] == district).any())


def _move(
    part: Part, labels: NDArray[np.int32], held: NDArray[np.float64], unit: int, to: int
) -> None:
    held[labels[unit]] -= part.measures[unit]
    held[to] += part.measures[unit]
    labels[unit] = to
