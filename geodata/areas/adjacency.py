"""Which basic units adjoin on the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.areas.assignment import locate
from geodata.areas.borders import shared_borders
from geodata.areas.centres import unit_centres, walk_between
from geodata.areas.crossings import NOT_CROSSED, crossed_borders, links_over_gaps
from geodata.areas.frames import require_network_crs, sorted_units
from geodata.areas.walkways import OVER, walkways

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.roads.network import RoadNetwork

COLUMNS = ("unit_a", "unit_b", "border_m", "crossing", "over", "walk_ds", "adjoins")


def build_adjacency(
    units: gpd.GeoDataFrame,
    network: RoadNetwork,
    mode: str = "walk",
    *,
    border_least_m: float = 5.0,
    cutoff_min: float = 90.0,
    gap_most_m: float = 2000.0,
) -> pd.DataFrame:
    """Find the units that adjoin: they share a border and one can walk across it.

    A river, motorway or railway along the border separates unless a road of ``mode`` crosses it. Units that share no
    border and are joined by a bridge, tunnel or ferry over ground of no unit adjoin too (``border_m`` 0).

    Parameters
    ----------
    units
        ``unit_id`` and polygons in the network's CRS.
    network
        Road network with ``mode``.
    mode
        Mode that must be able to cross.
    border_least_m
        Shortest stretch of outline, inclusive, that counts as a border.
    cutoff_min
        Longest walk between two centres, inclusive; a pair beyond it has no row.
    gap_most_m
        Widest gap a bridge or ferry is followed over.

    Returns
    -------
    DataFrame
        By ``unit_a``, ``unit_b`` (a < b): ``border_m``, ``crossing``, ``over`` (what one crosses on: ``street``, else
        ``bridge``, ``tunnel`` or ``ferry``, ``""`` for none), ``walk_ds`` (deciseconds between the units' centres, the slower
        direction), ``adjoins``.

    Raises
    ------
    CrsError, NetworkError, InvalidRowsError, EmptyLayerError
        For layers that do not fit each other, a mode the network lacks, or unusable units.
    """
    units = sorted_units(units)
    require_network_crs(units, network)
    polygons = np.asarray(units.geometry.array, dtype=object)
    ways = walkways(network, mode)
    borders = shared_borders(polygons, least_m=border_least_m)
    crossed = crossed_borders(borders, polygons, ways)
    known = set(zip(borders.a.tolist(), borders.b.tolist(), strict=True))
    node_unit = locate(ways.node_point, polygons)
    over = links_over_gaps(known, polygons, ways, node_unit=node_unit, gap_most_m=gap_most_m)
    bridge = np.array(list(over), dtype=np.int64).reshape(-1, 2)
    a = np.concatenate([borders.a, bridge[:, 0]])
    b = np.concatenate([borders.b, bridge[:, 1]])
    kind = np.concatenate([crossed, np.array(list(over.values()), dtype=np.int8)])
    crossing = kind != NOT_CROSSED
    centres = unit_centres(polygons, ways, node_unit)
    walk = walk_between(centres, a, b, network=network, mode=mode, cutoff_min=cutoff_min)
    ids = units["unit_id"].to_numpy(dtype=object)
    frame = pd.DataFrame(
        {
            "unit_a": pd.Series(ids[a], dtype="str"),
            "unit_b": pd.Series(ids[b], dtype="str"),
            "border_m": np.concatenate([borders.length_m, np.zeros(len(bridge))]),
            "crossing": crossing,
            "over": pd.Series(np.array([*OVER, ""], dtype=object)[kind], dtype="str"),
            "walk_ds": walk,
            "adjoins": crossing,
        }
    )
    frame = frame[frame["walk_ds"] >= 0]
    return frame.sort_values(["unit_a", "unit_b"]).reset_index(drop=True)
