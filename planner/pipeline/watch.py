"""What each stage took, and showing that long work moves."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Display(Protocol):
    """Somebody who shows stages as they begin, move and end."""

    def expect(self, shares: Mapping[str, float]) -> None:
        """Hear which stages will come and about which share of the time each takes."""

    def begin(self, stage: str, title: str) -> None:
        """Show that a stage begins."""

    def move(self, done: int, total: int) -> None:
        """Show how far the stage is."""

    def end(self, stage: str, seconds: float, *, kept: bool) -> None:
        """Show that it ended, or that its answer was kept from an earlier run."""


@dataclass
class Watch:
    """Seconds and peak memory per stage; none of it enters a plan's id."""

    display: Display | None = None
    stages: dict[str, dict[str, float]] = field(default_factory=dict)

    def expect(self, shares: Mapping[str, float]) -> None:
        """Tell the display which stages will come, with their shares of the time."""
        if self.display:
            self.display.expect(shares)

    def move(self, done: int, total: int) -> None:
        """Tell the display how far the running stage is."""
        if self.display:
            self.display.move(done, total)

    @contextmanager
    def stage(self, name: str, title: str) -> Iterator[dict[str, float]]:
        """Time the block and report it under ``name``.

        Gives the stage's entry, to which the block may add ``kept``. ``cpu_s`` counts this process alone;
        ``peak_mb`` is its largest resident memory so far, so it never falls from stage to stage.
        """
        if self.display:
            self.display.begin(name, title)
        start, cpu = time.perf_counter(), cpu_s()
        timing: dict[str, float] = {}
        yield timing
        seconds = time.perf_counter() - start
        timing |= {
            "seconds": round(seconds, 3),
            "cpu_s": round(cpu_s() - cpu, 3),
            "peak_mb": round(peak_mb(), 1),
        }
        self.stages[name] = timing
        if self.display:
            self.display.end(name, seconds, kept=bool(timing.get("kept")))


def cpu_s() -> float:
    """Return the CPU seconds of this process and its finished children; unlike wall time, they are its own alone."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_mb() -> float:
    """Return the largest resident memory of this process so far, in MB (10^6 bytes); NaN where unknown."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kibibytes, macOS bytes.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
