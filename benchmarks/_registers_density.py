"""Shanghai's job points spread over a hundred thousand made buildings, and raked to the census."""

from __future__ import annotations

import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.density.raking import rake
from geodata.density.spread import building_targets, spread
from geodata.sources.census import read_census
from geodata.sources.density import read_density

DEMAND = Path(__file__).parents[2] / "shared" / "data" / "demand"
CRS = "EPSG:32651"
BUILDINGS = 100_000


def run(*, quick: bool, peers: str | None) -> dict[str, object]:
    """Read, spread, rake; the street_towns are the census's own names, at the places of its boroughs' zones."""
    del peers
    read_s, jobs = timed(lambda: read_density(DEMAND / "agg_job.csv"))
    density = jobs.frame.to_crs(CRS)
    rng = np.random.default_rng(7)
    chosen = rng.choice(len(density), BUILDINGS, p=density["workers"] / density["workers"].sum())
    xy = density.geometry.get_coordinates().to_numpy()[chosen] + rng.uniform(-250, 250, (BUILDINGS, 2))  # fmt: skip
    buildings = gpd.GeoDataFrame({"floor_area_m2": rng.lognormal(7, 1, BUILDINGS)}, geometry=gpd.points_from_xy(*xy.T), crs=CRS)  # fmt: skip
    times = [timed(lambda: spread(density, [building_targets(buildings)])) for _ in range(1 if quick else 3)]  # fmt: skip
    placed = times[-1][1]
    zones = gpd.read_file(DEMAND / "taz447.geojson").to_crs(CRS)
    near = gpd.sjoin_nearest(placed, zones[["district", "geometry"]], how="left")
    borough = near[~near.index.duplicated()]["district"].fillna("").to_numpy(dtype=object)
    boroughs = pd.DataFrame({"borough_id": sorted(set(borough)), "name": sorted(set(borough))})
    towns = boroughs.rename(columns={"borough_id": "street_town_id"}).assign(borough_id=boroughs["borough_id"])  # fmt: skip
    census = read_census(DEMAND / "district_employment_2023.csv").frame.drop(columns="geometry")
    rake_s, (scaled, factors) = timed(lambda: rake(placed["workers"].to_numpy(), borough, towns, boroughs, census))  # fmt: skip
    met = factors[(factors["level"] == "borough")]
    return {
        "job_points": len(density),
        "workers_before": round(float(density["workers"].sum())),
        "workers_after_spreading": round(float(placed["workers"].sum())),
        "places": len(placed),
        "points_without_a_building": int((placed["how"] == "source").sum()),
        "read_s": round(read_s, 2),
        "spread_s": round(min(seconds for seconds, _placed in times), 2),
        "rake_s": round(rake_s, 3),
        "workers_after_raking": round(float(scaled.sum())),
        "boroughs_scaled": int((met["status"] == "scaled").sum()),
        "factors": met.set_index("name")["factor"].round(2).to_dict(),
        "unknown_areas": factors.loc[factors["status"] == "unknown_area", "name"].tolist(),
    }


def timed(work):
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer
