"""Make a `RoadNetwork` of segments: edges, geometry, one graph per mode, and the hash of it all."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np

from geodata.roads.access import highway_class, road_layer
from geodata.roads.network import ModeGraph, RoadNetwork
from geodata.roads.simplify import chains

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geodata.roads.costs import ModeSegments
    from geodata.roads.segments import Segments

__all__ = ["assemble", "content_hash", "graph_key", "make_graph"]

ALL_DAY = "all"


def graph_key(mode: str, period: str) -> str:
    """Key of a graph in ``RoadNetwork.modes``: the mode all day, ``mode@period`` in a named period."""
    return mode if period == ALL_DAY else f"{mode}@{period}"


def assemble(pieces: Segments, modes: Sequence[ModeSegments], *, simplify: bool) -> RoadNetwork:
    """Join segments into edges and build every mode's graph.

    Parameters
    ----------
    pieces
        Segments that at least one mode uses.
    modes
        What each mode may do on them.
    simplify
        Whether chains are joined; otherwise every segment is an edge.

    Returns
    -------
    RoadNetwork
    """
    classes, kind = _codes([highway_class(tags) for tags in pieces.profiles], pieces.profile)
    layer = np.array([road_layer(tags) for tags in pieces.profiles], np.int8)[pieces.profile]
    highway = kind[pieces.profile]
    ptr, chain, turned = _edges(pieces, modes, highway, layer, simplify=simplify)
    tail = np.where(turned, pieces.b[chain], pieces.a[chain])
    head = np.where(turned, pieces.a[chain], pieces.b[chain])
    first, last = ptr[:-1], ptr[1:] - 1
    u, v = tail[first], head[last]
    kept, number = _kept(len(pieces.node_id), u, v)
    u, v = number[u], number[v]
    geometry_ptr, vertices = _vertices(ptr, tail, head[last])
    graphs = {}
    for made in modes:
        forward = np.where(turned, made.backward[chain], made.forward[chain])[first]
        backward = np.where(turned, made.forward[chain], made.backward[chain])[first]
        for period, ahead in made.cost_forward.items():
            back = made.cost_backward[period]
            along = np.add.reduceat(np.where(turned, back[chain], ahead[chain]), first)
            against = np.add.reduceat(np.where(turned, ahead[chain], back[chain]), first)
            graphs[graph_key(made.mode.name, period)] = make_graph(
                len(kept),
                u,
                v,
                forward=forward,
                backward=backward,
                cost_forward=along,
                cost_backward=against,
            )
    return finished(
        crs=pieces.crs,
        node_id=pieces.node_id[kept],
        node_x=pieces.x[kept],
        node_y=pieces.y[kept],
        edge_u=u.astype(np.int32),
        edge_v=v.astype(np.int32),
        edge_length_m=np.add.reduceat(pieces.length_m[chain], first),
        edge_way_id=pieces.way[chain[first]],
        edge_highway=highway[chain[first]],
        edge_layer=layer[chain[first]],
        geometry_indptr=geometry_ptr,
        geometry_xy=np.column_stack([pieces.x[vertices], pieces.y[vertices]]),
        highway_classes=classes,
        modes=graphs,
        repairs=dict(sorted(pieces.repairs.items())),
        mode_rows={made.mode.name: made.mode for made in modes},
    )


def finished(**parts: object) -> RoadNetwork:
    """Network with its content hash filled in."""
    unnamed = RoadNetwork(**parts, content_hash="")  # type: ignore[arg-type]
    return RoadNetwork(**parts, content_hash=content_hash(unnamed))  # type: ignore[arg-type]


def _codes(names: list[str], used: NDArray[np.int32]) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
    # only classes that an edge has; more than 256 kinds of road are not a road file
    classes = sorted({names[k] for k in np.unique(used)})[:256]
    place = {name: k for k, name in enumerate(classes)}
    return tuple(classes), np.array([place.get(name, 0) for name in names], np.uint8)


def _edges(
    pieces: Segments,
    modes: Sequence[ModeSegments],
    highway: NDArray[np.uint8],
    layer: NDArray[np.int8],
    *,
    simplify: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]:
    m = len(pieces.a)
    if not simplify:
        return np.arange(m + 1), np.arange(m, dtype=np.int32), np.zeros(m, bool)
    same = (highway.astype(np.int64) << 8) + (layer.astype(np.int64) + 128)
    along, against = same.copy(), same.copy()
    for made in modes:
        along = (along << 2) + (made.forward * 2 + made.backward)
        against = (against << 2) + (made.backward * 2 + made.forward)
    return chains(len(pieces.node_id), pieces.a, pieces.b, along, against)


def _kept(
    n: int, u: NDArray[np.int32], v: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    used = np.zeros(n, bool)
    used[u] = used[v] = True
    kept = np.flatnonzero(used)
    number = np.full(n, -1, np.int32)
    number[kept] = np.arange(len(kept), dtype=np.int32)
    return kept, number


def _vertices(
    ptr: NDArray[np.int64], tail: NDArray[np.int32], end: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    n = len(ptr) - 1
    geometry_ptr = ptr + np.arange(n + 1)
    vertices = np.empty(geometry_ptr[-1], np.int32)
    last = geometry_ptr[1:] - 1
    inner = np.ones(len(vertices), bool)
    inner[last] = False
    vertices[inner] = tail
    vertices[last] = end
    return geometry_ptr, vertices


def make_graph(
    n_nodes: int,
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    *,
    forward: NDArray[np.bool_],
    backward: NDArray[np.bool_],
    cost_forward: NDArray[np.int32],
    cost_backward: NDArray[np.int32],
) -> ModeGraph:
    """Graph of one mode in compressed sparse rows; arcs of a node ascend by edge, along before against."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ahead, back = np.flatnonzero(forward), np.flatnonzero(backward)
    edge = np.concatenate([ahead, back])
    tail = np.concatenate([u[ahead], v[back]])
    heads = np.concatenate([v[ahead], u[back]]).astype(np.int32)
    cost = np.concatenate([cost_forward[ahead], cost_backward[back]]).astype(np.int32)
    along = np.concatenate([np.ones(len(ahead), bool), np.zeros(len(back), bool)])
    order = np.lexsort((~along, edge, tail))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n_nodes))]).astype(np.int64)
    heads = heads[order]
    component = np.full(n_nodes, -1, np.int32)
    if len(edge):
        graph = csr_array((np.ones(len(heads), np.int8), heads, indptr), shape=(n_nodes, n_nodes))
        _, label = connected_components(graph, directed=True, connection="strong")
        used = np.zeros(n_nodes, bool)
        used[tail] = used[heads] = True
        component = _by_size(label, used)
    return ModeGraph(
        indptr=indptr,
        heads=heads,
        cost_ds=cost[order],
        edge=edge[order].astype(np.int32),
        forward=along[order],
        component=component,
    )


