"""Which plan is in force, and where plans come from: publish, rollback, log, replay."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from geodata.errors import Fault
from geodata.messages import mark, translator
from planner.cli.commands import FOLDER, jobs_option, json_option, store_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geodata.roads import RoadNetwork
    from planner.pipeline.replay import Replay
    from planner.plan import Plan
    from planner.publication import Publication

_ = translator("planner")

MOVES = {"publish": mark("published"), "rollback": mark("rolled back to")}
"""Moves of the pointer, in words."""

by_option = click.option("--by", required=True, help="Who decides.")
why_option = click.option("--why", required=True, help="The reason.")


def register(group: click.Group) -> None:
    """Add the commands of this module to the group."""
    for command in (publish, rollback, log, replay):
        group.add_command(command)


@click.command()
@click.argument("plan_id", metavar="PLAN")
@by_option
@why_option
@store_option
@json_option
def publish(plan_id: str, by: str, why: str, store: Path, *, as_json: bool) -> None:
    """Verify a plan once more and put it in force."""
    from planner.publication import publish as put_in_force

    _say(
        put_in_force(store, plan_id, by=by, why=why, network_of=_network_of(store)), as_json=as_json
    )


@click.command()
@click.option(
    "--to", metavar="PLAN", help="An earlier published plan; the one before when left out."
)
@by_option
@why_option
@store_option
@json_option
def rollback(to: str | None, by: str, why: str, store: Path, *, as_json: bool) -> None:
    """Put the plan back in force that was published before."""
    from planner.publication import rollback as go_back

    _say(go_back(store, by=by, why=why, to=to, network_of=_network_of(store)), as_json=as_json)


@click.command()
@click.argument("plan_id", metavar="[PLAN]", required=False)
@store_option
@json_option
def log(plan_id: str | None, store: Path, *, as_json: bool) -> None:
    """Show which plans were in force when and why, or a plan's chain of parents."""
    from planner.publication import publications

    if plan_id is not None:
        _print_chain(store, plan_id, as_json=as_json)
        return
    moves = publications(store)
    if as_json:
        from planner.cli.show import print_json

        print_json([asdict(move) for move in moves])
        return
    if not moves:
        click.echo(_("no plan was published yet"))
        return
    from planner.cli.show import print_table

    rows = [
        (move.at, _(MOVES[move.kind]), move.plan_id, move.by, move.why) for move in reversed(moves)
    ]
    print_table((_("when"), _("what"), _("plan"), _("by"), _("reason")), rows)


@click.command()
@click.argument("plan_id", metavar="PLAN")
@click.option(
    "--inputs", type=FOLDER, help="Folder the plan's input paths start from; as then when left out."
)
@jobs_option
@store_option
@json_option
def replay(
    plan_id: str, inputs: Path | None, jobs: int | None, store: Path, *, as_json: bool
) -> None:
    """Make a stored plan again on the same inputs and compare the ids; nothing is stored."""
    from planner.cli.progress import StageDisplay
    from planner.cli.show import print_json
    from planner.errors import VerificationError
    from planner.pipeline import Watch
    from planner.pipeline.replay import replay as make_again

    display = StageDisplay()
    try:
        made = make_again(store, plan_id, inputs=inputs, jobs=jobs, watch=Watch(display))
    finally:
        display.close()
    if as_json:
        print_json({**asdict(made), "same": made.same})
    if not made.same:
        raise VerificationError(_another_plan(made))
    if not as_json:
        click.echo(_("{plan_id}: made again, the same decisions").format(plan_id=made.plan_id))


def _another_plan(made: Replay) -> Fault:
    """Say that a replay came out differently, and what may be behind it."""
    reasons = [f"{name} {then} -> {now}" for name, (then, now) in made.packages.items()]
    if not made.reproducible:
        reasons.insert(0, _("a search of that run was ended by the clock"))
    fix = _("what changed since: {reasons}").format(
        reasons=", ".join(reasons) or _("no package that is recorded")
    )
    what = _("made again, the plan is {again}; these tables differ").format(again=made.again)
    return Fault(what, made.plan_id, len(made.tables), list(made.tables), fix)


def _print_chain(store: Path, plan_id: str, *, as_json: bool) -> None:
    from planner.cli.show import print_json, print_table
    from planner.lineage import chain

    ancestors = chain(store, plan_id)
    if as_json:
        keys = ("name", "created", "command", "parent_plan")
        print_json(
            [
                {"plan_id": a.plan_id, **{key: (a.manifest or {}).get(key) for key in keys}}
                for a in ancestors
            ]
        )
        return
    missing = _("not in this store")
    rows = [
        (
            a.plan_id,
            str(a.manifest.get("created", "")) if a.manifest else missing,
            str(a.manifest.get("name", "")) if a.manifest else "",
            str(a.manifest.get("command", "")) if a.manifest else "",
        )
        for a in ancestors
    ]
    print_table((_("plan"), _("made"), _("name"), _("command")), rows)


def _say(move: Publication, *, as_json: bool) -> None:
    if as_json:
        from planner.cli.show import print_json

        print_json(asdict(move))
        return
    click.echo(f"{_(MOVES[move.kind])}: {move.plan_id} ({move.by}: {move.why})")


def _network_of(store: Path) -> Callable[[Plan], RoadNetwork]:
    from planner.pipeline.network import stored_network

    def network_of(plan: Plan) -> RoadNetwork:
        return stored_network(store, str(plan.manifest["network"]))

    return network_of
