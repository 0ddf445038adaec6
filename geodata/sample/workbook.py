"""Write a table as an .xlsx sheet row by row: quick, in little memory, the same bytes each time.

Only what a plain export has: one sheet, text as inline strings, numbers as numbers, no formula,
no style. A register of half a million rows is written in the time XML and deflate need.
"""

from __future__ import annotations

import math
import re
import zipfile
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pandas as pd

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# XML 1.0 has no way to write these.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ROWS_AT_ONCE = 2_000


def write_workbook(path: Path, table: pd.DataFrame, *, sheet: str, title: str | None) -> int:
    """Write the table and return how many rows stand above its first row of values.

    Text stays text, None and NaN are empty cells, and no cell is a formula.
    """
    head: list[list[Any]] = [[title]] if title is not None else []
    head.append([str(name) for name in table.columns])
    columns = [table[name].tolist() for name in table.columns]
    rows = zip(*columns, strict=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, text in _parts(sheet).items():
            archive.writestr(_entry(name), _XML + text)
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as page:
            page.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for block in _blocks(head, rows):
                page.write(block.encode())
            page.write(b"</sheetData></worksheet>")
    return len(head)


def column_letters(place: int) -> str:
    """Return the letters of a column, from 0.

    Examples
    --------
    >>> column_letters(0), column_letters(25), column_letters(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _blocks(head: list[list[Any]], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield the XML of some rows at a time."""
    letters = [column_letters(place) for place in range(max(len(row) for row in head))]
    written: list[str] = []
    number = 0
    for source in (head, rows):
        for row in source:
            number += 1
            cells = "".join(
                _cell(f"{letter}{number}", value)
                for letter, value in zip(letters, row, strict=False)
            )
            written.append(f'<row r="{number}">{cells}</row>')
            if len(written) == _ROWS_AT_ONCE:
                yield "".join(written)
                written = []
    yield "".join(written)


def _cell(place: str, value: Any) -> str:
    if isinstance(value, str):
        text = escape(_FORBIDDEN.sub("", value))
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    if value is None or not math.isfinite(value):
        return ""
    return f'<c r="{place}"><v>{value!r}</v></c>'


def _entry(name: str) -> zipfile.ZipInfo:
    """Return an archive entry with a fixed date, so that bytes depend on values only."""
    entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _parts(sheet: str) -> dict[str, str]:
    """Return the small parts every workbook must have."""
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels"'
            ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.xml"'
            f' ContentType="{_TYPE}.worksheet+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
            f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name={quoteattr(sheet)} sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
            f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        ),
    }
