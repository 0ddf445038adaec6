"""What happened between two snapshots: opened, closed, moved, grew, shrank, renamed, another industry, unionised, left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from geodata.history.matching import match_rows
from geodata.layers.parents import bare_place
from geodata.sources.reasons import SCOPE_CLOSED

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

EVENTS: Final = (
    "opened", "closed", "moved", "grew_past", "fell_under", "renamed", "changed_industry", "unionised", "left_union",
)  # fmt: skip
"""Kinds of event, in the order they are listed."""
COLUMNS: Final = (
    "event", "enterprise_id", "name", "street_town_name", "workers", "before", "after", "distance_m", "matched_by",
)  # fmt: skip
PLACED: Final = ("exact", "building")
"""How exactly both points must be placed for a distance between them to mean a move."""


def register_changes(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    threshold: int = 25,
    basis: str = "workers",
    moved_m: float = 100.0,
) -> pd.DataFrame:
    """List what happened between two snapshots, one row per event; an enterprise may have several.

    Parameters
    ----------
    before, after
        Rows of the two snapshots, EPSG:4326.
    threshold
        ``grew_past``: fewer than so many before, as many or more now; ``fell_under``: the other way round.
    basis
        ``workers`` or ``members``: what the threshold counts.
    moved_m
        Points farther apart than this, both placed exactly or by building, are a move. Where one is placed less
        exactly, another committee or street_town together with another address is one, without a distance.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`; ``before`` and ``after`` are what changed, as text (workers for sizes and for opened and
        closed ones, addresses for moves). By event in the order of :data:`EVENTS`, the largest enterprise first, ties
        by id.

    Notes
    -----
    A row that says it is closed counts as absent. Rows that hold no code are paired by name, so that a changed name
    is a closing and an opening there.
    """
    first = before[(before["scope_reason"] != SCOPE_CLOSED).to_numpy()].reset_index(drop=True)
    second = after[(after["scope_reason"] != SCOPE_CLOSED).to_numpy()].reset_index(drop=True)
    a, b, how = match_rows(first, second)
    old, new = first.iloc[a].reset_index(drop=True), second.iloc[b].reset_index(drop=True)
    gone, fresh = _without(first, a), _without(second, b)
    parts = [
        _events("opened", fresh, "", fresh["workers"]),
        _events("closed", gone, gone["workers"], ""),
        _moves(old, new, how, moved_m),
    ]
    size_old, size_new = old[basis].to_numpy(), new[basis].to_numpy()
    industry_old, industry_new = _industries(old, new)
    joined_old, joined_new = old["unionised"].to_numpy(bool), new["unionised"].to_numpy(bool)
    for event, where, said_before, said_after in (
        ("grew_past", (size_old < threshold) & (size_new >= threshold), size_old, size_new),
        ("fell_under", (size_old >= threshold) & (size_new < threshold), size_old, size_new),
        ("renamed", (old["name"] != new["name"]).to_numpy(), old["name"], new["name"]),
        (
            "changed_industry",
            (industry_old != industry_new) & (industry_old != "") & (industry_new != ""),
            industry_old,
            industry_new,
        ),
        ("unionised", ~joined_old & joined_new, "", new["union_name"]),
        ("left_union", joined_old & ~joined_new, old["union_name"], ""),
    ):
        rows = np.flatnonzero(where)
        parts.append(
            _events(event, new.iloc[rows], _at(said_before, rows), _at(said_after, rows), how[rows])
        )
    whole = pd.concat([part for part in parts if len(part)] or [parts[0]], ignore_index=True)
    whole["rank"] = whole["event"].map({event: rank for rank, event in enumerate(EVENTS)})
    whole = whole.sort_values(
        ["rank", "workers", "enterprise_id"], ascending=[True, False, True], ignore_index=True
    )
    return whole[list(COLUMNS)]


def _without(frame: gpd.GeoDataFrame, rows: NDArray[np.int64]) -> gpd.GeoDataFrame:
    alone = np.ones(len(frame), dtype=bool)
    alone[rows] = False
    return frame[alone]


def _at(values: Any, rows: NDArray[np.int64]) -> Any:
    return values if isinstance(values, str) else np.asarray(values, dtype=object)[rows]


def _events(
    event: str, rows: pd.DataFrame, before: Any, after: Any, matched_by: Any = ""
) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "enterprise_id": rows["enterprise_id"].to_numpy(),
            "name": rows["name"].to_numpy(),
            "street_town_name": rows["street_town_name"].to_numpy(),
            "workers": rows["workers"].to_numpy(),
        }
    )
    frame["event"] = event
    for name, values in (("before", before), ("after", after)):
        cells = pd.Series(np.asarray(values, dtype=object) if len(np.shape(values)) else values, index=frame.index)  # fmt: skip
        frame[name] = cells.astype(object).where(cells.notna(), "").astype(str)
    frame["distance_m"] = np.nan
    frame["matched_by"] = matched_by
    return frame


def _moves(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, how: NDArray[np.object_], moved_m: float
) -> pd.DataFrame:
    from pyproj import Geod

    here = np.asarray(old.geometry.array, dtype=object)
    there = np.asarray(new.geometry.array, dtype=object)
    x, y, to_x, to_y = (
        shapely.get_x(here), shapely.get_y(here), shapely.get_x(there), shapely.get_y(there),
    )  # fmt: skip
    exact = np.isfinite(x) & np.isfinite(to_x)
    exact &= old["accuracy"].isin(PLACED).to_numpy() & new["accuracy"].isin(PLACED).to_numpy()
    away = np.full(len(old), np.nan)
    changed = np.flatnonzero(exact & ((x != to_x) | (y != to_y)))
    away[changed] = Geod(ellps="WGS84").inv(x[changed], y[changed], to_x[changed], to_y[changed])[2]
    far = np.nan_to_num(away) > moved_m
    elsewhere = ~exact & _differ(old["address"], new["address"])
    elsewhere &= _other_place(old, new)
    rows = np.flatnonzero(far | elsewhere)
    said = [_where(frame, rows) for frame in (old, new)]
    events = _events("moved", new.iloc[rows], said[0], said[1], how[rows])
    return events.assign(distance_m=np.where(far, np.round(away, 1), np.nan)[rows])


def _other_place(old: pd.DataFrame, new: pd.DataFrame) -> NDArray[np.bool_]:
    """Return where the committee, or else the street_town, is another one; ranks such as 街道 do not count."""
    answer = np.zeros(len(old), dtype=bool)
    for name in ("street_town_name", "committee_name"):
        spelt = {text: bare_place(text) for text in pd.concat([old[name], new[name]]).dropna().unique()}  # fmt: skip
        answer |= _differ(old[name].map(spelt), new[name].map(spelt))
    return answer


def _differ(left: pd.Series, right: pd.Series) -> NDArray[np.bool_]:
    """Return where both say something, and not the same."""
    both = left.notna().to_numpy() & right.notna().to_numpy()
    return np.asarray(both & (left.to_numpy(dtype=object) != right.to_numpy(dtype=object)))


def _where(frame: pd.DataFrame, rows: NDArray[np.int64]) -> pd.Series:
    part = frame.iloc[rows]
    return part["address"].fillna(part["committee_name"]).fillna(part["street_town_name"])


def _industries(
    old: pd.DataFrame, new: pd.DataFrame
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return section and division of both; where one knows its section only, of both the section."""
    divisions = [frame["industry_division"].to_numpy(dtype=object) for frame in (old, new)]
    finer = (divisions[0] != "") & (divisions[1] != "")
    said = [
        frame["industry"].to_numpy(dtype=object) + np.where(finer, division, "")
        for frame, division in zip((old, new), divisions, strict=True)
    ]
    return said[0], said[1]
