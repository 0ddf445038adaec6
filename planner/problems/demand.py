"""Who must be reached by a tier: rows of people by way, access point and hours, and the sites each row reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from planner.problems.access import demand_at
from planner.problems.opening import ALL_HOURS, hour_blocks, hours_in, open_hours

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geodata.travel_time import TravelTimes
    from planner.policy import Tier, Way
    from planner.problems.access import Access
    from planner.rules import HoursRule


class People(Protocol):
    """Where demand is read from: access per layer and mode, counts per entity."""

    @property
    def demand(self) -> dict[tuple[str, str], Access]:
        """Access of each layer and mode."""

    @property
    def weights(self) -> dict[str, pd.DataFrame]:
        """Counts per entity of each layer."""


@dataclass(frozen=True, eq=False)
class TierDemand:
    """Rows of people and the sites they reach.

    Parameters
    ----------
    rows
        ``demand_id``, ``access_id``, ``way`` (number of the tier's way), ``hours`` (mask, see
        `planner.problems.opening`), ``people`` (workers, or people present summed over the hours) and ``priority``
        (people, more where disputes are near); in the order of the coverage's rows.
    indptr, indices, deciseconds
        Sites within each row's cutoff that are open in its hours, as compressed sparse rows.
    """

    rows: pd.DataFrame
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    deciseconds: NDArray[np.int32]


def tier_demand(
    tier: Tier,
    people: People,
    candidates: pd.DataFrame,
    rule: HoursRule,
    times_of: Callable[[Way, NDArray[np.str_]], TravelTimes],
) -> TierDemand:
    """Gather the rows of a tier.

    Workers are counted once, whatever the hour. Outdoor workers are counted in each hour of the tier's period, and a
    host counts for them only while it is open; hours between which no candidate opens or closes are one row.

    Parameters
    ----------
    tier
        Demand layer, ways, period.
    people
        Access and counts.
    candidates
        Sites in the order of the columns, with ``opens``, ``closes``, ``ebike_parking``.
    rule
        Hours of hosts who state none.
    times_of
        Minutes from access points of a way to all candidates within its cutoff.
    """
    opened = open_hours(candidates, tier, rule)
    parts = []
    for way in tier.streams:
        usable = np.ones(len(candidates), dtype=np.bool_)
        if way.needs_parking:
            usable = ~(candidates["ebike_parking"].fillna(1.0) == 0).to_numpy(dtype=np.bool_)
        blocks = _blocks(tier, way, people, opened)
        # Every block's people are searched from once, whatever the hour.
        everywhere = np.unique(np.concatenate([ids for _mask, ids, _w, _p in blocks]))
        times = times_of(way, everywhere)
        for mask, access_ids, weight, priority in blocks:
            at = np.searchsorted(everywhere, access_ids)
            open_then = opened[:, hours_in(mask)].all(axis=1) if way.demand == "outdoor" else usable
            parts.append(_part(way, mask, (times, at), (weight, priority), usable & open_then))
    rows = pd.concat([part[0] for part in parts], ignore_index=True)
    counts = np.concatenate([part[1] for part in parts])
    return TierDemand(
        rows,
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        _joined([part[2] for part in parts]),
        _joined([part[3] for part in parts]),
    )


def _joined(parts: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Lay parts end to end; a single one is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _blocks(
    tier: Tier, way: Way, people: People, opened: NDArray[np.bool_]
) -> list[tuple[int, NDArray[np.str_], NDArray[np.float64], NDArray[np.float64]]]:
    layer, access = people.weights[way.demand], people.demand[way.demand, way.mode]
    if way.demand != "outdoor":
        ids, weight = demand_at(access, layer["workers"])
        _same, priority = demand_at(access, layer["workers"] * layer["priority"])
        return [(ALL_HOURS, ids, weight, priority)]
    mine = layer["kind"].isin(way.kinds).to_numpy(float)
    period = tier.period
    blocks = []
    for mask in hour_blocks(opened, period.first_hour, period.last_hour):
        columns = [f"h{hour:02d}" for hour in hours_in(mask)]
        ids, weight = demand_at(access, layer[columns].sum(axis=1) * mine)
        blocks.append((mask, ids, weight, weight))
    return blocks


def _part(
    way: Way,
    mask: int,
    searched: tuple[TravelTimes, NDArray[np.int64]],
    weights: tuple[NDArray[np.float64], NDArray[np.float64]],
    usable: NDArray[np.bool_],
) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return the people of one block of hours, and the sites open then that the rows they stand at reach."""
    times, rows = searched
    names = times.from_ids[rows]
    counts, columns, deciseconds = _pairs_of(times, rows, usable)
    frame = pd.DataFrame(
        {
            "demand_id": [f"{way.number}-{mask:06x}-{name}" for name in names],
            "access_id": names,
            "way": way.number,
            "hours": mask,
            "people": weights[0],
            "priority": weights[1],
        }
    )
    return frame, counts, columns, deciseconds


def _pairs_of(
    times: TravelTimes, rows: NDArray[np.int64], usable: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return how many usable sites each of the rows reaches, these sites, and how far they are."""
    lengths = np.diff(times.indptr)[rows]
    indices, deciseconds = times.indices, times.deciseconds
    if not np.array_equal(rows, np.arange(len(times.from_ids))):
        begins = np.repeat(times.indptr[rows] - np.cumsum(lengths) + lengths, lengths)
        pairs = begins + np.arange(len(begins))
        indices, deciseconds = indices[pairs], deciseconds[pairs]
    if not usable.all():
        keep = usable[indices]
        row = np.repeat(np.arange(len(rows)), lengths)[keep]
        lengths = np.bincount(row, minlength=len(rows))
        indices, deciseconds = indices[keep], deciseconds[keep]
    return (
        lengths.astype(np.int64),
        indices.astype(np.int32, copy=False),
        deciseconds.astype(np.int32, copy=False),
    )
