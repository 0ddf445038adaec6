"""The sheet of sub-areas: which stay whole in one federation district, which are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geodata.messages import mark
from planner.report.membership_sheets import both

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.report.membership_sheets import Sheet

WHOLE = {True: mark("whole"), False: mark("divided")}
COLUMNS = ("sub_area", "street_town_id", "name", "units", "organisations", "workers", "districts")


def sub_areas_sheet(plan: Plan) -> Sheet:
    """Return 子片区: each sub-area by street_town, the cut ones first."""
    names = plan.layers["street_towns"].set_index("street_town_id")["name"]
    empty = pd.DataFrame(columns=[*COLUMNS, "whole"])
    table = plan.derived.get("sub_areas", empty)
    table = table.assign(name=table["street_town_id"].map(names))
    table = table.sort_values(["whole", "street_town_id", "sub_area"])
    rows = [
        (*row, both(WHOLE[bool(whole)]))
        for row, whole in zip(
            table[list(COLUMNS)].itertuples(index=False, name=None), table["whole"], strict=True
        )
    ]
    headers = [
        both(text)
        for text in (
            mark("sub-area"), mark("id"), mark("street_town"), mark("basic units"), mark("organisations"), mark("workers"),
            mark("federation districts"), mark("whole or cut"),
        )
    ]  # fmt: skip
    return "子片区", headers, rows, ["", "", "", *["count"] * 4, ""]
