"""A small table of alternatives, so that a planner sees what balance costs in minutes and in districts changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geodata.messages import mark
from planner.districting.ceiling import SLACK
from planner.districting.settings import DistrictingSettings, Stop
from planner.districting.solver import solve

if TYPE_CHECKING:
    from planner.districting.problem import Districting, DistrictingProblem


@dataclass(frozen=True)
class Choice:
    """One way to weigh things.

    Parameters
    ----------
    name
        Key of the text shown.
    settings
        What the search weighs.
    tolerance
        Band around the ideals the search aims at, as a share; None: the problem's own bands.
    """

    name: str
    settings: DistrictingSettings
    tolerance: float | None = None


@dataclass(frozen=True, eq=False)
class Alternative:
    """What one choice gives, measured with the problem's own bands.

    Parameters
    ----------
    name
        Key of the text shown.
    districts
        Number of districts.
    in_band_share
        Share of districts with every measure in band (0-1).
    deviation_share
        Mean distance of districts from the ideals, over all measures, relative to the ideals.
    minutes
        Mean walking minutes to the hub.
    switched_share
        Share of the first measure that changes district; NaN without last year's map.
    districting
        The map.
    """

    name: str
    districts: int
    in_band_share: float
    deviation_share: float
    minutes: float
    switched_share: float
    districting: Districting


def choices(problem: DistrictingProblem) -> tuple[Choice, ...]:
    """Return the usual alternatives; those about switching only where there is a map of last year."""
    base = DistrictingSettings()
    usual = [
        Choice(mark("as set"), base),
        Choice(mark("shorter ways"), replace(base, minutes_weight=1.5)),
        Choice(mark("closer to the ideal sizes"), base, tolerance=0.1),
    ]
    if problem.incumbent is not None and (problem.incumbent >= 0).any():
        usual += [
            Choice(mark("fewest changes"), replace(base, switching_weight=6.0)),
            Choice(mark("drawn from scratch"), replace(base, greenfield=True)),
        ]
    return tuple(usual)


def alternatives(
    problem: DistrictingProblem,
    *,
    seed: int = 0,
    stop: Stop | None = None,
    among: tuple[Choice, ...] | None = None,
) -> tuple[Alternative, ...]:
    """Solve a problem under several choices and measure them alike.

    Parameters
    ----------
    problem
        Arrays of the city.
    seed, stop
        As in `planner.districting.solve`.
    among
        Choices; None: `choices`.

    Returns
    -------
    tuple of Alternative
        In the order of the choices.
    """
    found = []
    for choice in choices(problem) if among is None else among:
        aimed = problem if choice.tolerance is None else _aimed(problem, choice.tolerance)
        drawn = solve(aimed, seed=seed, stop=stop, settings=choice.settings)
        held = np.zeros((len(drawn.hub), len(problem.bands)))
        np.add.at(held, drawn.labels, problem.measures)
        least = np.array([band.least for band in problem.bands])
        ideal = np.array([band.ideal for band in problem.bands])
        most = np.array([band.most for band in problem.bands])
        inside = ((held >= least * (1 - SLACK)) & (held <= most * (1 + SLACK))).all(axis=1)
        found.append(
            Alternative(
                choice.name,
                len(drawn.hub),
                float(inside.mean()),
                float(np.abs(held / ideal - 1).mean()),
                drawn.minutes,
                drawn.switched_share,
                drawn,
            )
        )
    return tuple(found)


def _aimed(problem: DistrictingProblem, tolerance: float) -> DistrictingProblem:
    """Return the problem with bands around the ideals, never wider than they were."""
    bands = tuple(
        replace(
            band,
            least=max(band.least, band.ideal * (1 - tolerance)),
            most=min(band.most, band.ideal * (1 + tolerance)),
        )
        for band in problem.bands
    )
    return replace(problem, bands=bands)
