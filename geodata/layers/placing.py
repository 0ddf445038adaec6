"""Enterprises into the study area: those without coordinates by committee or street_town, the rest checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from geodata.layers.buildings import building_points
from geodata.layers.ledger import Reason
from geodata.layers.parents import bare_place, containing
from geodata.messages import mark

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers.ledger import Ledger

OUTSIDE: Final = Reason(
    mark("the point lies outside the study area"),
    mark("check the coordinates and the coordinate system, or widen the boundaries"),
)
PLACE_UNKNOWN: Final = Reason(
    mark("no coordinates, and its committee or street_town is not in the boundaries"),
    mark("give coordinates, or the name as the boundaries write it"),
)
AT_BUILDING: Final = Reason(
    mark("no coordinates; placed where others of its building or address are"),
    mark("give the coordinates"),
)
AT_COMMITTEE: Final = Reason(
    mark("no coordinates; placed at the middle of its committee"), mark("give the coordinates")
)
AT_STREET_TOWN: Final = Reason(
    mark("no coordinates; placed at the middle of its street_town"), mark("give the coordinates")
)
ELSEWHERE: Final = Reason(
    mark("the coordinates lie in another street_town than the row says"),
    mark("check the coordinates and the name of the street_town"),
)


@dataclass(frozen=True, eq=False)
class Placed:
    """Points in the working CRS and how exact they are."""

    points: NDArray[np.object_]
    accuracy: NDArray[np.object_]


def place(
    enterprises: gpd.GeoDataFrame,
    street_towns: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    ledger: Ledger,
    sites: gpd.GeoDataFrame | None = None,
) -> Placed:
    """Place every enterprise inside the study area, or refuse it with the reason.

    Parameters
    ----------
    enterprises
        Frame in the working CRS with ``carrier_name``, ``address``, ``committee_name`` and
        ``street_town_name``; geometry None where there are no coordinates. Such a row is placed at its
        building or address where others there have coordinates, else in the middle of its committee,
        else of its street_town.
    street_towns, units
        The areas, in the same CRS.
    ledger
        Account of the enterprises' rows.
    sites
        Premises whose names may be buildings of the register.
    """
    points = np.asarray(enterprises.geometry.array, dtype=object).copy()
    accuracy = enterprises["accuracy"].to_numpy(dtype=object).copy()
    missing = shapely.is_missing(points)
    towns = named_towns(enterprises, street_towns)
    buildings = building_points(enterprises, sites, missing)
    found = missing & (buildings != None)  # noqa: E711  compared cell by cell
    points[found], accuracy[found] = buildings[found], "building"
    ledger.repair(found, "address", enterprises["address"].to_numpy(), AT_BUILDING)
    missing &= ~found
    unit, town = _by_name(enterprises, towns, street_towns, units, missing)
    middles = {
        "committee": (unit, units, AT_COMMITTEE),
        "street_town": (town, street_towns, AT_STREET_TOWN),
    }
    for level, (which, areas, reason) in middles.items():
        where = missing & (which >= 0)
        if not where.any():
            continue
        points[where] = middle_points(areas)[which[where]]
        accuracy[where] = level
        ledger.repair(where, level, enterprises["address"].to_numpy(), reason)
        missing &= ~where
    ledger.reject(missing, "street_town_name", _said(enterprises), PLACE_UNKNOWN)
    areas = np.asarray(street_towns.geometry.array, dtype=object)
    inside = containing(points, areas)
    outside = ~missing & (inside < 0)
    ledger.reject(outside, "geometry", _coordinates(points, outside), OUTSIDE)
    # Compared by name, because a street_town's parts and enclaves may share one.
    bare = np.array([bare_place(name) for name in street_towns["name"]], dtype=object)
    unlike = (towns >= 0) & (inside >= 0) & (bare[towns] != bare[inside])
    ledger.repair(unlike, "street_town_name", _said(enterprises), ELSEWHERE)
    return Placed(points, accuracy)


def middle_points(areas: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return each area's centroid, or a point inside it where the centroid lies outside."""
    shapes = np.asarray(areas.geometry.array, dtype=object)
    centroids = shapely.centroid(shapes)
    inside = shapely.covers(shapes, centroids)
    return np.where(inside, centroids, shapely.point_on_surface(shapes))


def named_towns(enterprises: gpd.GeoDataFrame, street_towns: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return the position of the street_town each row names, -1 where it names none or an unknown one."""
    order = _positions(street_towns["name"].tolist(), street_towns["street_town_id"].tolist())
    names = enterprises["street_town_name"]
    known = {
        name: order.get(bare_place(name), order.get(str(name), -1))
        for name in names.dropna().unique()
    }
    return np.asarray(names.map(known).fillna(-1), dtype=np.int64)


def _positions(names: list[str], ids: list[str]) -> dict[str, int]:
    """Return bare name or id -> position, without names that several areas share."""
    bare = [bare_place(name) for name in names]
    counts = pd.Series(bare).value_counts()
    order = {name: place for place, name in enumerate(bare) if counts[name] == 1}
    order.update({one: place for place, one in enumerate(ids)})
    return order


def _by_name(
    enterprises: gpd.GeoDataFrame,
    towns: NDArray[np.int64],
    street_towns: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    missing: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of unit and street_town that rows without coordinates name."""
    count = len(enterprises)
    unit, town = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    ids = street_towns["street_town_id"].tolist()
    inside: dict[tuple[str, str], list[int]] = {}
    anywhere: dict[str, list[int]] = {}
    for place_of, (name, parent) in enumerate(
        zip(units["name"], units["street_town_id"], strict=True)
    ):
        inside.setdefault((parent, bare_place(name)), []).append(place_of)
        anywhere.setdefault(bare_place(name), []).append(place_of)
    town_names = [
        (bare_place(name), place_of) for place_of, name in enumerate(street_towns["name"])
    ]
    committees = enterprises["committee_name"].to_numpy(dtype=object)
    addresses = enterprises["address"].to_numpy(dtype=object)
    for row in np.flatnonzero(missing).tolist():
        committee = committees[row]
        town[row] = towns[row] if towns[row] >= 0 else _in_address(addresses[row], town_names)
        if isinstance(committee, str):
            bare = bare_place(committee)
            found = (
                inside.get((ids[town[row]], bare), []) if town[row] >= 0 else anywhere.get(bare, [])
            )
            unit[row] = found[0] if len(found) == 1 else -1
    return unit, town


def _in_address(address: object, names: list[tuple[str, int]]) -> int:
    """Return the only street_town whose name stands in an address, -1 when none or several do."""
    if not isinstance(address, str):
        return -1
    found = [place_of for name, place_of in names if len(name) >= 2 and name in address]
    return found[0] if len(found) == 1 else -1


def _said(enterprises: gpd.GeoDataFrame) -> NDArray[np.object_]:
    town = enterprises["street_town_name"].fillna("").to_numpy(dtype=object)
    committee = enterprises["committee_name"].fillna("").to_numpy(dtype=object)
    return np.array(
        [f"{a} {b}".strip() for a, b in zip(town, committee, strict=True)], dtype=object
    )


def _coordinates(points: NDArray[np.object_], where: NDArray[np.bool_]) -> NDArray[np.object_]:
    values = np.full(len(points), "", dtype=object)
    for place_of in np.flatnonzero(where).tolist():
        values[place_of] = f"{points[place_of].x:.1f}, {points[place_of].y:.1f}"
    return values
