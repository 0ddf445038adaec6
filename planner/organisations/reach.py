"""Whether the members of a joint union of neighbours are within a short walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
