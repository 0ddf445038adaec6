"""Make the inputs of ``shanghai-jobs.toml`` from public data on Shanghai that are not part of this project.

    python examples/make_shanghai_jobs.py ../shared/data build/shanghai-jobs

Real: where jobs are (19,467 points on a grid of about 0.5 km), 447 traffic zones, jobs per borough at the census of 2023,
schools, chain stores. Declared and drawn from a seed: which jobs are in enterprises of non-public ownership, how large
those are and where in their cell they stand, unions and members, other premises, outdoor workers, every road. The
constants below are those declarations.
"""

import argparse
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.datum import bd09_to_wgs84
from geodata.sample import names
from geodata.sample.codes import social_credit_codes
from geodata.sample.frame import LocalFrame
from geodata.sample.ground import Ground
from geodata.sample.industries import INDUSTRIES
from geodata.sample.outdoor import LABELS, day_profile
from geodata.sample.road_file import write_road_file
from geodata.sample.streets import StreetNet, Way

UTM = 32651
CELL_HALF_M = 230.0
NON_PUBLIC_SHARE = 0.50
"""Share of a cell's jobs that are in enterprises of non-public ownership."""
WORKERS_MEAN, WORKERS_SIGMA = 13.0, 1.25
"""Mean size of an enterprise, and spread of the lognormal it is drawn from."""
WORKERS_MOST = 3_000
OWNERSHIP = {
    "私营有限责任公司": 0.72,
    "其他有限责任公司": 0.13,
    "外商投资企业": 0.08,
    "港、澳、台商投资企业": 0.07,
}
UNION_SHARE_OWN, UNION_SHARE_SMALL = 0.75, 0.4
OUTDOOR_PER_JOB = 0.02
STREET_M, JITTER_M, LEFT_OUT_SHARE = 220.0, 22.0, 0.10
PREMISES = {  # kind as the file calls it -> per zone, opens, closes
    "党群服务中心": (4, "09:00", "18:00"),
    "社区中心": (8, "08:30", "17:30"),
    "银行": (10, "09:00", "17:00"),
    "公厕": (12, "05:00", "22:00"),
    "其他公共场所": (4, "08:30", "20:30"),
}


def read_zones(data, boroughs_wanted):
    """Return zones with one borough each (those of after 2016), as clean polygons that do not overlap."""
    zones = gpd.read_file(data / "demand" / "taz447.geojson").to_crs(UTM)
    zones["zone_id"] = zones["SIGN"].astype(str)
    zones["geometry"] = [_area(shape) for shape in zones.geometry]
    boroughs = gpd.read_file(data / "boundaries" / "shanghai-district-boundaries.geojson").to_crs(
        UTM
    )
    at = gpd.GeoDataFrame(geometry=zones.representative_point(), crs=UTM)
    near = gpd.sjoin_nearest(at, boroughs[["district", "geometry"]])
    zones["borough"] = near[~near.index.duplicated()]["district"]
    if boroughs_wanted:
        zones = zones[zones["borough"].isin(boroughs_wanted)]
    zones = zones.sort_values("zone_id").reset_index(drop=True)
    zones["geometry"] = _apart(zones.geometry.to_numpy())
    return zones[["zone_id", "borough", "geometry"]]


def _area(shape):
    """Return the polygons of a shape; six zones are collections with stray lines."""
    parts = [
        p for p in shapely.get_parts(shapely.make_valid(shape)) if p.geom_type.endswith("Polygon")
    ]
    return shapely.union_all(parts)


def _apart(shapes):
    """Take from each zone what an earlier one covers already."""
    tree = shapely.STRtree(shapes)
    done = shapes.copy()
    for later, earlier in zip(*tree.query(shapes, predicate="overlaps"), strict=True):
        if earlier < later:
            done[later] = _area(shapely.difference(done[later], shapes[earlier]))
    return shapely.set_precision(done, 0.01)


def read_cells(data, zones):
    """Return job cells with their zone and with jobs scaled to the census of their borough."""
    jobs = pd.read_csv(data / "demand" / "agg_job.csv")
    points = gpd.GeoDataFrame(
        jobs, geometry=gpd.points_from_xy(jobs["x"], jobs["y"]), crs=4326
    ).to_crs(UTM)
    cells = gpd.sjoin(points, zones, predicate="within").drop(columns="index_right")
    cells = (
        cells[~cells.index.duplicated()].sort_values(["zone_id", "x", "y"]).reset_index(drop=True)
    )
    census = pd.read_csv(data / "demand" / "district_employment_2023.csv").set_index("district")
    counted = cells.groupby("borough")["v"].sum()
    factor = census["employment_2023"].reindex(counted.index) / counted
    cells["jobs"] = cells["v"] * cells["borough"].map(factor)
    for borough, value in factor.items():
        print(
            f"{borough}: {counted[borough]:,.0f} jobs on the grid x {value:.2f} = census",
            file=sys.stderr,
        )
    return cells


