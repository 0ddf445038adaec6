"""Any table file -> grids of cells; what it is, is decided by its first bytes, not by its name."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geodata.errors import EmptyLayerError, Fault, InputFormatError, InputMissingError
from geodata.messages import translator
from geodata.sources.grid import Grid
from geodata.sources.origin import Database, Origin
from geodata.sources.text_tables import text_table
from geodata.sources.workbooks import check_archive, workbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geodata.sources.headers import Aliases


_ = translator("geodata")

_MAP_SUFFIXES: Final = frozenset(
    {".gpkg", ".geojson", ".json", ".shp", ".gml", ".kml", ".fgb", ".gdb", ".tab", ".mif"}
)


def read_grids(
    path: Origin, *, sheet: str | None, layer: str | None, aliases: Aliases
) -> list[Grid]:
    """Read every sheet or layer of a file that may hold the table.

    Raises
    ------
    InputMissingError
        When there is no such file.
    EmptyLayerError
        When the file has no byte or no cell.
    InputFormatError
        When it cannot be read.
    RemoteError
        When a database does not answer.
    """
    layer = layer or sheet
    if isinstance(path, Database):
        from geodata.sources.remote.postgis import read_table_grid

        return [read_table_grid(path, layer)]
    start = file_start(path)
    if start.startswith(b"PAR1"):
        return [_parquet(path)]
    if _is_map(path, start):
        return [_map_layer(path, layer)]
    if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return workbook(path, sheet)
    return [text_table(path, aliases)]


def _is_map(path: Path, start: bytes) -> bool:
    if path.suffix.lower() in _MAP_SUFFIXES or start.startswith(b"SQLite format 3"):
        return True
    if start.startswith(b"PK"):
        # Looked at before anything is unpacked; a zipped Shapefile starts like a workbook.
        return any(name.endswith(".shp") for name in check_archive(path))
    return start.startswith(codecs.BOM_UTF8 + b"{") or start.lstrip()[:1] == b"{"


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
        fix = _("check the path; paths in a scenario start from the scenario's folder")
        raise InputFormatError(Fault(_("this is a folder, not a file"), str(path), fix=fix))
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
    # A map file may hold lists; a cell is one text.
    for column in (name for name, kind in frame.dtypes.items() if kind == np.dtype(object)):
        cells[column] = [_one_text(cell) for cell in cells[column]]
    header: list[object] = [str(column) for column in frame.columns]
    # A map layer without attributes is still a layer: every feature is a row.
    rows: list[Sequence[object]] = [header, *cells.itertuples(index=False, name=None)]
    return Grid(name=name, rows=rows, geometry=geometry, crs=crs)


def _one_text(cell: object) -> object:
    """Return the items of a list as one text; any other cell as it is."""
    items = cell.tolist() if isinstance(cell, np.ndarray) else cell
    return ", ".join(map(str, items)) if isinstance(items, list | tuple) else cell
