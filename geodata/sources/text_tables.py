"""Text tables (.csv, .tsv, and what calls itself .xls) -> grids: encoding, delimiter, cells."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, Final

from geodata.errors import Fault, InputFormatError
from geodata.messages import translator
from geodata.sources.grid import Grid
from geodata.sources.headers import Aliases, find_header, score
from geodata.sources.html_tables import html_rows, is_html

if TYPE_CHECKING:
    from pathlib import Path

_ = translator("geodata")

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS: Final = (",", "\t", ";", "|", "，")


def text_table(path: Path, aliases: Aliases) -> Grid:
    """Read a text table as one grid."""
    text, encoding = decoded(path)
    rows = html_rows(text) if is_html(text) else _best_rows(text, aliases, path)
    while rows and not any(rows[-1]):
        rows.pop()
    return Grid(name=path.name, rows=rows, encoding=encoding)


def decoded(path: Path) -> tuple[str, str]:
    """Return a text file's text and encoding: a byte order mark, strict UTF-8, then GB18030.

    GB18030 comes last because it would read UTF-8 as other characters without an error.
    """
    data = path.read_bytes()
    if b"\x00" in data[:4096] and not data.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE)
    ):
        raise InputFormatError(
            Fault(
                _("the file is neither a table nor a map"),
                where=path.name,
                fix=_("give .xlsx, .csv, .gpkg, .geojson, .shp or .parquet"),
            )
        )
    marked = [name for mark, name in _BOMS if data.startswith(mark)]
    for encoding in (*marked[:1], "utf-8", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeError:
            continue
    raise InputFormatError(
        Fault(
            _("the text is neither UTF-8 nor GB18030"),
            where=path.name,
            fix=_("save it as CSV UTF-8, or as .xlsx"),
        )
    )


def _best_rows(text: str, aliases: Aliases, path: Path) -> list[list[str]]:
    """Split a text table at the delimiter under which its header names most fields."""
    head = "\n".join(text[:200_000].splitlines()[:40])
    try:
        trials = {delimiter: _split(head, delimiter) for delimiter in _DELIMITERS}
        best = max(_DELIMITERS, key=lambda delimiter: _points(trials[delimiter], aliases))
        return _split(text, best)
    except (csv.Error, ValueError) as error:
        raise InputFormatError(
            Fault(
                _("the table cannot be split into cells: {why}").format(why=str(error)),
                where=path.name,
                fix=_(
                    "look for a quotation mark that is never closed; save it again as CSV or .xlsx"
                ),
            )
        ) from error


def _split(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False))


def _points(rows: list[list[str]], aliases: Aliases) -> tuple[int, int]:
    header = find_header(rows, aliases)
    return (score(header[2], aliases, frozenset()) if header else 0), max(
        (len(row) for row in rows), default=0
    )
