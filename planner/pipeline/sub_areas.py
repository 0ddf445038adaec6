"""Sub-areas that districts had better keep whole: which units are in which, and what the map made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from geodata.messages import translator

if TYPE_CHECKING:
    from geodata.layers import Layers
    from planner.organisations import Organisations
    from planner.pipeline.inputs import Tables

_ = translator("planner")

COLUMNS: Final = (
    "sub_area",
    "street_town_id",
    "units",
    "organisations",
    "workers",
    "districts",
    "whole",
)


def unit_sub_areas(tables: Tables, layers: Layers) -> pd.Series | None:
    """Return the sub-area of each basic unit that is in one; None where the scenario names no sub-areas.

    Raises
    ------
    InvalidRowsError
        For a table that names units that do not exist.
    """
    from geodata.areas import sub_area_of_units

    if tables.sub_areas is None:
        return None
    return sub_area_of_units(tables.sub_areas, layers.units)


def sub_area_tables(
    sub_areas: pd.Series | None,
    layers: Layers,
    formed: Organisations,
    unit_district: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Return the derived tables of a plan: the sub-area of each unit, and what became of each sub-area.

    Returns
    -------
    dict
        ``unit_sub_area``: ``unit_id``, ``sub_area``; ``sub_areas``: `COLUMNS`, by sub-area and street_town, where ``districts``
        counts those its units are in and ``whole`` is True for one; no rows without sub-areas.
    """
    if sub_areas is None:
        empty = pd.DataFrame(columns=["unit_id", "sub_area"], dtype="str")
        return {"unit_sub_area": empty, "sub_areas": pd.DataFrame(columns=list(COLUMNS))}
    units = sub_areas.reset_index().merge(layers.units[["unit_id", "street_town_id"]], on="unit_id")
    units["district_id"] = units["unit_id"].map(unit_district.set_index("unit_id")["district_id"])
    grouped = formed.organisations.groupby("unit_id")["workers"]
    units["organisations"] = units["unit_id"].map(grouped.size()).fillna(0).astype("int64")
    units["workers"] = units["unit_id"].map(grouped.sum()).fillna(0).astype("int64")
    table = units.groupby(["sub_area", "street_town_id"], sort=True).agg(
        units=("unit_id", "size"),
        organisations=("organisations", "sum"),
        workers=("workers", "sum"),
        districts=("district_id", "nunique"),
    )
    table = table.reset_index().assign(whole=lambda t: t["districts"] == 1)
    return {
        "unit_sub_area": units[["unit_id", "sub_area"]].sort_values("unit_id", ignore_index=True),
        "sub_areas": table[list(COLUMNS)],
    }


def sub_area_notes(found: dict[str, pd.DataFrame], tables: Tables, layers: Layers) -> list[str]:
    """Say how many sub-areas stay whole, which are cut, which no basic unit belongs to, and how many units are in none."""
    if tables.sub_areas is None:
        return []
    table, inside = found["sub_areas"], found["unit_sub_area"]
    cut = table[~table["whole"].astype(bool)]
    notes = [
        _("sub-areas: {whole} of {count} lie in one federation district").format(
            whole=f"{len(table) - len(cut):,}", count=f"{len(table):,}"
        )
    ]
    if len(cut):
        examples = cut["sub_area"] + " (" + cut["districts"].astype(str) + ")"
        notes[0] += _("; cut between several districts: {examples}").format(
            examples=", ".join(examples.head())
        )
    names = tables.sub_areas["sub_area"].dropna().astype("str")
    empty = sorted(set(names) - set(table["sub_area"]))
    if empty:
        notes.append(
            _("sub-areas: {count} hold no basic unit by more than half of its area: {examples}").format(
                count=f"{len(empty):,}", examples=", ".join(empty[:5])
            )
        )  # fmt: skip
    outside = len(layers.units) - len(inside)
    if outside:
        notes.append(
            _("sub-areas: {count} of {total} basic units are in none").format(
                count=f"{outside:,}", total=f"{len(layers.units):,}"
            )
        )
    return notes
