from __future__ import annotations

import numpy as np
import pytest
from road_worlds import at, grid_nodes, matrix, write_osm
from scipy.sparse.csgraph import dijkstra

from geodata.errors import EmptyLayerError, InputFormatError, InputMissingError
from geodata.roads import build_network, load_network, save_network


def town(path):
    nodes = grid_nodes(5, 4)
    ways = [
        (100 + r, [1 + c + 5 * r for c in range(5)], {"highway": "residential"}) for r in range(4)
    ]
    ways += [(200 + c, [1 + c + 5 * r for r in range(4)], {"highway": "footway"}) for c in range(5)]
    return write_osm(path, nodes, ways)


def test_walk_network_of_a_grid(tmp_path):
    network = build_network(town(tmp_path / "town.osm"))
    assert network.crs == "EPSG:32651"
    # the four corners are places where a street turns into a path: they stay
    assert network.n_nodes == 20
    assert network.n_edges == 31
    walk = network.modes["walk"]
    assert len(walk.heads) == 62
    assert set(walk.component.tolist()) == {0}
    # 100 m at 4.8 km/h is 75 seconds
    assert np.abs(walk.cost_ds - 750).max() <= 2
    assert np.abs(network.edge_length_m - 100).max() < 0.2


@pytest.mark.parametrize("suffix", [".osm", ".osm.gz", ".osm.bz2"])
def test_compressed_files_give_the_same_network(tmp_path, suffix):
    import bz2
    import gzip

    plain = town(tmp_path / "plain.osm")
    packed = tmp_path / f"town{suffix}"
    pack = {".osm": bytes, ".osm.gz": gzip.compress, ".osm.bz2": bz2.compress}[suffix]
    packed.write_bytes(pack(plain.read_bytes()))
    assert build_network(packed).content_hash == build_network(plain).content_hash


def test_order_of_ways_in_the_file_changes_nothing(tmp_path):
    nodes = grid_nodes(3, 3)
    ways = [(9, [1, 2, 3], {"highway": "path"}), (4, [2, 5, 8], {"highway": "path"})]
    one = build_network(write_osm(tmp_path / "a.osm", nodes, ways))
    two = build_network(
        write_osm(tmp_path / "b.osm", dict(reversed(nodes.items())), list(reversed(ways)))
    )
    assert one.content_hash == two.content_hash


def test_save_and_load_is_identity(tmp_path, helsinki):
    save_network(helsinki, tmp_path / "net")
    save_network(helsinki, tmp_path / "net")  # replacing an older one
    back = load_network(tmp_path / "net", check=True)
    assert back.content_hash == helsinki.content_hash
    assert type(back.geometry_xy) is np.ndarray
    assert isinstance(back.geometry_xy.base, np.memmap)
    back.geometry_xy[0] += 1.0  # stays in this process
    assert load_network(tmp_path / "net", check=True).content_hash == helsinki.content_hash
    assert back.mode_rows == helsinki.mode_rows
    assert dict(back.repairs) == dict(helsinki.repairs)
    assert list(back.modes) == ["walk", "bicycle", "drive"]
    assert [p.name for p in tmp_path.iterdir()] == ["net"]


def test_a_changed_store_is_found_out(tmp_path, helsinki):
    save_network(helsinki, tmp_path / "net")
    file = tmp_path / "net" / "mode0.cost_ds.npy"
    costs = np.load(file)
    costs[5] += 1
    np.save(file, costs)
    with pytest.raises(InputFormatError, match="hash"):
        load_network(tmp_path / "net", check=True)
    file.unlink()
    with pytest.raises(InputFormatError):
        load_network(tmp_path / "net")
    with pytest.raises(InputMissingError):
        load_network(tmp_path / "nothing")


@pytest.mark.parametrize("mode", ["walk", "bicycle", "drive"])
def test_simplification_changes_no_travel_time(shared_roads, mode):
    raw = build_network(shared_roads / "Helsinki.osm.pbf", modes=(mode,), simplify=False)
    plain = build_network(shared_roads / "Helsinki.osm.pbf", modes=(mode,))
    assert plain.n_nodes < 0.5 * raw.n_nodes
    position = {int(ref): k for k, ref in enumerate(raw.node_id)}
    kept = np.array([position[int(ref)] for ref in plain.node_id])
    origins = np.random.default_rng(7).choice(plain.n_nodes, 60, replace=False)
    short = dijkstra(matrix(plain, mode), indices=origins)
    long = dijkstra(matrix(raw, mode), indices=kept[origins])[:, kept]
    assert np.array_equal(np.isfinite(short), np.isfinite(long))
    reached = np.isfinite(short)
    assert reached.sum() > 5_000
    assert np.array_equal(np.rint(short[reached]), np.rint(long[reached]))


def test_missing_empty_and_broken_files(tmp_path):
    with pytest.raises(InputMissingError):
        build_network(tmp_path / "none.osm.pbf")
    (tmp_path / "empty.osm.pbf").write_bytes(b"")
    with pytest.raises(EmptyLayerError):
        build_network(tmp_path / "empty.osm.pbf")
    (tmp_path / "junk.osm.pbf").write_bytes(b"not a road file at all" * 50)
    with pytest.raises(InputFormatError):
        build_network(tmp_path / "junk.osm.pbf")
    (tmp_path / "cut.osm").write_text("<osm version='0.6'><node id='1' lat='1' lon='1'>")
    with pytest.raises(InputFormatError):
        build_network(tmp_path / "cut.osm")
    (tmp_path / "roads.dwg").write_bytes(b"x")
    with pytest.raises(InputFormatError):
        build_network(tmp_path / "roads.dwg")


def test_nodes_without_ways(tmp_path):
    with pytest.raises(EmptyLayerError, match="no road"):
        build_network(write_osm(tmp_path / "n.osm", {1: at(0, 0), 2: at(10, 0)}, []))
