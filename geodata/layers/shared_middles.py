"""Points that say they are exact and are the middle of a committee, set there for all of its enterprises."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geodata.layers.ledger import Reason
from geodata.messages import mark

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

SHARED_MIDDLE: Final = Reason(
    mark("stands with many others exactly in the middle of its committee; counted as known to the committee only"),
    mark("give its own coordinates, or write committee as the accuracy"),
)  # fmt: skip
SHARED_LEAST: Final = 20
"""So many enterprises at one point are looked at, inclusive."""
NEAR_M: Final = 5.0
"""Distance from the middle that still counts as the middle, inclusive."""
_AFTER_NUMBER: Final = re.compile(r"(号|弄|室|楼|层|栋|幢).*$")


def at_shared_middle(
    enterprises: gpd.GeoDataFrame,
    points: NDArray[np.object_],
    own: NDArray[np.bool_],
    middles: NDArray[np.object_],
) -> NDArray[np.bool_]:
    """Tell which rows share the very middle of a committee with many others that no building explains.

    A tower may stand there by chance, so a point stays what it says where half of its rows name one building or have
    one house number. The weakness: a tower of which the register gives neither is taken for the committee.

    Parameters
    ----------
    enterprises
        ``carrier_name`` and ``address``.
    points
        Of every row, in metres.
    own
        bool: rows whose point is said to be their own.
    middles
        Points that stand for committees.
    """
    answer = np.zeros(len(points), dtype=bool)
    rows = np.flatnonzero(own)
    if len(rows) < SHARED_LEAST or not len(middles):
        return answer
    xy = shapely.get_coordinates(points[rows])
    place = pd.DataFrame(np.round(xy)).groupby([0, 1]).ngroup().to_numpy()
    crowd = np.bincount(place)[place] >= SHARED_LEAST
    near = cKDTree(shapely.get_coordinates(middles)).query(xy)[0] <= NEAR_M
    asked = crowd & near
    rows, place = rows[asked], place[asked]
    for members in np.split(
        rows[np.argsort(place, kind="stable")], np.flatnonzero(np.diff(np.sort(place))) + 1
    ):
        answer[members] = not _one_building(enterprises.iloc[members])
    return answer


def _one_building(crowd: pd.DataFrame) -> bool:
    """Tell whether half of the rows name one building, or have one street and number."""
    numbers = crowd["address"].dropna().astype(str).str.replace(_AFTER_NUMBER, "", regex=True)
    shares = [
        texts.value_counts().max() * 2 >= len(crowd)
        for texts in (crowd["carrier_name"].dropna(), numbers)
        if len(texts)
    ]
    return any(shares)
