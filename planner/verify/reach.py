"""Who reaches what: searched again with scipy over the whole network, one search per tier."""

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
    from planner.policy import Policy

_ = translator("planner")

LAYERS = {
    "workers": ("enterprises", "enterprise_id"),
    "outdoor": ("outdoor", "outdoor_id"),
    "sites": ("sites", "site_id"),
}
TINY = 1e-4
"""Stands for an arc of no cost, which scipy would take for an absent one; far below half a decisecond in sum."""


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


def check_reach(plan: Plan, policy: Policy, network: RoadNetwork) -> list[Finding]:
    """Search from every tier's open sites and compare each access point's nearest time."""
    found: list[Finding] = []
    access = plan.derived["access"]
    for tier in policy.tiers:
        sites = plan.facilities.loc[plan.facilities["tier"] == tier.name, "site_id"]
        of_sites = access[(access["layer"] == "sites") & (access["mode"] == tier.mode)].set_index(
            "entity_id"
        )["access_id"]
        demand = (
            access.loc[
                (access["layer"] == tier.demand) & (access["mode"] == tier.mode), "access_id"
            ]
            .dropna()
            .unique()
        )
        points = plan.derived["access_points"].query("mode == @tier.mode").set_index("access_id")
        nearest = nearest_ds(
            network,
            network.modes[tier.mode],
            points.loc[demand],
            points.loc[of_sites.reindex(sites).dropna()],
        )
        within = np.where(nearest <= tier.cutoff_min * 600, nearest, -1)
        said = (
            plan.derived["reach"].query("tier == @tier.name").set_index("access_id")["deciseconds"]
        )
        # Points whose weight is zero are no demand and so have no row.
        booked = said.reindex(demand).fillna(-1).to_numpy(np.int64)
        weightless = _weightless(plan, tier.name, policy, set(demand))
        wrong = [
            name
            for name, a, b in zip(demand, booked, within, strict=True)
            if a != b and name not in weightless
        ]
        found += finding(
            "reach", _("access points whose time to the nearest site differs"), wrong, tier.name
        )
    return found


def _weightless(plan: Plan, tier_name: str, policy: Policy, demand: set[str]) -> set[str]:
    tier = policy.tier(tier_name)
    frame_name, id_column = LAYERS[tier.demand]
    frame = plan.layers[frame_name]
    ids = frame[id_column]
    if tier.demand == "outdoor":
        weight = sum(
            frame[f"h{hour:02d}"]
            for hour in range(tier.period.first_hour, tier.period.last_hour + 1)
        )
    else:
        weight = frame["workers"].where(frame["in_scope"], 0)
        beyond = plan.layers.get("unregistered")
        if beyond is not None and len(beyond):
            ids = pd.concat([ids, beyond["unregistered_id"]], ignore_index=True)
            weight = pd.concat([weight, beyond["workers"]], ignore_index=True)
    access = (
        plan.derived["access"]
        .query("layer == @tier.demand and mode == @tier.mode")
        .set_index("entity_id")["access_id"]
    )
    total = pd.Series(np.asarray(weight, float)).groupby(ids.map(access).to_numpy()).sum()
    return demand - set(total.index[total > 0])


def nearest_ds(
    network: RoadNetwork, graph: ModeGraph, demand: pd.DataFrame, sites: pd.DataFrame
) -> np.ndarray:
    """Return deciseconds from each demand point to its nearest site by one scipy search; -1 when there is none.

    Parameters
    ----------
    network, graph
        Roads, and the arcs of the mode.
    demand, sites
        ``edge``, ``fraction``, ``access_ds``; an arc cut at a point costs floor(cost x share + 1/2) up to it and the
        rest after it.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n = network.n_nodes
    tail = np.repeat(np.arange(n), np.diff(graph.indptr))
    # One more node stands for "any open site"; arcs run against traffic, from sites back to people.
    rows, columns, costs = [graph.heads.astype(np.int64)], [tail], [graph.cost_ds.astype(float)]
    for arcs, node, cost in _ends(network, graph, sites, leaving=False):
        rows.append(np.full(len(arcs), n))
        columns.append(node)
        costs.append(cost.astype(float))
    row, column, cost = (np.concatenate(part) for part in (rows, columns, costs))
    order = np.lexsort((cost, column, row))
    row, column, cost = row[order], column[order], cost[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])  # scipy would add parallel arcs
    matrix = csr_array(
        (np.maximum(cost[first], TINY), (row[first], column[first])), shape=(n + 1, n + 1)
    )
    distance = dijkstra(matrix, indices=np.array([n]))[0]
    best = np.full(len(demand), np.inf)
    for rows_of, node, cost_to in _ends(network, graph, demand, leaving=True):
        np.minimum.at(best, rows_of, distance[node] + cost_to)
    best = np.minimum(best, _same_edge(graph, demand, sites))
    return np.where(np.isfinite(best), np.rint(np.where(np.isfinite(best), best, 0)), -1).astype(
        np.int64
    )


def _ends(
    network: RoadNetwork, graph: ModeGraph, points: pd.DataFrame, *, leaving: bool
) -> list[tuple[np.ndarray, ...]]:
    """Return (point row, node, cost) for each way a point is joined to the ends of its edge."""
    table = _arc_costs(graph)
    edge, fraction = points["edge"].to_numpy(np.int64), points["fraction"].to_numpy(float)
    access = points["access_ds"].to_numpy(np.int64)
    out: list[tuple[np.ndarray, ...]] = []
    for forward in (True, False):
        cost = table.reindex(
            pd.MultiIndex.from_arrays([edge, np.full(len(edge), forward)])
        ).to_numpy()
        rows = np.flatnonzero(~np.isnan(cost))
        whole = cost[rows]
        # Deciseconds from u to the point on the forward arc, from the point to u on the backward arc.
        u_part = np.floor(whole * fraction[rows] + 0.5)
        at_u = forward != leaving
        node = (network.edge_u if at_u else network.edge_v)[edge[rows]]
        out.append(
            (rows, node.astype(np.int64), (u_part if at_u else whole - u_part) + access[rows])
        )
    return out


def _arc_costs(graph: ModeGraph) -> pd.Series:
    """Return the cheapest cost along each edge by direction."""
    frame = pd.DataFrame(
        {"edge": graph.edge, "forward": graph.forward, "cost": graph.cost_ds.astype(float)}
    )
    return frame.groupby(["edge", "forward"])["cost"].min()


def _same_edge(graph: ModeGraph, demand: pd.DataFrame, sites: pd.DataFrame) -> np.ndarray:
    """Return the direct time where demand and a site share an edge and the arc runs that way."""
    table = _arc_costs(graph)
    pairs = (
        demand.reset_index(drop=True)
        .reset_index(names="row")
        .merge(sites.reset_index(drop=True), on="edge", suffixes=("", "_site"))
    )
    best = np.full(len(demand), np.inf)
    if len(pairs):
        here, there = pairs["fraction"].to_numpy(), pairs["fraction_site"].to_numpy()
        access = (pairs["access_ds"] + pairs["access_ds_site"]).to_numpy()
        for forward in (True, False):
            arcs = pd.MultiIndex.from_arrays([pairs["edge"], np.full(len(pairs), forward)])
            cost = table.reindex(arcs).to_numpy()
            along = np.floor(cost * there + 0.5) - np.floor(cost * here + 0.5)
            runs = ~np.isnan(cost) & ((there >= here) if forward else (there <= here))
            direct = np.where(runs, np.abs(along), np.inf) + access
            np.minimum.at(best, pairs["row"].to_numpy(), direct)
    return best
