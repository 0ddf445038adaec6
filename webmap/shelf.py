"""The plans a server shows: listed, checked for edits, loaded when something must be made of them."""

from __future__ import annotations

import gzip
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.difference import READING, STEPS
from planner.errors import PlanStoreError, UnknownPlanError
from planner.store import MANIFEST, PLAN_ID, StoredPlan, check_plan, load_plan, survey_plans
from webmap.cache import JOINED, Cache
from webmap.comparing import COMPARISON, read_comparison, write_comparison
from webmap.payload import PARTS
from webmap.preparing import Progress, Workshop
from webmap.script import as_json
from webmap.search import Index, build_index
from webmap.spread import Spread, write_spread
from webmap.suppression import core_for_readers, coverage_for_readers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from planner.plan import Plan
    from webmap.cache import Swept
    from webmap.comparing import Comparison

INDEX = "search.sqlite"
SPREAD = "spread.npz"
PATIENCE_S = 3.0
"""So long a reader waits before the page says what is going on."""


class Shelf:
    """Plans of one store, for many readers at once.

    Parameters
    ----------
    store
        Folder of plans.
    least
        Counts of fewer people are withheld from readers who are not staff; see `webmap.suppression`.
    readers
        Whether there are such readers, so that their parts are made ahead too.
    downloads
        Name of a file to take away -> how it is made.
    """

    def __init__(
        self,
        store: Path,
        *,
        least: int = 10,
        readers: bool = False,
        downloads: Mapping[str, Callable[[Plan, Path], object]] | None = None,
    ) -> None:
        # Flask reads a relative path from its own package, not from where the command was called
        self.store = store.absolute()
        self.cache = Cache(self.store)
        self._checked: dict[str, tuple[object, dict[str, Any]]] = {}
        self._loaded: tuple[str, Plan] | None = None
        self._loading = threading.Lock()
        self._spreads: dict[str, Spread] = {}
        self._seen: set[str] = set()
        self._downloads = dict(downloads or {})
        self._for_readers = {part: f"{part}-readers-{least}" for part in ("core", "coverage")}
        self._parts: dict[str, Callable[[Plan], dict[str, Any]]] = {
            **PARTS,
            self._for_readers["core"]: lambda plan: core_for_readers(PARTS["core"](plan), least),
            self._for_readers["coverage"]: lambda plan: coverage_for_readers(
                PARTS["coverage"](plan), plan, least
            ),
        }
        self.steps = (*(self._parts if readers else PARTS), INDEX, SPREAD)
        self._workshop = Workshop(self.steps, self._make, self._tend)
        self._tell_swept: Callable[[Swept], object] = lambda _swept: None

    def plans(self) -> tuple[list[StoredPlan], dict[str, PlanStoreError]]:
        """Return the plans that can be read, newest first, and what is wrong with the others."""
        return survey_plans(self.store)

    def manifest(self, plan_id: str) -> dict[str, Any]:
        """Return `plan.json` of a plan that is as it was stored.

        Files are compared with their hashes when the server first meets them, and again when one has changed.

        Raises
        ------
        PlanStoreError
            For an unknown id, an edited or torn plan, or one written by a newer version.
        """
        now = self._stamp(plan_id)
        known = self._checked.get(plan_id)
        if known is None or known[0] != now:
            known = (now, check_plan(self.store, plan_id))
            self._checked[plan_id] = known
        return known[1]

    def _stamp(self, plan_id: str) -> object:
        """Return size and time of every file of a plan."""
        if not PLAN_ID.match(plan_id):
            return None
        folder = self.store / plan_id
        paths = [folder / MANIFEST, *sorted(folder.glob("*/*.parquet"))]
        found = [(path.name, path.stat()) for path in paths if path.exists()]
        return tuple((name, stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in found)

    def version(self, plan_id: str) -> str:
        """Return what names a plan with all its files: two plans of one id may differ in what is not decided."""
        return f"{plan_id}-{self.manifest(plan_id)['seal'][:12]}"

    def plan(self, plan_id: str) -> Plan:
        """Return a plan; the last one is kept, because its files are asked for one after the other."""
        version = self.version(plan_id)
        with self._loading:
            if self._loaded is None or self._loaded[0] != version:
                self._loaded = None  # two at once may be too many for a small machine
                self._loaded = (version, load_plan(self.store, plan_id))
            return self._loaded[1]

    def file(self, plan_id: str, name: str, make: Callable[[Plan, Path], object]) -> Path:
        """Return a file made from a plan; ``make`` gets the plan and the path to write."""
        version = self.version(plan_id)
        return self.cache.file(version, name, lambda path: make(self.plan(plan_id), path))

    def part(self, plan_id: str, part: str) -> Path:
        """Return one part of the map's data, as compressed JSON, made now when it is not there."""
        make = self._parts[part]
        return self.file(plan_id, part_name(part), lambda plan, path: _write_part(make(plan), path))

    def part_of(self, part: str, *, staff: bool) -> str:
        """Return the name of a part as staff or as other readers see it."""
        return part if staff else self._for_readers.get(part, part)

    def part_in_time(self, plan_id: str, part: str) -> Path | None:
        """Return one part of the map's data, or None when it takes longer than a reader should wait without a word."""
        version = self.version(plan_id)
        place = self.cache.place(version, part_name(part))
        if not place.exists():
            self._workshop.ask(version, plan_id, wanted=True, step=part)
            if not self._workshop.wait(version, part, PATIENCE_S):
                return None
        return place

    def index(self, plan_id: str) -> Index | None:
        """Return the search of a plan, or None while it is being made."""
        place = self._made(plan_id, INDEX, 0.0)
        return None if place is None else Index(place)

    def spread(self, plan_id: str) -> Spread | None:
        """Return enterprises and organisations of a plan as points, or None while they are being made."""
        version = self.version(plan_id)
        known = self._spreads.get(version)
        if known is None:
            place = self._made(plan_id, SPREAD, PATIENCE_S)
            if place is None:
                return None
            known = Spread(place, Index(self.cache.place(version, INDEX)))
            self._spreads[version] = known
        return known

    def _made(self, plan_id: str, step: str, seconds: float) -> Path | None:
        version = self.version(plan_id)
        place = self.cache.place(version, step)
        if place.exists():
            return place
        self._workshop.ask(version, plan_id, wanted=True, step=step)
        return place if self._workshop.wait(version, step, seconds) else None

    def download(self, plan_id: str, name: str, *, wait: bool = True) -> Path | None:
        """Return a file to take away, or None where making it takes longer than a reader should wait."""
        return self._made(plan_id, name, PATIENCE_S if wait else 0.0)

    def comparison(self, first: str, second: str, *, wait: bool = True) -> Comparison | None:
        """Return what differs between two plans, or None where that takes longer than a reader should wait."""
        version = self._pair(first, second)
        place = self.cache.place(version, COMPARISON)
        if not place.exists():
            subject = JOINED.join((first, second))
            self._workshop.ask(version, subject, wanted=True, step=COMPARISON, steps=())
            if not self._workshop.wait(version, COMPARISON, PATIENCE_S if wait else 0.0):
                return None
        return read_comparison(place)

    def comparison_progress(self, first: str, second: str) -> Progress | None:
        """Return how far the comparison of two plans is; see `progress`."""
        return self._workshop.progress(self._pair(first, second))

    def _pair(self, first: str, second: str) -> str:
        return JOINED.join((self.version(first), self.version(second)))

    def facilities(self, plan_id: str) -> pd.DataFrame:
        """Return the sites of a plan without loading the rest of it."""
        self.manifest(plan_id)
        return pd.read_parquet(self.store / plan_id / "decisions" / "facilities.parquet")

    def count(self, plan_id: str, layer: str) -> int:
        """Return the rows of a layer, without loading the plan."""
        from pyarrow.parquet import read_metadata

        self.manifest(plan_id)
        rows: int = read_metadata(self.store / plan_id / "layers" / f"{layer}.parquet").num_rows
        return rows

    def progress(self, plan_id: str) -> Progress | None:
        """Return how far what is made of a plan is, None when all is there or nothing was begun."""
        return self._workshop.progress(self.version(plan_id))

    def prepare(self, tell: Callable[[Swept], object] = lambda _swept: None) -> None:
        """Begin to make what readers of each plan will ask for, the newest first, and go on as plans arrive.

        What is no longer read is removed when nothing else is to be done, and ``tell`` hears of it.
        """
        self._tell_swept = tell
        self._look()
        self._workshop.watch()

    def idle(self) -> bool:
        """Say whether nothing is being made ahead of readers."""
        return self._workshop.idle()

    def _tend(self) -> None:
        """Look for plans that arrived, and remove what was made of those that left or by other versions."""
        self._look()
        self.cache.renew()
        swept = self.cache.sweep(self._is_read)
        if swept.folders:
            self._tell_swept(swept)

    def _is_read(self, version: str) -> bool:
        """Say whether what was made of a plan, named with its seal, may still be read."""
        try:
            return self.version(version.rpartition("-")[0]) == version
        except UnknownPlanError:
            return False
        except PlanStoreError:  # edited, perhaps to be mended
            return True

    def _look(self) -> None:
        for plan in self.plans()[0]:
            if plan.plan_id in self._seen:
                continue
            self._seen.add(plan.plan_id)
            with suppress(PlanStoreError):  # the list of plans says what is wrong
                self._workshop.ask(self.version(plan.plan_id), plan.plan_id, wanted=False)

    def _make(self, plan_id: str, step: str) -> None:
        if step == COMPARISON:
            self._compare(*plan_id.split(JOINED))
        elif step in self._downloads:
            self.file(plan_id, step, self._downloads[step])
        elif step == INDEX:
            self.file(plan_id, INDEX, build_index)
        elif step == SPREAD:
            version = self.version(plan_id)
            index = Index(self.file(plan_id, INDEX, build_index))
            self.cache.file(version, SPREAD, lambda to: write_spread(index, to))
            with self._loading:
                self._loaded = None  # nobody needs the plan itself for a while
        else:
            self.part(plan_id, step)

    def _compare(self, first: str, second: str) -> None:
        """Work out what differs; two plans are in memory as long as that takes."""
        version = self._pair(first, second)

        def tell(step: str, done: int, steps: int) -> None:
            self._workshop.tell(version, Progress(done + len(READING), steps + len(READING), step))

        def make(path: Path) -> None:
            plans = []
            for number, (name, plan_id) in enumerate(zip(READING, (first, second), strict=True)):
                tell(name, number - len(READING), len(STEPS))
                plans.append(self.plan(plan_id))
            write_comparison(*plans, path, tell)

        self.cache.file(version, COMPARISON, make)


def part_name(part: str) -> str:
    """Return the name of the file that holds a part of the map's data."""
    return f"{part}.json.gz"


def _write_part(values: dict[str, Any], path: Path) -> None:
    text = as_json(values).encode()
    path.write_bytes(gzip.compress(text, 6, mtime=0))
