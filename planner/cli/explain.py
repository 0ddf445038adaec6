"""Where one enterprise belongs, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from geodata.messages import mark, translator
from planner.cli.commands import json_option, store_option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from planner.plan import Plan

_ = translator("planner")

MOST = 10
"""More enterprises than this are counted, not printed."""

ORGANISATION_KINDS = {
    "own": mark("union of its own"),
    "joint": mark("joint union"),
}
"""Kinds of union organisation, in words."""

CARRIER_KINDS = {
    "building": mark("building"),
    "business_district": mark("business district"),
    "complex": mark("complex"),
    "park": mark("park"),
    "street": mark("street front"),
    "committee": mark("residential committee"),
}
"""Kinds of carrier, in words."""


@click.command()
@click.argument("plan_id", metavar="PLAN")
@click.argument("who", metavar="ENTERPRISE")
@store_option
@json_option
def explain(plan_id: str, who: str, store: Path, *, as_json: bool) -> None:
    """Say where an enterprise belongs and why; ENTERPRISE is its code, or its name or a part of it."""
    from planner.cli.show import print_json
    from planner.explain import enterprise_cards
    from planner.store import load_plan

    plan = load_plan(store, plan_id)
    found = _matching(plan.layers["enterprises"], who)
    table = enterprise_cards(plan, only=set(found[:MOST]))
    cards = [_plain(card) for card in table.to_dict(orient="records")]
    if as_json:
        print_json({"plan_id": plan.plan_id, "found": len(found), "enterprises": cards})
        return
    for card in cards:
        _print_card(plan, {key: value for key, value in card.items() if value is not None})
    if len(found) > MOST:
        more = _("{count} more enterprises match: give the code or a longer part of the name")
        click.echo(more.format(count=f"{len(found) - MOST:,}"))


def _matching(enterprises: pd.DataFrame, who: str) -> list[str]:
    """Return the ids whose code or name fits, exact ones alone where there are any; with the enterprise's workplaces."""
    from geodata.errors import Fault
    from planner.errors import ConfigurationError

    asked = who.strip().casefold()
    office = enterprises["enterprise_id"].str.split("@").str[0].str.casefold()
    names = enterprises["name"].str.casefold()
    exact = (office == asked) | (enterprises["enterprise_id"].str.casefold() == asked)
    exact |= (enterprises["uscc"].str.casefold() == asked).fillna(value=False) | (names == asked)
    hit = exact if exact.any() else names.str.contains(asked, regex=False)
    if not asked or not hit.any():
        what = _("the plan's register has no such enterprise")
        fix = _("give its code of 18 characters, or a part of its name as the register writes it")
        raise ConfigurationError(Fault(what, examples=[who], fix=fix))
    return sorted(enterprises.loc[hit, "enterprise_id"])


def _print_card(plan: Plan, said: dict[str, Any]) -> None:
    from geodata.provenance import shown
    from planner.cli.show import print_table

    rows = [
        (_("id"), said["enterprise_id"]),
        (_("workers, of them members"), f"{said['workers']:,}, {said['members']:,}"),
        (_("in scope"), _("yes") if said["in_scope"] else shown(said["scope_reason"])),
        (_("jurisdiction"), _jurisdiction(said)),
        *_organisation(plan, said),
        *_place(plan, said),
    ]
    if "district" in said:
        rows.append((_("federation"), f"{said['district']} ({said['district_id']})"))
    if "industry_federation" in said:
        name = f"{said['industry_federation']} ({said['industry_federation_id']})"
        rows.append((_("industry federation"), name))
    rows += _look(plan, said["enterprise_id"])
    print_table((_("enterprise"), said["name"]), rows)


def _jurisdiction(said: dict[str, Any]) -> str:
    from planner.report.membership_sheets import JURISDICTION_SOURCES, JURISDICTIONS

    who = _(JURISDICTIONS[said["jurisdiction"]])
    why = JURISDICTION_SOURCES.get(said["jurisdiction_source"])
    return who if why is None else f"{who}: {_(why)}"


def _organisation(plan: Plan, said: dict[str, Any]) -> list[tuple[str, str]]:
    from planner.organisations.reasons import explain_reason

    why = explain_reason(said["reason"]) if "reason" in said else "-"
    if "organisation_id" not in said:
        return [(_("organisation"), _("none")), (_("why"), why)]
    unions = plan.layers["organisations"].set_index("organisation_id")
    union = unions.loc[said["organisation_id"]]
    kind = ORGANISATION_KINDS[union["kind"]]
    size = _("{kind}: enterprises {enterprises}, workers {workers}").format(
        kind=_(kind),
        enterprises=f"{union['enterprises']:,}",
        workers=f"{union['workers']:,}",
    )
    name = f"{said['organisation']} ({said['organisation_id']})"
    rows = [(_("organisation"), name), ("", size), (_("why"), why)]
    if "carrier_id" not in said:
        return rows
    carriers = plan.layers["carriers"].set_index("carrier_id")
    if said["carrier_id"] not in carriers.index:
        return rows
    carrier = carriers.loc[said["carrier_id"]]
    kind = CARRIER_KINDS[carrier["kind"]]
    label = f"{carrier['name'] or said['carrier_id']} ({_(kind)})"
    return [*rows, (_("carrier"), label)]


def _place(plan: Plan, said: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the basic unit of the organisation, and the enterprise's own where a carrier stands in two."""
    units = plan.layers["units"].set_index("unit_id")["name"]
    rows = []
    if "unit_id" in said:
        rows.append((_("basic unit"), f"{units.get(said['unit_id'])} ({said['unit_id']})"))
    places = plan.derived.get("places")
    if places is None:
        return rows
    own = places.loc[places["enterprise_id"] == said["enterprise_id"], "unit_id"].tolist()
    if own and own[0] != said.get("unit_id"):
        rows.append((_("unit it stands in"), f"{units.get(own[0])} ({own[0]})"))
    return rows


def _look(plan: Plan, enterprise_id: str) -> list[tuple[str, str]]:
    """Return what people should look at."""
    from planner.report.membership_sheets import LOOK

    flags = plan.derived.get("off_site")
    if flags is None:
        return []
    mine = flags.loc[flags["enterprise_id"] == enterprise_id, "flag"]
    return [(_("look at"), _(LOOK[flag])) for flag in mine]


def _plain(card: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a card of plain values, None where there is none."""
    plain = {
        str(key): value.item() if hasattr(value, "item") else value for key, value in card.items()
    }
    return {key: None if value != value else value for key, value in plain.items()}  # noqa: PLR0124
