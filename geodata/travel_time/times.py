"""Sparse travel times: who reaches what within a cutoff, in whole deciseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

DS_PER_MIN = 600


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

    def to_frame(self) -> pd.DataFrame:
        """Write one row for each pair: ``from_id``, ``to_id``, ``travel_time_min`` (float minutes).

        Examples
        --------
        >>> import numpy as np
        >>> times = TravelTimes(np.array(["a"]), np.array(["x", "y"]), np.array([0, 1]),
        ...     np.array([1], np.int32), np.array([900], np.uint16), "walk", 9000)
        >>> times.to_frame().to_dict("records")
        [{'from_id': 'a', 'to_id': 'y', 'travel_time_min': 1.5}]
        """
        import pandas as pd

        rows = np.repeat(np.arange(len(self.from_ids)), np.diff(self.indptr))
        return pd.DataFrame(
            {
                "from_id": pd.Series(self.from_ids.astype(object)[rows], dtype=str),
                "to_id": pd.Series(self.to_ids.astype(object)[self.indices], dtype=str),
                "travel_time_min": self.deciseconds / DS_PER_MIN,
            }
        )
