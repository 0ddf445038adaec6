"""The core that is left when some sites are known to be shut and some open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.covering.core import columns_of
from planner.siting.covering.merging import merge_rows, select_pairs, take_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core, SideRules


def restrict(
    core: Core, shut: NDArray[np.bool_], opened: NDArray[np.bool_]
) -> tuple[Core, NDArray[np.int64]]:
    """Drop shut sites and the rows that opened ones satisfy; merge rows that have become alike.

    Parameters
    ----------
    core
        Any core.
    shut, opened
        Flags per site.

    Returns
    -------
    tuple
        The smaller core (same objective values) and the position in ``core`` of each of its sites.
    """
    left = np.flatnonzero(~shut)
    place = np.full(core.sites, -1, dtype=np.int32)
    place[left] = np.arange(len(left), dtype=np.int32)
    satisfied = core.counts(np.flatnonzero(opened)) >= core.backup
    rows = np.flatnonzero(~satisfied)
    indptr, indices = take_rows(core.indptr, core.indices, rows, place)
    weights = core.weights[rows]
    reached = np.diff(indptr) >= core.backup
    constant, required = core.constant, core.required
    if required is None:
        constant += float(core.weights[satisfied].sum())
    else:
        required -= float(core.weights[satisfied].sum())
    if not core.full:
        indptr, indices = select_pairs(indptr, indices, reached)
        weights = weights[reached]
    indptr, indices, weights = merge_rows(indptr, indices, weights)
    column_indptr, column_rows = columns_of(indptr, indices, len(left))
    conflict_indptr, conflict_sites = take_rows(
        core.conflict_indptr, core.conflict_sites, left, place
    )
    smaller = replace(
        core,
        weights=weights,
        indptr=indptr,
        indices=indices,
        column_indptr=column_indptr,
        column_rows=column_rows,
        profit=core.profit[left],
        constant=constant,
        preference=core.preference[left],
        least_sites=core.least_sites,
        most_sites=min(core.most_sites, len(left)),
        fixed=(core.fixed | opened)[left],
        keep=core.keep[left],
        side=_side_of(core.side, left),
        conflict_indptr=conflict_indptr,
        conflict_sites=conflict_sites,
        required=required,
        candidates=core.candidates[left],
    )
    return smaller, left


def _side_of(side: SideRules, left: NDArray[np.int64]) -> SideRules:
    sizes = np.diff(side.indptr)[left]
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    entries = np.repeat(side.indptr[left] - indptr[:-1], sizes) + np.arange(indptr[-1])
    return replace(
        side,
        indptr=indptr,
        rules=side.rules[entries],
        coefficients=side.coefficients[entries],
        partition=side.partition[left],
    )
