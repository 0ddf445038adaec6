"""The index of a register store: one SQLite file that finds an enterprise in every snapshot; made again when lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

INDEX: Final = "index.sqlite"
VERSION: Final = 1
COLUMNS: Final = (
    "enterprise_id", "name", "workers", "members", "unionised", "in_scope", "street_town_name", "address", "lon", "lat",
)  # fmt: skip
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS snapshots (snapshot_id TEXT PRIMARY KEY, as_of TEXT NOT NULL, rows INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS enterprises (
    snapshot_id TEXT NOT NULL, enterprise_id TEXT NOT NULL, name TEXT, workers INTEGER, members INTEGER, unionised INTEGER,
    in_scope INTEGER, street_town_name TEXT, address TEXT, lon REAL, lat REAL);
CREATE INDEX IF NOT EXISTS by_id ON enterprises (enterprise_id);
CREATE INDEX IF NOT EXISTS by_snapshot ON enterprises (snapshot_id);
"""
_INSERT: Final = "INSERT INTO enterprises VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def add_to_index(store: Path, snapshot_id: str, as_of: date, frame: pd.DataFrame) -> None:
    """Enter one snapshot, whole or not at all; one that is there stays."""
    with closing(_opened(store)) as base, base:
        known = base.execute("SELECT 1 FROM snapshots WHERE snapshot_id = ?", (snapshot_id,))
        if known.fetchone():
            return
        base.executemany(_INSERT, _rows(snapshot_id, frame))
        base.execute(
            "INSERT INTO snapshots VALUES (?, ?, ?)", (snapshot_id, as_of.isoformat(), len(frame))
        )


def find_enterprise(store: Path, text: str, *, most: int = 50) -> pd.DataFrame:
    """Find enterprises by code or by a part of their name, in every snapshot.

    Parameters
    ----------
    store
        Folder of snapshots; what the index lacks is entered first.
    text
        A code, or a part of a name.
    most
        Most enterprises returned.

    Returns
    -------
    pandas.DataFrame
        ``as_of``, ``snapshot_id`` and :data:`COLUMNS`, by enterprise, then by date.
    """
    _catch_up(store)
    wanted = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with closing(_opened(store)) as base:
        ids = [
            row[0]
            for row in base.execute(
                "SELECT DISTINCT enterprise_id FROM enterprises WHERE enterprise_id = ? OR name LIKE ? ESCAPE '\\' "
                "ORDER BY enterprise_id LIMIT ?",
                (text.strip().upper(), f"%{wanted}%", most),
            )
        ]
        marks = ", ".join("?" * len(ids))
        rows = base.execute(
            f"SELECT s.as_of, e.* FROM enterprises e JOIN snapshots s USING (snapshot_id) "  # noqa: S608 - marks only
            f"WHERE e.enterprise_id IN ({marks}) ORDER BY e.enterprise_id, s.as_of, e.snapshot_id",
            ids,
        ).fetchall()
    return pd.DataFrame(rows, columns=["as_of", "snapshot_id", *COLUMNS])


def _catch_up(store: Path) -> None:
    """Enter what a crash between storing and indexing, or a lost index, left out."""
    from geodata.history.snapshots import list_snapshots, load_snapshot

    with closing(_opened(store)) as base:
        known = {row[0] for row in base.execute("SELECT snapshot_id FROM snapshots")}
    for snapshot in list_snapshots(store):
        if snapshot.snapshot_id not in known:
            frame = load_snapshot(snapshot).frame
            add_to_index(store, snapshot.snapshot_id, snapshot.as_of, frame)


def _opened(store: Path) -> sqlite3.Connection:
    path = store / INDEX
    try:
        base = _connected(path)
    except sqlite3.DatabaseError:
        # Torn or foreign: the snapshots are the truth, the index is made again from them.
        path.unlink(missing_ok=True)
        base = _connected(path)
    return base


def _connected(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=60)
    try:
        base.executescript(_SCHEMA)
        if base.execute("PRAGMA user_version").fetchone()[0] not in (0, VERSION):
            base.executescript("DROP TABLE snapshots; DROP TABLE enterprises;" + _SCHEMA)
        base.execute(f"PRAGMA user_version = {VERSION}")
    except sqlite3.DatabaseError:
        base.close()
        raise
    return base


def _rows(snapshot_id: str, frame: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    points = np.asarray(frame["geometry"].array, dtype=object)
    x, y = shapely.get_x(points), shapely.get_y(points)
    texts = {
        name: frame[name].astype(object).where(frame[name].notna(), None).tolist()
        if name in frame
        else [None] * len(frame)
        for name in ("enterprise_id", "name", "street_town_name", "address")
    }
    return zip(
        [snapshot_id] * len(frame),
        texts["enterprise_id"],
        texts["name"],
        frame["workers"].tolist(),
        frame["members"].tolist(),
        frame["unionised"].astype(int).tolist(),
        frame["in_scope"].astype(int).tolist(),
        texts["street_town_name"],
        texts["address"],
        x.astype(object).tolist(),
        y.astype(object).tolist(),
        strict=True,
    )
