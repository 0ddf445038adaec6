"""Inputs held against the roads: points that look shifted by a datum, and points that lie at no road."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geodata.crs import STORAGE_CRS
from geodata.layers.ledger import Reason
from geodata.layers.misplaced import misplaced_rows, stacked_rows
from geodata.layers.shift import shift_to_roads
from geodata.messages import mark, translator
from planner.pipeline.basemap import basemap
from planner.pipeline.network import network_for
from planner.pipeline.outdoor import with_road_activity
from planner.pipeline.record import road_record

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.layers import Layers
    from geodata.provenance import SourceRecord
    from geodata.roads import RoadNetwork
    from planner.scenario import Scenario

_ = translator("planner")

NO_ROAD = Reason(
    mark("no road within the longest distance of the scenario"),
    mark("check the coordinates, or the road file"),
)
_LAYERS = ("enterprises", "sites")
_OWN = ("exact", "building")


@dataclass(frozen=True, eq=False)
class Looked:
    """What a look at the inputs on the map shows.

    Parameters
    ----------
    notes
        Layer, path of its source and a sentence that its reader should see.
    misplaced
        Rows that look misplaced, as in `geodata.layers.Layers.misplaced`, those at no road among them.
    roads
        Lines and water to draw; None where the road file was not read.
    road_source
        Where they came from.
    counted
        What became of the roads that outdoor workers are counted from, one record for each rule of the scenario.
    """

    notes: tuple[tuple[str, str, str], ...]
    misplaced: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame | None = None
    road_source: SourceRecord | None = None
    counted: tuple[SourceRecord, ...] = ()

    @property
    def road_sources(self) -> tuple[SourceRecord, ...]:
        """The record of the roads where they are drawn."""
        return () if self.road_source is None else (self.road_source,)


def look(scenario: Scenario, layers: Layers, *, store: Path | None) -> Looked:
    """Hold the inputs of a scenario against its roads.

    Parameters
    ----------
    scenario
        Where the road file is, and how far from a road a point may lie.
    layers
        Its layers.
    store
        Where the road network is kept for the next run; None leaves the roads out.

    Raises
    ------
    EmptyLayerError
        When outdoor workers are asked for by road classes that the city has not.
    """
    parts = [] if layers.misplaced is None else [layers.misplaced]
    if store is None:
        return Looked((), stacked_rows(parts, layers.crs))
    network = network_for(scenario, crs=layers.crs, store=store)
    lines = road_lines(network)
    far = _at_no_road(layers, lines, scenario.travel.max_snap_m)
    drawn = basemap(network, scenario.resolve(scenario.inputs.roads))
    return Looked(
        tuple(datum_notes(layers, lines)),
        stacked_rows([*parts, *far], layers.crs),
        drawn,
        road_record(scenario, network),
        with_road_activity(scenario, layers, network).records[len(layers.records) :],
    )


def road_lines(network: RoadNetwork) -> NDArray[np.object_]:
    """Return every road of a network as a line in its CRS."""
    edges = np.repeat(np.arange(network.n_edges), np.diff(network.geometry_indptr))
    return np.asarray(shapely.linestrings(network.geometry_xy, indices=edges), dtype=object)


def datum_notes(layers: Layers, lines: NDArray[np.object_]) -> list[tuple[str, str, str]]:
    """Return layer, path and sentence of each source whose points look shifted against the roads, with the likely datum."""
    notes = []
    for record, frame in _sources(layers):
        own = frame[frame["accuracy"].isin(_OWN)]
        shift = shift_to_roads(own.geometry.to_crs(STORAGE_CRS), lines, layers.crs, record.crs)
        if shift.looks_shifted:
            told = _("held against the roads: {sentence}").format(sentence=shift.sentence())
            notes.append((record.layer, record.path, told))
    return notes


def _sources(layers: Layers) -> list[tuple[SourceRecord, gpd.GeoDataFrame]]:
    """Return the register and each list of premises with its own rows; each list has a datum of its own."""
    lists = [record for record in layers.records if record.layer == "sites"]
    number = layers.site_list
    if number is None or len(lists) < 2:
        return [(layers.record(layer), getattr(layers, layer)) for layer in _LAYERS]
    of_row = number.loc[layers.sites["site_id"]].to_numpy()
    parts = [(record, layers.sites[of_row == k]) for k, record in enumerate(lists)]
    return [(layers.record("enterprises"), layers.enterprises), *parts]


def _at_no_road(
    layers: Layers, lines: NDArray[np.object_], most_m: float
) -> list[gpd.GeoDataFrame]:
    tree = shapely.STRtree(lines)
    parts = []
    for layer in _LAYERS:
        frame = getattr(layers, layer)
        points = np.asarray(frame.geometry.array, dtype=object)
        near = np.zeros(len(frame), dtype=bool)
        near[np.unique(tree.query(points, predicate="dwithin", distance=most_m)[0])] = True
        far = ~near & frame["accuracy"].isin(_OWN).to_numpy()
        if "source_row" not in frame:
            frame = frame.assign(source_row=pd.Series(0, index=frame.index))
        parts.append(misplaced_rows(frame, layer, far, NO_ROAD))
    return parts
