"""Whether those who come find room: seats against the busiest hour (二(一): seats limit)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.allocation.rooms import most_served
from planner.problems.access import demand_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.policy import Policy, Tier
    from planner.problems.access import Access
    from planner.problems.reached import OpenReach
    from planner.rules import Capacity

UNIT = 100
"""People are counted in hundredths, so that fractions of a person add up."""

COLUMNS = ("tier", "hour", "load", "room", "served")


def seats_of(sites: pd.DataFrame, rule: Capacity) -> NDArray[np.int64]:
    """Return seats of each site: as stated, else by floor area between the rule's limits, else the fewest."""
    area = sites["floor_area_m2"].to_numpy(float)
    by_area = np.clip(
        np.floor(np.nan_to_num(area) / rule.m2_per_seat), rule.seats_least, rule.seats_most
    )
    stated = sites["seats"].to_numpy(float)
    seats = np.where(np.isnan(stated), by_area, np.nan_to_num(stated))
    return np.asarray(seats, dtype=np.int64)


def busiest_hour(tier: Tier, outdoor: pd.DataFrame) -> int:
    """Return the hour of the tier's period with most outdoor workers (the first of equals); -1 for tiers of workers."""
    if tier.demand != "outdoor":
        return -1
    kinds = {kind for way in tier.streams for kind in way.kinds}
    sums = outdoor.loc[outdoor["kind"].isin(kinds), tier.period.columns].sum().round(6)
    return tier.period.first_hour + int(np.argmax(sums.to_numpy()))


def rooms_of(
    policy: Policy,
    sites: pd.DataFrame,
    reached: Mapping[str, OpenReach],
    outdoor: pd.DataFrame,
    access: Mapping[tuple[str, str], Access],
) -> pd.DataFrame:
    """Return, for each tier with a capacity, who comes in the busiest hour, the room there is, and the most that can be served.

    Parameters
    ----------
    policy
        Capacities.
    sites
        Candidates, indexed by ``site_id``, with ``seats`` and ``floor_area_m2``.
    reached
        Tier -> open sites each row reaches.
    outdoor, access
        Outdoor workers and everybody's access.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, in hundredths of a person; ``hour`` is -1 for tiers of workers. ``load`` counts those who reach
        an open site; ``served`` is exact (a maximum flow).
    """
    rows = []
    for tier in policy.tiers:
        rule, reach = tier.capacity, reached[tier.name]
        if rule is None:
            continue
        hour = busiest_hour(tier, outdoor)
        people = _people(tier, hour, reach, outdoor, access)
        load = in_units(people * rule.visit_share)
        load[np.diff(reach.indptr) == 0] = 0
        seats = seats_of(sites.loc[reach.site_ids.tolist()], rule)
        room = np.rint(seats * rule.visits_per_seat_hour * UNIT).astype(np.int64)
        served = most_served(load, reach.indptr, reach.indices, room)
        rows.append((tier.name, hour, int(load.sum()), int(room.sum()), served))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def in_units(people: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return people in whole hundredths; what lies half-way does not depend on the order in which it was summed."""
    return np.rint(np.round(people * UNIT, 6)).astype(np.int64)


def _people(
    tier: Tier,
    hour: int,
    reach: OpenReach,
    outdoor: pd.DataFrame,
    access: Mapping[tuple[str, str], Access],
) -> NDArray[np.float64]:
    """Return people of each row in the busiest hour."""
    if tier.demand != "outdoor":
        return reach.rows["people"].to_numpy(float)
    people = np.zeros(len(reach.rows))
    for way in tier.streams:
        mine = outdoor["kind"].isin(way.kinds).to_numpy(float)
        ids, weight = demand_at(access["outdoor", way.mode], outdoor[f"h{hour:02d}"] * mine)
        table = pd.Series(weight, index=ids)
        here = (reach.rows["way"] == way.number) & (
            (reach.rows["hours"].to_numpy() >> hour & 1) == 1
        )
        found = reach.rows["access_id"].map(table).fillna(0.0)
        people += np.where(here, found, 0.0)
    return people
