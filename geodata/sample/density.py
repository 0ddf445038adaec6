"""A worker density as surveys give it: a GeoTIFF of cells, blurred by noise, with more people than the register knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.crs import STORAGE_CRS

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from geodata.sample.ground import Ground

CELL_DEGREES = 0.001
"""Side of a cell: about a hundred metres."""
OUTSIDE = -1.0
BEYOND = 1.08
"""Workers of the density for one of the register: stalls, platforms, firms nobody entered."""
NOISE = 0.15
"""Spread (sigma) of a cell's error."""


def write_density(
    path: Path, rng: np.random.Generator, ground: Ground, enterprises: pd.DataFrame
) -> None:
    """Write workers per cell as a GeoTIFF in longitude and latitude.

    Parameters
    ----------
    path
        File to write.
    rng
        Draws the noise.
    ground
        The outline: cells whose middle lies outside hold no data.
    enterprises
        ``x``, ``y`` in the local plane and ``workers``.
    """
    import rasterio

    lon, lat = ground.frame.to_lonlat(
        enterprises["x"].to_numpy(dtype=float), enterprises["y"].to_numpy(dtype=float)
    )
    west, north = np.floor(lon.min() * 1000) / 1000, np.ceil(lat.max() * 1000) / 1000
    width = int(np.ceil((lon.max() - west) / CELL_DEGREES)) + 1
    height = int(np.ceil((north - lat.min()) / CELL_DEGREES)) + 1
    column = np.floor((lon - west) / CELL_DEGREES).astype(np.int64)
    row = np.floor((north - lat) / CELL_DEGREES).astype(np.int64)
    counted = enterprises["workers"].to_numpy(np.float64)
    cells = np.bincount(row * width + column, counted, width * height)
    people = cells * BEYOND * rng.lognormal(0.0, NOISE, len(cells))
    inside = _inside(ground, west, north, width, height)
    values = np.where(inside | (cells > 0), np.round(people, 1), OUTSIDE).reshape(height, width)
    shape = {"width": width, "height": height, "count": 1, "dtype": "float32"}
    place = rasterio.Affine(CELL_DEGREES, 0.0, west, 0.0, -CELL_DEGREES, north)
    with rasterio.open(
        path, "w", driver="GTiff", crs=STORAGE_CRS, transform=place, nodata=OUTSIDE, compress="deflate", **shape
    ) as target:  # fmt: skip
        target.write(values.astype(np.float32), 1)


def _inside(
    ground: Ground, west: float, north: float, width: int, height: int
) -> NDArray[np.bool_]:
    """Return which cells have their middle in the study area, row by row."""
    row, column = np.divmod(np.arange(width * height), width)
    x, y = ground.frame.to_xy(
        west + (column + 0.5) * CELL_DEGREES, north - (row + 0.5) * CELL_DEGREES
    )
    return np.asarray(shapely.contains_xy(ground.outline, x, y))
