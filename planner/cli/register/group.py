"""The group of commands over a register store."""

from __future__ import annotations

import click

from planner.cli.register import cases, snapshots, survey


@click.group()
def register() -> None:
    """Keep the register of enterprises year after year: snapshots, changes, rates, work lists, visits, cases."""


for _command in (
    snapshots.add,
    snapshots.list_,
    snapshots.changes,
    snapshots.restore,
    snapshots.find,
    survey.rates,
    survey.work_list,
    survey.visit_list,
    survey.visited,
    cases.holdouts,
    cases.arrears,
    cases.case,
):
    register.add_command(_command)
