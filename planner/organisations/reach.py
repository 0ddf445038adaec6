"""Whether the members of a joint union of neighbours are within a short walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.organisations.rules import OrganisationRules
    from planner.organisations.splitting import Atoms

DENSE_MOST = 4000
"""A unit of at most so many atoms is looked up in a dense table, a larger one in a sparse one."""


@dataclass(frozen=True, eq=False)
class WalkingPairs:
    """Who walks to whom within the limit, by places that several enterprises may share.

    Parameters
    ----------
    place
        int64, shape (enterprises,): place of each, -1 for those on no usable road.
    near
        bool, shape (places, places), symmetric, with its diagonal; only places of one unit are compared.
    """

    place: NDArray[np.int64]
    near: csr_array


class Reach(Protocol):
    """Knows who is near whom."""

    def look(
        self, atoms: Atoms, left: NDArray[np.int64], members: list[NDArray[np.int64]]
    ) -> Neighbourhood:
        """Return the neighbourhood of one unit's atoms; ``members`` are positions in ``left``, by atom."""
        ...


class Neighbourhood(Protocol):
    """The atoms of one unit, by their positions in it."""

    def clusters(self) -> list[NDArray[np.int64]]:
        """Part atoms between which nobody walks within the limit."""
        ...

    def near(self, group: NDArray[np.int64]) -> bool:
        """Tell whether all atoms of a group are within the limit of its middle."""
        ...


class StraightReach:
    """Walking time guessed from the straight line, where no roads are at hand; blind to rivers and railways."""

    def __init__(self, rules: OrganisationRules) -> None:
        metres_a_minute = rules.walk_km_h * 1000 / 60
        self._limit_m = rules.neighbour_walk_min * metres_a_minute / rules.detour_ratio

    def look(
        self,
        atoms: Atoms,
        left: NDArray[np.int64],  # noqa: ARG002 - part of the protocol
        members: list[NDArray[np.int64]],  # noqa: ARG002
    ) -> Neighbourhood:
        """Return the atoms as points."""
        return _Points(atoms, self._limit_m)


class _Points:
    def __init__(self, atoms: Atoms, limit_m: float) -> None:
        self._atoms, self._limit_m = atoms, limit_m

    def clusters(self) -> list[NDArray[np.int64]]:
        """Keep all together: the straight line parts nobody."""
        return [np.arange(len(self._atoms.x))]

    def near(self, group: NDArray[np.int64]) -> bool:
        """Measure from the middle of the bounding box."""
        x, y = self._atoms.x[group], self._atoms.y[group]
        middle_x, middle_y = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
        return bool(np.hypot(x - middle_x, y - middle_y).max() <= self._limit_m)


class NetworkReach:
    """Walking time along roads, so that a river or railway parts what lies on its two sides.

    Parameters
    ----------
    pairs
        Who walks to whom.
    rows
        int64: position in ``pairs.place`` of each pooled enterprise.
    """

    def __init__(self, pairs: WalkingPairs, rows: NDArray[np.int64]) -> None:
        self._place = pairs.place[rows]
        self._near = pairs.near

    def look(
        self,
        atoms: Atoms,  # noqa: ARG002 - places do not count here, roads do
        left: NDArray[np.int64],
        members: list[NDArray[np.int64]],
    ) -> Neighbourhood:
        """Return the table of atoms between which somebody walks within the limit."""
        row = np.concatenate([left[atom] for atom in members])
        owner = np.repeat(np.arange(len(members)), [len(atom) for atom in members])
        place = self._place[row]
        placed = place >= 0
        here, column = np.unique(place[placed], return_inverse=True)
        shape = (len(members), len(here))
        stands = csr_array(
            (np.ones(int(placed.sum()), dtype=np.int32), (owner[placed], column)), shape=shape
        )
        table = stands @ self._near[here][:, here].astype(np.int32) @ stands.T
        return _Table(csr_array(table))


class _Table:
    def __init__(self, near: csr_array) -> None:
        self._near = near
        self._dense = near.toarray() > 0 if near.shape[0] <= DENSE_MOST else None

    def clusters(self) -> list[NDArray[np.int64]]:
        """Part atoms that no chain of short walks joins; by their first atom."""
        label = connected_components(self._near, directed=False)[1]
        order = np.argsort(label, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
        return sorted(parts, key=lambda part: int(part[0]))

    def near(self, group: NDArray[np.int64]) -> bool:
        """Tell whether some atom of the group is within the limit of all others."""
        if self._dense is None:
            reached = self._near[group][:, group].toarray() > 0
        else:
            reached = self._dense[np.ix_(group, group)]
        np.fill_diagonal(reached, val=True)
        return bool(reached.all(axis=1).any())
