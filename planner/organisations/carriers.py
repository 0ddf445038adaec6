"""Carriers: the buildings, malls, parks and business districts that small enterprises share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.organisations.carrier_names import carrier_key, carrier_kind
from planner.organisations.density import dense_clusters, stacks

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from planner.organisations.rules import OrganisationRules

FINE = ("exact", "building")
"""Accuracy classes whose points stand for the enterprise's own place."""

COARSE = ("committee", "street_town")
"""Accuracy classes whose points stand for an area: hundreds may share one without being neighbours."""

COARSE_REACH_M = 3000.0

NAMED_LEAST = 2
"""So many enterprises share a place that the map names; one alone shares nothing."""


@dataclass(frozen=True, eq=False)
class Carriers:
    """Carriers and who is in which.

    Parameters
    ----------
    of
        int64, shape (enterprises,): position of the enterprise's carrier, -1 for none.
    name, kind, found_by
        object arrays, shape (carriers,); ``found_by`` is ``register``, ``place``, ``stack`` or ``density``.
    """

    of: NDArray[np.int64]
    name: NDArray[np.object_]
    kind: NDArray[np.object_]
    found_by: NDArray[np.object_]


def find_carriers(
    enterprises: pd.DataFrame, rules: OrganisationRules, places: gpd.GeoDataFrame | None = None
) -> Carriers:
    """Find each enterprise's carrier: named in the register, else a known building, else by density.

    Parameters
    ----------
    enterprises
        ``enterprise_id`` ascending, ``x``, ``y`` (metres), ``carrier_name``, ``accuracy``, ``street_town_id``.
    rules
        Distances and counts.
    places
        Footprints of buildings, malls and parks: ``name`` (nullable), ``kind`` (nullable) and polygons in the
        same CRS. Where several hold an enterprise the smallest counts that holds enough: two enterprises in a place with
        a name, as many as make a stack in one without.
    """
    n = len(enterprises)
    code = _named(enterprises, rules)
    found = np.where(code >= 0, "register", "").astype(object)
    accuracy = enterprises["accuracy"].to_numpy(dtype=object)
    fine = np.isin(accuracy, FINE)
    place_name = np.full(n, None, dtype=object)
    place_kind = np.full(n, None, dtype=object)
    if places is not None and len(places):
        inside = _inside(enterprises, places, np.flatnonzero((code < 0) & fine), rules)
        taken = np.flatnonzero(inside >= 0)
        code[taken] = _next(code) + inside[taken]
        found[taken] = "place"
        for column, target in (("name", place_name), ("kind", place_kind)):
            if column in places:
                target[taken] = places[column].to_numpy(dtype=object)[inside[taken]]
    xy = enterprises[["x", "y"]].to_numpy(float)
    loose = np.flatnonzero((code < 0) & fine)
    label = stacks(xy[loose], rules.stack_m, rules.stack_enterprises_least)
    _take(code, found, loose, label, "stack")
    if rules.density_carriers:
        loose = np.flatnonzero((code < 0) & fine)
        towns = pd.factorize(enterprises["street_town_id"].iloc[loose], sort=True)[0]
        label = dense_clusters(
            xy[loose],
            towns.astype(np.int64),
            least=rules.joint_enterprises_least,
            most=rules.joint_enterprises_most,
            extent_m=rules.density_extent_m,
        )
        _take(code, found, loose, label, "density")
    return _described(enterprises, code, found, place_name, place_kind)


def _next(code: NDArray[np.int64]) -> int:
    return int(code.max(initial=-1)) + 1


def _take(
    code: NDArray[np.int64],
    found: NDArray[np.object_],
    rows: NDArray[np.int64],
    label: NDArray[np.int64],
    how: str,
) -> None:
    hit = label >= 0
    code[rows[hit]] = _next(code) + label[hit]
    found[rows[hit]] = how


