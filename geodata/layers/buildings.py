"""Where a building or an address is, learned from the rows that have coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

# Rows of one name farther than this from their middle are a chain or a long street, not a building.
MOST_SPREAD_M: Final = 150.0


def building_points(
    enterprises: gpd.GeoDataFrame, sites: gpd.GeoDataFrame | None, missing: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """Return a point for rows without coordinates whose building or address is known; None elsewhere.

    A row's carrier (building, mall, park) is looked up first among the carriers of rows with
    coordinates and the names of premises, then its address among the addresses. A name whose rows lie
    more than 150 m from their middle places nothing.

    Parameters
    ----------
    enterprises
        Frame in a projected CRS with ``carrier_name`` and ``address``.
    sites
        Premises in the same CRS, with ``name``.
    missing
        Rows to place.
    """
    answer = np.full(len(enterprises), None, dtype=object)
    if not missing.any():
        return answer
    points = np.asarray(enterprises.geometry.array, dtype=object)
    exact = ~shapely.is_missing(points)
    exact &= enterprises["accuracy"].isin(["exact", "building"]).to_numpy()
    for column, more in (("carrier_name", sites), ("address", None)):
        names = enterprises[column]
        wanted = set(names[missing].dropna())
        known = exact & names.isin(wanted).to_numpy()
        keys, places = names[known].tolist(), points[known]
        if more is not None:
            same = more["name"].isin(wanted).to_numpy()
            keys += more.loc[same, "name"].tolist()
            places = np.concatenate([places, np.asarray(more.geometry.array, dtype=object)[same]])
        middles = _middles(keys, places)
        for row in np.flatnonzero(missing & names.isin(set(middles)).to_numpy()).tolist():
            if answer[row] is None:
                answer[row] = middles[names.iloc[row]]
    return answer


def _middles(keys: list[str], points: NDArray[np.object_]) -> dict[str, shapely.Point]:
    """Return name -> median point, for names whose points lie together."""
    table = pd.DataFrame({"key": keys, "x": shapely.get_x(points), "y": shapely.get_y(points)})
    groups = table.groupby("key", sort=True)
    middle = groups[["x", "y"]].median()
    east = table["x"] - table["key"].map(middle["x"])
    north = table["y"] - table["key"].map(middle["y"])
    away = (east**2 + north**2) ** 0.5
    spread = away.groupby(table["key"], sort=True).max()
    tight = middle[spread <= MOST_SPREAD_M]
    return {str(name): shapely.Point(x, y) for name, x, y in tight.itertuples()}
