"""Nested tiers: candidates of a lower tier count only within reach of an open site of the tier above."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.problem import Coverage, SitingProblem


def within_parents(
    problem: SitingProblem, reach: Coverage, parents: NDArray[np.integer]
) -> SitingProblem:
    """Forbid the candidates that no open parent reaches.

    Parameters
    ----------
    problem
        Problem of the lower tier.
    reach
        For each of its candidates (rows), the sites of the tier above within reach.
    parents
        Open sites of the tier above, as numbered in ``reach``.

    Returns
    -------
    SitingProblem
        The same problem with more candidates in ``fixed_closed``; compulsory ones out of reach become a fault that
        `planner.siting.check` names.

    Examples
    --------
    >>> from planner.siting.problem import Coverage, SitingProblem
    >>> both = Coverage(np.array([0, 2]), np.array([0, 1], dtype=np.int32))
    >>> lower = SitingProblem(np.array(["d"]), np.array(["a", "b"]), np.ones(1), both, p=1)
    >>> near = Coverage(np.array([0, 1, 2]), np.array([0, 1], dtype=np.int32))
    >>> within_parents(lower, near, np.array([1])).fixed_closed
    array([ True, False])
    """
    is_open = np.zeros(
        int(max(reach.indices.max(initial=-1), parents.max(initial=-1))) + 1, dtype=np.bool_
    )
    is_open[parents] = True
    served = np.concatenate([[0], np.cumsum(is_open[reach.indices])])
    orphan = served[reach.indptr[1:]] == served[reach.indptr[:-1]]
    if problem.fixed_closed is not None:
        orphan |= np.asarray(problem.fixed_closed, dtype=np.bool_)
    return replace(problem, fixed_closed=orphan)