def draw_units(cells, zones):
    """Return one basic unit per job cell: what of the zone is nearest to it; a zone without jobs is one unit."""
    rows = []
    for zone in zones.itertuples():
        own = cells[cells["zone_id"] == zone.zone_id]
        if len(own) < 2:
            rows.append((f"{zone.zone_id}-001", zone.zone_id, zone.geometry))
            continue
        sites = shapely.multipoints(shapely.get_coordinates(own.geometry.to_numpy()))
        faces = shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=zone.geometry))
        pieces = shapely.intersection(faces, zone.geometry, grid_size=0.01)
        pieces = [_area(piece) for piece in pieces if not piece.is_empty]
        order = np.lexsort(shapely.get_coordinates(shapely.centroid(pieces)).T)
        rows += [
            (f"{zone.zone_id}-{n:03d}", zone.zone_id, pieces[k]) for n, k in enumerate(order, 1)
        ]
    frame = gpd.GeoDataFrame(rows, columns=["unit_id", "street_town_id", "geometry"], crs=UTM)
    frame.insert(1, "name", "单元" + frame["unit_id"])
    return frame[~frame.geometry.is_empty]


def write_boundaries(path, zones, units):
    """Write boroughs, street_towns (the zones) and units as three layers; each level is made of the one below."""
    path.unlink(missing_ok=True)
    towns = units.dissolve("street_town_id").reset_index()[["street_town_id", "geometry"]]
    towns["borough_id"] = towns["street_town_id"].map(zones.set_index("zone_id")["borough"])
    towns.insert(1, "name", "小区" + towns["street_town_id"])
    boroughs = towns.dissolve("borough_id").reset_index()[["borough_id", "geometry"]]
    boroughs.insert(1, "name", boroughs["borough_id"])
    for layer, frame in (("boroughs", boroughs), ("street_towns", towns), ("units", units)):
        frame.to_crs(4326).to_file(path, layer=layer, driver="GPKG", promote_to_multi=True)


def draw_register(rng, cells, zones):
    """Split the non-public jobs of each cell into enterprises; their workers add up to the cell's."""
    total = np.rint(cells["jobs"] * NON_PUBLIC_SHARE).astype(int).to_numpy()
    count = np.maximum(np.rint(total / WORKERS_MEAN), total > 0).astype(int)
    cell = np.repeat(np.arange(len(cells)), count)
    weight = rng.lognormal(0.0, WORKERS_SIGMA, len(cell))
    exact = total[cell] * weight / np.bincount(cell, weight, len(cells))[cell]
    workers = np.clip(np.floor(exact), 1, WORKERS_MOST).astype(int)
    # What rounding left goes to the first enterprises of the cell, one worker each, so that cells add up.
    left = total - np.bincount(cell, workers, len(cells)).astype(int)
    rank = np.arange(len(cell)) - np.repeat(np.cumsum(count) - count, count)
    share, rest = np.divmod(np.maximum(left, 0)[cell], np.maximum(count, 1)[cell])
    workers += share + (rank < rest)
    spread = rng.uniform(-CELL_HALF_M, CELL_HALF_M, (2, len(cell)))
    at = gpd.GeoSeries(
        gpd.points_from_xy(
            cells.geometry.x.to_numpy()[cell] + spread[0],
            cells.geometry.y.to_numpy()[cell] + spread[1],
        ),
        crs=UTM,
    )
    # Whoever would stand outside the zones stands at the grid point instead.
    out = ~shapely.contains_xy(shapely.union_all(zones.geometry.to_numpy()), at.x, at.y)
    at[out] = cells.geometry.to_numpy()[cell[out]]
    at = at.to_crs(4326)
    share = np.array([row.office + row.works + row.street for row in INDUSTRIES], float)
    industry = rng.choice(len(INDUSTRIES), len(cell), p=share / share.sum())
    brands = names.brands(rng, len(cell))
    title = [
        f"沪例{b}{INDUSTRIES[k].words[0]}有限公司"
        for b, k in zip(brands, industry.tolist(), strict=True)
    ]
    united = rng.random(len(cell)) < np.where(workers >= 25, UNION_SHARE_OWN, UNION_SHARE_SMALL)
    rate = np.clip(rng.normal(0.84, 0.1, len(cell)), 0.3, 1.0)
    return pd.DataFrame(
        {
            "企业名称": title,
            "统一社会信用代码": social_credit_codes(
                rng, ["990101"] * len(cell), np.zeros(len(cell), bool)
            ),
            "登记注册类型": rng.choice(list(OWNERSHIP), len(cell), p=list(OWNERSHIP.values())),
            "行业代码": [INDUSTRIES[k].code for k in industry.tolist()],
            "职工人数": workers,
            "会员人数": np.where(united, rng.binomial(workers, rate), 0),
            "是否建会": np.where(united, "是", "否"),
            "经度": at.x.round(6),
            "纬度": at.y.round(6),
        }
    )


