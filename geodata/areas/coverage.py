"""Whether units cover the city once: overlaps, holes, and which area goes first where two claim the same ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.areas.frames import require_columns, require_projected, sorted_units
from geodata.messages import translator

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ = translator("geodata")


def find_overlaps(
    areas: gpd.GeoDataFrame, id_column: str, *, least_m2: float = 1.0
) -> pd.DataFrame:
    """List the pairs of areas that claim the same ground.

    Returns
    -------
    DataFrame
        ``a``, ``b`` (ids, a < b), ``overlap_m2`` (at least ``least_m2``), by a and b.
    """
    require_columns(areas, [id_column], "areas")
    require_projected(areas)
    ordered = areas.sort_values(id_column, kind="stable")
    polygons = np.asarray(ordered.geometry.array, dtype=object)
    a, b = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    keep = a < b
    a, b = a[keep], b[keep]
    size = shapely.area(shapely.intersection(polygons[a], polygons[b]))
    ids = ordered[id_column].to_numpy(dtype=object)
    hit = size >= least_m2
    frame = pd.DataFrame(
        {
            "a": pd.Series(ids[a[hit]], dtype="str"),
            "b": pd.Series(ids[b[hit]], dtype="str"),
            "overlap_m2": size[hit],
        }
    )
    return frame.sort_values(["a", "b"]).reset_index(drop=True)


def resolve_overlaps(
    areas: gpd.GeoDataFrame, id_column: str, rank_column: str | None = None
) -> gpd.GeoDataFrame:
    """Give ground that several areas claim to the one that goes first.

    A development zone (开发区) is a jurisdiction beside the streets it overlaps; give it the smaller rank and it keeps its
    ground, the streets lose it. Ties, and no ranks, go by id.

    Parameters
    ----------
    areas
        Polygons in a projected CRS.
    id_column
        Column with unique ids.
    rank_column
        Column with whole numbers; smaller goes first.

    Returns
    -------
    GeoDataFrame
        By id, without overlaps; an area that loses all its ground has no row.
    """
    require_columns(areas, [id_column, *([rank_column] if rank_column else [])], "areas")
    require_projected(areas)
    keys = [rank_column, id_column] if rank_column else [id_column]
    ordered = areas.sort_values(keys, kind="stable").reset_index(drop=True)
    polygons = np.asarray(ordered.geometry.array, dtype=object).copy()
    later, earlier = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    before = earlier < later
    later, earlier = later[before], earlier[before]
    order = np.lexsort((earlier, later))
    later, earlier = later[order], earlier[order]
    first = polygons.copy()
    for rows in np.split(np.arange(len(later)), np.flatnonzero(np.diff(later)) + 1):
        if len(rows):
            place = later[rows[0]]
            taken = shapely.union_all(first[earlier[rows]])
            polygons[place] = _surface(shapely.difference(first[place], taken))
    kept = ordered.set_geometry(gpd.GeoSeries(polygons, crs=areas.crs))
    kept = kept[kept.geometry.area > 0]
    return kept.sort_values(id_column, kind="stable").reset_index(drop=True)


def _surface(geometry: object) -> object:
    """Return the polygons of a geometry, without the lines and points a difference may leave."""
    parts = shapely.get_parts(np.array([geometry], dtype=object))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def fill_holes(
    units: gpd.GeoDataFrame, street_towns: gpd.GeoDataFrame, *, least_m2: float = 100.0
) -> gpd.GeoDataFrame:
    """Cut units to their street_towns and add units of nobody, so that each street_town is covered.

    Every part of a street_town that no unit covers becomes a unit ``<street_town_id>-gap01`` ...; slivers below
    ``least_m2`` are left out. A unit that lies in several street_towns is cut: the part in its own keeps the id (its
    largest part where it names none), the others become gaps of the street_town they lie in.

    Parameters
    ----------
    units
        ``unit_id``, polygons without overlaps; ``name`` and ``street_town_id`` where known.
    street_towns
        ``street_town_id`` and polygons without overlaps, in the same CRS.

    Returns
    -------
    GeoDataFrame
        ``unit_id``, ``name``, ``street_town_id``, polygons, by id.
    """
    require_columns(street_towns, ["street_town_id"], "street_towns")
    ordered = sorted_units(units)
    require_projected(ordered, street_towns)
    towns = street_towns.sort_values("street_town_id", kind="stable").reset_index(drop=True)
    polygons = np.asarray(ordered.geometry.array, dtype=object)
    areas = np.asarray(towns.geometry.array, dtype=object)
    home = _homes(ordered, polygons, towns, areas)
    placed = np.flatnonzero(home >= 0)
    cut = polygons[placed]
    outside = ~shapely.covers(areas[home[placed]], cut)
    cut[outside] = [
        _surface(part) for part in shapely.intersection(cut[outside], areas[home[placed][outside]])
    ]
    names = ordered["name"] if "name" in ordered else ordered["unit_id"]
    town_ids = towns["street_town_id"].to_numpy(dtype=object)
    rows = [
        pd.DataFrame(
            {
                "unit_id": ordered["unit_id"].to_numpy(dtype=object)[placed],
                "name": names.to_numpy(dtype=object)[placed],
                "street_town_id": town_ids[home[placed]],
                "geometry": cut,
            }
        )
    ]
    for i, area in enumerate(areas):
        parts = shapely.get_parts(
            np.array(
                [_surface(shapely.difference(area, shapely.union_all(cut[home[placed] == i])))]
            )
        )
        parts = parts[shapely.area(parts) >= least_m2]
        corner = shapely.bounds(parts)
        parts = parts[np.lexsort((corner[:, 1], corner[:, 0]))]
        ids = [f"{town_ids[i]}-gap{k + 1:02d}" for k in range(len(parts))]
        rows.append(
            pd.DataFrame(
                {
                    "unit_id": ids,
                    "name": ids,
                    "street_town_id": [town_ids[i]] * len(parts),
                    "geometry": parts,
                }
            )
        )
    table = pd.concat([part for part in rows if len(part)], ignore_index=True)
    for column in ("unit_id", "name", "street_town_id"):
        table[column] = table[column].astype("str")
    frame = gpd.GeoDataFrame(table, geometry="geometry", crs=units.crs)
    frame = frame[frame.geometry.area > 0]
    return frame.sort_values("unit_id").reset_index(drop=True)


def _homes(
    units: gpd.GeoDataFrame,
    polygons: NDArray[np.object_],
    towns: gpd.GeoDataFrame,
    areas: NDArray[np.object_],
) -> NDArray[np.int64]:
    """Return the street_town of each unit: the one it names, else the one it lies in most; -1 for none."""
    unit, town = shapely.STRtree(areas).query(polygons, predicate="intersects")
    size = shapely.area(shapely.intersection(polygons[unit], areas[town]))
    order = np.lexsort((town, -size, unit))
    order = order[size[order] > 0]
    unit, town = unit[order], town[order]
    home = np.full(len(polygons), -1, dtype=np.int64)
    first = np.unique(unit, return_index=True)[1]
    home[unit[first]] = town[first]
    if "street_town_id" in units:
        named = pd.Index(towns["street_town_id"]).get_indexer(units["street_town_id"])
        own = np.isin(np.arange(len(polygons)) * len(areas) + named, unit * len(areas) + town)
        home = np.where((named >= 0) & own, named, home)
    return home
