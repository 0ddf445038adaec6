"""Rows that have a point and look misplaced: what the map of `planner check` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from geodata.layers.ledger import Reason

COLUMNS: Final = ("layer", "sheet", "source_row", "name", "said", "reason", "suggested_fix")
_SAID: Final = ("borough_name", "street_town_name", "committee_name", "address")


def misplaced_rows(
    frame: gpd.GeoDataFrame, layer: str, rows: NDArray[np.bool_], reason: Reason
) -> gpd.GeoDataFrame:
    """Return some rows of a layer with why they look misplaced.

    Parameters
    ----------
    frame
        The layer, with ``source_row`` and points in the working CRS.
    layer
        Its name.
    rows
        Which rows.
    reason
        Why.
    """
    import geopandas as gpd

    part = frame[rows]
    names = part["name"] if "name" in part else part[frame.columns[0]]
    said = pd.Series("", index=part.index, dtype="str")
    for column in _SAID:
        if column in part:
            said = said.str.cat(part[column].fillna("").astype("str"), sep=" ").str.strip()
    sheet = part["sheet"].fillna("") if "sheet" in part else ""
    table = pd.DataFrame(
        {
            "layer": layer,
            "sheet": sheet,
            "source_row": part["source_row"],
            "name": names.fillna("").astype("str"),
            "said": said,
            "reason": reason.text,
            "suggested_fix": reason.fix,
        }
    )
    return gpd.GeoDataFrame(table, geometry=part.geometry, crs=frame.crs)


def stacked_rows(parts: list[gpd.GeoDataFrame], crs: str) -> gpd.GeoDataFrame:
    """Return the rows of all layers as one frame, in their order; an empty one where there is none."""
    import geopandas as gpd

    filled = [part for part in parts if len(part)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
