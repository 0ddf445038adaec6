"""Outdoor workers of several sources as one layer; positions are gathered into cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.layers.schemas import COLUMNS, HOURS
from geodata.messages import mark, translator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers.settled import Settled
    from geodata.provenance import Read

_ = translator("geodata")


NO_WEIGHT: Final = mark("a class of roads without a weight")


@dataclass(frozen=True, eq=False)
class Positions:
    """Positions as `geodata.sources.samples` reads them, and how they are gathered.

    Parameters
    ----------
    read
        ``kind``, ``hour``, ``people`` and points.
    cell_m
        Side of the square cells, metres.
    total
        People in the busiest hour, of each kind together; None takes the positions as they count.
    """

    read: Read
    cell_m: float
    total: float | None = None


def gathered(
    frame: gpd.GeoDataFrame, cell_m: float, total: float | None, number: int
) -> tuple[gpd.GeoDataFrame, float]:
    """Return the layer ``outdoor`` of positions, and the factor they were scaled by.

    Parameters
    ----------
    frame
        ``kind``, ``hour``, ``people`` and points in the working CRS.
    cell_m, total
        See `Positions`.
    number
        Number of the source, for its ids.

    Returns
    -------
    tuple
        One row per kind and cell with somebody in it, at the mean place of its positions.
    """
    import geopandas as gpd

    xy = np.column_stack([frame.geometry.x, frame.geometry.y]).reshape(-1, 2)
    cell = np.floor(xy / cell_m).astype(np.int64)
    people = frame["people"].to_numpy(float)
    table = pd.DataFrame({"kind": frame["kind"].to_numpy(dtype=object), "i": cell[:, 0], "j": cell[:, 1]})  # fmt: skip
    keys, codes = _numbered(table)
    counts = np.zeros((len(keys), 24))
    np.add.at(counts, (codes, frame["hour"].to_numpy()), people)
    held = np.maximum(np.bincount(codes, people, len(keys)), 1e-12)
    x, y = (np.bincount(codes, people * xy[:, axis], len(keys)) / held for axis in (0, 1))
    most = float(counts.sum(axis=0).max(initial=0.0))
    factor = 1.0 if total is None or most <= 0 else total / most
    ids = [f"positions{number}:{kind}:{i}:{j}" for kind, i, j in keys.itertuples(index=False)]
    whole = pd.DataFrame(counts * factor, columns=list(HOURS))
    whole = whole.assign(
        outdoor_id=pd.Series(ids, dtype="str"),
        kind=keys["kind"].astype("str").to_numpy(),
        accuracy=pd.Series(["street"] * len(keys), dtype="str"),
    )
    layer = gpd.GeoDataFrame(whole, geometry=gpd.points_from_xy(x, y), crs=frame.crs)
    return layer[list(COLUMNS["outdoor"])], factor


def _numbered(table: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the distinct rows in order, and which of them each row is."""
    groups = table.groupby(["kind", "i", "j"], sort=True)
    keys = groups.size().reset_index()[["kind", "i", "j"]]
    return keys, np.asarray(groups.ngroup(), dtype=np.int64)


def one_layer(parts: Sequence[tuple[Settled, Positions | None]]) -> gpd.GeoDataFrame:
    """Return all sources as one layer; an id that an earlier source uses gets its source's number before it.

    Parameters
    ----------
    parts
        Each source inside the city, with how it is gathered where it holds positions. What gathering did is noted in its
        record.
    """
    frames = []
    for number, (settled, positions) in enumerate(parts, start=1):
        frame = settled.frame
        if positions is not None:
            count = len(frame)
            frame, factor = gathered(frame, positions.cell_m, positions.total, number)
            if settled.record is not None:
                told = _("{count} positions in {cells} cells of {side} m, people scaled by {factor}; persons were not kept")  # fmt: skip
                note = told.format(
                    count=f"{count:,}",
                    cells=f"{len(frame):,}",
                    side=f"{positions.cell_m:g}",
                    factor=f"{factor:.4g}",
                )
                settled.record = replace(settled.record, notes=(*settled.record.notes, note))
        frames.append(frame[list(COLUMNS["outdoor"])])
        taken = pd.concat(frames[:-1])["outdoor_id"] if number > 1 else frame["outdoor_id"][:0]
        again = frames[-1]["outdoor_id"].isin(taken)
        ids = frames[-1]["outdoor_id"]
        frames[-1] = frames[-1].assign(outdoor_id=ids.where(~again, f"{number}:" + ids))
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
