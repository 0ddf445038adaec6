"""``planner check``: what became of every row, the rejected rows as a workbook, and a map of what looks misplaced."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.errors import Fault
from geodata.messages import translator
from planner.cli.main import say
from planner.errors import PlanStoreError

if TYPE_CHECKING:
    import pandas as pd

    from geodata.layers import Layers
    from geodata.provenance import SourceRecord
    from planner.pipeline.look import Looked

_ = translator("planner")

REJECTED = "rejected.xlsx"
FOLDER = click.Path(path_type=Path, file_okay=False)
ANY_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("scenario", type=ANY_FILE)
@click.option(
    "--to",
    "folder",
    type=FOLDER,
    help="Folder for the rejected rows and the map; check beside the scenario.",
)
@click.option("--rejects", type=ANY_FILE, help="Write the rejected rows to this .xlsx instead.")
@click.option(
    "--roads/--no-roads", default=True, show_default=True, help="Hold points against the road file."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def check(
    scenario: Path, folder: Path | None, rejects: Path | None, *, roads: bool, as_json: bool
) -> None:
    """Read the inputs, say what was kept, repaired and rejected, and draw what looks misplaced."""
    from planner.cli.show import print_json
    from planner.pipeline import check as check_inputs
    from planner.pipeline.look import look
    from planner.scenario import read_scenario

    given = read_scenario(scenario)
    layers = check_inputs(given)
    looked = look(given, layers, store=given.resolve(given.store.path) if roads else None)
    folder = folder or given.resolve("check")
    for path in _written(given.name, layers, looked, folder, rejects):
        say(_("written: {path}").format(path=path))
    records = (*layers.records, *looked.counted)
    for record in records:
        for note in _notes(record, looked):
            say(_("note: {note}").format(note=f"{record.layer}: {note}"))
    if as_json:
        print_json([r.to_dict() | {"notes": _notes(r, looked)} for r in records])
        return
    _print_rows(records)
    _print_reasons(layers, records)


def _notes(record: SourceRecord, looked: Looked) -> list[str]:
    return [
        *record.notes,
        *(
            told
            for layer, path, told in looked.notes
            if (layer, path) == (record.layer, record.path)
        ),
    ]


def _written(
    name: str, layers: Layers, looked: Looked, folder: Path, rejects: Path | None
) -> list[Path]:
    """Write the workbook and the maps that upper layers offer; return their paths."""
    from geodata.sources import write_rejected

    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [rejects or folder / REJECTED]
        write_rejected(paths[0], layers.rejected, layers.repaired)
        for entry in sorted(entry_points(group="planner.check_writers"), key=lambda one: one.name):
            path = entry.load()(
                folder / entry.name,
                name=name,
                street_towns=layers.street_towns,
                misplaced=looked.misplaced,
                roads=looked.roads,
                sources=[r.to_dict() for r in (*layers.records, *looked.road_sources)],
                notes=[f"{r.layer}: {note}" for r in layers.records for note in _notes(r, looked)],
            )
            paths.append(path)
    except OSError as error:
        fix = _("choose a folder that can be written, and close the files in it")
        what = _("cannot write: {error}").format(error=error)
        raise PlanStoreError(Fault(what, str(folder), fix=fix)) from error
    return paths


def _print_rows(records: tuple[SourceRecord, ...]) -> None:
    from planner.cli.show import print_table

    headers = (
        _("layer"),
        _("file"),
        _("rows"),
        _("kept"),
        _("repaired"),
        _("rejected"),
        _("not data"),
    )
    rows = []
    for r in records:
        counts = (r.rows_in, r.kept, r.repaired_rows, r.rejected_rows, r.ignored_rows)
        rows.append((r.layer, r.path, *(f"{count:,}" for count in counts)))
    print_table(headers, rows)


def _print_reasons(layers: Layers, records: tuple[SourceRecord, ...]) -> None:
    from geodata.provenance import shown
    from planner.cli.show import print_table

    out = layers.enterprises["scope_reason"]
    excluded = out[out != ""].value_counts().to_dict()
    entries = {_("rejected"): layers.rejected, _("repaired"): layers.repaired}
    rows = [
        (record.layer, what, shown(why), f"{count:,}", _first(entries.get(what), record.layer, why))
        for record in records
        for what, counts in (
            (_("rejected"), record.rejected),
            (_("repaired"), record.repaired),
            (_("not data"), record.ignored),
            (_("kept, out of scope"), excluded if record.layer == "enterprises" else {}),
        )
        for why, count in sorted(counts.items())
    ]
    if rows:
        headers = (_("layer"), _("what"), _("reason"), _("rows"), _("the first five"))
        print_table(headers, rows)


def _first(entries: pd.DataFrame | None, layer: str, reason: str) -> str:
    """Return the first five of a reason: row of the file and value."""
    if entries is None or entries.empty:
        return ""
    mine = entries[(entries["layer"] == layer) & (entries["reason"] == reason)].head(5)
    pairs = zip(mine["source_row"].tolist(), mine["value"].astype(str).tolist(), strict=True)
    return "; ".join(f"{row} {value[:40]}".strip() for row, value in pairs)
