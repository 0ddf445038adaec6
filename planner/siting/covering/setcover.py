"""A cover of all demand by OR-Tools' set-cover heuristics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core

TABU_ROUNDS = 5_000


def cover_all(core: Core, cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return sites that reach every row of a core: greedy, steepest descent, guided local search.

    Parameters
    ----------
    core
        A core that needs each row reached once.
    cost
        Cost per site, at least 0.

    Returns
    -------
    numpy.ndarray
        int64, ascending positions, the core's compulsory sites included.
    """
    from ortools.set_cover.python import set_cover

    model = set_cover.SetCoverModel()
    for site in range(core.sites):
        model.add_empty_subset(0.0 if core.fixed[site] else float(cost[site]))
        for row in core.column_rows[
            core.column_indptr[site] : core.column_indptr[site + 1]
        ].tolist():
            model.add_element_to_last_subset(row)
    state = set_cover.SetCoverInvariant(model)
    greedy = set_cover.GreedySolutionGenerator(state)
    greedy.next_solution()
    steepest = set_cover.SteepestSearch(state)
    steepest.set_max_iterations(core.sites)
    steepest.next_solution()
    state.recompute(set_cover.consistency_level.REDUNDANCY)
    guided = set_cover.GuidedLocalSearch(state)
    guided.initialize()
    guided.set_max_iterations(TABU_ROUNDS)
    guided.next_solution()
    picked = np.asarray(state.is_selected(), dtype=np.bool_)
    return np.flatnonzero(picked | core.fixed)
