"""One writer at a time: a store's lock names its process and host, and one left by a dead process is taken over."""

from __future__ import annotations

import json
import os
import platform
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from geodata.errors import Fault, LockedError
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ = translator("geodata")

OLD_S = 60.0
"""What a process leaves for less than a moment is, after so many seconds, left by a dead one."""

AGAIN_S = 0.2
"""So often who waits looks again."""


@contextmanager
def locked(store: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock of a folder that is there.

    Parameters
    ----------
    store
        The folder.
    wait_s
        Seconds to wait for another process that holds it.

    Raises
    ------
    LockedError
        When another process holds it, after the wait; says which.
    """
    lock = store / ".lock"
    until = time.monotonic() + wait_s
    while not _taken(lock):
        if time.monotonic() >= until:
            holder = lock.read_text(encoding="utf-8", errors="replace") if lock.exists() else ""
            fix = _("wait for it; if no such process runs, remove the file")
            raise LockedError(
                Fault(
                    _("another process is writing: {holder}").format(holder=holder),
                    str(lock),
                    fix=fix,
                )
            )
        time.sleep(AGAIN_S)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _taken(lock: Path) -> bool:
    """Take the lock, from a dead process too; say whether that was possible."""
    for attempt in (1, 2):
        try:
            _make_lock(lock)
        except FileExistsError:
            if attempt == 2 or not _take_over(lock):
                return False
        else:
            return True
    return False


def sweep_names(store: Path) -> None:
    """Remove what killed processes left of taking the lock; called by whoever holds it."""
    for name in store.glob(".lock-*"):
        # A younger one may be somebody's, this very moment.
        if _age_s(name) > OLD_S:
            name.unlink(missing_ok=True)


def _make_lock(lock: Path) -> None:
    """Make the lock with its holder's name in it at one stroke: a process killed here leaves no nameless lock."""
    me = lock.with_name(f".lock-{os.getpid()}-{threading.get_ident()}")
    me.write_text(json.dumps({"pid": os.getpid(), "host": platform.node()}), encoding="utf-8")
    try:
        os.link(me, lock)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with lock.open("x", encoding="utf-8") as stream:
            stream.write(me.read_text(encoding="utf-8"))
    finally:
        me.unlink(missing_ok=True)


def _take_over(lock: Path) -> bool:
    """Remove a dead process's lock; only one process at a time may, so that nobody removes the next one's."""
    guard = lock.with_name(".lock-takeover")
    if guard.exists() and _age_s(guard) > OLD_S:
        guard.unlink(missing_ok=True)
    try:
        guard.touch(exist_ok=False)
    except FileExistsError:
        return False
    try:
        if not _is_stale(lock):
            return False
        lock.unlink(missing_ok=True)
        return True
    finally:
        guard.unlink(missing_ok=True)


def _is_stale(lock: Path) -> bool:
    try:
        holder = json.loads(lock.read_text(encoding="utf-8"))
        if holder["host"] != platform.node():
            return False
        return not is_alive(int(holder["pid"]))
    except FileNotFoundError:
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_alive(pid: int) -> bool:
    """Return whether a process of this machine runs; in doubt it does."""
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's, so it runs
        return True
    return True


def _is_alive_on_windows(pid: int) -> bool:
    """Ask the system; `os.kill` with 0 would send the process a Ctrl-C there instead of asking."""
    import ctypes

    query, still_active, no_such_process = 0x1000, 259, 87
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    process = kernel.OpenProcess(query, False, pid)
    if not process:
        return bool(ctypes.get_last_error() != no_such_process)  # type: ignore[attr-defined]
    code = ctypes.c_ulong()
    known = kernel.GetExitCodeProcess(process, ctypes.byref(code))
    kernel.CloseHandle(process)
    return not known or code.value == still_active


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
