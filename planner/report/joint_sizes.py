"""The sheet of joint-union sizes: where they were formed larger or smaller so that more districts can be in band."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geodata.messages import mark
from planner.explain import SIZE_OUTCOMES
from planner.report.membership_sheets import both

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.report.membership_sheets import Sheet

COLUMNS = (
    "street_town_id", "name", "outcome", "enterprises", "size_before", "size_after", "organisations_before",
    "organisations_after", "districts_before", "in_band_before", "districts_after", "in_band_after",
)  # fmt: skip


def joint_sizes_sheet(plan: Plan) -> Sheet:
    """Return 联合工会规模: street_towns that cannot have all districts in band at the policy's size, and what was found."""
    names = plan.layers["street_towns"].set_index("street_town_id")["name"]
    table = plan.derived.get("joint_sizes", pd.DataFrame(columns=list(COLUMNS)))
    shown = table.assign(
        name=table["street_town_id"].map(names),
        outcome=table["outcome"].map({code: both(text) for code, text in SIZE_OUTCOMES.items()}),
    )
    rows: list[tuple[Any, ...]] = list(shown[list(COLUMNS)].itertuples(index=False, name=None))
    headers = [
        both(text)
        for text in (
            mark("id"), mark("street_town"), mark("joint unions"), mark("enterprises in new joint unions"),
            mark("enterprises each by the policy"), mark("enterprises each in the plan"),
            mark("organisations by the policy"), mark("organisations in the plan"),
            mark("districts by the policy"), mark("of them at most in band"),
            mark("districts at the plan's size"), mark("of them at most in band, at the plan's size"),
        )
    ]  # fmt: skip
    return "联合工会规模", headers, rows, ["", "", "", *["count"] * 9]
