"""Worker density: a GeoTIFF, counts at points, or zones with counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from geodata.cleaning.numerals import read_numbers
from geodata.crs import STORAGE_CRS
from geodata.datum import datum_named, to_wgs84
from geodata.errors import CrsError, EmptyLayerError, Fault, InputFormatError, InputMissingError
from geodata.layers.ledger import Ledger, Reason
from geodata.messages import mark, translator
from geodata.provenance import Read, SourceRecord, file_sha256
from geodata.sources.aliases import PLACES, REGISTER
from geodata.sources.boundaries import polygons_of
from geodata.sources.points import check_placeable, point_series, read_points
from geodata.sources.reading import Declared, finished, unique_ids
from geodata.sources.tables import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

_ = translator("geodata")

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "density_id": ("编号", "density_id", "id", "sign", "网格编号", "小区编号"),
    "workers": (
        "职工人数", "就业人数", "从业人员", "从业人数", "岗位数", "工作人口", "就业岗位", "workers", "jobs", "employment", "v",
        "value", "count", "人数",
    ),
    **{name: REGISTER[name] for name in PLACES},
}  # fmt: skip
RASTERS: Final = (".tif", ".tiff")
CELLS_MOST: Final = 400_000_000
NO_POINT: Final = Reason(
    mark("no usable coordinates"), mark("give longitude and latitude in degrees")
)
BAD_COUNT: Final = Reason(
    mark("the number of workers cannot be used"), mark("write a number of 0 or more")
)
NO_SHAPE: Final = Reason(
    mark("the zone has no shape"), mark("draw the polygon, or delete the feature")
)
NO_DATA: Final = mark("no data")
NOBODY: Final = mark("nobody")


def read_density(
    path: str | Path,
    *,
    datum: str = "wgs84",
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    per_km2: bool = False,
    owner: str = "",
    licence: str = "",
    as_of: str = "",
) -> Read:
    """Read how many work where.

    Parameters
    ----------
    path
        A GeoTIFF (first band), a table of points with counts, or a map file of points or polygons with counts.
    datum, columns, sheet
        As in :func:`geodata.sources.read_register`; a GeoTIFF says its own coordinate system.
    per_km2
        Whether a GeoTIFF's values are workers per square kilometre; by default workers in the cell.
    owner, licence, as_of
        Kept in the record.

    Returns
    -------
    Read
        ``density_id``, ``workers`` (float, over 0), geometry (Polygon or MultiPolygon of a cell or zone, or Point),
        EPSG:4326. Cells without data, and places of nobody, are counted as ignored.

    Raises
    ------
    GeodataError
        When the file cannot be read, says no coordinate system, or holds nobody at all.
    """
    path = Path(path)
    declared = Declared(owner, licence, as_of)
    if path.suffix.lower() in RASTERS:
        return _read_raster(path, declared, per_km2=per_km2)
    table = read_table(path, FIELDS, needed=(("workers",),), columns=columns, sheet=sheet)
    check_placeable(table, path.name, by_name=False)
    ledger = Ledger(table.source_row, table.sheet)
    cells = table.column("workers")
    numbers, unreadable, _mended = read_numbers(cells)
    ledger.reject(
        unreadable | (numbers < 0) | np.isinf(numbers),
        table.header("workers"),
        cells.to_numpy(),
        BAD_COUNT,
    )
    shapes = _shapes(table, ledger, datum)
    frame = _frame(unique_ids(table, ledger, "density_id"), numbers, shapes)
    read = finished(
        "density", path, table, frame=frame, ledger=ledger, declared=declared, datum=datum
    )
    return _without_nobody(read)


def _frame(
    ids: pd.Series, workers: NDArray[np.float64], shapes: NDArray[np.object_]
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    table = {"density_id": ids.to_numpy(), "workers": np.nan_to_num(workers)}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=STORAGE_CRS)


def _shapes(table: Table, ledger: Ledger, datum: str) -> NDArray[np.object_]:
    geometry = table.geometry
    areas = geometry is not None and bool((shapely.get_dimensions(geometry.array) > 1).any())
    if geometry is None or not areas:
        located = read_points(table, ledger, datum)
        ledger.reject(~located.present, table.header("lon"), "", NO_POINT)
        return np.asarray(point_series(located).array, dtype=object)
    if geometry.crs is not None and not geometry.crs.equals(STORAGE_CRS):
        geometry = geometry.to_crs(STORAGE_CRS)
    shapes = np.array(geometry.array, dtype=object)
    shapes[shapely.is_missing(shapes)] = shapely.MultiPolygon()
    shapes, _strayed = polygons_of(shapely.make_valid(shapes))
    ledger.reject(shapely.area(shapes) == 0, "geometry", "", NO_SHAPE)
    if datum_named(datum) in {"gcj02", "bd09"}:
        shapes = shapely.transform(
            shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum))
        )
    return np.asarray(shapes, dtype=object)


def _without_nobody(read: Read) -> Read:
    """Count places of nobody as ignored: they hold nothing to lose."""
    some = (read.frame["workers"] > 0).to_numpy()
    if not some.any():
        fix = _("check the column or band that holds the workers")
        raise EmptyLayerError(Fault(_("nobody works anywhere"), read.record.path, fix=fix))
    nobody = int((~some).sum())
    if not nobody:
        return read
    values = read.record.to_dict()
    values["ignored"] = {**values["ignored"], NOBODY: nobody}
    values["kept"] -= nobody
    gone = set(read.frame.loc[~some, "source_row"])
    repaired = read.repaired[~read.repaired["source_row"].isin(gone)].reset_index(drop=True)
    values["repaired"] = dict(sorted(Counter(repaired["reason"]).items()))
    values["repaired_rows"] = int(repaired["source_row"].nunique())
    frame = read.frame[some].reset_index(drop=True)
    return Read(frame, SourceRecord.from_dict(values), read.rejected, repaired)


def _read_raster(path: Path, declared: Declared, *, per_km2: bool) -> Read:
    import rasterio

    if not path.is_file():
        fix = _("check the path in the scenario")
        raise InputMissingError(Fault(_("there is no such file"), str(path), fix=fix))
    try:
        with rasterio.open(path) as source:
            return _from_raster(path, source, declared, per_km2=per_km2)
    except rasterio.errors.RasterioError as error:
        what = _("not a GeoTIFF that can be read: {why}").format(why=str(error)[:200])
        raise InputFormatError(
            Fault(what, path.name, fix=_("save it as a GeoTIFF in a GIS"))
        ) from error


def _from_raster(path: Path, source: object, declared: Declared, *, per_km2: bool) -> Read:
    width, height, crs = source.width, source.height, source.crs  # type: ignore[attr-defined]
    if crs is None:
        fix = _("set it in a GIS, or add the .prj file")
        what = _("the map file does not say its coordinate system")
        raise CrsError(Fault(what, path.name, fix=fix))
    if width * height > CELLS_MOST:
        fix = _("cut it to the city")
        what = _("{count} cells are more than {most}").format(
            count=f"{width * height:,}", most=f"{CELLS_MOST:,}"
        )
        raise InputFormatError(Fault(what, path.name, fix=fix))
    parts = list(_counted_cells(source))
    row, column, value = (np.concatenate(one) for one in zip(*parts, strict=True))
    rows = row * width + column + 1
    ledger = Ledger(rows)
    ledger.reject((value < 0) | np.isinf(value), "band 1", value, BAD_COUNT)
    corners = _corners(source, row, column)
    if per_km2:
        value = value * _km2(corners)
    boxes = np.asarray(shapely.polygons(corners), dtype=object)
    ids = pd.Series([f"r{r}c{c}" for r, c in zip(row.tolist(), column.tolist(), strict=True)])
    frame = _frame(ids, value, boxes).assign(source_row=rows)
    kept = frame[ledger.alive & (value > 0)].reset_index(drop=True)
    if kept.empty:
        fix = _("check the column or band that holds the workers")
        raise EmptyLayerError(Fault(_("nobody works anywhere"), path.name, fix=fix))
    refused = ledger.rejected_by_reason()
    empty = {NOBODY: int(np.count_nonzero(value == 0))}
    empty[NO_DATA] = width * height - len(value)
    record = SourceRecord(
        layer="density",
        path=path.name,
        sha256=file_sha256(path),
        rows_in=width * height,
        kept=len(kept),
        rejected=refused,
        ignored={reason: count for reason, count in sorted(empty.items()) if count},
        crs=str(crs),
        licence=declared.licence,
        owner=declared.owner,
        as_of=declared.as_of,
    )
    return Read(kept, record, ledger.rejected, ledger.repaired)


def _counted_cells(
    source: object,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Yield row, column and value of the cells that hold a number, block by block."""
    for _place, window in source.block_windows(1):  # type: ignore[attr-defined]
        band = source.read(1, window=window, masked=True)  # type: ignore[attr-defined]
        values = np.ma.filled(band.astype(np.float64), np.nan)
        row, column = np.nonzero(~np.isnan(values))
        yield row + window.row_off, column + window.col_off, values[row, column]


def _corners(
    source: object, row: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the five corners of each cell's ring in degrees, shape (cells, 5, 2)."""
    from rasterio.warp import transform

    across = np.stack([column, column + 1, column + 1, column, column], axis=1).ravel()
    down = np.stack([row, row, row + 1, row + 1, row], axis=1).ravel()
    a = source.transform  # type: ignore[attr-defined]
    x, y = a.a * across + a.b * down + a.c, a.d * across + a.e * down + a.f
    lon, lat = transform(source.crs, STORAGE_CRS, x, y)  # type: ignore[attr-defined]
    return np.column_stack([lon, lat]).reshape(-1, 5, 2)


def _km2(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area of each cell; a cell is small, so its degrees are metres of its own latitude."""
    middle = np.radians(corners[:, 0, 1])
    x = (corners[:, :, 0] - corners[:, :1, 0]) * 111.320 * np.cos(middle)[:, None]
    y = (corners[:, :, 1] - corners[:, :1, 1]) * 110.940
    return np.asarray(np.abs((x[:, :-1] * y[:, 1:] - x[:, 1:] * y[:, :-1]).sum(axis=1)) / 2)
