"""Set partitioning over every connected subset of a small part: the most districts in band, or a map that has them.

Where every subset under the hard maximum can be listed, maps are made of them (partitioning), and the answer is exact.
Otherwise only the subsets in band are listed (packing): how many disjoint ones there can be, given that what they leave
must fit into the other districts. A linear programme with cuts bounds both (`planner.districting.programme`); a
search over maps, or branch and bound, settles what its reduced costs leave open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.districting.ceiling import SLACK, in_band, usable_units
from planner.districting.cover import find_map
from planner.districting.pricing import totals
from planner.districting.programme import Columns, Programme, bounded, integers, unpacked
from planner.districting.subsets import connected_subsets, neighbour_masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.districting.ceiling import Limits
    from planner.districting.parts import Part
    from planner.districting.programme import Bound

# Columns and tree nodes of branch and bound, and subsets the search over maps may look at.
WIDE, NODES, STEPS = 1_500, 100, 10_000_000


@dataclass(frozen=True, eq=False)
class Proof:
    """What the exact programme proved.

    Parameters
    ----------
    ceiling
        Most districts in band; the value handed in where nothing better was proved.
    chosen
        Member matrix (districts, units) of a better answer than the one known; None where none was found.
    whole
        Whether ``chosen`` is a whole map (partitioning) or only its districts in band (packing).
    work
        Subsets looked at, by hundreds, and tree nodes.
    """

    ceiling: int
    chosen: NDArray[np.bool_] | None
    whole: bool
    work: int


@dataclass(frozen=True, eq=False)
class Listing:
    """The subsets of a part, for every number of districts.

    Bit masks number the units across the part, from one end of its longest way to the other: what is left uncovered then
    stays in few pieces, and a hopeless branch ends early.

    Parameters
    ----------
    order
        int64: unit of the part at each place.
    measures, neighbours
        Of the units in this order.
    limit
        Bands of the part.
    sets, inside
        Subsets as bit masks, and whether each is in band.
    whole
        Whether all subsets under the hard maximum are there; otherwise only those in band.
    complete
        False where there are too many of either: the listing proves nothing.
    work
        Subsets looked at, by hundreds.
    """

    order: NDArray[np.int64]
    measures: NDArray[np.float64]
    neighbours: NDArray[np.uint64]
    limit: Limits
    sets: NDArray[np.uint64]
    inside: NDArray[np.bool_]
    whole: bool
    complete: bool
    work: int

    def members(self, sets: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return bit masks as a matrix over the part's own units."""
        matrix = np.zeros((len(sets), len(self.order)), dtype=bool)
        matrix[:, self.order] = unpacked(sets, len(self.order))
        return matrix

    def masks(self, labels: NDArray[np.int32]) -> NDArray[np.uint64]:
        """Return the districts of a map as bit masks."""
        bits = np.uint64(1) << np.arange(len(self.order), dtype=np.uint64)
        own = labels[self.order]
        return np.array([bits[own == d].sum() for d in range(int(own.max()) + 1)], dtype=np.uint64)


