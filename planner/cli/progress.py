"""Progress on stderr: a bar with stage and time left on a terminal, one line per stage elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Mapping

_ = translator("planner")

SURE_FROM_SHARE = 0.05
"""Before so much of the work is done nothing is said about the time left."""


class StageDisplay:
    """Shows the stages of a run.

    The time left is worked out from the stages that were computed: those found again took none. It rests on the shares
    that stages take of a city's run, so it is rough where one stage is unusually hard.
    """

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(file=sys.stderr, markup=False, highlight=False, emoji=False)
        self._shares: dict[str, float] = {}
        self._stage = ""
        self._title = ""
        self._begun = time.monotonic()
        self._number = 0
        self._done = self._computed = self._seconds = 0.0
        self._bar: Any = None

    def expect(self, shares: Mapping[str, float]) -> None:
        """Hear which stages will come."""
        total = sum(shares.values()) or 1.0
        self._shares = {name: share / total for name, share in shares.items()}
        if self._console.is_terminal:
            self._bar = _bar(self._console)
            self._task = self._bar.add_task("", total=1.0, left="")
            self._bar.start()

    def begin(self, stage: str, title: str) -> None:
        """Show that a stage begins."""
        self._stage, self._title, self._begun = stage, title, time.monotonic()
        self._number += 1
        self._show(0.0)

    def move(self, done: int, total: int) -> None:
        """Show how far the stage is."""
        self._show(done / max(1, total))

    def end(self, stage: str, seconds: float, *, kept: bool) -> None:
        """Show that a stage ended."""
        share = self._shares.get(stage, 0.0)
        self._done += share
        if kept:
            line = _("{title}  kept from an earlier run").format(title=self._title)
        else:
            self._computed += share
            self._seconds += seconds
            line = f"{self._title}  {seconds:.1f} s"
        self._console.print(f"  {line}")

    def close(self) -> None:
        """Stop the bar, also after an error."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _show(self, part: float) -> None:
        if self._bar is None:
            return
        done = self._done + part * self._shares.get(self._stage, 0.0)
        self._bar.update(
            self._task,
            completed=done,
            description=f"{self._number}/{len(self._shares)} {self._title}",
            left=self._left(part, done),
        )

    def _left(self, part: float, done: float) -> str:
        computed = self._computed + part * self._shares.get(self._stage, 0.0)
        if computed < SURE_FROM_SHARE:
            return ""
        seconds = self._seconds + (time.monotonic() - self._begun if part else 0.0)
        minutes, rest = divmod(round(seconds / computed * (1.0 - done)), 60)
        return _("about {time} left").format(time=f"{minutes}:{rest:02d}")


def _bar(console: Any) -> Any:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}", markup=False),
        console=console,
        transient=True,
    )
