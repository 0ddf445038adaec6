"""The exported map: a folder whose ``index.html`` opens from a file, with data and libraries beside it as ``.js``."""

from __future__ import annotations

import secrets
import shutil
from importlib import resources
from typing import TYPE_CHECKING, Any

from webmap.page import SCRIPTS, STYLES, exported_templates, folium_parts
from webmap.payload import PARTS
from webmap.script import as_literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from planner.plan import Plan


def write_map(plan: Plan, folder: Path) -> Path:
    """Write the map of a plan and return its ``index.html``.

    Nothing is asked of any host: a page opened from a file may not fetch, so the data are a script that assigns them.

    Parameters
    ----------
    plan
        The plan.
    folder
        Folder for ``index.html``, ``data.js`` and ``lib/``; made when absent, files of an older map are replaced.
    """
    values = {name: make(plan) for name, make in PARTS.items()}
    core = values["core"]
    return write_page(folder, values, core["name"], core["bounds"])


def write_page(
    folder: Path,
    values: dict[str, Any],
    title: str,
    bounds: list[list[float]],
    *,
    scripts: Mapping[str, str] = SCRIPTS,
    start: str = "planmap.start",
) -> Path:
    """Write a page with its data and libraries beside it and return its ``index.html``.

    Parameters
    ----------
    folder
        Made when absent.
    values
        The data, given to the page as ``window.PLAN``.
    title
        Title of the window.
    bounds
        South-west and north-east corner, latitude first.
    scripts, start
        See `webmap.page.folium_parts`.
    """
    library = folder / "lib"
    library.mkdir(parents=True, exist_ok=True)
    static = resources.files("webmap") / "static"
    for source in (*scripts.values(), *STYLES.values()):
        with resources.as_file(static / source) as path:
            shutil.copyfile(path, library / path.name)
    (folder / "data.js").write_text(as_script(values), encoding="utf-8")
    index = folder / "index.html"
    index.write_text(_page(title, bounds, scripts, start), encoding="utf-8")
    return index


def as_script(values: dict[str, Any]) -> str:
    """Return the data as a script that assigns them."""
    return f"window.PLAN={as_literal(values)};\n"


def _page(title: str, bounds: list[list[float]], scripts: Mapping[str, str], start: str) -> str:
    nonce = secrets.token_urlsafe(12)
    (south, west), (north, east) = bounds
    parts = folium_parts(
        [("plan", ((south + north) / 2, (west + east) / 2), {"panel": True})],
        lambda path: f"lib/{path.rsplit('/', 1)[-1]}",
        nonce,
        data=[("data_js", "data.js")],
        scripts=scripts,
        start=start,
    )
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}' 'self' file:; "
        "img-src 'self' data: file:; base-uri 'none'; form-action 'none'"
    )
    return exported_templates().get_template("map.html").render(
        title=title, language="zh", parts=parts, nonce=nonce, policy=policy, bar=False
    )  # fmt: skip