def _named(enterprises: pd.DataFrame, rules: OrganisationRules) -> NDArray[np.int64]:
    """Group the register's carrier names: one name is one carrier per cluster of places.

    Places of a name cluster when their cells of a fixed grid touch, so two carriers of one name stay apart when
    they lie two cells or more apart. Coarse points join the nearest carrier of their name in reach.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(enterprises)
    code = np.full(n, -1, dtype=np.int64)
    names = pd.factorize(carrier_key(enterprises["carrier_name"]), sort=True)[0].astype(np.int64)
    coarse = np.isin(enterprises["accuracy"].to_numpy(dtype=object), COARSE)
    rows = np.flatnonzero((names >= 0) & ~coarse)
    xy = enterprises[["x", "y"]].to_numpy(float)
    cell = np.floor(xy[rows] / rules.carrier_gap_m).astype(np.int64)
    cells = pd.DataFrame({"name": names[rows], "i": cell[:, 0], "j": cell[:, 1]})
    unique = cells.drop_duplicates().sort_values(["name", "i", "j"]).reset_index(drop=True)
    unique["at"] = np.arange(len(unique))
    edges = [
        unique.assign(i=unique["i"] + di, j=unique["j"] + dj).merge(
            unique, on=["name", "i", "j"], suffixes=("", "_to")
        )[["at", "at_to"]]
        for di, dj in ((0, 1), (1, -1), (1, 0), (1, 1))
    ]
    link = pd.concat(edges, ignore_index=True).to_numpy()
    graph = coo_array(
        (np.ones(len(link), dtype=np.int8), (link[:, 0], link[:, 1])), shape=(len(unique),) * 2
    )
    unique["piece"] = connected_components(graph.tocsr(), directed=False)[1]
    code[rows] = cells.merge(unique, on=["name", "i", "j"], how="left")["piece"].to_numpy()
    return _with_coarse(code, names, xy, np.flatnonzero((names >= 0) & coarse))


def _with_coarse(
    code: NDArray[np.int64],
    names: NDArray[np.int64],
    xy: NDArray[np.float64],
    rows: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Give points of committees and street_towns the nearest carrier of their name, else one per name and point."""
    if not len(rows):
        return code
    fine = np.flatnonzero(code >= 0)
    middle = (
        pd.DataFrame({"piece": code[fine], "name": names[fine], "x": xy[fine, 0], "y": xy[fine, 1]})
        .groupby("piece")
        .agg(name=("name", "first"), x=("x", "mean"), y=("y", "mean"))
        .reset_index()
    )
    points = pd.DataFrame({"row": rows, "name": names[rows], "x": xy[rows, 0], "y": xy[rows, 1]})
    pairs = points.merge(middle, on="name", suffixes=("", "_to"))
    pairs["gap"] = np.hypot(pairs["x"] - pairs["x_to"], pairs["y"] - pairs["y_to"])
    pairs = pairs[pairs["gap"] <= COARSE_REACH_M].sort_values(["row", "gap", "piece"])
    best = pairs.drop_duplicates("row")
    code[best["row"].to_numpy()] = best["piece"].to_numpy()
    alone = points[code[rows] < 0]
    groups = alone.groupby(["name", "x", "y"], sort=True).ngroup().to_numpy()
    code[alone["row"].to_numpy()] = _next(code) + groups
    return code


def _inside(
    enterprises: pd.DataFrame,
    places: gpd.GeoDataFrame,
    rows: NDArray[np.int64],
    rules: OrganisationRules,
) -> NDArray[np.int64]:
    """Return the smallest place that holds each of ``rows`` and enough others, -1 elsewhere."""
    import shapely

    inside = np.full(len(enterprises), -1, dtype=np.int64)
    polygons = np.asarray(places.geometry.array, dtype=object)
    dots = np.asarray(shapely.points(enterprises[["x", "y"]].to_numpy(float)[rows]), dtype=object)
    place, dot = shapely.STRtree(dots).query(polygons, predicate="intersects")
    named = (
        places["name"].notna().to_numpy(bool) if "name" in places else np.zeros(len(places), bool)
    )
    least = np.where(named, NAMED_LEAST, rules.stack_enterprises_least)
    promising = np.bincount(place, minlength=len(places)) >= least
    place, dot = place[promising[place]], dot[promising[place]]
    order = np.lexsort((dot, place, shapely.area(polygons[place])))
    place, dot = place[order], dot[order]
    for start, stop in _runs(place):
        free = dot[start:stop][inside[rows[dot[start:stop]]] < 0]
        if len(free) >= least[place[start]]:
            inside[rows[free]] = place[start]
    return inside


def _runs(values: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return where each run of equal values starts and stops."""
    stops = np.flatnonzero(np.diff(values)) + 1
    edges = [0, *stops.tolist(), len(values)] if len(values) else [0]
    return list(pairwise(edges))


def _described(
    enterprises: pd.DataFrame,
    code: NDArray[np.int64],
    found: NDArray[np.object_],
    place_name: NDArray[np.object_],
    place_kind: NDArray[np.object_],
) -> Carriers:
    """Give carriers numbers by their smallest enterprise and name them after its row."""
    member = np.flatnonzero(code >= 0)
    # rows are in order of enterprise_id, so the first of each carrier is its smallest
    _, first, number = np.unique(code[member], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    of = np.full(len(code), -1, dtype=np.int64)
    of[member] = rank[number]
    head = member[np.sort(first)]
    register = enterprises["carrier_name"].to_numpy(dtype=object)[head]
    how = found[head]
    name = np.where(how == "register", register, place_name[head])
    kind = np.empty(len(head), dtype=object)
    for i, (way, title, given) in enumerate(zip(how, name, place_kind[head], strict=True)):
        if way == "density":
            kind[i] = "business_district"
        elif isinstance(given, str) and given:
            kind[i] = given
        else:
            kind[i] = carrier_kind(title) if isinstance(title, str) else "building"
    return Carriers(of=of, name=name, kind=kind, found_by=how)
