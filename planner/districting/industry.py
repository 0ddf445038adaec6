"""Industry federations: an overlay across area districts where an industry concentrates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PPM = 10**6


@dataclass(frozen=True, kw_only=True)
class IndustryThresholds:
    """When an industry forms a federation of its own (all limits inclusive).

    Parameters
    ----------
    organisations_least, workers_least
        What it must hold within its group, in the areas where it concentrates.
    area_share_least
        Share of an area's workers it must have there (0-1, to a millionth).
    concentration_least
        Location quotient: its share of the area's workers over its share of all workers (to a millionth).
    organisations_ideal
        Larger ones are cut into several of about this size.
    """

    organisations_least: int = 80
    workers_least: int = 4000
    area_share_least: float = 0.15
    concentration_least: float = 1.5
    organisations_ideal: int = 100


@dataclass(frozen=True, eq=False)
class IndustryOverlay:
    """Industry federations as arrays.

    Parameters
    ----------
    federation
        int32, per organisation: its industry federation, -1 none. Its area district stays as it was, so that it is
        marked with both.
    group, industry
        int32, per federation.
    organisations, workers
        int64, per federation.
    """

    federation: NDArray[np.int32]
    group: NDArray[np.int32]
    industry: NDArray[np.int32]
    organisations: NDArray[np.int64]
    workers: NDArray[np.int64]


def industry_federations(
    group: NDArray[np.integer],
    area: NDArray[np.integer],
    district: NDArray[np.integer],
    industry: NDArray[np.integer],
    workers: NDArray[np.integer],
    *,
    thresholds: IndustryThresholds | None = None,
    before: NDArray[np.integer] | None = None,
) -> IndustryOverlay:
    """Form a federation for every industry that concentrates in areas of a group.

    An industry's organisations in those areas are together large enough, or there is no federation. One larger than the
    ideal is cut into several of equal organisations in the order of areas and districts, as long as each can hold the
    least on average; cuts are by number, not by place within a district. Where last year's were as many and keep the least,
    organisations stay in theirs, and newcomers join that of their district, else the smallest.

    Parameters
    ----------
    group, area, district
        Per organisation: borough, street_town and area district, at least 0.
    industry
        Per organisation; -1 unknown, which never forms a federation.
    workers
        Per organisation.
    thresholds
        When an industry forms one.
    before
        Per organisation: its industry federation of last year, -1 none.

    Returns
    -------
    IndustryOverlay
        Federations by group, then industry, then part.

    Examples
    --------
    >>> rule = IndustryThresholds(organisations_least=2, workers_least=10, area_share_least=0.5)
    >>> made = industry_federations(
    ...     np.zeros(4, int), np.array([0, 0, 0, 1]), np.array([0, 1, 1, 2]), np.array([3, 3, 5, 5]),
    ...     np.array([40, 40, 5, 90]), thresholds=rule)
    >>> made.federation.tolist(), made.industry.tolist()
    ([0, 0, -1, -1], [3])
    """
    rule = thresholds or IndustryThresholds()
    was = np.full(len(area), -1) if before is None else before
    federation = np.full(len(area), -1, dtype=np.int32)
    rows: list[tuple[int, int, int, int]] = []
    inside = _concentrated(area, industry, workers, rule)
    known = sorted({(int(group[i]), int(industry[i])) for i in np.flatnonzero(inside)})
    for place, branch in known:
        members = np.flatnonzero(inside & (group == place) & (industry == branch))
        held = int(workers[members].sum())
        if len(members) < rule.organisations_least or held < rule.workers_least:
            continue
        ordered = members[np.lexsort((members, district[members], area[members]))]
        count = _parts(len(members), held, rule)
        part = _carried(was[ordered], district[ordered], count, rule)
        if part is None:
            part = np.repeat(np.arange(count), [len(p) for p in np.array_split(ordered, count)])
        for number in range(count):
            mine = ordered[part == number]
            federation[mine] = len(rows)
            rows.append((place, branch, len(mine), int(workers[mine].sum())))
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return IndustryOverlay(
        federation,
        columns[:, 0].astype(np.int32),
        columns[:, 1].astype(np.int32),
        columns[:, 2],
        columns[:, 3],
    )


def _concentrated(
    area: NDArray[np.integer],
    industry: NDArray[np.integer],
    workers: NDArray[np.integer],
    rule: IndustryThresholds,
) -> NDArray[np.bool_]:
    """Return whether each organisation is in an area where its industry concentrates; whole numbers, so limits are exact."""
    share, quotient = round(rule.area_share_least * _PPM), round(rule.concentration_least * _PPM)
    city = int(workers.sum())
    concentrated = np.zeros(len(area), dtype=bool)
    pairs = {
        (int(a), int(i)) for a, i in zip(area.tolist(), industry.tolist(), strict=True) if i >= 0
    }
    in_city = {branch: int(workers[industry == branch].sum()) for _place, branch in pairs}
    in_area = {place: int(workers[area == place].sum()) for place, _branch in pairs}
    for place, branch in sorted(pairs):
        mine = (area == place) & (industry == branch)
        held = int(workers[mine].sum())
        dense = held * city * _PPM >= quotient * in_area[place] * in_city[branch]
        concentrated |= mine & (held > 0 and dense and held * _PPM >= share * in_area[place])
    return concentrated


def _parts(organisations: int, workers: int, rule: IndustryThresholds) -> int:
    """Return how many federations an industry's organisations make: nearest to the ideal, each with the least on average."""
    nearest = (2 * organisations + rule.organisations_ideal) // (2 * rule.organisations_ideal)
    most = organisations // max(1, rule.organisations_least)
    return max(1, min(nearest, most, workers // max(1, rule.workers_least)))


def _carried(
    before: NDArray[np.integer],
    district: NDArray[np.integer],
    count: int,
    rule: IndustryThresholds,
) -> NDArray[np.int64] | None:
    """Return last year's parts with the newcomers in them, None where they are others in number or too small."""
    old = sorted({int(one) for one in before if one >= 0})
    if len(old) != count:
        return None
    part = np.array([old.index(one) if one >= 0 else -1 for one in before.tolist()])
    settled = part.copy()
    for row in np.flatnonzero(part < 0):
        near = settled[(district == district[row]) & (settled >= 0)]
        held = np.bincount(near if len(near) else part[part >= 0], minlength=count)
        part[row] = int(held.argmax() if len(near) else held.argmin())
    return part if np.bincount(part, minlength=count).min() >= rule.organisations_least else None
