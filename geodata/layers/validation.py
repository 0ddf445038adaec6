"""Read frames -> the bundle of layers: projected, placed, checked, in one order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from geodata.crs import working_crs
from geodata.errors import EmptyLayerError, Fault, GeodataError, InvalidRowsError
from geodata.layers.bundle import Layers
from geodata.layers.claims import Areas, named_towns
from geodata.layers.ledger import empty_entries
from geodata.layers.levels import settle_street_towns, settle_units
from geodata.layers.misplaced import misplaced_rows, stacked_rows
from geodata.layers.outdoor import Positions, one_layer
from geodata.layers.parents import containing
from geodata.layers.placing import OUTSIDE, place
from geodata.layers.premises import merged_lists, no_premises, with_road_premises
from geodata.layers.premises_book import apply_book
from geodata.layers.schemas import COLUMNS, HOURS, ID_OF, schema_faults
from geodata.layers.settled import Settled, ledger_of
from geodata.layers.shift import shift_in_area
from geodata.messages import translator
from geodata.provenance import Read, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers.divisions import Divisions
    from geodata.layers.placing import Locator

_ = translator("geodata")

_ORDER: Final = ("enterprises", "boroughs", "street_towns", "units", "outdoor", "sites", "disputes")


def validate(
    *,
    enterprises: Read,
    street_towns: Read,
    sites: Read | Sequence[Read],
    boroughs: Read | None = None,
    units: Read | None = None,
    outdoor: Read | Sequence[Read | Positions] = (),
    disputes: Read | None = None,
    crs: str | None = None,
    addresses: Read | None = None,
    divisions: Divisions | None = None,
    locator: Locator | None = None,
    road_premises: Read | None = None,
    premises_book: Read | None = None,
) -> Layers:
    """Project, place and check what was read, and bundle it.

    Rows outside the study area, or that cannot be placed, are refused with their reason. A missing
    level of boundaries is made: boroughs from the street_towns' declared boroughs, units as one per
    street_town. Nothing that was read is changed.

    Parameters
    ----------
    enterprises, street_towns, sites, boroughs, units, outdoor, disputes
        As the readers of ``geodata.sources`` return them, EPSG:4326. Several lists of premises are merged, see
        `geodata.layers.premises`; several sources of outdoor workers add up, see `geodata.layers.outdoor`.
    crs
        Projected working CRS; by default the UTM zone of the street_towns.
    addresses
        The user's table of buildings and addresses, for rows without coordinates.
    divisions
        A dated table of administrative codes, for former codes and names.
    locator
        A map service behind a cache, asked for addresses that nothing else places.
    road_premises
        Premises of the road file, which come after all lists.
    premises_book
        What owners said and people decided about premises, laid over all of them.

    Raises
    ------
    GeodataError
        Once, with every fault of every layer, when a layer cannot be used.
    """
    faults: list[Fault] = []
    middle = street_towns.frame.geometry.representative_point()
    crs = crs or working_crs(middle.x.to_numpy(), middle.y.to_numpy())
    settled: dict[str, Settled] = {}
    premises: list[Settled] = []
    out: list[tuple[Settled, Positions | None]] = []
    book: tuple[Settled, gpd.GeoDataFrame] | None = None
    settled["boroughs"], settled["street_towns"] = settle_street_towns(street_towns, boroughs, crs)
    towns = settled["street_towns"].frame
    settled["units"] = settle_units(units, towns, crs)
    if towns.empty:
        faults.append(_empty("street_towns", settled["street_towns"]))
    else:
        lists = [
            _points(one, towns, crs) for one in ([sites] if isinstance(sites, Read) else sites)
        ]
        listed, settled["sites"], premises = _premises(lists, road_premises, towns)
        if premises_book is not None:
            settled["sites"].frame, *said = apply_book(settled["sites"].frame, premises_book, crs)
            book = (said[0], said[1])
        areas = Areas(
            towns, settled["units"].frame, _above(boroughs, settled["boroughs"]), divisions
        )
        settled["enterprises"] = _enterprises(
            enterprises, areas, listed, addresses=addresses, locator=locator
        )
        if divisions is not None:
            _compare(settled, divisions)
        people = [outdoor] if isinstance(outdoor, Read) else list(outdoor)
        out = [_outdoor(one, towns, crs) for one in people]
        if out:
            settled["outdoor"] = Settled(None, one_layer(out), None)
            settled["outdoor"].record = out[0][0].record
            settled["outdoor"].rejected = out[0][0].rejected
        if disputes is not None:
            settled["disputes"] = _points(disputes, towns, crs)
        faults += [
            _empty(layer, settled[layer])
            for layer in _ORDER
            if layer in settled and settled[layer].frame.empty and layer != "disputes"
        ]
    if faults:
        raise EmptyLayerError(faults)
    frames = {
        layer: _ordered(settled[layer].frame, layer) if layer in settled else _no_rows(layer, crs)
        for layer in _ORDER
    }
    faults = [fault for layer in _ORDER for fault in schema_faults(frames[layer], layer)]
    if faults:
        raise InvalidRowsError(faults)
    several = {"sites": premises, "outdoor": [one for one, _positions in out]}
    told: list[tuple[str, Settled]] = [
        (layer, one)
        for layer in _ORDER
        if layer in settled
        for one in (several[layer] if layer in several else [settled[layer]])
    ]
    told += [] if book is None else [("premises_book", book[0])]
    return Layers(
        **frames,
        crs=crs,
        records=(
            *(one.record for _layer, one in told if one.record is not None),
            *(() if addresses is None else (addresses.record,)),
        ),
        rejected=stacked_entries(
            [*((layer, one.rejected) for layer, one in told), *_of(addresses, "rejected")]
        ),
        repaired=stacked_entries(
            [*((layer, one.repaired) for layer, one in told), *_of(addresses, "repaired")]
        ),
        misplaced=stacked_rows([part for _layer, one in told for part in one.misplaced], crs),
        premises_book=None if book is None else book[1],
        site_list=_list_of(settled["sites"].frame, premises),
    )


def _above(read: Read | None, boroughs: Settled) -> gpd.GeoDataFrame | None:
    """Return the boroughs a row may be compared with; those made of street_towns alone have only ids."""
    return None if read is None else boroughs.frame


def _enterprises(
    read: Read,
    areas: Areas,
    sites: gpd.GeoDataFrame,
    *,
    addresses: Read | None,
    locator: Locator | None,
) -> Settled:
    crs = areas.street_towns.crs.to_string()
    frame = read.frame.to_crs(crs)
    ledger = ledger_of(read)
    table = None if addresses is None else addresses.frame.to_crs(crs)
    placed = place(frame, areas, ledger, sites=sites, addresses=table, locator=locator)
    frame = frame.assign(accuracy=pd.Series(placed.accuracy, dtype="str", index=frame.index))
    frame = frame.set_geometry(np.asarray(placed.points), crs=crs)
    settled = Settled(read, frame, ledger)
    settled.misplaced = [
        misplaced_rows(frame, "enterprises", rows, reason) for reason, rows in placed.misplaced
    ]
    if locator is not None and settled.record is not None:
        notes = (*settled.record.notes, *locator.notes)
        settled.record = replace(settled.record, notes=notes)
    return _with_shift(settled, read, named_towns(read.frame, areas), areas.street_towns)


def _premises(
    lists: list[Settled], road_premises: Read | None, towns: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, Settled, list[Settled]]:
    """Return listed premises, the layer of all, and what became of each list and of the road file's."""
    listed, parts = no_premises(towns.crs.to_string()), list[Settled]()
    if lists:
        listed, parts = merged_lists(lists)
    frame = listed
    if road_premises is not None:
        frame, read = with_road_premises(listed, road_premises, towns)
        parts.append(Settled(read, read.frame, None))
    whole = Settled(None, frame, None)
    if parts:
        whole.record, whole.rejected = parts[0].record, parts[0].rejected
    return listed, whole, parts


