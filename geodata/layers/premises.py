"""Premises of several lists and of the road file as one layer: the same place once, the earlier list before the later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geodata.layers.address_keys import name_key
from geodata.layers.ledger import Reason
from geodata.layers.parents import containing
from geodata.layers.schemas import COLUMNS, SCORES
from geodata.layers.settled import Settled, ledger_of
from geodata.messages import mark
from geodata.provenance import Read

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.provenance import SourceRecord

SAME_WITHIN_M: Final = 60.0
"""Premises of like name within this distance are the same."""

IN_EARLIER_LIST: Final = Reason(
    mark("the same premises stand in an earlier list, which was filled up from this row"),
    mark("delete the row from one of the lists"),
)
LISTED: Final = mark("already among the premises")
OUT_OF_CITY: Final = mark("outside the city")

KINDS: Final = {
    **dict.fromkeys(COLUMNS["sites"][:-1], "str"),
    **dict.fromkeys(
        ("floor_area_m2", "rent_yuan_month", "seats", "ebike_parking", *SCORES), "float64"
    ),
    **dict.fromkeys(("ground_floor", "open_access", "certificate", "account"), "boolean"),
    **dict.fromkeys(("available_from", "lease_end"), "datetime64[s]"),
}
"""Column of the layer ``sites`` -> dtype."""

_OWN: Final = ("site_id", "name", "kind", "consent", "accuracy")
_FILLED: Final = tuple(name for name in KINDS if name not in _OWN)
CONSENTS: Final = ("open", "signed", "refused")


def no_premises(crs: str) -> gpd.GeoDataFrame:
    """Return the layer ``sites`` without a row."""
    import geopandas as gpd

    columns = {name: pd.Series(dtype=kind) for name, kind in KINDS.items()}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs), crs=crs)


def merged_lists(lists: Sequence[Settled]) -> tuple[gpd.GeoDataFrame, list[Settled]]:
    """Return the premises of all lists as one frame, and the lists after the merge.

    A row of a later list is the same premises as one of an earlier list when the names are alike and both lie within
    `SAME_WITHIN_M`; it is refused with its reason, and what the earlier row leaves open is taken from it. A refusal in
    any list holds.

    Parameters
    ----------
    lists
        Premises in the working CRS, the list that wins first.
    """
    frame = _bare(lists[0].frame)
    settled = [lists[0]]
    for one in lists[1:]:
        twin = _twins(frame, one.frame)
        read = Read(one.frame, _record(one), one.rejected, one.repaired)
        ledger = ledger_of(read)
        ids = one.frame["site_id"].to_numpy(dtype=object)
        ledger.reject(twin >= 0, "name", one.frame["name"].to_numpy(), IN_EARLIER_LIST)
        frame = _filled(frame, one.frame, twin)
        fresh = _bare(one.frame[twin < 0])
        fresh = fresh.assign(site_id=_free_ids(ids[twin < 0], frame["site_id"]))
        frame = pd.concat([frame, fresh], ignore_index=True)
        settled.append(Settled(read, one.frame, ledger))
        settled[-1].misplaced = one.misplaced
    return frame, settled


def with_road_premises(
    frame: gpd.GeoDataFrame, read: Read, street_towns: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, Read]:
    """Add premises of the road file that no list has.

    Parameters
    ----------
    frame
        Listed premises in the working CRS; may be empty.
    read
        Premises of the road file, EPSG:4326.
    street_towns
        The city; a road file reaches beyond it.

    Returns
    -------
    tuple
        The whole, and the road file's premises with what was left out counted in the record as ignored.
    """
    places = read.frame.to_crs(street_towns.crs)
    points = np.asarray(places.geometry.array, dtype=object)
    inside = containing(points, np.asarray(street_towns.geometry.array, dtype=object)) >= 0
    places = places[inside].reset_index(drop=True)
    new = _twins(frame, places) < 0
    fresh = places[new].reset_index(drop=True)
    # A school drawn as an outline and set as a point as well is one school.
    fresh = fresh[~_repeated(fresh)].reset_index(drop=True)
    ignored = dict(read.record.ignored)
    counts = {OUT_OF_CITY: int((~inside).sum()), LISTED: len(places) - len(fresh)}
    ignored |= {reason: count for reason, count in counts.items() if count}
    record = replace(read.record, kept=len(fresh), ignored=ignored)
    whole = pd.concat([frame, _bare(fresh)], ignore_index=True) if len(frame) else _bare(fresh)
    return whole, Read(fresh, record, read.rejected, read.repaired)


def alike(name: str, other: str) -> bool:
    """Return whether two names, as `name_key` makes them, may mean the same premises.

    Examples
    --------
    >>> alike("工商银行", "中国工商银行"), alike("甲大厦", "乙大厦"), alike("店", "便利店")
    (True, False, False)
    """
    short, long = sorted((name, other), key=len)
    return name == other or (len(short) >= 3 and short in long)


def _record(one: Settled) -> SourceRecord:
    if one.record is None:
        message = "a list of premises has a record"
        raise ValueError(message)
    return one.record


def _bare(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame[list(COLUMNS["sites"])].reset_index(drop=True)


def _pairs(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame) -> list[tuple[int, int]]:
    """Return rows of both that are the same premises: same name, or like names of the same kind, close together."""
    if first.empty or second.empty:
        return []
    trees = [cKDTree(np.column_stack([one.geometry.x, one.geometry.y])) for one in (first, second)]
    near = trees[1].query_ball_tree(trees[0], SAME_WITHIN_M)
    names = [[name_key(name) for name in one["name"]] for one in (first, second)]
    kinds = [one["kind"].tolist() for one in (first, second)]
    found = []
    for row, others in enumerate(near):
        for other in sorted(others):
            name, old = names[1][row], names[0][other]
            same_kind = kinds[1][row] == kinds[0][other]
            if name and (name == old or (same_kind and alike(name, old))):
                found.append((row, other))
    return found


def _twins(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return for each row of ``second`` the nearest row of ``first`` that is the same premises, -1 for none."""
    twin = np.full(len(second), -1, dtype=np.int64)
    best = np.full(len(second), np.inf)
    for row, other in _pairs(first, second):
        far = second.geometry.iloc[row].distance(first.geometry.iloc[other])
        if far < best[row]:
            twin[row], best[row] = other, far
    return twin


