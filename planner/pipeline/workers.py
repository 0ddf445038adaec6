"""Who does the work that can be cut into parts: threads of this process, or the workers of a cluster."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.pipeline.cluster import BLOCKS_PER_WORKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from geodata.roads import RoadNetwork, Snapped
    from geodata.travel_time import TravelTimes
    from planner.pipeline.cluster import Cluster

LEAST_SITES = 64
"""Sites that are worth a task of their own on a cluster."""


@dataclass(frozen=True, eq=False)
class Workers:
    """Threads here and, where there is one, a cluster; answers do not depend on either.

    Parameters
    ----------
    jobs
        Threads of this process; None for all cores.
    cluster
        A connected cluster, see `planner.pipeline.cluster.connected`.
    """

    jobs: int | None = None
    cluster: Cluster | None = None

    @property
    def threads(self) -> int:
        """Threads of this process."""
        return self.jobs or os.cpu_count() or 1

    @property
    def hand_out(self) -> Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]] | None:
        """How independent parts are handed to the cluster; None without one."""
        return None if self.cluster is None else self.cluster.map

    def over(
        self, work: Callable[..., Any], shared: tuple[Any, ...], parts: Sequence[Any]
    ) -> Iterable[Any]:
        """Yield ``work(*shared, part)`` for every part in order, ``work(*shared, *part)`` where parts are tuples.

        Parameters
        ----------
        work
            A function of a module, so that workers find it.
        shared
            What every part needs: it reaches each worker of a cluster once.
        parts
            What one part needs alone.
        """
        own = [part if isinstance(part, tuple) else (part,) for part in parts]
        if self.cluster is None:
            return (work(*shared, *part) for part in own)
        everywhere = tuple(map(self.cluster.share, shared))
        return self.cluster.map(work, [(*everywhere, *part) for part in own])

    def travel_times(
        self,
        network: RoadNetwork,
        origins: Snapped,
        destinations: Snapped,
        *,
        from_ids: NDArray[np.str_],
        to_ids: NDArray[np.str_],
        mode: str,
        cutoff_min: float,
    ) -> TravelTimes:
        """Find every pair within a cutoff; see `geodata.travel_time.travel_times`.

        A cluster searches from blocks of destinations, which are laid side by side.
        """
        from geodata.travel_time import travel_times

        rule: dict[str, Any] = {"from_ids": from_ids, "mode": mode, "cutoff_min": cutoff_min}
        if self.cluster is None or len(to_ids) < 2 * LEAST_SITES:
            return travel_times(
                network, origins, destinations, to_ids=to_ids, jobs=self.jobs, **rule
            )
        parts = min(self.cluster.threads * BLOCKS_PER_WORKER, len(to_ids) // LEAST_SITES)
        blocks = np.array_split(np.arange(len(to_ids)), parts)
        whence = self.cluster.scatter((origins, rule))
        tasks = [(whence, destinations.take(block), to_ids[block]) for block in blocks]
        return side_by_side(list(self.over(search_block, (network,), tasks)), to_ids)


def search_block(
    network: RoadNetwork,
    whence: tuple[Snapped, dict[str, Any]],
    destinations: Snapped,
    to_ids: NDArray[np.str_],
) -> TravelTimes:
    """Search to one block of destinations, on a worker."""
    from geodata.travel_time import travel_times

    origins, rule = whence
    return travel_times(network, origins, destinations, to_ids=to_ids, jobs=1, **rule)


def side_by_side(blocks: list[TravelTimes], to_ids: NDArray[np.str_]) -> TravelTimes:
    """Lay blocks of columns side by side, in order."""
    from scipy.sparse import csr_array, hstack

    from geodata.travel_time import TravelTimes

    first = blocks[0]
    rows = len(first.from_ids)
    joined = hstack(
        [
            csr_array((b.deciseconds, b.indices, b.indptr), shape=(rows, len(b.to_ids)))
            for b in blocks
        ],
        format="csr",
    )
    return TravelTimes(
        first.from_ids,
        to_ids,
        joined.indptr.astype(np.int64),
        joined.indices.astype(np.int32),
        joined.data.astype(first.deciseconds.dtype),
        first.mode,
        first.cutoff_ds,
        first.period,
    )
