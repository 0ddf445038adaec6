"""Which row of one register is which row of another: by code, then by name and address, then by a name only one has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEPARATOR = "\x1f"


def match_rows(
    before: pd.DataFrame, after: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.object_]]:
    """Pair the rows of two snapshots.

    A row with a checked code of its own is its code. The others (branches, rows whose code was wrong) are paired by name and
    address, then by a name that one row in each has left. An enterprise without a code that changed its name is not
    recognised: it closes under the old name and opens under the new.

    Parameters
    ----------
    before, after
        Snapshots with ``enterprise_id``, ``uscc``, ``name``, ``address``.

    Returns
    -------
    tuple
        Row in ``before``, row in ``after``, and ``code``, ``name_and_address`` or ``name`` for each pair, by the first.
    """
    left, right = np.arange(len(before)), np.arange(len(after))
    pairs: list[tuple[NDArray[np.int64], NDArray[np.int64], str]] = []
    for how, keys in (("code", _codes), ("name_and_address", _name_and_address), ("name", _names)):
        a, b = _unique_pairs(keys(before, left), keys(after, right))
        if how != "code":
            # Two codes are two legal persons, whatever they are called.
            two = (_codes(before, left[a]).notna() & _codes(after, right[b]).notna()).to_numpy()
            a, b = a[~two], b[~two]
        pairs.append((left[a], right[b], how))
        left, right = np.delete(left, a), np.delete(right, b)
    first = np.concatenate([one for one, _other, _how in pairs]).astype(np.int64)
    second = np.concatenate([other for _one, other, _how in pairs]).astype(np.int64)
    told = np.concatenate([np.full(len(one), name, dtype=object) for one, _other, name in pairs])
    order = np.argsort(first, kind="stable")
    return first[order], second[order], told[order]


def _codes(frame: pd.DataFrame, rows: NDArray[np.int64]) -> pd.Series:
    part = frame.iloc[rows]
    own = part["uscc"].notna() & (part["uscc"] == part["enterprise_id"])
    return part["enterprise_id"].where(own).reset_index(drop=True)


def _name_and_address(frame: pd.DataFrame, rows: NDArray[np.int64]) -> pd.Series:
    part = frame.iloc[rows]
    whole = part["name"] + SEPARATOR + part["address"]
    return whole.reset_index(drop=True)


def _names(frame: pd.DataFrame, rows: NDArray[np.int64]) -> pd.Series:
    return frame["name"].iloc[rows].reset_index(drop=True)


def _unique_pairs(left: pd.Series, right: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return positions of keys that each side has exactly once."""
    a = left[left.notna() & ~left.duplicated(keep=False)]
    b = right[right.notna() & ~right.duplicated(keep=False)]
    place = pd.Index(b).get_indexer(pd.Index(a))
    found = place >= 0
    return a.index.to_numpy()[found], b.index.to_numpy()[place[found]]
