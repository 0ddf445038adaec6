"""What people found and did, beside the snapshots of a register: one line of JSON per entry, never rewritten in place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from geodata.durable import sweep_drafts, write_whole
from geodata.errors import Fault, StoreError
from geodata.locking import locked, sweep_names
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ = translator("planner")

VISITS: Final = "visits.jsonl"
CASES: Final = "cases.jsonl"


def read_entries(store: Path, name: str) -> list[dict[str, Any]]:
    """Return the entries of a journal in the order they were made; none for a journal that is not there.

    Raises
    ------
    StoreError
        When a line is no entry; says which.
    """
    path = store / name
    if not path.is_file():
        return []
    entries = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            entry["enterprise_id"]
        except (ValueError, KeyError, TypeError) as error:
            fix = _("restore the file from a backup, or delete the line")
            where = f"{path}:{number}"
            raise StoreError(Fault(_("the line is no entry"), where, fix=fix)) from error
        entries.append(entry)
    return entries


def add_entries(store: Path, name: str, fresh: Sequence[dict[str, Any]]) -> int:
    """Add entries that are not there yet, all or none of them; return how many were new.

    Raises
    ------
    LockedError
        When another process is writing.
    StoreError
        When the store cannot be written.
    """
    try:
        with locked(store):
            sweep_drafts(store)
            sweep_names(store)
            before = read_entries(store, name)
            seen = {json.dumps(entry, sort_keys=True) for entry in before}
            new = [entry for entry in fresh if json.dumps(entry, sort_keys=True) not in seen]
            if new:
                lines = [json.dumps(entry, ensure_ascii=False) for entry in (*before, *new)]
                write_whole(store / name, ("\n".join(lines) + "\n").encode("utf-8"))
    except OSError as error:
        what = _("the register store cannot be written: {error}").format(error=error)
        raise StoreError(Fault(what, str(store))) from error
    return len(new)
