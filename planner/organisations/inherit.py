"""Unions of the parent plan, kept while they can be: who stays, who leaves, which newcomers find room in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.organisations.splitting import Atoms, fits, split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.organisations.continuity import Previous
    from planner.organisations.rules import OrganisationRules

WELCOME_SHARE = 1.4
"""A kept joint union takes newcomers up to this multiple of the ideal number of enterprises; beyond, new ones form."""

DISSOLVED_SHARE = 0.5
"""A joint union that falls below this share of the least size is dissolved; smaller ones formed that way stay."""

PLANNED = {"existing_own": "own", "existing_joint": "committee"}
"""What a union that the register named last year and names no more is kept as."""


@dataclass(frozen=True, eq=False)
class KeptUnions:
    """Unions of the parent plan that go on.

    Parameters
    ----------
    of
        int64, shape (enterprises,): kept union of each, -1 for none.
    joint
        bool, shape (unions,).
    reason
        object, shape (unions,).
    """

    of: NDArray[np.int64]
    joint: NDArray[np.bool_]
    reason: NDArray[np.object_]


def keep_unions(
    counted: pd.DataFrame,
    carrier: NDArray[np.int64],
    free: NDArray[np.bool_],
    previous: Previous,
    rules: OrganisationRules,
) -> KeptUnions:
    """Keep last year's unions that the register does not already name.

    A planned union of one enterprise stays while the enterprise is large enough for it. A joint union keeps the members that are still small
    and still in its basic unit (the one most of them are in); it is cut where it outgrew the limits and dissolved where
    less than half of the least size is left. Small enterprises without a union join, in order of their id, the nearest
    kept joint union of their carrier, or of their unit, that has room; where a unit is left with too few for a union of
    their own, up to the limits.

    Parameters
    ----------
    counted
        Enterprises by id, with ``enterprise_id``, ``unit``, ``x``, ``y``, ``workers`` and the threshold's basis.
    carrier
        int64, shape (enterprises,): carrier of each, -1 for none.
    free
        bool, shape (enterprises,): organised at this level and in no union of the register.
    previous
        Last year's organisations.
    rules
        Sizes.
    """
    ids, kinds, reasons, before = _unions(previous)
    was = counted["enterprise_id"].map(
        previous.membership.set_index("enterprise_id")["organisation_id"]
    )
    row = pd.Index(ids).get_indexer(pd.Index(was))
    row = np.where(free, row, -1).astype(np.int64)
    joint = kinds == "joint"
    small = counted[rules.threshold_basis].to_numpy(np.int64) < rules.own_union_threshold
    unit = counted["unit"].to_numpy(np.int64)
    inside = row >= 0
    sharing = inside & joint[row]
    row[sharing & ~small] = -1
    row[inside & ~joint[row] & small] = -1
    row[_elsewhere(row, np.where(sharing & small, unit, -1))] = -1
    left = np.bincount(row[row >= 0], minlength=len(ids))
    shrunk = joint & (left < DISSOLVED_SHARE * rules.joint_enterprises_least)
    shrunk &= before >= DISSOLVED_SHARE * rules.joint_enterprises_least
    row[(row >= 0) & shrunk[row]] = -1
    of, source = _numbered(counted, row, joint, rules)
    kept = KeptUnions(of, joint[source], reasons[source])
    newcomers = np.flatnonzero(free & (of < 0) & small)
    _welcome(counted, carrier, newcomers, kept, rules)
    return kept


def _unions(
    previous: Previous,
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_], NDArray[np.int64]]:
    """Return last year's ids, kinds, reasons and numbers of enterprises, by id."""
    table = previous.organisations.sort_values("organisation_id")
    grouped = previous.membership.groupby("organisation_id")
    ids: NDArray[np.object_] = table["organisation_id"].to_numpy(dtype=object)
    reason = grouped["reason"].first().reindex(ids).fillna("own")
    count = grouped.size().reindex(ids).fillna(0)
    kinds: NDArray[np.object_] = table["kind"].to_numpy(dtype=object)
    reasons: NDArray[np.object_] = reason.replace(PLANNED).to_numpy(dtype=object)
    return ids, kinds, reasons, np.asarray(count, dtype=np.int64)


