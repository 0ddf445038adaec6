"""The yearly run: this year's register, last year's plan, as little upheaval as the gain is worth."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geodata.messages import mark, translator
from planner.cli.main import say

if TYPE_CHECKING:
    from planner.pipeline.preflight import Remark
    from planner.pipeline.year import Year
    from planner.report.change_sheets import Block
    from planner.scenario import Scenario

_ = translator("planner")

WEIGHTS = {"stop": mark("stops"), "look": mark("look at it"), "note": mark("noted")}
"""What a remark of the preflight asks for, in words."""

ON_SCREEN = (0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 13)
"""Columns of the alternatives that fit a terminal; the page and the workbook have all."""


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--parent", required=True, metavar="PLAN", help="Plan the year goes on from.")
@click.option(
    "--register",
    "register_file",
    type=click.Path(path_type=Path),
    help="This year's register; the scenario's when left out.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day it describes; the scenario's when left out.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the page to sign, difference, notices and maps; year-PLAN beside the store when left out.",
)
@click.option(
    "--alternatives/--no-alternatives",
    default=True,
    show_default=True,
    help="Work out what else could be chosen, and what the city's change alone did.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="Plan store; the scenario's when left out.",
)
@click.option(
    "--jobs", type=click.IntRange(1), help="Processes and threads; all cores when left out."
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Scheduler of a Dask cluster that shares the work: tcp://host:port.",
)
@click.option(
    "--resume/--no-resume",
    default=True,
    show_default=True,
    help="Take the answers of stages that an earlier run left and nothing has changed since.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def year(
    *,
    scenario: Path,
    parent: str,
    register_file: Path | None,
    as_of: Any,
    folder: Path | None,
    alternatives: bool,
    store: Path | None,
    jobs: int | None,
    cluster: str | None,
    resume: bool,
    as_json: bool,
) -> None:
    """Plan a year from last year's plan, say what changes and why, and lay a page before whoever signs; nothing is published."""
    from planner.cli.compare import comparison_json
    from planner.cli.progress import StageDisplay
    from planner.cli.refusal import refusal_said
    from planner.cli.show import print_json
    from planner.pipeline import Watch
    from planner.pipeline.cluster import connected
    from planner.pipeline.year import plan_year
    from planner.report.change_book import write_change
    from planner.scenario import read_scenario

    with refusal_said(as_json=as_json):
        asked = with_register(read_scenario(scenario), register_file, as_of)
    store = store or asked.resolve(asked.store.path)
    display = StageDisplay()
    try:
        with connected(cluster) as workers, refusal_said(as_json=as_json):
            made = plan_year(
                asked,
                parent,
                store=store,
                jobs=jobs,
                watch=Watch(display),
                command=shlex.join(["planner", *sys.argv[1:]]),
                resume=resume,
                cluster=workers,
                compare=alternatives,
            )
    finally:
        display.close()
    for note in made.plan.manifest["notes"]:
        say(_("note: {note}").format(note=note))
    folder = folder or store.parent / f"year-{made.plan.plan_id}"
    values = {**comparison_json(made.found), **year_json(made)}
    files = write_change(
        folder,
        made.parent,
        made.plan,
        made.found,
        made.told,
        first=first_blocks(made),
        values=values,
        to_sign=True,
    )
    if as_json:
        listed = {kind: str(path) for kind, path in files.items()}
        print_json(
            {**values, "plan_id": made.plan.plan_id, "path": str(made.path), "files": listed}
        )
        return
    print_year(made)
    print_files(files)


def with_register(scenario: Scenario, register: Path | None, as_of: Any) -> Scenario:
    """Return the scenario with another register, and the day it describes."""
    changed: dict[str, Any] = {}
    if register is not None:
        changed["path"] = seen_from_folder(register, scenario.folder)
        changed["as_of"] = None
        if scenario.resolve(scenario.inputs.enterprise_register.path) == register.resolve():
            changed["as_of"] = scenario.inputs.enterprise_register.as_of
            changed["path"] = scenario.inputs.enterprise_register.path
    if as_of is not None:
        changed["as_of"] = as_of.date()
    given = scenario.inputs.enterprise_register.model_copy(update=changed)
    inputs = scenario.inputs.model_copy(update={"enterprise_register": given})
    return scenario.model_copy(update={"inputs": inputs})


