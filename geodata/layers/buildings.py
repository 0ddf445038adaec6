"""Where a building or an address is: from a table of the user's, then from the rows that have coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from geodata.layers.address_keys import address_key, name_key, name_within

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

# Rows of one name farther than this from their middle are a chain or a long street, not a building.
MOST_SPREAD_M: Final = 150.0
_FINE: Final = ("exact", "building")


class Places:
    """Names of buildings and addresses -> points, learned from rows that have both.

    A key whose points lie more than 150 m from their middle places nothing: it is a chain, or a street
    of several towns.

    Parameters
    ----------
    names, addresses
        Texts as they were read; missing where a row has none.
    points
        In a projected CRS, none missing.
    """

    def __init__(self, names: pd.Series, addresses: pd.Series, points: NDArray[np.object_]) -> None:
        self._named = _middles(_keys(names, name_key), points)
        self._at = _middles(_keys(addresses, address_key), points)

    def find(self, names: pd.Series, addresses: pd.Series) -> NDArray[np.object_]:
        """Return a point per row, None where neither name nor address is known.

        The name comes first, then road and number, then a known building's name inside the address.
        """
        points = _looked_up(_keys(names, name_key), self._named)
        for read, known in (
            (address_key, self._at),
            (lambda text: name_within(text, self._named), self._named),
        ):
            left = np.flatnonzero(points == None)  # noqa: E711  compared cell by cell
            points[left] = _looked_up(_keys(addresses.iloc[left], read), known)
        return points


def places_of_rows(
    enterprises: gpd.GeoDataFrame, sites: gpd.GeoDataFrame | None, missing: NDArray[np.bool_]
) -> Places:
    """Learn from rows with coordinates of their own, and from premises.

    Parameters
    ----------
    enterprises
        Frame in a projected CRS with ``carrier_name``, ``address`` and ``accuracy``.
    sites
        Premises in the same CRS, with ``name``.
    missing
        Rows without coordinates.
    """
    known = ~missing & enterprises["accuracy"].isin(_FINE).to_numpy()
    names, addresses = enterprises["carrier_name"][known], enterprises["address"][known]
    points = np.asarray(enterprises.geometry.array, dtype=object)[known]
    if sites is not None and len(sites):
        names = pd.concat([names, sites["name"]], ignore_index=True)
        addresses = addresses.reset_index(drop=True).reindex(range(len(names)))
        points = np.concatenate([points, np.asarray(sites.geometry.array, dtype=object)])
    return Places(names, addresses, points)


def places_of_table(table: gpd.GeoDataFrame) -> Places:
    """Learn from the user's table of buildings and addresses: ``name``, ``address`` and points."""
    return Places(table["name"], table["address"], np.asarray(table.geometry.array, dtype=object))


def _keys(texts: pd.Series, read: Callable[[object], str]) -> NDArray[np.object_]:
    codes, uniques = pd.factorize(texts)
    answers = np.array([*(read(text) for text in uniques), ""], dtype=object)
    return np.asarray(answers[codes], dtype=object)


def _looked_up(keys: NDArray[np.object_], known: dict[str, shapely.Point]) -> NDArray[np.object_]:
    points = np.full(len(keys), None, dtype=object)
    for row, key in enumerate(keys.tolist()):
        if key:
            points[row] = known.get(key)
    return points


def _middles(keys: NDArray[np.object_], points: NDArray[np.object_]) -> dict[str, shapely.Point]:
    """Return key -> median point, for keys whose points lie together."""
    said = keys != ""
    table = pd.DataFrame(
        {"key": keys[said], "x": shapely.get_x(points[said]), "y": shapely.get_y(points[said])}
    )
    groups = table.groupby("key", sort=True)
    middle = groups[["x", "y"]].median()
    east = table["x"] - table["key"].map(middle["x"])
    north = table["y"] - table["key"].map(middle["y"])
    away = (east**2 + north**2) ** 0.5
    spread = away.groupby(table["key"], sort=True).max()
    tight = middle[spread <= MOST_SPREAD_M]
    # All at once: a hundred thousand points made one by one take seconds.
    spots = np.asarray(shapely.points(tight["x"].to_numpy(), tight["y"].to_numpy()))
    return dict(zip(map(str, tight.index), spots.tolist(), strict=True))
