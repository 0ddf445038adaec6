"""To and from the graphs of osmnx and networkx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.crs import STORAGE_CRS, unproject
from geodata.errors import CrsError, EmptyLayerError, Fault, MissingColumnError
from geodata.messages import translator
from geodata.modes import modes_from
from geodata.roads.assemble import finished, make_graph
from geodata.roads.build import build_from_roads
from geodata.roads.edge_table import roads_from_edges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import networkx as nx

    from geodata.modes import Mode
    from geodata.roads.network import RoadNetwork
    from geodata.roads.raw import RawRoads

__all__ = ["from_networkx", "roads_from_graph", "to_networkx"]

_ = translator("geodata")

MARK = "road_network"


def from_networkx(
    graph: nx.MultiDiGraph[Any],
    *,
    modes: Sequence[str | Mode] = ("walk",),
    crs: str | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    periods: Mapping[str, tuple[int, int]] | None = None,
    simplify: bool = True,
) -> RoadNetwork:
    """Build a network from an osmnx graph, or take back one that `to_networkx` made.

    A graph of `to_networkx` whose edges are untouched gives the same network again, with the same hash and the
    modes it had; edges that were removed stay away, and changed ``<mode>_ds`` are taken as they are.
    Any other graph is read like a road file: by its tags.

    Parameters
    ----------
    graph
        Nodes with ``x``, ``y``; edges with ``highway``; ``graph.graph["crs"]``.
    modes, crs, overrides, periods, simplify
        As in `build_network`; not used for a graph of `to_networkx`.

    Returns
    -------
    RoadNetwork

    Raises
    ------
    EmptyLayerError, MissingColumnError, CrsError, NetworkError
        No edges; no coordinates or tags; no CRS; no road a mode may use.
    """
    if MARK in graph.graph and all("edge" in d for _u, _v, d in graph.edges(data=True)):
        return _taken_back(graph)
    rows = modes_from(modes, overrides)
    roads = roads_from_graph(graph, where=_("graph"))
    return build_from_roads(
        roads, modes=rows, crs=crs, periods=periods, simplify=simplify, where=_("graph")
    )


def roads_from_graph(graph: nx.MultiDiGraph[Any], *, where: str = "") -> RawRoads:
    """Roads of an osmnx graph, simplified or not; see `geodata.roads.edge_table.roads_from_edges`."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    if not graph.number_of_edges():
        raise EmptyLayerError(Fault(_("the graph has no edge"), where=where))
    if "crs" not in graph.graph:
        raise CrsError(
            Fault(
                _("the graph has no coordinate system"),
                where=where,
                fix=_('Set graph.graph["crs"], as osmnx does.'),
            )
        )
    lost = [ref for ref, d in graph.nodes(data=True) if "x" not in d or "y" not in d]
    if lost:
        raise MissingColumnError(
            Fault(_("nodes have no x and y"), where=where, count=len(lost), examples=lost[:5])
        )
    place = {ref: (float(d["x"]), float(d["y"])) for ref, d in graph.nodes(data=True)}
    number = {ref: k + 1 for k, ref in enumerate(place)}
    if all(isinstance(ref, int | np.integer) for ref in place):
        number = {ref: int(ref) for ref in place}
    rows = [{**d, "u": number[u], "v": number[v]} for u, v, d in graph.edges(data=True)]
    ends = [[place[u], place[v]] for u, v in graph.edges()]
    table = pd.DataFrame(rows)
    lines: Any = shapely.linestrings(np.array(ends))
    if "geometry" in table:
        drawn = table["geometry"].notna().to_numpy()
        lines[drawn] = table.loc[drawn, "geometry"].to_numpy()
    edges = gpd.GeoDataFrame(
        table.drop(columns="geometry", errors="ignore"), geometry=lines, crs=graph.graph["crs"]
    )
    nodes = pd.DataFrame([{**d, "osmid": number[ref]} for ref, d in graph.nodes(data=True)])
    return roads_from_edges(edges, nodes.drop(columns="geometry", errors="ignore"), where=where)


