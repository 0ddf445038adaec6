"""The one result type of every optimiser: what was reached, what is possible, and how hard we tried."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Status(StrEnum):
    """How an optimiser ended."""

    OPTIMAL = "optimal"
    """Proved: no better answer exists (value equals bound within rounding)."""
    FEASIBLE = "feasible"
    """A valid answer with a certified bound; a better one may exist."""
    INFEASIBLE = "infeasible"
    """Proved: no answer meets the rules. ``reason`` says why."""
    STOPPED = "stopped"
    """The wall-clock fuse blew: valid answer and bound, but not reproducible."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an optimiser says of its answer.

    Parameters
    ----------
    status
        See `Status`. A time-limited incumbent is never called optimal.
    sense
        Whether ``value`` is to be as large or as small as possible.
    value
        Objective of the answer, re-evaluated from the raw data; NaN when infeasible.
    bound
        A proved limit: no answer is larger ("max") or smaller ("min") than this.
    seed
        Seed the search was given.
    work
        Counted work units (iterations, moves, nodes), never time.
    reproducible
        False only when a wall-clock fuse ended the search.
    reason
        One sentence when infeasible or stopped.
    log
        ``(work, value)`` each time the incumbent improved.
    """

    status: Status
    sense: Literal["max", "min"]
    value: float
    bound: float
    seed: int = 0
    work: int = 0
    reproducible: bool = True
    reason: str = ""
    log: tuple[tuple[int, float], ...] = ()

    @property
    def gap_share(self) -> float:
        """Distance from value to bound as a share of the larger of the two, 0 when equal.

        Returns
        -------
        float
            In 0-1 for non-negative objectives; NaN when there is no value, infinity when there is no bound.
        """
        if math.isnan(self.value):
            return math.nan
        if not math.isfinite(self.bound):
            return math.inf
        distance = self.bound - self.value if self.sense == "max" else self.value - self.bound
        scale = max(abs(self.bound), abs(self.value))
        return 0.0 if scale == 0 else max(0.0, distance) / scale
