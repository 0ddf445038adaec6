"""Read frames -> the bundle of layers: projected, placed, checked, in one order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from geodata.crs import working_crs
from geodata.errors import EmptyLayerError, Fault, GeodataError, InvalidRowsError
from geodata.layers.bundle import Layers
from geodata.layers.ledger import Ledger, Reason, empty_entries
from geodata.layers.parents import containing, parent_ids
from geodata.layers.placing import OUTSIDE, place
from geodata.layers.schemas import COLUMNS, ID_OF, schema_faults
from geodata.messages import mark, translator

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.provenance import Read, SourceRecord

_ = translator("geodata")

NO_PARENT: Final = Reason(
    mark("it lies in no area of the level above"), mark("give the code of the area it belongs to")
)
OTHER_PARENT: Final = Reason(
    mark("its declared area is not the one it lies in; the declared one counts"),
    mark("check the code of the area it belongs to"),
)
_ORDER: Final = ("enterprises", "boroughs", "street_towns", "units", "outdoor", "sites")


def validate(
    *,
    enterprises: Read,
    street_towns: Read,
    sites: Read,
    boroughs: Read | None = None,
    units: Read | None = None,
    outdoor: Read | None = None,
    crs: str | None = None,
) -> Layers:
    """Project, place and check what was read, and bundle it.

    Rows outside the study area, or that cannot be placed, are refused with their reason. A missing
    level of boundaries is made: boroughs from the street_towns' declared boroughs, units as one per
    street_town. Nothing that was read is changed.

    Parameters
    ----------
    enterprises, street_towns, sites, boroughs, units, outdoor
        As the readers of ``geodata.sources`` return them, EPSG:4326.
    crs
        Projected working CRS; by default the UTM zone of the street_towns.

    Raises
    ------
    GeodataError
        Once, with every fault of every layer, when a layer cannot be used.
    """
    faults: list[Fault] = []
    middle = street_towns.frame.geometry.representative_point()
    crs = crs or working_crs(middle.x.to_numpy(), middle.y.to_numpy())
    settled: dict[str, _Settled] = {}
    towns = _street_towns(street_towns, boroughs, crs, settled)
    _units(units, towns, crs, settled)
    area = np.asarray(towns.geometry.array, dtype=object)
    if not len(area):
        faults.append(_empty("street_towns", settled["street_towns"]))
    else:
        settled["enterprises"] = _enterprises(enterprises, towns, settled["units"].frame, crs)
        settled["sites"] = _points(sites, area, crs)
        if outdoor is not None:
            settled["outdoor"] = _points(outdoor, area, crs)
        faults += [_empty(layer, one) for layer, one in settled.items() if one.frame.empty]
    if faults:
        raise EmptyLayerError(faults)
    frames = {
        layer: _ordered(settled[layer].frame, layer) if layer in settled else _no_rows(layer, crs)
        for layer in _ORDER
    }
    faults = [fault for layer in _ORDER for fault in schema_faults(frames[layer], layer)]
    if faults:
        raise InvalidRowsError(faults)
    told = [(layer, settled[layer]) for layer in _ORDER if layer in settled]
    return Layers(
        **frames,
        crs=crs,
        records=tuple(one.record for _layer, one in told if one.record is not None),
        rejected=_stacked([(layer, one.rejected) for layer, one in told]),
        repaired=_stacked([(layer, one.repaired) for layer, one in told]),
    )


class _Settled:
    """A layer after a later stage refused or mended more of its rows."""

    def __init__(self, read: Read | None, frame: gpd.GeoDataFrame, ledger: Ledger | None) -> None:
        self.frame = frame
        self.record: SourceRecord | None = None
        self.rejected, self.repaired = empty_entries(), empty_entries()
        if read is None:
            return
        self.record, self.rejected, self.repaired = read.record, read.rejected, read.repaired
        if ledger is None:
            return
        self.frame = frame[ledger.alive].reset_index(drop=True)
        refused = ledger.rejected
        self.rejected = _concat([read.rejected, refused])
        gone = pd.MultiIndex.from_frame(_keys(refused))
        entries = _concat([read.repaired, ledger.repaired])
        keys = pd.MultiIndex.from_frame(_keys(entries))
        self.repaired = entries[~keys.isin(gone)].reset_index(drop=True)
        self.record = read.record.with_rejected(ledger.rejected_by_reason()).with_repaired(
            dict(sorted(Counter(self.repaired["reason"].tolist()).items())),
            len(_keys(self.repaired).drop_duplicates()),
        )


def _concat(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else empty_entries()


def _keys(entries: pd.DataFrame) -> pd.DataFrame:
    sheet = (
        entries["sheet"] if "sheet" in entries else pd.Series("", index=entries.index, dtype="str")
    )
    return pd.DataFrame({"sheet": sheet.fillna(""), "source_row": entries["source_row"]})


def _ledger(read: Read) -> Ledger:
    sheets = read.frame["sheet"].tolist() if "sheet" in read.frame else None
    return Ledger(read.frame["source_row"].to_numpy(), sheets)


def _street_towns(
    read: Read, boroughs: Read | None, crs: str, settled: dict[str, _Settled]
) -> gpd.GeoDataFrame:
    frame = read.frame.to_crs(crs)
    ledger = _ledger(read)
    if boroughs is not None:
        above = boroughs.frame.to_crs(crs)
        settled["boroughs"] = _Settled(boroughs, above, None)
        ids, unlike = parent_ids(frame, above, "borough_id", "borough_name")
        ledger.repair(unlike, "borough_id", ids.fillna("").to_numpy(), OTHER_PARENT)
        ledger.reject(ids.isna().to_numpy(), "borough_id", frame["name"].to_numpy(), NO_PARENT)
        frame = frame.assign(borough_id=ids)
    else:
        names = _text_column(frame, "borough_name")
        ids = _text_column(frame, "borough_id").fillna(names).fillna("city")
        frame = frame.assign(borough_id=ids, borough_name=names.fillna(ids))
        settled["boroughs"] = _Settled(None, _dissolved(frame), None)
    settled["street_towns"] = _Settled(read, frame, ledger)
    return settled["street_towns"].frame


def _text_column(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    if name in frame:
        return pd.Series(frame[name], dtype="str")
    return pd.Series(np.nan, index=frame.index, dtype="str")


def _dissolved(street_towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return boroughs made of their street_towns."""
    import geopandas as gpd

    groups = street_towns.groupby("borough_id", sort=True)
    shapes = [
        _multi(shapely.union_all(np.asarray(part.geometry.array, dtype=object)))
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


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon)]
    return shapely.MultiPolygon(parts)


