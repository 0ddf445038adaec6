"""Adjacency for people: links they add or cut, islands, and lines to draw on a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.areas.frames import require_columns, sorted_units
from geodata.errors import Fault, InvalidRowsError
from geodata.messages import translator

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ = translator("geodata")


def change_links(
    adjacency: pd.DataFrame, changes: pd.DataFrame, units: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Add and cut links as people know the ground: a private gate, a footbridge under repair, a ferry.

    Parameters
    ----------
    adjacency
        What `build_adjacency` found.
    changes
        One row per link: ``unit_a``, ``unit_b`` in any order, ``change`` (``add`` or ``cut``), and ``walk_min`` where a link is
        added between units that had no row; ``by`` (who decided) and ``reason`` where known.
    units
        ``unit_id``; links must name them.

    Returns
    -------
    DataFrame
        Columns of ``adjacency``, and ``change`` (``""``, ``add``, ``cut``), ``by``, ``reason``. A cut link keeps its row with
        ``adjoins`` False, or has one with ``walk_ds`` -1 where none was found; ``crossing`` tells what the roads say.

    Raises
    ------
    MissingColumnError, InvalidRowsError
        For unknown units, a unit linked with itself, other words than add and cut, contradictions, or a missing
        walking time; all faults at once.
    """
    table = _ordered_pairs(changes)
    minutes = table["walk_min"] if "walk_min" in table else pd.Series(np.nan, index=table.index)
    table["walk_ds"] = (pd.to_numeric(minutes, errors="coerce") * 600).round()
    merged = table.merge(
        adjacency[["unit_a", "unit_b", "walk_ds"]],
        on=["unit_a", "unit_b"],
        how="left",
        suffixes=("", "_found"),
    )
    blind = (merged["change"] == "add") & merged["walk_ds"].isna() & merged["walk_ds_found"].isna()
    fix = _("give walk_min, the minutes between the two units' centres")
    faults = _wrong_links(merged, units)
    faults += _fault(merged, blind, _("a new link has no walking time"), fix)
    faults += _fault(merged, merged["walk_ds"] < 0, _("a walking time is below zero"))
    if faults:
        raise InvalidRowsError(faults)
    merged["walk_ds"] = merged["walk_ds"].fillna(merged["walk_ds_found"]).fillna(-1)
    for column in ("by", "reason"):
        merged[column] = merged[column].fillna("").astype("str") if column in merged else ""
    wanted = merged.drop_duplicates(["unit_a", "unit_b"]).set_index(["unit_a", "unit_b"])
    changed = adjacency.assign(change="", by="", reason="").set_index(["unit_a", "unit_b"])
    known = changed.index.intersection(wanted.index)
    changed.loc[known, "adjoins"] = wanted.loc[known, "change"].eq("add").to_numpy(bool)
    changed.loc[known, "walk_ds"] = wanted.loc[known, "walk_ds"].to_numpy(np.int64)
    for column in ("change", "by", "reason"):
        changed.loc[known, column] = wanted.loc[known, column]
    fresh = wanted[~wanted.index.isin(changed.index)]
    added = pd.DataFrame(
        {
            "border_m": 0.0,
            "crossing": False,
            "over": "",
            "walk_ds": fresh["walk_ds"].astype("int64"),
            "adjoins": fresh["change"] == "add",
            "change": fresh["change"],
            "by": fresh["by"],
            "reason": fresh["reason"],
        },
        index=fresh.index,
    )
    whole = pd.concat([part for part in (changed, added) if len(part)] or [changed]).reset_index()
    columns = [*adjacency.columns, "change", "by", "reason"]
    return whole.sort_values(["unit_a", "unit_b"]).reset_index(drop=True)[columns]


def check_links(changes: pd.DataFrame, units: gpd.GeoDataFrame) -> None:
    """Raise what can be said of links before any road is looked at; see `change_links`.

    Raises
    ------
    MissingColumnError, InvalidRowsError
        For unknown units, a unit linked with itself, other words than add and cut, and contradictions.
    """
    faults = _wrong_links(_ordered_pairs(changes), units)
    if faults:
        raise InvalidRowsError(faults)