def to_networkx(network: RoadNetwork) -> nx.MultiDiGraph[Any]:
    """Make an osmnx graph of a network: an arc for each direction that some mode may use.

    Parameters
    ----------
    network
        Road network.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes by OSM id with ``x``, ``y`` (the network's CRS), ``lon``, ``lat``, ``node`` (its index). Arcs with ``osmid``, ``highway``,
        ``length`` (metres), ``oneway``, ``reversed``, ``layer``, ``geometry``, ``edge`` (index into the network) and
        ``<mode>_ds`` (deciseconds) for each mode that may go this way. It goes into any function of osmnx.
    """
    import networkx as nx
    import shapely

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs=network.crs, simplified=True)
    graph.graph[MARK] = {
        "modes": list(network.modes),
        "rows": dict(network.mode_rows),
        "highway_classes": network.highway_classes,
        "repairs": dict(network.repairs),
    }
    ids = network.node_id.tolist()
    lon, lat = unproject(network.node_x, network.node_y, network.crs)
    spots = zip(
        ids,
        network.node_x.tolist(),
        network.node_y.tolist(),
        lon.tolist(),
        lat.tolist(),
        strict=True,
    )
    graph.add_nodes_from(
        (ref, {"node": k, "x": x, "y": y, "lon": a, "lat": b})
        for k, (ref, x, y, a, b) in enumerate(spots)
    )
    ptr = np.asarray(network.geometry_indptr)
    owner = np.repeat(np.arange(network.n_edges), np.diff(ptr))
    lines: Any = shapely.linestrings(np.asarray(network.geometry_xy), indices=owner)
    costs = _costs(network)
    for ahead in (True, False):
        drawn = lines if ahead else shapely.reverse(lines)
        for e in range(network.n_edges):
            times = {f"{name}_ds": int(c[e]) for name, c in costs[ahead].items() if c[e] >= 0}
            if not times:
                continue
            u, v = ids[network.edge_u[e]], ids[network.edge_v[e]]
            graph.add_edge(
                u if ahead else v,
                v if ahead else u,
                edge=e,
                osmid=int(network.edge_way_id[e]),
                highway=network.highway_classes[network.edge_highway[e]],
                length=float(network.edge_length_m[e]),
                layer=int(network.edge_layer[e]),
                oneway=all(c[e] < 0 for c in costs[not ahead].values()),
                reversed=not ahead,
                geometry=drawn[e],
                **times,
            )
    return graph


def _costs(network: RoadNetwork) -> dict[bool, dict[str, Any]]:
    """Deciseconds per edge along and against, by mode; -1 where closed."""
    made: dict[bool, dict[str, Any]] = {True: {}, False: {}}
    for name, graph in network.modes.items():
        for ahead in (True, False):
            cost = np.full(network.n_edges, -1, np.int64)
            arcs = np.asarray(graph.forward) == ahead
            cost[graph.edge[arcs]] = graph.cost_ds[arcs]
            made[ahead][name] = cost
    return made


def _taken_back(graph: nx.MultiDiGraph[Any]) -> RoadNetwork:
    import shapely

    if not graph.number_of_edges():
        raise EmptyLayerError(Fault(_("the graph has no edge")))
    kept: dict[int, tuple[Any, Any, dict[str, Any]]] = {}
    arcs: dict[tuple[int, bool], dict[str, Any]] = {}
    for u, v, d in graph.edges(data=True):
        arcs[d["edge"], not d["reversed"]] = d
        if d["edge"] not in kept or not d["reversed"]:
            kept[d["edge"]] = (v, u, d) if d["reversed"] else (u, v, d)
    numbers = sorted(kept)
    # only nodes an edge still uses, in the same order as ever
    used = sorted({r for e in numbers for r in kept[e][:2]}, key=lambda r: graph.nodes[r]["node"])
    ids = np.array(used, np.int64)
    x = np.array([graph.nodes[ref]["x"] for ref in used])
    y = np.array([graph.nodes[ref]["y"] for ref in used])
    at = {ref: place for place, ref in enumerate(used)}
    u_at = np.array([at[kept[e][0]] for e in numbers], np.int32)
    v_at = np.array([at[kept[e][1]] for e in numbers], np.int32)
    lines = np.array([kept[e][2]["geometry"] for e in numbers], dtype=object)
    turned = np.array([kept[e][2]["reversed"] for e in numbers], bool)
    lines[turned] = shapely.reverse(lines[turned])
    xy = shapely.get_coordinates(lines)
    mark = graph.graph[MARK]
    classes = tuple(mark["highway_classes"])
    modes = {}
    for name in mark["modes"]:
        key = f"{name}_ds"
        cost = [
            np.array([arcs.get((e, ahead), {}).get(key, -1) for e in numbers], np.int64)
            for ahead in (True, False)
        ]
        modes[name] = make_graph(
            len(ids), u_at, v_at,
            forward=cost[0] >= 0, backward=cost[1] >= 0,
            cost_forward=cost[0].astype(np.int32), cost_backward=cost[1].astype(np.int32),
        )  # fmt: skip
    data = [kept[e][2] for e in numbers]
    return finished(
        crs=str(graph.graph.get("crs", STORAGE_CRS)),
        node_id=ids,
        node_x=x,
        node_y=y,
        edge_u=u_at,
        edge_v=v_at,
        edge_length_m=np.array([d["length"] for d in data], np.float64),
        edge_way_id=np.array([d["osmid"] for d in data], np.int64),
        edge_highway=np.array([classes.index(d["highway"]) for d in data], np.uint8),
        edge_layer=np.array([d["layer"] for d in data], np.int8),
        geometry_indptr=np.concatenate([[0], np.cumsum(shapely.get_num_points(lines))]).astype(
            np.int64
        ),
        geometry_xy=xy,
        highway_classes=classes,
        modes=modes,
        repairs=dict(mark["repairs"]),
        mode_rows=dict(mark["rows"]),
    )
