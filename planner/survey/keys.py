"""By what an enterprise is known from year to year: its code, or, where it has none, its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

ROW = "row-"
"""How the id of a row without a usable code begins; the number is another one next year."""
NAME = "name:"


def yearly_keys(ids: Iterable[str], names: Iterable[str]) -> pd.Series:
    """Return a key per enterprise that holds over the years.

    Examples
    --------
    >>> yearly_keys(["91310000MA1FL0LX0L", "row-12"], ["甲公司", "乙商店"]).tolist()
    ['91310000MA1FL0LX0L', 'name:乙商店']
    """
    own, said = pd.Series(list(ids), dtype="str"), pd.Series(list(names), dtype="str")
    made = np.where(own.str.startswith(ROW), NAME + said, own)
    return pd.Series(made, dtype="str")