def _units(
    read: Read | None, street_towns: gpd.GeoDataFrame, crs: str, settled: dict[str, _Settled]
) -> None:
    if read is None:
        frame = street_towns[["street_town_id", "name", "geometry"]].assign(
            unit_id=street_towns["street_town_id"]
        )
        settled["units"] = _Settled(None, frame, None)
        return
    frame = read.frame.to_crs(crs)
    ledger = _ledger(read)
    ids, unlike = parent_ids(frame, street_towns, "street_town_id", "street_town_name")
    ledger.repair(unlike, "street_town_id", ids.fillna("").to_numpy(), OTHER_PARENT)
    ledger.reject(ids.isna().to_numpy(), "street_town_id", frame["name"].to_numpy(), NO_PARENT)
    settled["units"] = _Settled(read, frame.assign(street_town_id=ids), ledger)


def _enterprises(
    read: Read, street_towns: gpd.GeoDataFrame, units: gpd.GeoDataFrame, crs: str
) -> _Settled:
    frame = read.frame.to_crs(crs)
    ledger = _ledger(read)
    placed = place(frame, street_towns, units, ledger)
    frame = frame.assign(accuracy=pd.Series(placed.accuracy, dtype="str", index=frame.index))
    frame = frame.set_geometry(np.asarray(placed.points), crs=crs)
    return _Settled(read, frame, ledger)


def _points(read: Read, area: np.ndarray, crs: str) -> _Settled:
    frame = read.frame.to_crs(crs)
    ledger = _ledger(read)
    points = np.asarray(frame.geometry.array, dtype=object)
    outside = containing(points, area) < 0
    degrees = np.asarray(read.frame.geometry.array, dtype=object)
    values = np.full(len(points), "", dtype=object)
    values[outside] = [f"{point.x:.6f}, {point.y:.6f}" for point in degrees[outside]]
    ledger.reject(outside, "geometry", values, OUTSIDE)
    return _Settled(read, frame, ledger)


def _empty(layer: str, settled: _Settled) -> Fault:
    record = settled.record
    reasons = (
        settled.rejected["reason"].value_counts() if len(settled.rejected) else pd.Series(dtype=int)
    )
    told = [f"{count:,} x {_(str(reason))}" for reason, count in reasons.items()]
    return Fault(
        _("no row of the layer {layer} can be used").format(layer=layer),
        where="" if record is None else record.path,
        count=0 if record is None else record.rows_in,
        examples=told,
        fix=_(
            "check that the file is of this city, and declare the datum or coordinate system its coordinates are in"
        ),
    )


def _ordered(frame: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    columns = list(COLUMNS[layer])
    return frame[columns].sort_values(ID_OF[layer], ignore_index=True)


def _no_rows(layer: str, crs: str) -> gpd.GeoDataFrame:
    """Return a layer that was not given: its columns, and no row."""
    import geopandas as gpd

    if layer != "outdoor":
        raise GeodataError(Fault(_("the layer {layer} is missing").format(layer=layer)))
    text = {name: pd.Series(dtype="str") for name in ("outdoor_id", "kind")}
    hours = {name: pd.Series(dtype="float64") for name in COLUMNS[layer] if name.startswith("h")}
    data = {**text, **hours, "accuracy": pd.Series(dtype="str")}
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries([], crs=crs), crs=crs)


def _stacked(parts: list[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    filled = [part.assign(layer=layer) for layer, part in parts if len(part)]
    if not filled:
        return empty_entries().assign(layer=pd.Series(dtype="str"))
    whole = pd.concat(filled, ignore_index=True)
    return whole[["layer", *[name for name in whole.columns if name != "layer"]]]
