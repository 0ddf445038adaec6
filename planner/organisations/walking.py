"""Walking times between the small enterprises of a unit, along the roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.sparse import coo_array, csr_array

from planner.organisations.reach import WalkingPairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.roads import RoadNetwork, Snapped

STRETCH_M = 10.0
"""Doors on so much of one edge share a place."""
ACCESS_STEP_DS = 50
PLACES_AT_ONCE = 4000
"""Places of neighbouring units searched together: pairs across units are found and thrown away, so few at a time."""


class Walks(Protocol):
    """Somebody who knows walking times."""

    def pairs(
        self, xy: NDArray[np.float64], unit: NDArray[np.int64], *, limit_min: float
    ) -> WalkingPairs:
        """Find who walks to whom inside each unit within the limit, inclusive, in the quicker direction."""
        ...


@dataclass(frozen=True, eq=False)
class RoadWalks:
    """Walks on a road network.

    Parameters
    ----------
    network
        Roads, in the CRS of the enterprises.
    mode
        Usually ``walk``.
    max_snap_m
        Who is farther from a usable road, metres, walks to nobody.
    barriers
        Lines that nobody crosses between door and road, such as water.
    """

    network: RoadNetwork
    mode: str = "walk"
    max_snap_m: float = 300.0
    barriers: NDArray[np.object_] | None = None

    def pairs(
        self, xy: NDArray[np.float64], unit: NDArray[np.int64], *, limit_min: float
    ) -> WalkingPairs:
        """Find who walks to whom inside each unit; access to the road counts at both ends.

        Parameters
        ----------
        xy
            float64, shape (enterprises, 2), metres; NaN for those that are not to be placed.
        unit
            int64, shape (enterprises,).
        limit_min
            Longest walk, inclusive.
        """
        from geodata.roads import snap

        place = np.full(len(xy), -1, dtype=np.int64)
        rows = np.flatnonzero(np.isfinite(xy[:, 0]))
        if not len(rows):
            return WalkingPairs(place, csr_array((0, 0), dtype=bool))
        snapped = snap(
            xy[rows],
            self.network,
            self.mode,
            max_distance_m=self.max_snap_m,
            barriers=self.barriers,
        )
        usable = np.flatnonzero(snapped.status == 0)
        length = self.network.edge_length_m[snapped.edge[usable]]
        key = np.column_stack(
            [
                unit[rows[usable]],
                snapped.edge[usable],
                np.floor(snapped.fraction[usable] * length / STRETCH_M).astype(np.int64),
                snapped.access_ds[usable] // ACCESS_STEP_DS,
            ]
        )
        _keys, first, number = np.unique(key, axis=0, return_index=True, return_inverse=True)
        place[rows[usable]] = number.reshape(-1)
        at = usable[first]
        return WalkingPairs(place, self._near(snapped, at, unit[rows[at]], limit_min))

    def _near(
        self, snapped: Snapped, at: NDArray[np.int64], unit: NDArray[np.int64], limit_min: float
    ) -> csr_array:
        """Return the places within the limit of each other, some whole units at a time; places come by unit."""
        n = len(at)
        heads = [np.arange(n, dtype=np.int32)]
        tails = [np.arange(n, dtype=np.int32)]
        for begin, end in _batches(unit):
            a, b = self._pairs_of(snapped, at[begin:end], limit_min)
            same = unit[begin + a] == unit[begin + b]
            a, b = (begin + a[same]).astype(np.int32), (begin + b[same]).astype(np.int32)
            heads += [a, b]
            tails += [b, a]
        head, tail = np.concatenate(heads), np.concatenate(tails)
        return csr_array(coo_array((np.ones(len(head), dtype=bool), (head, tail)), shape=(n, n)))

    def _pairs_of(
        self, snapped: Snapped, at: NDArray[np.int64], limit_min: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        from geodata.roads import Snapped
        from geodata.travel_time import travel_times

        some = Snapped(
            edge=snapped.edge[at],
            fraction=snapped.fraction[at],
            distance_m=snapped.distance_m[at],
            status=snapped.status[at],
            access_ds=snapped.access_ds[at],
            mode=self.mode,
        )
        ids = np.arange(len(at)).astype(str)
        times = travel_times(
            self.network, some, some, from_ids=ids, to_ids=ids, mode=self.mode, cutoff_min=limit_min
        )
        a = np.repeat(np.arange(len(at)), np.diff(times.indptr))
        return a, times.indices.astype(np.int64)


def _batches(unit: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Cut places that come by unit into runs of whole units of about `PLACES_AT_ONCE`."""
    stops = [*np.flatnonzero(np.diff(unit) != 0) + 1, len(unit)]
    batches: list[tuple[int, int]] = []
    begin = 0
    for stop, following in zip(stops, [*stops[1:], None], strict=True):
        if following is None or following - begin > PLACES_AT_ONCE:
            batches.append((begin, int(stop)))
            begin = int(stop)
    return batches
