"""Chinese map datums to WGS 84: GCJ-02, BD-09 and CGCS2000.

Amap and Tencent publish GCJ-02, Baidu BD-09; both move a point by hundreds of metres. The forward
formulas are the published ones (the "Mars coordinates" polynomial on the Krasovsky ellipsoid, and
Baidu's rotation on top of it); the inverse is a fixed point of our own, which converges to below a
micrometre inside China. CGCS2000 differs from WGS 84 by centimetres and is taken as equal to it.

Outside the rectangle 72.004-137.8347 E, 0.8293-55.8271 N the formulas do not apply and nothing moves.
All functions take and return degrees, longitude first, as arrays of the same shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from geodata.errors import CrsError, Fault
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Coordinates = tuple[NDArray[np.float64], NDArray[np.float64]]

_ = translator("geodata")

Datum = Literal["wgs84", "gcj02", "bd09", "cgcs2000"]
DATUMS: Final[tuple[str, ...]] = get_args(Datum)

_SEMI_MAJOR_M: Final = 6378245.0
_ECCENTRICITY2: Final = 0.00669342162296594323
_BAIDU: Final = np.pi * 3000.0 / 180.0
_MOST_STEPS: Final = 40
# Points at a time: a block's arrays stay in the processor's cache.
_BLOCK: Final = 8192
# Degrees; under a micrometre on the ground, of which the step leaves a thousandth to a tenth.
_CLOSE: Final = 8e-12

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


def _sines(value: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return the sines of 6, 2, 1, 1/3, 1/12 and 1/30 pi times a value.

    Multiple angles are worked out from one sine and cosine, which is a third of the time.
    """
    twelfth, cosine = np.sin(value * (np.pi / 12.0)), np.cos(value * (np.pi / 12.0))
    sixth, cosine = 2.0 * twelfth * cosine, 1.0 - 2.0 * twelfth * twelfth
    third, cosine = 2.0 * sixth * cosine, 1.0 - 2.0 * sixth * sixth
    whole, cosine = third * (3.0 - 4.0 * third * third), cosine * (4.0 * cosine * cosine - 3.0)
    double = 2.0 * whole * cosine
    six = double * (3.0 - 4.0 * double * double)
    return six, double, whole, third, twelfth, np.sin(value * (np.pi / 30.0))


def _shift(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Coordinates:
    """Return GCJ-02 minus WGS 84 in degrees, for WGS 84 coordinates."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    x6, x2, x1, x3rd, x12th, x30th = _sines(x)
    _y6, _y2, y1, y3rd, y12th, y30th = _sines(y)
    short = 40.0 / 3.0 * (x6 + x2)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + short
    north += 40.0 / 3.0 * (y1 + 2.0 * y3rd + 8.0 * y12th + 16.0 * y30th)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + short
    east += 40.0 / 3.0 * (x1 + 2.0 * x3rd + 7.5 * x12th + 15.0 * x30th)
    radians = np.radians(lat)
    sine = np.sin(radians)
    magic = 1.0 - _ECCENTRICITY2 * sine * sine
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
    """Find the points that ``forward`` moves to the given ones, by a fixed point.

    Each step adds what is still missing; the shift changes by about a thousandth (GCJ-02) to a hundredth
    (BD-09) of a step, so that most points need three or four. Those within millimetres of 105 E, where
    the formula has a square root's edge, need more and go on alone.
    """
    target_x, target_y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    x, y = np.empty(target_x.size), np.empty(target_x.size)
    for start in range(0, x.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        x[part], y[part] = _fixed_point(forward, target_x.ravel()[part], target_y.ravel()[part])
    return x.reshape(target_x.shape), y.reshape(target_x.shape)


def _fixed_point(
    forward: Callable[..., Coordinates],
    target_x: NDArray[np.float64],
    target_y: NDArray[np.float64],
) -> Coordinates:
    x, y = target_x.copy(), target_y.copy()
    left = np.arange(len(x))
    for _step in range(_MOST_STEPS):
        moved_x, moved_y = forward(x[left], y[left])
        missing_x, missing_y = target_x[left] - moved_x, target_y[left] - moved_y
        x[left] += missing_x
        y[left] += missing_y
        left = left[(np.abs(missing_x) > _CLOSE) | (np.abs(missing_y) > _CLOSE)]
        if not len(left):
            break
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
