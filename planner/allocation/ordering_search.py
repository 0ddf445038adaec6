"""An order of opening: built by gain per cost, improved by moves and swaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.allocation.ordering import OrderingProblem


class Search:
    """Periods of items, with what is used and who is covered since when."""

    def __init__(self, problem: OrderingProblem, seed: int) -> None:
        from scipy.sparse import csr_array

        self.problem = problem
        self.rng = np.random.default_rng(seed)
        self.items, self.periods = len(problem.parent), problem.use.shape[2]
        shape = (len(problem.weights), self.items)
        reach = csr_array(
            (np.ones(len(problem.indices)), problem.indices, problem.indptr), shape=shape
        )
        self.groups = reach.T.tocsr()
        self.groups.sort_indices()
        self.period = np.full(self.items, self.periods, dtype=np.int64)
        self.used = np.zeros(len(problem.limits), dtype=np.int64)
        self.count = np.zeros((shape[0], self.periods + 1), dtype=np.int32)
        self.children: list[list[int]] = [[] for _item in range(self.items)]
        for item, above in enumerate(problem.parent.tolist()):
            if above >= 0:
                self.children[above].append(item)
        scale = np.maximum(problem.limits.astype(float), 1.0)
        self.price = (problem.use[:, :, 0] / scale[:, None]).sum(axis=0)

    def groups_of(self, item: int) -> NDArray[np.int32]:
        """Return the groups an item reaches."""
        return np.asarray(
            self.groups.indices[self.groups.indptr[item] : self.groups.indptr[item + 1]]
        )

    def first(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the first period in which groups are covered; the number of periods for never."""
        here = self.count[rows, : self.periods] > 0
        found: NDArray[np.int64] = np.where(here.any(axis=1), here.argmax(axis=1), self.periods)
        return found

    def place(self, item: int, period: int) -> None:
        """Put an item into a period, out of the one it was in."""
        old, rows = int(self.period[item]), self.groups_of(item)
        if old < self.periods:
            self.used -= self.problem.use[:, item, old]
            self.count[rows, old] -= 1
        if period < self.periods:
            self.used += self.problem.use[:, item, period]
            self.count[rows, period] += 1
        self.period[item] = period

    def gain(self, items: list[int], period: int) -> float:
        """Return what opening items in a period adds."""
        rows = np.unique(np.concatenate([self.groups_of(item) for item in items]))
        since = self.first(rows)
        return float((self.problem.weights[rows] * np.maximum(since - period, 0)).sum())

    def bundle(self, item: int) -> list[int]:
        """Return an item and the parents of it that are not open, the highest first."""
        chain = [item]
        above = int(self.problem.parent[item])
        while above >= 0 and self.period[above] == self.periods:
            chain.append(above)
            above = int(self.problem.parent[above])
        return chain[::-1]

    def fits(self, items: list[int], period: int) -> bool:
        """Return whether items may open in a period within all limits."""
        if any(self.problem.earliest[item] > period for item in items):
            return False
        above = int(self.problem.parent[items[0]])
        if above >= 0 and self.period[above] > period:
            return False
        more = self.problem.use[:, items, period].sum(axis=1)
        return bool((self.used + more <= self.problem.limits).all())

    def build(self) -> NDArray[np.int64]:
        """Place what must open first, then the rest by gain per cost; return what must open and does not fit."""
        must = np.flatnonzero(self.problem.must)
        self._fill(set(must.tolist()), gainless=True)
        left: NDArray[np.int64] = must[self.period[must] == self.periods]
        if len(left) == 0:
            self._fill_up()
        return left

    def begin(self, items: NDArray[np.int64], period: NDArray[np.int64]) -> None:
        """Place items in the periods given, then the rest by gain per cost."""
        for item, at in zip(items.tolist(), period.tolist(), strict=True):
            self.place(item, at)
        self._fill_up()

    def _fill_up(self) -> None:
        self._fill(set(range(self.items)), gainless=False)
        self._fill(set(range(self.items)), gainless=True)

    def _fill(self, wanted: set[int], *, gainless: bool) -> None:
        """Open wanted items period by period, the best gain per cost first (gains only shrink, so stale ones are renewed)."""
        import heapq

        for period in range(self.periods):
            queue = [
                (-self._ratio(item, period), item)
                for item in sorted(wanted)
                if self.period[item] == self.periods
            ]
            heapq.heapify(queue)
            while queue:
                stale, item = heapq.heappop(queue)
                if self.period[item] < self.periods:
                    continue
                ratio = self._ratio(item, period)
                if queue and ratio < -queue[0][0] - 1e-12 and ratio < -stale - 1e-12:
                    heapq.heappush(queue, (-ratio, item))
                    continue
                chain = self.bundle(item)
                if (ratio > 0 or gainless) and self.fits(chain, period):
                    for one in chain:
                        self.place(one, period)

    def _ratio(self, item: int, period: int) -> float:
        chain = self.bundle(item)
        return self.gain(chain, period) / (float(self.price[chain].sum()) + 1e-9)

    def improve(self, work: int) -> None:
        """Try so many moves of one item, or swaps of two, to other periods; keep what gains."""
        if self.items == 0:
            return
        for _move in range(work):
            item = int(self.rng.integers(self.items))
            old = int(self.period[item])
            target = int(self.rng.integers(self.periods))
            if target == old or not self._may(item, target):
                continue
            before = self._worth([item])
            self.place(item, target)
            if self._within():
                if self._worth([item]) > before + 1e-9 or (
                    old == self.periods and self._same(item)
                ):
                    continue
                self.place(item, old)
                continue
            self.place(item, old)
            self._swap(item, old, target)

    def _same(self, item: int) -> bool:
        return bool(self.period[item] < self.periods)

    def _swap(self, item: int, old: int, target: int) -> None:
        mates = np.flatnonzero(self.period == target)
        if len(mates) == 0:
            return
        mate = int(mates[self.rng.integers(len(mates))])
        if mate == item or not self._may(mate, old):
            return
        before = self._worth([item, mate])
        self.place(item, target)
        self.place(mate, old)
        legal = self._within() and self._may(item, target) and self._may(mate, old)
        if not legal or self._worth([item, mate]) <= before + 1e-9:
            self.place(item, old)
            self.place(mate, target)

    def _may(self, item: int, period: int) -> bool:
        """Return whether an item may stand in a period as to date, parent, children and duty."""
        if period >= self.periods:
            closed = all(self.period[child] == self.periods for child in self.children[item])
            return closed and not self.problem.must[item]
        above = int(self.problem.parent[item])
        return (
            period >= self.problem.earliest[item]
            and (above < 0 or self.period[above] <= period)
            and all(self.period[child] >= period for child in self.children[item])
        )

    def _within(self) -> bool:
        return bool((self.used <= self.problem.limits).all())

    def _worth(self, items: list[int]) -> float:
        rows = np.unique(np.concatenate([self.groups_of(item) for item in items]))
        return float((self.problem.weights[rows] * (self.periods - self.first(rows))).sum())
