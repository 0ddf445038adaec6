from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from road_worlds import at, grid_nodes, write_osm

from geodata.errors import CrsError, EmptyLayerError, GeodataError
from geodata.roads import build_network, describe_repairs
from geodata.roads.repairs import REPAIRS

STREET = {"highway": "residential"}


def test_a_way_cut_by_the_box_of_the_file(tmp_path):
    nodes = grid_nodes(6, 1)
    del nodes[3]  # the file lacks a node in mid-way
    network = build_network(write_osm(tmp_path / "x.osm", nodes, [(1, [1, 2, 3, 4, 5, 6], STREET)]))
    assert network.repairs == {"nodes_without_coordinates": 1, "segments_to_missing_nodes": 2}
    assert network.n_edges == 2
    # the gap is not bridged
    assert network.edge_length_m.sum() == pytest.approx(300, rel=1e-3)
    assert set(network.modes["walk"].component.tolist()) == {0, 1}


def test_ways_to_nothing_but_missing_nodes(tmp_path):
    with pytest.raises(EmptyLayerError, match="no road has two nodes"):
        build_network(write_osm(tmp_path / "x.osm", {1: at(0, 0)}, [(1, [1, 2, 3], STREET)]))


def test_a_way_of_one_node_and_a_node_twice(tmp_path):
    ways = [(1, [1], STREET), (2, [1, 2, 2, 3], STREET), (2, [1, 2, 2, 3], STREET)]
    network = build_network(write_osm(tmp_path / "x.osm", grid_nodes(3, 1), ways))
    assert network.repairs["ways_with_too_few_nodes"] == 1
    assert network.repairs["segments_from_a_node_to_itself"] == 1
    assert network.repairs["repeated_ways"] == 1
    assert network.edge_length_m.sum() == pytest.approx(200, rel=1e-3)


def test_every_repair_has_words():
    """Each count the code can make is described, and nothing else is."""
    home = Path(build_network.__code__.co_filename).parent
    made = set()
    for file in home.glob("*.py"):
        if file.name != "repairs.py":
            made |= set(re.findall(r"\"([a-z_]+)\"", file.read_text(encoding="utf-8")))
    assert set(REPAIRS) <= made
    counts = dict.fromkeys(REPAIRS, 2) | {"walk:segments_cut_at_barriers": 1}
    lines = describe_repairs(counts)
    assert len(lines) == len(counts)
    assert "1 pieces of road closed at barriers (walk)" in lines


def test_two_nodes_in_one_place(tmp_path):
    nodes = {1: at(0, 0), 2: at(100, 0), 3: at(100, 0), 4: at(200, 0)}
    network = build_network(
        write_osm(tmp_path / "x.osm", nodes, [(1, [1, 2, 3, 4], STREET)]), simplify=False
    )
    assert sorted(network.modes["walk"].cost_ds.tolist())[:2] == [0, 0]
    assert network.n_edges == 3


def test_ways_before_nodes_and_negative_ids(tmp_path):
    plain = write_osm(tmp_path / "a.osm", grid_nodes(3, 2), [(1, [1, 2, 3, 6], STREET)])
    text = plain.read_text(encoding="utf-8")
    lines = text.splitlines()
    ways = [line for line in lines if line.startswith("<way")]
    rest = [line for line in lines if not line.startswith("<way")]
    upside = tmp_path / "b.osm"
    upside.write_text("\n".join([*rest[:2], *ways, *rest[2:]]), encoding="utf-8")
    assert build_network(upside).content_hash == build_network(plain).content_hash
    drawn = tmp_path / "c.osm"
    drawn.write_text(text.replace('id="', 'id="-').replace('ref="', 'ref="-'), encoding="utf-8")
    network = build_network(drawn)
    assert network.node_id.max() < 0
    assert network.edge_length_m.sum() == build_network(plain).edge_length_m.sum()


def test_coordinates_in_the_wrong_order(tmp_path):
    nodes = {ref: (lat, lon) for ref, (lon, lat) in grid_nodes(3, 1).items()}
    # 121 degrees north is nowhere: the nodes have no place
    with pytest.raises(EmptyLayerError):
        build_network(write_osm(tmp_path / "x.osm", nodes, [(1, [1, 2, 3], STREET)]))


def test_coordinates_that_are_not_numbers(tmp_path):
    file = write_osm(tmp_path / "x.osm", grid_nodes(3, 1), [(1, [1, 2, 3], STREET)])
    text = file.read_text(encoding="utf-8")
    start = text.index('lat="')
    file.write_text(
        text[:start] + 'lat="north"' + text[text.index('"', start + 5) + 1 :], encoding="utf-8"
    )
    with pytest.raises(GeodataError):
        build_network(file)


def test_a_crs_that_is_not_known(tmp_path):
    file = write_osm(tmp_path / "x.osm", grid_nodes(3, 1), [(1, [1, 2, 3], STREET)])
    with pytest.raises(CrsError):
        build_network(file, crs="no such system")


@pytest.mark.parametrize(
    "name", ["Helsinki.osm.pbf", "monaco.osm.gz", "lllllf_shanghai.osm", "andorra.osm.pbf"]
)
def test_every_real_file_gives_a_sound_network(shared_roads, name):
    network = build_network(shared_roads / name, modes=("walk", "ebike", "bicycle", "drive"))
    assert len(describe_repairs(network.repairs)) == len(network.repairs)
    nodes, edges = network.n_nodes, network.n_edges
    assert len(np.unique(network.node_id)) == nodes
    ptr, xy = network.geometry_indptr, network.geometry_xy
    assert ptr[-1] == len(xy)
    assert (np.diff(ptr) >= 2).all()
    assert np.isfinite(xy).all()
    ends = np.column_stack([network.node_x, network.node_y])
    assert np.array_equal(xy[ptr[:-1]], ends[network.edge_u])
    assert np.array_equal(xy[ptr[1:] - 1], ends[network.edge_v])
    assert (network.edge_length_m >= 0).all()
    assert set(np.unique(network.edge_highway)) == set(range(len(network.highway_classes)))
    for graph in network.modes.values():
        assert graph.indptr[-1] == len(graph.heads) == len(graph.cost_ds)
        assert (graph.cost_ds >= 0).all()
        assert graph.heads.min() >= 0
        assert graph.heads.max() < nodes
        assert graph.edge.max() < edges
        tail = np.repeat(np.arange(nodes), np.diff(graph.indptr))
        assert np.array_equal(
            tail, np.where(graph.forward, network.edge_u[graph.edge], network.edge_v[graph.edge])
        )
        sizes = np.bincount(graph.component[graph.component >= 0])
        assert (np.diff(sizes) <= 0).all()
        unused = np.ones(nodes, bool)
        unused[tail] = unused[graph.heads] = False
        assert np.array_equal(graph.component == -1, unused)
