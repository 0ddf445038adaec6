"""Existing federations, which most registers keep as lists of organisations and not as areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.errors import Fault, InvalidRowsError, MissingColumnError
from geodata.messages import translator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.organisations.formed import Organisations

_ = translator("planner")


@dataclass(frozen=True, eq=False)
class ExistingFederations:
    """What a list of federations says about the ground.

    Parameters
    ----------
    federations
        By ``federation_id``: ``organisations``, ``enterprises``, ``workers``, ``units``, ``street_towns`` (counts), ``pieces``
        (contiguous parts of its area) and ``geometry``: the union of its units.
    unit_federation
        By ``unit_id``: ``federation_id`` (missing where nobody has it), ``share`` of the unit's listed organisations that agree.
    enclaves
        Units cut off from the largest piece of their federation: ``federation_id``, ``unit_id``, ``piece``,
        ``organisations``.
    conflicts
        Organisations booked in another federation than the one their unit went to: ``organisation_id``, ``federation_id``,
        ``unit_id``, ``unit_federation_id``.
    unlisted
        ``organisation_id`` of organisations no federation lists.
    """

    federations: gpd.GeoDataFrame
    unit_federation: pd.DataFrame
    enclaves: pd.DataFrame
    conflicts: pd.DataFrame
    unlisted: pd.DataFrame


def resolve_parents(table: pd.DataFrame) -> pd.DataFrame:
    """Follow ``member`` -> ``parent`` to the top of each chain.

    Registers name the union above (上级工会) row by row: an organisation's parent may be a joint union whose parent is the
    federation.

    Parameters
    ----------
    table
        ``member``, ``parent``: one row per member.

    Returns
    -------
    DataFrame
        By ``member``: ``top``, the last parent above it, and ``steps`` up to it.

    Raises
    ------
    MissingColumnError, InvalidRowsError
        For absent columns, a member with two parents, or a loop, which is shown member by member.

    Examples
    --------
    >>> resolve_parents(pd.DataFrame({"member": ["a", "b"], "parent": ["b", "c"]}))
      member top  steps
    0      a   c      2
    1      b   c      1
    """
    _require(table, ["member", "parent"], "federation list")
    rows = table[["member", "parent"]].astype("str").drop_duplicates()
    twice = rows[rows["member"].duplicated(keep=False)]
    if len(twice):
        names = sorted(set(twice["member"]))
        raise InvalidRowsError(
            Fault(
                _("members name two parents"),
                "federation list",
                len(names),
                names,
                _("keep the row that holds today"),
            )
        )
    names = pd.Index(sorted(set(rows["member"]) | set(rows["parent"])))
    above = np.full(len(names), -1, dtype=np.int64)
    above[names.get_indexer(rows["member"])] = names.get_indexer(rows["parent"])
    top, steps = _climb(above)
    loops = top < 0
    if loops.any():
        shown = [" > ".join(names[ring]) for ring in _rings(above, np.flatnonzero(loops))]
        raise InvalidRowsError(
            Fault(
                _("union membership goes round in a loop"),
                "federation list",
                len(shown),
                shown,
                _("correct the parent of one of them"),
            )
        )
    member = names.get_indexer(np.sort(rows["member"].to_numpy(dtype=object)))
    return pd.DataFrame(
        {
            "member": pd.Series(names[member], dtype="str"),
            "top": pd.Series(names[top[member]], dtype="str"),
            "steps": steps[member],
        }
    )


def _climb(above: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the top over each place (-1 inside or below a loop) and the steps to it, by doubling jumps."""
    n = len(above)
    here = np.arange(n)
    jump = np.where(above >= 0, above, here)
    steps = (above >= 0).astype(np.int64)
    for _round in range(max(1, int(np.ceil(np.log2(max(n, 2)))) + 1)):
        steps += steps[jump]
        jump = jump[jump]
    top = np.where(above[jump] < 0, jump, -1)
    return top, steps


