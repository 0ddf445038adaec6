"""What the book of premises says, laid over the premises of this year: found by id, else by name and nearness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geodata.layers.address_keys import name_key
from geodata.layers.ledger import Reason
from geodata.layers.premises import CONSENTS, SAME_WITHIN_M, alike
from geodata.layers.settled import Settled, ledger_of
from geodata.messages import mark

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers.ledger import Ledger
    from geodata.provenance import Read

ALL_TIERS: Final = "all"
"""A veto for every tier."""
MADE: Final = ("carrier:", "enterprise:", "unit:")
"""Beginnings of the ids of premises the program suggests itself; they are looked for when it has."""
SAID: Final = (
    "available_from",
    "lease_end",
    "rent_yuan_month",
    "owner",
    "floor_area_m2",
    "ground_floor",
)
"""Columns in which the book counts more than a list."""

NO_PREMISES: Final = Reason(
    mark("no premises of this year have this id, or this name within 60 m; nothing was changed"),
    mark("correct the id, name or coordinates, or delete the row when the premises are gone"),
)
SAID_TWICE: Final = Reason(
    mark("the same premises stand in another row of the book, said later; that row counts"),
    mark("delete one of the two rows"),
)
OTHERWISE: Final = Reason(
    mark("the list of premises says otherwise; the book counts"),
    mark("correct the list, or clear the cell of the book"),
)
REFUSED_IN_LIST: Final = Reason(
    mark("the list of premises says refused; a refusal holds"),
    mark("correct the list when the owner has agreed since"),
)


def found_in(book: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return for each row of the book the row of the premises it means, -1 for none.

    The id decides, unless name and place both tell of other premises: lists are numbered anew. Else the nearest premises
    of like name within `SAME_WITHIN_M` do.

    Parameters
    ----------
    book
        ``site_id``, ``name``, and points where known, in the CRS of the premises.
    sites
        ``site_id``, ``name`` and points.
    """
    place = {name: row for row, name in enumerate(sites["site_id"].tolist())}
    names = [name_key(name) for name in sites["name"]]
    spots = np.column_stack([sites.geometry.x, sites.geometry.y]).reshape(-1, 2)
    tree = cKDTree(spots) if len(spots) else None
    found = np.full(len(book), -1, dtype=np.int64)
    points = book.geometry.array
    has_point = ~book.geometry.isna().to_numpy()
    table = zip(book["site_id"].tolist(), book["name"].tolist(), strict=True)
    for row, (site_id, name) in enumerate(table):
        key = name_key(name)
        spot = (points[row].x, points[row].y) if has_point[row] else None
        at = place.get(site_id, -1)
        if at >= 0 and not _another(key, names[at], spot, spots[at]):
            found[row] = at
        elif key and spot is not None and tree is not None:
            near = [k for k in tree.query_ball_point(spot, SAME_WITHIN_M) if alike(key, names[k])]
            away = np.hypot(*(spots[near] - spot).T) if near else np.empty(0)
            ranked = sorted(zip(away.tolist(), near, strict=True))
            found[row] = ranked[0][1] if ranked else -1
    return found


def _another(
    key: str, name: str, spot: tuple[float, float] | None, place: NDArray[np.float64]
) -> bool:
    """Return whether a row of the book tells by name and place of other premises than those of its id."""
    far = spot is not None and float(np.hypot(*(place - spot))) > SAME_WITHIN_M
    return far and bool(key) and not alike(key, name)


def with_book(
    sites: gpd.GeoDataFrame, book: gpd.GeoDataFrame, found: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    """Return the premises with what the book says of those that were found.

    Filled cells of the book win over the list; of two states of consent the stronger holds (refused, signed, open).
    """
    rows = np.flatnonzero(found >= 0)
    said = book.iloc[rows].set_axis(found[rows])
    said = said[~said.index.duplicated(keep="last")].reindex(range(len(sites)))
    said = said.set_axis(sites.index)
    changed = {}
    for name in SAID:
        if name in sites:
            changed[name] = (
                said[name].where(said[name].notna(), sites[name]).astype(sites[name].dtype)
            )
    strength = {name: k for k, name in enumerate(CONSENTS)}
    stated = said["consent"].map(strength).fillna(0).to_numpy(float)
    strongest = np.maximum(stated, sites["consent"].map(strength).to_numpy(float)).astype(int)
    consent = pd.Series([CONSENTS[k] for k in strongest], dtype="str", index=sites.index)
    return sites.assign(**changed, consent=consent)


def apply_book(
    sites: gpd.GeoDataFrame, read: Read, crs: str
) -> tuple[gpd.GeoDataFrame, Settled, gpd.GeoDataFrame]:
    """Lay the book over this year's premises.

    Parameters
    ----------
    sites
        All premises of lists and road file, in the working CRS.
    read
        The book, EPSG:4326.
    crs
        Working CRS.

    Returns
    -------
    tuple
        The premises; the book's account, in which a row that no premises answer to is refused with its reason; and all
        rows of the book with ``site_id`` as this year has it and ``found``: a row that is not found is kept for the next
        book, and one of a suggestion of the program's (`MADE`) waits for it.
    """
    book = read.frame.to_crs(crs)
    ledger = ledger_of(read)
    waiting = book["site_id"].str.startswith(MADE).to_numpy(bool)
    found = np.where(waiting, -1, found_in(book, sites))
    ledger.reject((found < 0) & ~waiting, "site_id", _label(book), NO_PREMISES)
    twice = _said_twice(book, found)
    ledger.reject(twice, "site_id", _label(book), SAID_TWICE)
    found = np.where(twice, -1, found)
    _compare(book, sites, found, ledger)
    ids = sites["site_id"].to_numpy(dtype=object)
    named = np.where(found >= 0, ids[found] if len(ids) else "", book["site_id"])
    whole = book.assign(site_id=pd.Series(named, dtype="str"), found=found >= 0)[~twice]
    return with_book(sites, book, found), Settled(read, book, ledger), whole.reset_index(drop=True)


def _label(book: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.asarray((book["site_id"] + " " + book["name"]).str.strip(), dtype=object)


def _said_twice(book: gpd.GeoDataFrame, found: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the rows whose premises another row tells of later: by its day, else by its place in the book."""
    day = book["said_on"].fillna(pd.Timestamp("1900-01-01")).to_numpy()
    order = np.lexsort((np.arange(len(book)), day))
    last = {int(found[row]): row for row in order.tolist()}
    return np.array([one >= 0 and last[one] != row for row, one in enumerate(found.tolist())], bool)


def _compare(
    book: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, found: NDArray[np.int64], ledger: Ledger
) -> None:
    """Note where the book and a list disagree."""
    known = found >= 0
    if not known.any():
        return
    of_list = sites.iloc[np.where(known, found, 0)].reset_index(drop=True)
    for name in SAID:
        both = known & book[name].notna().to_numpy() & of_list[name].notna().to_numpy()
        unlike = both & (book[name] != of_list[name]).fillna(value=False).to_numpy(bool)
        ledger.repair(unlike, name, of_list[name].astype(str).to_numpy(), OTHERWISE)
    lifted = known & (of_list["consent"] == "refused").to_numpy()
    lifted &= (book["consent"] == "signed").fillna(value=False).to_numpy(bool)
    ledger.repair(lifted, "consent", "signed", REFUSED_IN_LIST)
