"""Union organisations of two plans: which keep their federation, switch, begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.messages import mark

if TYPE_CHECKING:
    from planner.plan import Plan

STATES = {
    "kept": mark("kept"),
    "switched": mark("switched"),
    "new": mark("new"),
    "ended": mark("ended"),
}
"""What becomes of an organisation, in words."""


def organisation_changes(before: Plan, after: Plan, matched: pd.Series) -> pd.DataFrame:
    """Return one row per organisation of either plan.

    An organisation keeps its federation where its later district carries its earlier one on.

    Parameters
    ----------
    before, after
        The two plans.
    matched
        Earlier district that each later one carries on, see `planner.difference.districts.match_districts`.

    Returns
    -------
    pandas.DataFrame
        ``organisation_id``, ``name``, ``state`` (a key of `STATES`), ``district_before``, ``district_after``,
        ``workers_before``, ``workers_after``; sorted by id; absent values where a plan does not hold the organisation.
    """
    old, new = _table(before), _table(after)
    rows = old.add_suffix("_before").join(new.add_suffix("_after"), how="outer").sort_index()
    carried = rows["district_after"].map(matched)
    state = np.select(
        [
            rows["district_before"].isna(),
            rows["district_after"].isna(),
            (carried == rows["district_before"]).to_numpy(bool),
        ],
        ["new", "ended", "kept"],
        default="switched",
    )
    rows["state"] = state
    rows["name"] = rows["name_after"].fillna(rows["name_before"])
    columns = ["name", "state", "district_before", "district_after"]
    columns += ["workers_before", "workers_after"]
    return rows[columns].rename_axis("organisation_id").reset_index()


def _table(plan: Plan) -> pd.DataFrame:
    organisations = plan.layers["organisations"].set_index("organisation_id")[["name", "workers"]]
    districts = plan.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    return pd.DataFrame(organisations).assign(district=districts.reindex(organisations.index))
