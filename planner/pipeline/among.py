"""Which names are among others, quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def is_among(names: pd.Series, known: pd.Series | pd.Index) -> NDArray[np.bool_]:
    """Return what ``names.isin(known)`` does: that takes half a million texts of pyarrow one by one, in seconds."""
    held = set(known.to_numpy(dtype=object))
    asked = names.to_numpy(dtype=object)
    return np.fromiter((name in held for name in asked), dtype=np.bool_, count=len(asked))
