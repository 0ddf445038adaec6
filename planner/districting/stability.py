"""How much of last year's map is left: labels matched, weight retained, districts split, merged and grown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Change:
    """Two maps compared over the units both have.

    Parameters
    ----------
    matched
        int32, shape (new districts,): the old district each carries on, -1 for a new one.
    switched_share
        Share of the weight in units that are not in their matched district (0-1).
    variation_of_information
        In nats, over the weight; 0 for equal maps (Meila 2007).
    split, merged
        Old districts most of whose weight went to several new ones, and new districts with large parts of several old
        ones (at least ``part_share`` of the old district each).
    grown
        New districts with at least ``part_share`` more weight than the old district they carry on.
    """

    matched: NDArray[np.int32]
    switched_share: float
    variation_of_information: float
    split: tuple[int, ...]
    merged: tuple[int, ...]
    grown: tuple[int, ...]


def compare(
    old: NDArray[np.int32],
    new: NDArray[np.int32],
    weight: NDArray[np.generic],
    *,
    part_share: float = 0.2,
) -> Change:
    """Compare two maps of the same units.

    Labels are matched one to one so that most weight stays (Hungarian method).

    Parameters
    ----------
    old, new
        District of each unit; -1 in ``old`` for units that had none, which are left out.
    weight
        What each unit counts, at least 0.
    part_share
        Share of a district that makes a split, a merger or growth worth naming (0-1).

    Returns
    -------
    Change
        See there.

    Examples
    --------
    >>> change = compare(np.array([7, 7, 8]), np.array([0, 0, 1]), np.array([1, 1, 2]))
    >>> change.switched_share, change.matched.tolist()
    (0.0, [7, 8])
    """
    from scipy.optimize import linear_sum_assignment

    amount = np.asarray(weight, dtype=float)
    known = old >= 0
    names, rows = np.unique(old[known], return_inverse=True)
    count = int(new.max()) + 1 if len(new) else 0
    overlap = np.zeros((len(names), count))
    np.add.at(overlap, (rows, new[known]), amount[known])
    # Units settle what weights leave open, so that empty units still carry their label on.
    units = np.zeros_like(overlap)
    np.add.at(units, (rows, new[known]), 1.0)
    tie = 1e-7 * max(overlap.max(initial=0.0), 1.0) / max(units.sum(), 1.0)
    old_at, new_at = linear_sum_assignment(overlap + tie * units, maximize=True)
    matched = np.full(count, -1, dtype=np.int32)
    linked = units[old_at, new_at] > 0
    matched[new_at[linked]] = names[old_at[linked]]
    total = overlap.sum()
    kept = overlap[old_at, new_at].sum()
    held_old = overlap.sum(axis=1, keepdims=True)
    large = (overlap >= part_share * held_old) & (overlap > 0)
    grown = [
        int(d)
        for o, d in zip(old_at, new_at, strict=True)
        if linked[list(new_at).index(d)]
        and amount[new == d].sum() > (1 + part_share) * held_old[o, 0] > 0
    ]
    return Change(
        matched,
        float(1 - kept / total) if total > 0 else 0.0,
        _variation(overlap),
        tuple(int(names[i]) for i in np.flatnonzero(large.sum(axis=1) > 1)),
        tuple(int(d) for d in np.flatnonzero(large.sum(axis=0) > 1)),
        tuple(sorted(grown)),
    )


def _variation(overlap: NDArray[np.float64]) -> float:
    total = overlap.sum()
    if total <= 0:
        return 0.0
    joint = overlap / total
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    i, j = np.nonzero(joint)
    p = joint[i, j]
    return float(max(0.0, -(p * (np.log(p / rows[i]) + np.log(p / columns[j]))).sum()))
