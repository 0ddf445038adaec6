"""The frozen bundle of layers that every later stage reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geodata.layers.ledger import empty_entries

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geodata.provenance import SourceRecord


@dataclass(frozen=True, eq=False)
class Layers:
    """Everything known about the city, checked; columns as in docs/architecture.md.

    Frames are in ``crs`` and sorted by id; no stage changes one. Two bundles are the same when their
    sources' hashes are, not when their frames compare equal.

    Parameters
    ----------
    enterprises, boroughs, street_towns, units, outdoor, sites, disputes
        The layers.
    crs
        The working CRS, projected, in metres.
    records
        One per source, in the order of the layers.
    rejected
        Rows that are in no layer: ``layer``, ``source_row``, ``column``, ``value``, ``reason``,
        ``suggested_fix``.
    repaired
        The same for rows that were mended and kept.
    misplaced
        Rows with a point that should be looked at, in ``crs``: ``layer``, ``sheet``, ``source_row``, ``name``, ``said``
        (where the row says it is), ``reason``, ``suggested_fix``.
    premises_book
        What owners said and people decided about premises (`geodata.layers.premises_book`), or None.
    site_list
        Number of the list each of the sites came from, in the order of the records, indexed by ``site_id``.
    presence
        Share of workers present by zone, kind of day and hour, with the zones' polygons in ``crs``, or None.
    """

    enterprises: gpd.GeoDataFrame
    boroughs: gpd.GeoDataFrame
    street_towns: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    outdoor: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    disputes: gpd.GeoDataFrame
    crs: str
    records: tuple[SourceRecord, ...]
    rejected: pd.DataFrame = field(default_factory=empty_entries)
    repaired: pd.DataFrame = field(default_factory=empty_entries)
    misplaced: gpd.GeoDataFrame | None = None
    premises_book: gpd.GeoDataFrame | None = None
    presence: gpd.GeoDataFrame | None = None
    site_list: pd.Series | None = None

    def record(self, layer: str) -> SourceRecord:
        """Return the record of one layer.

        Raises
        ------
        KeyError
            When no source of that layer was read.
        """
        for record in self.records:
            if record.layer == layer:
                return record
        raise KeyError(layer)
