"""What districts are possible, and what the choices between balance, minutes and switching cost."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geodata.messages import translator
from planner.cli.main import say

if TYPE_CHECKING:
    import pandas as pd

    from planner.districting import Alternative, TownFeasibility

_ = translator("planner")


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--alternatives", is_flag=True, help="Draw the usual alternatives and compare them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def districts(scenario: Path, *, alternatives: bool, as_json: bool) -> None:
    """Say which numbers of districts each street_town allows, before any search; nothing is stored."""
    from planner.cli.show import print_json
    from planner.districting import Stop, feasibility
    from planner.districting import alternatives as draw_alternatives
    from planner.pipeline.options import districts_to_draw
    from planner.scenario import read_scenario

    settings = read_scenario(scenario)
    problem, sizes = districts_to_draw(settings)
    possible = feasibility(problem)
    if not as_json:
        _print_possible(possible)
        _print_sizes(sizes)
    drawn: tuple[Alternative, ...] = ()
    if alternatives:
        say(_("drawing the alternatives"))
        stop = Stop(work=settings.stopping.districting_work, fuse_s=settings.stopping.fuse_s)
        drawn = draw_alternatives(problem, seed=settings.seed, stop=stop)
    if as_json:
        found = [
            {
                "name": one.name,
                "districts": one.districts,
                "in_band_share": one.in_band_share,
                "deviation_share": one.deviation_share,
                "minutes": one.minutes,
                # Without last year's map nothing can switch; NaN is no JSON.
                "switched_share": None if math.isnan(one.switched_share) else one.switched_share,
            }
            for one in drawn
        ]
        print_json(
            {
                "street_towns": [asdict(town) for town in possible],
                "joint_sizes": sizes.to_dict(orient="records"),
                "alternatives": found,
            }
        )
    elif drawn:
        _print_alternatives(drawn)


def _print_possible(possible: tuple[TownFeasibility, ...]) -> None:
    from planner.cli.show import print_table

    headers = (
        _("street_town"),
        _("units"),
        _("districts possible"),
        _("all in band at"),
        _("at most in band"),
        _("why not all"),
    )
    rows = [
        (
            town.street_town_id,
            f"{town.units:,}",
            _numbers(town.counts),
            _numbers(town.feasible_counts),
            f"{100 * town.ceiling_share:.1f} %",
            town.reason,
        )
        for town in possible
    ]
    print_table(headers, rows)


def _print_sizes(sizes: pd.DataFrame) -> None:
    from planner.cli.show import print_table
    from planner.explain import SIZE_OUTCOMES

    if sizes.empty:
        return
    headers = (
        _("street_town"),
        _("joint unions"),
        _("enterprises each"),
        _("organisations"),
        _("at most in band"),
    )
    listed: list[Any] = list(sizes.itertuples())
    rows = [
        (
            row.street_town_id,
            _(SIZE_OUTCOMES[row.outcome]),
            _change(row.size_before, row.size_after),
            _change(f"{row.organisations_before:,}", f"{row.organisations_after:,}"),
            _change(
                f"{row.in_band_before}/{row.districts_before}",
                f"{row.in_band_after}/{row.districts_after}",
            ),
        )
        for row in listed
    ]
    title = _("Size of joint unions where not all districts can be in band")
    print_table(headers, rows, title=title)


def _change(before: object, after: object) -> str:
    """Write what changed as before and after, else once.

    Examples
    --------
    >>> _change(25, 40), _change(25, 25)
    ('25 -> 40', '25')
    """
    return f"{before}" if before == after else f"{before} -> {after}"


def _print_alternatives(drawn: tuple[Alternative, ...]) -> None:
    from planner.cli.show import print_table

    headers = (
        _("alternative"),
        _("districts"),
        _("in band"),
        _("distance from the ideals"),
        _("minutes to the hub"),
        _("organisations that switch"),
    )
    rows = [
        (
            _(one.name),
            f"{one.districts:,}",
            f"{100 * one.in_band_share:.1f} %",
            f"{100 * one.deviation_share:.1f} %",
            f"{one.minutes:.2f}",
            "-" if math.isnan(one.switched_share) else f"{100 * one.switched_share:.1f} %",
        )
        for one in drawn
    ]
    print_table(headers, rows)


def _numbers(counts: tuple[int, ...]) -> str:
    """Write numbers in ascending order, runs as first-last.

    Examples
    --------
    >>> _numbers((3, 4, 5, 8)), _numbers(())
    ('3-5, 8', '-')
    """
    runs: list[list[int]] = []
    for count in counts:
        if runs and count == runs[-1][1] + 1:
            runs[-1][1] = count
        else:
            runs.append([count, count])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs) or "-"
