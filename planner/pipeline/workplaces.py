"""The table of workplaces laid over the register: dispatched, construction and headquarters staff counted where they work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.layers.settled import Settled, ledger_of
from geodata.messages import translator
from geodata.provenance import Read
from geodata.sources.workplaces import BEYOND, NO_HOST, UNKNOWN

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers import Layers

_ = translator("planner")


def move_workers(layers: Layers, read: Read) -> Layers:
    """Return the layers with the workers of the register where the table says, and the table's own record.

    Rows that cannot be used are rejected with their reason and their workers stay at the office.

    Parameters
    ----------
    layers
        What was read and checked.
    read
        What `geodata.sources.read_workplaces` returned.

    Raises
    ------
    InvalidRowsError
        When a table places more people than an enterprise has, or one place twice.
    """
    from planner.organisations import split_by_workplace
    from planner.pipeline.inputs import with_record

    frame = read.frame.to_crs(layers.crs).reset_index(drop=True)
    ledger = ledger_of(read)
    known = _Known(layers.enterprises)
    enterprise = known.find(frame["enterprise_id"], frame["enterprise_name"])
    ledger.reject(enterprise < 0, "enterprise_id", _said(frame, "enterprise_id"), UNKNOWN)
    host = known.find(frame["host"], frame["host"])
    points = np.asarray(frame.geometry.array, dtype=object)
    unplaced = frame.geometry.isna().to_numpy(bool)
    ledger.reject(unplaced & (host < 0), "host", _said(frame, "host"), NO_HOST)
    hosted = unplaced & (host >= 0)
    points[hosted] = np.asarray(layers.enterprises.geometry.array, dtype=object)[host[hosted]]
    beyond = ~_inside(points, layers)
    ledger.reject(beyond, "geometry", "", BEYOND)
    ids = layers.enterprises["enterprise_id"].to_numpy(dtype=object)
    carrier = layers.enterprises["carrier_name"].to_numpy(dtype=object)
    table = frame.assign(
        enterprise_id=pd.Series(ids[np.maximum(enterprise, 0)], dtype="str"),
        carrier_name=frame["carrier_name"].where(
            ~hosted | frame["carrier_name"].notna().to_numpy(),
            pd.Series(carrier[np.maximum(host, 0)], dtype="str"),
        ),
    ).set_geometry(points, crs=layers.crs)
    settled = Settled(read, table, ledger)
    placed = settled.frame
    moved = split_by_workplace(layers.enterprises, placed) if len(placed) else layers.enterprises
    if settled.record is None:
        raise TypeError
    if len(placed):
        said = _(
            "{workers} workers of {count} enterprises are counted at {places} workplaces"
        ).format(
            workers=f"{int(placed['workers'].sum()):,}",
            count=f"{placed['enterprise_id'].nunique():,}",
            places=f"{len(placed):,}",
        )
        settled.record = replace(settled.record, notes=(*settled.record.notes, said))
    done = Read(settled.frame, settled.record, settled.rejected, settled.repaired)
    return with_record(replace(layers, enterprises=moved), done)


class _Known:
    """The register's enterprises by id, and by name where only one has it."""

    def __init__(self, enterprises: gpd.GeoDataFrame) -> None:
        rows = np.arange(len(enterprises))
        self._ids = pd.Series(rows, index=enterprises["enterprise_id"].astype(str))
        names = enterprises["name"].astype(str)
        single = ~names.duplicated(keep=False).to_numpy()
        self._names = pd.Series(rows[single], index=names[single])

    def find(self, ids: pd.Series, names: pd.Series) -> NDArray[np.int64]:
        """Return the row of each enterprise, -1 where it is not known."""
        by_id, by_name = ids.map(self._ids), names.map(self._names)
        return by_id.fillna(by_name).fillna(-1).to_numpy(np.int64)


def _said(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    other = "enterprise_name" if column == "enterprise_id" else column
    return frame[column].fillna(frame[other]).fillna("").to_numpy(dtype=object)


def _inside(points: NDArray[np.object_], layers: Layers) -> NDArray[np.bool_]:
    """Tell which points lie in a street_town; missing ones count as inside, they are refused for that already."""
    import shapely

    areas = np.asarray(layers.street_towns.geometry.array, dtype=object)
    inside = shapely.is_missing(points)
    placed = np.flatnonzero(~inside)
    hit = shapely.STRtree(points[placed]).query(areas, predicate="intersects")[1]
    inside[placed[np.unique(hit)]] = True
    return inside
