from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from road_worlds import at, grid_nodes, matrix, write_osm
from scipy.sparse.csgraph import dijkstra

from geodata.crs import STORAGE_CRS
from geodata.errors import CrsError, EmptyLayerError, InputFormatError, MissingColumnError
from geodata.roads import build_network, from_networkx, to_networkx


def times_by_id(network, mode):
    """All travel times between nodes, by id."""
    ids = network.node_id
    order = np.argsort(ids)
    return ids[order], dijkstra(matrix(network, mode))[np.ix_(order, order)]


def test_there_and_back_is_identity(helsinki):
    graph = to_networkx(helsinki)
    assert graph.number_of_nodes() == helsinki.n_nodes
    back = from_networkx(graph)
    assert back.content_hash == helsinki.content_hash
    assert dict(back.repairs) == dict(helsinki.repairs)
    assert back.mode_rows == helsinki.mode_rows


def test_an_edge_taken_away_in_networkx_stays_away(helsinki):
    graph = to_networkx(helsinki)
    gone = [(u, v, k) for u, v, k, d in graph.edges(keys=True, data=True) if d["edge"] == 100]
    graph.remove_edges_from(gone)
    back = from_networkx(graph)
    assert back.n_edges == helsinki.n_edges - 1
    assert back.content_hash != helsinki.content_hash


def test_networkx_finds_the_same_times(helsinki):
    graph = to_networkx(helsinki)
    ids = helsinki.node_id.tolist()
    start = int(np.flatnonzero(helsinki.modes["drive"].component == 0)[17])
    ours = dijkstra(matrix(helsinki, "drive"), indices=[start])[0]
    theirs = nx.single_source_dijkstra_path_length(
        graph, ids[start], weight=lambda _u, _v, arcs: min((d["drive_ds"] for d in arcs.values() if "drive_ds" in d), default=None),
    )  # fmt: skip
    assert len(theirs) == np.isfinite(ours).sum()
    assert all(round(ours[k]) == theirs[ref] for k, ref in enumerate(ids) if ref in theirs)


def test_osmnx_works_on_it(helsinki):
    import osmnx

    graph = to_networkx(helsinki)
    nodes, edges = osmnx.graph_to_gdfs(graph)
    assert len(nodes) == helsinki.n_nodes
    assert edges.crs == helsinki.crs
    assert osmnx.stats.edge_length_total(graph) > helsinki.edge_length_m.sum()
    middle = float(helsinki.node_x.mean()), float(helsinki.node_y.mean())
    assert osmnx.distance.nearest_nodes(graph, *middle) in set(helsinki.node_id.tolist())


def osmnx_graph(simplify):
    import osmnx

    graph = nx.MultiDiGraph(crs=STORAGE_CRS)
    nodes = grid_nodes(4, 3)
    for ref, (lon, lat) in nodes.items():
        graph.add_node(ref, x=lon, y=lat)
    graph.nodes[6]["highway"] = "traffic_signals"

    def road(refs, oneway, osmid, highway):
        for u, v in pairwise(refs):
            graph.add_edge(u, v, osmid=osmid, highway=highway, oneway=oneway, reversed=False)
            if not oneway:
                graph.add_edge(v, u, osmid=osmid, highway=highway, oneway=False, reversed=True)

    road([1, 2, 3, 4], False, 11, "residential")
    road([5, 6, 7, 8], True, 12, "residential")
    road([9, 10, 11, 12], False, 13, "footway")
    road([1, 5, 9], False, 14, "tertiary")
    road([4, 8, 12], False, 15, "tertiary")
    graph = osmnx.distance.add_edge_lengths(graph)
    return osmnx.simplify_graph(graph) if simplify else graph


@pytest.mark.parametrize("simplify", [False, True])
@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_osmnx_graph_and_osm_file_agree(tmp_path, simplify, mode):
    nodes = grid_nodes(4, 3)
    nodes[6] = (*nodes[6], {"highway": "traffic_signals"})
    ways = [
        (11, [1, 2, 3, 4], {"highway": "residential"}),
        (12, [5, 6, 7, 8], {"highway": "residential", "oneway": "yes"}),
        (13, [9, 10, 11, 12], {"highway": "footway"}),
        (14, [1, 5, 9], {"highway": "tertiary"}),
        (15, [4, 8, 12], {"highway": "tertiary"}),
    ]
    ours = build_network(write_osm(tmp_path / "a.osm", nodes, ways), modes=(mode,), simplify=False)
    theirs = from_networkx(osmnx_graph(simplify), modes=(mode,), simplify=False)
    here, one = times_by_id(ours, mode)
    there, two = times_by_id(theirs, mode)
    both = np.intersect1d(here, there[there > 0])
    assert len(both) >= (2 if simplify else 7)
    a = one[np.ix_(np.searchsorted(here, both), np.searchsorted(here, both))]
    b = two[np.ix_(np.searchsorted(there, both), np.searchsorted(there, both))]
    assert np.array_equal(np.isfinite(a), np.isfinite(b))
    # osmnx measures on a sphere and merges away the signal when it simplifies
    slack = 0.006 * a[np.isfinite(a)] + (125 if simplify and mode == "drive" else 3)
    assert (np.abs(a - b)[np.isfinite(a)] <= slack).all()


@pytest.mark.parametrize("kind", ["graphml", "gpkg"])
def test_files_osmnx_writes(tmp_path, kind):
    import osmnx

    graph = osmnx_graph(simplify=True)
    file = tmp_path / f"city.{kind}"
    if kind == "graphml":
        osmnx.save_graphml(graph, file)
    else:
        osmnx.save_graph_geopackage(graph, file)
    read = build_network(file, modes=("walk", "drive"))
    memory = from_networkx(graph, modes=("walk", "drive"))
    assert read.n_nodes == memory.n_nodes
    assert sorted(read.modes["drive"].cost_ds) == sorted(memory.modes["drive"].cost_ds)
    assert read.edge_length_m.sum() == pytest.approx(memory.edge_length_m.sum(), abs=0.01)


def edges_frame(**columns):
    import geopandas as gpd

    lines = [
        shapely.LineString([at(0, 0), at(100, 0)]),
        shapely.LineString([at(100, 0), at(100, 100)]),
    ]
    data = {"u": [1, 2], "v": [2, 3], "highway": ["residential", "residential"]} | columns
    return gpd.GeoDataFrame(data, geometry=lines, crs=STORAGE_CRS)


def read_frame(frame, path, **more):
    frame.to_parquet(path)
    return build_network(path, simplify=False, **more)


@pytest.mark.parametrize(
    ("lengths", "repair"),
    [
        ([120.0, None], "lengths_missing"),
        ([120.0, -5.0], "lengths_negative"),
        ([120.0, 0.0], "lengths_shorter_than_the_line"),
        ([120.0, 3.0], "lengths_shorter_than_the_line"),
    ],
)
def test_lengths_that_cannot_be(tmp_path, lengths, repair):
    network = read_frame(edges_frame(length=lengths), tmp_path / "e.parquet")
    assert network.repairs[repair] == 1
    assert sorted(network.edge_length_m) == pytest.approx([100, 120], rel=1e-3)


def test_edges_without_geometry_or_with_holes_in_it(tmp_path):
    frame = edges_frame()
    frame.loc[1, "geometry"] = None
    assert read_frame(frame, tmp_path / "e.parquet").repairs["edges_without_a_line"] == 1
    with np.errstate(invalid="ignore"):
        frame.loc[1, "geometry"] = shapely.LineString(
            [at(0, 0), (np.nan, np.nan), at(50, 50), at(60, 50)]
        )
    network = read_frame(frame, tmp_path / "f.parquet")
    assert network.repairs["nodes_without_coordinates"] == 1
    assert network.repairs["segments_to_missing_nodes"] == 2
    assert network.n_edges == 2


def test_projected_edges_without_node_ids(tmp_path):
    frame = edges_frame().drop(columns=["u", "v"])
    plane = frame.to_crs(frame.estimate_utm_crs())
    network = read_frame(plane, tmp_path / "e.parquet")
    assert network.n_nodes == 3
    assert (network.modes["walk"].component == 0).all()
    assert network.edge_length_m == pytest.approx([100, 100], rel=1e-3)


def test_merged_tags_and_one_way_words(tmp_path):
    frame = edges_frame(
        highway=["['tertiary', 'residential']", "residential"], oneway=["True", "0"]
    )
    network = read_frame(frame, tmp_path / "e.parquet", modes=("drive",))
    assert network.highway_classes == ("residential", "tertiary")
    assert len(network.modes["drive"].heads) == 3


def test_frames_that_are_refused(tmp_path):
    bare = edges_frame().drop(columns="highway")
    with pytest.raises(MissingColumnError, match="highway"):
        read_frame(bare, tmp_path / "a.parquet")
    with pytest.raises(CrsError):
        read_frame(edges_frame().set_crs(None, allow_override=True), tmp_path / "b.parquet")
    with pytest.raises(EmptyLayerError):
        read_frame(edges_frame().iloc[:0], tmp_path / "c.parquet")
    swapped = edges_frame()
    swapped["geometry"] = shapely.transform(swapped.geometry.to_numpy(), lambda p: p[:, ::-1])
    with pytest.raises(CrsError, match="order"):
        read_frame(swapped, tmp_path / "d.parquet")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "e.parquet")
    with pytest.raises(InputFormatError):
        build_network(tmp_path / "e.parquet")
    (tmp_path / "f.graphml").write_text("<graphml>")
    with pytest.raises(InputFormatError):
        build_network(tmp_path / "f.graphml")


def test_graphs_that_are_refused():
    with pytest.raises(EmptyLayerError):
        from_networkx(nx.MultiDiGraph(crs=STORAGE_CRS))
    graph = osmnx_graph(simplify=False)
    del graph.nodes[3]["x"]
    with pytest.raises(MissingColumnError):
        from_networkx(graph)
    graph = osmnx_graph(simplify=False)
    del graph.graph["crs"]
    with pytest.raises(CrsError):
        from_networkx(graph)


def test_other_peoples_road_tables(shared_roads):
    wuhan = build_network(shared_roads / "wuhan_8989_original.parquet", modes=("walk", "drive"))
    assert 15_000 < wuhan.n_nodes < 30_000
    motorway = wuhan.highway_classes.index("motorway")
    walk, drive = (wuhan.edge_highway[wuhan.modes[m].edge] for m in ("walk", "drive"))
    assert (walk != motorway).all()
    assert (drive == motorway).any()
    xuhui = build_network(
        shared_roads / "shanghai_rcm_airl" / "network_shp.shp", modes=("walk", "drive")
    )
    assert len(xuhui.modes["drive"].heads) < len(xuhui.modes["walk"].heads)