def _list_of(sites: gpd.GeoDataFrame, parts: list[Settled]) -> pd.Series:
    """Return the number of the list each of the premises came from; the whole has them list by list."""
    sizes = [len(part.frame) for part in parts]
    return pd.Series(np.repeat(np.arange(len(parts)), sizes), index=sites["site_id"].to_numpy())


def _compare(settled: dict[str, Settled], divisions: Divisions) -> None:
    """Note on the record of each level what the code table says otherwise."""
    for layer in ("boroughs", "street_towns", "units"):
        one = settled[layer]
        if one.record is not None:
            notes = divisions.compared(one.frame, ID_OF[layer])
            one.record = replace(one.record, notes=(*one.record.notes, *notes))


def _with_shift(
    settled: Settled, read: Read, towns: NDArray[np.int64], street_towns: gpd.GeoDataFrame
) -> Settled:
    """Add a note to the record when the points look as if another datum was meant."""
    shift = shift_in_area(read.frame.geometry, towns, street_towns, read.record.crs)
    if shift.looks_shifted and settled.record is not None:
        settled.record = replace(settled.record, notes=(*settled.record.notes, shift.sentence()))
    return settled


def _points(read: Read, street_towns: gpd.GeoDataFrame, crs: str) -> Settled:
    frame = read.frame.to_crs(crs)
    ledger = ledger_of(read)
    points = np.asarray(frame.geometry.array, dtype=object)
    outside = containing(points, np.asarray(street_towns.geometry.array, dtype=object)) < 0
    degrees = np.asarray(read.frame.geometry.array, dtype=object)
    values = np.full(len(points), "", dtype=object)
    values[outside] = [f"{point.x:.6f}, {point.y:.6f}" for point in degrees[outside]]
    ledger.reject(outside, "geometry", values, OUTSIDE)
    unnamed = np.full(len(points), -1, dtype=np.int64)
    settled = Settled(read, frame, ledger)
    settled.misplaced = [misplaced_rows(frame, read.record.layer, outside, OUTSIDE)]
    return _with_shift(settled, read, unnamed, street_towns)


