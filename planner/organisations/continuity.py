"""Last year's organisations and carriers found again in this year's, so that they keep their id and their name."""

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
        ``organisation_id``, ``name``, ``kind``, ``carrier_id``.
    membership
        ``enterprise_id``, ``organisation_id``, ``reason``.
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
        The same organisations and members under the ids that carry on, sorted by id; carriers likewise, found again by
        the enterprises of their organisations.
    """
    formed = _carry_carriers(formed, previous)
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


def _carry_carriers(formed: Organisations, previous: Previous) -> Organisations:
    """Give carriers the id of the earlier one of their kind with which they share most enterprises."""
    if "carrier_id" not in previous.organisations:
        return formed
    pairs = _inside(formed.organisations, formed.membership).merge(
        _inside(previous.organisations, previous.membership),
        on="enterprise_id",
        suffixes=("", "_before"),
    )
    kinds = [pairs[name].str.split("-").str[0] for name in ("carrier_id", "carrier_id_before")]
    shared = pairs[(kinds[0] == kinds[1]).to_numpy(bool)]
    matched = _one_to_one(shared.groupby(["carrier_id", "carrier_id_before"]).size())
    taken = set(previous.organisations["carrier_id"].dropna())
    ids = formed.carriers["carrier_id"]
    renamed = {one: matched.get(one) or _unused(one, taken) for one in ids}
    carriers = formed.carriers.assign(carrier_id=ids.map(renamed).astype("str"))
    organisations = formed.organisations.copy()
    organisations["carrier_id"] = organisations["carrier_id"].map(renamed).astype("str")
    return replace(
        formed,
        organisations=organisations,
        carriers=carriers.sort_values("carrier_id").reset_index(drop=True),
    )


def _inside(organisations: pd.DataFrame, membership: pd.DataFrame) -> pd.DataFrame:
    """Return the carrier of each organised enterprise that has one."""
    carrier = organisations.set_index("organisation_id")["carrier_id"]
    rows = membership[["enterprise_id"]].assign(
        carrier_id=membership["organisation_id"].map(carrier)
    )
    return rows.dropna()


def _one_to_one(shared: pd.Series) -> dict[str, str]:
    """Match what is now with what was before, the largest shares first; ties by id."""
    table = shared.rename("shared").rename_axis(["now", "before"]).reset_index()
    order = table.sort_values(["shared", "before", "now"], ascending=[False, True, True])
    used: set[str] = set()
    found: dict[str, str] = {}
    for now, before in zip(order["now"], order["before"], strict=True):
        if now not in found and before not in used:
            used.add(before)
            found[now] = before
    return found


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
    counts = table[same].set_index(["organisation_id", "organisation_id_before"])["shared"]
    return pd.Series(_one_to_one(counts), dtype=object)


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
