"""Answers of the optimisers written as the tables of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.districting import Districting, DistrictingProblem


def district_tables(
    problem: DistrictingProblem,
    districting: Districting,
    ids: Sequence[str],
    names: Sequence[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables ``districts`` and ``unit_district``.

    Parameters
    ----------
    problem, districting
        What was drawn.
    ids, names
        Id and name of each district, by its label.
    """
    frame = pd.DataFrame(
        {
            "unit_id": problem.unit_ids,
            "label": districting.labels,
            "street_town_id": problem.street_town_ids[problem.street_town],
            "organisations": problem.measures[:, 0],
            "workers": problem.measures[:, 1],
        }
    )
    districts = (
        frame.groupby("label", sort=True)
        .agg(
            street_town_id=("street_town_id", "min"),
            organisations=("organisations", "sum"),
            workers=("workers", "sum"),
            units=("unit_id", "size"),
        )
        .reset_index()
    )
    districts["district_id"] = [ids[label] for label in districts["label"]]
    districts["name"] = [names[label] for label in districts["label"]]
    unit_district = pd.DataFrame(
        {"unit_id": frame["unit_id"], "district_id": [ids[one] for one in frame["label"]]}
    )
    columns = ["district_id", "street_town_id", "name", "organisations", "workers", "units"]
    return districts[columns].sort_values("district_id").reset_index(
        drop=True
    ), unit_district.sort_values("unit_id").reset_index(drop=True)


def facility_rows(tier: str, chosen: pd.DataFrame, parents: pd.Series) -> pd.DataFrame:
    """Return the rows of table ``facilities`` for one tier.

    Parameters
    ----------
    tier
        Name of the tier.
    chosen
        Open candidates: ``site_id``, ``district_id``, ``compulsory``, ``existing``, ``reason``.
    parents
        Parent facility per ``site_id``; absent for none.
    """
    reason = chosen["reason"].where(
        chosen["reason"] != "", np.where(chosen["existing"], "existing", "coverage")
    )
    rows = pd.DataFrame(
        {
            "facility_id": tier + ":" + chosen["site_id"].astype(str),
            "tier": tier,
            "site_id": chosen["site_id"].astype(str),
            "district_id": chosen["district_id"].astype(str),
            "parent_facility_id": parents.reindex(chosen["site_id"]).astype(object).to_numpy(),
            "compulsory": chosen["compulsory"].to_numpy(bool),
            "existing": chosen["existing"].to_numpy(bool),
            "reason": reason.to_numpy(),
        }
    )
    rows["parent_facility_id"] = rows["parent_facility_id"].where(
        rows["parent_facility_id"].notna(), None
    )
    return rows.sort_values("facility_id").reset_index(drop=True)
