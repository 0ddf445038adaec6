"""Adding, listing, comparing, restoring and searching snapshots of the register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geodata.messages import mark, translator
from planner.cli.main import say
from planner.cli.register.options import (
    json_option,
    policy_option,
    print_rows,
    read_rules,
    records,
    store_option,
    write_sheets,
    xlsx_option,
)

if TYPE_CHECKING:
    from datetime import datetime

    from geodata.history import Snapshot
    from geodata.provenance import Read

_ = translator("planner")

EVENTS = {
    "opened": mark("opened"),
    "closed": mark("closed"),
    "moved": mark("moved"),
    "grew_past": mark("grew past the threshold"),
    "fell_under": mark("fell under the threshold"),
    "renamed": mark("renamed"),
    "changed_industry": mark("changed industry"),
    "unionised": mark("unionised"),
    "left_union": mark("union left"),
}
"""What happened to an enterprise, in words."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day the register describes.")  # fmt: skip
@click.option("--datum", help="Datum of its coordinates: wgs84, gcj02, bd09, cgcs2000.")
@click.option("--sheet", help="Sheet of a workbook.")
@click.option("--column", "mapping", multiple=True, metavar="NAME=HEADER", help="Our column name = header in the file; may be repeated.")  # fmt: skip
@click.option("--owner", help="Who supplies it.")
@click.option("--licence", help="Under which terms.")
@click.option("--scenario", type=click.Path(path_type=Path), help="Take datum, sheet, columns, owner and licence from [inputs.register] of this scenario.")  # fmt: skip
@store_option
@json_option
def add(
    *,
    file: Path,
    as_of: datetime,
    datum: str | None,
    sheet: str | None,
    mapping: tuple[str, ...],
    owner: str | None,
    licence: str | None,
    scenario: Path | None,
    store: Path,
    as_json: bool,
) -> None:
    """Read a register, check it and keep it as the snapshot of a day."""
    from geodata.history import add_snapshot
    from planner.cli.show import print_json

    said = {"datum": datum, "sheet": sheet, "owner": owner, "licence": licence}
    read = _read(file, as_of.date().isoformat(), said, _columns(mapping), scenario)
    snapshot, fresh = add_snapshot(read, as_of.date(), store)
    record = snapshot.record
    if as_json:
        print_json(
            {
                "snapshot_id": snapshot.snapshot_id,
                "as_of": snapshot.as_of.isoformat(),
                "new": fresh,
                "rows_in": record.rows_in,
                "kept": record.kept,
                "repaired": record.repaired_rows,
                "rejected": record.rejected_rows,
                "ignored": record.ignored_rows,
                "rejects_path": str(snapshot.rejects_path),
                "rejected_by_reason": dict(record.rejected),
                "repaired_by_reason": dict(record.repaired),
                "ignored_by_reason": dict(record.ignored),
            }
        )
        return
    for note in record.notes:
        say(_("note: {note}").format(note=note))
    print_rows(_COUNTS(), _counts([snapshot]))
    click.echo(_("rejected rows: {path}").format(path=snapshot.rejects_path))
    if not fresh:
        click.echo(_("these rows were in the store already"))
    click.echo(_("snapshot: {snapshot_id}").format(snapshot_id=snapshot.snapshot_id))


def _columns(mapping: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.partition("=") for one in mapping]
    if any(not name or not header for name, _sign, header in pairs):
        raise click.BadParameter(_("write --column as name=header"))
    return {name.strip(): header.strip() for name, _sign, header in pairs}


def _read(
    file: Path,
    as_of: str,
    said: dict[str, str | None],
    columns: dict[str, str],
    scenario: Path | None,
) -> Read:
    from geodata.sources import read_register
    from planner.scenario import read_scenario

    options: dict[str, Any] = {"as_of": as_of, "columns": columns}
    if scenario is not None:
        given = read_scenario(scenario).inputs.enterprise_register
        options["columns"] = {**given.columns, **columns}
        options |= {name: getattr(given, name) for name in said}
        options |= given.model_dump(include={"industry_vintage", "ownership_codes"})
    options |= {name: value for name, value in said.items() if value is not None}
    return read_register(file, **options)


@click.command("list")
@store_option
@json_option
def list_(store: Path, *, as_json: bool) -> None:
    """List the snapshots of a store, oldest first."""
    from geodata.history import list_snapshots
    from planner.cli.show import print_json

    every = list_snapshots(store)
    if as_json:
        print_json([{**row, "source": one.record.to_dict()} for row, one in zip(records(_counts(every)), every, strict=True)])  # fmt: skip
        return
    print_rows(_COUNTS(), _counts(every), most=len(every))


def _COUNTS() -> dict[str, str]:  # noqa: N802 - a table's titles, in the reader's language
    return {
        "snapshot_id": _("snapshot"),
        "as_of": _("as of"),
        "file": _("file"),
        "rows_in": _("rows"),
        "kept": _("kept"),
        "repaired": _("repaired"),
        "rejected": _("rejected"),
        "ignored": _("not data"),
    }


