"""Chinese map datums to WGS 84: GCJ-02, BD-09 and CGCS2000.

Amap and Tencent publish GCJ-02, Baidu BD-09; both move a point by hundreds of metres. The forward
formulas are the published ones (the "Mars coordinates" polynomial on the Krasovsky ellipsoid, and
Baidu's rotation on top of it); the inverse is a fixed point of our own, which converges to below a
micrometre inside China. CGCS2000 differs from WGS 84 by centimetres and is taken as equal to it.

Outside the rectangle 72.004-137.8347 E, 0.8293-55.8271 N the formulas do not apply and nothing moves.
All functions take and return degrees, longitude first, as arrays of the same shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from geodata.errors import CrsError, Fault
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Coordinates = tuple[NDArray[np.float64], NDArray[np.float64]]

from typing import Literal

_ = translator("geodata")

Datum = Literal["wgs84", "gcj02", "bd09", "cgcs2000"]
DATUMS: Final[tuple[str, ...]] = get_args(Datum)

_SEMI_MAJOR_M: Final = 6378245.0
_ECCENTRICITY2: Final = 0.00669342162296594323
_BAIDU: Final = np.pi * 3000.0 / 180.0
_ITERATIONS: Final = 4

_NAMES: Final[dict[str, str]] = {
    "wgs84": "wgs84",
    "wgs-84": "wgs84",
    "wgs 84": "wgs84",
    "epsg:4326": "wgs84",
    "4326": "wgs84",
    "天地图": "cgcs2000",
    "gps": "wgs84",
    "gcj02": "gcj02",
    "gcj-02": "gcj02",
    "gcj 02": "gcj02",
    "火星坐标": "gcj02",
    "火星坐标系": "gcj02",
    "国测局": "gcj02",
    "高德": "gcj02",
    "高德坐标": "gcj02",
    "高德地图": "gcj02",
    "腾讯": "gcj02",
    "腾讯地图": "gcj02",
    "amap": "gcj02",
    "bd09": "bd09",
    "bd-09": "bd09",
    "bd 09": "bd09",
    "bd09ll": "bd09",
    "百度": "bd09",
    "百度坐标": "bd09",
    "百度坐标系": "bd09",
    "百度地图": "bd09",
    "baidu": "bd09",
    "cgcs2000": "cgcs2000",
    "cgcs-2000": "cgcs2000",
    "epsg:4490": "cgcs2000",
    "国家2000": "cgcs2000",
    "2000国家大地坐标系": "cgcs2000",
    "国家大地2000": "cgcs2000",
}


def datum_named(text: str) -> str | None:
    """Return the datum a declaration or a 坐标系 cell names, or None.

    Examples
    --------
    >>> datum_named("GCJ-02"), datum_named("百度坐标"), datum_named("something")
    ('gcj02', 'bd09', None)
    """
    return _NAMES.get(text.strip().lower())


def _applies(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def _waves(
    value: NDArray[np.float64], periods: tuple[tuple[float, float], ...]
) -> NDArray[np.float64]:
    total: NDArray[np.float64] = np.zeros_like(value)
    for amplitude, multiple in periods:
        total += amplitude * np.sin(value * (multiple * np.pi))
    return total * (2.0 / 3.0)


def _shift(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Coordinates:
    """Return GCJ-02 minus WGS 84 in degrees, for WGS 84 coordinates."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    short = _waves(x, ((20.0, 6.0), (20.0, 2.0)))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + short
    north += _waves(y, ((20.0, 1.0), (40.0, 1.0 / 3.0), (160.0, 1.0 / 12.0), (320.0, 1.0 / 30.0)))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + short
    east += _waves(x, ((20.0, 1.0), (40.0, 1.0 / 3.0), (150.0, 1.0 / 12.0), (300.0, 1.0 / 30.0)))
    radians = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY2 * np.sin(radians) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY2) / (magic * np.sqrt(magic))
    parallel_m = _SEMI_MAJOR_M / np.sqrt(magic) * np.cos(radians)
    return np.degrees(east / parallel_m), np.degrees(north / meridian_m)


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Coordinates:
    """Move WGS 84 coordinates to GCJ-02 (Amap, Tencent)."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    inside = _applies(x, y)
    east, north = _shift(np.where(inside, x, 105.0), np.where(inside, y, 35.0))
    return np.where(inside, x + east, x), np.where(inside, y + north, y)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Coordinates:
    """Move GCJ-02 coordinates to BD-09 (Baidu)."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    inside = _applies(x, y)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU)
    east, north = radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
    return np.where(inside, east, x), np.where(inside, north, y)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Coordinates:
    """Move WGS 84 coordinates to BD-09 (Baidu)."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def _inverse(forward: Callable[..., Coordinates], lon: ArrayLike, lat: ArrayLike) -> Coordinates:
    """Find the point that ``forward`` moves to the given one, by a fixed point.

    Each step subtracts the remaining error; the shift's slope is about 1e-3 (GCJ-02) to 1e-2 (BD-09),
    so that four steps end below a micrometre.
    """
    target_x, target_y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    x, y = target_x, target_y
    for _step in range(_ITERATIONS):
        moved_x, moved_y = forward(x, y)
        x, y = x + (target_x - moved_x), y + (target_y - moved_y)
    return x, y


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Coordinates:
    """Move GCJ-02 coordinates to WGS 84, exact to a micrometre.

    Examples
    --------
    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02([121.4737], [31.2304]))
    >>> bool(abs(lon[0] - 121.4737) < 1e-11), bool(abs(lat[0] - 31.2304) < 1e-11)
    (True, True)
    """
    return _inverse(wgs84_to_gcj02, lon, lat)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Coordinates:
    """Move BD-09 coordinates to GCJ-02, exact to a micrometre."""
    return _inverse(gcj02_to_bd09, lon, lat)


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Coordinates:
    """Move BD-09 coordinates to WGS 84, exact to a micrometre."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> Coordinates:
    """Move coordinates of a declared datum to WGS 84.

    Parameters
    ----------
    lon, lat
        Degrees; NaN stays NaN.
    datum
        ``wgs84``, ``gcj02``, ``bd09`` or ``cgcs2000``, or another name of one of them.

    Raises
    ------
    CrsError
        When the datum is none of them.
    """
    name = datum_named(datum)
    if name == "gcj02":
        return gcj02_to_wgs84(lon, lat)
    if name == "bd09":
        return bd09_to_wgs84(lon, lat)
    if name is None:
        raise CrsError(
            Fault(
                _("the datum {datum} is not known").format(datum=repr(datum)),
                fix=_("give one of {names}").format(names=", ".join(DATUMS)),
            )
        )
    return np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
