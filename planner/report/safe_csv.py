"""Tables as CSV that spreadsheets open rightly: UTF-8 with a mark, and no cell that is taken for a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def write_safe_csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write rows with ``lon`` and ``lat`` in place of their points; a text that begins like a formula gets a ``'`` before it."""
    import numpy as np
    import pandas as pd
    import shapely

    points = np.asarray(frame.geometry.array, dtype=object)
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table["lon"], table["lat"] = shapely.get_x(points), shapely.get_y(points)
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name].dtype):
            table[name] = table[name].map(_harmless)
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value
