"""Read the roads of an OpenStreetMap file (.osm.pbf, .osm, .osm.gz, .osm.bz2) into arrays."""

from __future__ import annotations

from array import array
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.errors import EmptyLayerError, Fault, InputFormatError, InputMissingError
from geodata.messages import translator
from geodata.roads.raw import TAG_KEYS, RawRoads, Tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["INVENTED", "OSM_SUFFIXES", "osm_credit", "osm_date", "read_osm"]

_ = translator("geodata")

OSM_SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")

INVENTED = "planner sample"
"""Generator that the header of a made-up road file states: nobody's data, so nobody is to be credited."""
OSM_CREDIT = ("© OpenStreetMap contributors", "ODbL 1.0")
INVENTED_CREDIT = (f"虚构示例 invented ({INVENTED})", "")

NODE_KEYS = (
    "highway", "crossing", "crossing:signals", "traffic_signals", "traffic_signals:direction", "barrier",
    "access", "foot", "bicycle", "electric_bicycle", "vehicle", "motor_vehicle", "motorcar",
)  # fmt: skip
PLAIN_KEYS = ("highway", "oneway", "maxspeed")
"""Tags that nearly every road carries; the rest of `TAG_KEYS` make it special."""
DELAYING = ("traffic_signals", "crossing")
_NOT_YET = ("proposed", "construction", "planned", "abandoned", "razed", "disused", "no")


def osm_date(path: str | Path) -> str:
    """Return the day the data of a file are of, as its header states (ISO); ``""`` where it states none."""
    stated = _stated(path, "osmosis_replication_timestamp", "timestamp")
    return stated[:10] if stated[:4].isdigit() else ""


def osm_credit(path: str | Path) -> tuple[str, str]:
    """Return whom a file of OpenStreetMap's format credits, and its licence; made-up roads say that they are."""
    return INVENTED_CREDIT if _stated(path, "generator") == INVENTED else OSM_CREDIT


def _stated(path: str | Path, *keys: str) -> str:
    """Return the first of these keys that a file's header states; ``""`` for none, or where it cannot be read."""
    import osmium

    try:
        reader = osmium.io.Reader(str(path), osmium.osm.osm_entity_bits.NOTHING)
        try:
            header = reader.header()
            return next((said for key in keys if (said := header.get(key))), "")
        finally:
            reader.close()
    except (RuntimeError, OSError):
        return ""


def checked_file(path: str | Path) -> Path:
    """Path of a file that is there and not empty.

    Raises
    ------
    InputMissingError
        When there is no such file.
    EmptyLayerError
        When it has no bytes.
    """
    file = Path(path)
    if not file.is_file():
        raise InputMissingError(
            Fault(
                _("there is no such file"),
                where=str(path),
                fix=_("Check the path in the scenario; it is taken from the scenario's folder."),
            )
        )
    if file.stat().st_size == 0:
        raise EmptyLayerError(
            Fault(_("the file is empty"), where=str(path), fix=_("export it again"))
        )
    return file


def osmium_errors() -> tuple[type[Exception], ...]:
    """Errors by which osmium says that a file or a line is not what it should be."""
    import osmium

    return (RuntimeError, osmium.InvalidLocationError)


def unreadable(path: Path, error: Exception) -> InputFormatError:
    """Say that a file is not an OSM file, with the reader's own words as the example."""
    return InputFormatError(
        Fault(
            _("this cannot be read as an OpenStreetMap file"),
            where=str(path),
            examples=(str(error),),
            fix=_("Give an .osm.pbf, .osm, .osm.gz or .osm.bz2 file, and check that it is whole."),
        )
    )


def read_osm(path: str | Path) -> RawRoads:
    """Read every road and ferry of an OSM file, with the nodes that carry signals, crossings and barriers.

    One streaming pass by osmium. Where ways come before their nodes, a second pass fetches the missing ones.

    Parameters
    ----------
    path
        File in any format osmium knows; ids may be negative as editors write them.

    Returns
    -------
    RawRoads
        ``repairs`` counts ways with fewer than two nodes.

    Raises
    ------
    InputMissingError, InputFormatError, EmptyLayerError
        No file; not an OSM file; no road in it.
    """
    file = checked_file(path)
    reader = _Reader()
    try:
        for item in _processor(file, _PlainWays(reader)):
            if item.is_node():
                reader.add_node(item)
            else:
                reader.add_way(item)
    except osmium_errors() as error:
        raise unreadable(file, error) from error
    if not reader.way_id:
        raise EmptyLayerError(
            Fault(
                _("the file has no road (no way with a highway tag)"),
                where=str(path),
                fix=_("Export the area again with its roads and their nodes."),
            )
        )
    return reader.roads(file)


