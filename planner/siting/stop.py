"""When to stop: small frozen rules that look at the progress of a search.

>>> rule = FirstOf((Work(1000), Gap(0.01)))
>>> rule.met(Progress(work=10, value=99.5, bound=100.0))
True
>>> rule.met(Progress(work=10, value=90.0, bound=100.0))
False
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a search stands.

    Parameters
    ----------
    work
        Work units done.
    value, bound
        Incumbent and proved limit, whichever way the objective points.
    stalled
        Work units since the incumbent last improved.
    seconds
        Wall clock since the start; only a fuse looks at it.
    """

    work: int = 0
    value: float = math.nan
    bound: float = math.inf
    stalled: int = 0
    seconds: float = 0.0

    @property
    def gap_share(self) -> float:
        """Distance between value and bound as a share of the larger; infinity while one is missing."""
        if not (math.isfinite(self.value) and math.isfinite(self.bound)):
            return math.inf
        scale = max(abs(self.value), abs(self.bound))
        return abs(self.bound - self.value) / scale if scale else 0.0


class Stop(Protocol):
    """A stopping rule; any object with these three methods is one."""

    def met(self, progress: Progress) -> bool:
        """Say whether the search should end now."""

    def fused(self, progress: Progress) -> bool:
        """Say whether it ends only because of the wall clock, so that a rerun may differ."""

    def seconds_left(self, progress: Progress) -> float:
        """Return the wall-clock seconds left, infinity where the clock does not count."""


class _Counted:
    """A rule that never looks at the clock."""

    def fused(self, progress: Progress) -> bool:  # noqa: ARG002
        """Say no: counted rules repeat exactly."""
        return False

    def seconds_left(self, progress: Progress) -> float:  # noqa: ARG002
        """Return infinity."""
        return math.inf


@dataclass(frozen=True)
class Work(_Counted):
    """Stop after ``limit`` work units (search iterations, bound iterations and tree nodes, added)."""

    limit: int

    def met(self, progress: Progress) -> bool:
        """Say whether the work is used up."""
        return progress.work >= self.limit


@dataclass(frozen=True)
class Gap(_Counted):
    """Stop once value and bound are within ``share`` (0-1, inclusive) of each other."""

    share: float = 0.0

    def met(self, progress: Progress) -> bool:
        """Say whether the certified gap is small enough."""
        return progress.gap_share <= self.share


@dataclass(frozen=True)
class Stalled(_Counted):
    """Stop after ``limit`` work units without a better answer."""

    limit: int

    def met(self, progress: Progress) -> bool:
        """Say whether the search has stalled."""
        return progress.stalled >= self.limit


@dataclass(frozen=True)
class WallClock:
    """Stop after ``seconds``: a fuse, which marks the outcome as not reproducible."""

    seconds: float

    def met(self, progress: Progress) -> bool:
        """Say whether the time is over."""
        return progress.seconds >= self.seconds

    def fused(self, progress: Progress) -> bool:
        """Say whether the time is over."""
        return self.met(progress)

    def seconds_left(self, progress: Progress) -> float:
        """Return the seconds left, at least 0."""
        return max(0.0, self.seconds - progress.seconds)


@dataclass(frozen=True)
class FirstOf:
    """Stop as soon as one of several rules is met."""

    rules: tuple[Stop, ...]

    def met(self, progress: Progress) -> bool:
        """Say whether any rule is met."""
        return any(rule.met(progress) for rule in self.rules)

    def fused(self, progress: Progress) -> bool:
        """Say whether only fuses are met."""
        met = [rule for rule in self.rules if rule.met(progress)]
        return bool(met) and all(rule.fused(progress) for rule in met)

    def seconds_left(self, progress: Progress) -> float:
        """Return the shortest time left."""
        return min((rule.seconds_left(progress) for rule in self.rules), default=math.inf)


@dataclass(frozen=True)
class AllOf:
    """Stop once every one of several rules is met."""

    rules: tuple[Stop, ...]

    def met(self, progress: Progress) -> bool:
        """Say whether all rules are met."""
        return bool(self.rules) and all(rule.met(progress) for rule in self.rules)

    def fused(self, progress: Progress) -> bool:
        """Say whether a fuse was needed."""
        return self.met(progress) and any(rule.fused(progress) for rule in self.rules)

    def seconds_left(self, progress: Progress) -> float:
        """Return the longest time left."""
        return max((rule.seconds_left(progress) for rule in self.rules), default=math.inf)
