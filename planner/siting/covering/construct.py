"""A first answer: compulsory sites, what the rules need, then greedy; by integer programme where rules interlock."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.covering.exact import solve_exact
from planner.siting.covering.greedy import greedy
from planner.siting.covering.state import cover_of, rules_of, state_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core


def construct(
    core: Core, *, nodes: int = 1000, seconds: float = math.inf
) -> NDArray[np.int64] | None:
    """Return the positions of a first allowed set of sites.

    Parameters
    ----------
    core
        A core; of one with a required cover only the rules on sites are met here.
    nodes, seconds
        Limits for the integer programme over the sites alone, used only where greedy ends outside the rules.

    Returns
    -------
    numpy.ndarray or None
        None when no set of sites was found that meets the rules.
    """
    chosen = greedy_sites(core)
    if core.allowed(chosen):
        return chosen
    relaxed = sites_only(core)
    found = solve_exact(relaxed, nodes=nodes, seconds=seconds)
    return found.chosen


def greedy_sites(core: Core) -> NDArray[np.int64]:
    """Open the compulsory sites, then what rules still need, then whatever gains most per cost."""
    cover, rules = cover_of(core), rules_of(core)
    state = state_of(core, np.flatnonzero(core.fixed))
    rate = budget_rate(core)
    greedy(cover, rules, state, rate, math.inf, only_short=True)
    greedy(cover, rules, state, rate, math.inf, only_short=False)
    return np.flatnonzero(state.is_open)


def budget_rate(core: Core) -> NDArray[np.float64]:
    """Return what a gain is divided by: the cost where a budget limits the choice, else 1."""
    side = core.side
    rate = np.ones(core.sites)
    owner = np.repeat(np.arange(core.sites), np.diff(side.indptr))
    for rule in np.flatnonzero(~np.isfinite(side.low)):
        inside = side.rules == rule
        spread = side.coefficients[inside]
        floor = spread[spread > 0].min(initial=math.inf)
        rate[owner[inside]] = np.maximum(spread, floor * 1e-3 if math.isfinite(floor) else 1.0)
    return rate


def sites_only(core: Core) -> Core:
    """Return a core whose rows are gone and whose profits stand in for them: only the rules remain."""
    alone = core.profit + np.bincount(
        np.repeat(np.arange(core.sites), np.diff(core.column_indptr)),
        core.weights[core.column_rows],
        minlength=core.sites,
    )
    empty = np.zeros(0, dtype=np.int32)
    return replace(
        core,
        weights=np.zeros(0),
        indptr=np.zeros(1, dtype=np.int64),
        indices=empty,
        column_indptr=np.zeros(core.sites + 1, dtype=np.int64),
        column_rows=empty,
        profit=alone,
        required=None,
        full=False,
    )
