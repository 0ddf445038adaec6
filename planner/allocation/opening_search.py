"""Search for opening hours: one site at a time against all others, then two that share people together; it only gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from planner.allocation.timetables import Timetables

PASSES = 4
"""Most passes over all sites, alone and in pairs."""
MATES = 3
"""Sites with which a site's hours are chosen together: those that share most people with it."""


def build_hours(
    weights: NDArray[np.float64], reach: csr_array, choose: Timetables, order: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], int]:
    """Return hours (sites, 48) in which neither one site nor two neighbours can do better, and the passes it took.

    Parameters
    ----------
    weights
        float64 (groups, 48): worker-hours to be had.
    reach
        Sites each group reaches, ones.
    choose
        Best timetables of sites.
    order
        Sites, the most promising first.
    """
    search = _Improver(weights, reach, choose)
    listed = order.tolist()
    pairs = _pairs(weights, reach, listed)
    passes = 0
    for passes in range(1, PASSES + 1):
        if not (search.singly(listed, first=passes == 1) or passes == 1):
            break
        if not search.in_pairs(pairs):
            break
    return search.opened, passes


class _Improver:
    """Hours of all sites, how often each hour of each group is met, and moves that only ever gain."""

    def __init__(self, weights: NDArray[np.float64], reach: csr_array, choose: Timetables) -> None:
        self.weights, self.choose = weights, choose
        self.groups_of = reach.T.tocsr()
        self.sites = reach.shape[1]
        self.opened = np.zeros((self.sites, 48), dtype=np.bool_)
        self.met = np.zeros(weights.shape, dtype=np.int32)
        self.settled: dict[tuple[int, int], bytes] = {}

    def rows(self, site: int) -> NDArray[np.int32]:
        """Return the groups that reach a site."""
        span = slice(self.groups_of.indptr[site], self.groups_of.indptr[site + 1])
        return np.asarray(self.groups_of.indices[span])

    def put(self, site: int, hours: NDArray[np.bool_]) -> None:
        """Give a site other hours."""
        rows = self.rows(site)
        self.met[rows] += hours.astype(np.int32) - self.opened[site]
        self.opened[site] = hours

    def best(self, site: int) -> tuple[float, float, NDArray[np.bool_]]:
        """Return what a site's hours add to all others', what the best ones would, and those."""
        rows = self.rows(site)
        alone = (self.met[rows] - self.opened[site]) == 0
        scores = np.where(alone, self.weights[rows], 0.0).sum(axis=0)[None, :]
        value, hours = self.choose.best(scores, np.array([site]))
        return float(scores[0, self.opened[site]].sum()), float(value[0]), hours[0]

    def singly(self, order: list[int], *, first: bool) -> bool:
        """Give each site its best hours against all others; return whether anything changed."""
        changed = False
        for site in order:
            now, better, hours = self.best(site)
            if first or better > now + 1e-9:
                changed |= bool((self.opened[site] != hours).any())
                self.put(site, hours)
        return changed

    def in_pairs(self, pairs: list[tuple[int, int]]) -> bool:
        """Give every two sites that share people their best hours together; return whether anything gained."""
        changed = False
        for pair in pairs:
            alone, shared = self._of_two(pair)
            if not shared.any():
                continue
            opened = self.opened[list(pair)]
            state = alone.tobytes() + shared.tobytes() + opened.tobytes()
            if self.settled.get(pair) == state:
                continue  # nothing has changed since they could do no better
            one, other = opened
            now = float(one @ alone[0] + other @ alone[1] + (one | other) @ shared)
            value, hours = self.choose.best_of_two(alone, shared, pair)
            if value > now + 1e-9 * max(1.0, now):
                changed = True
                for site, mine in zip(pair, hours, strict=True):
                    self.put(site, mine)
            else:
                self.settled[pair] = state
        return changed

    def _of_two(self, pair: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what hours of two sites add to all others': each to its own people (2, 48), either to those of both."""
        rows = [self.rows(site) for site in pair]
        both = np.intersect1d(rows[0], rows[1], assume_unique=True)
        alone = np.zeros((2, 48))
        for place, site in enumerate(pair):
            own = np.setdiff1d(rows[place], both, assume_unique=True)
            free = self.met[own] == self.opened[site]
            alone[place] = np.where(free, self.weights[own], 0.0).sum(axis=0)
        free = self.met[both] == self.opened[list(pair)].sum(axis=0)
        return alone, np.where(free, self.weights[both], 0.0).sum(axis=0)


def _pairs(
    weights: NDArray[np.float64], reach: csr_array, listed: list[int]
) -> list[tuple[int, int]]:
    """Return each site with those that share most people with it (the first of equals), sites in the order given, each pair once."""
    from scipy.sparse import diags_array

    table = (reach.T @ diags_array(weights.sum(axis=1)) @ reach).tocsr()
    found: dict[tuple[int, int], None] = {}
    for site in listed:
        span = slice(table.indptr[site], table.indptr[site + 1])
        mates, sums = table.indices[span], table.data[span]
        others = (mates != site) & (sums > 0)
        mates, sums = mates[others], sums[others]
        for mate in mates[np.lexsort((mates, -sums))[:MATES]].tolist():
            found.setdefault((min(site, mate), max(site, mate)))
    return list(found)
