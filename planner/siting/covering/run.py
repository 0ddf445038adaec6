"""The books of one run: work, incumbent, bound, log, and whether a stopping rule is met."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from planner.siting.stop import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.siting.covering.core import Core
    from planner.siting.stop import Stop


class Run:
    """Mutable state shared by the phases of one solve; objective values are maximised.

    Parameters
    ----------
    core
        The problem in hand.
    stop
        The rule that ends the run.
    seed
        Seed of the search.
    threads
        Threads to use; the answer does not depend on it.
    """

    def __init__(self, core: Core, stop: Stop, seed: int, threads: int = 1) -> None:
        self.core = core
        self.stop = stop
        self.seed = seed
        self.threads = threads
        self.work = 0
        self.best: NDArray[np.integer] | None = None
        self.value = -math.inf
        self.bound = math.inf
        self.improved_at = 0
        self.log: list[tuple[int, float]] = []
        self.began = time.perf_counter()

    def offer(self, chosen: NDArray[np.integer]) -> bool:
        """Take an answer if it is allowed and better than the incumbent; say whether it was."""
        value = self.core.value(chosen)
        if value <= self.value or not self.core.allowed(chosen):
            return False
        self.best, self.value = chosen, value
        self.improved_at = self.work
        self.log.append((self.work, value))
        return True

    def lower_bound(self, bound: float) -> None:
        """Take a proved limit if it is tighter than the one known."""
        if self.core.integral and math.isfinite(bound):
            bound = math.floor(bound + 1e-6)
        self.bound = min(self.bound, bound)

    @property
    def proved(self) -> bool:
        """Whether no better answer can exist."""
        slack = 1e-9 * max(1.0, abs(self.value)) if math.isfinite(self.value) else 0.0
        return self.best is not None and self.bound <= self.value + slack

    @property
    def progress(self) -> Progress:
        """Where the run stands, for a stopping rule."""
        return Progress(
            work=self.work,
            value=self.value,
            bound=self.bound,
            stalled=self.work - self.improved_at,
            seconds=time.perf_counter() - self.began,
        )

    def over(self) -> bool:
        """Say whether the run should end."""
        return self.proved or self.stop.met(self.progress)
