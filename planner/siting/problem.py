"""A siting problem as frozen arrays: who must be reached, by which candidate, in how long, under which rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Objective = Literal["max_cover", "set_cover", "p_median", "p_center"]


@dataclass(frozen=True, eq=False)
class Coverage:
    """Which candidates serve which demand, by demand, in compressed sparse rows.

    Parameters
    ----------
    indptr
        int64, shape (demands + 1,).
    indices
        int32, shape (pairs,): candidate of each pair, ascending within a row, no duplicates.
    deciseconds
        int32 or uint16, shape (pairs,): travel time of each pair; None where only reach counts.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    deciseconds: NDArray[np.int32] | NDArray[np.uint16] | None = None


@dataclass(frozen=True, eq=False)
class GroupRule:
    """At least ``least`` and at most ``most`` open sites among ``candidates`` (both inclusive).

    "Exactly one station per district" is one rule per district with least = most = 1.
    """

    name: str
    candidates: NDArray[np.int32]
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """Arrays and ids in; no geometry, files or maps.

    Parameters
    ----------
    demand_ids, candidate_ids
        str arrays, unique.
    weights
        float64, shape (demands,) or (layers, demands), at least 0: what each demand counts.
    coverage
        Pairs within reach.
    objective
        ``max_cover`` (most weight within reach), ``set_cover`` (fewest or cheapest sites that cover all, or
        ``cover_share`` of the weight), ``p_median`` (least weighted time), ``p_center`` (least worst time).
    p
        Number of open sites, fixed ones included; None where cost or rules decide.
    p_sense
        ``exactly`` or ``at_most``.
    costs, budget
        Cost per candidate and the most that may be spent; None: sites count 1 each and only ``p`` limits.
    fixed_open, fixed_closed
        bool, shape (candidates,): compulsory, and forbidden or vetoed, sites.
    existing, closing_cost, max_moves
        Sites open today, what closing one costs in objective units, and how many existing may close.
    group_rules
        Counts per group of candidates.
    preference
        float64, shape (candidates,). Without a rate it only breaks ties: of answers of equal value the one whose open
        sites have the greatest total preference. With ``preference_rate`` it weighs in, in objective units per point.
    capacity
        float64, shape (candidates,): most weight a site can be assigned; None where unlimited.
    backup
        How many open sites a demand needs within reach before it counts (1, or 2 for backup coverage).
    gradual
        float64, shape (pairs,) in 0-1: share of the weight that counts per pair; None: all of it.
    min_spacing_pairs
        int32, shape (k, 2): candidates that may not both open.
    load
        float64, shape (demands,): what each demand takes of a site's capacity; None: its weight (all layers).
    unreached_deciseconds
        What a demand no open site reaches counts in ``p_median``, at least the longest time given; None: every
        demand with weight must be within reach of an open site, else the problem is infeasible.
    """

    demand_ids: NDArray[np.str_]
    candidate_ids: NDArray[np.str_]
    weights: NDArray[np.float64]
    coverage: Coverage
    objective: Objective = "max_cover"
    p: int | None = None
    p_sense: Literal["exactly", "at_most"] = "at_most"
    cover_share: float = 1.0
    costs: NDArray[np.float64] | None = None
    budget: float | None = None
    fixed_open: NDArray[np.bool_] | None = None
    fixed_closed: NDArray[np.bool_] | None = None
    existing: NDArray[np.bool_] | None = None
    closing_cost: NDArray[np.float64] | None = None
    max_moves: int | None = None
    group_rules: tuple[GroupRule, ...] = field(default=())
    preference: NDArray[np.float64] | None = None
    preference_rate: float = 0.0
    capacity: NDArray[np.float64] | None = None
    backup: int = 1
    gradual: NDArray[np.float64] | None = None
    min_spacing_pairs: NDArray[np.int32] | None = None
    load: NDArray[np.float64] | None = None
    unreached_deciseconds: int | None = None
