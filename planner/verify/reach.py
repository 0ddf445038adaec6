"""Where people meet the roads, and how a point is joined to the ends of its edge: worked out again with shapely and numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.messages import translator
from planner.verify.finding import Finding, finding

if TYPE_CHECKING:
    from geodata.roads import RoadNetwork
    from geodata.roads.network import ModeGraph
    from planner.plan import Plan

_ = translator("planner")

LAYERS = {
    "workers": ("enterprises", "enterprise_id"),
    "outdoor": ("outdoor", "outdoor_id"),
    "sites": ("sites", "site_id"),
}


def check_access(plan: Plan, network: RoadNetwork) -> list[Finding]:
    """Check that every access point lies where its entity meets the road, by shapely on the stored geometry."""
    found: list[Finding] = []
    if network.content_hash != plan.manifest["network"]:
        return finding(
            "network", _("the plan was made on another road network"), [network.content_hash]
        )
    access = plan.derived["access"].merge(
        plan.derived["access_points"], on=["mode", "access_id"], how="left"
    )
    limits = plan.manifest["scenario"]["travel"]
    slack_m = limits["access_grid_m"] / 2 + 1.0
    for layer in LAYERS:
        rows = access[(access["layer"] == layer) & access["access_id"].notna()]
        frame = _entities(plan, layer)
        entities = frame.reindex(rows["entity_id"])
        off = _off_network(rows, entities, network)
        wrong = rows.loc[np.abs(off - rows["distance_m"].to_numpy()) > slack_m, "entity_id"]
        found += finding(
            "access_point", _("entities whose access point lies elsewhere"), wrong, layer
        )
        far = rows.loc[rows["distance_m"] > limits["max_snap_m"] + 1e-6, "entity_id"]
        found += finding("access_limit", _("entities farther from a road than allowed"), far, layer)
    return found


def _entities(plan: Plan, layer: str) -> pd.Series:
    """Return the points of a layer by id; workers are those of the register and those beyond it."""
    frame_name, id_column = LAYERS[layer]
    points: pd.Series = plan.layers[frame_name].set_index(id_column).geometry
    beyond = plan.layers.get("unregistered")
    if layer == "workers" and beyond is not None and len(beyond):
        points = pd.concat([points, beyond.set_index("unregistered_id").geometry])
    return points


def _off_network(rows: pd.DataFrame, points: pd.Series, network: RoadNetwork) -> np.ndarray:
    """Return metres from each entity to its access point.

    Not to the edge: where water lies between, the nearest spot of the edge is not where people reach it.
    """
    import shapely

    edges = rows["edge"].to_numpy(np.int64)
    unique, inverse = np.unique(edges, return_inverse=True)
    bounds = network.geometry_indptr
    lines = np.array(
        [shapely.LineString(network.geometry_xy[bounds[e] : bounds[e + 1]]) for e in unique],
        dtype=object,
    )
    fraction = rows["fraction"].to_numpy(float)
    spots = shapely.line_interpolate_point(lines[inverse], fraction, normalized=True)
    return np.asarray(shapely.distance(spots, np.asarray(points.array, dtype=object)))


def ends_of(
    network: RoadNetwork, graph: ModeGraph, points: pd.DataFrame, *, leaving: bool
) -> list[tuple[np.ndarray, ...]]:
    """Return (point row, node, cost) for each way a point is joined to the ends of its edge."""
    costs = _arc_costs(graph, network.n_edges)
    edge, fraction = points["edge"].to_numpy(np.int64), points["fraction"].to_numpy(float)
    access = points["access_ds"].to_numpy(np.int64)
    out: list[tuple[np.ndarray, ...]] = []
    for forward in (True, False):
        cost = costs[int(forward)][edge]
        rows = np.flatnonzero(np.isfinite(cost))
        whole = cost[rows]
        # Deciseconds from u to the point on the forward arc, from the point to u on the backward arc.
        u_part = np.floor(whole * fraction[rows] + 0.5)
        at_u = forward != leaving
        node = (network.edge_u if at_u else network.edge_v)[edge[rows]]
        out.append(
            (rows, node.astype(np.int64), (u_part if at_u else whole - u_part) + access[rows])
        )
    return out


def _arc_costs(graph: ModeGraph, edges: int) -> np.ndarray:
    """Return the cheapest cost along each edge, (2, edges): against its direction, and along it; infinite where no arc runs."""
    found = np.full((2, edges), np.inf)
    np.minimum.at(found, (graph.forward.astype(np.int64), graph.edge), graph.cost_ds.astype(float))
    return found


def same_edge(
    graph: ModeGraph, demand: pd.DataFrame, sites: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (demand row, site row, deciseconds) where both share an edge and an arc runs that way."""
    edges = int(max(graph.edge.max(initial=-1), demand["edge"].max(), sites["edge"].max())) + 1
    costs = _arc_costs(graph, edges)
    pairs = (
        demand.reset_index(drop=True)
        .reset_index(names="row")
        .merge(
            sites.reset_index(drop=True).reset_index(names="site"),
            on="edge",
            suffixes=("", "_site"),
        )
    )
    here, there = pairs["fraction"].to_numpy(), pairs["fraction_site"].to_numpy()
    access = (pairs["access_ds"] + pairs["access_ds_site"]).to_numpy()
    best = np.full(len(pairs), np.inf)
    for forward in (True, False):
        cost = costs[int(forward)][pairs["edge"].to_numpy(np.int64)]
        with np.errstate(invalid="ignore"):  # an arc that does not run
            along = np.floor(cost * there + 0.5) - np.floor(cost * here + 0.5)
        runs = np.isfinite(cost) & ((there >= here) if forward else (there <= here))
        best = np.minimum(best, np.where(runs, np.abs(along), np.inf) + access)
    known = np.isfinite(best)
    return pairs["row"].to_numpy()[known], pairs["site"].to_numpy()[known], best[known]
