"""Forming joint unions larger or smaller than the policy's ideal, within its limits: the lever of clause 一(二)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.organisations.assemble import Drawn
from planner.organisations.drawing import share
from planner.organisations.joint import STEP_REASON

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from planner.organisations.drawing import Standing
    from planner.organisations.joint import JointUnions
    from planner.organisations.rules import OrganisationRules

STEP = 1.08
"""Sizes tried differ by so much, and by one enterprise at least."""


@dataclass(frozen=True, eq=False)
class Reshared:
    """Enterprises that share joint unions of another size.

    Parameters
    ----------
    rows
        int64: enterprises, by their place in `Standing.counted`.
    unions
        Their unions.
    units
        int64, shape (unions,): basic unit of each union; its members are all of that unit.
    """

    rows: NDArray[np.int64]
    unions: JointUnions
    units: NDArray[np.int64]


def loose(standing: Standing, drawn: Drawn, held: Collection[str]) -> NDArray[np.int64]:
    """Return the enterprises whose joint union may be formed anew.

    Parameters
    ----------
    standing, drawn
        Who is there, and what was decided.
    held
        Ids of enterprises whose union somebody keeps as it is: a pin, or the list of existing federations.

    Returns
    -------
    int64 array
        Places in ``standing.counted``, ascending: of joint unions formed in this run without a member in ``held``.
    """
    ids = standing.counted["enterprise_id"]
    kept = ~drawn.fresh
    fixed = np.flatnonzero(ids.isin(set(held)).to_numpy(bool) & (drawn.of >= 0))
    kept[drawn.of[fixed]] = True
    return np.flatnonzero((drawn.of >= 0) & ~kept[drawn.of])


def sizes(rules: OrganisationRules, *, larger: bool) -> list[int]:
    """Return the sizes to try, from the ideal to the most or to the least, without the ideal.

    Examples
    --------
    >>> from planner.organisations import OrganisationRules
    >>> sizes(OrganisationRules(joint_enterprises_ideal=50), larger=True)
    [54, 59, 60]
    >>> sizes(OrganisationRules(joint_enterprises_ideal=13), larger=False)
    [12, 11, 10]
    """
    size = rules.joint_enterprises_ideal
    end = rules.joint_enterprises_most if larger else rules.joint_enterprises_least
    found = []
    while size != end:
        step = max(1, round(size * (STEP - 1.0)))
        size = min(end, size + step) if larger else max(end, size - step)
        found.append(size)
    return found


def reshare(
    standing: Standing, rows: NDArray[np.int64], rules: OrganisationRules, size: int
) -> Reshared:
    """Put enterprises into joint unions of about ``size`` enterprises; all other limits are those of the rules."""
    unions = share(standing, rows, rules.model_copy(update={"joint_enterprises_ideal": size}))
    first = np.unique(unions.of, return_index=True)[1]
    return Reshared(rows, unions, standing.counted["unit"].to_numpy(np.int64)[rows[first]])


def with_reshared(drawn: Drawn, parts: Sequence[Reshared]) -> Drawn:
    """Return the decision with the unions of ``parts`` in the place of those their enterprises had."""
    of, count = drawn.of.copy(), len(drawn.joint)
    steps: list[NDArray[np.int64]] = []
    for part in parts:
        of[part.rows] = count + part.unions.of
        count += len(part.unions.step)
        steps.append(part.unions.step)
    made = np.array(STEP_REASON, dtype=object)[np.concatenate(steps)]
    used = np.unique(of[of >= 0])
    return Drawn(
        of=np.where(of >= 0, np.searchsorted(used, of), -1),
        reason=np.concatenate([drawn.reason, made])[used],
        joint=np.concatenate([drawn.joint, np.ones(len(made), bool)])[used],
        name=np.concatenate([drawn.name, np.full(len(made), None, dtype=object)])[used],
        fresh=np.concatenate([drawn.fresh, np.ones(len(made), bool)])[used],
    )
