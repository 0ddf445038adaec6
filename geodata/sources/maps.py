"""Map files: GeoPackage, GeoJSON, Shapefile (with .cpg or GBK) and others GDAL reads."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

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
            frame = pyogrio.read_dataframe(path, layer=layer or names[0], encoding=_encoding(path))
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


def _encoding(path: Path) -> str | None:
    if path.suffix.lower() != ".shp":
        return None
    declared = path.with_suffix(".cpg")
    if declared.exists():
        return None
    table = path.with_suffix(".dbf")
    if not table.exists():
        return None
    try:
        # Row bytes of a .dbf are plain text, so strict UTF-8 tells the two apart.
        table.read_bytes()[32:].decode("utf-8")
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
