"""Enterprises that refuse a union or its dues, and the dated track of each one's case."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from geodata.messages import translator
from planner.cli.register.options import (
    boundaries_option,
    json_option,
    policy_option,
    print_rows,
    read_rules,
    records,
    store_option,
    write_sheets,
    xlsx_option,
)
from planner.cli.register.survey import named, snapshot_of, which_argument
from planner.survey.cases import STEPS, TRACKS, UNION

if TYPE_CHECKING:
    from pathlib import Path

    from geodata.history import Snapshot
    from planner.survey.holdouts import Years

_ = translator("planner")


@click.command()
@which_argument
@boundaries_option
@policy_option
@store_option
@xlsx_option
@json_option
def holdouts(
    which: str,
    boundaries: Path | None,
    policy: str,
    store: Path,
    xlsx: Path | None,
    *,
    as_json: bool,
) -> None:
    """List large enterprises long without a union, with the track of each one's case."""
    from planner.cli.show import print_json
    from planner.survey.cases import read_cases
    from planner.survey.holdouts import holdouts as listed
    from planner.survey.visits import last_visits

    snapshot, frame, towns = snapshot_of(store, which, boundaries)
    rule = read_rules(policy).rates
    found = listed(
        frame,
        towns,
        _years(store, snapshot),
        workers_least=rule.holdout_workers_least,
        years_least=rule.holdout_years_least,
        visits=last_visits(store),
        cases=read_cases(store),
    )
    titles = {
        "place": _("place"),
        "enterprise_id": _("enterprise"),
        "name": _("name"),
        "street_town": _("street_town"),
        "workers": _("workers"),
        "without_union_since": _("without a union since"),
        "years": _("years"),
        "last_visit": _("last visit"),
        "last_result": _("last result"),
        "step": _("step"),
        "step_date": _("date of the step"),
        "steps": _("all steps"),
    }
    if xlsx is not None:
        write_sheets(xlsx, {_("holdouts"): (titles, named(found))})
    if as_json:
        print_json({"snapshot_id": snapshot.snapshot_id, "holdouts": records(found)})
        return
    click.echo(
        _("{snapshot}: {count} holdouts of {workers} workers and more, {years} years without a union").format(
            snapshot=snapshot.snapshot_id, count=f"{len(found):,}",
            workers=rule.holdout_workers_least, years=rule.holdout_years_least,
        )
    )  # fmt: skip
    print_rows({key: title for key, title in titles.items() if key != "steps"}, named(found))


def _years(store: Path, newest: Snapshot) -> list[Years]:
    from geodata.history import list_snapshots, load_snapshot
    from planner.survey.holdouts import Years
    from planner.survey.keys import yearly_keys

    by_day = {one.as_of: one for one in list_snapshots(store) if one.as_of < newest.as_of}
    years = []
    for snapshot in (*by_day.values(), newest):
        frame = load_snapshot(snapshot).frame
        waiting = frame["in_scope"].to_numpy(bool) & ~frame["unionised"].to_numpy(bool)
        part = frame[waiting]
        keys = yearly_keys(part["enterprise_id"], part["name"])
        years.append(Years(snapshot.as_of, frozenset(keys)))
    return years


@click.command()
@click.argument("enterprise")
@click.option(
    "--track",
    type=click.Choice(list(TRACKS)),
    default=UNION,
    show_default=True,
    help="What is refused: a union, or its dues.",
)
@click.option("--step", type=click.Choice(list(STEPS)), required=True, help="Step that was taken.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Its date.")
@click.option("--by", required=True, help="Who took it.")
@click.option("--note", default="", help="What else should be known.")
@store_option
@json_option
def case(
    *,
    enterprise: str,
    track: str,
    step: str,
    day: datetime,
    by: str,
    note: str,
    store: Path,
    as_json: bool,
) -> None:
    """Enter a step in the case of an enterprise, by code or whole name: one that forms no union, or pays no dues."""
    from geodata.history import find_snapshot, load_snapshot
    from planner.cli.show import print_json, print_table
    from planner.survey.cases import take_step
    from planner.survey.keys import yearly_keys

    frame = load_snapshot(find_snapshot(store, "latest")).frame
    known = frame[(frame["enterprise_id"] == enterprise) | (frame["name"] == enterprise)]
    if len(known) != 1:
        raise click.BadParameter(
            _("the newest snapshot has {count} enterprises {enterprise}").format(
                count=len(known), enterprise=enterprise
            )
        )
    if step not in TRACKS[track]:
        raise click.BadParameter(
            _("{step} is no step of {track}; its steps are {steps}").format(
                step=step, track=track, steps=", ".join(TRACKS[track])
            )
        )
    key = yearly_keys(known["enterprise_id"], known["name"]).iloc[0]
    today = date.today()  # noqa: DTZ011 - a day as people write it
    taken = take_step(store, key, step, day.date(), by=by, note=note, today=today, track=track)
    if as_json:
        print_json({"enterprise_id": key, "track": track, "steps": taken})
        return
    rows = [(one["date"], _(STEPS[one["step"]]), one["by"], one["note"]) for one in taken]
    print_table((_("date"), _("step"), _("by"), _("note")), rows)


@click.command()
@which_argument
@boundaries_option
@policy_option
@store_option
@click.option("--all", "everybody", is_flag=True, help="Settled cases as well.")
@xlsx_option
@json_option
def arrears(
    which: str,
    boundaries: Path | None,
    policy: str,
    store: Path,
    xlsx: Path | None,
    *,
    everybody: bool,
    as_json: bool,
) -> None:
    """List enterprises with a case of refused dues: what each owes a year, and the steps taken."""
    from planner.cli.show import print_json
    from planner.survey.arrears import arrears as listed
    from planner.survey.cases import read_cases

    snapshot, frame, towns = snapshot_of(store, which, boundaries)
    cases = read_cases(store, "dues")
    found = listed(frame, towns, cases, read_rules(policy).money, everybody=everybody)
    titles = {
        "place": _("place"),
        "enterprise_id": _("enterprise"),
        "name": _("name"),
        "street_town": _("street_town"),
        "workers": _("workers"),
        "owed_yuan_year": _("dues owed, yuan a year"),
        "step": _("step"),
        "step_date": _("date of the step"),
        "steps": _("all steps"),
    }
    if xlsx is not None:
        write_sheets(xlsx, {_("refused dues"): (titles, named(found))})
    if as_json:
        print_json({"snapshot_id": snapshot.snapshot_id, "arrears": records(found)})
        return
    click.echo(
        _("{snapshot}: {count} cases of refused dues, {yuan} yuan a year").format(
            snapshot=snapshot.snapshot_id, count=f"{len(found):,}", yuan=f"{int(found['owed_yuan_year'].sum()):,}"
        )
    )  # fmt: skip
    print_rows({key: title for key, title in titles.items() if key != "steps"}, named(found))
