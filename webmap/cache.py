"""Files made from plans for the web, kept beside the plans and made anew when plan or program change."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
import threading
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def program_version() -> str:
    """Return a digest of this package, so that what another version made is not served."""
    root = Path(str(resources.files("webmap")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in {".py", ".js", ".css", ".html", ".mo"}:
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


class Cache:
    """A folder of files that can be made again; in a temporary place where the store cannot be written.

    Two servers on one store may make the same file: each writes beside it and renames, and a reader sees one or the other.
    """

    def __init__(self, store: Path) -> None:
        self.folder = store / ".cache"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError:
            self.folder = Path(tempfile.mkdtemp(prefix="planner-web-"))
            atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self._locks: dict[Path, threading.Lock] = {}
        self._guard = threading.Lock()

    def place(self, plan: str, name: str) -> Path:
        """Return where a file of a plan lies or would lie."""
        return self.folder / f"{plan}-{program_version()}" / name

    def file(self, plan: str, name: str, make: Callable[[Path], object]) -> Path:
        """Return a file, made by ``make`` (which writes to the path it is given) when it is not there yet."""
        final = self.place(plan, name)
        if final.exists():
            return final
        with self._guard:
            lock = self._locks.setdefault(final, threading.Lock())
        with lock:  # of many readers at once, one makes it
            if not final.exists():
                final.parent.mkdir(parents=True, exist_ok=True)
                work = Path(tempfile.mkdtemp(prefix=".draft-", dir=final.parent))
                try:
                    make(work / name)
                    os.replace(work / name, final)  # noqa: PTH105 - over another server's, in one stroke
                finally:
                    shutil.rmtree(work, ignore_errors=True)
        return final
