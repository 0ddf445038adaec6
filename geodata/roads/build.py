"""Build a road network from a file: read, cut into segments, decide per mode, join into edges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import Fault, InputFormatError, NetworkError
from geodata.messages import translator
from geodata.modes import modes_from
from geodata.roads.assemble import assemble
from geodata.roads.costs import mode_segments
from geodata.roads.edge_table import EDGE_SUFFIXES, read_edge_file
from geodata.roads.osm_file import OSM_SUFFIXES, read_osm
from geodata.roads.segments import segments
from geodata.roads.trip_ends import cut_barriers, cut_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geodata.modes import Mode
    from geodata.roads.costs import ModeSegments
    from geodata.roads.network import RoadNetwork
    from geodata.roads.raw import RawRoads
    from geodata.roads.segments import Segments

__all__ = ["build_from_roads", "build_network", "opened_segments", "read_roads"]

_ = translator("geodata")


def build_network(
    path: str | Path,
    *,
    modes: Sequence[str | Mode] = ("walk",),
    crs: str | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    periods: Mapping[str, tuple[int, int]] | None = None,
    simplify: bool = True,
) -> RoadNetwork:
    """Build the network of one road file for one or more modes.

    Parameters
    ----------
    path
        .osm.pbf, .osm, .osm.gz, .osm.bz2, or a GraphML, GeoPackage, GeoParquet or Shapefile of edges.
    modes
        Names of modes, or `geodata.modes.Mode` rows.
    crs
        Projected CRS in metres; None takes the UTM zone of the roads.
    overrides
        Numbers that replace a mode's own, as the scenario states them (`geodata.modes.modes_from`).
    periods
        Departure periods beside the whole day: name to first and last hour (`geodata.modes.PERIODS`).
    simplify
        Whether chains of segments are joined into edges. Travel times are the same either way.

    Returns
    -------
    RoadNetwork
        ``modes`` holds one graph per mode, and one per ``mode@period``.

    Raises
    ------
    InputMissingError, InputFormatError, EmptyLayerError, CrsError, NetworkError
        When the file cannot be read, has no road, or no road that a mode may use.
    """
    rows = modes_from(modes, overrides)
    return build_from_roads(
        read_roads(path), modes=rows, crs=crs, periods=periods, simplify=simplify, where=str(path)
    )


def read_roads(path: str | Path) -> RawRoads:
    """Read a road file of any format the program knows, by its name."""
    name = Path(path).name.lower()
    if name.endswith(OSM_SUFFIXES):
        return read_osm(path)
    if name.endswith(EDGE_SUFFIXES):
        return read_edge_file(path)
    raise InputFormatError(
        Fault(
            _("this is not a kind of road file the program reads"),
            where=str(path),
            fix=_(
                "Give an OpenStreetMap file (.osm.pbf, .osm) or edges (.graphml, .gpkg, .parquet, .shp)."
            ),
        )
    )


def build_from_roads(
    roads: RawRoads,
    *,
    modes: Sequence[Mode],
    crs: str | None = None,
    periods: Mapping[str, tuple[int, int]] | None = None,
    simplify: bool = True,
    where: str = "",
) -> RoadNetwork:
    """Build the network of roads already read; see `build_network`."""
    pieces, made = opened_segments(roads, modes=modes, crs=crs, periods=periods, where=where)
    return assemble(pieces, made, simplify=simplify)


def opened_segments(
    roads: RawRoads,
    *,
    modes: Sequence[Mode],
    crs: str | None = None,
    periods: Mapping[str, tuple[int, int]] | None = None,
    where: str = "",
) -> tuple[Segments, list[ModeSegments]]:
    """Segments that at least one mode may use, with what each mode may do there; see `build_network`."""
    pieces = segments(roads, crs=crs, where=where)
    made = [_cut(pieces, mode_segments(pieces, mode, periods)) for mode in modes]
    _refuse_empty(made, where)
    used = np.zeros(len(pieces.a), bool)
    for one in made:
        used |= one.forward | one.backward
    if not used.all():
        pieces.repairs["segments_no_mode_may_use"] += int((~used).sum())
    return pieces.take(used), [one.take(used) for one in made]


def _cut(pieces: Segments, made: ModeSegments) -> ModeSegments:
    name = made.mode.name
    barriers = cut_barriers(pieces, made)
    private = cut_private(pieces, made, barriers)
    cuts = {"segments_cut_at_barriers": barriers, "segments_cut_in_private_areas": private}
    for what, cut in cuts.items():
        if cut.any():
            pieces.repairs[f"{name}:{what}"] += int(cut.sum())
    closed = barriers | private
    return replace(made, forward=made.forward & ~closed, backward=made.backward & ~closed)


def _refuse_empty(made: Sequence[ModeSegments], where: str) -> None:
    empty = [one.mode.name for one in made if not (one.forward | one.backward).any()]
    if empty:
        raise NetworkError(
            Fault(
                _("no road in the file is open to the mode"),
                where=where,
                count=len(empty),
                examples=empty,
                fix=_("Check the mode's speeds, or give a file with such roads."),
            )
        )
