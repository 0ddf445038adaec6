"""The name of a register's content: a digest of its values, whatever file or library version held them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

DIGITS = 20


def content_digest(frame: gpd.GeoDataFrame, about: str) -> str:
    """Return a digest of a register's values and of what is said about it.

    Parameters
    ----------
    frame
        Rows in their order; column order does not count, row order and every value do.
    about
        Further text that makes it another content, such as its date.

    Returns
    -------
    str
        Hexadecimal digits, the same on every machine and for every library version.
    """
    digest = hashlib.sha256(about.encode())
    for name in sorted(frame.columns):
        digest.update(f"\x1e{name}\x1e{len(frame)}\x1e".encode())
        digest.update(_bytes(frame[name]))
    return digest.hexdigest()[:DIGITS]


def _bytes(column: pd.Series) -> bytes:
    kind = str(column.dtype)
    if kind == "geometry":
        points = np.asarray(column.array, dtype=object)
        xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
        # One bit pattern for "no coordinates", which has many.
        return np.where(np.isnan(xy), np.nan, xy).astype("<f8").tobytes()
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_integer_dtype(column.dtype):
        return column.to_numpy(dtype="<i8").tobytes()
    if pd.api.types.is_float_dtype(column.dtype):
        return column.to_numpy(dtype="<f8").tobytes()
    texts = column.astype(object).where(column.notna(), None).tolist()
    return json.dumps(texts, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
