"""Any table file -> grids of cells; what it is, is decided by its first bytes, not by its name."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from geodata.errors import EmptyLayerError, Fault, InputFormatError, InputMissingError
from geodata.messages import translator
from geodata.sources.headers import Aliases, find_header, score

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd

_ = translator("geodata")

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS: Final = (",", "\t", ";", "|", "，")
_WORKBOOK_BYTES: Final = 4_000_000_000
_WORKBOOK_RATIO: Final = 400
_WORKBOOK_ENTRIES: Final = 20_000
_MAP_SUFFIXES: Final = frozenset(
    {".gpkg", ".geojson", ".json", ".shp", ".gml", ".kml", ".fgb", ".gdb", ".tab", ".mif"}
)


@dataclass(frozen=True, eq=False)
class Grid:
    """One sheet, text table or map layer as rows of cells.

    Parameters
    ----------
    name
        Sheet or layer.
    rows
        Cells row by row, the header among them.
    first_row
        Number of the first of them in the file.
    geometry
        Shapes of the rows below the first, for a map layer.
    crs
        Coordinate system of the shapes.
    encoding
        Text encoding, where there is a choice.
    """

    name: str
    rows: Sequence[Sequence[object]]
    first_row: int = 1
    geometry: gpd.GeoSeries | None = None
    crs: str = ""
    encoding: str = ""


def read_grids(path: Path, *, sheet: str | None, layer: str | None, aliases: Aliases) -> list[Grid]:
    """Read every sheet or layer of a file that may hold the table.

    Raises
    ------
    InputMissingError
        When there is no such file.
    EmptyLayerError
        When the file has no byte or no cell.
    InputFormatError
        When it cannot be read.
    """
    start = file_start(path)
    if start.startswith(b"PAR1"):
        return [_parquet(path)]
    if path.suffix.lower() in _MAP_SUFFIXES or start.startswith(b"SQLite format 3"):
        return [_map_layer(path, layer)]
    if start.startswith(b"PK"):
        return _zipped(path, sheet, layer)
    if start.startswith(codecs.BOM_UTF8 + b"{") or start.lstrip()[:1] == b"{":
        return [_map_layer(path, layer)]
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return workbook(path, sheet)
    return [_text(path, aliases)]


def file_start(path: Path, size: int = 64) -> bytes:
    """Return the first bytes of a file, or raise what a reader can act on."""
    if not path.exists():
        raise InputMissingError(
            Fault(
                _("the file is not there"),
                where=str(path),
                fix=_("check the path; paths in a scenario start from the scenario's folder"),
            )
        )
    if path.is_dir() and path.suffix.lower() != ".gdb":
        raise InputFormatError(Fault(_("this is a folder, not a file"), where=str(path)))
    if path.is_dir():
        return b""
    try:
        with path.open("rb") as stream:
            start = stream.read(size)
    except OSError as error:
        raise InputFormatError(
            Fault(
                _("the file cannot be opened: {why}").format(why=error.strerror or ""),
                where=str(path),
            )
        ) from error
    if not start:
        raise EmptyLayerError(
            Fault(_("the file is empty"), where=path.name, fix=_("export it again"))
        )
    return start


def _zipped(path: Path, sheet: str | None, layer: str | None) -> list[Grid]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = [info.filename.lower() for info in infos]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputFormatError(
            Fault(
                _("the file is damaged: it starts like a workbook and is none"),
                where=path.name,
                fix=_("save it again"),
            )
        ) from error
    size = sum(info.file_size for info in infos)
    packed = max(1, sum(info.compress_size for info in infos))
    if (
        size > _WORKBOOK_BYTES
        or (size > 50_000_000 and size / packed > _WORKBOOK_RATIO)
        or len(infos) > _WORKBOOK_ENTRIES
    ):
        raise InputFormatError(
            Fault(
                _("the file unpacks to {size} MB, which no register does").format(
                    size=f"{size // 1_000_000:,}"
                ),
                where=path.name,
                fix=_("save the sheet alone, as a new workbook or as CSV"),
            )
        )
    if any(name.endswith(".shp") for name in names):
        return [_map_layer(path, layer)]
    return workbook(path, sheet)


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


def _text(path: Path, aliases: Aliases) -> Grid:
    text, encoding = decoded(path)
    rows = _best_rows(text, aliases, path)
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


def _parquet(path: Path) -> Grid:
    import geopandas as gpd
    import pandas as pd
    import pyarrow as pa

    try:
        frame: pd.DataFrame
        try:
            frame = gpd.read_parquet(path)
        except ValueError:
            frame = pd.read_parquet(path)
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        TypeError,
        KeyError,
        NotImplementedError,
    ) as error:
        raise InputFormatError(
            Fault(
                _("the Parquet file cannot be read: {why}").format(why=str(error)[:200]),
                where=path.name,
            )
        ) from error
    return frame_grid(frame, path.name)


def _map_layer(path: Path, layer: str | None) -> Grid:
    from geodata.sources.maps import read_map

    return frame_grid(read_map(path, layer), layer or path.name)


def frame_grid(frame: Any, name: str) -> Grid:
    """Return a frame as a grid: its column names are row 1."""
    import geopandas as gpd

    geometry, crs = None, ""
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        geometry = frame.geometry.reset_index(drop=True)
        crs = frame.crs.to_string() if frame.crs is not None else ""
        frame = frame.drop(columns=frame.active_geometry_name)
    cells = frame.astype(object).where(frame.notna(), None)
    header: list[object] = [str(column) for column in frame.columns]
    # A map layer without attributes is still a layer: every feature is a row.
    rows: list[Sequence[object]] = [header, *cells.itertuples(index=False, name=None)]
    return Grid(name=name, rows=rows, geometry=geometry, crs=crs)
