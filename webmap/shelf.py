"""The plans a server shows: listed, checked for edits, loaded when something must be made of them."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from planner.store import MANIFEST, PLAN_ID, StoredPlan, check_plan, load_plan, survey_plans
from webmap.cache import Cache
from webmap.density import Density, write_density
from webmap.payload import PARTS
from webmap.script import as_json
from webmap.search import Index, build_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.errors import PlanStoreError
    from planner.plan import Plan

INDEX = "search.sqlite"


class Shelf:
    """Plans of one store, for many readers at once."""

    def __init__(self, store: Path) -> None:
        # Flask reads a relative path from its own package, not from where the command was called
        self.store = store.absolute()
        self.cache = Cache(self.store)
        self._checked: dict[str, tuple[object, dict[str, Any]]] = {}
        self._loaded: tuple[str, Plan] | None = None
        self._loading = threading.Lock()
        self._densities: dict[str, Density] = {}
        self._background = ThreadPoolExecutor(1, "prepare")
        self._prepared: dict[str, Future[Path]] = {}

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
        """Return one part of the map's data, as compressed JSON."""
        return self.file(
            plan_id, f"{part}.json.gz", lambda plan, path: _write_part(plan, part, path)
        )

    def index(self, plan_id: str) -> Index | None:
        """Return the search of a plan, or None while it is being made."""
        version = self.version(plan_id)
        place = self.cache.place(version, INDEX)
        if place.exists():
            return Index(place)
        job = self._prepared.get(version)
        if job is None:
            job = self._background.submit(self.file, plan_id, INDEX, build_index)
            self._prepared[version] = job
        if not job.done():
            return None
        self._prepared.pop(version, None)
        return Index(job.result())

    def density(self, plan_id: str) -> Density | None:
        """Return the enterprises of a plan as points, or None while they are being made."""
        version = self.version(plan_id)
        index = self.index(plan_id)
        if index is None:
            return None
        known = self._densities.get(version)
        if known is None:
            path = self.file(plan_id, "enterprises.npz", lambda _plan, to: write_density(index, to))
            known = self._densities[version] = Density(path, index)
        return known

    def prepare(self) -> None:
        """Begin to make the search of every plan, the newest first."""
        plans, _wrong = self.plans()
        for plan in plans:
            self._background.submit(self.index, plan.plan_id)


def _write_part(plan: Plan, part: str, path: Path) -> None:
    text = as_json(PARTS[part](plan)).encode()
    path.write_bytes(gzip.compress(text, 6, mtime=0))
