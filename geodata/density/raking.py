"""Raking: a density scaled to census totals by street_town and borough, with the factors reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from geodata.layers.parents import bare_place

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS: Final = (
    "level", "area_id", "name", "before", "total", "factor", "non_public_share", "after", "status",
)  # fmt: skip
STATUSES: Final = ("scaled", "nobody_to_scale", "no_total", "unknown_area", "exceeded")


def rake(
    workers: NDArray[np.float64],
    town_of: NDArray[np.object_],
    street_towns: pd.DataFrame,
    boroughs: pd.DataFrame,
    census: pd.DataFrame,
    *,
    non_public_share: float = 1.0,
) -> tuple[NDArray[np.float64], pd.DataFrame]:
    """Scale a density so that it sums to the census, street_town by street_town, then borough by borough.

    A street_town with a total of its own is scaled to it. The others of a borough share what its total leaves over, in
    proportion to their density. An area without a total keeps its density. Then the share of non-public workers is
    taken: the area's own where the census gives one, else its borough's, else ``non_public_share``.

    Parameters
    ----------
    workers
        float64, shape (places,).
    town_of
        ``street_town_id`` of each place.
    street_towns
        ``street_town_id``, ``name``, ``borough_id``.
    boroughs
        ``borough_id``, ``name``.
    census
        ``borough_name``, ``street_town_name`` (absent: the borough's total), ``workers``, ``non_public_share``. Several rows
        of one area are added up.
    non_public_share
        Share of workers in non-public enterprises where the census gives none, 0-1.

    Returns
    -------
    tuple
        Scaled workers, and the factors: :data:`COLUMNS`, one row per street_town, borough with a total, and census row
        that names no area of the city. ``status``: ``scaled``; ``nobody_to_scale`` (a total, and nobody there);
        ``no_total`` (factor 1); ``unknown_area``; ``exceeded`` (the street_towns' totals are more than the borough's).

    Notes
    -----
    Where the levels form a tree, iterative proportional fitting ends after this one pass from the leaves up.
    """
    areas = _targets(street_towns, boroughs, census)
    place = pd.Index(street_towns["street_town_id"]).get_indexer(pd.Index(town_of))
    inside = place >= 0
    before = np.bincount(place[inside], workers[inside], len(street_towns))
    own = areas.towns["workers"].to_numpy(np.float64)
    total = own.copy()
    status = np.where(np.isnan(own), "no_total", np.where(before > 0, "scaled", "nobody_to_scale"))
    status = status.astype(object)
    rows = []
    borough_of = street_towns["borough_id"].to_numpy(dtype=object)
    for borough_id, name, whole, share in areas.boroughs.itertuples(index=False):
        if np.isnan(whole):
            continue
        mine = borough_of == borough_id
        open_ = mine & np.isnan(own)
        left = whole - np.nansum(own[mine])
        base = before[open_].sum()
        said = "scaled" if base > 0 or abs(left) < 0.5 else "nobody_to_scale"
        factor = max(left, 0.0) / base if base > 0 else np.nan
        if left < 0:
            said = "exceeded"
        if base > 0:
            total[open_] = before[open_] * factor
            status[open_] = "scaled"
        rows.append(("borough", borough_id, name, before[mine].sum(), whole, factor, share, np.nan, said))  # fmt: skip
    factor = np.divide(total, before, out=np.ones_like(before), where=(before > 0) & ~np.isnan(total))  # fmt: skip
    share = _shares(areas, borough_of, non_public_share)
    after = before * factor * share
    towns = [
        ("street_town", *row)
        for row in zip(
            street_towns["street_town_id"], street_towns["name"], before, total, factor, share, after, status,
            strict=True,
        )
    ]  # fmt: skip
    rows += [("census", "", name, np.nan, count, np.nan, np.nan, np.nan, "unknown_area") for name, count in areas.unknown]  # fmt: skip
    scaled = np.asarray(workers, dtype=np.float64).copy()
    scaled[inside] *= (factor * share)[place[inside]]
    return scaled, pd.DataFrame([*towns, *rows], columns=list(COLUMNS))


class _Areas:
    """Totals of the census by our areas."""

    def __init__(
        self, towns: pd.DataFrame, boroughs: pd.DataFrame, unknown: list[tuple[str, float]]
    ) -> None:
        self.towns = towns
        self.boroughs = boroughs
        self.unknown = unknown


def _targets(street_towns: pd.DataFrame, boroughs: pd.DataFrame, census: pd.DataFrame) -> _Areas:
    names = dict(zip(boroughs["borough_id"], boroughs["name"].map(bare_place), strict=True))
    keys = {bare_place(name): one for one, name in zip(boroughs["borough_id"], boroughs["name"], strict=True)}  # fmt: skip
    towns: dict[tuple[str, str], str] = {}
    alone: dict[str, list[str]] = {}
    for one, name, borough in street_towns[["street_town_id", "name", "borough_id"]].itertuples(index=False):  # fmt: skip
        towns[names.get(borough, ""), bare_place(name)] = one
        alone.setdefault(bare_place(name), []).append(one)
    found: dict[tuple[str, str], list[float]] = {}
    unknown = []
    row: Any
    for row in census.itertuples(index=False):
        borough, town = _text(row.borough_name), _text(row.street_town_name)
        if town:
            same = alone.get(town, [])
            hit = towns.get((borough, town)) if borough else same[0] if len(same) == 1 else None
            level = "town"
        else:
            hit, level = keys.get(borough), "borough"
        if hit is None:
            said = [str(one) for one in (row.borough_name, row.street_town_name) if isinstance(one, str)]  # fmt: skip
            unknown.append((" ".join(said), float(row.workers)))
            continue
        entry = found.setdefault((level, hit), [0.0, 0.0, 0.0])
        share = float(row.non_public_share)
        entry[0] += float(row.workers)
        if not np.isnan(share):
            entry[1] += float(row.workers) * share
            entry[2] += float(row.workers)
    return _Areas(
        _table(found, "town", street_towns["street_town_id"], street_towns["name"]),
        _table(found, "borough", boroughs["borough_id"], boroughs["name"]),
        unknown,
    )


def _text(name: object) -> str:
    return bare_place(name) if isinstance(name, str) else ""


def _table(
    found: dict[tuple[str, str], list[float]], level: str, ids: pd.Series, names: pd.Series
) -> pd.DataFrame:
    nothing = [np.nan, 0.0, 0.0]
    entries = [found.get((level, one), nothing) for one in ids]
    return pd.DataFrame(
        {
            "area_id": ids.to_numpy(),
            "name": names.to_numpy(),
            "workers": [entry[0] for entry in entries],
            "share": [entry[1] / entry[2] if entry[2] > 0 else np.nan for entry in entries],
        }
    )


def _shares(
    areas: _Areas, borough_of: NDArray[np.object_], non_public_share: float
) -> NDArray[np.float64]:
    of_borough = areas.boroughs.set_index("area_id")["share"].to_dict()
    inherited = np.array([of_borough.get(one, np.nan) for one in borough_of], dtype=np.float64)
    own = areas.towns["share"].to_numpy(np.float64)
    share = np.where(np.isnan(own), inherited, own)
    return np.where(np.isnan(share), non_public_share, share)
