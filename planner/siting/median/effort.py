"""What has been spent and found so far, and when to stop."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from planner.siting.stop import Progress

if TYPE_CHECKING:
    from planner.siting.stop import Stop

FOREVER = 2**40
"""A rule that allows this much work has no limit of its own."""


class Effort:
    """Work done, incumbent, bound and log of one solve, in the units of the caller's objective.

    Parameters
    ----------
    stop
        The caller's rule; None: the solver decides when more work no longer pays.
    """

    def __init__(self, stop: Stop | None) -> None:
        self.stop = stop
        self.work = 0
        self.value = math.inf
        self.bound = -math.inf
        self.log: list[tuple[int, float]] = []
        self.clock_used = False
        self._improved_at = 0
        self._began = time.monotonic()

    def spend(self, work: int) -> None:
        """Count work."""
        self.work += work

    def offer(self, value: float) -> None:
        """Note a new incumbent if it is better."""
        if value < self.value:
            self.value = value
            self.log.append((self.work, value))
            self._improved_at = self.work

    def prove(self, bound: float) -> None:
        """Note a bound if it is higher."""
        self.bound = max(self.bound, bound)

    def progress(self) -> Progress:
        """Return where the solve stands."""
        return Progress(
            work=self.work,
            value=self.value if math.isfinite(self.value) else math.nan,
            bound=self.bound,
            stalled=self.work - self._improved_at,
            seconds=time.monotonic() - self._began,
        )

    def over(self) -> bool:
        """Say whether the caller's rule ends the solve now."""
        if self.stop is None:
            return False
        progress = self.progress()
        met = self.stop.met(progress)
        if met and self.stop.fused(progress):
            self.clock_used = True
        return met

    def ends_by_itself(self) -> bool:
        """Say whether the caller's rule would end a solve in which nothing more is found."""
        if self.stop is None:
            return False
        late = Progress(
            work=self.work + FOREVER,
            value=self.value,
            bound=self.bound,
            stalled=FOREVER,
            seconds=1e12,
        )
        return self.stop.met(late)

    def work_left(self) -> int:
        """Return how much more work the caller's rule allows if nothing better is found, at most `FOREVER`."""
        if self.stop is None:
            return FOREVER
        now = self.progress()

        def allows(more: int) -> bool:
            later = Progress(
                work=now.work + more,
                value=now.value,
                bound=now.bound,
                stalled=now.stalled + more,
                seconds=now.seconds,
            )
            return not self.stop.met(later)  # type: ignore[union-attr]

        low, high = 0, FOREVER
        if allows(high):
            return FOREVER
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if allows(middle) else (low, middle)
        return low

    def seconds_left(self) -> float:
        """Return the seconds left on the fuse."""
        return math.inf if self.stop is None else self.stop.seconds_left(self.progress())

    def inner(self) -> Effort:
        """Return the books of a smaller solve inside this one: its work counts towards the same rule."""
        return Effort(None if self.stop is None else _Within(self))


class _Within:
    """The outer rule as seen from an inner solve: outer value and bound, work of both."""

    def __init__(self, outer: Effort) -> None:
        self.outer = outer

    def _seen(self, inner: Progress) -> Progress:
        outer = self.outer.progress()
        return Progress(
            work=outer.work + inner.work,
            value=outer.value,
            bound=outer.bound,
            stalled=outer.stalled + inner.work,
            seconds=max(outer.seconds, inner.seconds),
        )

    def met(self, progress: Progress) -> bool:
        return self.outer.stop is not None and self.outer.stop.met(self._seen(progress))

    def fused(self, progress: Progress) -> bool:
        return self.outer.stop is not None and self.outer.stop.fused(self._seen(progress))

    def seconds_left(self, progress: Progress) -> float:  # noqa: ARG002
        return self.outer.seconds_left()
