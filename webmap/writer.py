"""The exported map: a folder whose ``index.html`` opens from a file, with data and libraries beside it as ``.js``."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from typing import TYPE_CHECKING

from webmap.page import LIBRARIES, render_page
from webmap.payload import payload

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
    for name, source in LIBRARIES.items():
        with resources.as_file(static / source) as path:
            shutil.copyfile(path, library / name)
    values = payload(plan)
    (folder / "data.js").write_text(as_script(values), encoding="utf-8")
    (south, west), (north, east) = values["bounds"]
    index = folder / "index.html"
    index.write_text(
        render_page(values["name"], ((south + north) / 2, (west + east) / 2)), encoding="utf-8"
    )
    return index


def as_script(values: dict[str, object]) -> str:
    """Return JSON as a script; what could end a script or a line early is escaped."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"window.PLAN={text};\n"
