"""Does what must open fit into the limits, and if not, what is the least more that would do? Exact, by integer programming."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from planner.allocation.ordering import OrderingProblem


NODES_MOST = 20_000
"""Nodes of the branch-and-bound tree after which the best raise found is told, not called the least."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Periods of the items that must open, their parents among them, and how much the limits must go up.

    Parameters
    ----------
    items, period
        int64: what must open, and when.
    raises
        Kind of limit -> whole units its limits are raised by; all 0 where everything fits as it is.
    proved
        Whether no smaller raise would do.
    """

    items: NDArray[np.int64]
    period: NDArray[np.int64]
    raises: dict[str, int]
    proved: bool


def must_chain(problem: OrderingProblem) -> NDArray[np.int64]:
    """Return what must open with all parents above, ascending."""
    chain = {int(item) for item in np.flatnonzero(problem.must)}
    for item in list(chain):
        above = int(problem.parent[item])
        while above >= 0:
            chain.add(above)
            above = int(problem.parent[above])
    return np.array(sorted(chain), dtype=np.int64)


def least_raise(problem: OrderingProblem, shares: Mapping[str, NDArray[np.float64]]) -> Fit | None:
    """Find periods for what must open that raise the limits least.

    Parameters
    ----------
    problem
        Items, limits and dates; only what must open and its parents are looked at.
    shares
        Kind of limit -> float64 (limits,): by how much each limit goes up when the kind is raised by one unit, 0 for limits
        of other kinds. The first kind is raised as little as can be, the second as little as can be after that, and so on.
        Without any kind: does it fit as it is?

    Returns
    -------
    Fit or None
        None where no periods would do, whatever is raised: something has no premises in time, or nothing may be raised.
    """
    items = must_chain(problem)
    periods = problem.use.shape[2]
    if (problem.earliest[items] >= periods).any():
        return None
    if not len(items):
        period = np.zeros(0, dtype=np.int64)
        return Fit(items, period, {k: _needed(problem, items, period, s) for k, s in shares.items()}, proved=True)  # fmt: skip
    model = _Model(problem, items, list(shares.values()))
    found: list[int] = []
    proved, period = True, np.zeros(0, dtype=np.int64)
    for kind in range(max(1, len(shares))):
        answer = model.solve(kind, found)
        if answer is None:
            return None
        period, done = answer
        proved &= done
        if shares:
            found.append(_needed(problem, items, period, model.shares[kind]))
    return Fit(items, period, dict(zip(shares, found, strict=True)), proved)


class _Model:
    """Which period each item opens in, as binaries, beside one raise per kind of limit."""

    def __init__(
        self,
        problem: OrderingProblem,
        items: NDArray[np.int64],
        shares: list[NDArray[np.float64]],
    ) -> None:
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array, hstack

        self.shares = shares
        self.shape = (len(items), problem.use.shape[2])
        n, extra = len(items) * self.shape[1], len(shares)
        use = problem.use[:, items, :].reshape(len(problem.limits), n)
        scale = np.maximum(np.abs(use).max(axis=1, initial=0), 1).astype(float)
        self.units = np.array([max(float(scale[s > 0].max(initial=1.0)), 1.0) for s in shares])
        relief = [-(s * unit / scale)[:, None] for s, unit in zip(shares, self.units, strict=True)]
        limits = hstack([csr_array(use / scale[:, None]), *map(csr_array, relief)], format="csr")
        once = np.repeat(np.arange(len(items)), self.shape[1])
        opens = csr_array((np.ones(n), (once, np.arange(n))), shape=(len(items), n + extra))
        self.constraints: list[Any] = [
            LinearConstraint(opens, 1.0, 1.0),
            LinearConstraint(limits, -np.inf, problem.limits / scale),
        ]
        order = self._parents_first(problem, items, extra)
        if order.shape[0]:
            self.constraints.append(LinearConstraint(order, -np.inf, 0.0))
        self.upper = np.ones(n + extra)
        for k, first in enumerate(problem.earliest[items].tolist()):
            self.upper[k * self.shape[1] : k * self.shape[1] + first] = 0.0

    def _parents_first(
        self, problem: OrderingProblem, items: NDArray[np.int64], extra: int
    ) -> csr_array:
        """Return rows that hold a child's openings up to each period below its parent's."""
        from scipy.sparse import csr_array

        count, periods = self.shape
        parent = problem.parent[items]
        child = np.flatnonzero(parent >= 0)
        above = np.searchsorted(items, parent[child])
        last, t = np.tril_indices(periods - 1)
        row = (np.arange(len(child))[:, None] * (periods - 1) + last).ravel()
        own = (child[:, None] * periods + t).ravel()
        over = (above[:, None] * periods + t).ravel()
        ones = np.ones(len(row))
        shape = (len(child) * (periods - 1), count * periods + extra)
        return csr_array((np.r_[ones, -ones], (np.r_[row, row], np.r_[own, over])), shape=shape)

    def solve(self, kind: int, found: list[int]) -> tuple[NDArray[np.int64], bool] | None:
        """Return periods with the least raise of a kind, those before it as found, and whether that is proved."""
        from scipy.optimize import Bounds, milp

        n, extra = self.shape[0] * self.shape[1], len(self.shares)
        cost = np.zeros(n + extra)
        top = self.upper.copy()
        if extra:
            cost[n + kind] = 1.0
            top[n:] = np.inf
            top[n : n + kind] = (np.array(found) + 1e-6) / self.units[:kind]
        answer: Any = milp(
            cost,
            constraints=self.constraints,
            bounds=Bounds(0.0, top),
            integrality=np.r_[np.ones(n), np.zeros(extra)],
            options={"mip_rel_gap": 0.0, "node_limit": NODES_MOST},
        )
        if answer.x is None:
            return None
        period = answer.x[:n].reshape(self.shape).argmax(axis=1).astype(np.int64)
        return period, bool(answer.status == 0)


def _needed(
    problem: OrderingProblem,
    items: NDArray[np.int64],
    period: NDArray[np.int64],
    share: NDArray[np.float64],
) -> int:
    """Return the units a kind of limit must go up by for these periods, in whole units."""
    over = problem.use[:, items, period].sum(axis=1) - problem.limits
    mine = share > 0
    return max(0, int(np.ceil((over[mine] / share[mine]).max(initial=0.0) - 1e-9)))
