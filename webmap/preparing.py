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
    subject: str
    left: list[str]
    steps: int
    wanted: bool = False
    step: str = ""
    told: Progress | None = None
    error: Exception | None = None
    made: set[str] = field(default_factory=set)


class Workshop:
    """Makes the files of plans, one after the other, in a thread of its own.

    Parameters
    ----------
    steps
        Names of what is made of every plan, in order.
    make
        Makes one step of a plan, or of whatever else was asked for; what is there already costs nothing.
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

    def ask(
        self,
        version: str,
        subject: str,
        *,
        wanted: bool,
        step: str = "",
        steps: Sequence[str] | None = None,
    ) -> None:
        """Have the files of a plan made; what somebody wants to see goes before the others.

        Parameters
        ----------
        version
            Names what is made, and changes with it.
        subject
            What `make` is called with: a plan's id.
        wanted
            Whether somebody waits.
        step
            What is wanted of it: what is made of no other plan comes before its other steps, and what is lost is made once more.
        steps
            What to make instead of the steps of every plan, for a subject that is none.
        """
        with self._change:
            job = self._jobs.get(version)
            if job is not None and job.error is not None:
                return
            if job is None:
                wished = list(self._steps if steps is None else steps)
                job = self._jobs[version] = _Job(subject, wished, len(wished))
                self._push(version, wanted=wanted)
            elif wanted and not job.wanted and job.left:
                self._push(version, wanted=True)
            if step and self._add(job, step, wanted=wanted):
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
                job = self._jobs.get(version)
                if job is None:
                    return False
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
            return job.told or Progress(len(job.made), job.steps, job.step)

    def tell(self, version: str, progress: Progress) -> None:
        """Say how far the step that is being made is, in smaller steps of its own."""
        with self._change:
            if version in self._jobs:
                self._jobs[version].told = progress

    def idle(self) -> bool:
        """Say whether nothing is left to make."""
        with self._change:
            return not any(job.left and job.error is None for job in self._jobs.values())

    def watch(self) -> None:
        """Begin to look for plans by itself."""
        with self._change:
            self._start()

    def _add(self, job: _Job, step: str, *, wanted: bool) -> bool:
        """Put a step on the list, say whether that changes anything; the steps of every plan keep their order."""
        if step in job.left:
            return False
        if step in job.made:
            job.made.remove(step)
        else:
            job.steps += 1
        first = wanted and step not in self._steps
        job.left.insert(0 if first else len(job.left), step)
        return True

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
            step = job.step = job.left[0]
        error = None
        try:
            self._make(job.subject, step)
        except Exception as wrong:  # noqa: BLE001 - told to whoever asked
            error = wrong
        with self._change:
            if error is None:
                job.made.add(step)
                job.left.remove(step)
                if job.left:
                    heapq.heappush(self._queue, (rank, number, version))
            job.error, job.step, job.told = error, "", None
            self._change.notify_all()
