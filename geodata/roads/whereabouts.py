"""Refuse points that cannot belong to a road network: far away, swapped, or in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geodata.errors import CrsError, Fault, NetworkError
from geodata.messages import translator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.roads.network import RoadNetwork

__all__ = ["refuse_elsewhere"]

_ = translator("geodata")

ELSEWHERE_M = 10_000.0


def refuse_elsewhere(points: NDArray[np.float64], network: RoadNetwork) -> None:
    """Raise when every point lies more than 10 km outside the network's box, and say why that may be.

    Parameters
    ----------
    points
        float64, shape (points, 2), metres in the network's CRS.
    network
        Road network.

    Raises
    ------
    CrsError
        When the points would lie there with x and y swapped, or are degrees.
    NetworkError
        When the road file is of another place.
    """
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite) or not network.n_nodes:
        return
    x, y = np.asarray(network.node_x), np.asarray(network.node_y)
    box = np.array([x.min(), y.min()]) - ELSEWHERE_M, np.array([x.max(), y.max()]) + ELSEWHERE_M

    def inside(p: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(((p >= box[0]) & (p <= box[1])).all(axis=1))

    if inside(finite).any():
        return
    examples = [(round(float(a), 2), round(float(b), 2)) for a, b in finite[:5]]
    if inside(finite[:, ::-1]).any():
        raise CrsError(
            Fault(
                _("coordinates are in the wrong order"),
                count=len(finite),
                examples=examples,
                fix=_("Give x before y (longitude before latitude)."),
            )
        )
    if (np.abs(finite) <= 180).all():
        raise CrsError(
            Fault(
                _("the points are in degrees, the road network is in metres ({crs})").format(
                    crs=network.crs
                ),
                count=len(finite),
                examples=examples,
                fix=_("Project the points to the road network's coordinate system first."),
            )
        )
    raise NetworkError(
        Fault(
            _("the road file lies far from every point"),
            where=_("road network"),
            count=len(finite),
            examples=examples,
            fix=_(
                "Give a road file that covers the register, or check the register's coordinates."
            ),
        )
    )
