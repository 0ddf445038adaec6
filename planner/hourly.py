"""Coverage by time of day: who of those present reaches a site that is open in that hour (二(三))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.presence import DAYS
from planner.problems.opening import hours_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.policy import Policy, Way
    from planner.presence import Profiles
    from planner.problems.access import Access
    from planner.problems.reached import OpenReach

COLUMNS = ("tier", "day", "hour", "present", "covered")


def open_by_hour(hours: pd.DataFrame, facility_ids: list[str]) -> NDArray[np.bool_]:
    """Return bool (facilities, 2, 24): whether each is open at half past each hour of each kind of day."""
    table = np.zeros((len(facility_ids), len(DAYS), 24), dtype=np.bool_)
    place = {name: k for k, name in enumerate(facility_ids)}
    half = np.arange(24) * 60 + 30
    mine = hours[hours["facility_id"].isin(place)]
    for row in list[Any](mine.itertuples()):
        within = (half >= row.opens_min) & (half < row.closes_min)
        table[place[str(row.facility_id)], DAYS.index(str(row.day))] |= within
    return table


def hourly_coverage(
    policy: Policy,
    hours: pd.DataFrame,
    reached: Mapping[str, OpenReach],
    row_of: Mapping[str, NDArray[np.int64]],
    enterprises: pd.DataFrame,
    profiles: Profiles,
    outdoor: pd.DataFrame,
    access: Mapping[tuple[str, str], Access],
) -> pd.DataFrame:
    """Return, for each tier, kind of day and hour, people present and people who reach an open site.

    Parameters
    ----------
    policy
        Tiers.
    hours
        Windows of all sites.
    reached
        Tier -> open sites each row of people reaches.
    row_of
        Tier of workers -> row of each enterprise in its demand, -1 for none; in the order of ``enterprises``.
    enterprises
        In scope: ``workers``.
    profiles
        Presence of each of them.
    outdoor
        Layer ``outdoor``; the same people on both kinds of day.
    access
        Access of each layer and mode.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; workers of no road count as present and not covered.
    """
    parts = []
    presence, number = profiles.table, profiles.number
    workers = enterprises["workers"].to_numpy(float)
    for tier in policy.tiers:
        reach = reached[tier.name]
        opened = open_by_hour(hours, [f"{tier.name}:{site}" for site in reach.site_ids])
        at = _rows_open(reach, opened)
        if tier.demand == "workers":
            row = row_of[tier.name]
            counts = np.zeros((len(reach.rows) + 1, len(presence)))
            np.add.at(counts, (row, number), workers)  # row -1 is the last: nobody reaches it
            present = np.einsum("rp,pdh->rdh", counts, presence)
            total = present.sum(axis=0)
            covered = np.where(at, present[:-1], 0.0).sum(axis=0)
        else:
            total, covered = _outdoor(tier.streams, reach, at, outdoor, access)
        for d, day in enumerate(DAYS):
            part = {"tier": tier.name, "day": day, "hour": np.arange(24)}
            parts.append(pd.DataFrame(part | {"present": total[d], "covered": covered[d]}))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _rows_open(reach: OpenReach, opened: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return bool (rows, 2, 24): whether any site a row reaches is open."""
    from scipy.sparse import csr_array

    rows, sites = len(reach.rows), len(reach.site_ids)
    table = csr_array(
        (np.ones(len(reach.indices)), reach.indices, reach.indptr), shape=(rows, sites)
    )
    found = table @ opened.reshape(sites, 48).astype(float) if sites else np.zeros((rows, 48))
    return np.asarray(found > 0).reshape(rows, len(DAYS), 24)


def _outdoor(
    ways: tuple[Way, ...],
    reach: OpenReach,
    at: NDArray[np.bool_],
    outdoor: pd.DataFrame,
    access: Mapping[tuple[str, str], Access],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    columns = [f"h{hour:02d}" for hour in range(24)]
    total = np.zeros((len(DAYS), 24))
    covered = np.zeros((len(DAYS), 24))
    keys = pd.MultiIndex.from_frame(reach.rows[["way", "access_id", "hours"]])
    place = pd.Series(np.arange(len(keys)), index=keys)
    for way in ways:
        mine = outdoor["kind"].isin(way.kinds).to_numpy()
        people = outdoor.loc[mine, columns].to_numpy(float)
        total += people.sum(axis=0)[None, :]
        entities = access["outdoor", way.mode].entities
        where = entities["access_id"].to_numpy(dtype=object)[mine]
        number = way.number
        for mask in sorted(set(reach.rows.loc[reach.rows["way"] == number, "hours"])):
            wanted = pd.MultiIndex.from_arrays(
                [np.full(len(where), number), where, np.full(len(where), mask)]
            )
            row = place.reindex(wanted).fillna(-1).to_numpy(np.int64)
            inside = row >= 0
            for hour in hours_in(int(mask)):
                met = at[row[inside]][:, :, hour]
                covered[:, hour] += (met * people[inside, hour][:, None]).sum(axis=0)
    return total, covered
