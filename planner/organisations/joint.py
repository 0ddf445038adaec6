"""Joint unions of small enterprises: of a carrier, a street front, of neighbours, of a residential committee."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.organisations.splitting import Atoms, fits, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.organisations.reach import Reach
    from planner.organisations.rules import OrganisationRules

CARRIER, STREET, NEIGHBOURS, COMMITTEE = 0, 1, 2, 3
STEP_REASON = ("carrier", "street", "neighbours", "committee")


@dataclass(frozen=True, eq=False)
class Pool:
    """Small enterprises that need a joint union, in order of enterprise_id.

    Parameters
    ----------
    x, y
        float64, metres.
    workers
        int64.
    industry
        object: section letter, the order in which one building's firms are cut.
    unit
        int64: unit of the enterprise (its carrier's, where it has one).
    carrier, street
        int64: carrier and street front, -1 for none.
    coarse
        bool: its point stands for a committee or street_town, so that it has no known neighbours.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    workers: NDArray[np.int64]
    industry: NDArray[np.object_]
    unit: NDArray[np.int64]
    carrier: NDArray[np.int64]
    street: NDArray[np.int64]
    coarse: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class JointUnions:
    """The union of each pooled enterprise, and the step that made the union.

    Parameters
    ----------
    of
        int64, shape (pool,).
    step
        int64, shape (unions,): `CARRIER`, `STREET`, `NEIGHBOURS` or `COMMITTEE`.
    """

    of: NDArray[np.int64]
    step: NDArray[np.int64]


def joint_unions(pool: Pool, rules: OrganisationRules, reach: Reach) -> JointUnions:
    """Put every pooled enterprise into one joint union.

    Carriers, then street fronts, with at least ``joint_enterprises_least`` small enterprises have unions of their own,
    several where they are large. What is left gathers with neighbours of the same unit within walking time;
    what is still left, and those whose point stands for an area, is the residential committee's. The few of one carrier
    stay together.
    """
    n = len(pool.x)
    of = np.full(n, -1, dtype=np.int64)
    step: list[int] = []
    industry = np.unique(pool.industry.astype(str), return_inverse=True)[1]
    order = np.empty(n, dtype=np.int64)
    order[np.lexsort((np.arange(n), industry))] = np.arange(n)
    singles = Atoms(pool.x, pool.y, np.ones(n, dtype=np.int64), pool.workers, order)
    for label, which in ((pool.carrier, CARRIER), (pool.street, STREET)):
        for rows in _groups(np.where(of < 0, label, -1)):
            if len(rows) >= rules.joint_enterprises_least:
                for part in split(singles.take(rows), rules):
                    of[rows[part]] = len(step)
                    step.append(which)
    left = np.flatnonzero(of < 0)
    if len(left):
        _gather(pool=pool, left=left, of=of, step=step, rules=rules, reach=reach)
    return JointUnions(of=of, step=np.array(step, dtype=np.int64))


def _groups(label: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the rows of each label >= 0, ascending in label and row."""
    rows = np.flatnonzero(label >= 0)
    if not len(rows):
        return []
    ordered = rows[np.argsort(label[rows], kind="stable")]
    return np.split(ordered, np.flatnonzero(np.diff(label[ordered])) + 1)


def _gather(
    *,
    pool: Pool,
    left: NDArray[np.int64],
    of: NDArray[np.int64],
    step: list[int],
    rules: OrganisationRules,
    reach: Reach,
) -> None:
    """Join what carriers and streets left over, unit by unit."""
    atom_of, atoms, unit = _atoms(pool, left)
    members = _groups(atom_of)
    placed = np.zeros(len(members), dtype=bool)
    placed[atom_of[~pool.coarse[left]]] = True
    for inside in _groups(unit):
        known, rest = inside[placed[inside]], [inside[~placed[inside]]]
        within: list[NDArray[np.int64]] = []
        if len(known):
            look = reach.look(atoms.take(known), left, [members[atom] for atom in known])
            for cluster in look.clusters():
                good, poor = _near(atoms.take(known), cluster, rules, look.near)
                within += [known[group] for group in good]
                rest += [known[group] for group in poor]
        over = np.sort(np.concatenate(rest))
        made: list[NDArray[np.int64]] = []
        if len(over):
            within, made = _committee(atoms, over, rules, within)
        for unions, which in ((within, NEIGHBOURS), (made, COMMITTEE)):
            for union in unions:
                for atom in union:
                    of[left[members[atom]]] = len(step)
                step.append(which)


def _atoms(
    pool: Pool, left: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Atoms, NDArray[np.int64]]:
    """Return the atom of each leftover, the atoms, and their units; few of one carrier are one atom."""
    alone = pool.carrier[left] < 0
    key = np.where(alone, left + int(pool.carrier.max(initial=0)) + 1, pool.carrier[left])
    atom_of = pd.factorize(key)[0].astype(np.int64)
    count = np.bincount(atom_of)
    first = np.unique(atom_of, return_index=True)[1]
    atoms = Atoms(
        x=np.bincount(atom_of, weights=pool.x[left]) / count,
        y=np.bincount(atom_of, weights=pool.y[left]) / count,
        enterprises=count.astype(np.int64),
        workers=np.bincount(atom_of, weights=pool.workers[left]).astype(np.int64),
        order=np.arange(len(count)),
    )
    return atom_of, atoms, pool.unit[left[first]]


def _near(
    atoms: Atoms,
    rows: NDArray[np.int64],
    rules: OrganisationRules,
    near: Callable[[NDArray[np.int64]], bool],
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    """Cut ``rows`` into unions whose members are within walking time, and what is left of them."""
    within: list[NDArray[np.int64]] = []
    rest: list[NDArray[np.int64]] = []
    waiting = [rows[part] for part in split(atoms.take(rows), rules)]
    while waiting:
        group = waiting.pop(0)
        count = int(atoms.enterprises[group].sum())
        if count < rules.joint_enterprises_least:
            rest.append(group)
        elif near(group):
            within.append(group)
        elif len(group) == 1:
            rest.append(group)
        else:
            axis = atoms.x if np.ptp(atoms.x[group]) >= np.ptp(atoms.y[group]) else atoms.y
            ordered = group[np.lexsort((atoms.order[group], axis[group]))]
            # cut at the widest gap, so that far ones part from near ones
            cut = int(np.argmax(np.diff(axis[ordered]))) + 1
            waiting += [np.sort(ordered[:cut]), np.sort(ordered[cut:])]
    return within, rest


def _committee(
    atoms: Atoms,
    rest: NDArray[np.int64],
    rules: OrganisationRules,
    within: list[NDArray[np.int64]],
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    """Make the committee's unions; too few for one join the nearest union of their unit that has room."""
    count, workers = int(atoms.enterprises[rest].sum()), int(atoms.workers[rest].sum())
    if count >= rules.joint_enterprises_least or not within:
        return within, [rest[part] for part in split(atoms.take(rest), rules)]
    x, y = atoms.x[rest].mean(), atoms.y[rest].mean()
    gaps = [np.hypot(atoms.x[g].mean() - x, atoms.y[g].mean() - y) for g in within]
    for i in sorted(range(len(within)), key=lambda i: (gaps[i], i)):
        host = within[i]
        if fits(
            count + int(atoms.enterprises[host].sum()),
            workers + int(atoms.workers[host].sum()),
            rules,
        ):
            grown = np.sort(np.concatenate([host, rest]))
            return [*within[:i], *within[i + 1 :]], [grown]
    return within, [rest[part] for part in split(atoms.take(rest), rules)]
