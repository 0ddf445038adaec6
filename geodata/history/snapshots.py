"""Dated snapshots of the enterprise register: content-named folders that never change.

A store is a folder with one folder per snapshot: the usable rows as GeoParquet, the refused and mended rows, the refused
rows as a workbook, and what was read as ``snapshot.json``. A snapshot appears by one renaming, so a crash while adding
leaves the store as it was. The index beside them answers queries and can always be made again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from geodata.durable import sweep_drafts, whole_folder
from geodata.errors import Fault, InputMissingError, StoreError
from geodata.history.content import content_digest
from geodata.locking import locked, sweep_names
from geodata.messages import translator
from geodata.provenance import Read, SourceRecord, file_sha256

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

_ = translator("geodata")

FORMAT: Final = 1
MANIFEST: Final = "snapshot.json"
ROWS: Final = "enterprises.parquet"
REJECTED: Final = "rejected.parquet"
REPAIRED: Final = "repaired.parquet"
REJECTS_BOOK: Final = "rejected.xlsx"
_ID: Final = re.compile(r"\d{8}-[0-9a-f]{20}\Z")


@dataclass(frozen=True)
class Snapshot:
    """One dated state of the register.

    Parameters
    ----------
    snapshot_id
        Its date and the digest of its values.
    as_of
        The day the register describes.
    path
        Its folder.
    record
        What was read, and what became of its rows.
    added
        When it was added, in order: of two snapshots of one day the later added one counts.
    """

    snapshot_id: str
    as_of: date
    path: Path
    record: SourceRecord
    added: str

    @property
    def rejects_path(self) -> Path:
        """The refused rows as a workbook."""
        return self.path / REJECTS_BOOK


def is_register_store(path: Path) -> bool:
    """Return whether a folder holds at least one snapshot of a register."""
    return path.is_dir() and any(_ID.match(one.name) for one in path.iterdir())


def add_snapshot(read: Read, as_of: date, store: Path) -> tuple[Snapshot, bool]:
    """Add a register to a store; the same rows of the same day are stored once.

    Parameters
    ----------
    read
        As :func:`geodata.sources.read_register` returns it.
    as_of
        The day it describes.
    store
        Folder of snapshots; made when absent.

    Returns
    -------
    tuple
        The snapshot, and whether it is new.

    Raises
    ------
    LockedError
        When another process is adding.
    StoreError
        When the store cannot be written.
    """
    from geodata.history.index import add_to_index

    snapshot_id = f"{as_of:%Y%m%d}-{content_digest(read.frame, as_of.isoformat())}"
    try:
        store.mkdir(parents=True, exist_ok=True)
        with locked(store):
            sweep_drafts(store)
            sweep_names(store)
            final = store / snapshot_id
            fresh = not final.exists()
            if fresh:
                with whole_folder(final) as draft:
                    _write(read, as_of, snapshot_id, draft)
            add_to_index(store, snapshot_id, as_of, read.frame)
    except OSError as error:
        fix = _("choose a folder that can be written with --store")
        what = _("the register store cannot be written: {error}").format(error=error)
        raise StoreError(Fault(what, str(store), fix=fix)) from error
    return _snapshot(final), fresh


def _write(read: Read, as_of: date, snapshot_id: str, folder: Path) -> None:
    from geodata.sources import write_rejected

    read.frame.to_parquet(folder / ROWS, index=False)
    read.rejected.to_parquet(folder / REJECTED, index=False)
    read.repaired.to_parquet(folder / REPAIRED, index=False)
    write_rejected(folder / REJECTS_BOOK, read.rejected)
    manifest = {
        "format": FORMAT,
        "snapshot_id": snapshot_id,
        "as_of": as_of.isoformat(),
        "added": datetime.now(UTC).isoformat(timespec="microseconds"),
        "record": read.record.to_dict(),
        "files": {name: file_sha256(folder / name) for name in (ROWS, REJECTED, REPAIRED)},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def list_snapshots(store: Path) -> list[Snapshot]:
    """Return the snapshots of a store by date, then by when they were added."""
    if not store.is_dir():
        return []
    found = [_snapshot(path) for path in store.iterdir() if _ID.match(path.name)]
    return sorted(found, key=lambda one: (one.as_of, one.added, one.snapshot_id))


def find_snapshot(store: Path, which: str) -> Snapshot:
    """Return the snapshot a person means.

    Parameters
    ----------
    store
        Folder of snapshots.
    which
        A year (the last snapshot of it), a day ``2025-12-31``, ``latest``, or a snapshot's id or its beginning (at least 10
        characters). Of several of one day the one added last.

    Raises
    ------
    InputMissingError
        When there is none; lists those there are.
    """
    every = list_snapshots(store)
    if re.fullmatch(r"\d{4}", which):
        fitting = [one for one in every if one.as_of.year == int(which)]
    elif re.fullmatch(r"\d{4}-\d\d-\d\d", which):
        fitting = [one for one in every if one.as_of.isoformat() == which]
    elif which == "latest":
        fitting = every
    else:
        fitting = [one for one in every if len(which) >= 10 and one.snapshot_id.startswith(which)]
        if len({one.snapshot_id for one in fitting}) > 1:
            fitting = []
    if fitting:
        return fitting[-1]
    raise InputMissingError(
        Fault(
            _("the register store has no snapshot {which}").format(which=repr(which)),
            str(store),
            len(every),
            [one.snapshot_id for one in every],
            _(
                "name a year, a day as 2025-12-31, latest, or an id; `planner register add` adds one"
            ),
        )
    )


def snapshot_on(store: Path, day: date | None) -> Snapshot:
    """Return the snapshot in force on a day: the last one not after it; the latest for None.

    Raises
    ------
    InputMissingError
        When the store holds none as early as that.
    """
    every = [one for one in list_snapshots(store) if day is None or one.as_of <= day]
    if every:
        return every[-1]
    what = _("the register store has no snapshot up to {day}").format(day=day)
    raise InputMissingError(Fault(what, str(store), fix=_("`planner register list` lists them")))


def load_snapshot(snapshot: Snapshot) -> Read:
    """Return a snapshot's rows exactly as they were added, with their record.

    Raises
    ------
    StoreError
        When a file is missing or was edited.
    """
    import geopandas as gpd
    import pandas as pd

    folder = snapshot.path
    wrong = [
        name
        for name, digest in _manifest(folder)["files"].items()
        if not (folder / name).is_file() or file_sha256(folder / name) != digest
    ]
    if wrong:
        raise StoreError(_edited(folder, wrong))
    frame: gpd.GeoDataFrame = gpd.read_parquet(folder / ROWS)
    if "jurisdiction_source" not in frame:  # kept before this was recorded
        frame["jurisdiction_source"] = pd.Series("", index=frame.index, dtype="str")
    rejected: pd.DataFrame = pd.read_parquet(folder / REJECTED)
    return Read(frame, snapshot.record, rejected, pd.read_parquet(folder / REPAIRED))


def _snapshot(folder: Path) -> Snapshot:
    manifest = _manifest(folder)
    return Snapshot(
        snapshot_id=str(manifest["snapshot_id"]),
        as_of=date.fromisoformat(manifest["as_of"]),
        path=folder,
        record=SourceRecord.from_dict(manifest["record"]),
        added=str(manifest["added"]),
    )


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = int(manifest["format"])
        whole = {"snapshot_id", "as_of", "added", "record", "files"} <= set(manifest)
        date.fromisoformat(manifest["as_of"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(_edited(folder, [MANIFEST])) from error
    if version > FORMAT:
        what = _("the snapshot was written by a newer version")
        raise StoreError(Fault(what, str(folder), fix=_("update the program")))
    if not whole or manifest["snapshot_id"] != folder.name:
        raise StoreError(_edited(folder, [MANIFEST]))
    return manifest


def _edited(folder: Path, names: list[str]) -> Fault:
    fix = _("restore the folder from a backup, or add the register again")
    return Fault(_("the snapshot was edited or is torn"), str(folder), len(names), names, fix)
