"""A local plane in metres around the sample, and the way to longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from geodata.crs import STORAGE_CRS

if TYPE_CHECKING:
    from numpy.typing import NDArray

# OpenStreetMap keeps seven decimals of a degree, about a centimetre.
DECIMALS = 7


@dataclass(frozen=True)
class LocalFrame:
    """A transverse Mercator plane whose origin is ``(lon, lat)`` in EPSG:4326."""

    lon: float
    lat: float

    @cached_property
    def _transformer(self) -> pyproj.Transformer:
        plane = f"+proj=tmerc +lat_0={self.lat!r} +lon_0={self.lon!r} +datum=WGS84 +units=m"
        return pyproj.Transformer.from_crs(STORAGE_CRS, plane, always_xy=True)

    def to_lonlat(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitudes and latitudes, rounded to seven decimals, of points in metres."""
        lon, lat = self._transformer.transform(x, y, direction="INVERSE")
        return np.round(lon, DECIMALS), np.round(lat, DECIMALS)

    def to_xy(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return metres east and north of the origin."""
        x, y = self._transformer.transform(lon, lat)
        return np.asarray(x), np.asarray(y)

    def geometry_to_lonlat(self, geometry: Any) -> Any:
        """Return a geometry, or an array of them, in EPSG:4326.

        Equal vertices stay equal, so a clean coverage stays clean.
        """

        def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(self.to_lonlat(points[:, 0], points[:, 1]))

        return shapely.transform(geometry, move)
