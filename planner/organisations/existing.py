"""Unions that exist today, taken as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.organisations.rules import OrganisationRules

_JOINT_WORDS: Final = r"联合工会|联合基层|楼宇工会|园区工会|商圈工会|街区工会|joint|federated"
_NOISE: Final = r"[\s,，.。·・\-—_()（）\[\]【】\"'“”]+"


@dataclass(frozen=True, eq=False)
class ExistingUnions:
    """Today's unions.

    Parameters
    ----------
    of
        int64, shape (enterprises,): union of each enterprise, -1 for none.
    joint
        bool, shape (unions,).
    name
        object, shape (unions,); None where the register names none.
    """

    of: NDArray[np.int64]
    joint: NDArray[np.bool_]
    name: NDArray[np.object_]


def existing_unions(enterprises: pd.DataFrame, rules: OrganisationRules) -> ExistingUnions:
    """Read today's unions from ``unionised`` and ``union_name``.

    Enterprises of one street_town with the same union name share that union; the name alone would join the
    like-named unions of two street_towns. A union is a joint one when it covers several enterprises or its name says so.
    A unionised enterprise without a union's name has one of its own when it reaches the threshold; a smaller one
    is left to the joint unions, where it surely is.
    """
    unionised = enterprises["unionised"].to_numpy(bool)
    spelled = enterprises["union_name"].astype("str").str.normalize("NFKC").str.lower()
    key = spelled.str.replace(_NOISE, "", regex=True)
    named = unionised & (key.notna() & (key.str.len() > 0)).to_numpy(bool)
    size = enterprises[rules.threshold_basis].to_numpy(np.int64)
    alone = unionised & ~named & (size >= rules.own_union_threshold)
    of = np.full(len(enterprises), -1, dtype=np.int64)
    rows = np.flatnonzero(named | alone)
    label = pd.DataFrame(
        {
            "town": enterprises["street_town_id"].to_numpy(dtype=object)[rows],
            "key": key.to_numpy(dtype=object)[rows],
            "row": np.where(alone[rows], rows, -1),
        }
    )
    label.loc[label["row"] >= 0, "key"] = ""
    code = label.groupby(["town", "key", "row"], sort=False, dropna=False).ngroup().to_numpy()
    # sort=False numbers groups by first appearance, which is by smallest enterprise_id
    of[rows] = code
    head = rows[np.unique(code, return_index=True)[1]]
    name = enterprises["union_name"].to_numpy(dtype=object)[head]
    name[alone[head]] = None
    count = np.bincount(code, minlength=len(head))
    says = pd.Series(name, dtype="str").str.contains(_JOINT_WORDS, case=False, na=False)
    return ExistingUnions(of=of, joint=(count > 1) | says.to_numpy(bool), name=name)