def _rings(above: NDArray[np.int64], places: NDArray[np.int64]) -> list[list[int]]:
    """Return each loop once, from its smallest member back to it."""
    rings: dict[int, list[int]] = {}
    for start in places.tolist():
        seen: dict[int, int] = {}
        here = start
        while here not in seen:
            seen[here] = len(seen)
            here = int(above[here])
        ring = [place for place, order in seen.items() if order >= seen[here]]
        first = ring.index(min(ring))
        turned = ring[first:] + ring[:first]
        rings.setdefault(turned[0], [*turned, turned[0]])
    return [rings[key] for key in sorted(rings)]


def read_federations(
    table: pd.DataFrame,
    formed: Organisations,
    units: gpd.GeoDataFrame,
    adjacency: pd.DataFrame,
) -> ExistingFederations:
    """Derive areas from a list organisation -> federation, and report what does not fit together.

    A unit goes to the federation with most of its listed organisations (ties by workers, then id); a federation's area is
    the union of its units. Nothing is repaired: enclaves and conflicts are for people to settle or for the next plan.

    Parameters
    ----------
    table
        ``federation_id`` and either ``organisation_id``, or ``organisation_name`` as in the register (matched exactly).
    formed
        Organisations, usually at level ``today``.
    units
        ``unit_id``, polygons.
    adjacency
        Links between units.

    Raises
    ------
    MissingColumnError, InvalidRowsError
        For absent columns, organisations nobody knows, names that fit several, or an organisation in two federations; all
        faults at once.
    """
    listed = _matched(table, formed.organisations)
    booked = listed.merge(
        formed.organisations[["organisation_id", "unit_id", "workers", "enterprises"]],
        on="organisation_id",
    )
    unit_federation = _majority(booked, units)
    of_unit = unit_federation.set_index("unit_id")["federation_id"]
    given = booked["unit_id"].map(of_unit)
    conflicts = booked.assign(unit_federation_id=given)[booked["federation_id"] != given]
    pieces = _pieces(unit_federation, adjacency)
    enclaves = pieces[pieces["piece"] > 0].merge(
        booked.groupby(["federation_id", "unit_id"]).size().rename("organisations").reset_index(),
        on=["federation_id", "unit_id"],
        how="left",
    )
    enclaves["organisations"] = enclaves["organisations"].fillna(0).astype("int64")
    known = set(listed["organisation_id"])
    unlisted = formed.organisations[["organisation_id"]]
    return ExistingFederations(
        federations=_areas(booked, unit_federation, pieces, units),
        unit_federation=unit_federation,
        enclaves=enclaves.sort_values(["federation_id", "unit_id"]).reset_index(drop=True),
        conflicts=conflicts[["organisation_id", "federation_id", "unit_id", "unit_federation_id"]]
        .sort_values("organisation_id")
        .reset_index(drop=True),
        unlisted=pd.DataFrame(unlisted[~unlisted["organisation_id"].isin(known)]).reset_index(
            drop=True
        ),
    )


def _require(table: pd.DataFrame, columns: list[str], where: str) -> None:
    missing = [name for name in columns if name not in table]
    if missing:
        raise MissingColumnError(Fault(_("columns are missing"), where, len(missing), missing))


