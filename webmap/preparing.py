"""What readers will ask for is made before they do: one thread, and what somebody waits for comes first."""

from __future__ import annotations

import heapq
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WAITING = 4
"""Readers who may wait at once; the others are told to come back, so that the server's threads stay free."""
WATCH_S = 20.0
"""So often the store is looked through for plans that arrived."""


@dataclass
class Progress:
    """How far the files of a plan are: ``done`` of ``steps``, making ``step`` now (``""`` while it waits its turn)."""

    done: int
    steps: int
    step: str


@dataclass
class _Job:
    plan_id: str
    left: list[str]
    steps: int
    wanted: bool = False
    step: str = ""
    error: Exception | None = None
    made: set[str] = field(default_factory=set)


class Workshop:
    """Makes the files of plans, one after the other, in a thread of its own.

    Parameters
    ----------
    steps
        Names of what is made of every plan, in order.
    make
        Makes one step of a plan; what is there already costs nothing.
    look
        Asks for plans that nobody has asked for yet; called when there is nothing else to do.
    """

    def __init__(
        self,
        steps: Sequence[str],
        make: Callable[[str, str], object],
        look: Callable[[], object],
    ) -> None:
        self._steps, self._make, self._look = tuple(steps), make, look
        self._jobs: dict[str, _Job] = {}
        self._queue: list[tuple[int, int, str]] = []
        self._count = 0
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._places = threading.BoundedSemaphore(WAITING)

    def ask(self, version: str, plan_id: str, *, wanted: bool, step: str = "") -> None:
        """Have a plan's files made; a plan somebody wants to see goes before the others.

        ``step`` may name one more thing, which is then made of this plan too.
        """
        with self._change:
            job = self._jobs.get(version)
            if job is not None and job.error is not None:
                return
            if job is None:
                job = self._jobs[version] = _Job(plan_id, list(self._steps), len(self._steps))
                self._push(version, wanted=wanted)
            elif wanted and not job.wanted and job.left:
                self._push(version, wanted=True)
            if step and step not in job.made and step not in job.left:
                job.left.append(step)
                job.steps += 1
                self._push(version, wanted=wanted)
            job.wanted = job.wanted or wanted
            self._start()

    def wait(self, version: str, step: str, seconds: float) -> bool:
        """Wait for one step of a plan that was asked for; False when it is not made in time.

        Raises
        ------
        Exception
            What went wrong when it was made.
        """
        held = seconds > 0 and self._places.acquire(blocking=False)
        try:
            with self._change:
                job = self._jobs[version]
                done = lambda: step in job.made or job.error is not None  # noqa: E731
                self._change.wait_for(done, seconds if held else 0.0)
                if job.error is not None and step not in job.made:
                    self._jobs.pop(version, None)  # the next one who asks tries again
                    raise job.error
                return step in job.made
        finally:
            if held:
                self._places.release()

    def progress(self, version: str) -> Progress | None:
        """Return how far a plan is, None when all is made or nobody asked for it."""
        with self._change:
            job = self._jobs.get(version)
            if job is None or job.error is not None or not job.left:
                return None
            return Progress(len(job.made), job.steps, job.step)

    def idle(self) -> bool:
        """Say whether nothing is left to make."""
        with self._change:
            return not any(job.left and job.error is None for job in self._jobs.values())

    def watch(self) -> None:
        """Begin to look for plans by itself."""
        with self._change:
            self._start()

    def _push(self, version: str, *, wanted: bool) -> None:
        self._count += 1
        heapq.heappush(self._queue, (0 if wanted else 1, self._count, version))
        self._change.notify_all()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="prepare", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._change:
                there = self._change.wait_for(lambda: bool(self._queue), WATCH_S)
                turn = heapq.heappop(self._queue) if there else None
            if turn is None:
                self._look()
            else:
                self._one_step(*turn)

    def _one_step(self, rank: int, number: int, version: str) -> None:
        """Make the next step of a plan, then let a plan that is wanted more go before the rest of this one."""
        with self._change:
            job = self._jobs.get(version)
            if job is None or not job.left or job.error is not None:
                return
            job.step = job.left[0]
        error = None
        try:
            self._make(job.plan_id, job.step)
        except Exception as wrong:  # noqa: BLE001 - told to whoever asked
            error = wrong
        with self._change:
            if error is None:
                job.made.add(job.left.pop(0))
                if job.left:
                    heapq.heappush(self._queue, (rank, number, version))
            job.error, job.step = error, ""
            self._change.notify_all()
