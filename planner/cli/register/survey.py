"""Rates, work lists and visits out of a register store."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.messages import mark, translator
from planner.cli.main import say
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

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geodata.history import Snapshot

_ = translator("planner")

which_argument = click.argument("which", default="latest")
WHOLE = mark("all together")
UNKNOWN = mark("unknown")


@click.command()
@which_argument
@boundaries_option
@policy_option
@store_option
@xlsx_option
@json_option
def rates(
    which: str,
    boundaries: Path | None,
    policy: str,
    store: Path,
    xlsx: Path | None,
    *,
    as_json: bool,
) -> None:
    """Both rates by street_town against what the policy asks; WHICH is a year, a day, latest or an id."""
    from planner.cli.show import print_json
    from planner.survey.rates import survey_rates

    snapshot, frame, towns = snapshot_of(store, which, boundaries)
    rule = read_rules(policy).rates
    table = survey_rates(frame, towns, rule)
    if as_json:
        print_json(
            {
                "snapshot_id": snapshot.snapshot_id,
                "enterprises_share": rule.enterprises_share,
                "members_share": rule.members_share,
                "street_towns": records(table),
            }
        )
        return
    shown = named(table)
    if xlsx is not None:
        write_sheets(xlsx, {_("rates"): (_rate_titles(), shown)})
    click.echo(
        _("{snapshot}: asked are {formation} of enterprises and {membership} of workers").format(
            snapshot=snapshot.snapshot_id,
            formation=f"{rule.enterprises_share:.0%}",
            membership=f"{rule.members_share:.0%}",
        )
    )
    print_rows(_rate_titles(), shown, most=len(shown))


def named(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of street_towns with words where a name is unknown, or means all of them."""
    from planner.survey.rates import WHOLE as EVERYTHING

    names = table["street_town"].replace({"": _(UNKNOWN), EVERYTHING: _(WHOLE)})
    return table.assign(street_town=names)


def _rate_titles() -> dict[str, str]:
    return {
        "street_town": _("street_town"),
        "enterprises": _("enterprises"),
        "unionised": _("covered"),
        "formation_share": "建会率",
        "enterprises_missing": _("enterprises missing"),
        "workers": _("workers"),
        "members": _("members"),
        "membership_share": "入会率",
        "members_missing": _("members missing"),
        "met": _("both met"),
    }


@click.command("work-list")
@which_argument
@boundaries_option
@policy_option
@store_option
@xlsx_option
@json_option
def work_list(
    which: str,
    boundaries: Path | None,
    policy: str,
    store: Path,
    xlsx: Path | None,
    *,
    as_json: bool,
) -> None:
    """List the enterprises that close each street_town's gap to both rates, the largest first."""
    from planner.cli.show import print_json
    from planner.survey.rates import survey_rates

    snapshot, frame, towns = snapshot_of(store, which, boundaries)
    rule = read_rules(policy).rates
    listed = _work_list(store, frame, towns, policy)
    if xlsx is not None:
        table = named(survey_rates(frame, towns, rule))
        write_sheets(
            xlsx,
            {
                _("work list"): (_work_titles(), _worded(listed)),
                _("rates"): (_rate_titles(), table),
            },
        )
    if as_json:
        print_json({"snapshot_id": snapshot.snapshot_id, "enterprises": records(listed)})
        return
    click.echo(
        _("{snapshot}: {count} enterprises to visit").format(
            snapshot=snapshot.snapshot_id, count=f"{len(listed):,}"
        )
    )
    print_rows(_work_titles(), _worded(listed))


def _work_list(store: Path, frame: gpd.GeoDataFrame, towns: pd.Series, policy: str) -> pd.DataFrame:
    from planner.survey.visits import last_visits
    from planner.survey.work_list import work_list as listed

    return listed(frame, towns, read_rules(policy).rates, last_visits(store))


def _worded(listed: pd.DataFrame) -> pd.DataFrame:
    from planner.survey.visits import CLOSES

    closes = listed["closes"].map({key: _(text) for key, text in CLOSES.items()})
    return named(listed.assign(closes=closes))


def _work_titles() -> dict[str, str]:
    return {
        "street_town": _("street_town"),
        "place": _("place"),
        "enterprise_id": _("enterprise"),
        "name": _("name"),
        "address": _("address"),
        "workers": _("workers"),
        "members": _("members"),
        "could_join": _("could join"),
        "closes": _("what for"),
        "last_visit": _("last visit"),
        "last_result": _("last result"),
    }


