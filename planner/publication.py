"""Which plan is in force: a pointer that people move, with who, when and why; nothing publishes itself."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from geodata.errors import Fault
from geodata.locking import locked
from geodata.messages import translator
from planner.errors import PlanStoreError, VerificationError
from planner.store import MANIFEST, find_plan, load_plan
from planner.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from geodata.roads import RoadNetwork
    from planner.plan import Plan

_ = translator("planner")

POINTER = "published.json"
"""File of the store that says which plan is in force, and what was before."""


@dataclass(frozen=True)
class Publication:
    """One move of the pointer.

    Parameters
    ----------
    kind
        ``publish`` or ``rollback``.
    plan_id
        Plan in force from then on.
    by, why
        Who decided and for what reason.
    at
        When, ISO 8601 in UTC.
    manifest_sha256
        Digest of the plan's manifest, which seals every other file of the plan.
    """

    kind: Literal["publish", "rollback"]
    plan_id: str
    by: str
    why: str
    at: str
    manifest_sha256: str


def publications(store: Path) -> tuple[Publication, ...]:
    """Return every move of the pointer, oldest first; the last one names the plan in force.

    Raises
    ------
    PlanStoreError
        When the pointer cannot be read.
    """
    path = store / POINTER
    if not path.is_file():
        return ()
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["entries"]
        return tuple(Publication(**entry) for entry in entries)
    except (OSError, ValueError, KeyError, TypeError) as error:
        fix = _("restore the file from a backup; the plans themselves are not touched")
        raise PlanStoreError(
            Fault(_("the record of published plans cannot be read"), str(path), fix=fix)
        ) from error


def current(store: Path) -> Publication | None:
    """Return the publication in force, None before the first."""
    moves = publications(store)
    return moves[-1] if moves else None


def publish(
    store: Path, plan_id: str, *, by: str, why: str, network_of: Callable[[Plan], RoadNetwork]
) -> Publication:
    """Put a plan in force after verifying it once more.

    Parameters
    ----------
    store
        Plan store.
    plan_id
        Id or its beginning.
    by, why
        Who decides, and the reason; neither may be empty.
    network_of
        Gives the network a plan was made on.

    Raises
    ------
    PlanStoreError
        For an unknown or edited plan, a missing name or reason.
    VerificationError
        When the plan does not hold; the pointer stays where it is.
    LockedError
        When another process is writing.
    """
    name = find_plan(store, plan_id).name
    return _move(store, "publish", name, by=by, why=why, network_of=network_of)


def rollback(
    store: Path,
    *,
    by: str,
    why: str,
    network_of: Callable[[Plan], RoadNetwork],
    to: str | None = None,
) -> Publication:
    """Put the plan back in force that was in force before the current one, or ``to``, an earlier one.

    The plan's folder has not changed since: its bytes are compared with the digest of its publication.

    Raises
    ------
    PlanStoreError
        When no other plan was in force before, or ``to`` never was; else as in `publish`.
    """
    moves = publications(store)
    earlier = [move for move in moves if move.plan_id != moves[-1].plan_id]
    if to is not None:
        wanted = find_plan(store, to).name
        earlier = [move for move in earlier if move.plan_id == wanted]
    if not earlier:
        fix = _("`planner log` shows which plans were in force")
        raise PlanStoreError(
            Fault(_("there is no earlier published plan to go back to"), str(store), fix=fix)
        )
    target = earlier[-1]
    if _digest(store, target.plan_id) != target.manifest_sha256:
        what = _("the plan's record is not the one that was published")
        fix = _("restore the plan's folder from a backup")
        raise PlanStoreError(Fault(what, str(store / target.plan_id), fix=fix))
    return _move(store, "rollback", target.plan_id, by=by, why=why, network_of=network_of)


def _move(
    store: Path,
    kind: Literal["publish", "rollback"],
    plan_id: str,
    *,
    by: str,
    why: str,
    network_of: Callable[[Plan], RoadNetwork],
) -> Publication:
    if not by.strip() or not why.strip():
        fix = _("give both: --by NAME --why REASON")
        raise PlanStoreError(Fault(_("who decides, or why, is missing"), str(store), fix=fix))
    plan = load_plan(store, plan_id)
    findings = verify(plan, network_of(plan))
    if findings:
        raise VerificationError([finding.fault for finding in findings])
    made = Publication(
        kind,
        plan_id,
        by.strip(),
        why.strip(),
        datetime.now(UTC).isoformat(timespec="seconds"),
        _digest(store, plan_id),
    )
    try:
        with locked(store):
            _write([*publications(store), made], store / POINTER)
    except OSError as error:
        what = _("the plan store cannot be written: {error}").format(error=error)
        fix = _("choose a folder that can be written with --store")
        raise PlanStoreError(Fault(what, str(store), fix=fix)) from error
    return made


def _digest(store: Path, plan_id: str) -> str:
    return hashlib.sha256((find_plan(store, plan_id) / MANIFEST).read_bytes()).hexdigest()


def _write(moves: list[Publication], path: Path) -> None:
    """Replace the pointer at one stroke: a process killed here leaves the old one in force."""
    text = json.dumps(
        {"format": 1, "entries": [asdict(move) for move in moves]}, ensure_ascii=False, indent=1
    )
    handle, draft = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
