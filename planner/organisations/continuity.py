"""Last year's organisations found again in this year's, so that they keep their id and their name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from planner.organisations.formed import Organisations


@dataclass(frozen=True, eq=False)
class Previous:
    """Organisations of an earlier plan.

    Parameters
    ----------
    organisations
        ``organisation_id``, ``name``, ``kind``.
    membership
        ``enterprise_id``, ``organisation_id``.
    """

    organisations: pd.DataFrame
    membership: pd.DataFrame


def carry_on(formed: Organisations, previous: Previous) -> Organisations:
    """Give organisations the ids of the earlier ones they carry on.

    An organisation carries on the earlier one of its kind with which it shares most enterprises, each earlier one at
    most once; larger shares are settled first, ties by id, which is not the matching of largest sum but needs no more
    memory than the pairs there are. A joint union that carries on keeps its name too. The others keep the ids they
    were formed with, and never take one that an earlier organisation had.

    Parameters
    ----------
    formed
        This year's organisations.
    previous
        Last year's.

    Returns
    -------
    Organisations
        The same organisations and members under the ids that carry on, sorted by id.
    """
    earlier = previous.organisations.set_index("organisation_id")
    matched = _matched(formed, previous, earlier)
    old_ids = formed.organisations["organisation_id"]
    fresh = old_ids[~old_ids.isin(matched.index)]
    taken = set(earlier.index)
    renamed = {**matched.to_dict(), **{name: _unused(name, taken) for name in fresh}}
    organisations = formed.organisations.copy()
    organisations["organisation_id"] = old_ids.map(renamed).astype("str")
    keeps = (organisations["kind"] == "joint") & old_ids.isin(matched.index)
    names = organisations["organisation_id"].map(earlier["name"])
    organisations["name"] = organisations["name"].where(~keeps, names).astype("str")
    return replace(
        formed,
        organisations=organisations.sort_values("organisation_id").reset_index(drop=True),
        membership=_under(formed.membership, renamed),
        marks=_under(formed.marks, renamed)
        .sort_values(["organisation_id", "mark"])
        .reset_index(drop=True),
    )


def _matched(formed: Organisations, previous: Previous, earlier: pd.DataFrame) -> pd.Series:
    """Return the earlier id of each organisation that carries one on, indexed by its present id."""
    members = formed.membership[["enterprise_id", "organisation_id"]]
    pairs = members.merge(
        previous.membership[["enterprise_id", "organisation_id"]],
        on="enterprise_id",
        suffixes=("", "_before"),
    )
    shared = pairs.groupby(["organisation_id", "organisation_id_before"]).size()
    table = shared.rename("shared").reset_index()
    kind = formed.organisations.set_index("organisation_id")["kind"]
    same = table["organisation_id"].map(kind) == table["organisation_id_before"].map(
        earlier["kind"]
    )
    order = table[same].sort_values(
        ["shared", "organisation_id_before", "organisation_id"], ascending=[False, True, True]
    )
    used_now: set[str] = set()
    used_before: set[str] = set()
    found: dict[str, str] = {}
    for now, before in zip(order["organisation_id"], order["organisation_id_before"], strict=True):
        if now not in used_now and before not in used_before:
            used_now.add(now)
            used_before.add(before)
            found[now] = before
    return pd.Series(found, dtype=object)


def _unused(name: str, taken: set[str]) -> str:
    """Return ``name``, or ``name`` with the first number that makes it new."""
    if name not in taken:
        return name
    number = next(n for n in range(2, len(taken) + 3) if f"{name}-{n}" not in taken)
    return f"{name}-{number}"


def _under(table: pd.DataFrame, renamed: dict[str, str]) -> pd.DataFrame:
    ids = table["organisation_id"].map(renamed)
    return table.assign(organisation_id=np.asarray(ids, dtype=object)).astype(
        {"organisation_id": "str"}
    )
