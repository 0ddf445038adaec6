"""Workbooks (.xlsx, .xlsb, .xls, .ods) -> grids, with limits on what is unpacked.

python-calamine is quick and reads no external entities, but it lays a sheet out as a full rectangle, so
that one stray cell in the last corner would take all memory; the extent is looked at first.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

from geodata.errors import Fault, InputFormatError, InputMissingError
from geodata.messages import translator
from geodata.sources.grid import Grid

if TYPE_CHECKING:
    from pathlib import Path

_ = translator("geodata")

_WORKBOOK_BYTES: Final = 4_000_000_000
_WORKBOOK_RATIO: Final = 400
_WORKBOOK_ENTRIES: Final = 20_000
# Cells of one sheet's rectangle; calamine takes about 30 bytes for each.
_SHEET_CELLS: Final = 60_000_000
_SCANNED_BYTES: Final = 100_000_000
_ROW: Final = re.compile(rb'<row[^>]{0,200}? r="(\d{1,8})"')
_COLUMN: Final = re.compile(rb'<c r="([A-Z]{1,3})')
_CELL_ROW: Final = re.compile(rb'<c r="[A-Z]{1,3}(\d{6,8})"')


def check_archive(path: Path) -> list[str]:
    """Return the names inside a zipped file, after a look at how much it would unpack to.

    Raises
    ------
    InputFormatError
        When it is damaged, or larger inside than any register.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            sheets = [
                info for info in infos if re.fullmatch(r"xl/worksheets/[^/]+\.xml", info.filename)
            ]
            cells = max((_extent(archive, info) for info in sheets), default=0)
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        zlib.error,
    ) as error:
        raise InputFormatError(
            Fault(
                _("the file is damaged: it starts like a workbook and is none"),
                where=path.name,
                fix=_("save it again"),
            )
        ) from error
    size = sum(info.file_size for info in infos)
    packed = max(1, sum(info.compress_size for info in infos))
    bomb = size > 50_000_000 and size / packed > _WORKBOOK_RATIO
    if size > _WORKBOOK_BYTES or bomb or len(infos) > _WORKBOOK_ENTRIES:
        raise InputFormatError(
            Fault(
                _("the file unpacks to {size} MB, which no register does").format(
                    size=f"{size // 1_000_000:,}"
                ),
                where=path.name,
                fix=_("save the sheet alone, as a new workbook or as CSV"),
            )
        )
    if cells > _SHEET_CELLS:
        raise InputFormatError(
            Fault(
                _("a sheet reaches over {cells} million cells").format(cells=cells // 1_000_000),
                where=path.name,
                fix=_("delete what stands far below or right of the table, and save it again"),
            )
        )
    return [info.filename.lower() for info in infos]


def _extent(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """Return rows times columns of a sheet, from its cells, because a stated dimension may be wrong."""
    with archive.open(info) as stream:
        data = stream.read(_SCANNED_BYTES)
    rows = [int(one) for one in _ROW.findall(data)] + [int(one) for one in _CELL_ROW.findall(data)]
    columns = [_column_number(one) for one in set(_COLUMN.findall(data))]
    return max(rows, default=0) * max(columns, default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def workbook(path: Path, sheet: str | None) -> list[Grid]:
    """Read the sheets of an .xlsx, .xls, .xlsb or .ods workbook."""
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
        grids = [_sheet(book, name) for name in names if sheet in {None, name}]
    except BaseException as error:
        # A damaged workbook makes the reader's Rust code panic, which is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        protected = type(error).__name__ == "PasswordError" or "password" in str(error).lower()
        why = (
            _("the workbook is protected by a password")
            if protected
            else _("the workbook cannot be read: {why}")
        )
        raise InputFormatError(
            Fault(
                why.format(why=str(error)[:200]),
                where=path.name,
                fix=_("open it, save it as a new .xlsx without protection"),
            )
        ) from error
    if sheet is not None and not grids:
        raise InputMissingError(
            Fault(
                _("there is no sheet {sheet}").format(sheet=repr(sheet)),
                where=path.name,
                examples=names,
                count=len(names),
                fix=_("use the name of one of its sheets"),
            )
        )
    return grids


def _sheet(book: Any, name: str) -> Grid:
    sheet = book.get_sheet_by_name(name)
    rows: list[list[object]] = sheet.to_python(skip_empty_area=False)
    while rows and all(cell == "" or cell is None for cell in rows[-1]):
        rows.pop()
    # A merged cell holds its value once, at the top; the rows below it mean the same.
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom > top and left == right:
            for row in range(top + 1, min(bottom + 1, len(rows))):
                if left < len(rows[row]) and rows[row][left] == "":
                    rows[row][left] = rows[top][left]
    return Grid(name=name, rows=rows)