def draw_premises(rng, data, cells, zones):
    """Return real schools and chain stores of the area, and other premises near jobs."""
    schools = pd.read_csv(data / "candidates" / "shanghai_school.csv")
    stores = pd.read_csv(data / "candidates" / "brand_stores.csv")
    moved = np.column_stack(bd09_to_wgs84(stores["lng"].to_numpy(), stores["lat"].to_numpy()))
    frames = [
        pd.DataFrame(
            {
                "名称": schools["name"],
                "类型": "学校",
                "经度": schools["lon"],
                "纬度": schools["lat"],
            }
        ),
        pd.DataFrame(
            {"名称": stores["name"], "类型": "便利店", "经度": moved[:, 0], "纬度": moved[:, 1]}
        ),
    ]
    stems = names.pairs(rng)
    for kind, (per_zone, opens, closes) in PREMISES.items():
        here = rng.choice(
            len(cells), per_zone * len(zones), p=cells["jobs"] ** 0.5 / (cells["jobs"] ** 0.5).sum()
        )
        x = cells["x"].to_numpy()[here] + rng.normal(0, 0.0012, len(here))
        y = cells["y"].to_numpy()[here] + rng.normal(0, 0.0010, len(here))
        title = [next(stems) + kind for _ in here]
        frames.append(
            pd.DataFrame(
                {
                    "名称": title,
                    "类型": kind,
                    "经度": x,
                    "纬度": y,
                    "开放时间起": opens,
                    "开放时间止": closes,
                }
            )
        )
    found = pd.concat(frames, ignore_index=True).dropna(subset=["经度", "纬度"])
    at = gpd.GeoSeries(gpd.points_from_xy(found["经度"], found["纬度"]), crs=4326).to_crs(UTM)
    found = found[shapely.contains_xy(shapely.union_all(zones.geometry.to_numpy()), at.x, at.y)]
    return found.assign(编号=[f"P{n:05d}" for n in range(1, len(found) + 1)], 意向="可协商")


def draw_outdoor(rng, data, cells, zones):
    """Return outdoor workers at real places of leisure, so many per job, by the sample's profile of a day."""
    leisure = pd.read_csv(data / "demand" / "agg_entertain.csv")
    at = gpd.GeoSeries(gpd.points_from_xy(leisure["x"], leisure["y"]), crs=4326).to_crs(UTM)
    leisure = leisure[shapely.contains_xy(shapely.union_all(zones.geometry.to_numpy()), at.x, at.y)]
    frames = []
    for kind, part in (("courier", 0.5), ("cleaner", 0.3), ("driver", 0.2)):
        people = leisure["v"] / leisure["v"].sum() * cells["jobs"].sum() * OUTDOOR_PER_JOB * part
        own = leisure[people >= 0.5]
        hours = np.outer(
            people[people >= 0.5] * rng.uniform(0.85, 1.15, len(own)), day_profile(kind)
        ).round(1)
        table = pd.DataFrame(hours, columns=[f"{hour}时" for hour in range(24)])
        frames.append(
            table.assign(工种=LABELS[kind], 经度=own["x"].to_numpy(), 纬度=own["y"].to_numpy())
        )
    found = pd.concat(frames, ignore_index=True)
    return found.assign(编号=[f"W{n:05d}" for n in range(1, len(found) + 1)])


