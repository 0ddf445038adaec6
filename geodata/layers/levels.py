"""The three levels of areas brought into one another: boroughs, street_towns, basic units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from geodata.layers.ledger import Reason
from geodata.layers.parents import parent_ids
from geodata.layers.partition import partition
from geodata.layers.settled import Settled, ledger_of
from geodata.layers.town_repairs import fitted, multi
from geodata.messages import mark, translator

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.provenance import Read

_ = translator("geodata")

NO_PARENT: Final = Reason(
    mark("it lies in no area of the level above"), mark("give the code of the area it belongs to")
)
OTHER_PARENT: Final = Reason(
    mark("its declared area is not the one it lies in; the place counts"),
    mark("check the code of the area it belongs to"),
)


def settle_street_towns(read: Read, boroughs: Read | None, crs: str) -> tuple[Settled, Settled]:
    """Return boroughs and street_towns, each street_town in one borough.

    Where no boroughs were given they are made of the street_towns that name the same one. Overlaps, holes and slivers are
    put right, see `geodata.layers.town_repairs`.
    """
    frame = read.frame.to_crs(crs)
    ledger = ledger_of(read)
    above = None if boroughs is None else boroughs.frame.to_crs(crs)
    shapes, notes = fitted(frame, ledger, above)
    frame = frame.set_geometry(shapes, crs=crs)
    if boroughs is not None and above is not None:
        upper = Settled(boroughs, above, None)
        ids, unlike = parent_ids(frame, above, "borough_id", "borough_name")
        ledger.repair(unlike, "borough_id", ids.fillna("").to_numpy(), OTHER_PARENT)
        ledger.reject(ids.isna().to_numpy(), "borough_id", frame["name"].to_numpy(), NO_PARENT)
        frame = frame.assign(borough_id=ids)
    else:
        names = _text_column(frame, "borough_name")
        ids = _text_column(frame, "borough_id").fillna(names).fillna("city")
        frame = frame.assign(borough_id=ids, borough_name=names.fillna(ids))
        upper = Settled(None, _dissolved(frame), None)
    towns = Settled(read, frame, ledger)
    if notes and towns.record is not None:
        towns.record = replace(towns.record, notes=(*towns.record.notes, *notes))
    return upper, towns


def _text_column(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    if name in frame:
        return pd.Series(frame[name], dtype="str")
    return pd.Series(np.nan, index=frame.index, dtype="str")


def _dissolved(street_towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return boroughs made of their street_towns."""
    import geopandas as gpd

    groups = street_towns.groupby("borough_id", sort=True)
    shapes = [
        multi(shapely.union_all(np.asarray(part.geometry.array, dtype=object)))
        for _id, part in groups
    ]
    names = groups["borough_name"].first()
    return gpd.GeoDataFrame(
        {
            "borough_id": pd.Series(names.index, dtype="str"),
            "name": pd.Series(names.to_numpy(), dtype="str"),
        },
        geometry=shapes,
        crs=street_towns.crs,
    )


def settle_units(read: Read | None, street_towns: gpd.GeoDataFrame, crs: str) -> Settled:
    """Return the units, each in one street_town, which they partition.

    A street_town without a unit becomes one; so do all where no units were given.
    """
    if read is None:
        return Settled(None, _whole(street_towns, frozenset()), None)
    frame = read.frame.to_crs(crs)
    ledger = ledger_of(read)
    ids, unlike = parent_ids(frame, street_towns, "street_town_id", "street_town_name")
    ledger.repair(unlike, "street_town_id", ids.fillna("").to_numpy(), OTHER_PARENT)
    ledger.reject(ids.isna().to_numpy(), "street_town_id", frame["name"].to_numpy(), NO_PARENT)
    frame = frame.assign(street_town_id=ids)
    frame = frame.set_geometry(partition(frame, street_towns, ledger), crs=crs)
    settled = Settled(read, frame, ledger)
    bare = street_towns[~street_towns["street_town_id"].isin(settled.frame["street_town_id"])]
    if len(bare) and settled.record is not None:
        made = _whole(bare, frozenset(settled.frame["unit_id"]))
        columns = ["unit_id", "name", "street_town_id", "geometry"]
        settled.frame = pd.concat([settled.frame[columns], made[columns]], ignore_index=True)
        note = _("street_towns without a unit became one unit each: {names}").format(
            names=", ".join(bare["name"].tolist())
        )
        settled.record = replace(settled.record, notes=(*settled.record.notes, note))
    return settled


def _whole(street_towns: gpd.GeoDataFrame, taken: frozenset[str]) -> gpd.GeoDataFrame:
    """Return each street_town as a unit of its own, with an id that is not taken."""
    ids = [f"{one}-whole" if one in taken else one for one in street_towns["street_town_id"]]
    frame = street_towns[["street_town_id", "name", "geometry"]]
    return frame.assign(unit_id=pd.Series(ids, index=frame.index, dtype="str"))