def _ordered_pairs(changes: pd.DataFrame) -> pd.DataFrame:
    require_columns(changes, ["unit_a", "unit_b", "change"], "links")
    table = pd.DataFrame(changes).reset_index(drop=True)
    pair = np.sort(table[["unit_a", "unit_b"]].astype(str).to_numpy(dtype=object), axis=1)
    table["unit_a"], table["unit_b"] = pair[:, 0], pair[:, 1]
    table["change"] = table["change"].astype(str).str.strip().str.lower()
    return table


def _wrong_links(table: pd.DataFrame, units: gpd.GeoDataFrame) -> list[Fault]:
    known = set(units["unit_id"].astype(str))
    unknown = ~(table["unit_a"].isin(known) & table["unit_b"].isin(known))
    kinds = table.groupby(["unit_a", "unit_b"])["change"].transform("nunique")
    faults = _fault(
        table, unknown, _("links name units that do not exist"), _("use ids of the units layer")
    )
    faults += _fault(table, table["unit_a"] == table["unit_b"], _("a unit is linked with itself"))
    faults += _fault(
        table,
        ~table["change"].isin(["add", "cut"]),
        _("a change is neither add nor cut"),
        _("write add or cut"),
    )
    return faults + _fault(
        table, kinds > 1, _("a link is both added and cut"), _("keep one of the rows")
    )


def _fault(table: pd.DataFrame, bad: pd.Series, what: str, fix: str = "") -> list[Fault]:
    label = table["unit_a"].astype(str) + " - " + table["unit_b"].astype(str)
    return [Fault(what, "links", int(bad.sum()), list(label[bad]), fix)] if bad.any() else []


def find_islands(units: gpd.GeoDataFrame, adjacency: pd.DataFrame) -> pd.DataFrame:
    """Return the piece each unit belongs to, linking only units that adjoin inside one street_town.

    Parameters
    ----------
    units
        ``unit_id``, ``street_town_id``, polygons.
    adjacency
        Links between them.

    Returns
    -------
    DataFrame
        By ``unit_id``: ``street_town_id``, ``piece`` (0 is the street_town's largest), ``island`` (piece above 0): units
        no contiguous district can join to the rest, unless somebody adds a link.
    """
    ordered = sorted_units(units)
    town = ordered["street_town_id"].to_numpy(dtype=object)
    ids = pd.Index(ordered["unit_id"])
    links = adjacency[adjacency["adjoins"].astype(bool)]
    a, b = ids.get_indexer(links["unit_a"]), ids.get_indexer(links["unit_b"])
    inside = (a >= 0) & (b >= 0)
    a, b = a[inside], b[inside]
    same = town[a] == town[b]
    piece = _pieces(a[same], b[same], len(ids))
    frame = pd.DataFrame(
        {
            "unit_id": ordered["unit_id"].astype("str"),
            "street_town_id": pd.Series(town, dtype="str"),
            "label": piece,
        }
    )
    size = frame.groupby("label")["unit_id"].agg(["size", "first"])
    size["street_town_id"] = frame.groupby("label")["street_town_id"].first()
    size = size.sort_values(["street_town_id", "size", "first"], ascending=[True, False, True])
    rank = size.groupby("street_town_id").cumcount()
    frame["piece"] = frame["label"].map(rank).astype("int64")
    frame["island"] = frame["piece"] > 0
    return frame.drop(columns="label")


def _pieces(a: NDArray[np.int64], b: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n))
    label: NDArray[np.int64] = connected_components(graph.tocsr(), directed=False)[1].astype(
        np.int64
    )
    return label


def adjacency_lines(units: gpd.GeoDataFrame, adjacency: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return a line between the middles of each pair, to be drawn and looked at.

    Returns
    -------
    GeoDataFrame
        The adjacency's columns, ``walk_min``, and a LineString in the units' CRS.
    """
    ordered = sorted_units(units)
    middle = shapely.get_coordinates(
        shapely.point_on_surface(np.asarray(ordered.geometry.array, dtype=object))
    )
    ids = pd.Index(ordered["unit_id"])
    ends = np.stack(
        [
            middle[ids.get_indexer(adjacency["unit_a"])],
            middle[ids.get_indexer(adjacency["unit_b"])],
        ],
        axis=1,
    )
    lines = adjacency.assign(walk_min=adjacency["walk_ds"] / 600)
    return gpd.GeoDataFrame(lines, geometry=shapely.linestrings(ends), crs=units.crs)
