"""Stranded basic units: pieces of a street_town that no road joins to the rest and that are too small for a district.

A river bank, an islet or a gated corner with a handful of enterprises cannot be a federation. Such a piece is joined to
the rest of its street_town over its longest shared border, or where it shares none to the nearest unit; the link is
marked, so that maps and the verifier can tell it from one people can walk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.policy import FederationRule

DETOUR_DS_PER_M = 7.5 * 2.0
"""Deciseconds a metre of air line stands for over a made link: walking at 4.8 km/h with a detour of two."""


def join_stranded(
    units: gpd.GeoDataFrame,
    organisations: gpd.GeoDataFrame,
    adjacency: pd.DataFrame,
    rule: FederationRule,
) -> pd.DataFrame:
    """Return the adjacency with a link for every stranded piece, and a column ``made`` that marks those.

    Parameters
    ----------
    units
        ``unit_id``, ``street_town_id`` and polygons in the working CRS.
    organisations
        ``unit_id``, ``enterprises``, ``workers``.
    adjacency
        ``unit_a``, ``unit_b``, ``border_m``, ``walk_ds``, ``adjoins``, and where people changed links ``change``: what they
        cut is joined nowhere else than over another pair.
    rule
        Bands; a piece under the least of both counts is stranded.

    Returns
    -------
    pandas.DataFrame
        Rows of ``adjacency`` with ``made`` (bool), and the made links, sorted by units.
    """
    held = organisations.groupby("unit_id").agg(
        organisations=("workers", "size"), workers=("workers", "sum")
    )
    table = (
        units[["unit_id", "street_town_id"]]
        .merge(held.reset_index(), on="unit_id", how="left")
        .fillna(0)
    )
    inner = units.set_index("unit_id").geometry.representative_point()
    table = table.assign(
        x=inner.x.reindex(table["unit_id"]).to_numpy(),
        y=inner.y.reindex(table["unit_id"]).to_numpy(),
    )
    made: list[dict[str, object]] = []
    for _, town in table.groupby("street_town_id", sort=True):
        made += _join_town(town.sort_values("unit_id").reset_index(drop=True), adjacency, rule)
    kept = adjacency.assign(made=False)
    if not made:
        return kept
    links = pd.DataFrame(made)
    for column in kept.columns.difference(links.columns):
        links[column] = ""
    known = pd.MultiIndex.from_frame(kept[["unit_a", "unit_b"]])
    kept = kept[~known.isin(pd.MultiIndex.from_frame(links[["unit_a", "unit_b"]]))]
    return (
        pd.concat([kept, links], ignore_index=True)
        .sort_values(["unit_a", "unit_b"])
        .reset_index(drop=True)
    )


def _join_town(
    town: pd.DataFrame, adjacency: pd.DataFrame, rule: FederationRule
) -> list[dict[str, object]]:
    place = pd.Series(town.index, index=town["unit_id"])
    inside = adjacency[
        adjacency["unit_a"].isin(place.index) & adjacency["unit_b"].isin(place.index)
    ]
    near = inside[inside["adjoins"]]
    piece = _pieces(
        len(town), place.loc[near["unit_a"]].to_numpy(), place.loc[near["unit_b"]].to_numpy()
    )
    borders = {
        tuple(sorted((place[a], place[b]))): float(m)
        for a, b, m in inside[["unit_a", "unit_b", "border_m"]].to_numpy()
    }
    cut = {
        tuple(sorted((place[a], place[b])))
        for a, b in inside.loc[_cut(inside), ["unit_a", "unit_b"]].to_numpy()
    }
    made: list[dict[str, object]] = []
    settled: set[int] = set()
    while len(np.unique(piece)) > 1:
        sums = town.groupby(piece)[["organisations", "workers"]].sum()
        small = sums[
            (sums["organisations"] < rule.organisations.least)
            & (sums["workers"] < rule.workers.least)
        ]
        small = small[~small.index.isin(settled)]
        if small.empty:
            break
        stranded = small.sort_values(["workers", "organisations"], kind="stable").index[0]
        best = _best_link(town, piece == stranded, borders, cut)
        if best is None:
            settled.add(int(stranded))  # people cut every link there is
            continue
        a, b, border_m, distance_m = best
        first, second = sorted((str(town["unit_id"][a]), str(town["unit_id"][b])))
        walk_ds = round(distance_m * DETOUR_DS_PER_M)
        made.append(
            {
                "unit_a": first, "unit_b": second, "border_m": border_m, "crossing": False,
                "walk_ds": walk_ds, "adjoins": True, "made": True,
            }
        )  # fmt: skip
        piece[piece == stranded] = piece[b]
    return made


def _pieces(n: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(a)), (a, b)), shape=(n, n)).tocsr()
    labels: np.ndarray = connected_components(graph, directed=False)[1]
    return labels


def _cut(adjacency: pd.DataFrame) -> pd.Series:
    if "change" in adjacency:
        return adjacency["change"] == "cut"
    return pd.Series(data=False, index=adjacency.index)


def _best_link(
    town: pd.DataFrame,
    stranded: np.ndarray,
    borders: dict[tuple[int, int], float],
    cut: set[tuple[int, int]],
) -> tuple[int, int, float, float] | None:
    """Return unit inside, unit outside, border and distance: longest border first, then nearest, then smallest ids.

    Pairs in ``cut`` do not count; None where no other is left.
    """
    inside, outside = np.flatnonzero(stranded), np.flatnonzero(~stranded)
    xy = town[["x", "y"]].to_numpy()
    best: tuple[float, float, int, int] | None = None
    for a in inside:
        distance = np.hypot(*(xy[outside] - xy[a]).T)
        for b, far in zip(outside, distance, strict=True):
            pair = (int(min(a, b)), int(max(a, b)))
            if pair in cut:
                continue
            border = borders.get(pair, 0.0)
            key = (-border, round(float(far), 3), int(a), int(b))
            if best is None or key < best:
                best = key
    if best is None:
        return None
    return best[2], best[3], -best[0], best[1]
