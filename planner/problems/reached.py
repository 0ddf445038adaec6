"""What the open sites of a tier reach: the pairs that are left once its sites are chosen, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.problems.demand import TierDemand


@dataclass(frozen=True, eq=False)
class OpenReach:
    """All open sites each row of a tier's demand reaches, as compressed sparse rows into ``site_ids``.

    Parameters
    ----------
    rows
        As in `planner.problems.demand.TierDemand`.
    indptr, indices, deciseconds
        Open sites within each row's cutoff, ascending within a row, and how far they are.
    site_ids
        Open sites in ascending order.
    """

    rows: pd.DataFrame
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    deciseconds: NDArray[np.int32]
    site_ids: NDArray[np.str_]

    @property
    def row_of_pair(self) -> NDArray[np.int64]:
        """The row each pair belongs to."""
        return np.repeat(np.arange(len(self.rows)), np.diff(self.indptr))


def open_reach(
    demand: TierDemand, site_ids: NDArray[np.str_], open_columns: NDArray[np.int32]
) -> OpenReach:
    """Keep the open sites of a tier's demand, in ascending order of id."""
    opened = np.asarray(open_columns)[np.argsort(site_ids[open_columns], kind="stable")]
    place = np.full(len(site_ids), -1, dtype=np.int32)
    place[opened] = np.arange(len(opened), dtype=np.int32)
    column = place[demand.indices]
    kept = np.flatnonzero(column >= 0)
    column = column[kept]
    # The last row that begins at or before a pair holds it; rows without pairs begin there, too, but earlier in line.
    row = np.searchsorted(demand.indptr, kept, side="right") - 1
    order = np.lexsort((column, row))
    counts = np.bincount(row, minlength=len(demand.rows))
    return OpenReach(
        demand.rows,
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        column[order],
        demand.deciseconds[kept[order]],
        site_ids[opened],
    )


def nearest_open(reach: OpenReach) -> pd.DataFrame:
    """Return the nearest open site of every row that has one within its cutoff.

    Returns
    -------
    pandas.DataFrame
        ``access_id``, ``way``, ``hours``, ``site_id``, ``deciseconds``; ties go to the smaller site id. Rows out of
        reach are absent.
    """
    row, column, deciseconds = nearest_of(
        reach.indptr, reach.indices, reach.deciseconds, len(reach.site_ids)
    )
    nearest = reach.rows[["access_id", "way", "hours"]].iloc[row].reset_index(drop=True)
    nearest["site_id"] = reach.site_ids[column]
    nearest["deciseconds"] = deciseconds
    return nearest


def nearest_of(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    deciseconds: NDArray[np.integer],
    columns: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that reach anything, the nearest column of each (of equals the first), and how far it is."""
    row = np.flatnonzero(np.diff(indptr))
    if not len(row):
        return row, row, row
    # Time and column in one number, so that the least of a row is its nearest.
    ranked = deciseconds.astype(np.int64) * columns + indices
    far, column = np.divmod(np.minimum.reduceat(ranked, indptr[row]), columns)
    return row, column, far


def people_of_sites(reach: OpenReach) -> pd.DataFrame:
    """Return how many people each open site reaches, and how many only it reaches.

    Returns
    -------
    pandas.DataFrame
        ``within`` (people within the cutoff) and ``only_here`` (people that no other open site of the tier reaches),
        indexed by ``site_id``.
    """
    row = reach.row_of_pair
    weight = reach.rows["people"].to_numpy(float)[row]
    alone = np.diff(reach.indptr)[row] == 1
    sites = len(reach.site_ids)
    return pd.DataFrame(
        {
            "within": np.bincount(reach.indices, weight, sites),
            "only_here": np.bincount(reach.indices, weight * alone, sites),
        },
        index=pd.Index(reach.site_ids, name="site_id"),
    )
