"""Cutting a crowd of enterprises into compact groups of sensible size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.organisations.rules import OrganisationRules


@dataclass(frozen=True, eq=False)
class Atoms:
    """What stays together when groups are cut: single enterprises, or the few of one carrier.

    Parameters
    ----------
    x, y
        float64, shape (atoms,), metres.
    enterprises, workers
        int64, shape (atoms,).
    order
        int64, shape (atoms,): where places are equal, atoms are cut in this order (industry, then id).
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    enterprises: NDArray[np.int64]
    workers: NDArray[np.int64]
    order: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> Atoms:
        """Return the atoms at ``rows``."""
        return Atoms(
            self.x[rows], self.y[rows], self.enterprises[rows], self.workers[rows], self.order[rows]
        )


def fits(enterprises: int, workers: int, rules: OrganisationRules) -> bool:
    """Tell whether a joint union of this size keeps the upper limits."""
    return enterprises <= rules.joint_enterprises_most and workers <= rules.joint_workers_most


def split(atoms: Atoms, rules: OrganisationRules) -> list[NDArray[np.int64]]:
    """Cut atoms into groups near the ideal size and within the upper limits.

    Recursive bisection across the longer side of the bounding box, so groups are compact but not optimal;
    a group over a limit is left only where it is a single atom.

    Returns
    -------
    list of int64 arrays
        Positions of the atoms of each group, ascending in each.
    """
    enterprises, workers = int(atoms.enterprises.sum()), int(atoms.workers.sum())
    needed = max(
        math.ceil(enterprises / rules.joint_enterprises_most),
        math.ceil(workers / rules.joint_workers_most),
    )
    wished = int(enterprises / rules.joint_enterprises_ideal + 0.5)
    allowed = enterprises // rules.joint_enterprises_least
    parts = max(1, needed, min(wished, allowed))
    return _bisect(atoms, np.arange(len(atoms.x)), parts, rules)


def _bisect(
    atoms: Atoms, rows: NDArray[np.int64], parts: int, rules: OrganisationRules
) -> list[NDArray[np.int64]]:
    if parts <= 1:
        small = fits(int(atoms.enterprises[rows].sum()), int(atoms.workers[rows].sum()), rules)
        if small or len(rows) == 1:
            return [np.sort(rows)]
        parts = 2
    if len(rows) == 1:
        return [rows]
    ordered = _along(atoms, rows)
    load = (
        atoms.enterprises[ordered] / rules.joint_enterprises_most
        + atoms.workers[ordered] / rules.joint_workers_most
    )
    first = parts // 2
    total = np.cumsum(load)
    goal = total[-1] * first / parts
    cut = int(np.clip(np.argmin(np.abs(total - goal)) + 1, 1, len(rows) - 1))
    return [
        *_bisect(atoms, ordered[:cut], first, rules),
        *_bisect(atoms, ordered[cut:], parts - first, rules),
    ]


def _along(atoms: Atoms, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows in order along the longer side of their bounding box."""
    x, y = atoms.x[rows], atoms.y[rows]
    longer = x if np.ptp(x) >= np.ptp(y) else y
    return rows[np.lexsort((atoms.order[rows], longer))]
