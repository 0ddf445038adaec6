"""Enterprises into the study area: those without coordinates by committee or street_town, the rest checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import shapely

from geodata.crs import project
from geodata.layers.buildings import places_of_rows, places_of_table
from geodata.layers.claims import claims_of, disagreements, units_within
from geodata.layers.ledger import Reason
from geodata.layers.parents import bare_place, containing
from geodata.layers.shared_middles import SHARED_MIDDLE, at_shared_middle
from geodata.messages import mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers.buildings import Places
    from geodata.layers.claims import Areas
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
IN_TABLE: Final = Reason(
    mark("no coordinates; placed where the table of buildings and addresses says"),
    mark("give the coordinates"),
)
GEOCODED: Final = Reason(
    mark("no coordinates; placed where the map service finds its address"),
    mark("check the place, or give the coordinates"),
)
# Kinds of places a map service may answer with that are finer than the middle of a street_town.
_USABLE: Final = ("building", "street")
# Points that are the row's own; one set in the middle of an area by its source is not.
_OWN: Final = ("exact", "building")


@dataclass(frozen=True, eq=False)
class Placed:
    """Points in the working CRS, how exact they are, and which rows look misplaced.

    Parameters
    ----------
    points, accuracy
        Of every row.
    misplaced
        Reason -> rows that have a point and should be looked at.
    """

    points: NDArray[np.object_]
    accuracy: NDArray[np.object_]
    misplaced: tuple[tuple[Reason, NDArray[np.bool_]], ...] = ()


class Locator(Protocol):
    """Something that finds addresses: a map service behind a cache; ``notes`` says what it left."""

    notes: list[str]

    def locate(self, addresses: Sequence[str]) -> Sequence[tuple[float, float, str] | None]:
        """Return longitude, latitude (WGS 84) and accuracy of each address, None where it finds none."""
        ...


def place(
    enterprises: gpd.GeoDataFrame,
    areas: Areas,
    ledger: Ledger,
    *,
    sites: gpd.GeoDataFrame | None = None,
    addresses: gpd.GeoDataFrame | None = None,
    locator: Locator | None = None,
) -> Placed:
    """Place every enterprise inside the study area, or refuse it with the reason.

    A row without coordinates is placed at its building or address by the user's table, then where others there
    have coordinates, then by the map service where one is given, else in the middle of its committee, else of its
    street_town; its accuracy says which, and is never ``exact``. Points that many rows share in the very middle of a
    committee are known to the committee only, whatever their source says.

    Parameters
    ----------
    enterprises
        Frame in the working CRS with ``carrier_name``, ``address``, ``committee_name`` and
        ``street_town_name``; geometry None where there are no coordinates.
    areas
        The areas, in the same CRS.
    ledger
        Account of the enterprises' rows.
    sites
        Premises whose names may be buildings of the register.
    addresses
        The user's table: ``name``, ``address``, ``accuracy`` and points in the same CRS.
    locator
        Asked only for addresses that nothing else places.
    """
    points = np.asarray(enterprises.geometry.array, dtype=object).copy()
    accuracy = enterprises["accuracy"].to_numpy(dtype=object).copy()
    missing = shapely.is_missing(points)
    own = ~missing & np.isin(accuracy, _OWN)
    claims = claims_of(enterprises, areas, ledger)
    said = enterprises["address"].to_numpy()

    def put(found: NDArray[np.object_], kind: str | NDArray[np.object_], reason: Reason) -> None:
        """Place the missing rows that were found."""
        where = missing & (found != None)  # noqa: E711  compared cell by cell
        points[where] = found[where]
        accuracy[where] = kind[where] if isinstance(kind, np.ndarray) else kind
        ledger.repair(where, "address", said, reason)
        missing[where] = False

    if missing.any():
        if addresses is not None:
            put(_found(places_of_table(addresses), enterprises, missing), "building", IN_TABLE)
        known = places_of_rows(enterprises, sites, shapely.is_missing(enterprises.geometry.array))
        put(_found(known, enterprises, missing), "building", AT_BUILDING)
        if locator is not None:
            put(*_asked(locator, enterprises, missing), GEOCODED)
        towns = _by_address(enterprises, claims.towns, areas.street_towns, missing)
        units = np.where(claims.units < 0, units_within(enterprises, areas, towns), claims.units)
        put(_middle_of(units, areas.units), "committee", AT_COMMITTEE)
        put(_middle_of(towns, areas.street_towns), "street_town", AT_STREET_TOWN)
    ledger.reject(missing, "street_town_name", _said(enterprises), PLACE_UNKNOWN)
    inside = containing(points, np.asarray(areas.street_towns.geometry.array, dtype=object))
    outside = ~missing & (inside < 0)
    ledger.reject(outside, "geometry", _coordinates(points, outside), OUTSIDE)
    shared = at_shared_middle(enterprises, points, own & ~outside, middle_points(areas.units))
    ledger.repair(shared, "accuracy", _coordinates(points, shared), SHARED_MIDDLE)
    accuracy[shared] = "committee"
    own &= ~shared
    misplaced = [(OUTSIDE, outside)]
    # A row's point may contradict what it says only where the point is its own.
    for column, reason, rows in disagreements(points, claims, areas, own & ~outside):
        ledger.repair(rows, column, _said(enterprises), reason)
        misplaced.append((reason, rows))
    return Placed(points, accuracy, tuple(misplaced))


def _found(
    known: Places, enterprises: gpd.GeoDataFrame, missing: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """Return the points of the missing rows that a table knows, None elsewhere."""
    points = np.full(len(enterprises), None, dtype=object)
    points[missing] = known.find(
        enterprises["carrier_name"][missing], enterprises["address"][missing]
    )
    return points


def _asked(
    locator: Locator, enterprises: gpd.GeoDataFrame, missing: NDArray[np.bool_]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return points and accuracies of the missing rows whose address the map service finds."""
    points = np.full(len(enterprises), None, dtype=object)
    kinds = np.full(len(enterprises), "", dtype=object)
    addresses = enterprises["address"].where(missing)
    wanted = sorted(addresses.dropna().unique().tolist())
    answers = dict(zip(wanted, locator.locate(wanted), strict=True))
    crs = enterprises.crs.to_string()
    for row in np.flatnonzero(addresses.notna().to_numpy()).tolist():
        answer = answers[addresses.iloc[row]]
        if answer is not None and answer[2] in _USABLE:
            x, y = project(np.array([answer[0]]), np.array([answer[1]]), crs)
            points[row], kinds[row] = shapely.Point(x[0], y[0]), answer[2]
    return points, kinds


def _middle_of(which: NDArray[np.int64], areas: gpd.GeoDataFrame) -> NDArray[np.object_]:
    found = np.full(len(which), None, dtype=object)
    named = which >= 0
    if named.any():
        found[named] = middle_points(areas)[which[named]]
    return found


def _by_address(
    enterprises: gpd.GeoDataFrame,
    towns: NDArray[np.int64],
    street_towns: gpd.GeoDataFrame,
    missing: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the street_town of each missing row: the one it names, else the only one its address names."""
    towns = towns.copy()
    names = [(bare_place(name), place_of) for place_of, name in enumerate(street_towns["name"])]
    addresses = enterprises["address"].to_numpy(dtype=object)
    for row in np.flatnonzero(missing & (towns < 0)).tolist():
        towns[row] = _in_address(addresses[row], names)
    return towns


def middle_points(areas: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return each area's centroid, or a point inside it where the centroid lies outside."""
    shapes = np.asarray(areas.geometry.array, dtype=object)
    centroids = shapely.centroid(shapes)
    inside = shapely.covers(shapes, centroids)
    return np.where(inside, centroids, shapely.point_on_surface(shapes))


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
