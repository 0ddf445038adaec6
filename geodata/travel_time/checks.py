"""What is asked of the engine, checked before any search: cutoff, mode, period, ids and points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geodata.errors import Fault, InvalidRowsError, NetworkError
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geodata.roads.network import ModeGraph, RoadNetwork, Snapped

_ = translator("geodata")

ALL_DAY = "all"
LONGEST_CUTOFF_MIN = 24 * 60


def cutoff_deciseconds(cutoff_min: float) -> int:
    """Whole deciseconds that are still within an inclusive cutoff in minutes.

    Raises
    ------
    InvalidRowsError
        When the cutoff is not a number from 0 to a day.

    Examples
    --------
    >>> cutoff_deciseconds(15)
    9000
    """
    if not 0 <= cutoff_min <= LONGEST_CUTOFF_MIN:  # NaN fails too
        raise InvalidRowsError(
            Fault(
                _("the cutoff must be a number of minutes from 0 to {longest}").format(
                    longest=LONGEST_CUTOFF_MIN
                ),
                where="cutoff_min",
                examples=(cutoff_min,),
            )
        )
    return int(np.floor(cutoff_min * 600 + 1e-6))


def mode_graph(network: RoadNetwork, mode: str, period: str = ALL_DAY) -> ModeGraph:
    """Graph of a mode in a period: the key ``mode`` all day, ``mode@period`` in a named period.

    Raises
    ------
    NetworkError
        When the network was not built for it.
    """
    key = mode if period == ALL_DAY else f"{mode}@{period}"
    graph = network.modes.get(key)
    if graph is None:
        raise NetworkError(
            Fault(
                _("the road network was not built for {mode}").format(mode=key),
                where=_("road network"),
                examples=sorted(network.modes),
                fix=_("build the network with this mode and period"),
            )
        )
    return graph


def checked_ids(
    ids: Sequence[str] | NDArray[np.str_], points: Snapped, where: str
) -> NDArray[np.str_]:
    """Ids as an array, one for each point and none twice."""
    array = np.asarray(ids, dtype=np.str_)
    if array.ndim != 1 or len(array) != len(points.edge):
        raise InvalidRowsError(
            Fault(
                _("{ids} ids for {points} points").format(ids=array.size, points=len(points.edge)),
                where=where,
                fix=_("give one id for each point"),
            )
        )
    values, counts = np.unique(array, return_counts=True)
    if (counts > 1).any():
        repeated = values[counts > 1]
        raise InvalidRowsError(
            Fault(
                _("ids occur more than once"),
                where=where,
                count=len(repeated),
                examples=repeated[:5].tolist(),
                fix=_("give every point its own id"),
            )
        )
    return array


def check_points(network: RoadNetwork, points: Snapped, mode: str, where: str) -> None:
    """Refuse points that were placed for another mode or on another network."""
    faults = []
    if points.mode != mode:
        faults.append(
            Fault(
                _("the points were snapped for {other}, not for {mode}").format(
                    other=points.mode, mode=mode
                ),
                where=where,
                fix=_("snap them again for the mode of the trip"),
            )
        )
    usable = points.status == 0
    outside = usable & ((points.edge < 0) | (points.edge >= network.n_edges))
    with np.errstate(invalid="ignore"):
        beyond = usable & ~((points.fraction >= 0) & (points.fraction <= 1))
    for rows, what in (
        (outside, _("edges that the network does not have")),
        (beyond, _("fractions along the edge outside 0-1")),
        (usable & (points.access_ds < 0), _("negative access times")),
    ):
        if rows.any():
            examples = np.flatnonzero(rows)
            faults.append(
                Fault(what, where=where, count=len(examples), examples=examples[:5].tolist())
            )
    if faults:
        raise InvalidRowsError(faults)
