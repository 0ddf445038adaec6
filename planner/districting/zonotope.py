"""Whether fractions of units can add up to totals inside a box: a joint test of two measures at a time.

All sums of fractions (0 to 1 each) of units form a zonotope; a plane case of the separating-axis theorem tells whether it
meets a box, with the edges of either as the only axes to look at. For more than two measures every pair is tested, and
of many units only some edges: what is refused is impossible, what passes may still be.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

AXES = 96


def can_add_up(
    measures: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> bool:
    """Return False only where no fractions of the units add up to totals between ``low`` and ``high`` (inclusive).

    Parameters
    ----------
    measures
        Shape (units, measures), at least 0.
    low, high
        Shape (measures,).

    Examples
    --------
    One unit of (1, 1) and one of (1, 9) cannot give (1, 0.5), whatever the fractions:

    >>> units = np.array([[1.0, 1.0], [1.0, 9.0]])
    >>> can_add_up(units, np.array([1.0, 0.0]), np.array([1.0, 0.5]))
    False
    >>> can_add_up(units, np.array([1.0, 0.0]), np.array([1.0, 1.5]))
    True
    """
    slack = 1e-9 * max(1.0, float(np.abs(high[np.isfinite(high)]).max(initial=1.0)))
    if (low > high + slack).any() or (measures.sum(axis=0) < low - slack).any():
        return False
    if (high < -slack).any():
        return False
    return all(
        _plane(measures[:, [p, q]], low[[p, q]], high[[p, q]])
        for p, q in combinations(range(measures.shape[1]), 2)
    )


def _plane(units: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    # Scaled so that both measures weigh alike in the rounding.
    scale = np.maximum(units.sum(axis=0), 1e-300)
    units, low, high = units / scale, low / scale, high / scale
    length = np.hypot(units[:, 0], units[:, 1])
    edges = units[length > 0] / length[length > 0, None]
    if len(edges) > AXES:
        edges = edges[np.argsort(edges[:, 0], kind="stable")]
        edges = edges[np.linspace(0, len(edges) - 1, AXES).astype(int)]
    across = np.column_stack([edges[:, 1], -edges[:, 0]])
    axes = np.vstack([across, -across])
    reach = np.maximum(axes @ units.T, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        near = np.where(axes > 0, axes * low, np.where(axes < 0, axes * high, 0.0)).sum(axis=1)
    return bool((reach >= near - 1e-9).all())
