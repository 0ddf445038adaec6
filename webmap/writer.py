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
    library = folder / "lib"
    library.mkdir(parents=True, exist_ok=True)
    static = resources.files("webmap") / "static"
    for source in (*SCRIPTS.values(), *STYLES.values()):
        with resources.as_file(static / source) as path:
            shutil.copyfile(path, library / path.name)
    values = {name: make(plan) for name, make in PARTS.items()}
    (folder / "data.js").write_text(as_script(values), encoding="utf-8")
    index = folder / "index.html"
    index.write_text(_page(values["core"]), encoding="utf-8")
    return index


def as_script(values: dict[str, Any]) -> str:
    """Return the data as a script that assigns them."""
    return f"window.PLAN={as_literal(values)};\n"


def _page(core: dict[str, Any]) -> str:
    nonce = secrets.token_urlsafe(12)
    (south, west), (north, east) = core["bounds"]
    parts = folium_parts(
        [("plan", ((south + north) / 2, (west + east) / 2), {"panel": True})],
        lambda path: f"lib/{path.rsplit('/', 1)[-1]}",
        nonce,
        data=[("data_js", "data.js")],
    )
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}' 'self' file:; "
        "img-src 'self' data: file:; base-uri 'none'; form-action 'none'"
    )
    return exported_templates().get_template("map.html").render(
        title=core["name"], language="zh", parts=parts, nonce=nonce, policy=policy, bar=False
    )  # fmt: skip