@click.command("visit-list")
@which_argument
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Workbook to write.")  # fmt: skip
@click.option("--street-town", help="Only this street_town.")
@click.option("--most", type=click.IntRange(1), help="At most so many, the first of the work list.")
@boundaries_option
@policy_option
@store_option
def visit_list(
    *,
    which: str,
    target: Path,
    street_town: str | None,
    most: int | None,
    boundaries: Path | None,
    policy: str,
    store: Path,
) -> None:
    """Write a workbook of enterprises to visit, to be filled in and read back with `planner register visited`."""
    from planner.survey.visits import write_visit_list

    snapshot, frame, towns = snapshot_of(store, which, boundaries)
    listed = _work_list(store, frame, towns, policy)
    if street_town is not None:
        if street_town not in set(towns):
            known = ", ".join(sorted({name for name in towns if name}))
            raise click.BadParameter(_("known street_towns are {names}").format(names=known))
        listed = listed[listed["street_town"] == street_town]
    if most is not None:
        listed = listed.head(most)
    title = f"走访清单 {street_town or ''} {snapshot.as_of.isoformat()}".replace("  ", " ")
    write_visit_list(target, listed, title)
    click.echo(
        _("{count} enterprises to visit: {path}").format(count=f"{len(listed):,}", path=target)
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rejects", type=click.Path(path_type=Path, dir_okay=False), help="Write refused rows to this .xlsx.")  # fmt: skip
@store_option
@json_option
def visited(file: Path, rejects: Path | None, store: Path, *, as_json: bool) -> None:
    """Read a filled-in visit list back; later work lists and the holdout list take it into account."""
    from geodata.history import find_snapshot, list_snapshots, load_snapshot
    from geodata.provenance import shown
    from geodata.sources import write_rejected
    from planner.cli.show import print_json, print_table
    from planner.survey.journal import VISITS, add_entries
    from planner.survey.keys import yearly_keys
    from planner.survey.visits import RESULTS, read_visit_list

    find_snapshot(store, "latest")
    known: set[str] = set()
    for one in list_snapshots(store):
        frame = load_snapshot(one).frame
        known |= set(yearly_keys(frame["enterprise_id"], frame["name"]))
    filled = read_visit_list(file, frozenset(known), date.today())  # noqa: DTZ011 - the day where the person is
    added = add_entries(store, VISITS, filled.entries)
    if rejects is not None:
        write_rejected(rejects, filled.rejected)
        say(_("rejected rows: {path}").format(path=rejects))
    results = {one: sum(e["result"] == one for e in filled.entries) for one in RESULTS}
    if as_json:
        print_json(
            {
                "rows_in": filled.rows_in,
                "kept": len(filled.entries),
                "new": added,
                "rejected": len(filled.rejected),
                "ignored": filled.ignored,
                "results": results,
                "refused_rows": records(filled.rejected),
            }
        )
        return
    click.echo(
        _("{kept} visits read, {new} of them new, {rejected} rows rejected, {ignored} not filled in").format(
            kept=len(filled.entries), new=added, rejected=len(filled.rejected), ignored=filled.ignored
        )
    )  # fmt: skip
    print_table((_("result"), _("visits")), [(RESULTS[one], str(n)) for one, n in results.items() if n])  # fmt: skip
    for row in filled.rejected.to_dict(orient="records"):
        say(f"  {row['source_row']}: {row['column']} {row['value']!r}: {shown(row['reason'])}")


def snapshot_of(
    store: Path, which: str, boundaries: Path | None
) -> tuple[Snapshot, gpd.GeoDataFrame, pd.Series]:
    """Return a snapshot, its rows, and the street_town of each."""
    from geodata.history import find_snapshot, load_snapshot
    from geodata.sources import read_boundaries
    from planner.survey.street_towns import street_town_of

    snapshot = find_snapshot(store, which)
    frame = load_snapshot(snapshot).frame
    areas = None
    if boundaries is not None:
        read = read_boundaries(boundaries)
        if read.street_towns is None:
            raise click.BadParameter(_("the boundaries have no layer street_towns"))
        areas = read.street_towns.frame
    return snapshot, frame, street_town_of(frame, areas)
