"""Files that are there whole or not at all: written under another name, flushed to disk, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAFT = ".draft-"
"""How a folder that is still being written begins; whoever holds the store's lock may sweep what was left."""


def flush(path: Path) -> None:
    """Make the system write a file or folder to disk."""
    if os.name == "nt" and path.is_dir():  # Windows cannot flush a folder
        return
    # Windows flushes only what is open for writing.
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep_drafts(store: Path) -> None:
    """Remove what a killed process left half-written; called by whoever holds the lock."""
    for draft in store.glob(f"{DRAFT}*"):
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)


@contextmanager
def whole_folder(final: Path) -> Iterator[Path]:
    """Give a folder to write into; on leaving without an error it is flushed and becomes ``final``."""
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=final.parent))
    try:
        yield draft
        for path in [*draft.rglob("*"), draft]:
            flush(path)
        draft.chmod(0o755)
        draft.rename(final)
        flush(final.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Replace a file by new content; a reader, and whoever comes after a crash, sees the old or the new."""
    handle, name = tempfile.mkstemp(prefix=DRAFT, dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(0o644)
        draft.replace(path)
        flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)
