"""Read the ground of a real road file: its main part, its streets, its named places."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geodata.errors import Fault, NetworkError
from geodata.messages import translator
from geodata.roads import read_buildings, read_places
from geodata.roads.osm_file import checked_file, unreadable
from geodata.sample.frame import LocalFrame
from geodata.sample.ground import STREET_RANK, Ground, Streets
from geodata.sample.main_part import busy_outline, density_field
from geodata.sources.road_premises import PREMISES_TAGS

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

_ = translator("geodata")

# Tag -> value -> what the place is to us; "*" is any other value. Earlier tags win.
_KINDS = {
    "amenity": {
        **PREMISES_TAGS["amenity"],
        **dict.fromkeys(("restaurant", "cafe", "fast_food", "bar", "pub", "ice_cream"), "shop"),
        **dict.fromkeys(("clinic", "dentist", "doctors", "cinema", "car_rental"), "shop"),
    },
    "shop": {**PREMISES_TAGS["shop"], "*": "shop"},
    "landuse": {"industrial": "works"},
    "office": {"*": "firm"},
    "building": PREMISES_TAGS["building"],
    "craft": {"*": "shop"},
    "tourism": dict.fromkeys(("hotel", "hostel", "guest_house"), "shop"),
}
_NO_STREET = ("proposed", "construction", "motorway", "motorway_link", "raceway")
_CLOSED = ("private", "no", "military")


# Buildings where people live, pray, learn or park.
_NO_WORKPLACE = (
    "house",
    "detached",
    "semidetached_house",
    "terrace",
    "apartments",
    "residential",
    "dormitory",
    "garage",
    "garages",
    "carport",
    "shed",
    "hut",
    "roof",
    "greenhouse",
    "ruins",
    "church",
    "cathedral",
    "chapel",
    "mosque",
    "temple",
    "school",
    "kindergarten",
    "hospital",
    "train_station",
    "toilets",
)
_LEAST_FOOTPRINT_M2 = 110.0


def place_kind(key: str, value: str) -> str:
    """Return what a named place with this tag is to us, empty where it is nothing.

    Examples
    --------
    >>> place_kind("amenity", "bank"), place_kind("shop", "bakery"), place_kind("natural", "tree")
    ('bank', 'shop', '')
    """
    known = _KINDS.get(key, {})
    return known.get(value, known.get("*", ""))


@dataclass
class _Read:
    """What one pass over the file gathers; coordinates are degrees."""

    ids: list[int] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    rank: list[int] = field(default_factory=list)
    name: list[int] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})

    def add(self, way: Any) -> None:
        """Take a way with a highway tag."""
        tags = dict(way.tags)
        nodes = [node for node in way.nodes if node.location.valid()]
        if len(nodes) < 2:
            return
        rank = STREET_RANK.get(tags["highway"], 0)
        closed = tags.get("access") in _CLOSED or tags.get("foot") in _CLOSED
        if closed or tags.get("bridge", "no") != "no" or tags.get("tunnel", "no") != "no":
            rank = 0
        if tags["highway"] in _NO_STREET:
            return
        self.ids += [node.ref for node in nodes]
        self.lon += [node.lon for node in nodes]
        self.lat += [node.lat for node in nodes]
        self.lengths.append(len(nodes))
        self.rank.append(rank)
        self.name.append(self.names.setdefault(tags.get("name", ""), len(self.names)))


def read_ground(path: Path) -> Ground:
    """Read an OSM file as the ground of a sample.

    Raises
    ------
    InputMissingError
        When there is no such file.
    InputFormatError
        When it is no OSM file.
    NetworkError
        When it has no street on which an address can stand.
    """
    read = _read(path)
    if not any(read.rank):
        raise NetworkError(
            Fault(
                _("no street on which an address can stand"),
                str(path),
                fix=_(
                    "bring a file with highway ways: an extract of OpenStreetMap that was not filtered"
                ),
            )
        )
    lon, lat = np.array(read.lon), np.array(read.lat)
    frame = LocalFrame(round(float(np.median(lon)), 4), round(float(np.median(lat)), 4))
    x, y = frame.to_xy(lon, lat)
    start = np.ones(len(x), dtype=bool)
    start[np.cumsum(read.lengths) - 1] = False
    a = np.flatnonzero(start)
    piece_way = np.repeat(np.arange(len(read.lengths)), np.array(read.lengths) - 1)
    main = _main_part(np.array(read.ids), a)
    outline = busy_outline(x[main], y[main])
    rank, name = np.array(read.rank, dtype=np.int8), np.array(read.name, dtype=np.int64)
    streets = Streets(
        x[a], y[a], x[a + 1], y[a + 1], rank[piece_way], name[piece_way], list(read.names)
    )
    shapely.prepare(outline)
    usable = (streets.rank > 0) & main[a] & shapely.contains_xy(outline, streets.x0, streets.y0)
    usable &= shapely.contains_xy(outline, streets.x1, streets.y1) & (streets.length_m > 0.5)
    places = _places(path, frame, outline)
    weight_x = np.concatenate((x[main], np.repeat(places["x"].to_numpy(dtype=float), 12)))
    weight_y = np.concatenate((y[main], np.repeat(places["y"].to_numpy(dtype=float), 12)))
    return Ground(
        frame=frame,
        outline=outline,
        barrier=None,
        water=None,
        streets=streets.take(usable),
        places=places,
        buildings=_buildings(path, frame, outline),
        activity=density_field(weight_x, weight_y, outline),
    )


def _read(path: Path) -> _Read:
    """Read the streets in one pass."""
    from osmium import FileProcessor
    from osmium.filter import KeyFilter
    from osmium.osm import NODE, WAY

    file = checked_file(path)
    read = _Read()
    processor = FileProcessor(str(file), NODE | WAY).with_locations("flex_mem")
    try:
        for thing in processor.with_filter(KeyFilter("highway")):
            item: Any = thing
            if item.is_way():
                read.add(item)
    except RuntimeError as error:
        raise unreadable(file, error) from error
    return read


def _main_part(ids: NDArray[np.int64], a: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which positions belong to the largest connected part."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    unique, number = np.unique(ids, return_inverse=True)
    size = len(unique)
    ones = np.ones(len(a), dtype=np.int8)
    links = coo_array((ones, (number[a], number[a + 1])), shape=(size, size)).tocsr()
    _count, part = connected_components(links, directed=False)
    biggest = Counter(part.tolist()).most_common(1)[0][0]
    return np.asarray(part[number] == biggest)


def _places(path: Path, frame: LocalFrame, outline: shapely.Polygon) -> pd.DataFrame:
    """Return the named places inside the outline that are something to us."""
    table = read_places(path, keys=tuple(_KINDS))
    pairs = zip(table["key"].tolist(), table["value"].tolist(), strict=True)
    table["kind"] = [place_kind(key, value) for key, value in pairs]
    table = _inside(table[table["kind"] != ""], frame, outline)
    return table[["kind", "name", "x", "y"]].reset_index(drop=True)


def _buildings(path: Path, frame: LocalFrame, outline: shapely.Polygon) -> pd.DataFrame:
    """Return the buildings inside the outline that can be a workplace."""
    table = read_buildings(path)
    wanted = ~table["value"].isin(_NO_WORKPLACE) & (table["footprint_m2"] >= _LEAST_FOOTPRINT_M2)
    table = _inside(table[wanted], frame, outline)
    return table[["name", "x", "y", "footprint_m2"]].reset_index(drop=True)


def _inside(table: pd.DataFrame, frame: LocalFrame, outline: shapely.Polygon) -> pd.DataFrame:
    x, y = frame.to_xy(table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float))
    table = table.assign(x=x, y=y)
    return table[shapely.contains_xy(outline, x, y)]
