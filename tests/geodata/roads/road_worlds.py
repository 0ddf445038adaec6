"""Small road files written on the spot, and networks put together by hand."""

from __future__ import annotations

import numpy as np

LON, LAT = 121.47, 31.23


def write_osm(path, nodes, ways, relations=()):
    """Write an .osm file: nodes {id: (lon, lat[, tags])}, ways [(id, refs, tags)]."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']

    def tags_of(tags):
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())

    for ref, spot in nodes.items():
        tags = tags_of(spot[2]) if len(spot) > 2 else ""
        lines.append(
            f'<node id="{ref}" version="1" lat="{spot[1]:.7f}" lon="{spot[0]:.7f}">{tags}</node>'
        )
    for way, refs, tags in ways:
        inner = "".join(f'<nd ref="{r}"/>' for r in refs)
        lines.append(f'<way id="{way}" version="1">{inner}{tags_of(tags)}</way>')
    for rel, members, tags in relations:
        inner = "".join(f'<member type="way" ref="{r}" role="{role}"/>' for r, role in members)
        lines.append(f'<relation id="{rel}" version="1">{inner}{tags_of(tags)}</relation>')
    lines.append("</osm>")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def at(east_m, north_m):
    """Longitude and latitude of a place east and north of the middle of the test city."""
    return LON + east_m / 95_270.0, LAT + north_m / 110_860.0


def grid_nodes(columns, rows, step_m=100.0):
    return {
        1 + c + columns * r: at(c * step_m, r * step_m) for r in range(rows) for c in range(columns)
    }


def float_matrix(n, u, v, cost):
    """Matrix for scipy: the cheapest of parallel arcs, zeros kept by a hair."""
    from scipy.sparse import coo_array

    order = np.lexsort((cost, v, u))
    u, v, cost = np.asarray(u)[order], np.asarray(v)[order], np.asarray(cost, float)[order]
    first = np.r_[True, (np.diff(u) != 0) | (np.diff(v) != 0)]
    keep = first & (u != v)
    # scipy drops zeros: shift whole numbers by an amount that cannot add up to one
    return coo_array((cost[keep] + 1e-7, (u[keep], v[keep])), shape=(n, n)).tocsr()


def matrix(network, mode):
    graph = network.modes[mode]
    tail = np.repeat(np.arange(network.n_nodes), np.diff(graph.indptr))
    return float_matrix(network.n_nodes, tail, graph.heads, graph.cost_ds)
