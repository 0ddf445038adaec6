"""Who reaches which open site, as arrays: one row per access point and way, its sites nearest first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from planner.policy import Tier

HOURS = [f"h{hour:02d}" for hour in range(24)]


@dataclass(frozen=True, eq=False)
class Served:
    """People of one tier by way and access point, and the open sites within their cutoff.

    Parameters
    ----------
    tier
        Its period.
    way, access
        int64 and str (groups,): which way, from where.
    heads
        float64 (groups,): workers; 0 for outdoor workers.
    hours
        float64 (groups, 24): outdoor workers present; zeros for workers.
    sites
        Open sites by id, ascending.
    host
        bool (sites, 24): hours a site counted in when it was chosen.
    group, site, time
        int64 (pairs,): by group, then deciseconds, then site.
    """

    tier: Tier
    way: np.ndarray
    access: np.ndarray
    heads: np.ndarray
    hours: np.ndarray
    sites: np.ndarray
    host: np.ndarray
    group: np.ndarray
    site: np.ndarray
    time: np.ndarray

    @property
    def outdoor(self) -> bool:
        """Whether hours matter."""
        return self.tier.demand == "outdoor"

    @cached_property
    def slots(self) -> list[int]:
        """Hours of the tier's period; -1 alone where hours do not matter."""
        if not self.outdoor:
            return [-1]
        return list(range(self.tier.period.first_hour, self.tier.period.last_hour + 1))

    def weight(self, slot: int) -> np.ndarray:
        """Return people of each group in an hour; heads where hours do not matter."""
        return self.heads if slot < 0 else self.hours[:, slot]

    def pairs(self, slot: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return group, site and time of the pairs that count in an hour, for groups with people then."""
        keep = self.weight(slot)[self.group] > 0
        if slot >= 0:
            keep &= self.host[self.site, slot]
        return self.group[keep], self.site[keep], self.time[keep]

    def nearest(self, slot: int) -> tuple[np.ndarray, np.ndarray]:
        """Return deciseconds to the nearest site and that site (smallest id of equals) per group; -1 where none."""
        group, site, time = self.pairs(slot)
        first, at = np.unique(group, return_index=True)
        found = np.full((2, len(self.access)), -1, dtype=np.int64)
        found[0, first], found[1, first] = time[at], site[at]
        return found[0], found[1]

    def earliest(self, slot: int, since: np.ndarray, never: int) -> np.ndarray:
        """Return the smallest ``since`` of the sites each group reaches in an hour."""
        group, site, _time = self.pairs(slot)
        found = np.full(len(self.access), never, dtype=np.int64)
        np.minimum.at(found, group, since[site])
        return found

    def open_in(self, opened: np.ndarray) -> np.ndarray:
        """Return bool (groups, 24): whether a group reaches a site that counted and is ``opened`` (sites, 24) in each hour."""
        table = np.zeros((len(self.access), 24), dtype=bool)
        usable = opened & self.host
        for hour in range(24):
            table[self.group[usable[self.site, hour]], hour] = True
        return table

    def place(self, access: np.ndarray, way: int) -> np.ndarray:
        """Return the group of each access point named for a way; -1 where there is none."""
        mine = np.flatnonzero(self.way == way)
        if not len(mine):
            return np.full(len(access), -1, dtype=np.int64)
        at = pd.Index(self.access[mine], dtype=object).get_indexer(pd.Index(access, dtype=object))
        return np.where(at >= 0, mine[at], -1)
