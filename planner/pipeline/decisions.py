"""Answers of the optimisers written as the tables of a plan."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from planner.districting import Districting, DistrictingProblem

_DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """Write 1-99 in Chinese numerals and larger numbers in digits.

    Examples
    --------
    >>> [chinese_number(n) for n in (3, 10, 12, 20, 47, 100)]
    ['三', '十', '十二', '二十', '四十七', '100']
    """
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def district_tables(
    problem: DistrictingProblem,
    districting: Districting,
    street_towns: gpd.GeoDataFrame,
    ids: Sequence[str] | None = None,
    given: Sequence[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables ``districts`` and ``unit_district``.

    A district is called after its street_town and counted from one there, in the order of its smallest unit id.

    Parameters
    ----------
    problem, districting, street_towns
        What was drawn, and where.
    ids
        Id of each district where last year's are carried on; None: counted as said.
    given
        Name of each district, "" for one that gets the next free number.
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
    grouped = frame.groupby("label", sort=True)
    districts = grouped.agg(
        street_town_id=("street_town_id", "min"),
        first_unit=("unit_id", "min"),
        organisations=("organisations", "sum"),
        workers=("workers", "sum"),
        units=("unit_id", "size"),
    ).reset_index()
    districts = districts.sort_values(["street_town_id", "first_unit"])
    number = districts.groupby("street_town_id").cumcount() + 1
    names = street_towns.set_index("street_town_id")["name"].reindex(districts["street_town_id"])
    label = districts["label"].to_numpy()
    districts["district_id"] = (
        [f"{town}-d{n:02d}" for town, n in zip(districts["street_town_id"], number, strict=True)]
        if ids is None
        else [ids[one] for one in label]
    )
    kept = [""] * len(label) if given is None else [given[one] for one in label]
    districts["name"] = _district_names(kept, [str(name) for name in names], number.tolist())
    id_of = districts.set_index("label")["district_id"]
    unit_district = pd.DataFrame(
        {"unit_id": frame["unit_id"], "district_id": frame["label"].map(id_of)}
    )
    columns = ["district_id", "street_town_id", "name", "organisations", "workers", "units"]
    return districts[columns].sort_values("district_id").reset_index(
        drop=True
    ), unit_district.sort_values("unit_id").reset_index(drop=True)


def _district_names(kept: list[str], towns: list[str], numbers: list[int]) -> list[str]:
    """Return the names: those kept, else the town with the district's number, or the next that nobody has."""
    taken = set(kept) - {""}
    names = []
    for name, town, number in zip(kept, towns, numbers, strict=True):
        counted = (f"{town}第{chinese_number(n)}工会联合会" for n in itertools.count(number))
        chosen = name or next(one for one in counted if one not in taken)
        taken.add(chosen)
        names.append(chosen)
    return names


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