def draw_roads(rng, zones, *, diagonal):
    """Return streets on a jittered grid over the zones.

    With ``diagonal`` nothing is left out and crossings are joined cornerwise too: times are then near straight lines
    (within 8 %), and the scenario's walking speed carries the declared detour factor.
    """
    area = shapely.union_all(zones.geometry.to_numpy()).buffer(60.0)
    west, south, east, north = area.bounds
    columns, rows = int((east - west) / STREET_M) + 2, int((north - south) / STREET_M) + 2
    grid_x, grid_y = np.meshgrid(
        west + STREET_M * np.arange(columns), south + STREET_M * np.arange(rows)
    )
    x, y = (
        axis.ravel() + rng.normal(0, 0 if diagonal else JITTER_M, axis.size)
        for axis in (grid_x, grid_y)
    )
    shapely.prepare(area)
    inside = shapely.contains_xy(area, x, y)
    number = np.arange(x.size).reshape(rows, columns)
    lines = [*number, *number.T]
    if diagonal:
        span = range(1 - rows, columns)
        lines += [number.diagonal(k) for k in span] + [number[:, ::-1].diagonal(k) for k in span]
    ways = []
    for k, line in enumerate(lines):
        tags = {"highway": "secondary" if k % 4 == 0 else "residential"}
        left = rng.random(len(line)) < (0 if diagonal or k % 4 == 0 else LEFT_OUT_SHARE)
        run = []
        for node, drop in zip(line.tolist(), left.tolist(), strict=True):
            if inside[node]:
                run.append(node)
            if (not inside[node] or drop) and run:
                ways.append(Way(run, tags))
                run = [node] if inside[node] else []
        ways.append(Way(run, tags))
    net = StreetNet(x, y, [way for way in ways if len(way.nodes) > 1])
    join_parts(net)
    return net


def join_parts(net):
    """Join islands to the rest by one straight road each: where the real bridge or ferry lies is not known here."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    a = np.concatenate([way.nodes[:-1] for way in net.ways])
    b = np.concatenate([way.nodes[1:] for way in net.ways])
    links = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(len(net.x), len(net.x)))
    part = connected_components(links.tocsr(), directed=False)[1]
    used = np.unique(np.concatenate((a, b)))
    xy = np.column_stack((net.x, net.y))
    sizes = np.bincount(part[used])
    order = np.argsort(-sizes, kind="stable")
    main = used[part[used] == order[0]]
    for own in order[1:][sizes[order[1:]] >= 10]:
        nodes = used[part[used] == own]
        away, near = cKDTree(xy[main]).query(xy[nodes])
        best = int(np.argmin(away))
        net.ways.append(
            Way(
                [int(nodes[best]), int(main[near[best]])], {"highway": "secondary", "bridge": "yes"}
            )
        )
        main = np.concatenate((main, nodes))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of the public data, see examples/README.md")
    parser.add_argument("folder", type=Path, help="where the inputs go")
    parser.add_argument(
        "--boroughs", nargs="*", default=[], help="only these, by their Chinese names"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    rng = [np.random.default_rng([given.seed, k]) for k in range(5)]
    zones = read_zones(given.data, given.boroughs)
    if zones.empty:
        sys.exit("no zone lies in these boroughs: " + " ".join(given.boroughs))
    cells = read_cells(given.data, zones)
    write_boundaries(given.folder / "boundaries.gpkg", zones, draw_units(cells, zones))
    tables = {
        "register": draw_register(rng[0], cells, zones),
        "premises": draw_premises(rng[1], given.data, cells, zones),
        "outdoor": draw_outdoor(rng[2], given.data, cells, zones),
    }
    for name, table in tables.items():
        table.to_csv(
            given.folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n"
        )
    frame = LocalFrame(121.47, 31.23)
    for k, name in enumerate(("roads", "roads-detour")):
        net = draw_roads(rng[3 + k], zones, diagonal=bool(k))
        at = gpd.GeoSeries(gpd.points_from_xy(net.x, net.y), crs=UTM).to_crs(4326)
        net.x, net.y = frame.to_xy(at.x.to_numpy(), at.y.to_numpy())
        nothing = pd.DataFrame()
        ground = Ground(
            frame, shapely.Polygon(), None, None, None, nothing, nothing, lambda x, _y: x
        )
        write_road_file(given.folder / f"{name}.osm.pbf", net, ground)
    print(
        f"{len(tables['register']):,} enterprises, {tables['register']['职工人数'].sum():,} workers",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