def listing(part: Part, limit: Limits, cap: int) -> Listing:
    """List the subsets of a part of at most 64 units that districts can be.

    Parameters
    ----------
    part, limit
        The part and its bands.
    cap
        Most subsets under the hard maximum; where there are more, a quarter as many in band among twice as many.
    """
    order = _sweep(part)
    place = np.empty(part.size, dtype=np.int64)
    place[order] = np.arange(part.size)
    masks = neighbour_masks(part.indptr, part.indices)[order]
    neighbours = np.zeros(part.size, dtype=np.uint64)
    for old, new in enumerate(place):
        neighbours |= ((masks >> np.uint64(old)) & np.uint64(1)) << np.uint64(new)
    measures = part.measures[order]
    hard = np.where(np.isfinite(limit.hard), limit.hard, measures.sum(axis=0)) * (1 + SLACK)
    sets, whole, looked = connected_subsets(
        neighbours, measures, np.zeros_like(hard), hard, cap, cap
    )
    complete = whole
    if whole:
        # Units that alone exceed the hard maximum may be districts of their own.
        alone = np.flatnonzero((measures > hard).any(axis=1)).astype(np.uint64)
        sets = np.concatenate([sets, np.uint64(1) << alone])
        inside = in_band(totals(sets, measures), limit)
    else:
        low, high = limit.least * (1 - SLACK), limit.most * (1 + SLACK)
        before = looked
        sets, complete, looked = connected_subsets(
            neighbours, measures, low, high, cap // 4, 2 * cap
        )
        looked += before
        inside = np.ones(len(sets), dtype=bool)
    return Listing(order, measures, neighbours, limit, sets, inside, whole, complete, looked // 100)


def prove(
    part: Part,
    listed: Listing,
    count: int,
    *,
    known: int,
    ceiling: int,
    start: NDArray[np.int32],
) -> Proof:
    """Lower the ceiling of ``count`` districts towards ``known``, or find a map with more in band.

    Parameters
    ----------
    part, listed, count
        The part, its subsets, its number of districts.
    known
        Districts in band of the best map found.
    ceiling
        Ceiling from totals.
    start
        The best map found, whose districts start the programme.

    Returns
    -------
    Proof
        The ceiling, never below ``known``.
    """
    if not listed.complete or known >= ceiling:
        return Proof(ceiling, None, whole=False, work=0)
    programme = (
        _partition(listed, count) if listed.whole else _packing(part, listed, count, ceiling)
    )
    chosen: NDArray[np.bool_] | None = None
    first = listed.masks(start)
    work = 0
    while known < ceiling:
        proved, better, used = _settle(listed, programme, first, known + 1)
        work += used
        ceiling = min(ceiling, max(known, proved))
        if not len(better):
            break
        known = int(in_band(totals(better, listed.measures), listed.limit).sum())
        chosen, first = listed.members(better), better
    return Proof(ceiling, chosen, whole=listed.whole, work=work)


def _settle(
    listed: Listing, programme: Programme, first: NDArray[np.uint64], wanted: int
) -> tuple[int, NDArray[np.uint64], int]:
    """Refute ``wanted`` districts in band or find them; return a ceiling, the sets found (or none), and work."""
    columns = programme.columns
    nobody = columns.sets[:0]
    if not len(columns.sets):
        return 0, nobody, 0
    bound = bounded(programme, first, wanted)
    ceiling = max(wanted - 1, int(min(bound.value, programme.count) + 1e-4))
    if not len(bound.kept):
        return wanted - 1, nobody, 0
    if programme.whole:
        complete, sets, looked = _searched(listed, programme, bound, wanted)
        used = looked // 100
    else:
        if len(bound.kept) > WIDE:
            return ceiling, nobody, 0
        complete, chosen, used = integers(
            columns.of(bound.kept),
            programme.units,
            count=programme.count,
            right=programme.right,
            wanted=wanted,
            nodes=NODES,
        )
        sets = columns.sets[bound.kept[chosen]]
    return (wanted - 1 if complete and not len(sets) else ceiling), sets, used


def _searched(
    listed: Listing, programme: Programme, bound: Bound, wanted: int
) -> tuple[bool, NDArray[np.uint64], int]:
    """Search the maps that the bound leaves."""
    limit = listed.limit
    kept = programme.columns.of(bound.kept)
    lowest = kept.sets & (~kept.sets + np.uint64(1))
    rank = np.lexsort((kept.sets, bound.slack, lowest))
    sets = kept.sets[rank]
    bits = np.uint64(1) << np.arange(programme.units, dtype=np.uint64)
    start = np.concatenate([np.searchsorted(lowest[rank], bits), [len(sets)]])
    alone = bool((listed.measures > limit.hard * (1 + SLACK)).any())
    complete, chosen, looked = find_map(
        sets,
        start.astype(np.int64),
        bound.slack[rank],
        kept.value[rank],
        totals(sets, listed.measures),
        listed.neighbours,
        listed.measures,
        np.vstack(
            [
                limit.least * (1 - SLACK),
                limit.most * (1 + SLACK),
                np.full_like(limit.hard, np.inf) if alone else limit.hard * (1 + SLACK),
            ]
        ),
        programme.count,
        wanted,
        bound.spare,
        STEPS,
    )
    return complete, sets[chosen], looked


def _partition(listed: Listing, count: int) -> Programme:
    rooms = np.empty((len(listed.sets), 0), dtype=np.float32)
    columns = Columns(listed.sets, listed.inside, rooms)
    return Programme(columns, len(listed.order), count, whole=True, right=np.empty(0))


def _packing(part: Part, listed: Listing, count: int, ceiling: int) -> Programme:
    limit = listed.limit
    alone = (part.measures > limit.hard * (1 + SLACK)).any(axis=1)
    others = count - int(alone.sum())
    finite = np.isfinite(limit.hard)
    # Left over <= (others - x) hard, written with what every column leaves of a hard maximum.
    left = part.measures[~alone].sum(axis=0)[finite]
    scale = limit.ideal[finite]
    hard = limit.hard[finite] * (1 + SLACK)
    rooms = (hard - totals(listed.sets, listed.measures)[:, finite]) / scale
    highest = count if usable_units(part, limit).all() else count - 1
    return Programme(
        Columns(listed.sets, listed.inside, rooms.astype(np.float32)),
        part.size,
        min(ceiling, highest),
        whole=False,
        right=(others * hard - left) / scale + 1e-5,
    )


def _sweep(part: Part) -> NDArray[np.int64]:
    """Order units by hops from an end of a longest way, ties by unit."""
    hops = np.zeros(part.size, dtype=np.int64)
    end = 0
    for _turn in range(2):
        hops[:] = -1
        hops[end] = 0
        queue = [end]
        for unit in queue:
            for other in part.indices[part.indptr[unit] : part.indptr[unit + 1]]:
                if hops[other] < 0:
                    hops[other] = hops[unit] + 1
                    queue.append(int(other))
        end = int(hops.argmax())
    return np.lexsort((np.arange(part.size), hops))
