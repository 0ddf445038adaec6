"""What people decided about a year, with name, reason, and what it holds: pins of federations and organisations, pins and vetoes of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geodata.messages import mark
from planner.explain import policy_of
from planner.report.change_sheets import Block, term, tier_terms

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.report.change_sheets import Cell

KINDS = {"federation": mark("federation"), "organisation": mark("organisation")}
DECISIONS = {
    "keep": mark("stays as it is"),
    "free": mark("may be redrawn"),
    "open": mark("opens"),
    "closed": mark("vetoed"),
}
"""What was decided, in words."""


def said_block(before: Plan, after: Plan) -> Block:
    """Return one row per pin and veto that the plan keeps: who, why, and what it holds or costs.

    Of a pinned federation the organisations it holds and whether it is in band now; of a site that must open the people
    that no other site of its tier reaches. What limits and pins cost together the table of alternatives shows.
    """
    scenario = dict(after.manifest["scenario"])
    pins = dict(scenario.get("change", {})).get("pins", ())
    rows = [_pin_row(before, after, dict(pin)) for pin in pins]
    rows += [_site_row(before, after, dict(one)) for one in scenario.get("decisions", ())]
    headers = (
        mark("about"), mark("id"), mark("name"), mark("decision"), mark("who"), mark("reason"),
        mark("organisations it holds"), mark("in band"), mark("people only it reaches"),
    )  # fmt: skip
    units = ("", "", "", "", "", "", "count", "", "count")
    title = term(mark("decisions of people"))
    return Block(title, tuple(term(one) for one in headers), tuple(rows), units)


def _pin_row(before: Plan, after: Plan, pin: dict[str, Any]) -> tuple[Cell, ...]:
    name, held, inside = "", None, None
    if pin["kind"] == "federation":
        name = _named(before.districts, "district_id", pin["id"])
        now = after.districts[after.districts["district_id"] == pin["id"]]
        if len(now):
            rule = policy_of(after).federations
            held, workers = int(now["organisations"].iloc[0]), int(now["workers"].iloc[0])
            good = rule.organisations.least <= held <= rule.organisations.most
            good &= rule.workers.least <= workers <= rule.workers.most
            inside = term(mark("yes") if good else mark("no"))
    else:
        name = _named(before.layers["organisations"], "organisation_id", pin["id"])
        held = 1
    said = (term(DECISIONS[pin["decision"]]), pin["by"], pin["reason"])
    return (term(KINDS[pin["kind"]]), pin["id"], name, *said, held, inside, None)


def _site_row(before: Plan, after: Plan, one: dict[str, Any]) -> tuple[Cell, ...]:
    tier = tier_terms(after).get(one["tier"], one["tier"])
    name = _named(after.layers["sites"], "site_id", one["site_id"])
    name = name or _named(before.layers["sites"], "site_id", one["site_id"])
    cards = after.derived["site_cards"].set_index("facility_id")["only_here"]
    key = f"{one['tier']}:{one['site_id']}"
    opens = one["decision"] == "open" and key in cards.index
    only = round(float(cards[key])) if opens else None
    said = (term(DECISIONS[one["decision"]]), one["by"], one["reason"])
    return (tier, one["site_id"], name, *said, None, None, only)


def _named(table: pd.DataFrame, key: str, value: str) -> str:
    found = table.loc[table[key].astype(str) == value, "name"]
    return "" if found.empty or pd.isna(found.iloc[0]) else str(found.iloc[0])
