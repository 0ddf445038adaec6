"""Write a drawn city as an .osm.pbf: streets, river, buildings, named places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.roads.osm_file import INVENTED
from geodata.sample.streets import StreetNet, Way

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from geodata.sample.ground import Ground

BUILDING_TAGS = {
    "office": {"building": "office", "office": "company"},
    "mall": {"building": "retail", "shop": "mall"},
    "works": {"building": "industrial"},
}
PLACE_TAGS = {
    "bank": {"amenity": "bank"},
    "pharmacy": {"amenity": "pharmacy"},
    "convenience": {"shop": "convenience"},
    "fuel": {"amenity": "fuel"},
    "school": {"amenity": "school"},
    "toilet": {"amenity": "toilets"},
    "party_centre": {"amenity": "community_centre"},
    "community_centre": {"amenity": "community_centre"},
    "other_public": {"amenity": "arts_centre"},
    "union_station": {"office": "association"},
}
SHOP_TAGS = {
    "F52": {"shop": "general"},
    "H62": {"amenity": "restaurant"},
    "H61": {"tourism": "hotel"},
    "O80": {"shop": "hairdresser"},
    "O81": {"shop": "car_repair"},
    "Q84": {"amenity": "clinic"},
}
BLOCK_TAGS = {
    "park": {"leisure": "park"},
    "works": {"landuse": "industrial"},
    "compound": {"landuse": "residential"},
}


def add_water(net: StreetNet, water: shapely.Polygon, name: str) -> None:
    """Add the river's surface as a closed way."""
    ring = shapely.get_coordinates(water.exterior.simplify(2.0))[:-1]
    nodes = net.add_nodes(ring[:, 0], ring[:, 1])
    net.ways.append(Way([*nodes, nodes[0]], {"natural": "water", "water": "river", "name": name}))


def add_buildings(net: StreetNet, carriers: pd.DataFrame) -> None:
    """Add each named carrier as a building turned along its street."""
    own = carriers[carriers["kind"].isin(BUILDING_TAGS)]
    half = own["half_m"].to_numpy(dtype=float)[:, None]
    heading = own["heading"].to_numpy(dtype=float)[:, None]
    along = half * np.array([-1.0, 1.0, 1.0, -1.0])
    aside = half * 0.62 * np.array([-1.0, -1.0, 1.0, 1.0])
    x = own["x"].to_numpy(dtype=float)[:, None] + along * np.cos(heading) - aside * np.sin(heading)
    y = own["y"].to_numpy(dtype=float)[:, None] + along * np.sin(heading) + aside * np.cos(heading)
    nodes = np.array(net.add_nodes(x.ravel(), y.ravel()), dtype=np.int64).reshape(-1, 4).tolist()
    named = zip(
        nodes, own["kind"].tolist(), own["name"].tolist(), own["street"].tolist(), strict=True
    )
    for corners, kind, name, street in named:
        tags = {**BUILDING_TAGS[kind], "name": name}
        if street:
            tags["addr:street"] = street
        net.ways.append(Way([*corners, corners[0]], tags))


def add_places(net: StreetNet, places: pd.DataFrame) -> None:
    """Add premises that are no carriers, and other named spots, as nodes with tags."""
    own = places[places["key"].isin(PLACE_TAGS)]
    nodes = net.add_nodes(own["x"].to_numpy(dtype=float), own["y"].to_numpy(dtype=float))
    for node, key, name in zip(nodes, own["key"].tolist(), own["name"].tolist(), strict=True):
        net.node_tags[node] = {**PLACE_TAGS[key], "name": name}


def add_metro(rng: np.random.Generator, net: StreetNet, stems: list[str]) -> None:
    """Add metro stations at about every sixth crossing of arterials, each with two entrances."""
    crossings = np.array(net.crossings, dtype=np.int64)
    chosen = crossings[rng.random(len(crossings)) < 1 / 6]
    for node, stem in zip(chosen.tolist(), stems, strict=False):
        x = net.x[node] + np.array([22.0, -20.0]) + rng.normal(0, 4, 2)
        y = net.y[node] + np.array([18.0, -24.0]) + rng.normal(0, 4, 2)
        for number, entrance in enumerate(net.add_nodes(x, y), start=1):
            tags = {"railway": "subway_entrance", "name": f"{stem}站{number}号口"}
            net.node_tags[entrance] = tags


def add_shops(rng: np.random.Generator, net: StreetNet, enterprises: pd.DataFrame) -> None:
    """Add some of the shops and restaurants of street fronts as named nodes."""
    own = enterprises[(enterprises["kind"] == "street") & enterprises["industry"].isin(SHOP_TAGS)]
    own = own[rng.random(len(own)) < 0.4]
    nodes = net.add_nodes(own["x"].to_numpy(dtype=float), own["y"].to_numpy(dtype=float))
    named = zip(nodes, own["industry"].tolist(), own["name"].tolist(), strict=True)
    for node, industry, name in named:
        net.node_tags[node] = {**SHOP_TAGS[industry], "name": name}


def add_areas(net: StreetNet, outline: shapely.Polygon, stems: list[str]) -> None:
    """Add parks, works and compounds as named areas, a little inside their superblock."""
    tails = {"park": "公园", "works": "工业园区", "compound": "小区"}
    rows = [
        (kind, area.buffer(-14, join_style="mitre"))
        for kind, area in net.blocks
        if kind in BLOCK_TAGS and outline.contains(area.centroid)
    ]
    for (kind, area), stem in zip(rows, stems, strict=False):
        if area.geom_type != "Polygon" or area.is_empty:
            continue
        ring = shapely.get_coordinates(area.exterior)[:-1]
        nodes = net.add_nodes(ring[:, 0], ring[:, 1])
        tags = {**BLOCK_TAGS[kind], "name": stem + tails[kind]}
        net.ways.append(Way([*nodes, nodes[0]], tags))


def write_road_file(path: Path, net: StreetNet, ground: Ground) -> None:
    """Write the nodes that are used, then the ways; ids count from 1 in both."""
    from osmium import SimpleWriter
    from osmium.io import Header
    from osmium.osm.mutable import Node
    from osmium.osm.mutable import Way as OsmWay

    used = np.zeros(len(net.x), dtype=bool)
    for way in net.ways:
        used[way.nodes] = True
    used[list(net.node_tags)] = True
    lon, lat = ground.frame.to_lonlat(net.x, net.y)
    number = np.cumsum(used)
    header = Header()
    header.set("generator", INVENTED)
    writer = SimpleWriter(str(path), header=header, overwrite=True)
    try:
        rows = np.flatnonzero(used)
        places = zip(rows.tolist(), lon[rows].tolist(), lat[rows].tolist(), strict=True)
        for count, (row, x, y) in enumerate(places, start=1):
            tags = net.node_tags.get(row, {})
            writer.add_node(Node(id=count, version=1, location=(x, y), tags=tags))
        for count, way in enumerate(net.ways, start=1):
            ids = number[way.nodes].tolist()
            writer.add_way(OsmWay(id=count, version=1, nodes=ids, tags=way.tags))
    finally:
        writer.close()
