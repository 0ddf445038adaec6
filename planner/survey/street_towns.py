"""The street_town of every row of a register, by place where boundaries are at hand, else as the register says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd


def street_town_of(
    enterprises: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame | None = None
) -> pd.Series:
    """Return each row's street_town by name, ``""`` where nothing tells.

    Parameters
    ----------
    enterprises
        Rows of a snapshot, EPSG:4326, with ``street_town_name``.
    boundaries
        Street_towns with ``name`` and polygons, EPSG:4326. A row with coordinates belongs where it lies; what the
        register says counts for the others, and everywhere when this is left out.
    """
    from geodata.layers.parents import bare_place, containing

    said: pd.Series = enterprises["street_town_name"].fillna("").astype(str)
    if boundaries is None:
        return pd.Series(said.to_numpy(dtype=object), dtype="str")
    names = boundaries["name"].astype(str)
    known = dict(zip(names.map(bare_place), names, strict=True))
    by_name = said.map({text: known.get(bare_place(text), text) for text in said.unique()})
    at = containing(
        np.asarray(enterprises.geometry.array, dtype=object),
        np.asarray(boundaries.geometry.array, dtype=object),
    )
    by_place = names.to_numpy(dtype=object)[np.maximum(at, 0)]
    return pd.Series(np.where(at >= 0, by_place, by_name.to_numpy(dtype=object)), dtype="str")
