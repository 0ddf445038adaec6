"""Sources of shapes cut down to the city: what lies outside every street_town is refused, with its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.errors import EmptyLayerError, Fault
from geodata.layers.parents import containing
from geodata.layers.placing import OUTSIDE
from geodata.layers.settled import Settled, ledger_of
from geodata.messages import translator
from geodata.provenance import Read

if TYPE_CHECKING:
    import geopandas as gpd

_ = translator("geodata")


def inside_city(read: Read, street_towns: gpd.GeoDataFrame) -> Read:
    """Return a source without the rows that have no point in any street_town.

    A shape is kept when a point well inside it lies in a street_town; a cell at the city's edge counts whole or not at all.

    Parameters
    ----------
    read
        Points or polygons, EPSG:4326.
    street_towns
        Frame in the working CRS.

    Raises
    ------
    EmptyLayerError
        When nothing is left.
    """
    frame = read.frame.to_crs(street_towns.crs)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    spots = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    outside = containing(spots, np.asarray(street_towns.geometry.array, dtype=object)) < 0
    ledger = ledger_of(read)
    ledger.reject(outside, "geometry", "", OUTSIDE)
    settled = Settled(read, frame, ledger)
    if settled.frame.empty or settled.record is None:
        fix = _("check that the file is of this city, and its coordinate system")
        raise EmptyLayerError(
            Fault(_("nothing of it lies in the city"), read.record.path, len(frame), fix=fix)
        )
    return Read(settled.frame, settled.record, settled.rejected, settled.repaired)
