"""Answers of stages on disk, so that an interrupted run goes on where it stopped.

An answer is one file under ``stages`` in the plan store, written beside and renamed. It is a pickle, and a pickle can run
code; so each file carries a signature made with a key that only this user has, and a file signed by anybody else, damaged
or half-written is never opened but computed again.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import pickle
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.durable import write_whole
from planner.pipeline.network import stored_network

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = "stages"
"""Folder of the plan store that holds answers of stages."""

KEY_FOLDER = "PLANNER_KEY_FOLDER"
"""Environment variable: where the signing key lies instead of the user's application folder."""

SIGNATURE_BYTES = 32
LATEST = 2
"""Answers of each stage that stay after a run: this one's and the one before."""


class KeptAnswers:
    """The kept answers of one store.

    Parameters
    ----------
    store
        Plan store; networks are not kept twice but found there by their hash.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._folder = store / FOLDER

    def holds(self, stage: str, key: str) -> bool:
        """Return whether an answer lies there; whether it is sound shows when it is read."""
        return self._file(stage, key).is_file()

    def read(self, stage: str, key: str) -> tuple[bool, Any]:
        """Return whether a sound answer is kept, and it."""
        secret = _signing_key()
        try:
            content = self._file(stage, key).read_bytes()
            signature, body = content[:SIGNATURE_BYTES], memoryview(content)[SIGNATURE_BYTES:]
            if secret is None or not hmac.compare_digest(
                signature, _sign(secret, stage, key, body)
            ):
                return False, None
            answer = _Reader(io.BytesIO(body), self._store).load()
            self._file(stage, key).touch()
        except Exception:  # noqa: BLE001 - whatever is wrong with a kept answer, the stage can be done again
            return False, None
        return True, answer

    def write(self, stage: str, key: str, answer: Any) -> bool:
        """Keep an answer, whole or not at all; return whether it could be kept (a full or read-only disk is no error)."""
        secret = _signing_key()
        if secret is None:
            return False
        content = io.BytesIO()
        content.write(bytes(SIGNATURE_BYTES))
        _Writer(content, protocol=5).dump(answer)
        signed = content.getbuffer()
        signed[:SIGNATURE_BYTES] = _sign(secret, stage, key, signed[SIGNATURE_BYTES:])
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._file(stage, key), signed)
        except OSError:
            return False
        return True

    def sweep(self, keys: dict[str, str]) -> None:
        """Remove older answers and what killed runs left; the `LATEST` of each stage and those of ``keys`` stay."""
        try:
            files = sorted(self._folder.iterdir(), key=lambda file: -file.stat().st_mtime)
        except OSError:
            return
        mine = {self._file(stage, key) for stage, key in keys.items()}
        seen: dict[str, int] = {}
        for file in files:
            stage = file.name.rpartition("-")[0]
            seen[stage] = seen.get(stage, 0) + 1
            # A draft that is still being written is younger than everything a finished run left.
            if file not in mine and seen[stage] > LATEST:
                _remove((file,))

    def _file(self, stage: str, key: str) -> Path:
        return self._folder / f"{re.sub(r'[^a-z0-9_]', '_', stage)}-{key}.bin"


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError:  # somebody else reads it (Windows); the next run sweeps again
            continue


class _Writer(pickle.Pickler):
    """Writes answers; a road network is written as its hash, for the store holds it."""

    def persistent_id(self, obj: Any) -> str | None:
        from geodata.roads import RoadNetwork

        return obj.content_hash if isinstance(obj, RoadNetwork) else None


class _Reader(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, store: Path) -> None:
        super().__init__(stream)
        self._store = store

    def persistent_load(self, pid: Any) -> Any:
        return stored_network(self._store, str(pid))


def _sign(secret: bytes, stage: str, key: str, body: memoryview) -> bytes:
    mac = hmac.new(secret, f"{stage} {key} ".encode(), hashlib.sha256)
    mac.update(body)
    return mac.digest()


def _signing_key() -> bytes | None:
    """Return this user's key, made on first use; None where the user's folder cannot be written."""
    import click

    folder = Path(os.environ.get(KEY_FOLDER) or click.get_app_dir("union-service-planner"))
    file = folder / "stage.key"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(made, "wb") as stream:
                stream.write(secrets.token_bytes(SIGNATURE_BYTES))
        known = file.read_bytes()
    except OSError:
        return None
    return known if len(known) == SIGNATURE_BYTES else None
