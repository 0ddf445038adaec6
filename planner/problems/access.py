"""Network access points: where people and premises meet the road network.

Points on the same stretch of the same edge share one access point, so that demand is counted once per place and not
once per enterprise. The stretch (``grid_m``) and the access step are part of the definition of a travel time here:
an enterprise's minutes are those of its access point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from geodata.roads import RoadNetwork, Snapped

ACCESS_STEP_DS = 50
"""Access time is rounded to so many deciseconds (about 7 m on foot)."""


@dataclass(frozen=True, eq=False)
class Access:
    """Entities of one layer on the network.

    Parameters
    ----------
    entities
        ``entity_id``, ``access_id`` (absent when not usable), ``status`` (see ``geodata.roads.SnapStatus``),
        ``distance_m``; in the order of the layer.
    points
        ``access_id``, ``edge``, ``fraction``, ``access_ds``; one row per used access point, sorted by id.
    mode
        Travel mode.
    """

    entities: pd.DataFrame
    points: pd.DataFrame
    mode: str

    def snapped(self, access_ids: NDArray[np.str_] | None = None) -> Snapped:
        """Return the access points (all, or those named, in that order) as positions on the network."""
        from geodata.roads import Snapped

        points = (
            self.points
            if access_ids is None
            else self.points.set_index("access_id").loc[list(access_ids)]
        )
        return Snapped(
            edge=points["edge"].to_numpy(np.int32),
            fraction=points["fraction"].to_numpy(np.float64),
            distance_m=np.zeros(len(points)),
            status=np.zeros(len(points), np.uint8),
            access_ds=points["access_ds"].to_numpy(np.int32),
            mode=self.mode,
        )


def access_points(
    layer: gpd.GeoDataFrame,
    id_column: str,
    network: RoadNetwork,
    *,
    mode: str,
    max_snap_m: float,
    grid_m: float,
    barriers: NDArray[np.object_] | None = None,
) -> Access:
    """Place a point layer on the network.

    Parameters
    ----------
    layer
        Points in the network's CRS.
    id_column
        Column of unique ids.
    network, mode
        Roads, and who moves on them.
    max_snap_m
        Farthest usable road, metres, inclusive; farther points get a status and no access point.
    grid_m
        Length of a stretch of edge that is one access point.
    barriers
        Lines that nobody crosses on the way to the road, such as water.
    """
    import pandas as pd

    from geodata.roads import snap

    xy = np.column_stack([layer.geometry.x.to_numpy(), layer.geometry.y.to_numpy()])
    snapped = snap(xy, network, mode, max_distance_m=max_snap_m, barriers=barriers)
    usable = snapped.status == 0
    edge = np.where(usable, snapped.edge, 0)
    length = network.edge_length_m[edge]
    stretch = np.floor(np.where(usable, snapped.fraction, 0.0) * length / grid_m).astype(np.int64)
    step = np.rint(np.where(usable, snapped.access_ds, 0) / ACCESS_STEP_DS).astype(np.int64)
    ids = (
        pd.Series(edge).astype(str)
        + "-"
        + pd.Series(stretch).astype(str)
        + "-"
        + pd.Series(step).astype(str)
    )
    entities = pd.DataFrame(
        {
            "entity_id": layer[id_column].to_numpy(),
            "access_id": ids.where(usable),
            "status": snapped.status.astype(np.int64),
            "distance_m": snapped.distance_m,
        }
    )
    middle = np.minimum((stretch + 0.5) * grid_m, (stretch * grid_m + length) / 2)
    points = pd.DataFrame(
        {
            "access_id": ids,
            "edge": edge.astype(np.int64),
            "fraction": np.divide(middle, length, out=np.zeros_like(middle), where=length > 0),
            "access_ds": step * ACCESS_STEP_DS,
        }
    )[usable]
    points = points.drop_duplicates("access_id").sort_values("access_id").reset_index(drop=True)
    return Access(entities, points, mode)


def demand_at(access: Access, weights: pd.Series) -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    """Sum weights (aligned with the layer's rows) per access point; people without one are left out.

    Returns
    -------
    tuple
        Access ids, ascending, and the weight at each; points without weight are left out.
    """
    frame = access.entities.assign(weight=np.asarray(weights, float))
    total = frame.dropna(subset="access_id").groupby("access_id")["weight"].sum()
    total = total[total > 0]
    return total.index.to_numpy(dtype=str), total.to_numpy(np.float64)
