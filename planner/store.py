"""The plan store: content-named folders, written beside, flushed and renamed; edits are detected on load."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geodata.durable import sweep_drafts, whole_folder
from geodata.errors import Fault
from geodata.locking import locked, sweep_names
from geodata.messages import translator
from planner.errors import PlanStoreError, UnknownPlanError
from planner.formats import FORMAT, migrated
from planner.plan import DECISIONS, OVERLAYS, Plan

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

_ = translator("planner")

PLAN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
MANIFEST = "plan.json"


@dataclass(frozen=True)
class StoredPlan:
    """One line of the list of plans."""

    plan_id: str
    path: Path
    manifest: dict[str, Any]
    kpis: dict[str, float]


def check_writable(store: Path) -> None:
    """Refuse a store that cannot be written, before anybody waits an hour for a plan.

    Raises
    ------
    PlanStoreError
        When it cannot.
    """
    try:
        store.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=store):
            pass
    except OSError as error:
        raise _unwritable(store, error) from error


def save_plan(plan: Plan, store: Path, *, wait_s: float = 0.0) -> Path:
    """Write a plan into the store and return its folder; a plan that is there already stays as it is.

    The folder is written under another name, every file and the folder are flushed to disk, then it is renamed:
    a reader sees the whole plan or none.

    Parameters
    ----------
    plan
        The plan.
    store
        Folder of plans; made when it is not there.
    wait_s
        Seconds to wait for another process that is writing.

    Raises
    ------
    PlanStoreError
        When the store cannot be written.
    LockedError
        When another process is still writing after the wait.
    """
    try:
        store.mkdir(parents=True, exist_ok=True)
        with locked(store, wait_s=wait_s):
            sweep_drafts(store)
            sweep_names(store)
            final = store / plan.plan_id
            if final.exists():
                return final
            with whole_folder(final) as draft:
                _write(plan, draft)
            return final
    except OSError as error:
        raise _unwritable(store, error) from error


def _unwritable(store: Path, error: OSError) -> PlanStoreError:
    what = _("the plan store cannot be written: {error}").format(error=error)
    return PlanStoreError(
        Fault(what, str(store), fix=_("choose a folder that can be written with --store"))
    )


def load_plan(store: Path, plan_id: str, *, check: bool = True) -> Plan:
    """Load a plan by id or by an unambiguous beginning of it.

    Parameters
    ----------
    store
        Folder of plans.
    plan_id
        Id or its first characters (at least four).
    check
        Whether to compare every file's hash and the id with the content; `False` is for showing what was edited.

    Raises
    ------
    PlanStoreError
        For an unknown or ambiguous id, an edited or torn plan, or one written by a newer version.
    """
    folder = find_plan(store, plan_id)
    manifest = _manifest(folder)
    if check:
        _check_files(folder, manifest)
    crs = manifest["crs"]
    record = migrated(manifest)
    plan = Plan(
        decisions={
            name: _read_table(path)
            for name, path in _decision_files(folder).items()
            if name in DECISIONS or path.is_file()
        },
        tiers=_read_table(folder / "decisions" / "tiers.parquet"),
        layers={
            path.stem: _read_layer(path, crs)
            for path in sorted((folder / "layers").glob("*.parquet"))
        },
        derived={
            path.stem: _read_table(path) for path in sorted((folder / "derived").glob("*.parquet"))
        },
        manifest=record["run"],
        kpis=record["kpis"],
    )
    if check and plan.plan_id != folder.name:
        raise PlanStoreError(_edited(folder, [f"plan_id {plan.plan_id}"]))
    return plan


def check_plan(store: Path, plan_id: str) -> dict[str, Any]:
    """Compare a plan's files with what `plan.json` says of them, without loading them; return `plan.json`.

    Raises
    ------
    PlanStoreError
        See `load_plan`; the id is whole here, not a beginning.
    """
    fix = _("`planner plans` lists them")
    folder = store / plan_id
    if not PLAN_ID.match(plan_id) or not (folder / MANIFEST).is_file():
        what = _("no plan is called {plan_id}").format(plan_id=plan_id)
        raise UnknownPlanError(Fault(what, str(store), fix=fix))
    manifest = _manifest(folder)
    _check_files(folder, manifest)
    if manifest["plan_id"] != plan_id:
        raise PlanStoreError(_edited(folder, [MANIFEST]))
    return manifest


def list_plans(store: Path) -> list[StoredPlan]:
    """Return the plans of a store, newest first; folders that are no plans are passed over."""
    plans, wrong = survey_plans(store)
    if wrong:
        raise PlanStoreError([fault for error in wrong.values() for fault in error.faults])
    return plans


def survey_plans(store: Path) -> tuple[list[StoredPlan], dict[str, PlanStoreError]]:
    """Return the plans that can be read, newest first, and what is wrong with the others.

    One plan that was edited or that a newer version wrote does not hide the rest.
    """
    plans: list[StoredPlan] = []
    wrong: dict[str, PlanStoreError] = {}
    folders = sorted(store.iterdir()) if store.is_dir() else []
    for folder in folders:
        if PLAN_ID.match(folder.name) and (folder / MANIFEST).is_file():
            try:
                manifest = _manifest(folder)
                if manifest.get("seal") != _seal(manifest) or manifest["plan_id"] != folder.name:
                    raise PlanStoreError(_edited(folder, [MANIFEST]))  # noqa: TRY301 - said beside the other plans
            except PlanStoreError as error:
                wrong[folder.name] = error
            else:
                plans.append(StoredPlan(folder.name, folder, manifest["run"], manifest["kpis"]))
    plans.sort(key=lambda plan: (str(plan.manifest.get("created", "")), plan.plan_id), reverse=True)
    return plans, wrong


def find_plan(store: Path, plan_id: str) -> Path:
    """Return the folder of a plan; see `load_plan` for the errors."""
    fix = _("`planner plans` lists them")
    if not PLAN_ID.match(plan_id):
        raise PlanStoreError(
            Fault(_("not a plan id: {plan_id}").format(plan_id=repr(plan_id)), str(store), fix=fix)
        )
    exact = store / plan_id
    if (exact / MANIFEST).is_file():
        return exact
    plans, wrong = survey_plans(store)
    known = sorted({plan.plan_id for plan in plans} | set(wrong))
    found = [store / name for name in known if len(plan_id) >= 4 and name.startswith(plan_id)]
    if len(found) == 1:
        return found[0]
    what = _("several plans begin with {plan_id}") if found else _("no plan is called {plan_id}")
    names = [path.name for path in found]
    raise UnknownPlanError(
        Fault(what.format(plan_id=plan_id), str(store), max(1, len(found)), names, fix)
    )


def _decision_files(folder: Path) -> dict[str, Path]:
    return {name: folder / "decisions" / f"{name}.parquet" for name in (*DECISIONS, *OVERLAYS)}


def _write(plan: Plan, folder: Path) -> None:
    for part in ("decisions", "layers", "derived"):
        (folder / part).mkdir()
    for name, columns in {**DECISIONS, **OVERLAYS}.items():
        if name in OVERLAYS and name not in plan.decisions:
            continue  # a plan of an earlier version
        frame = plan.decisions[name][list(columns)].sort_values(list(columns[:2]))
        _write_table(frame, folder / "decisions" / f"{name}.parquet")
    _write_table(plan.tiers, folder / "decisions" / "tiers.parquet")
    for name, layer in plan.layers.items():
        # Stored in the working CRS, so that nothing is moved by a round trip through degrees.
        layer.to_parquet(folder / "layers" / f"{name}.parquet", index=False)
    for name, table in plan.derived.items():
        _write_table(table, folder / "derived" / f"{name}.parquet")
    files = {
        str(path.relative_to(folder).as_posix()): _sha256(path)
        for path in sorted(folder.rglob("*.parquet"))
    }
    crs = str(plan.layers["units"].crs)
    manifest = {
        "format": FORMAT,
        "plan_id": plan.plan_id,
        "crs": crs,
        "files": files,
        "run": dict(plan.manifest),
        "kpis": dict(plan.kpis),
    }
    manifest["seal"] = _seal(manifest)
    (folder / MANIFEST).write_text(
        json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8"
    )


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


def _read_table(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise PlanStoreError(_edited(path.parent.parent, [path.name])) from error


def _read_layer(path: Path, crs: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    try:
        layer = gpd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise PlanStoreError(_edited(path.parent.parent, [path.name])) from error
    return layer if str(layer.crs) == crs else layer.to_crs(crs)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = int(manifest["format"])
        if not all(isinstance(manifest[key], dict) for key in ("files", "run", "kpis")):
            raise TypeError(folder)  # noqa: TRY301 - said below, with every other way of being no plan
        for key in ("plan_id", "crs"):
            manifest[key]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PlanStoreError(_edited(folder, [MANIFEST])) from error
    if version > FORMAT:
        what = _("written by a newer version (format {version}, this program reads up to {format})")
        fix = _("update the program")
        raise PlanStoreError(
            Fault(what.format(version=version, format=FORMAT), str(folder), fix=fix)
        )
    return dict(manifest)


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    found = {str(path.relative_to(folder).as_posix()) for path in folder.rglob("*.parquet")}
    wrong = sorted(found ^ set(manifest["files"]))
    wrong += [
        name
        for name in sorted(found & set(manifest["files"]))
        if _sha256(folder / name) != manifest["files"][name]
    ]
    if manifest.get("seal") != _seal(manifest):
        wrong.append(MANIFEST)
    if wrong:
        raise PlanStoreError(_edited(folder, wrong))


def _edited(folder: Path, names: list[str]) -> Fault:
    fix = _("restore the folder from a backup, or run the scenario again")
    return Fault(_("the plan was edited or is torn"), str(folder), len(names), names, fix)


def _seal(manifest: dict[str, Any]) -> str:
    body = {key: value for key, value in manifest.items() if key != "seal"}
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
