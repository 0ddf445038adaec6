"""A districting problem as frozen arrays: units, what they hold, which adjoin, and the bands to meet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.result import Outcome


@dataclass(frozen=True)
class Band:
    """What a district should hold of one measure; limits are inclusive.

    ``maximum_hard`` (e.g. 150 % of ideal) may be exceeded only by a district of one unit.
    """

    name: str
    least: float
    ideal: float
    most: float
    hard: bool = False
    maximum_hard: float | None = None


@dataclass(frozen=True, eq=False)
class DistrictingProblem:
    """Arrays and ids in; no geometry, files or maps.

    Parameters
    ----------
    unit_ids
        str, shape (units,), unique.
    street_town
        int32, shape (units,): index into ``street_town_ids``; districts never cross.
    street_town_ids
        str, shape (towns,).
    measures
        int64, shape (units, bands): organisations and workers.
    bands
        One per column of ``measures``.
    links
        int32, shape (links, 2), a < b, no duplicates: units that adjoin.
    link_ds
        int32, shape (links,): walking deciseconds between the centres of linked units.
    xy
        float64, shape (units, 2), metres: representative point of each unit.
    industry
        int64, shape (units, industries): workers by industry; None where purity does not count.
    incumbent
        int32, shape (units,): last year's district (-1: none); None without a parent plan.
    switching_cost
        float64, shape (units,): cost of a unit leaving its incumbent district; None: free.
    locked
        bool, shape (units,): stays with the other locked units of its incumbent district.
    preferred_area
        int32, shape (units,): sub-area better kept whole (-1: none).
    undersize
        What to do with a street_town too small for one district: ``keep`` it as one under-size district,
        ``merge`` it into the street_town it shares most links with, or ``refuse`` the problem.
    travel_weight
        float64, shape (units,): what a minute of each unit counts in the travel time to the hub; None: the mean
        of the measures, each relative to its ideal.
    """

    unit_ids: NDArray[np.str_]
    street_town: NDArray[np.int32]
    street_town_ids: NDArray[np.str_]
    measures: NDArray[np.int64]
    bands: tuple[Band, ...]
    links: NDArray[np.int32]
    link_ds: NDArray[np.int32]
    xy: NDArray[np.float64]
    industry: NDArray[np.int64] | None = None
    incumbent: NDArray[np.int32] | None = None
    switching_cost: NDArray[np.float64] | None = None
    locked: NDArray[np.bool_] | None = None
    preferred_area: NDArray[np.int32] | None = None
    undersize: str = "keep"
    travel_weight: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Districting:
    """The decision: a district per unit, how good it is, and what is possible.

    Parameters
    ----------
    labels
        int32, shape (units,): district of each unit, 0 ... districts - 1, numbered by street_town, then by smallest unit id.
    hub
        int32, shape (districts,): unit at the district's centre of travel time.
    outcome
        Value and bound are districts with every measure in band; gap is certified.
    by_street_town
        One `Outcome` per street_town; achieved <= ceiling holds in each. Its bound is the ceiling at the number of
        districts drawn; ``ceiling_share`` looks at every admissible number.
    ceiling_share
        Certified ceiling of the share of districts in band, over every admissible number of districts.
    ceiling_share_by_street_town
        float64, shape (towns,): the same within each street_town; NaN where it has no unit.
    hub_ds
        float64, shape (districts,): mean walking deciseconds to the hub, weighted by ``travel_weight``.
    minutes
        Mean walking minutes to the hub over the whole city, with the same weights.
    switched_share
        Share of the first measure in units that left their incumbent district; NaN without incumbents.
    """

    labels: NDArray[np.int32]
    hub: NDArray[np.int32]
    outcome: Outcome
    by_street_town: tuple[Outcome, ...]
    ceiling_share: float = math.nan
    ceiling_share_by_street_town: NDArray[np.float64] | None = None
    hub_ds: NDArray[np.float64] | None = None
    minutes: float = math.nan
    switched_share: float = math.nan
