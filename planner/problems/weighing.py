"""Which candidates of a far-reaching tier are weighed: of each kind the few nearest to the middle of their area's workers.

A city's centre is within an hour's drive of everybody from thousands of premises; weighing all of them against everybody
takes more memory than machines have, and tells nothing: those that reach most lie in the middle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numba import njit

from planner.problems.siting import AREA_OF

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    from numpy.typing import NDArray

    from planner.policy import Tier


def weighed(
    tier: Tier,
    candidates: gpd.GeoDataFrame,
    marked: pd.DataFrame,
    workers: gpd.GeoDataFrame,
    areas: pd.DataFrame,
    *,
    held: Collection[str] = (),
) -> NDArray[np.bool_]:
    """Return which candidates are weighed, bool (candidates,).

    What must open, serves the tier today or carried it in the parent plan is weighed always. Of the others the tier's `candidates_most` of each kind in
    each area are: those with the shortest mean distance, in a straight line, to the area's workers; ties by id. Vetoed
    ones are left out.

    Parameters
    ----------
    tier
        Its rule says which areas, `candidates_most` how many; None weighs all.
    candidates
        ``site_id``, ``kind``, points in the working CRS.
    marked
        Rows in the same order; see `planner.problems.siting.mark_candidates`.
    workers
        Where workers are: ``site_id``, ``workers`` and points, one per basic unit.
    areas
        `planner.problems.siting.AREAS` of each site, indexed by ``site_id``.
    held
        Sites that carried the tier in the parent plan.
    """
    if tier.candidates_most is None:
        return np.ones(len(candidates), dtype=np.bool_)
    level = AREA_OF[tier.rule]
    vetoed = marked["vetoed"].to_numpy(bool)
    stood = marked["compulsory"] | marked["existing"] | marked["site_id"].isin(list(held))
    always = stood.to_numpy(bool)
    table = pd.DataFrame(
        {
            "area": marked[level].to_numpy(),
            "kind": candidates["kind"].to_numpy(),
            "site_id": candidates["site_id"].to_numpy(),
            "metres": _mean_distance(candidates, marked[level], workers, areas[level]),
        }
    )[~always & ~vetoed]
    ranked = table.sort_values(["area", "kind", "metres", "site_id"])
    near = ranked.groupby(["area", "kind"]).head(tier.candidates_most).index
    kept = always.copy()
    kept[near] = True
    return kept


def _mean_distance(
    candidates: gpd.GeoDataFrame,
    area_of: pd.Series,
    workers: gpd.GeoDataFrame,
    area_of_workers: pd.Series,
) -> NDArray[np.float64]:
    """Return the mean distance of each candidate to the workers of its area, whole metres."""
    x, y = candidates.geometry.x.to_numpy(), candidates.geometry.y.to_numpy()
    at_x, at_y = workers.geometry.x.to_numpy(), workers.geometry.y.to_numpy()
    weight = workers["workers"].to_numpy(float)
    where = area_of_workers.reindex(workers["site_id"]).to_numpy()
    metres = np.zeros(len(candidates))
    for area, rows in pd.Series(np.arange(len(candidates))).groupby(area_of.to_numpy()):
        mine = (where == area) & (weight > 0)
        if mine.any():
            here = rows.to_numpy()
            metres[here] = _mean_to(x[here], y[here], at_x[mine], at_y[mine], weight[mine])
    return np.rint(metres)


@njit(cache=True, nogil=True)
def _mean_to(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    at_x: NDArray[np.float64],
    at_y: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the weighted mean distance of each point to others: a city's are hundreds of millions of pairs."""
    mean, whole = np.zeros(len(x)), weight.sum()
    for point in range(len(x)):
        total = 0.0
        for other in range(len(at_x)):
            across, along = x[point] - at_x[other], y[point] - at_y[other]
            total += weight[other] * np.sqrt(across * across + along * along)
        mean[point] = total / whole
    return mean
