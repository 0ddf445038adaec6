"""What the commands print: tables for people, one JSON object for programs, progress on stderr."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

import click

from geodata.messages import current_language, mark, translator
from planner.kpis import figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.kpis import Unit
    from planner.plan import Plan
    from planner.policy import Policy

_ = translator("planner")

STATUSES = {
    "optimal": mark("optimal"),
    "feasible": mark("feasible"),
    "infeasible": mark("infeasible"),
    "stopped": mark("stopped"),
}
"""How an optimiser ended, in words."""


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one JSON object on one line; numbers that are not finite become null."""
    click.echo(json.dumps(_finite(value), ensure_ascii=False))


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def tier_summary(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return what the optimiser said of each tier, as plain values."""
    columns = ("facilities", "status", "value", "bound", "gap_share")
    return {
        str(row["tier"]): {name: _plain(row[name]) for name in columns}
        for row in plan.tiers.to_dict(orient="records")
    }


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    """Print a table on stdout, aligned for wide Chinese characters; plain text off a terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=title or None, title_justify="left", title_style="bold", header_style="bold"
    )
    numeric = (
        [all(_looks_numeric(row[column]) for row in rows) for column in range(len(headers))]
        if rows
        else []
    )
    for column, header in enumerate(headers):
        table.add_column(
            header, justify="right" if rows and numeric[column] else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*row)
    console = Console(
        file=sys.stdout,
        markup=False,
        highlight=False,
        emoji=False,
        width=None if sys.stdout.isatty() else 120,
    )
    console.print(table)


def _looks_numeric(text: str) -> bool:
    return bool(text) and all(character in "0123456789.,%-+ " for character in text)


def shown_value(value: float | None, unit: Unit) -> str:
    """Write a figure the way people read it: shares in percent, counts with separators."""
    if value is None or not math.isfinite(value):
        return "-"
    if unit == "share":
        return f"{value:.1%}"
    if unit == "minutes":
        return f"{value:.1f}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def label_of(name: str, policy: Policy) -> str:
    """Return a figure's name in the reader's language."""
    figure = figures(policy)[name]
    return figure.label_zh if current_language() == "zh" else figure.label_en


def print_kpis(plan: Plan, policy: Policy) -> None:
    """Print the plan's figures as a table."""
    known = figures(policy)
    rows = [
        (label_of(name, policy), shown_value(value, known[name].unit))
        for name, value in plan.kpis.items()
        if name in known
    ]
    print_table(
        (_("figure"), _("value")), rows, title=_("Plan {plan_id}").format(plan_id=plan.plan_id)
    )


def print_tiers(plan: Plan, policy: Policy) -> None:
    """Print sites per tier with value, certified bound and gap."""
    chinese = current_language() == "zh"
    names = {tier.name: tier.label_zh if chinese else tier.label_en for tier in policy.tiers}
    rows = [
        (
            names.get(row["tier"], row["tier"]),
            f"{row['facilities']:,}",
            _(STATUSES[str(row["status"])]),
            f"{row['value']:,.0f}",
            f"{row['bound']:,.0f}",
            f"{row['gap_share']:.2%}",
        )
        for row in plan.tiers.to_dict(orient="records")
    ]
    print_table(
        (_("sites"), _("open"), _("status"), _("value"), _("bound"), _("gap at most")), rows
    )
