"""``planner premises``: the book of premises of a plan, for people to fill in; the scenario reads it back."""

from __future__ import annotations

from pathlib import Path

import click

from geodata.errors import Fault
from geodata.messages import translator
from planner.cli.commands import store_option
from planner.cli.main import say
from planner.errors import PlanStoreError

_ = translator("planner")


@click.command()
@click.argument("plan_id", metavar="PLAN")
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("premises_book.xlsx"),
    show_default=True,
    help="Workbook (.xlsx) or table (.csv) to write; one that is there already is kept as NAME.bak.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Every candidate, not only the premises that open."
)
@store_option
def premises(plan_id: str, path: Path, store: Path, *, everything: bool) -> None:
    """Write the book of premises: consent, dates, rents and vetoes, kept from year to year."""
    from planner.report.premises_book import write_premises_book
    from planner.store import load_plan

    plan = load_plan(store, plan_id)
    draft = path.with_name(f".{path.stem}-draft{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        count = write_premises_book(plan, draft, everything=everything)
        if path.exists():
            path.replace(path.with_name(path.name + ".bak"))
        draft.replace(path)
    except OSError as error:
        fix = _("choose a folder that can be written, and close the files in it")
        what = _("cannot write: {error}").format(error=error)
        raise PlanStoreError(Fault(what, str(path), fix=fix)) from error
    say(_("{count} premises; fill in the yellow columns and name the file in the scenario under [inputs.premises_book]").format(count=f"{count:,}"))  # fmt: skip
    click.echo(path)