def _elsewhere(row: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the members of joint unions that are not in the unit most members are in; ties to the smaller unit."""
    at = np.flatnonzero((row >= 0) & (unit >= 0))
    pairs = pd.DataFrame({"row": row[at], "unit": unit[at]})
    sizes = pairs.value_counts().rename("n").reset_index()
    sizes = sizes.sort_values(["row", "n", "unit"], ascending=[True, False, True])
    home = sizes.drop_duplicates("row").set_index("row")["unit"]
    away: NDArray[np.int64] = at[(pairs["row"].map(home) != pairs["unit"]).to_numpy(bool)]
    return away


def _numbered(
    counted: pd.DataFrame,
    row: NDArray[np.int64],
    joint: NDArray[np.bool_],
    rules: OrganisationRules,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give numbers to the unions that have members left, cutting joint ones over a limit; return each one's row of last year."""
    of = np.full(len(row), -1, dtype=np.int64)
    source: list[int] = []
    members = np.flatnonzero(row >= 0)
    members = members[np.argsort(row[members], kind="stable")]
    cuts = np.flatnonzero(np.diff(row[members])) + 1
    workers = counted["workers"].to_numpy(np.int64)
    for rows in np.split(members, cuts) if len(members) else []:
        union = int(row[rows[0]])
        groups = [np.arange(len(rows))]
        if joint[union] and not fits(len(rows), int(workers[rows].sum()), rules):
            groups = split(_atoms(counted, rows), rules)
        for group in groups:
            of[rows[group]] = len(source)
            source.append(union)
    return of, np.array(source, dtype=np.int64)


def _atoms(counted: pd.DataFrame, rows: NDArray[np.int64]) -> Atoms:
    return Atoms(
        x=counted["x"].to_numpy(float)[rows],
        y=counted["y"].to_numpy(float)[rows],
        enterprises=np.ones(len(rows), np.int64),
        workers=counted["workers"].to_numpy(np.int64)[rows],
        order=np.arange(len(rows)),
    )


def _welcome(
    counted: pd.DataFrame,
    carrier: NDArray[np.int64],
    newcomers: NDArray[np.int64],
    kept: KeptUnions,
    rules: OrganisationRules,
) -> None:
    """Let newcomers into kept joint unions with room: of their carrier, else of their unit, the nearest first."""
    unit = counted["unit"].to_numpy(np.int64)
    x, y = counted["x"].to_numpy(float), counted["y"].to_numpy(float)
    workers = counted["workers"].to_numpy(np.int64)
    shared = np.flatnonzero((kept.of >= 0) & kept.joint[kept.of])
    union = kept.of[shared]
    count = np.bincount(union, minlength=len(kept.joint))
    load = np.bincount(union, weights=workers[shared], minlength=len(kept.joint))
    with np.errstate(invalid="ignore"):
        middle = [
            np.bincount(union, weights=v[shared], minlength=len(count)) / count for v in (x, y)
        ]
    hosts: dict[tuple[str, int], list[int]] = {}
    firsts = np.unique(union, return_index=True)
    for number, first in zip(*firsts, strict=True):
        member = shared[first]
        key = ("unit", int(unit[member]))
        if kept.reason[number] == "carrier" and carrier[member] >= 0:
            key = ("carrier", int(carrier[member]))
        hosts.setdefault(key, []).append(int(number))
    room = min(rules.joint_enterprises_most, WELCOME_SHARE * rules.joint_enterprises_ideal)

    def enter(one: int, key: tuple[str, int], most: float) -> None:
        open_to = [
            host
            for host in hosts.get(key, ())
            if count[host] < most
            and fits(int(count[host]) + 1, int(load[host] + workers[one]), rules)
        ]
        if open_to:
            host = min(
                open_to, key=lambda u: (np.hypot(middle[0][u] - x[one], middle[1][u] - y[one]), u)
            )
            kept.of[one] = host
            count[host] += 1
            load[host] += workers[one]

    for one in newcomers.tolist():
        inside = carrier[one] >= 0
        enter(one, ("carrier", int(carrier[one])) if inside else ("unit", int(unit[one])), room)
    # Too few for a union of their own in their unit: where the limits leave room, whatever the ideal.
    waiting = newcomers[kept.of[newcomers] < 0]
    few = np.bincount(unit[waiting], minlength=int(unit.max(initial=0)) + 1)
    for one in waiting.tolist():
        if few[unit[one]] < rules.joint_enterprises_least:
            if carrier[one] >= 0:
                enter(one, ("carrier", int(carrier[one])), rules.joint_enterprises_most)
            if kept.of[one] < 0:
                enter(one, ("unit", int(unit[one])), rules.joint_enterprises_most)
