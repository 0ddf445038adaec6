"""Basic units made where nothing else is at hand: hexagons clipped to each street_town."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.areas.frames import require_columns, require_projected
from geodata.areas.merging import dissolve, merge_small
from geodata.errors import EmptyLayerError, Fault, InvalidRowsError
from geodata.messages import translator

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ = translator("geodata")


def make_hexagons(
    street_towns: gpd.GeoDataFrame, *, width_m: float = 400.0, least_share: float = 0.2
) -> gpd.GeoDataFrame:
    """Cover each street_town with hexagons; slivers at its edge join a neighbour.

    The grid is anchored at the CRS's origin, so the same place has the same hexagons in every run. Hexagons know no
    roads or rivers: adjacency by crossings has to part what lies on two banks.

    Parameters
    ----------
    street_towns
        ``street_town_id`` and polygons in a projected CRS.
    width_m
        Distance between two parallel sides.
    least_share
        A clipped hexagon with less than this share of a whole one's area joins the neighbour it shares most border with.

    Returns
    -------
    GeoDataFrame
        ``unit_id`` (``<street_town_id>-h<column>.<row>``), ``name``, ``street_town_id``, polygons, by id.

    Raises
    ------
    MissingColumnError, CrsError, EmptyLayerError, InvalidRowsError
        For layers or a width that cannot be used.

    Examples
    --------
    >>> from shapely import box
    >>> towns = gpd.GeoDataFrame({"street_town_id": ["t"]}, geometry=[box(0, 0, 1000, 1000)], crs=32651)
    >>> hexagons = make_hexagons(towns)
    >>> float(hexagons.area.sum().round())
    1000000.0
    """
    require_columns(street_towns, ["street_town_id"], "street_towns")
    require_projected(street_towns)
    if street_towns.empty:
        raise EmptyLayerError(Fault(_("there is no street_town"), "street_towns"))
    if not width_m > 0:
        raise InvalidRowsError(Fault(_("a hexagon needs a width above zero"), "width_m"))
    towns = street_towns.sort_values("street_town_id", kind="stable").reset_index(drop=True)
    areas = np.asarray(towns.geometry.array, dtype=object)
    cells, names = _grid(shapely.total_bounds(areas), width_m)
    town, cell = shapely.STRtree(cells).query(areas, predicate="intersects")
    order = np.lexsort((cell, town))
    town, cell = town[order], cell[order]
    clipped = shapely.intersection(areas[town], cells[cell])
    solid = shapely.area(clipped) > 0
    clipped, town, cell = clipped[solid], town[solid], cell[solid]
    least_m2 = least_share * width_m**2 * np.sqrt(3) / 2
    label = merge_small(clipped, town, least_m2=least_m2)
    units, unit_town = dissolve(clipped, town, label)
    # a unit is named after its largest hexagon
    largest = np.lexsort((-shapely.area(clipped), label))
    head = largest[np.unique(label[largest], return_index=True)[1]]
    town_name = towns["street_town_id"].to_numpy(dtype=object)[unit_town]
    ids = [f"{t}-h{names[c]}" for t, c in zip(town_name, cell[head], strict=True)]
    frame = gpd.GeoDataFrame(
        {
            "unit_id": pd.Series(ids, dtype="str"),
            "name": pd.Series(ids, dtype="str"),
            "street_town_id": pd.Series(town_name, dtype="str"),
        },
        geometry=units,
        crs=towns.crs,
    )
    return frame.sort_values("unit_id").reset_index(drop=True)


def _grid(bounds: NDArray[np.float64], width_m: float) -> tuple[NDArray[np.object_], list[str]]:
    """Return pointy-topped hexagons over the bounds, and ``column.row`` for each."""
    west, south, east, north = bounds
    rise = width_m * np.sqrt(3) / 2
    rows = np.arange(int(np.floor(south / rise)) - 1, int(np.ceil(north / rise)) + 2)
    columns = np.arange(int(np.floor(west / width_m)) - 1, int(np.ceil(east / width_m)) + 2)
    row, column = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
    x = (column + 0.5 * (row % 2)) * width_m
    y = row * rise
    angle = np.deg2rad([30, 90, 150, 210, 270, 330])
    radius = width_m / np.sqrt(3)
    ring = np.stack(
        [
            x[:, None] + radius * np.cos(angle)[None, :],
            y[:, None] + radius * np.sin(angle)[None, :],
        ],
        axis=2,
    )
    # rounded so that neighbours share their corners exactly
    names = [f"{c}.{r}" for c, r in zip(column.tolist(), row.tolist(), strict=True)]
    return np.asarray(shapely.polygons(np.round(ring, 3)), dtype=object), names
