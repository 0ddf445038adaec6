"""Sheets that say who belongs where: enterprises, adjoining units, existing federations, what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geodata.messages import mark, text_in
from planner.explain import LINKS, adjacency_links, enterprise_cards
from planner.organisations.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.plan import Plan

    Cell = str | int | float | None
    Sheet = tuple[str, Sequence[str], Sequence[Sequence[Cell]], Sequence[str]]

ROWS_MOST = 100_000
"""A sheet of more rows is slow in a spreadsheet; the GeoParquet files hold them all."""

JURISDICTIONS = {"area": mark("the local area"), "bureau": mark("bureau or industry")}

JURISDICTION_SOURCES = {
    "register": mark("its own column of the register says so"),
    "superior_union": mark("its superior union says so"),
    "default": mark("nothing says otherwise"),
}
"""Why an enterprise is in its jurisdiction."""

LOOK = {
    "undersize": mark("joint union smaller than the least"),
    "oversize": mark("joint union larger than the most"),
    "coarse": mark("its place is known to the committee or street_town only"),
    "carrier": mark("carrier larger than a federation should be; it stays whole"),
    "labour_dispatch": mark("labour dispatch: workers are probably elsewhere"),
    "construction": mark("construction: workers are probably elsewhere"),
    "headquarters": mark("headquarters: workers are probably elsewhere"),
    "enclave": mark("unit cut off from its federation"),
    "conflict": mark("booked in another federation than its unit"),
    "unlisted": mark("in no federation of the list"),
}
"""What people should look at, by its code in the plan's tables."""


def both(message: str) -> str:
    """Return a marked text in Chinese with the English beside it."""
    return f"{text_in('zh', 'planner', message)} {message}"


def membership_sheets(plan: Plan) -> list[Sheet]:
    """Return 企业归属 (enterprises and why), 相邻单元 (adjoining units) and 待核查 (what people should look at)."""
    return [_enterprises(plan), _adjacency(plan), _to_look_at(plan)]


def _enterprises(plan: Plan) -> Sheet:
    cards = enterprise_cards(plan).head(ROWS_MOST)
    reason = cards["reason"].map({code: both(text) for code, text in REASONS.items()}).fillna("")
    scope = cards["scope_reason"].map(
        {
            text: f"{text_in('zh', 'geodata', text)} {text}"
            for text in cards["scope_reason"].unique()
        }
    )
    why = reason.where(cards["in_scope"], reason + ": " + scope)
    table = pd.DataFrame(
        {
            "enterprise_id": cards["enterprise_id"],
            "name": cards["name"],
            "workers": cards["workers"],
            "members": cards["members"],
            "jurisdiction": cards["jurisdiction"].map(
                {k: both(v) for k, v in JURISDICTIONS.items()}
            ),
            "jurisdiction_why": cards["jurisdiction_source"].map(
                {k: both(v) for k, v in JURISDICTION_SOURCES.items()}
            ),
            "organisation": cards["organisation"],
            "why": why,
            "district": cards["district"],
            "unit_id": cards["unit_id"],
        }
    )
    headers = [
        both(text)
        for text in (
            mark("id"), mark("enterprise"), mark("workers"), mark("members"), mark("jurisdiction"), mark("why that jurisdiction"),
            mark("organisation"), mark("why there"), mark("federation"), mark("basic unit"),
        )
    ]  # fmt: skip
    units = ["", "", "count", "count", "", "", "", "", "", ""]
    return "企业归属", headers, _rows(table), units


def _adjacency(plan: Plan) -> Sheet:
    links = adjacency_links(plan).head(ROWS_MOST)
    names = plan.layers["units"].set_index("unit_id")["name"]
    table = pd.DataFrame(
        {
            "unit_a": links["unit_a"],
            "name_a": links["unit_a"].map(names),
            "unit_b": links["unit_b"],
            "name_b": links["unit_b"].map(names),
            "border_m": links["border_m"].round(1),
            "walk_min": links["walk_min"],
            "how": links["how"].map({kind: both(text) for kind, text in LINKS.items()}),
            "by": links["by"],
            "reason": links["reason"],
        }
    )
    headers = [
        both(text)
        for text in (
            mark("unit a"), mark("name of unit a"), mark("unit b"), mark("name of unit b"), mark("shared border, metres"),
            mark("minutes on foot"), mark("how they adjoin"), mark("decided by"), mark("reason"),
        )
    ]  # fmt: skip
    return "相邻单元", headers, _rows(table), ["", "", "", "", "metres", "minutes", "", "", ""]


def _to_look_at(plan: Plan) -> Sheet:
    """List marks of organisations and carriers, flagged enterprises and findings on existing federations."""
    empty = pd.DataFrame()
    derived = plan.derived
    unions = plan.layers["organisations"].set_index("organisation_id")["name"].to_dict()
    firms = plan.layers["enterprises"].set_index("enterprise_id")["name"].to_dict()
    parts: list[tuple[Any, ...]] = [
        (row["mark"], row["organisation_id"], unions.get(row["organisation_id"], ""))
        for row in derived.get("marks", empty).to_dict(orient="records")
    ]
    carriers = plan.layers.get("carriers")
    if carriers is not None:
        large = carriers[carriers["oversize"]]
        parts += [("carrier", row.carrier_id, row.name_) for row in _named(large)]
    parts += [
        (
            row["flag"],
            row["enterprise_id"],
            f"{firms.get(row['enterprise_id'], '')} {int(row['workers']):,}".strip(),
        )
        for row in derived.get("off_site", empty).to_dict(orient="records")
    ]
    for row in derived.get("federation_findings", empty).to_dict(orient="records"):
        about = row["unit_id"] if row["kind"] == "enclave" else row["organisation_id"]
        told = [row["federation_id"], row["unit_federation_id"]]
        parts.append(
            (row["kind"], about, " / ".join(text for text in told if isinstance(text, str)))
        )
    rows = [(both(LOOK[code]), about, detail) for code, about, detail in parts]
    headers = [both(text) for text in (mark("what"), mark("id"), mark("detail"))]
    return "待核查", headers, rows, ["", "", ""]


def _named(carriers: Any) -> Any:
    return carriers.assign(name_=carriers["name"].fillna("")).itertuples()


def _rows(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    plain = table.astype(object).where(table.notna(), None)
    return list(plain.itertuples(index=False, name=None))
