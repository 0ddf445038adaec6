"""Whether the members of a joint union of neighbours are within a short walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.travel_time import TravelTimes
    from planner.organisations.rules import OrganisationRules
    from planner.organisations.splitting import Atoms


class Reach(Protocol):
    """Knows who is near whom."""

    def clusters(
        self,
        left: NDArray[np.int64],
        members: list[NDArray[np.int64]],
        atoms: NDArray[np.int64],
    ) -> list[NDArray[np.int64]]:
        """Part atoms between which nobody walks within the limit."""
        ...

    def near(
        self,
        atoms: Atoms,
        group: NDArray[np.int64],
        left: NDArray[np.int64],
        members: list[NDArray[np.int64]],
    ) -> bool:
        """Tell whether all atoms of a group are within the limit of its middle."""
        ...


class StraightReach:
    """Walking time guessed from the straight line; blind to rivers and railways."""

    def __init__(self, rules: OrganisationRules) -> None:
        metres_a_minute = rules.walk_km_h * 1000 / 60
        self._limit_m = rules.neighbour_walk_min * metres_a_minute / rules.detour_ratio

    def clusters(
        self,
        left: NDArray[np.int64],  # noqa: ARG002 - part of the protocol
        members: list[NDArray[np.int64]],  # noqa: ARG002
        atoms: NDArray[np.int64],
    ) -> list[NDArray[np.int64]]:
        """Keep all together: the straight line parts nobody."""
        return [atoms]

    def near(
        self,
        atoms: Atoms,
        group: NDArray[np.int64],
        left: NDArray[np.int64],  # noqa: ARG002
        members: list[NDArray[np.int64]],  # noqa: ARG002
    ) -> bool:
        """Measure from the middle of the bounding box."""
        x, y = atoms.x[group], atoms.y[group]
        middle_x, middle_y = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
        return bool(np.hypot(x - middle_x, y - middle_y).max() <= self._limit_m)


class NetworkReach:
    """Walking time along roads, so that a river or railway parts what lies on its two sides.

    Parameters
    ----------
    times
        Walking times between enterprises by id; a pair that is absent is out of reach, either direction counts.
    ids
        enterprise_id of each pooled enterprise.
    rules
        ``neighbour_walk_min`` is the limit, inclusive.
    """

    def __init__(
        self, times: TravelTimes, ids: NDArray[np.object_], rules: OrganisationRules
    ) -> None:
        pool = pd.Index(ids)
        row = pool.get_indexer(pd.Index(times.from_ids))
        column = pool.get_indexer(pd.Index(times.to_ids))
        a = np.repeat(row, np.diff(times.indptr))
        b = column[times.indices]
        near = (times.deciseconds <= rules.neighbour_walk_min * 600) & (a >= 0) & (b >= 0)
        a, b = a[near], b[near]
        n = len(pool)
        both = (np.concatenate([a, b]), np.concatenate([b, a]))
        self._near = coo_array((np.ones(len(both[0]), dtype=np.int8), both), shape=(n, n)).tocsr()

    def _between(
        self, left: NDArray[np.int64], members: list[NDArray[np.int64]], atoms: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return pairs of positions in ``atoms`` between which somebody walks within the limit."""
        rows = np.concatenate([left[members[atom]] for atom in atoms])
        owner = np.repeat(np.arange(len(atoms)), [len(members[atom]) for atom in atoms])
        found = self._near[rows][:, rows].tocoo()
        return np.column_stack([owner[found.row], owner[found.col]])

    def clusters(
        self, left: NDArray[np.int64], members: list[NDArray[np.int64]], atoms: NDArray[np.int64]
    ) -> list[NDArray[np.int64]]:
        """Part atoms that no chain of short walks joins; by their first atom."""
        pairs = self._between(left, members, atoms)
        graph = coo_array(
            (np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])),
            shape=(len(atoms),) * 2,
        )
        label = connected_components(graph.tocsr(), directed=False)[1]
        parts = [atoms[label == piece] for piece in range(int(label.max()) + 1)]
        return sorted(parts, key=lambda part: int(part[0]))

    def near(
        self,
        atoms: Atoms,  # noqa: ARG002 - places do not count here, roads do
        group: NDArray[np.int64],
        left: NDArray[np.int64],
        members: list[NDArray[np.int64]],
    ) -> bool:
        """Tell whether some atom of the group is within the limit of all others."""
        reached = np.eye(len(group), dtype=bool)
        pairs = self._between(left, members, group)
        reached[pairs[:, 0], pairs[:, 1]] = True
        return bool(reached.all(axis=1).any())