def _repeated(places: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return the rows that are the same premises as an earlier row."""
    again = np.zeros(len(places), dtype=bool)
    for row, other in _pairs(places, places):
        again[row] |= other < row and not again[other]
    return again


def _filled(
    frame: gpd.GeoDataFrame, later: gpd.GeoDataFrame, twin: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    """Return the earlier rows with what they leave open taken from their twins, and the stronger consent."""
    rows = np.flatnonzero(twin >= 0)
    if not len(rows):
        return frame
    donor = later.iloc[rows].set_axis(twin[rows])
    donor = donor[~donor.index.duplicated()].reindex(frame.index)
    filled = {name: frame[name].where(frame[name].notna(), donor[name]) for name in _FILLED}
    filled = {name: column.astype(frame[name].dtype) for name, column in filled.items()}
    strength = {name: k for k, name in enumerate(CONSENTS)}
    said = later["consent"].iloc[rows].map(strength).groupby(twin[rows]).max()
    own = frame["consent"].map(strength)
    strongest = np.maximum(own, said.reindex(frame.index).fillna(0)).astype(int)
    consent = pd.Series([CONSENTS[k] for k in strongest], dtype="str", index=frame.index)
    return frame.assign(**filled, consent=consent)


def _free_ids(ids: NDArray[np.object_], taken: pd.Series) -> pd.Series:
    """Return ids that no earlier list uses: one that is taken gets ``-2``, ``-3``, ... added."""
    used = set(taken)
    free = []
    for name in ids:
        number, candidate = 2, str(name)
        while candidate in used:
            candidate, number = f"{name}-{number}", number + 1
        used.add(candidate)
        free.append(candidate)
    return pd.Series(free, dtype="str")