def _outdoor(
    one: Read | Positions, street_towns: gpd.GeoDataFrame, crs: str
) -> tuple[Settled, Positions | None]:
    if isinstance(one, Positions):
        return _points(one.read, street_towns, crs), one
    return _points(one, street_towns, crs), None


def _of(read: Read | None, kind: str) -> list[tuple[str | None, pd.DataFrame]]:
    """Return the refused or mended rows of a source that is no layer."""
    return [] if read is None else [(read.record.layer, getattr(read, kind))]


def _empty(layer: str, settled: Settled) -> Fault:
    record = settled.record
    reasons = (
        settled.rejected["reason"].value_counts() if len(settled.rejected) else pd.Series(dtype=int)
    )
    told = [f"{count:,} x {shown(str(reason))}" for reason, count in reasons.items()]
    return Fault(
        _("no row of the layer {layer} can be used").format(layer=layer),
        where="" if record is None else record.path,
        count=0 if record is None else record.rows_in,
        examples=[*told, *(() if record is None else record.notes)],
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

    if layer not in {"outdoor", "disputes"}:
        raise GeodataError(Fault(_("the layer {layer} is missing").format(layer=layer)))
    types = {"opened": "datetime64[s]", "settled": "bool", "workers": "int64"}
    data = {
        name: pd.Series(dtype=types.get(name, "float64" if name in HOURS else "str"))
        for name in COLUMNS[layer]
        if name != "geometry"
    }
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries([], crs=crs), crs=crs)


def stacked_entries(parts: list[tuple[str | None, pd.DataFrame]]) -> pd.DataFrame:
    """Return the entries of several layers as one table; None keeps the layer they already name."""
    filled = [
        part if layer is None else part.assign(layer=layer) for layer, part in parts if len(part)
    ]
    if not filled:
        return empty_entries().assign(layer=pd.Series(dtype="str"))
    whole = pd.concat(filled, ignore_index=True)
    return whole[["layer", *[name for name in whole.columns if name != "layer"]]]