def seen_from_folder(path: Path, folder: Path) -> str:
    """Return a file as seen from the scenario's folder, so that both can be moved together."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive on Windows
        return path.resolve().as_posix()


def first_blocks(made: Year) -> list[Block]:
    """Return what comes first on the page: what was seen before planning, and what happened in the register."""
    from planner.cli.register.snapshots import EVENTS
    from planner.report.change_sheets import Block, Term, term

    remarks = tuple(
        (term(WEIGHTS[one.weight]), Term(one.said("zh"), one.said("en"))) for one in made.remarks
    )
    counts = made.changes["event"].value_counts()
    events = tuple(
        (term(text), int(counts.get(event, 0)))
        for event, text in EVENTS.items()
        if counts.get(event, 0)
    )
    return [
        Block(
            term(mark("seen before planning")),
            (term(mark("weight")), term(mark("remark"))),
            remarks,
            ("", ""),
        ),
        Block(
            term(mark("changes of the register")),
            (term(mark("event")), term(mark("enterprises"))),
            events,
            ("", "count"),
        ),
    ]


def year_json(made: Year) -> dict[str, Any]:
    """Return what a yearly run adds to the difference, as plain values."""
    counts = made.changes["event"].value_counts()
    table = made.alternatives.astype(object).where(made.alternatives.notna(), None)
    return {
        "parent": made.parent.plan_id,
        "remarks": [{"weight": one.weight, "text": one.said("en")} for one in made.remarks],
        "register": {str(event): int(count) for event, count in counts.items()},
        "alternatives": table.to_dict(orient="records"),
        "notices": {
            "switched": len(made.told.switched),
            "closed": len(made.told.closed),
            "federations": len(made.told.federations),
        },
        "verified": True,
        "published": False,
    }


def print_year(made: Year) -> None:
    """Print the year in words, the remarks first, then the alternatives."""
    from geodata.messages import current_language
    from planner.cli.show import print_table
    from planner.report.change_sheets import alternative_block, shown
    from planner.report.signing_page import in_words

    language = current_language()
    _print_remarks(made.remarks)
    for sentence in in_words(made.plan, made.found, made.told):
        click.echo(sentence.said(language))
    block = alternative_block(made.alternatives)
    rows = [
        tuple(shown(row[at], block.units[at], language) for at in ON_SCREEN) for row in block.rows
    ]
    print_table(tuple(block.headers[at].said(language) for at in ON_SCREEN), rows)
    click.echo(_("plan: {plan_id}").format(plan_id=made.plan.plan_id))
    click.echo(_("stored: {path}").format(path=made.path))
    if made.plan.plan_id == made.parent.plan_id:
        click.echo(_("nothing has changed: this is the parent plan itself"))
        return
    click.echo(
        _("not published; `planner publish {plan_id}` puts it in force").format(
            plan_id=made.plan.plan_id
        )
    )


def _print_remarks(remarks: tuple[Remark, ...]) -> None:
    for one in remarks:
        say(f"{_(WEIGHTS[one.weight])}: {one.said()}")


FILES = {
    "page": mark("page to sign"),
    "words": mark("the same in plain text"),
    "workbook": mark("workbook"),
    "platform": mark("import sheet of the platform"),
    "json": mark("for programs"),
    "map": mark("maps of both years"),
}
"""What each written file is."""


def print_files(files: dict[str, Path]) -> None:
    """Print where each file lies."""
    for kind, path in files.items():
        click.echo(f"{_(FILES[kind]) if kind in FILES else kind}: {path}")
