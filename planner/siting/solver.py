"""The one door: check a siting problem, hand it to the method for its kind, re-evaluate what comes back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from planner.siting.checks import check

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.siting.answer import Siting
    from planner.siting.problem import SitingProblem
    from planner.siting.stop import Stop


def solve(
    problem: SitingProblem,
    *,
    seed: int = 0,
    stop: Stop | None = None,
    start: NDArray[np.integer] | None = None,
    threads: int | None = None,
    debug: bool = False,
) -> Siting:
    """Choose which candidates open, with a certified gap.

    Parameters
    ----------
    problem
        What is to be decided.
    seed
        Seed of the search: the same seed gives the same answer, on any number of threads.
    stop
        When to end; without one a counted limit that repeats exactly.
    start
        Indices of sites to start from, such as last year's plan; ignored where they break a rule.
    threads
        Threads that covering may use; None for all cores.
    debug
        Recompute gains, losses, counts, loads and value from scratch after every move of the search and raise
        ``AssertionError`` where they differ from what was kept or reckoned. Slow: for small problems and for tests.

    Returns
    -------
    Siting
        Sites, assignment and outcome; the value is recomputed from the raw arrays.

    Raises
    ------
    ProblemError
        The arrays contradict each other; every fault is named.
    """
    check(problem)
    if problem.objective in ("p_median", "p_center") or problem.capacity is not None:
        from planner.siting.median import solve_median

        return solve_median(problem, seed=seed, stop=stop, start=start, debug=debug)
    from planner.siting.covering.solve import solve_covering

    threads = threads or os.cpu_count() or 1
    return solve_covering(problem, seed=seed, stop=stop, start=start, threads=threads, debug=debug)
