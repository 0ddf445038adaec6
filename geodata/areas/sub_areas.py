"""Which sub-area each basic unit belongs to: as a table says, or by the polygon that holds most of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geodata.errors import Fault, InvalidRowsError
from geodata.messages import translator

if TYPE_CHECKING:
    import geopandas as gpd

_ = translator("geodata")

MOST_SHARE = 0.5
"""A polygon holds a unit when it covers more than this share of it."""


def check_sub_areas(given: pd.DataFrame, units: gpd.GeoDataFrame) -> None:
    """Refuse a table that names basic units there are not.

    Raises
    ------
    InvalidRowsError
        With the first of them.
    """
    if "unit_id" not in given:
        return
    named = given["unit_id"].astype("str")
    unknown = sorted(set(named) - set(units["unit_id"].astype("str")))
    if unknown:
        what = _("sub-areas name units that do not exist")
        fix = _("use ids of the units layer")
        raise InvalidRowsError(Fault(what, "sub_areas", len(unknown), unknown, fix))


def sub_area_of_units(given: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """Return the sub-area of each basic unit that belongs to one.

    Parameters
    ----------
    given
        ``sub_area``, and ``unit_id`` or polygons, from `geodata.sources.read_sub_areas`.
    units
        ``unit_id`` and polygons in the working CRS.

    Returns
    -------
    pandas.Series
        Sub-area, indexed by ``unit_id``, ascending. By polygons: the one that covers more than half of the unit; polygons of
        one name count together.

    Raises
    ------
    InvalidRowsError
        For a table that names units that do not exist.
    """
    check_sub_areas(given, units)
    if "unit_id" in given:
        table = pd.DataFrame(given).dropna(subset="sub_area").astype({"unit_id": "str"})
        found = table.set_index("unit_id")["sub_area"]
    else:
        found = _covered(given, units)
    return found.astype("str").sort_index().rename_axis("unit_id").rename("sub_area")


def _covered(given: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    shapes = given.geometry.to_crs(units.crs).to_numpy()
    ground = units.geometry.to_numpy()
    area, unit = shapely.STRtree(ground).query(shapes, predicate="intersects")
    table = pd.DataFrame(
        {
            "unit_id": units["unit_id"].astype("str").to_numpy()[unit],
            "sub_area": given["sub_area"].to_numpy(dtype=object)[area],
            "share": shapely.area(shapely.intersection(ground[unit], shapes[area]))
            / np.maximum(shapely.area(ground[unit]), 1e-9),
        }
    )
    shares = table.groupby(["unit_id", "sub_area"])["share"].sum().reset_index()
    most = shares[shares["share"] > MOST_SHARE].sort_values(
        ["unit_id", "share", "sub_area"], ascending=[True, False, True]
    )
    return most.drop_duplicates("unit_id").set_index("unit_id")["sub_area"]
