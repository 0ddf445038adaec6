"""Whether the members of a joint union of neighbours are within a short walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numba import njit
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
        self._last = np.full(pairs.near.shape[0], -1, dtype=np.int64)

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
        owner, place = owner[place >= 0], place[place >= 0]
        if len(members) <= DENSE_MOST:
            table = near_atoms(
                owner, place, len(members), self._near.indptr, self._near.indices, self._last
            )
            return _Dense(table)
        here, column = np.unique(place, return_inverse=True)
        stands = csr_array(
            (np.ones(len(owner), dtype=np.int32), (owner, column)), shape=(len(members), len(here))
        )
        table = stands @ self._near[here][:, here].astype(np.int32) @ stands.T
        return _Sparse(csr_array(table))


@njit(cache=True)
def near_atoms(  # noqa: PLR0917 - a kernel takes plain arrays
    owner: NDArray[np.int64],
    place: NDArray[np.int64],
    atoms: int,
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    last: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Tell which atoms have places within the limit of each other.

    Parameters
    ----------
    owner, place
        Atom and place of each enterprise.
    atoms
        Number of atoms.
    indptr, indices
        Places near each place.
    last
        Scratch, -1 for every place before and after: the last enterprise of a place, which leads to the one before.

    Returns
    -------
    NDArray[np.bool_]
        Shape (atoms, atoms).
    """
    table = np.zeros((atoms, atoms), dtype=np.bool_)
    before = np.empty(len(owner), dtype=np.int64)
    for entry in range(len(owner)):
        before[entry] = last[place[entry]]
        last[place[entry]] = entry
    for entry in range(len(owner)):
        for at in range(indptr[place[entry]], indptr[place[entry] + 1]):
            other = last[indices[at]]
            while other >= 0:
                table[owner[entry], owner[other]] = True
                other = before[other]
    for entry in range(len(owner)):
        last[place[entry]] = -1
    return table


def _parts(label: NDArray[np.signedinteger]) -> list[NDArray[np.int64]]:
    """Return the atoms of each label, parts in the order of their first atom."""
    order = np.argsort(label, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return sorted(parts, key=lambda part: int(part[0]))


def _middle_reaches_all(reached: NDArray[np.bool_]) -> bool:
    np.fill_diagonal(reached, val=True)
    return bool(reached.all(axis=1).any())


@njit(cache=True)
def chained(near: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a label for each row, the same for rows that a chain of true cells joins."""
    label = np.full(len(near), -1, dtype=np.int64)
    waiting = np.empty(len(near), dtype=np.int64)
    for start in range(len(near)):
        if label[start] >= 0:
            continue
        label[start], waiting[0], size = start, start, 1
        while size > 0:
            size -= 1
            here = waiting[size]
            for other in range(len(near)):
                if near[here, other] and label[other] < 0:
                    label[other] = start
                    waiting[size] = other
                    size += 1
    return label


class _Dense:
    def __init__(self, near: NDArray[np.bool_]) -> None:
        self._near = near

    def clusters(self) -> list[NDArray[np.int64]]:
        """Part atoms that no chain of short walks joins; by their first atom."""
        return _parts(chained(self._near))

    def near(self, group: NDArray[np.int64]) -> bool:
        """Tell whether some atom of the group is within the limit of all others."""
        return _middle_reaches_all(self._near[np.ix_(group, group)])


class _Sparse:
    def __init__(self, near: csr_array) -> None:
        self._near = near

    def clusters(self) -> list[NDArray[np.int64]]:
        """Part atoms that no chain of short walks joins; by their first atom."""
        return _parts(connected_components(self._near, directed=False)[1])

    def near(self, group: NDArray[np.int64]) -> bool:
        """Tell whether some atom of the group is within the limit of all others."""
        return _middle_reaches_all(self._near[group][:, group].toarray() > 0)
