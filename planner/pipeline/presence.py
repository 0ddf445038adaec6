"""Hourly presence by zone in the line: read, given its zones' shapes, cut to the city."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from geodata.errors import EmptyLayerError, Fault
from geodata.layers.premises import OUT_OF_CITY
from geodata.messages import translator

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.layers import Layers
    from geodata.provenance import Read
    from planner.scenario import PresenceInput, Scenario

_ = translator("planner")


def with_presence(scenario: Scenario, layers: Layers) -> Layers:
    """Return the layers with hourly presence by zone, and the records of its files; as they are without any.

    Raises
    ------
    GeodataError
        For files that cannot be used; one without a zone in the city is one.
    """
    from planner.pipeline.inputs import with_record

    parts = []
    for given in scenario.inputs.presence:
        frame, reads = _one(scenario, given, layers)
        parts.append(frame)
        for read in reads:
            layers = with_record(layers, read)
    if not parts:
        return layers
    whole = pd.concat(parts, ignore_index=True).drop_duplicates(["zone_id", "day"])
    whole = whole.sort_values(["zone_id", "day"], ignore_index=True)
    return replace(layers, presence=whole)


def _one(
    scenario: Scenario, given: PresenceInput, layers: Layers
) -> tuple[gpd.GeoDataFrame, list[Read]]:
    from geodata.sources.presence import read_presence
    from geodata.sources.zones import read_zones
    from planner.pipeline.inputs import options_of

    read = read_presence(
        **options_of(scenario, given),
        series=given.series,
        day=given.day,
        peak_share=given.peak_share,
    )
    reads, shapes = [], _own_zones(layers)
    if given.zones is not None:
        datum = given.zones.datum
        zones = read_zones(**options_of(scenario, given.zones), datum=datum)
        reads.append(zones)
        near = zones.frame.to_crs(layers.crs)
        city = layers.street_towns.geometry.union_all()
        inside = near[near.intersects(city)]
        shapes = inside.set_index("zone_id").geometry
    frame = _placed(read, shapes, layers.crs)
    return frame, [_counted(read, frame), *reads]


def _own_zones(layers: Layers) -> gpd.GeoSeries:
    """Return street_towns and basic units by id, and street_towns by names that only one of them has."""
    import geopandas as gpd

    towns, units = layers.street_towns, layers.units
    named = towns[~towns["name"].duplicated(keep=False)]
    whole = pd.concat(
        [
            towns.set_index("street_town_id").geometry,
            named.set_index("name").geometry,
            units.set_index("unit_id").geometry,
        ]
    )
    return gpd.GeoSeries(whole[~whole.index.duplicated()], crs=layers.crs)


def _placed(read: Read, shapes: gpd.GeoSeries, crs: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    table = pd.DataFrame(read.frame.drop(columns="geometry"))
    known = table[table["zone_id"].isin(shapes.index)].reset_index(drop=True)
    if known.empty:
        what = _("no zone of the profiles lies in the city")
        fix = _("name the file of their polygons under zones, and the column of their ids under zones.columns.zone_id")  # fmt: skip
        raise EmptyLayerError(
            Fault(what, read.record.path, len(table), table["zone_id"].head(5).tolist(), fix)
        )
    placed = shapes.loc[known["zone_id"]].to_numpy()
    return gpd.GeoDataFrame(known.drop(columns="rows"), geometry=placed, crs=crs)


def _counted(read: Read, placed: gpd.GeoDataFrame) -> Read:
    """Count profiles of zones elsewhere as no data of this city."""
    outside = ~read.frame["zone_id"].isin(set(placed["zone_id"]))
    elsewhere = int(read.frame.loc[outside, "rows"].sum())
    if not elsewhere:
        return read
    ignored = {**read.record.ignored, OUT_OF_CITY: elsewhere}
    record = replace(read.record, kept=read.record.kept - elsewhere, ignored=ignored)
    return replace(read, record=record)
