"""Collect texts, merge translations, compile the catalogues: ``python tests/messages.py``.

The English text is the key. For every package: texts in ``_()``, ``mark()`` and ``N_()`` go to
``<package>/translations/zh/LC_MESSAGES/<package>.po`` (translations are kept, texts that are gone are dropped)
and its ``.mo`` beside it. Both are the same bytes on every machine.
"""

from __future__ import annotations

import ast
import functools
import io
import string
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("geodata", "planner", "webmap")
KEYWORDS = {"_": None, "mark": None, "N_": None}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
LANGUAGE = "zh"
DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""A fixed date: a catalogue changes when a text does and not when it is made again."""


class PlainCatalog(Catalog):
    """A catalogue whose header names neither the time nor the version of the tool."""

    def __init__(self) -> None:
        super().__init__(locale=LANGUAGE, fuzzy=False, creation_date=DAY, revision_date=DAY)
        self.header_comment = (
            "# The English text is the key; make messages keeps this file in step with the code."
        )

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", LANGUAGE),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def catalogue_path(package: str, ending: str) -> Path:
    """Return the path of a package's catalogue, ``ending`` being po or mo."""
    return ROOT / package / "translations" / LANGUAGE / "LC_MESSAGES" / f"{package}.{ending}"


@functools.cache
def collect(package: str) -> dict[str, list[str]]:
    """Return the texts of a package and the files that show each."""
    found: dict[str, set[str]] = {}
    rows = extract_from_dir(
        ROOT / package, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS
    )
    for path, _line, message, _comments, _context in rows:
        if message:
            name = f"{package}/{Path(path).as_posix()}"
            found.setdefault(message if isinstance(message, str) else message[0], set()).add(name)
    return {text: sorted(found[text]) for text in sorted(found)}


def translations(package: str) -> dict[str, str]:
    """Return the translations there are, by English text."""
    path = catalogue_path(package, "po")
    if not path.is_file():
        return {}
    with path.open("rb") as stream:
        known = read_po(stream, locale=LANGUAGE)
    return {
        str(entry.id): str(entry.string)
        for entry in known
        if entry.id and entry.string and not entry.fuzzy
    }


def merged(package: str) -> PlainCatalog:
    """Return the catalogue a package should have: its texts with the translations there are."""
    catalogue, known = PlainCatalog(), translations(package)
    for text, files in collect(package).items():
        catalogue.add(text, known.get(text, ""), locations=[(name, 0) for name in files])
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as people edit it."""
    stream = io.BytesIO()
    write_po(stream, catalogue, width=100, sort_output=True, include_lineno=False)
    return stream.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as the program reads it; texts without a translation stay English."""
    stream = io.BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def placeholders(text: str) -> set[tuple[str, str, str]]:
    """Return name, conversion and format of each placeholder.

    Examples
    --------
    >>> sorted(placeholders("{count:,} of {total} {{kept}}"))
    [('count', '', ','), ('total', '', '')]
    """
    parts = string.Formatter().parse(text)
    return {(name, how or "", form or "") for _, name, form, how in parts if name is not None}


def not_constant(package: str) -> Iterator[str]:
    """Yield the places whose text cannot be collected: ``mark(x)``, or ``_()`` around anything put together."""
    for path in sorted((ROOT / package).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not _speaks(tree):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name, first = node.func.id, node.args[0] if node.args else None
                built = isinstance(first, ast.JoinedStr | ast.BinOp) or _is_format(first)
                constant = isinstance(first, ast.Constant) and isinstance(first.value, str)
                if (name in {"mark", "N_"} and not constant) or (name == "_" and built):
                    yield f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"


def _speaks(tree: ast.Module) -> bool:
    """Say whether a module takes its words from geodata.messages; a kernel may call something else ``mark``."""
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "geodata.messages"
        for node in ast.walk(tree)
    )


def _is_format(node: ast.expr | None) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
    )


def main() -> int:
    """Write the catalogues; say how many texts wait for a translation."""
    for package in PACKAGES:
        catalogue = merged(package)
        for ending, content in (("po", po_bytes(catalogue)), ("mo", mo_bytes(catalogue))):
            path = catalogue_path(package, ending)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_bytes() != content:
                path.write_bytes(content)
        waiting = sum(1 for entry in catalogue if entry.id and not entry.string)
        sys.stdout.write(f"{package}: {len(catalogue)} texts, {waiting} without a translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