def _processor(file: Path, plain_ways: _PlainWays) -> Iterator[Any]:
    import osmium
    from osmium.osm import NODE, WAY

    # enable_for returns the filter, whatever osmium's type hints say
    ways: Any = osmium.filter.KeyFilter("highway", "route")
    nodes: Any = osmium.filter.KeyFilter("highway", "barrier")
    special: Any = osmium.filter.KeyFilter(*(key for key in TAG_KEYS if key not in PLAIN_KEYS))
    processor = osmium.FileProcessor(str(file), NODE | WAY).with_locations("flex_mem")
    for only in (ways.enable_for(WAY), special.enable_for(WAY), nodes.enable_for(NODE)):
        processor = processor.with_filter(only)
    return iter(processor.handler_for_filtered(plain_ways))


class _PlainWays:
    """Takes the ways that the filters hold back: most roads carry none of the rarer tags, and need not be asked."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader

    def way(self, way: Any) -> None:
        get = way.tags.get
        highway = get("highway")
        if highway is not None:
            self._reader.add(way, highway, (highway, *map(get, PLAIN_KEYS[1:])))


class _Reader:
    """Collects plain numbers while osmium streams, and makes arrays of them once."""

    def __init__(self) -> None:
        import osmium

        self._line = osmium.geom.WKBFactory().create_linestring
        self._all = osmium.geom.ALL
        self._no_line = osmium_errors()
        self.way_id: list[int] = []
        self._profile_of: dict[tuple[str | None, ...], int] = {}
        self._way_profile: list[int] = []
        self._sizes: list[int] = []
        self._refs = array("q")
        self._hex: list[str] = []
        self._node_tags: dict[int, Tags] = {}
        self._repairs: Counter[str] = Counter()

    def add_node(self, node: Any) -> None:
        tags = node.tags
        if tags.get("barrier") or tags.get("highway") in DELAYING:
            self._node_tags[node.id] = {
                key: value for key in NODE_KEYS if (value := tags.get(key)) is not None
            }

    def add_way(self, way: Any) -> None:
        values = tuple(map(way.tags.get, TAG_KEYS))
        if values[0] is not None or values[1] == "ferry":
            self.add(way, values[0], values)

    def add(self, way: Any, highway: str | None, values: tuple[str | None, ...]) -> None:
        if highway in _NOT_YET:
            return
        nodes = way.nodes
        if len(nodes) < 2:
            self._repairs["ways_with_too_few_nodes"] += 1
            return
        self.way_id.append(way.id)
        self._way_profile.append(self._profile_of.setdefault(values, len(self._profile_of)))
        self._sizes.append(len(nodes))
        self._refs.extend([node.ref for node in nodes])
        self._hex.append(self._coordinates(nodes))

    def _coordinates(self, nodes: Any) -> str:
        # Well-known binary is the quickest way to get all coordinates of a way out of osmium:
        # 9 bytes of header, then little-endian doubles. It refuses lines with a missing node or of no length.
        try:
            return str(self._line(nodes, self._all))[18:]
        except self._no_line:
            pairs = [
                (node.lon, node.lat) if node.location.valid() else (np.nan, np.nan)
                for node in nodes
            ]
            return np.array(pairs, "<f8").tobytes().hex()

    def roads(self, file: Path) -> RawRoads:
        refs = np.frombuffer(self._refs, np.int64)
        xy = np.frombuffer(bytes.fromhex("".join(self._hex)), "<f8").reshape(-1, 2)
        node_id, first, at = np.unique(refs, return_index=True, return_inverse=True)
        lon, lat = xy[first, 0].copy(), xy[first, 1].copy()
        _fetch_missing(file, node_id, lon, lat)
        spots = np.searchsorted(
            node_id, np.fromiter(self._node_tags, np.int64, len(self._node_tags))
        )
        node_tags = {
            int(spot): tags
            for spot, (ref, tags) in zip(spots, self._node_tags.items(), strict=True)
            if spot < len(node_id) and node_id[spot] == ref
        }
        profiles = tuple(
            {
                key: value
                for key, value in zip(
                    TAG_KEYS if len(values) == len(TAG_KEYS) else PLAIN_KEYS, values, strict=True
                )
                if value is not None
            }
            for values in self._profile_of
        )
        return RawRoads(
            way_id=np.array(self.way_id, np.int64),
            way_profile=np.array(self._way_profile, np.int32),
            profiles=profiles,
            way_indptr=np.concatenate([[0], np.cumsum(self._sizes, dtype=np.int64)]),
            way_nodes=at.astype(np.int32),
            node_id=node_id,
            lon=lon,
            lat=lat,
            node_tags=node_tags,
            repairs=self._repairs,
        )


def _fetch_missing(
    file: Path, node_id: NDArray[np.int64], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> None:
    # Files whose ways come first, or with negative ids, give no locations in the first pass.
    missing = np.flatnonzero(np.isnan(lon))
    if not len(missing):
        return
    import osmium

    wanted = {int(node_id[k]): int(k) for k in missing}
    node: Any
    for node in osmium.FileProcessor(str(file), osmium.osm.NODE):
        k = wanted.get(node.id)
        if k is not None and node.location.valid():
            lon[k], lat[k] = node.location.lon, node.location.lat
