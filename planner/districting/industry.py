"""Industry federations: an overlay across area districts where an industry concentrates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class IndustryThresholds:
    """When an industry forms a federation of its own (all limits inclusive).

    Parameters
    ----------
    organisations_least, workers_least
        What it must hold within its area (a street_town or borough).
    area_share_least
        Share of the area's workers it must have (0-1).
    concentration_least
        Location quotient: its share of the area's workers over its share of the city's.
    organisations_ideal
        Larger ones are cut into several of about this size.
    """

    organisations_least: int = 30
    workers_least: int = 1500
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
    area, industry
        int32, per federation.
    organisations, workers
        int64, per federation.
    concentration
        float64, per federation: location quotient of its industry in its area.
    """

    federation: NDArray[np.int32]
    area: NDArray[np.int32]
    industry: NDArray[np.int32]
    organisations: NDArray[np.int64]
    workers: NDArray[np.int64]
    concentration: NDArray[np.float64]


def industry_federations(
    area: NDArray[np.integer],
    district: NDArray[np.integer],
    industry: NDArray[np.integer],
    workers: NDArray[np.integer],
    thresholds: IndustryThresholds | None = None,
) -> IndustryOverlay:
    """Form a federation for every industry that concentrates in an area.

    One larger than the ideal is cut into several of equal organisations, whole districts first, in the order of
    districts; cuts are by number, not by place within a district.

    Parameters
    ----------
    area, district
        Per organisation: street_town (or borough) and area district, at least 0.
    industry
        Per organisation; -1 unknown, which never forms a federation.
    workers
        Per organisation.
    thresholds
        When an industry forms one.

    Returns
    -------
    IndustryOverlay
        Federations by area, then industry, then district.

    Examples
    --------
    >>> rule = IndustryThresholds(organisations_least=2, workers_least=10, area_share_least=0.5)
    >>> made = industry_federations(
    ...     np.array([0, 0, 0, 1]), np.array([0, 1, 1, 2]), np.array([3, 3, 5, 5]),
    ...     np.array([40, 40, 5, 90]), rule)
    >>> made.federation.tolist(), made.industry.tolist()
    ([0, 0, -1, -1], [3])
    """
    rule = thresholds or IndustryThresholds()
    federation = np.full(len(area), -1, dtype=np.int32)
    city = float(workers.sum())
    rows: list[tuple[int, int, int, int, float]] = []
    known = np.flatnonzero(industry >= 0)
    for place, branch in sorted({(int(area[i]), int(industry[i])) for i in known}):
        members = np.flatnonzero((area == place) & (industry == branch))
        held = int(workers[members].sum())
        in_area = float(workers[area == place].sum())
        in_city = float(workers[industry == branch].sum())
        if held == 0 or len(members) < rule.organisations_least or held < rule.workers_least:
            continue
        share = held / in_area
        concentration = share / (in_city / city)
        if share < rule.area_share_least or concentration < rule.concentration_least:
            continue
        ordered = members[np.lexsort((members, district[members]))]
        pieces = max(1, round(len(members) / rule.organisations_ideal))
        for piece in np.array_split(ordered, pieces):
            federation[piece] = len(rows)
            rows.append((place, branch, len(piece), int(workers[piece].sum()), concentration))
    return IndustryOverlay(
        federation,
        np.array([row[0] for row in rows], dtype=np.int32),
        np.array([row[1] for row in rows], dtype=np.int32),
        np.array([row[2] for row in rows], dtype=np.int64),
        np.array([row[3] for row in rows], dtype=np.int64),
        np.array([row[4] for row in rows], dtype=np.float64),
    )
