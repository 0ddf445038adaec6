"""Workers a density shows and no row of the register explains, as whole people at points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

COLUMNS: Final = ("unregistered_id", "workers", "unit_id", "geometry")


def nobody_unregistered(crs: str) -> gpd.GeoDataFrame:
    """Return the layer without a row, for a city whose density is not known."""
    import geopandas as gpd

    frame = pd.DataFrame(
        {
            "unregistered_id": pd.Series(dtype="str"),
            "workers": pd.Series(dtype="int64"),
            "unit_id": pd.Series(dtype="str"),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([], crs=crs), crs=crs)


def unregistered_workers(
    density: gpd.GeoDataFrame,
    density_unit: pd.Series,
    registered: pd.Series,
    *,
    grid_m: float = 50.0,
) -> gpd.GeoDataFrame:
    """Return what each basic unit's density has beyond the register, where the density is.

    In every unit the workers of the register are taken off the density's; what is left (never less than nobody) is
    shared over the density's places in proportion, in whole numbers with the unit's exact sum, largest remainders first.

    Parameters
    ----------
    density
        ``workers`` and points, in the working CRS.
    density_unit
        ``unit_id`` of each point, missing outside.
    registered
        Workers of the register by ``unit_id``; a unit without a row of the register has none.
    grid_m
        Points of one cell of a grid of so many metres become one.

    Returns
    -------
    geopandas.GeoDataFrame
        :data:`COLUMNS`, ``workers`` int64 over 0, sorted by id.
    """
    import geopandas as gpd

    table = pd.DataFrame(
        {
            "unit_id": density_unit.to_numpy(dtype=object),
            "workers": density["workers"].to_numpy(np.float64),
            "x": density.geometry.x.to_numpy(),
            "y": density.geometry.y.to_numpy(),
        }
    )
    table = table[pd.notna(table["unit_id"]) & (table["workers"] > 0)]
    table["column"] = np.floor(table["x"] / grid_m).astype(np.int64)
    table["row"] = np.floor(table["y"] / grid_m).astype(np.int64)
    for axis in ("x", "y"):
        table[axis] *= table["workers"]
    cells = table.groupby(["unit_id", "row", "column"], sort=True)[["workers", "x", "y"]].sum()
    cells = cells.reset_index()
    # A cell stands at the middle of its workers.
    x, y = ((cells[axis] / cells["workers"]).round(2).to_numpy() for axis in ("x", "y"))
    whole = np.zeros(len(cells), dtype=np.int64)
    shares = cells["workers"].to_numpy()
    for unit, rows in cells.groupby("unit_id", sort=True).indices.items():
        beyond = shares[rows].sum() - float(registered.get(unit, 0))
        whole[rows] = _apportioned(shares[rows], max(0, int(np.floor(beyond + 0.5))))
    kept = whole > 0
    places = cells.loc[kept, ["unit_id", "row", "column"]]
    ids = [f"density:{unit}:{row}:{column}" for unit, row, column in places.itertuples(index=False)]
    frame = pd.DataFrame(
        {
            "unregistered_id": pd.Series(ids, dtype="str"),
            "workers": whole[kept],
            "unit_id": pd.Series(cells.loc[kept, "unit_id"].tolist(), dtype="str"),
        }
    )
    points = gpd.points_from_xy(x[kept], y[kept])
    layer = gpd.GeoDataFrame(frame, geometry=points, crs=density.crs)
    return layer.sort_values("unregistered_id", ignore_index=True)[list(COLUMNS)]


def _apportioned(shares: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Share a whole number out in proportion: whole parts with the exact sum, largest remainders first, ties by place."""
    exact = shares / shares.sum() * total
    floor: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    left = total - int(floor.sum())
    order = np.lexsort((np.arange(len(shares)), -(exact - floor)))
    floor[order[:left]] += 1
    return floor
