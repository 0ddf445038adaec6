"""Which sets of sites are allowed: counts, compulsory and forbidden sites, and linear rows over the candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.problem import SitingProblem

OPEN = np.int8(1)
FREE = np.int8(0)
CLOSED = np.int8(-1)

TOLERANCE = 1e-9
"""Slack allowed on a row, as a share of its largest coefficient (rows are scaled to 1)."""


@dataclass(frozen=True, eq=False)
class Rules:
    """Allowed sets of sites, candidates in order of id.

    Parameters
    ----------
    state
        int8, shape (candidates,): `OPEN` compulsory, `CLOSED` forbidden, `FREE` otherwise.
    least, most
        How many sites may be open, both inclusive.
    indptr, columns, factors
        Rows ``low <= sum(factor * open) <= high`` in compressed form, each scaled so that its largest factor is 1.
    low, high
        float64, shape (rows,): limits, -inf or inf where there is none.
    names
        What each row stands for, to explain an infeasible problem.
    candidate_indptr, candidate_rows, candidate_factors
        The same rows by candidate.
    """

    state: NDArray[np.int8]
    least: int
    most: int
    indptr: NDArray[np.int64]
    columns: NDArray[np.int32]
    factors: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    names: tuple[str, ...]
    candidate_indptr: NDArray[np.int64]
    candidate_rows: NDArray[np.int32]
    candidate_factors: NDArray[np.float64]

    def allows(self, is_open: NDArray[np.bool_]) -> bool:
        """Say whether a set of open sites keeps every rule."""
        count = int(is_open.sum())
        if not self.least <= count <= self.most:
            return False
        if is_open[self.state == CLOSED].any() or not is_open[self.state == OPEN].all():
            return False
        sums = self.sums(is_open)
        return bool((sums <= self.high + TOLERANCE).all() and (sums >= self.low - TOLERANCE).all())

    def sums(self, is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the left side of every row."""
        rows = np.repeat(np.arange(len(self.low)), np.diff(self.indptr))
        taken = self.factors * is_open[self.columns]
        return np.bincount(rows, weights=taken, minlength=len(self.low)).astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Row:
    name: str
    columns: NDArray[np.int32]
    factors: NDArray[np.float64]
    low: float
    high: float


def build_rules(problem: SitingProblem, ranks: NDArray[np.int32]) -> Rules:
    """Turn the options of a problem into counts, states and rows.

    Parameters
    ----------
    problem
        Arrays in the caller's order.
    ranks
        int32, shape (candidates,): place of each candidate in order of id.

    Returns
    -------
    Rules
        Candidates in order of id.
    """
    candidates = len(ranks)
    state = np.full(candidates, FREE, dtype=np.int8)
    if problem.fixed_open is not None:
        state[ranks[problem.fixed_open]] = OPEN
    if problem.fixed_closed is not None:
        state[ranks[problem.fixed_closed]] = CLOSED
    most = candidates if problem.p is None else min(problem.p, candidates)
    least = problem.p if problem.p is not None and problem.p_sense == "exactly" else 0
    rows = [row for row in _rows(problem, ranks) if not _is_empty(row)]
    return rules_from_rows(state, least, most, rows)


def _is_empty(row: _Row) -> bool:
    """Say whether a row without candidates holds by itself (one that does not is kept: it is infeasible)."""
    return len(row.columns) == 0 and row.low <= 0.0 <= row.high


def _rows(problem: SitingProblem, ranks: NDArray[np.int32]) -> list[_Row]:
    rows = []
    everyone = np.arange(len(ranks))
    if problem.budget is not None:
        costs = np.ones(len(ranks)) if problem.costs is None else problem.costs
        used = everyone[costs != 0]
        rows.append(_row("budget", ranks[used], costs[used], -np.inf, problem.budget))
    if problem.existing is not None and problem.max_moves is not None:
        existing = everyone[problem.existing]
        kept = float(len(existing) - problem.max_moves)
        rows.append(_row("moves", ranks[existing], np.ones(len(existing)), kept, np.inf))
    for rule in problem.group_rules:
        members = np.unique(rule.candidates)
        high = np.inf if rule.most is None else float(rule.most)
        ones = np.ones(len(members))
        rows.append(_row(f"group {rule.name}", ranks[members], ones, float(rule.least), high))
    if problem.min_spacing_pairs is not None:
        for pair in np.unique(np.sort(problem.min_spacing_pairs, axis=1), axis=0):
            name = (
                f"spacing of {problem.candidate_ids[pair[0]]} and {problem.candidate_ids[pair[1]]}"
            )
            rows.append(_row(name, ranks[pair], np.ones(2), -np.inf, 1.0))
    return rows


def _row(
    name: str,
    columns: NDArray[np.integer],
    factors: NDArray[np.float64],
    low: float,
    high: float,
) -> _Row:
    scale = float(np.abs(factors).max()) if len(factors) else 1.0
    order = np.argsort(columns, kind="stable")
    return _Row(
        name, columns[order].astype(np.int32), factors[order] / scale, low / scale, high / scale
    )


def rules_from_rows(state: NDArray[np.int8], least: int, most: int, rows: list[_Row]) -> Rules:
    """Store rows both ways."""
    lengths = np.array([len(row.columns) for row in rows], dtype=np.int64)
    indptr = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    columns = np.concatenate([np.zeros(0, dtype=np.int32), *(row.columns for row in rows)])
    factors = np.concatenate([np.zeros(0), *(row.factors for row in rows)])
    order = np.argsort(columns, kind="stable")
    owners = np.repeat(np.arange(len(rows), dtype=np.int32), lengths)
    counts = np.bincount(columns, minlength=len(state))
    return Rules(
        state=state,
        least=least,
        most=most,
        indptr=indptr,
        columns=columns.astype(np.int32),
        factors=factors,
        low=np.array([row.low for row in rows], dtype=np.float64),
        high=np.array([row.high for row in rows], dtype=np.float64),
        names=tuple(row.name for row in rows),
        candidate_indptr=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)]),
        candidate_rows=owners[order],
        candidate_factors=factors[order],
    )
