"""Files to take away, made once and kept."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, render_template, send_file, url_for
from werkzeug.utils import safe_join

from geodata.messages import mark, translator
from planner.report.geofiles import write_geopackage, write_geoparquet
from planner.report.tables import write_tables
from planner.report.workbook import write_workbook
from webmap.account import staff_only
from webmap.pages.access import known_id, shelf
from webmap.pages.plans import PREPARED, WAITING
from webmap.writer import write_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.plan import Plan

_ = translator("webmap")

pages = Blueprint("files", __name__)


def zipped(write: Callable[[Plan, Path], object]) -> Callable[[Plan, Path], object]:
    """Return a writer of one .zip from a writer of a folder."""

    def pack(plan: Plan, path: Path) -> None:
        with tempfile.TemporaryDirectory(dir=path.parent) as work:
            write(plan, Path(work))
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted(Path(work).rglob("*")):
                    if file.is_file():
                        archive.write(file, file.relative_to(work).as_posix())

    return pack


FILES: dict[str, tuple[Callable[[Plan, Path], object], str]] = {
    "plan.xlsx": (write_workbook, mark("Workbook: figures, federations, sites with reasons, organisations, sources, rejected rows")),
    "plan.gpkg": (write_geopackage, mark("GeoPackage for QGIS, each layer with its style")),
    "geoparquet.zip": (zipped(write_geoparquet), mark("GeoParquet, one file for each layer")),
    "tables.zip": (zipped(write_tables), mark("CSV tables that Excel and WPS open, one for each layer")),
    "map.zip": (zipped(write_map), mark("The map as a folder: unpack it and open index.html, without a server")),
}  # fmt: skip
"""Name -> how it is made, and what it is."""


@pages.get("/plans/<plan_id>/files/")
def listing(plan_id: str) -> Any:
    """Show what can be taken away."""
    staff_only()
    run = shelf().manifest(known_id(plan_id))["run"]
    files = [(name, _(what)) for name, (_write, what) in FILES.items()]
    return render_template("files.html", plan_id=plan_id, name=str(run["name"]), files=files)


@pages.get("/plans/<plan_id>/files/<name>")
def download(plan_id: str, name: str) -> Any:
    """Send one file; it is made when it is first asked for, and a page says so where that takes long."""
    _known_file(plan_id, name)
    path = shelf().download(plan_id, name)
    if path is None:
        page = render_template(
            "making.html",
            title=f"{plan_id}-{name}",
            why=_("This file is being made, which happens once. It is sent by itself when it is there."),
            ask=url_for("files.progress", plan_id=plan_id, name=name),
            there=_("The file is there."),
            now=_progress(plan_id),
        )  # fmt: skip
        return page, 202
    return send_file(path, as_attachment=True, download_name=f"{plan_id}-{name}", conditional=True)


@pages.get("/plans/<plan_id>/files/<name>/progress.json")
def progress(plan_id: str, name: str) -> Any:
    """Say whether a file is there, and how far the plan is; a page that waits asks."""
    _known_file(plan_id, name)
    if shelf().download(plan_id, name, wait=False) is not None:
        return {"there": True}
    return {"there": False, **_progress(plan_id)}


def _known_file(plan_id: str, name: str) -> None:
    staff_only()
    if name not in FILES or safe_join(known_id(plan_id), name) is None:
        abort(404)


def _progress(plan_id: str) -> dict[str, Any]:
    now = shelf().progress(plan_id)
    if now is None or not now.step:
        return {"done": 0, "steps": 1, "said": _(WAITING)}
    said = (
        _(FILES[now.step][1])
        if now.step in FILES
        else _(PREPARED.get(now.step.split("-")[0], WAITING))
    )
    return {"done": now.done, "steps": now.steps, "said": said}
