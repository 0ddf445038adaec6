"""Which enterprises belong in organisations at all, and which of them at a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.organisations.rules import OrganisationRules


def scope_reasons(enterprises: pd.DataFrame, rules: OrganisationRules) -> NDArray[np.object_]:
    """Return why each enterprise is in no area organisation, "" for those that belong in one.

    The first that holds counts: ownership and entity test of the register (``in_scope``), jurisdiction, the settings on
    self-employed firms and entities.
    """
    reason = np.full(len(enterprises), "", dtype=object)
    tests = (
        ("out_of_scope", ~enterprises["in_scope"].to_numpy(bool)),
        ("bureau", (enterprises["jurisdiction"] == "bureau").to_numpy(bool)),
        (
            "self_employed",
            (enterprises["ownership"] == "self_employed").to_numpy(bool)
            & (not rules.count_self_employed),
        ),
        ("no_entity", (enterprises["workers"] < rules.entity_workers_least).to_numpy(bool)),
    )
    for code, hit in tests:
        reason[hit & (reason == "")] = code
    return reason


def organised_at(enterprises: pd.DataFrame, rules: OrganisationRules) -> NDArray[np.bool_]:
    """Tell which enterprises in scope are organised at the level of ``rules``.

    ``today``: those with a union. ``full``: all. ``at_85``: those with a union and, in every street_town that has fewer
    than ``formation_share`` of its enterprises organised, the largest others until the share is met (一(三): the list
    that closes the gap, largest first; ties by id).
    """
    unionised = enterprises["unionised"].to_numpy(bool)
    if rules.level == "full":
        return np.ones(len(enterprises), dtype=bool)
    if rules.level == "today":
        return unionised
    size = enterprises["workers"].to_numpy(np.int64)
    order = np.lexsort((np.arange(len(size)), -size, ~unionised))
    town = enterprises["street_town_id"].to_numpy(dtype=object)
    rank = np.empty(len(size), dtype=np.int64)
    rank[order] = pd.Series(town[order]).groupby(town[order], sort=False).cumcount().to_numpy()
    total = enterprises.groupby("street_town_id")["workers"].transform("size").to_numpy(np.int64)
    # the small number keeps 0.85 x 20 = 17.000000000000004 from asking for 18
    needed = np.ceil(total * rules.formation_share - 1e-9).astype(np.int64)
    return unionised | (rank < needed)
