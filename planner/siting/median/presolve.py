"""What cannot matter leaves before the search: demand alike merged, needless candidates shut, sure sites opened.

Each step keeps at least one best answer. With capacities a demand is served whole and by one site alone, so demand
alike stays apart, and a candidate is needless only where it may not open beside the one that stands in for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.siting.covering.merging import alike
from planner.siting.median.dominance_kernels import stand_ins
from planner.siting.median.dual import narrow
from planner.siting.median.rules import CLOSED, FREE, OPEN
from planner.siting.median.search import limits_of, pairs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.siting.median.model import Location

ROUNDS = 3
"""Each round may uncover more: a candidate shut leaves demand alike, or with a single site."""


def reduce_location(
    location: Location, *, centred: bool, kept: NDArray[np.bool_] | None = None
) -> Location:
    """Shrink a location problem without losing its best value.

    Parameters
    ----------
    location
        Every demand that must be served has at least ``backup`` candidates within reach.
    centred
        Whether the longest time counts (p-centre) instead of the sum of costs.
    kept
        bool, shape (candidates,): sites of a start, which stay even where another makes them needless.

    Returns
    -------
    Location
        Fewer demands and pairs, the same candidates, those set aside `CLOSED` in its rules: an answer to it is an
        answer to the given one of the same value.
    """
    stay = np.zeros(location.candidates, dtype=np.bool_) if kept is None else kept
    for _round in range(ROUNDS):
        before = len(location.costs)
        location = merge_alike(open_sure(location))
        shut = needless(location, stay, centred=centred)
        if shut.any():
            state = np.where(shut, CLOSED, location.rules.state).astype(np.int8)
            location = without_shut(location, state)
        if len(location.costs) == before:
            break
    location = open_sure(location)
    return location if centred else fold_single_demand(location)


def merge_alike(location: Location) -> Location:
    """Merge demands with the same sites in the same times: costs add up (not with capacities)."""
    if location.capacities is not None or location.demands < 2:
        return location
    span = int(location.times.max(initial=0)) + 1
    first = alike(location.indptr, location.columns.astype(np.int64) * span + location.times)
    kept = first == np.arange(location.demands)
    if kept.all():
        return location
    lengths = np.diff(location.indptr)
    owners = np.repeat(np.arange(location.demands), lengths)
    # Alike demands have the same number of pairs in the same order.
    inside = np.arange(len(location.costs)) - location.indptr[owners]
    place = location.indptr[first[owners]] + inside
    costs = np.bincount(place, weights=location.costs, minlength=len(location.costs))
    pairs = kept[owners]
    return replace(
        location,
        demand=location.demand[kept],
        indptr=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths[kept])]),
        columns=location.columns[pairs],
        costs=costs[pairs],
        times=location.times[pairs],
        unserved=_added(first, location.unserved)[kept],
    )


def _added(first: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum per first demand, infinity where one that adds up is infinite."""
    return np.bincount(first, weights=values, minlength=len(values)).astype(np.float64)


def open_sure(location: Location) -> Location:
    """Open the sites without which a demand that must be served cannot be: it has no others within reach."""
    bare = np.isinf(location.unserved) & (np.diff(location.indptr) == location.backup)
    owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
    sure = np.zeros(location.candidates, dtype=np.bool_)
    sure[location.columns[bare[owners]]] = True
    sure &= location.rules.state == FREE
    if not sure.any():
        return location
    state = np.where(sure, OPEN, location.rules.state).astype(np.int8)
    return replace(location, rules=replace(location.rules, state=state))


def needless(location: Location, stay: NDArray[np.bool_], *, centred: bool) -> NDArray[np.bool_]:
    """Return which candidates another one makes needless; those that shall ``stay`` are not looked at."""
    rules = location.rules
    alone = location.capacities is None and location.backup == 1
    bare = not len(rules.low) and not location.site_costs.any()
    spare = int((rules.state != CLOSED).sum()) - rules.least
    room = np.zeros(location.candidates) if location.capacities is None else location.capacities
    found = stand_ins(
        pairs_of(location),
        limits_of(rules, location.site_costs),
        location.times.astype(np.float64) if centred else location.costs,
        room,
        stay,
        alone and rules.least == 0,
        spare if alone and bare and rules.least > 0 else 0,
    )
    return np.asarray(found) >= 0


def without_shut(location: Location, state: NDArray[np.int8]) -> Location:
    """Return the problem with new states and without the pairs of shut candidates."""
    owners = np.repeat(np.arange(location.demands), np.diff(location.indptr))
    kept = state[location.columns] != CLOSED
    counts = np.bincount(owners[kept], minlength=location.demands)
    return replace(
        location,
        indptr=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)]),
        columns=location.columns[kept],
        costs=location.costs[kept],
        times=location.times[kept],
        rules=replace(location.rules, state=state),
    )


def fold_single_demand(location: Location) -> Location:
    """Turn demand with one site left into a cost of that site, or into a constant where it is sure to be open.

    Pairs beyond a site that is sure to be open, or dearer than staying unserved, leave first.
    """
    if location.capacities is not None or location.backup > 1 or location.skip_weights is not None:
        return location
    location = narrow(location, location.rules.state)
    single = np.diff(location.indptr) <= 1
    if not single.any():
        return location
    none = np.diff(location.indptr) == 0
    one = single & ~none
    pair = location.indptr[:-1][one]
    site, cost = location.columns[pair], location.costs[pair]
    sure = location.rules.state[site] == OPEN
    saved = np.where(sure, 0.0, location.unserved[one] - cost)
    constant = float(location.unserved[none].sum())
    constant += float(np.where(sure, cost, location.unserved[one]).sum())
    site_costs = location.site_costs - np.bincount(
        site, weights=saved, minlength=location.candidates
    )
    owners = np.repeat(single, np.diff(location.indptr))
    return replace(
        location,
        demand=location.demand[~single],
        indptr=np.concatenate(
            [np.zeros(1, dtype=np.int64), np.cumsum(np.diff(location.indptr)[~single])]
        ),
        columns=location.columns[~owners],
        costs=location.costs[~owners],
        times=location.times[~owners],
        unserved=location.unserved[~single],
        site_costs=site_costs,
        constant=location.constant + constant,
    )
