"""Files made from plans for the web, kept beside the plans and made anew when plan or program change."""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from geodata.errors import LockedError
from geodata.locking import is_alive, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGES = ("geodata", "planner", "webmap")
IN_USE = ".in-use-"
"""How the note begins by which a server says that it reads what its version made."""
OLD = ".old-"
AWAY_S = 86_400.0
"""A server of another machine that has not renewed its note for so long is gone."""
LOCK_WAIT_S = 5.0
JOINED = "+"
"""Between the versions of two plans in the name of what is made of both."""


@cache
def program_version() -> str:
    """Return a digest of this program, so that what another version made is not served."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        root = Path(str(resources.files(package)))
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix in {".py", ".js", ".css", ".html", ".toml", ".mo"}:
                digest.update(path.relative_to(root.parent).as_posix().encode() + path.read_bytes())
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
            self._say_in_use()
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

    def renew(self) -> None:
        """Say again that this server reads what its version made."""
        with suppress(OSError):
            self._note().touch()

    def sweep(self, keep: Callable[[str], bool]) -> Swept:
        """Remove what no server reads any more, and say how much that was.

        That is what other versions of the program made, unless a server of such a version is running, and what was made
        of plans that have left the store or have changed.

        Parameters
        ----------
        keep
            Says whether a plan, named with its seal, may still be read.
        """
        try:
            with locked(self.folder):  # no server begins to read while names are looked through
                used = self._versions_in_use()
                for folder in sorted(self.folder.iterdir()):
                    if folder.name.startswith(".") or not folder.is_dir():
                        continue
                    subject, _dash, program = folder.name.rpartition("-")
                    if program not in used or not all(map(keep, subject.split(JOINED))):
                        with suppress(OSError):  # somebody reads it (Windows)
                            folder.rename(folder.with_name(OLD + folder.name))
        except (LockedError, OSError):
            return Swept(0, 0)
        return self._remove()

    def _remove(self) -> Swept:
        count = size = 0
        for folder in list(self.folder.glob(f"{OLD}*")):
            count += 1
            size += sum(file.stat().st_size for file in _files(folder))
            shutil.rmtree(folder, ignore_errors=True)
        return Swept(count, size)

    def _note(self) -> Path:
        return self.folder / f"{IN_USE}{program_version()}-{os.getpid()}-{platform.node()}"

    def _say_in_use(self) -> None:
        """Leave a note that this version is read, and take it away when this process ends."""
        with suppress(LockedError), locked(self.folder, wait_s=LOCK_WAIT_S):
            self._note().touch()
        self._note().touch()
        atexit.register(self._note().unlink, missing_ok=True)

    def _versions_in_use(self) -> set[str]:
        """Return the versions that running servers read, and remove the notes of dead ones."""
        used = {program_version()}
        for note in self.folder.glob(f"{IN_USE}*-*-*"):
            version, pid, host = note.name.removeprefix(IN_USE).split("-", 2)
            if host == platform.node() and pid.isdigit():
                lives = is_alive(int(pid))
            else:
                lives = time.time() - note.stat().st_mtime < AWAY_S
            if lives:
                used.add(version)
            else:
                note.unlink(missing_ok=True)
        return used


@dataclass(frozen=True)
class Swept:
    """What was removed: folders, and bytes in them."""

    folders: int
    size: int


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
