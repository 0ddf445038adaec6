"""Sparse travel times: who reaches what within a cutoff, in whole deciseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """Travel times from ``from_ids`` (rows) to ``to_ids`` (columns) in compressed sparse rows.

    A pair that is absent was not reached within the cutoff: there is no NaN and no sentinel.
    A pair exactly at the cutoff is in. Columns ascend within a row.

    Parameters
    ----------
    from_ids, to_ids
        str arrays, shapes (rows,) and (columns,): demand and candidate ids.
    indptr
        int64, shape (rows + 1,).
    indices
        int32, shape (pairs,): column of each pair.
    deciseconds
        uint16 or int32, shape (pairs,).
    mode
        Travel mode.
    cutoff_ds
        Inclusive cutoff in deciseconds.
    period
        Departure period the times hold for.
    """

    from_ids: NDArray[np.str_]
    to_ids: NDArray[np.str_]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    deciseconds: NDArray[np.uint16] | NDArray[np.int32]
    mode: str
    cutoff_ds: int
    period: str = "all"

    @property
    def n_pairs(self) -> int:
        """Number of pairs within the cutoff."""
        return len(self.indices)
