"""Map files: GeoPackage, GeoJSON, Shapefile (with .cpg or GBK) and others GDAL reads."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from geodata.errors import EmptyLayerError, Fault, InputFormatError, InputMissingError
from geodata.messages import translator

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

_ = translator("geodata")


def layer_names(path: Path) -> list[str]:
    """Return the layers of a map file, in its order.

    Raises
    ------
    InputFormatError
        When it cannot be read.
    """
    import pyogrio

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [str(name) for name, _kind in pyogrio.list_layers(path)]
    except (pyogrio.errors.DataSourceError, ValueError, RuntimeError, OSError) as error:
        raise _cannot(path, error) from error


def read_map(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read one layer of a map file.

    Parameters
    ----------
    path
        The file; for a Shapefile without .cpg, texts that are not UTF-8 are read as GB18030.
    layer
        Name of the layer; the first one by default.

    Raises
    ------
    InputMissingError
        When there is no such layer.
    InputFormatError
        When the file cannot be read, or has attributes only.
    EmptyLayerError
        When it has no layer.
    """
    import geopandas as gpd
    import pandas as pd
    import pyogrio

    names = layer_names(path)
    if not names:
        raise EmptyLayerError(Fault(_("the map file has no layer"), where=path.name))
    if layer is not None and layer not in names:
        raise InputMissingError(
            Fault(
                _("there is no layer {layer}").format(layer=repr(layer)),
                where=path.name,
                count=len(names),
                examples=names,
                fix=_("use the name of one of its layers"),
            )
        )
    try:
        with warnings.catch_warnings():
            # GDAL warns of closed rings, missing .shx and the like; what matters is checked on the shapes.
            warnings.simplefilter("ignore")
            frame = _frame(path, layer or names[0])
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        ValueError,
        RuntimeError,
        OSError,
        LookupError,
    ) as error:
        raise _cannot(path, error) from error
    if isinstance(frame, gpd.GeoDataFrame):
        return frame
    return gpd.GeoDataFrame(pd.DataFrame(frame))


def _frame(path: Path, layer: str) -> Any:
    import pandas as pd
    import pyogrio

    try:
        return pyogrio.read_dataframe(path, layer=layer, encoding=_encoding(path))
    except UnicodeDecodeError:
        # A .dbf cuts names after ten bytes, in UTF-8 through the middle of a character.
        frame = pyogrio.read_dataframe(path, layer=layer, ENCODING="ISO-8859-1")
        shapes = getattr(frame, "active_geometry_name", None)
        for name in frame.columns:
            if name != shapes and not pd.api.types.is_numeric_dtype(frame[name]):
                frame[name] = [_as_utf8(cell) for cell in frame[name]]
        return frame.rename(columns={name: _as_utf8(name) for name in frame if name != shapes})


def _as_utf8(text: object) -> object:
    """Return a text whose UTF-8 bytes were taken for single letters, without a character that was cut."""
    return (
        text.encode("iso-8859-1", "ignore").decode("utf-8", "ignore")
        if isinstance(text, str)
        else text
    )


def _encoding(path: Path) -> str | None:
    if path.suffix.lower() != ".shp":
        return None
    declared = path.with_suffix(".cpg")
    if declared.exists():
        return None
    table = path.with_suffix(".dbf")
    if not table.exists():
        return None
    data = table.read_bytes()
    try:
        # Row bytes of a .dbf are plain text, so strict UTF-8 tells the two apart; names before them may be cut.
        data[int.from_bytes(data[8:10], "little") :].decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _cannot(path: Path, error: Exception) -> InputFormatError:
    return InputFormatError(
        Fault(
            _("the map file cannot be read: {why}").format(why=str(error)[:200]),
            where=path.name,
            fix=_("open it in a GIS and save it as a GeoPackage"),
        )
    )
