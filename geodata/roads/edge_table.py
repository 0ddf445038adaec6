"""Roads from a table of edges, as osmnx writes them: GraphML, GeoPackage, GeoParquet, Shapefile, or a frame."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.crs import STORAGE_CRS
from geodata.errors import (
    CrsError,
    EmptyLayerError,
    Fault,
    InputFormatError,
    MissingColumnError,
)
from geodata.messages import translator
from geodata.roads.osm_file import DELAYING, NODE_KEYS, checked_file
from geodata.roads.raw import TAG_KEYS, RawRoads, Tags

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["EDGE_SUFFIXES", "read_edge_file", "roads_from_edges"]

_ = translator("geodata")

EDGE_SUFFIXES = (".graphml", ".gpkg", ".parquet", ".geoparquet", ".shp", ".geojson")
# Ends closer than this are one junction where a table names no nodes, degrees (about a centimetre).
SAME_PLACE_DEG = 1e-7
_YES, _NO = ("true", "yes", "1", "1.0", "t"), ("false", "no", "0", "0.0", "f", "")


# Lines with coordinates that are not numbers are expected here, and counted further on.
@np.errstate(invalid="ignore")
def read_edge_file(path: str | Path) -> RawRoads:
    """Read a GraphML, GeoPackage, GeoParquet, Shapefile or GeoJSON of edges.

    A GeoPackage may have the layers ``nodes`` and ``edges`` that osmnx writes, or a single layer of lines.

    Parameters
    ----------
    path
        File whose name ends in one of `EDGE_SUFFIXES`.

    Returns
    -------
    RawRoads

    Raises
    ------
    InputMissingError, InputFormatError, EmptyLayerError, MissingColumnError, CrsError
        As `roads_from_edges`, and when the file cannot be read.
    """
    file = checked_file(path)
    if file.suffix.lower() == ".graphml":
        return _read_graphml(file)
    import geopandas as gpd

    nodes = None
    try:
        if file.suffix.lower() in (".parquet", ".geoparquet"):
            edges = gpd.read_parquet(file)
        elif file.suffix.lower() == ".gpkg":
            layers = set(gpd.list_layers(file)["name"])
            edges = gpd.read_file(file, layer="edges") if "edges" in layers else gpd.read_file(file)
            nodes = gpd.read_file(file, layer="nodes") if "nodes" in layers else None
        else:
            edges = gpd.read_file(file)
    except Exception as error:  # readers raise many kinds, all of them mean the same
        raise _unreadable(file, error) from error
    if not isinstance(edges, gpd.GeoDataFrame):
        raise _unreadable(file, ValueError(_("it has no geometry")))
    return roads_from_edges(edges, nodes, where=str(path))


def _read_graphml(file: Path) -> RawRoads:
    import osmnx

    from geodata.roads.graph_exchange import roads_from_graph

    try:
        graph = osmnx.load_graphml(file)
    except Exception as error:
        raise _unreadable(file, error) from error
    return roads_from_graph(graph, where=str(file))


def _unreadable(file: Path, error: Exception) -> InputFormatError:
    return InputFormatError(
        Fault(
            _("this cannot be read as a file of road edges"),
            where=str(file),
            examples=(str(error),),
            fix=_(
                "Give lines with a `highway` column, as osmnx saves them, and check that the file is whole."
            ),
        )
    )


@np.errstate(invalid="ignore")
def roads_from_edges(
    edges: gpd.GeoDataFrame, nodes: pd.DataFrame | None = None, *, where: str = ""
) -> RawRoads:
    """Turn a table of edges into roads.

    Columns: ``geometry`` (lines) and ``highway`` are needed; ``u``, ``v`` (nodes; else ends that coincide are one
    node), ``osmid``, ``length`` (metres), ``oneway``, ``reversed`` and any OSM tag are used where present.
    An edge that is not one-way and stands in the table in both directions is taken once. Where osmnx has merged
    several values into a list, the first one counts.

    Parameters
    ----------
    edges
        One row per edge; any CRS, but it must have one.
    nodes
        Nodes with ``osmid`` and the tags of signals, crossings and barriers.
    where
        Name of the file, for messages.

    Returns
    -------
    RawRoads
        Vertices between the ends get negative node ids.

    Raises
    ------
    EmptyLayerError, MissingColumnError, CrsError
        No rows; no ``highway``; no CRS.
    """
    import shapely

    table = edges.reset_index()
    if table.empty:
        raise EmptyLayerError(Fault(_("the table has no road edge"), where=where))
    if "highway" not in table:
        raise MissingColumnError(
            Fault(
                _("the column {column} is missing").format(column="highway"),
                where=where,
                examples=[str(c) for c in table.columns],
                fix=_("Keep the OSM tag that says what kind of road each edge is."),
            )
        )
    if edges.crs is None:
        raise CrsError(
            Fault(
                _("the road edges have no coordinate system"),
                where=where,
                fix=_("Save them with one."),
            )
        )
    repairs: Counter[str] = Counter()
    shapes = np.asarray(edges.geometry.to_crs(STORAGE_CRS).array)
    lines = (shapely.get_type_id(shapes) == 1) & ~shapely.is_empty(shapes)
    if (~lines).any():
        repairs["edges_without_a_line"] += int((~lines).sum())
    if not lines.any():
        raise EmptyLayerError(Fault(_("the table has no road edge"), where=where))
    table, shapes = table.loc[lines].reset_index(drop=True), shapes[lines]
    tags = _tags(table)
    u, v = _ends(table, shapes)
    once = _once(table, tags, u, v, shapes)
    table, tags, shapes = table.loc[once].reset_index(drop=True), tags.loc[once], shapes[once]
    return _roads(table, tags, (u[once], v[once]), shapes, nodes=nodes, repairs=repairs)


def _first(value: Any) -> str | None:
    """Text of a tag, the first of several; None where it is missing."""
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    text = str(value).strip()
    if text.startswith("["):
        found = re.search(r"['\"](.+?)['\"]|(\w+)", text)
        text = (found[1] or found[2]) if found else ""
    return text or None


def _tags(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    found = {key: [_first(v) for v in table[key]] for key in TAG_KEYS if key in table}
    tags = pd.DataFrame(found, dtype=object)
    if "oneway" in tags:
        tags["oneway"] = [_one_way(v) for v in tags["oneway"]]
    return tags


def _one_way(value: str | None) -> str | None:
    if value is None:
        return None
    low = value.lower()
    return "yes" if low in _YES else "no" if low in _NO else low


def _ends(table: pd.DataFrame, shapes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if "u" in table and "v" in table and table[["u", "v"]].notna().all(axis=None):
        try:
            return table["u"].to_numpy().astype(np.int64), table["v"].to_numpy().astype(np.int64)
        except (TypeError, ValueError):
            pass  # ids that are not numbers: the coordinates tell the junctions apart as well
    import shapely

    ends = np.concatenate(
        [
            shapely.get_coordinates(shapely.get_point(shapes, 0)),
            shapely.get_coordinates(shapely.get_point(shapes, -1)),
        ]
    )
    _places, at = np.unique(
        np.rint(ends / SAME_PLACE_DEG).astype(np.int64), axis=0, return_inverse=True
    )
    ids = at.reshape(-1).astype(np.int64) + 1
    return ids[: len(shapes)], ids[len(shapes) :]


def _once(
    table: pd.DataFrame,
    tags: pd.DataFrame,
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    shapes: NDArray[Any],
) -> NDArray[np.bool_]:
    """Keep one of the two directions in which a two-way edge stands in the table."""
    import pandas as pd
    import shapely

    one_way = np.zeros(len(table), bool)
    if "oneway" in tags:
        one_way = tags["oneway"].isin(["yes", "-1", "reverse"]).to_numpy()
    # The same line drawn from either end has the same length to the millimetre and the same ends.
    size = np.rint(shapely.length(shapes) / SAME_PLACE_DEG).astype(np.int64)
    count = shapely.get_num_points(shapes)
    key = pd.DataFrame(
        {"low": np.minimum(u, v), "high": np.maximum(u, v), "size": size, "count": count}
    )
    key["highway"] = tags["highway"].to_numpy()
    repeated = key.assign(one=one_way).duplicated().to_numpy()
    both_directions: NDArray[np.bool_] = ~(repeated & ~one_way)
    # a one-way edge is repeated only where the direction is the same as well
    same_arc = key.assign(u=u).duplicated().to_numpy() & one_way
    both_directions[same_arc] = False
    return both_directions


def _roads(
    table: pd.DataFrame,
    tags: pd.DataFrame,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    shapes: NDArray[Any],
    *,
    nodes: pd.DataFrame | None,
    repairs: Counter[str],
) -> RawRoads:
    import pandas as pd
    import shapely

    u, v = ends
    xy = shapely.get_coordinates(shapes)
    sizes = shapely.get_num_points(shapes).astype(np.int64)
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    ids = np.empty(len(xy), np.int64)
    first, last = indptr[:-1], indptr[1:] - 1
    inner = np.ones(len(xy), bool)
    inner[first] = inner[last] = False
    lowest = min(int(u.min(initial=0)), int(v.min(initial=0)), 0)
    ids[inner] = lowest - 1 - np.arange(int(inner.sum()))
    ids[first], ids[last] = u, v
    node_id, at, number = np.unique(ids, return_index=True, return_inverse=True)
    codes = pd.MultiIndex.from_frame(tags.fillna("")).factorize()[0] if len(tags.columns) else None
    code = np.zeros(len(table), np.int32) if codes is None else codes.astype(np.int32)
    _kinds, sample = np.unique(code, return_index=True)
    rows = tags.iloc[sample].to_dict("records")
    profiles = tuple({str(k): t for k, t in row.items() if isinstance(t, str)} for row in rows)
    return RawRoads(
        way_id=_way_ids(table),
        way_profile=code,
        profiles=profiles,
        way_indptr=indptr,
        way_nodes=number.astype(np.int32),
        node_id=node_id,
        lon=xy[at, 0],
        lat=xy[at, 1],
        node_tags=_node_tags(nodes, node_id),
        way_length_m=pd.to_numeric(table["length"], errors="coerce").to_numpy(
            float, na_value=np.nan
        )
        if "length" in table
        else None,
        repairs=repairs,
    )


def _way_ids(table: pd.DataFrame) -> NDArray[np.int64]:
    if "osmid" not in table:
        return np.arange(1, len(table) + 1, dtype=np.int64)
    texts = [_first(value) for value in table["osmid"]]
    found = [re.search(r"-?\d+", text or "") for text in texts]
    return np.array([int(m[0]) if m else 0 for m in found], np.int64)


def _node_tags(nodes: pd.DataFrame | None, node_id: NDArray[np.int64]) -> dict[int, Tags]:
    if nodes is None or not len(nodes):
        return {}
    table = nodes.reset_index()
    name = next((c for c in ("osmid", "osm_id", "id", "index") if c in table), None)
    keys = [key for key in NODE_KEYS if key in table]
    if name is None or not {"highway", "barrier"} & set(keys):
        return {}
    place = {int(ref): k for k, ref in enumerate(node_id)}
    tags: dict[int, Tags] = {}
    for ref, *values in table[[name, *keys]].itertuples(index=False):
        texts = {
            key: text for key, value in zip(keys, values, strict=True) if (text := _first(value))
        }
        if int(ref) in place and ("barrier" in texts or texts.get("highway") in DELAYING):
            tags[place[int(ref)]] = texts
    return tags