def _by_size(label: NDArray[np.int32], used: NDArray[np.bool_]) -> NDArray[np.int32]:
    nodes = np.flatnonzero(used)
    found, first, at, size = np.unique(
        label[nodes], return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(found), np.int32)
    rank[np.lexsort((first, -size))] = np.arange(len(found), dtype=np.int32)
    component = np.full(len(label), -1, np.int32)
    component[nodes] = rank[at]
    return component


def content_hash(network: RoadNetwork) -> str:
    """Hash of every array's values and every name, the same on every machine and however it is stored."""
    digest = hashlib.sha256()
    _feed(digest, network)
    return digest.hexdigest()[:32]


def _feed(digest: hashlib._Hash, value: object) -> None:
    for field in fields(value):  # type: ignore[arg-type]
        if field.name in ("content_hash", "repairs", "mode_rows"):
            continue
        part = getattr(value, field.name)
        digest.update(f"|{field.name}:".encode())
        if isinstance(part, np.ndarray):
            plain = np.ascontiguousarray(part, part.dtype.newbyteorder("<"))
            digest.update(f"{plain.dtype.str}{plain.shape}".encode())
            digest.update(plain.data)
        elif is_dataclass(part) and not isinstance(part, type):
            _feed(digest, part)
        elif field.name == "modes":
            graphs: Mapping[str, ModeGraph] = part
            for name in sorted(graphs):
                digest.update(f"|mode {name}".encode())
                _feed(digest, graphs[name])
        else:
            digest.update(repr(part).encode())
