"""Organisations and areas at the size of a city; logs on stderr, one JSON object on stdout.

python benchmarks/organisations.py organisations   500,000 made enterprises to organisations
python benchmarks/organisations.py areas           blocks and adjacency of a made network of a million junctions
python benchmarks/organisations.py porto           blocks and adjacency of Porto's road file
python benchmarks/organisations.py shanghai        hexagons over Shanghai's boroughs, jobs of its real grid as enterprises
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

SHARED = Path(__file__).parents[2] / "shared" / "data"
SIDE = 1000
STEP_M = 80.0
RIVER_M = 250.0


def peak_gb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


class Clock:
    """Say what takes how long, and collect it."""

    def __init__(self):
        self.seconds = {}

    def __call__(self, name, work):
        start, busy = time.perf_counter(), time.process_time()
        result = work()
        self.seconds[name] = round(time.perf_counter() - start, 2)
        self.seconds[name + ", CPU"] = round(time.process_time() - busy, 2)
        print(
            f"{name}: {self.seconds[name]:.2f} s ({self.seconds[name + ', CPU']:.2f} s CPU), "
            f"peak {peak_gb():.2f} GB",
            file=sys.stderr,
        )
        return result


def registered(x, y, workers, seed, crs, towers=None):
    """Make an enterprise layer: two fifths in named towers, a fifth self-employed, three tenths unionised."""
    rng = np.random.default_rng(seed)
    n = len(x)
    named = np.zeros(n, bool) if towers is None else towers >= 0
    unionised = rng.random(n) < 0.3
    shop = ~named & (rng.random(n) < 0.2)
    shared = unionised & (workers < 20)
    names = [f"楼宇联合工会{k}" for k in rng.integers(0, n // 40 + 1, n)]
    frame = pd.DataFrame(
        {
            "enterprise_id": [f"e{i:07d}" for i in rng.permutation(n)],
            "name": [f"企业{i}" for i in range(n)],
            "address": [
                f"{chr(0x5C71 + k)}{chr(0x6797 + k)}路{i % 400}号"
                for i, k in enumerate(rng.integers(0, 300, n))
            ],
            "ownership": np.where(shop, "self_employed", "private"),
            "jurisdiction": np.where(rng.random(n) < 0.03, "bureau", "area"),
            "industry": rng.choice(list("CFGIJLO"), n),
            "workers": workers,
            "members": np.where(unionised, (workers * rng.random(n)).astype(np.int64), 0),
            "unionised": unionised,
            "union_name": np.where(
                shared, names, np.where(unionised, [f"工会{i}" for i in range(n)], None)
            ),
            "carrier_name": np.where(
                named,
                [f"第{t}大厦" for t in (towers if towers is not None else np.zeros(n, int))],
                None,
            ),
            "accuracy": np.where(rng.random(n) < 0.15, "committee", "exact"),
            "in_scope": rng.random(n) < 0.95,
        }
    )
    for column in ("union_name", "carrier_name"):
        frame[column] = frame[column].astype("str")
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(x, y), crs=crs)


def heavy_tailed(rng, n):
    return np.minimum(5000, 1 + rng.pareto(1.2, n) * 8).astype(np.int64)


def square_units(side_m, count, towns):
    """Make count x count square units in towns x towns street_towns."""
    size = side_m / count
    cells = [(i, j) for i in range(count) for j in range(count)]
    return gpd.GeoDataFrame(
        {
            "unit_id": [f"u{i:03d}-{j:03d}" for i, j in cells],
            "name": [f"第{i * count + j}居委会" for i, j in cells],
            "street_town_id": [
                f"t{i * towns // count:02d}-{j * towns // count:02d}" for i, j in cells
            ],
        },
        geometry=[
            shapely.box(i * size, j * size, (i + 1) * size, (j + 1) * size) for i, j in cells
        ],
        crs=32651,
    )


def bench_organisations(clock, n=500_000):
    from planner.organisations import OrganisationRules, form_organisations

    rng = np.random.default_rng(5)
    side = 60_000.0
    units = square_units(side, 80, 15)
    towers = np.where(rng.random(n) < 0.4, rng.integers(0, n // 60, n), -1)
    # two thirds crowd around centres, as in a city
    centre = rng.uniform(0, side, (200, 2))
    near = rng.random(n) < 0.67
    xy = np.where(
        near[:, None],
        centre[rng.integers(0, 200, n)] + rng.normal(0, 1500, (n, 2)),
        rng.uniform(0, side, (n, 2)),
    )
    tower_xy = rng.uniform(100, side - 100, (n // 60, 2))
    xy = np.where((towers >= 0)[:, None], tower_xy[towers] + rng.normal(0, 10, (n, 2)), xy).clip(
        1, side - 1
    )
    register = registered(*xy.T, heavy_tailed(rng, n), 6, 32651, towers)
    before = peak_gb()
    formed = clock(
        "form_organisations", lambda: form_organisations(register, units, OrganisationRules())
    )
    again = clock(
        "form_organisations at 85 %",
        lambda: form_organisations(register, units, OrganisationRules(level="at_85")),
    )
    return {
        "enterprises": n,
        "organisations": len(formed.organisations),
        "organisations_at_85": len(again.organisations),
        "workers_per_organisation": round(float(formed.organisations.workers.mean()), 1),
        "reasons": formed.membership.reason.value_counts().to_dict(),
        "marks": formed.marks["mark"].value_counts().to_dict(),
        "peak_gb": round(peak_gb(), 2),
        "peak_gb_before": round(before, 2),
    }


def made_network(side=SIDE):
    """Make a jittered grid of a million junctions, a river across it, a bridge every 2 km."""
    from geodata.roads.network import ModeGraph, RoadNetwork

    rng = np.random.default_rng(7)
    n = side * side
    i, j = np.divmod(np.arange(n), side)
    x = j * STEP_M + rng.uniform(-15, 15, n)
    y = i * STEP_M + rng.uniform(-15, 15, n) + np.where(i >= side // 2, RIVER_M, 0)
    here = np.arange(n).reshape(side, side)
    u = np.concatenate([here[:, :-1].ravel(), here[:-1].ravel()])
    v = np.concatenate([here[:, 1:].ravel(), here[1:].ravel()])
    across = (i[u] == side // 2 - 1) & (i[v] == side // 2)
    bridge = across & (j[u] % 25 == 0)
    straight = np.where(i[u] == i[v], i[u], j[u]) % 10 == 0
    kept = (straight | (rng.random(len(u)) > 0.1)) & (~across | bridge)
    u, v, main, bridge = u[kept], v[kept], straight[kept] & ~across[kept], bridge[kept]
    length = np.hypot(x[u] - x[v], y[u] - y[v])
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    by = np.argsort(tail, kind="stable")
    edge = np.tile(np.arange(len(u)), 2)
    graph = ModeGraph(
        indptr=np.searchsorted(tail[by], np.arange(n + 1)).astype(np.int64),
        heads=head[by].astype(np.int32),
        cost_ds=np.rint(length * 7.5).astype(np.int32)[edge[by]],
        edge=edge[by].astype(np.int32),
        forward=by < len(u),
        component=np.where(np.bincount(tail, minlength=n) > 0, 0, -1).astype(np.int32),
    )
    xy = np.empty((2 * len(u), 2))
    xy[::2], xy[1::2] = np.column_stack([x[u], y[u]]), np.column_stack([x[v], y[v]])
    return RoadNetwork(
        crs="EPSG:32651",
        node_id=np.arange(n, dtype=np.int64),
        node_x=x,
        node_y=y,
        edge_u=u.astype(np.int32),
        edge_v=v.astype(np.int32),
        edge_length_m=length,
        edge_way_id=np.arange(len(u), dtype=np.int64),
        edge_highway=main.astype(np.uint8),
        edge_layer=bridge.astype(np.int8),
        geometry_indptr=np.arange(0, 2 * len(u) + 1, 2, dtype=np.int64),
        geometry_xy=xy,
        highway_classes=("residential", "secondary"),
        modes={"walk": graph},
        content_hash="made",
    )


def bench_areas(clock):
    from geodata.areas import build_adjacency, make_blocks

    network = made_network()
    side = SIDE * STEP_M
    towns = [(i, j) for i in range(15) for j in range(15)]
    size = side / 15
    street_towns = gpd.GeoDataFrame(
        {"street_town_id": [f"t{i:02d}-{j:02d}" for i, j in towns]},
        geometry=[
            shapely.box(j * size, i * size, (j + 1) * size, (i + 1) * size) for i, j in towns
        ],
        crs=network.crs,
    )
    _compile_kernels()
    blocks = clock("blocks", lambda: make_blocks(street_towns, network))
    links = clock("adjacency", lambda: build_adjacency(blocks, network))
    middle = blocks.set_index("unit_id").geometry.representative_point().y
    shore = (SIDE // 2 - 0.5) * STEP_M + RIVER_M / 2
    joined = links[links.adjoins]
    across = (joined.unit_a.map(middle) > shore) != (joined.unit_b.map(middle) > shore)
    return {
        "nodes": network.n_nodes,
        "edges": network.n_edges,
        "blocks": len(blocks),
        "pairs": len(links),
        "adjoining": len(joined),
        "adjoining_over_the_river": int(across.sum()),
        "bridges": int((network.edge_layer > 0).sum()),
        "peak_gb": round(peak_gb(), 2),
    }


def _compile_kernels():
    """Compile the travel-time kernels on a small map first: that time is paid once per machine."""
    from geodata.areas import build_adjacency

    build_adjacency(square_units(20 * STEP_M, 2, 1), made_network(20))


def bench_porto(clock):
    from geodata.areas import build_adjacency, make_blocks
    from geodata.roads import build_network

    network = clock(
        "network",
        lambda: build_network(SHARED / "roads" / "porto_portugal.osm.pbf", modes=["walk", "drive"]),
    )
    city = shapely.box(*network_window(network, (-8.70, 41.10, -8.54, 41.20)))
    street_towns = gpd.GeoDataFrame({"street_town_id": ["porto"]}, geometry=[city], crs=network.crs)
    blocks = clock("blocks", lambda: make_blocks(street_towns, network))
    links = clock("adjacency", lambda: build_adjacency(blocks, network))
    return {
        "nodes": network.n_nodes,
        "blocks": len(blocks),
        "pairs": len(links),
        "adjoining": int(links.adjoins.sum()),
        "peak_gb": round(peak_gb(), 2),
    }


def network_window(network, degrees):
    from pyproj import Transformer

    x, y = Transformer.from_crs(4326, network.crs, always_xy=True).transform(
        degrees[::2], degrees[1::2]
    )
    return x[0], y[0], x[1], y[1]


def bench_shanghai(clock, n=300_000):
    from geodata.areas import make_hexagons
    from planner.organisations import OrganisationRules, form_organisations

    boroughs = gpd.read_file(SHARED / "boundaries" / "shanghai-district-boundaries.geojson").to_crs(
        32651
    )
    boroughs["geometry"] = boroughs.geometry.make_valid()
    boroughs["street_town_id"] = [f"b{i:02d}" for i in range(len(boroughs))]
    units = clock("hexagons", lambda: make_hexagons(boroughs, width_m=1200))
    jobs = pd.read_csv(SHARED / "demand" / "agg_job.csv")
    rng = np.random.default_rng(2)
    cell = rng.choice(len(jobs), n, p=jobs["v"] / jobs["v"].sum())
    points = gpd.GeoSeries(
        gpd.points_from_xy(jobs["x"].to_numpy()[cell], jobs["y"].to_numpy()[cell]), crs=4326
    ).to_crs(32651)
    x, y = (
        points.x.to_numpy() + rng.uniform(-250, 250, n),
        points.y.to_numpy() + rng.uniform(-250, 250, n),
    )
    inside = shapely.contains_xy(boroughs.union_all(), x, y)
    register = registered(x[inside], y[inside], heavy_tailed(rng, int(inside.sum())), 3, 32651)
    formed = clock(
        "form_organisations", lambda: form_organisations(register, units, OrganisationRules())
    )
    return {
        "enterprises": len(register),
        "units": len(units),
        "organisations": len(formed.organisations),
        "reasons": formed.membership.reason.value_counts().to_dict(),
        "peak_gb": round(peak_gb(), 2),
    }


def main():
    benches = {
        "organisations": bench_organisations,
        "areas": bench_areas,
        "porto": bench_porto,
        "shanghai": bench_shanghai,
    }
    wanted = sys.argv[1:] or list(benches)
    report = {}
    for name in wanted:
        clock = Clock()
        report[name] = benches[name](clock) | {"seconds": clock.seconds}
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
