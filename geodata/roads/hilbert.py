"""Hilbert order: points that are near in the plane get near numbers, so searches touch less memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hilbert_order"]

LEVELS = 16


def hilbert_order(
    x: NDArray[np.float64], y: NDArray[np.float64], ids: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sort points along a Hilbert curve over their bounding square; ties go by id.

    Parameters
    ----------
    x, y
        Finite coordinates.
    ids
        Distinct ids.

    Returns
    -------
    int64 array
        Permutation.

    Notes
    -----
    Bit-by-bit rotation over 16 levels (J. Skilling, Programming the Hilbert curve, 2004).

    Examples
    --------
    >>> square = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    >>> hilbert_order(*square, np.arange(4)).tolist()
    [0, 1, 2, 3]
    """
    if not len(x):
        return np.zeros(0, np.int64)
    size = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9)
    top = (1 << LEVELS) - 1
    # Whole metres-fractions on the grid; the same on every machine because only IEEE operations are used.
    gx = ((x - x.min()) / size * top).astype(np.int64)
    gy = ((y - y.min()) / size * top).astype(np.int64)
    key = np.zeros(len(x), np.int64)
    s = 1 << (LEVELS - 1)
    while s:
        rx = (gx & s) > 0
        ry = (gy & s) > 0
        key += s * s * ((3 * rx) ^ ry)
        flip = ~ry & rx
        gx[flip] = top - gx[flip]
        gy[flip] = top - gy[flip]
        swap = ~ry
        gx[swap], gy[swap] = gy[swap], gx[swap].copy()
        s >>= 1
    return np.lexsort((ids, key))
