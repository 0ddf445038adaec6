"""The table of workplaces laid over the register: dispatched, construction and headquarters staff counted where they work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.layers.settled import Settled, ledger_of
from geodata.messages import translator
from geodata.provenance import Read
from geodata.sources.workplaces import (
    BEYOND,
    HOST_ELSEWHERE,
    NO_HOST,
    NOT_IN_FORCE,
    SAME_PLACE,
    TWO_ENTERPRISES,
    UNKNOWN,
)

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers import Layers
    from geodata.layers.ledger import Ledger

_ = translator("planner")

HOST_FAR_M = 1000.0
"""A host farther than this from a row's own coordinates is in doubt."""


def move_workers(layers: Layers, read: Read) -> Layers:
    """Return the layers with the workers of the register where the table says, and the table's own record.

    Rows that cannot be used, or were not in force on the register's day, are rejected with their reason and their workers
    stay at the office; rows that look wrong are noted.

    Parameters
    ----------
    layers
        What was read and checked.
    read
        What `geodata.sources.read_workplaces` returned.

    Raises
    ------
    InvalidRowsError
        When a table places more people than an enterprise has, one place twice, or leaves the office more members than
        workers.
    """
    from planner.organisations import split_by_workplace
    from planner.pipeline.inputs import with_record

    frame = read.frame.to_crs(layers.crs).reset_index(drop=True)
    ledger = ledger_of(read)
    known = _Known(layers.enterprises)
    enterprise = known.find(frame["enterprise_id"], frame["enterprise_name"])
    ledger.reject(enterprise < 0, "enterprise_id", _said(frame, "enterprise_id"), UNKNOWN)
    named = known.find_name(frame["enterprise_name"])
    two = (enterprise >= 0) & (named >= 0) & (named != enterprise)
    ledger.reject(two, "enterprise_name", _said(frame, "enterprise_name"), TWO_ENTERPRISES)
    day = _day_of(layers) or read.record.as_of
    if day:
        past = (frame["ends"] < day) | (frame["begins"] > day)
        ledger.reject(past.to_numpy(bool), "ends", frame["ends"].fillna(""), NOT_IN_FORCE)
    host = known.find(frame["host"], frame["host"])
    points = np.asarray(frame.geometry.array, dtype=object)
    unplaced = frame.geometry.isna().to_numpy(bool)
    ledger.reject(unplaced & (host < 0), "host", _said(frame, "host"), NO_HOST)
    hosted = unplaced & (host >= 0)
    points[hosted] = np.asarray(layers.enterprises.geometry.array, dtype=object)[host[hosted]]
    beyond = ~_inside(points, layers)
    ledger.reject(beyond, "geometry", "", BEYOND)
    _note_doubts(ledger, layers, frame, enterprise=enterprise, host=host, points=points)
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

    def find_name(self, names: pd.Series) -> NDArray[np.int64]:
        """Return the row of the one enterprise of each name, -1 where none or several have it."""
        return names.map(self._names).fillna(-1).to_numpy(np.int64)

    def find(self, ids: pd.Series, names: pd.Series) -> NDArray[np.int64]:
        """Return the row of each enterprise, -1 where it is not known."""
        by_id, by_name = ids.map(self._ids), names.map(self._names)
        return by_id.fillna(by_name).fillna(-1).to_numpy(np.int64)


def _day_of(layers: Layers) -> str:
    """Return the day the register describes, "" where nobody said."""
    days = [record.as_of for record in layers.records if record.layer == "enterprises"]
    return max(days, default="")


def _note_doubts(
    ledger: Ledger,
    layers: Layers,
    frame: gpd.GeoDataFrame,
    *,
    enterprise: NDArray[np.int64],
    host: NDArray[np.int64],
    points: NDArray[np.object_],
) -> None:
    """Note rows that are kept but look wrong: a host elsewhere than the coordinates, one place named twice."""
    import shapely

    own = ~frame.geometry.isna().to_numpy(bool)
    at_host = np.asarray(layers.enterprises.geometry.array, dtype=object)[np.maximum(host, 0)]
    far = own & (host >= 0) & ~shapely.dwithin(points, at_host, HOST_FAR_M)
    ledger.repair(far, "host", _said(frame, "host"), HOST_ELSEWHERE)
    where = pd.DataFrame({"enterprise": enterprise, "place": shapely.to_wkb(points)})
    again = where[ledger.alive].duplicated().reindex(where.index, fill_value=False)
    ledger.repair(again.to_numpy(bool), "geometry", "", SAME_PLACE)


def _said(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    other = {"enterprise_id": "enterprise_name", "enterprise_name": "enterprise_id"}.get(
        column, column
    )
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