def _matched(table: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """Return ``organisation_id``, ``federation_id``; raise for what cannot be matched."""
    where = "federation list"
    _require(table, ["federation_id"], where)
    key = "organisation_id" if "organisation_id" in table else "organisation_name"
    _require(table, [key], where)
    column = "organisation_id" if key == "organisation_id" else "name"
    rows = table[[key, "federation_id"]].astype("str").drop_duplicates()
    rows = rows.rename(columns={key: "key"})
    known = organisations[["organisation_id"]].assign(key=organisations[column].astype("str"))
    several = set(known["key"][known["key"].duplicated()]) & set(rows["key"])
    unknown = sorted(set(rows["key"]) - set(known["key"]))
    merged = rows.merge(known, on="key")
    twice = merged.groupby("organisation_id")["federation_id"].nunique()
    tests = (
        (unknown, _("organisations that the register does not have"), ""),
        (sorted(several), _("names that several organisations have"), _("list organisation_id")),
        (
            sorted(twice.index[twice > 1]),
            _("organisations listed in two federations"),
            _("keep the row that holds today"),
        ),
    )
    faults = [Fault(what, where, len(names), names, fix) for names, what, fix in tests if names]
    if faults:
        raise InvalidRowsError(faults)
    return merged[["organisation_id", "federation_id"]]


def _majority(booked: pd.DataFrame, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give each unit the federation of most of its organisations."""
    sums = (
        booked.groupby(["unit_id", "federation_id"])["workers"].agg(["size", "sum"]).reset_index()
    )
    total = sums.groupby("unit_id")["size"].transform("sum")
    sums["share"] = sums["size"] / total
    sums = sums.sort_values(
        ["unit_id", "size", "sum", "federation_id"], ascending=[True, False, False, True]
    )
    best = sums.drop_duplicates("unit_id")[["unit_id", "federation_id", "share"]]
    every = pd.DataFrame({"unit_id": units["unit_id"].astype("str")}).sort_values("unit_id")
    return every.merge(best, on="unit_id", how="left").reset_index(drop=True)


def _pieces(unit_federation: pd.DataFrame, adjacency: pd.DataFrame) -> pd.DataFrame:
    """Find the contiguous pieces of each federation's area; piece 0 has most units (ties by smallest unit)."""
    given = unit_federation[unit_federation["federation_id"].notna()].reset_index(drop=True)
    ids = pd.Index(given["unit_id"])
    federation = given["federation_id"].to_numpy(dtype=object)
    links = adjacency[adjacency["adjoins"].astype(bool)]
    a, b = ids.get_indexer(links["unit_a"]), ids.get_indexer(links["unit_b"])
    inside = (a >= 0) & (b >= 0)
    a, b = a[inside], b[inside]
    same = federation[a] == federation[b]
    graph = coo_array(
        (np.ones(int(same.sum()), dtype=np.int8), (a[same], b[same])), shape=(len(ids),) * 2
    )
    given["label"] = connected_components(graph.tocsr(), directed=False)[1]
    size = given.groupby(["federation_id", "label"])["unit_id"].agg(["size", "first"]).reset_index()
    size = size.sort_values(["federation_id", "size", "first"], ascending=[True, False, True])
    size["piece"] = size.groupby("federation_id").cumcount()
    return given.merge(size[["label", "piece"]], on="label")[["federation_id", "unit_id", "piece"]]


def _areas(
    booked: pd.DataFrame,
    unit_federation: pd.DataFrame,
    pieces: pd.DataFrame,
    units: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Sum each federation and unite its units."""
    grouped = booked.groupby("federation_id", sort=True)
    frame = pd.DataFrame(
        {
            "organisations": grouped.size(),
            "enterprises": grouped["enterprises"].sum(),
            "workers": grouped["workers"].sum(),
        }
    )
    land = units.assign(unit_id=units["unit_id"].astype("str")).merge(unit_federation, on="unit_id")
    land = land[land["federation_id"].notna()].sort_values("unit_id")
    by_federation = land.groupby("federation_id")
    frame["units"] = by_federation.size()
    frame["street_towns"] = by_federation["street_town_id"].nunique()
    frame["pieces"] = pieces.groupby("federation_id")["piece"].max() + 1
    counts = ["units", "street_towns", "pieces"]
    frame[counts] = frame[counts].fillna(0).astype("int64")
    outline = land[["federation_id", "geometry"]].dissolve("federation_id").geometry
    return gpd.GeoDataFrame(
        frame.reset_index(), geometry=outline.reindex(frame.index).to_numpy(), crs=units.crs
    )
