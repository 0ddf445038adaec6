"""Basic units made from the network: blocks between main roads, water and railways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.areas.frames import require_columns, require_network_crs, require_projected
from geodata.areas.gaps import GRID_M, cut_by_gaps, ground_lines, open_gaps
from geodata.areas.merging import dissolve, merge_small, share_gaps
from geodata.areas.parallel import each
from geodata.areas.walkways import edge_lines
from geodata.errors import EmptyLayerError, Fault
from geodata.messages import translator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geodata.areas.gaps import Gap
    from geodata.roads.network import RoadNetwork

_ = translator("geodata")

MAIN_ROADS: Final = ("motorway", "trunk", "primary", "secondary", "tertiary")
"""Highway classes that bound blocks; their links (``_link``) are left out, they only make slivers."""


def make_blocks(
    street_towns: gpd.GeoDataFrame,
    network: RoadNetwork,
    *,
    classes: Sequence[str] = MAIN_ROADS,
    barriers: gpd.GeoSeries | None = None,
    least_m2: float = 40_000.0,
    void_m: float | None = 60.0,
) -> gpd.GeoDataFrame:
    """Cut each street_town into blocks along its main roads, water and railways.

    The lines are noded and polygonised; faces too small for a unit (islands between carriageways, junctions) join
    the neighbour they share most border with. Where a wide gap without roads cuts a face in two (a river that no file
    drew), its banks become parts of different blocks and the gap is shared out, each point to the nearest, so that the
    blocks of two banks meet in mid-stream and adjoin only where a bridge is.
    Its weakness: a wide works yard or park that reaches across a face cuts it too.

    Parameters
    ----------
    street_towns
        ``street_town_id`` and polygons in the network's CRS; no block crosses their borders.
    network
        Roads; edges of ``classes`` bound blocks whatever mode may use them.
    classes
        Highway classes that bound blocks.
    barriers
        Water, railways and walls: lines, or polygons whose outlines count; in the same CRS.
    least_m2
        Smallest block, inclusive; a street_town smaller than this is one block.
    void_m
        A gap is where a circle of this radius holds no road but bridges and tunnels; None: gaps cut nothing.

    Returns
    -------
    GeoDataFrame
        ``unit_id`` (``<street_town_id>-b0001`` ..., from south-west), ``name``, ``street_town_id``, polygons. They cover each
        street_town without overlap.

    Raises
    ------
    MissingColumnError, CrsError, EmptyLayerError
        For layers that cannot be used.
    """
    require_columns(street_towns, ["street_town_id"], "street_towns")
    layers = [street_towns] if barriers is None else [street_towns, barriers]
    require_projected(*layers)
    require_network_crs(street_towns, network)
    if street_towns.empty:
        raise EmptyLayerError(Fault(_("there is no street_town"), "street_towns"))
    towns = street_towns.sort_values("street_town_id", kind="stable").reset_index(drop=True)
    areas = np.asarray(towns.geometry.array, dtype=object)
    wanted = [i for i, name in enumerate(network.highway_classes) if name in classes]
    main = np.flatnonzero(np.isin(network.edge_highway, wanted))
    lines = [edge_lines(network, main)]
    if barriers is not None:
        lines.append(_as_lines(barriers))
    faces, town = _faces(np.concatenate(lines), areas)
    parting: list[Gap] = []
    if void_m is not None:
        gaps = open_gaps(ground_lines(network), areas, void_m=void_m, least_m2=least_m2)
        faces, town, parting = cut_by_gaps(faces, town, gaps)
    label = merge_small(faces, town, least_m2=least_m2)
    units, unit_town = dissolve(faces, town, label)
    units = share_gaps(units, label, faces, parting)
    # a piece that gaps alone surrounded has neighbours only now
    again = merge_small(units, unit_town, least_m2=least_m2)
    units, unit_town = dissolve(units, unit_town, again)
    return _numbered(units, unit_town, towns)


def _as_lines(barriers: gpd.GeoSeries) -> NDArray[np.object_]:
    parts = shapely.get_parts(np.asarray(barriers.array, dtype=object))
    surface = shapely.get_dimensions(parts) == 2
    parts[surface] = shapely.boundary(parts[surface])
    lines = shapely.get_parts(parts)
    kept: NDArray[np.object_] = lines[shapely.get_dimensions(lines) == 1]
    return kept


def _faces(
    lines: NDArray[np.object_], areas: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the faces that the lines cut the areas into, and the area each lies in."""
    tree = shapely.STRtree(lines)

    def cut(area: BaseGeometry) -> NDArray[np.object_]:
        near = np.sort(tree.query(area, predicate="intersects"))
        # a grid makes near-coincident lines (two carriageways, a boundary along a road) meet at nodes
        nodes = shapely.union_all(
            np.array([*lines[near], shapely.boundary(area)]), grid_size=GRID_M
        )
        pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(nodes)))
        dots = shapely.point_on_surface(pieces)
        inside = shapely.covers(shapely.buffer(area, 2 * GRID_M), dots)
        shapely.prepare(area)
        kept: NDArray[np.object_] = pieces[inside & shapely.intersects(area, dots)]
        return kept

    faces = each(cut, list(areas))
    town = np.repeat(np.arange(len(areas)), [len(part) for part in faces])
    return np.concatenate(faces), town


def _numbered(
    faces: NDArray[np.object_], town: NDArray[np.int64], towns: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Give ids from south-west to north-east inside each street_town."""
    xy = shapely.get_coordinates(shapely.point_on_surface(faces))
    order = np.lexsort((np.round(xy[:, 1], 1), np.round(xy[:, 0] + xy[:, 1], 1), town))
    faces, town = faces[order], town[order]
    number = pd.Series(town).groupby(town).cumcount().to_numpy() + 1
    names = towns["street_town_id"].to_numpy(dtype=object)[town]
    ids = pd.Series([f"{t}-b{n:04d}" for t, n in zip(names, number, strict=True)], dtype="str")
    frame = gpd.GeoDataFrame(
        {"unit_id": ids, "name": ids, "street_town_id": pd.Series(names, dtype="str")},
        geometry=faces,
        crs=towns.crs,
    )
    return frame.sort_values("unit_id").reset_index(drop=True)
