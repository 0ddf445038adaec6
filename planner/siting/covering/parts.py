"""Components: where nothing couples two parts of a covering problem, each is solved on its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from planner.siting.covering.restrict import restrict

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.siting.covering.core import Core
    from planner.siting.covering.run import Run
    from planner.siting.stop import Progress, Stop


def parts_of(core: Core) -> list[NDArray[np.int64]]:
    """Return the sites of each component: sites that share a row, a rule or a spacing stand together.

    Returns
    -------
    list
        Ascending positions, parts in order of their first site; one part where a count of all sites or a share of
        all weight couples everything.
    """
    whole = [np.arange(core.sites)]
    counted = core.least_sites > 0 or core.most_sites < core.sites
    if counted or (core.required is not None and not core.full) or core.sites < 2:
        return whole
    side = core.side
    first = first_of_each(
        core.sites, len(side.low), core.indptr, core.indices, side.indptr, side.rules,
        core.conflict_indptr, core.conflict_sites,
    )  # fmt: skip
    order = np.argsort(first, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(first[order])) + 1)


@njit(cache=True, nogil=True)
def _root(parent: NDArray[np.int64], site: int) -> Any:
    while parent[site] != site:
        parent[site] = parent[parent[site]]
        site = parent[site]
    return site


@njit(cache=True, nogil=True)
def _join(parent: NDArray[np.int64], one: int, other: int) -> None:
    """Join two sites' components under the smaller of their first sites."""
    one, other = _root(parent, one), _root(parent, other)
    if one < other:
        parent[other] = one
    elif other < one:
        parent[one] = other


@njit(cache=True, nogil=True)
def first_of_each(
    sites: int,
    rules: int,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    side_indptr: NDArray[np.int64],
    side_rules: NDArray[np.int32],
    conflict_indptr: NDArray[np.int64],
    conflict_sites: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Return the first site of the component of each, by union-find: a matrix of the pairs takes seconds to build."""
    parent = np.arange(sites)
    for row in range(len(indptr) - 1):
        for pair in range(indptr[row] + 1, indptr[row + 1]):
            _join(parent, indices[indptr[row]], indices[pair])
    held = np.full(rules, -1, dtype=np.int64)
    for site in range(sites):
        for entry in range(side_indptr[site], side_indptr[site + 1]):
            rule = side_rules[entry]
            if held[rule] < 0:
                held[rule] = site
            _join(parent, held[rule], site)
        for entry in range(conflict_indptr[site], conflict_indptr[site + 1]):
            _join(parent, site, conflict_sites[entry])
    for site in range(sites):
        parent[site] = _root(parent, site)
    return parent


def _firsts(core: Core) -> NDArray[np.int64]:
    """Return the first site of each row, 0 for an empty one."""
    firsts = np.zeros(core.rows, dtype=np.int64)
    some = np.diff(core.indptr) > 0
    firsts[some] = core.indices[core.indptr[:-1][some]]
    return firsts


def solve_parts(run: Run, parts: list[NDArray[np.int64]], method: Callable[[Run], bool]) -> bool:
    """Solve each part by a method for whole problems; add values and bounds.

    Parameters
    ----------
    run
        Books of the whole.
    parts
        From `parts_of`.
    method
        `maximise` or `minimise`.

    Returns
    -------
    bool
        False when a part has no answer (proved).
    """
    from planner.siting.covering.run import Run as Books

    core = run.core
    chosen, bound = [], core.constant
    # The smallest first: the largest may take what work and time are left.
    for part in sorted(parts, key=len):
        piece, left = _piece(core, part)
        books = Books(piece, _Rest(run.stop, run.work), run.seed, run.threads)
        books.began = run.began
        start = None if run.best is None else np.flatnonzero(np.isin(left, run.best))
        if start is not None:
            books.offer(start)
        if not method(books):
            return False
        run.work += books.work
        if books.best is None:
            return True
        chosen.append(left[books.best])
        bound += books.value if books.proved else books.bound
    run.offer(np.sort(np.concatenate(chosen)))
    run.lower_bound(bound)
    return True


def _piece(core: Core, part: NDArray[np.int64]) -> tuple[Core, NDArray[np.int64]]:
    outside = np.ones(core.sites, dtype=np.bool_)
    outside[part] = False
    inside_rows = np.flatnonzero(~outside[_firsts(core)])
    sizes = np.diff(core.indptr)[inside_rows]
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    pairs = np.repeat(core.indptr[inside_rows] - indptr[:-1], sizes) + np.arange(indptr[-1])
    rows = replace(
        core,
        weights=core.weights[inside_rows],
        indptr=indptr,
        indices=core.indices[pairs],
        constant=0.0,
        required=None if core.required is None else 0.0,
    )
    rules = np.unique(_rules_inside(core, part))
    number = np.zeros(len(core.side.low) + 1, dtype=np.int32)
    number[rules] = np.arange(len(rules), dtype=np.int32)
    piece, left = restrict(rows, outside, np.zeros(core.sites, dtype=np.bool_))
    side = piece.side
    return replace(
        piece,
        side=replace(
            side,
            rules=number[side.rules],
            low=core.side.low[rules],
            high=core.side.high[rules],
            partition=np.where(side.partition >= 0, number[side.partition], -1).astype(np.int32),
        ),
    ), left


def _rules_inside(core: Core, part: NDArray[np.int64]) -> NDArray[np.int32]:
    sizes = np.diff(core.side.indptr)[part]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    entries = np.repeat(core.side.indptr[part] - starts[:-1], sizes) + np.arange(starts[-1])
    return np.asarray(core.side.rules[entries], dtype=np.int32)


@dataclass(frozen=True)
class _Rest:
    """The caller's rule as seen from one part: work of the parts before it counts."""

    stop: Stop
    before: int

    def _seen(self, progress: Progress) -> Progress:
        return replace(progress, work=progress.work + self.before)

    def met(self, progress: Progress) -> bool:
        """Say whether the part should end now."""
        return self.stop.met(self._seen(progress))

    def fused(self, progress: Progress) -> bool:
        """Say whether it ends only because of the wall clock."""
        return self.stop.fused(self._seen(progress))

    def seconds_left(self, progress: Progress) -> float:
        """Return the wall-clock seconds left, infinity where the clock does not count."""
        return math.inf if self.stop is None else self.stop.seconds_left(self._seen(progress))
