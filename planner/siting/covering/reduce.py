"""Reductions of a core that keep a best answer: needless candidates, rows with one candidate, sites that must open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.covering.core import columns_of
from planner.siting.covering.dominance import dominators
from planner.siting.covering.merging import select_pairs
from planner.siting.covering.restrict import restrict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core

ROUNDS = 4
"""Each round may uncover more: a dropped site leaves rows alike or with a single site."""


def reduce_core(core: Core) -> tuple[Core, NDArray[np.int64]]:
    """Shrink a core without losing its best value.

    Parameters
    ----------
    core
        Any core.

    Returns
    -------
    tuple
        The smaller core, and for each site of the given one the position of the site that stands for it (itself
        where it stayed).
    """
    place = np.arange(core.sites)
    for _round in range(ROUNDS):
        opened = core.fixed | needed(core)
        instead = dominators(replace(core, fixed=opened))
        shut = instead >= 0
        if not shut.any() and (opened == core.fixed).all():
            break
        while (shut[instead] & shut).any():
            instead = np.where(shut & shut[instead], instead[instead], instead)
        core, left = restrict(core, shut, opened)
        position = np.full(len(shut), -1, dtype=np.int64)
        position[left] = np.arange(len(left))
        position[shut] = position[instead[shut]]
        place = position[place]
    return fold_single_rows(core), place


def needed(core: Core) -> NDArray[np.bool_]:
    """Return the sites without which some row that must be satisfied cannot be: it has no others.

    Returns
    -------
    numpy.ndarray
        bool, shape (sites,).
    """
    forced = np.zeros(core.sites, dtype=np.bool_)
    if core.full:
        bare = np.repeat(np.diff(core.indptr) == core.backup, np.diff(core.indptr))
        forced[core.indices[bare]] = True
    return forced


def fold_single_rows(core: Core) -> Core:
    """Turn rows that only one site reaches into profit of that site (where covered weight is the objective)."""
    if core.required is not None or core.backup > 1:
        return core
    single = np.diff(core.indptr) == 1
    if not single.any():
        return core
    owner = core.indices[core.indptr[:-1][single]]
    gained = np.bincount(owner, weights=core.weights[single], minlength=core.sites)
    indptr, indices = select_pairs(core.indptr, core.indices, ~single)
    column_indptr, column_rows = columns_of(indptr, indices, core.sites)
    return replace(
        core,
        weights=core.weights[~single],
        indptr=indptr,
        indices=indices,
        column_indptr=column_indptr,
        column_rows=column_rows,
        profit=core.profit + gained,
    )
