"""The reduced covering problem that every algorithm works on: canonical order, merged demand, one form for all rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.raw_pairs import transpose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.problem import SitingProblem

TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class SideRules:
    """Linear rules on which sites open: ``low <= sum of coefficients of the open sites <= high``, by site in CSR.

    Group counts, the budget and the limit on moves all take this form.
    """

    indptr: NDArray[np.int64]
    rules: NDArray[np.int32]
    coefficients: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    partition: NDArray[np.int32]
    """int32 per site: the one rule of a set of disjoint count rules it belongs to, -1 where none."""


@dataclass(frozen=True, eq=False)
class Core:
    """A covering problem without closed sites, unreachable demand or repeated rows.

    Maximise ``constant + profit of open sites + weight of satisfied rows`` (``required`` None), or maximise
    ``constant + profit of open sites`` with satisfied weight of at least ``required``. A row is satisfied when at
    least ``backup`` of its sites are open. Sites and rows are in ascending order of their ids.
    """

    weights: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    column_indptr: NDArray[np.int64]
    column_rows: NDArray[np.int32]
    backup: int
    profit: NDArray[np.float64]
    constant: float
    preference: NDArray[np.float64]
    """What chooses between answers of equal value; zeros where preference has a rate, as ``profit`` holds it."""
    least_sites: int
    most_sites: int
    fixed: NDArray[np.bool_]
    keep: NDArray[np.bool_]
    side: SideRules
    conflict_indptr: NDArray[np.int64]
    conflict_sites: NDArray[np.int32]
    required: float | None
    full: bool
    """Whether every row must be satisfied."""
    candidates: NDArray[np.int32]
    """int32 per site: its index in the problem."""
    debug: bool = False
    """Whether what the search keeps up to date is recomputed and compared after every move."""

    @property
    def sites(self) -> int:
        """Number of sites that may open."""
        return len(self.profit)

    @property
    def rows(self) -> int:
        """Number of rows left."""
        return len(self.weights)

    @property
    def integral(self) -> bool:
        """Whether every objective value is a whole number, so that bounds may be rounded."""
        numbers = (self.profit, np.array([self.constant]))
        whole = all(bool((values == np.round(values)).all()) for values in numbers)
        return whole and (
            self.required is not None or bool((self.weights == np.round(self.weights)).all())
        )

    def value(self, chosen: NDArray[np.integer]) -> float:
        """Return the objective of a set of sites (positions in the core)."""
        value = self.constant + float(self.profit[chosen].sum())
        return value if self.required is not None else value + self.covered(chosen)

    def covered(self, chosen: NDArray[np.integer]) -> float:
        """Return the weight of the rows that a set of sites satisfies."""
        return float(self.weights[self.counts(chosen) >= self.backup].sum())

    def counts(self, chosen: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return how many of the given sites reach each row."""
        parts = [
            self.column_rows[self.column_indptr[site] : self.column_indptr[site + 1]]
            for site in chosen
        ]
        rows = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
        return np.bincount(rows, minlength=self.rows)

    def allowed(self, chosen: NDArray[np.integer]) -> bool:
        """Say whether a set of sites meets every rule (and the required cover)."""
        mask = np.zeros(self.sites, dtype=np.bool_)
        mask[chosen] = True
        if (self.fixed & ~mask).any() or not self.least_sites <= mask.sum() <= self.most_sites:
            return False
        totals = self.side_totals(mask)
        slack = TOLERANCE * (1 + np.abs(totals))
        if (totals < self.side.low - slack).any() or (totals > self.side.high + slack).any():
            return False
        owner = np.repeat(np.arange(self.sites), np.diff(self.conflict_indptr))
        if (mask[owner] & mask[self.conflict_sites]).any():
            return False
        if self.required is None:
            return True
        counts = self.counts(np.flatnonzero(mask))
        if self.full:
            return bool((counts >= self.backup).all())
        return float(self.weights[counts >= self.backup].sum()) >= self.required

    def side_totals(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the left side of every side rule for a mask of open sites."""
        owner = np.repeat(np.arange(self.sites), np.diff(self.side.indptr))
        used = mask[owner]
        totals = np.zeros(len(self.side.low))
        np.add.at(totals, self.side.rules[used], self.side.coefficients[used])
        return totals


def build_side_rules(problem: SitingProblem, candidates: NDArray[np.int32]) -> SideRules:
    """Write budget, moves and group rules as linear rules over the sites that may open."""
    place = np.full(len(problem.candidate_ids), -1, dtype=np.int64)
    place[candidates] = np.arange(len(candidates))
    members: list[NDArray[np.int64]] = []
    coefficients: list[NDArray[np.float64]] = []
    low: list[float] = []
    high: list[float] = []
    partition = np.full(len(candidates), -1, dtype=np.int32)
    for rule in problem.group_rules:
        inside = place[np.asarray(rule.candidates, dtype=np.int64)]
        inside = np.sort(inside[inside >= 0])
        most = len(inside) if rule.most is None else min(rule.most, len(inside))
        if rule.least <= 0 and most >= len(inside):
            continue
        if (partition[inside] < 0).all():
            partition[inside] = len(low)
        members.append(inside)
        coefficients.append(np.ones(len(inside)))
        low.append(float(rule.least))
        high.append(float(most))
    if problem.costs is not None and problem.budget is not None:
        members.append(np.arange(len(candidates)))
        coefficients.append(problem.costs[candidates].astype(np.float64))
        low.append(-np.inf)
        high.append(float(problem.budget))
    if problem.existing is not None and problem.max_moves is not None:
        inside = np.flatnonzero(problem.existing[candidates])
        members.append(inside)
        coefficients.append(np.ones(len(inside)))
        low.append(float(problem.existing.sum() - problem.max_moves))
        high.append(np.inf)
    owner = np.concatenate([np.zeros(0, dtype=np.int64), *members])
    rule_of = np.repeat(np.arange(len(members)), [len(inside) for inside in members])
    order = np.lexsort((rule_of, owner))
    indptr = np.zeros(len(candidates) + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=len(candidates)), out=indptr[1:])
    return SideRules(
        indptr=indptr,
        rules=rule_of[order].astype(np.int32),
        coefficients=np.concatenate([np.zeros(0), *coefficients])[order],
        low=np.array(low, dtype=np.float64),
        high=np.array(high, dtype=np.float64),
        partition=partition,
    )


def build_conflicts(
    problem: SitingProblem, candidates: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return, per site, the sites that stand too close to open with it, in CSR."""
    pairs = problem.min_spacing_pairs
    if pairs is None or not len(pairs):
        return np.zeros(len(candidates) + 1, dtype=np.int64), np.zeros(0, dtype=np.int32)
    place = np.full(len(problem.candidate_ids), -1, dtype=np.int32)
    place[candidates] = np.arange(len(candidates), dtype=np.int32)
    ends = place[pairs]
    ends = ends[(ends >= 0).all(axis=1)]
    both = np.unique(np.vstack([ends, ends[:, ::-1]]), axis=0)
    indptr = np.zeros(len(candidates) + 1, dtype=np.int64)
    np.cumsum(np.bincount(both[:, 0], minlength=len(candidates)), out=indptr[1:])
    return indptr, both[:, 1].astype(np.int32)


def columns_of(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], sites: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the rows that each site reaches, in CSR by site."""
    return transpose(indptr, indices, sites)
