"""Rows of cells, whatever kind of file they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd


@dataclass(frozen=True, eq=False)
class Grid:
    """One sheet, text table or map layer as rows of cells.

    Parameters
    ----------
    name
        Sheet or layer.
    rows
        Cells row by row, the header among them.
    first_row
        Number of the first of them in the file.
    geometry
        Shapes of the rows below the first, for a map layer.
    crs
        Coordinate system of the shapes.
    encoding
        Text encoding, where there is a choice.
    sha256
        Hash of the cells, where there is no file to take it from.
    """

    name: str
    rows: Sequence[Sequence[object]]
    first_row: int = 1
    geometry: gpd.GeoSeries | None = None
    crs: str = ""
    encoding: str = ""
    sha256: str = ""