def _counts(snapshots: list[Snapshot]) -> Any:
    import pandas as pd

    rows = [
        (
            one.snapshot_id,
            one.as_of.isoformat(),
            one.record.path,
            one.record.rows_in,
            one.record.kept,
            one.record.repaired_rows,
            one.record.rejected_rows,
            one.record.ignored_rows,
        )
        for one in snapshots
    ]
    return pd.DataFrame(rows, columns=list(_COUNTS()))


@click.command()
@click.argument("before")
@click.argument("after")
@click.option("--threshold", type=click.IntRange(1), help="Size that is grown past or fallen under; the policy's when left out.")  # fmt: skip
@click.option("--moved-m", type=click.FloatRange(0), default=100.0, show_default=True, help="Metres beyond which another place is a move.")  # fmt: skip
@policy_option
@store_option
@xlsx_option
@json_option
def changes(
    *,
    before: str,
    after: str,
    threshold: int | None,
    moved_m: float,
    policy: str,
    store: Path,
    xlsx: Path | None,
    as_json: bool,
) -> None:
    """Say what happened between two snapshots: BEFORE and AFTER are years, days as 2025-12-31, latest, or ids."""
    from geodata.history import find_snapshot, load_snapshot, register_changes
    from planner.cli.show import print_json, print_table

    rule = read_rules(policy).organisations
    first, second = find_snapshot(store, before), find_snapshot(store, after)
    size = threshold or rule.own_union_threshold
    found = register_changes(
        load_snapshot(first).frame,
        load_snapshot(second).frame,
        threshold=size,
        basis=rule.threshold_basis,
        moved_m=moved_m,
    )
    counts = {event: int((found["event"] == event).sum()) for event in EVENTS}
    if xlsx is not None:
        shown = found.assign(event=found["event"].map({event: _(text) for event, text in EVENTS.items()}))  # fmt: skip
        write_sheets(xlsx, {_("changes"): (_titles(), shown)})
    if as_json:
        print_json(
            {
                "before": first.snapshot_id,
                "after": second.snapshot_id,
                "threshold": size,
                "counts": counts,
                "events": records(found),
            }
        )
        return
    click.echo(
        _("from {before} to {after}, threshold {size}").format(
            before=first.snapshot_id, after=second.snapshot_id, size=size
        )
    )
    rows = [(_(text), f"{counts[event]:,}") for event, text in EVENTS.items()]
    print_table((_("what happened"), _("enterprises")), rows)
    for event, text in EVENTS.items():
        part = found[found["event"] == event]
        if len(part):
            print_rows(_titles(), part.assign(event=_(text)), most=5)


def _titles() -> dict[str, str]:
    return {
        "event": _("what happened"),
        "enterprise_id": _("enterprise"),
        "name": _("name"),
        "street_town_name": _("street_town"),
        "workers": _("workers"),
        "before": _("before"),
        "after": _("after"),
        "distance_m": _("metres"),
        "matched_by": _("recognised by"),
    }


@click.command()
@click.argument("which")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write: .parquet (exact), .csv or .gpkg.")  # fmt: skip
@store_option
def restore(which: str, target: Path, store: Path) -> None:
    """Write a snapshot's rows as a file again; GeoParquet holds exactly what was added."""
    from geodata.history import find_snapshot, load_snapshot

    frame = load_snapshot(find_snapshot(store, which)).frame
    kind = target.suffix.lower()
    if kind == ".parquet":
        frame.to_parquet(target, index=False)
    elif kind == ".gpkg":
        frame.to_file(target, layer="enterprises", driver="GPKG")
    elif kind == ".csv":
        from planner.report.safe_csv import write_safe_csv

        write_safe_csv(frame, target)
    else:
        raise click.BadParameter(_("the file must end in .parquet, .csv or .gpkg"))
    click.echo(target)


@click.command()
@click.argument("text")
@store_option
@json_option
def find(text: str, store: Path, *, as_json: bool) -> None:
    """Find an enterprise by code or part of its name, in every snapshot."""
    from geodata.history import find_enterprise, list_snapshots
    from planner.cli.show import print_json

    if not list_snapshots(store):
        say(_("the store holds no snapshot yet; `planner register add` adds one"))
        return
    found = find_enterprise(store, text)
    found["unionised"] = found["unionised"].astype(bool)
    if as_json:
        print_json(records(found))
        return
    titles = {
        "enterprise_id": _("enterprise"),
        "as_of": _("as of"),
        "name": _("name"),
        "workers": _("workers"),
        "members": _("members"),
        "unionised": _("unionised"),
        "street_town_name": _("street_town"),
        "address": _("address"),
    }
    print_rows(titles, found, most=len(found))
