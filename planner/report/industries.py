"""The sheet of industry federations: which industry, how large, across which areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.messages import mark
from planner.explain import industry_federation_cards
from planner.industries import industry_name
from planner.report.membership_sheets import both

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.report.membership_sheets import Sheet


def industry_sheet(plan: Plan) -> Sheet:
    """Return 行业工会联合会: the overlay across area federations; no rows where no industry is large enough."""
    rows = [
        (
            row["industry_federation_id"], row["name"], industry_name(row["industry"]), row["borough"], row["street_town_names"],
            row["districts"], row["organisations"], row["workers"], row["share"], row["concentration"],
        )
        for row in industry_federation_cards(plan).to_dict(orient="records")
    ]  # fmt: skip
    headers = [
        both(text)
        for text in (
            mark("id"), mark("industry federation"), mark("industry"), mark("borough"), mark("street_towns"), mark("area federations"),
            mark("organisations"), mark("workers"), mark("of the workers of these street_towns"), mark("times its share in the whole plan"),
        )
    ]  # fmt: skip
    return (
        "行业工会联合会",
        headers,
        rows,
        ["", "", "", "", "", "count", "count", "count", "share", "number"],
    )
