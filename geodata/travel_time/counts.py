"""How many, without the pairs: destinations each origin reaches, or what reaches each destination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from geodata.errors import Fault, InvalidRowsError
from geodata.messages import translator
from geodata.travel_time.checks import ALL_DAY, check_points, cutoff_deciseconds, mode_graph
from geodata.travel_time.matrix import point_searches, trip_links

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from geodata.roads.network import RoadNetwork, Snapped

_ = translator("geodata")


def coverage(
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped,
    *,
    mode: str,
    cutoff_min: float,
    of: Literal["origins", "destinations"] = "destinations",
    weights: ArrayLike | None = None,
    period: str = ALL_DAY,
    jobs: int | None = None,
) -> NDArray[np.int64]:
    """Count, or weigh, what is within the cutoff of each point, without storing any pair.

    Parameters
    ----------
    network, origins, destinations, mode, cutoff_min, period, jobs
        As for `geodata.travel_time.travel_times`.
    of
        ``"destinations"``: for each destination the origins that reach it within the cutoff;
        ``"origins"``: for each origin the destinations it reaches.
    weights
        Whole weights of the points that are counted (such as workers at each origin); 1 each by default.

    Returns
    -------
    int64 array
        One sum for each point of ``of``.

    Raises
    ------
    NetworkError, InvalidRowsError
        As for `geodata.travel_time.travel_times`, or when weights are not whole or not one for each point.
    """
    cutoff_ds = cutoff_deciseconds(cutoff_min)
    graph = mode_graph(network, mode, period)
    check_points(network, origins, mode, "origins")
    check_points(network, destinations, mode, "destinations")
    start, end = trip_links(network, graph, origins, destinations)
    reverse = of == "destinations"
    sources, targets = (end, start) if reverse else (start, end)
    searches = point_searches(
        graph, sources, targets, n_edges=network.n_edges, cutoff_ds=cutoff_ds, reverse=reverse,
        jobs=jobs, weights=_whole(weights, len(targets)),
    )  # fmt: skip
    return searches.sums()


def _whole(weights: ArrayLike | None, n: int) -> NDArray[np.int64]:
    """Weights as whole numbers, one for each of ``n`` points."""
    if weights is None:
        return np.empty(0, np.int64)
    given = np.asarray(weights)
    whole = (
        given.astype(np.int64)
        if given.dtype.kind in "iub"
        else np.where(np.isfinite(given), given, 0.5).astype(np.int64)
    )
    if given.shape != (n,) or (whole != given).any() or (whole < 0).any():
        raise InvalidRowsError(
            Fault(
                _("weights must be whole numbers from 0, one for each of {points} points").format(
                    points=n
                ),
                where="weights",
                examples=given.ravel()[:5].tolist(),
            )
        )
    return whole
