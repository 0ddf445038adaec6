"""What each stage took, and showing that long work moves."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Display(Protocol):
    """Somebody who shows stages as they begin and end."""

    def begin(self, stage: str, title: str) -> None:
        """Show that a stage begins."""

    def end(self, stage: str, seconds: float) -> None:
        """Show that it ended."""


@dataclass
class Watch:
    """Seconds and peak memory per stage; none of it enters a plan's id."""

    display: Display | None = None
    stages: dict[str, dict[str, float]] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, title: str) -> Iterator[None]:
        """Time the block and report it under ``name``.

        ``peak_mb`` is the process's largest resident memory so far, so it never falls from stage to stage.
        """
        if self.display:
            self.display.begin(name, title)
        start = time.perf_counter()
        yield
        seconds = time.perf_counter() - start
        self.stages[name] = {"seconds": round(seconds, 3), "peak_mb": round(peak_mb(), 1)}
        if self.display:
            self.display.end(name, seconds)


def peak_mb() -> float:
    """Return the largest resident memory of this process so far, in MB (10^6 bytes); NaN where unknown."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kibibytes, macOS bytes.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
