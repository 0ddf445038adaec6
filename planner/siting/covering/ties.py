"""Preference as a pure tie-break: among answers of equal value, the one of greatest total preference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.covering.descent import descend
from planner.siting.covering.exact import solve_exact
from planner.siting.covering.state import cover_of, rules_of, state_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core
    from planner.siting.covering.run import Run

EXACT_PAIRS = 4_000
"""Up to this many pairs the tie-break is exact; beyond, swaps of equal value are taken while they gain."""
HAIR = 0.25
"""Most that all preferences together may weigh while whole-number objectives decide."""
LOOKS = 500
"""Most swaps of set covering that are checked in full."""


def prefer(run: Run) -> None:
    """Exchange the incumbent for an equal one that is preferred, where there is one.

    Parameters
    ----------
    run
        A run that is over; its value does not change.
    """
    core = run.core
    if run.best is None or not core.preference.any():
        return
    scale = float(np.abs(core.preference).sum())
    hair = (HAIR if core.integral else 1e-6 * max(1.0, abs(run.value))) / scale
    hairy = replace(core, profit=core.profit + hair * core.preference)
    found = None
    if len(core.indices) <= EXACT_PAIRS:
        seconds = run.stop.seconds_left(run.progress)
        exact = solve_exact(hairy, seed=run.seed, start=run.best, nodes=2_000, seconds=seconds)
        run.work += exact.nodes
        found = exact.chosen
    if found is None or not _equal(run, found):
        found = _by_swaps(run, hairy, hair)
    if _equal(run, found) and core.preference[found].sum() > core.preference[run.best].sum():
        run.best, run.value = found, core.value(found)


def _equal(run: Run, chosen: NDArray[np.integer]) -> bool:
    slack = 1e-9 * max(1.0, abs(run.value))
    return run.core.value(chosen) >= run.value - slack and run.core.allowed(chosen)


def _by_swaps(run: Run, hairy: Core, hair: float) -> NDArray[np.int64]:
    if run.core.required is not None:
        return _equal_exchanges(run)
    best = np.zeros(0, dtype=np.int64) if run.best is None else run.best
    state = state_of(hairy, best)
    steps = np.unique(np.abs(run.core.preference))
    least = 1e-3 * hair * float(steps[steps > 0].min())
    run.work += descend(cover_of(hairy), rules_of(hairy), state, 20, least)
    return np.flatnonzero(state.is_open)


def _equal_exchanges(run: Run) -> NDArray[np.int64]:
    """Exchange sites of a cover, least preferred first, for preferred ones that cost no more and serve as well."""
    core = run.core
    mask = np.zeros(core.sites, dtype=np.bool_)
    mask[run.best] = True
    looks = 0
    for site in sorted(np.flatnonzero(mask), key=lambda s: (core.preference[s], s)):
        better = (
            ~mask & (core.preference > core.preference[site]) & (core.profit >= core.profit[site])
        )
        rows = core.column_rows[core.column_indptr[site] : core.column_indptr[site + 1]]
        near = np.zeros(core.sites, dtype=np.bool_)
        for row in rows[: 50 if core.full else len(rows)]:
            near[core.indices[core.indptr[row] : core.indptr[row + 1]]] = True
        options = np.flatnonzero(better & near)
        for option in options[np.argsort(-core.preference[options], kind="stable")]:
            mask[site], mask[option] = False, True
            looks += 1
            if core.allowed(np.flatnonzero(mask)):
                break
            mask[site], mask[option] = True, False
            if looks >= LOOKS:
                return np.flatnonzero(mask)
    return np.flatnonzero(mask)
