"""Options and outputs that the commands over a register store share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geodata.messages import translator
from planner.cli.main import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from planner.policy import Policy

_ = translator("planner")

SHOWN = 20
"""Rows of a long list that are printed; --xlsx and --json hold all of them."""

store_option = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("register"),
    show_default=True,
    help="Register store.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on stdout."
)
xlsx_option = click.option(
    "--xlsx", type=click.Path(path_type=Path, dir_okay=False), help="Write the whole list here."
)
policy_option = click.option(
    "--policy", default="shanghai-2018", show_default=True, help="Policy by name, or a policy file."
)
boundaries_option = click.option(
    "--boundaries",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Street_towns as a map file: rows with coordinates count where they lie.",
)


def read_rules(policy: str) -> Policy:
    """Return the policy of that name, or of that file."""
    from planner.policy import read_policy, shipped_policies

    if policy in shipped_policies():
        return read_policy(policy)
    return read_policy(policy, Path(policy))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values; absent ones are None."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): _plain(value) for key, value in row.items()} for row in plain.to_dict(orient="records")]  # fmt: skip


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def write_sheets(path: Path, sheets: Mapping[str, tuple[Mapping[str, str], pd.DataFrame]]) -> None:
    """Write tables as a workbook of text and number cells, one sheet each, and say where.

    Parameters
    ----------
    path
        Workbook to write.
    sheets
        Name -> (column -> title, table).
    """
    import xlsxwriter

    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": True}  # fmt: skip
    with xlsxwriter.Workbook(str(path), safe) as book:
        bold = book.add_format({"bold": True})
        share = book.add_format({"num_format": "0.0%"})
        for name, (titles, frame) in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for column, (key, title) in enumerate(titles.items()):
                sheet.set_column(column, column, 28 if "name" in key or key == "address" else 14)
                sheet.write_string(0, column, title, bold)
                look = share if key.endswith("_share") else None
                for row, value in enumerate(frame[key].tolist(), 1):
                    if value is None or value != value:  # noqa: PLR0124 - NaN
                        continue
                    if isinstance(value, bool):
                        sheet.write_string(row, column, _("yes") if value else _("no"))
                    elif isinstance(value, int | float):
                        sheet.write_number(row, column, value, look)
                    else:
                        sheet.write_string(row, column, str(value)[:32_767])
    say(_("written: {path}").format(path=path))


def print_rows(titles: Mapping[str, str], frame: pd.DataFrame, *, most: int = SHOWN) -> None:
    """Print the first rows of a list, and how many there are."""
    from planner.cli.show import print_table

    rows = [tuple(_cell(key, row[key]) for key in titles) for row in records(frame.head(most))]
    print_table(tuple(titles.values()), rows)
    if len(frame) > most:
        click.echo(
            _("{shown} of {total} shown; --xlsx FILE writes all of them").format(
                shown=most, total=f"{len(frame):,}"
            )
        )


def _cell(key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return f"{value:.1%}" if key.endswith("_share") else f"{value:,}"
    return str(value)
