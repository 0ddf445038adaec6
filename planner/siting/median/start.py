"""Allowed sets of sites to begin from, and the proof that there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.siting.median.exact import site_program
from planner.siting.median.highs import Ending, run_highs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.effort import Effort
    from planner.siting.median.highs import Program
    from planner.siting.median.model import Location

NODES = 20_000


class Reach(NamedTuple):
    """A set of sites that does what was asked, or the proof that none does; neither where the search was cut short."""

    is_open: NDArray[np.bool_] | None
    impossible: bool


def allowed_start(
    location: Location, wish: NDArray[np.bool_], *, seed: int, effort: Effort
) -> Reach:
    """Return the allowed set of sites nearest to a wish, or the proof that the rules contradict each other.

    Parameters
    ----------
    location
        The problem; only its rules are looked at.
    wish
        Sites one would like open.
    seed
        Any integer.
    effort
        Collects work.
    """
    program = site_program(location, np.zeros(0))
    program.costs = np.where(wish, -1.0, 0.01)
    return _run(program, location, seed=seed, effort=effort)


def reaching_start(location: Location, *, seed: int, effort: Effort) -> Reach:
    """Return an allowed set of sites that reaches all demand that must be served.

    Parameters
    ----------
    location
        The problem.
    seed
        Any integer.
    effort
        Collects work.
    """
    program = site_program(location, np.zeros(0))
    program.costs = np.ones(location.candidates)
    add_reach(program, location)
    return _run(program, location, seed=seed, effort=effort)


def add_reach(program: Program, location: Location) -> None:
    """Add one row per demand that must be served: ``backup`` open sites within reach."""
    lengths = np.diff(location.indptr)
    owners = np.repeat(np.arange(location.demands), lengths)
    must = np.isinf(location.unserved)
    number = np.cumsum(must) - 1
    kept = must[owners]
    count = int(must.sum())
    program.add(
        number[owners[kept]],
        location.columns[kept],
        np.ones(int(kept.sum())),
        np.full(count, float(location.backup)),
        np.full(count, np.inf),
    )


def _run(program: Program, location: Location, *, seed: int, effort: Effort) -> Reach:
    answer = run_highs(program, seed=seed, nodes=NODES, seconds=effort.seconds_left())
    effort.spend(1 + answer.nodes)
    if answer.ending is Ending.INFEASIBLE:
        return Reach(None, impossible=True)
    if answer.ending is Ending.CLOCK:
        effort.clock_used = True
    if answer.values is None:
        return Reach(None, impossible=False)
    is_open = answer.values[: location.candidates] > 0.5
    return Reach(is_open if location.rules.allows(is_open) else None, impossible=False)
