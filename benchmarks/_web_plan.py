"""A plan of any size for the web benchmark: a planned town whose frames are replaced by generated ones."""

import dataclasses
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

LETTERS = "岚澄栖霁砚漪筠槿荻渚湄沁朗晏衡翎沐珩屿皓霖蔚泽弘启恒睿锦瑞腾汐庭鹭苓溪陌桐岑川野渡泊舟穗枫芷菱禾芸蘅"
TRADES = (
    "科技",
    "餐饮",
    "建筑工程",
    "物流",
    "商贸",
    "电子",
    "服饰",
    "物业管理",
    "医疗器械",
    "文化传播",
)
SIDE_M = 900.0


def town_plan():
    """Plan the small town once: its policy, manifest and roads are kept."""
    from geodata.sample import write_sample
    from planner.pipeline import run
    from planner.scenario import read_scenario

    with tempfile.TemporaryDirectory() as folder:
        write_sample(Path(folder), size="town", seed=1)
        return run(read_scenario(Path(folder) / "scenario.toml")).plan


def large_plan(town, *, districts, organisations, enterprises, seed=1):
    """Return a plan of so many districts, organisations and enterprises."""
    rng = np.random.default_rng(seed)
    crs = town.layers["units"].crs
    wide = int(np.ceil(np.sqrt(districts * 1.6)))
    cells = [(k % wide, k // wide) for k in range(districts)]
    x0, y0 = town.layers["units"].total_bounds[:2]
    # Wavy borders: thirty points a side, as a real boundary has, the same for both neighbours.
    shapes = [_cell(x0 + c * SIDE_M, y0 + r * SIDE_M) for c, r in cells]
    district_ids = [f"d{k:05d}" for k in range(districts)]
    unit_ids = [f"u{k:05d}" for k in range(districts)]
    town_id = town.layers["street_towns"]["street_town_id"].iloc[0]
    units = gpd.GeoDataFrame(
        {"unit_id": unit_ids, "name": [f"第{k}居委会" for k in range(districts)], "street_town_id": town_id},
        geometry=[shapely.MultiPolygon([shape]) for shape in shapes], crs=crs,
    )  # fmt: skip
    whole = shapely.box(x0, y0, x0 + wide * SIDE_M, y0 + (districts // wide + 1) * SIDE_M)
    outline = [shapely.MultiPolygon([whole])]
    of = np.sort(rng.integers(0, districts, organisations))
    place = _points(rng, cells, of, x0, y0)
    org_ids = [f"o{k:06d}" for k in range(organisations)]
    template = town.layers["organisations"].iloc[[0]]
    orgs = gpd.GeoDataFrame(
        {**{c: template[c].iloc[0] for c in template.columns if c != "geometry"}, "organisation_id": org_ids,
         "name": [f"{name}联合工会" for name in _names(rng, organisations)], "unit_id": np.array(unit_ids)[of],
         "street_town_id": town_id, "workers": rng.integers(20, 400, organisations)},
        index=range(organisations), geometry=place, crs=crs,
    )  # fmt: skip
    member = np.sort(rng.integers(0, organisations, enterprises))
    firms = _firms(town, rng, member, cells, of, (x0, y0), crs)
    sites, facilities, reach, cards = _sites(town, rng, cells, district_ids, (x0, y0), crs)
    access = pd.DataFrame(
        {"entity_id": firms["enterprise_id"], "access_id": [f"a{d}" for d in of[member]], "status": 0,
         "distance_m": 10.0, "layer": "workers", "mode": "walk"}
    )  # fmt: skip
    decisions = {
        "districts": pd.DataFrame({"district_id": district_ids, "street_town_id": town_id,
            "name": [f"第{k}工会联合会" for k in range(districts)], "organisations": np.bincount(of, minlength=districts),
            "workers": np.bincount(of, orgs["workers"], districts).astype(int), "units": 1}),
        "unit_district": pd.DataFrame({"unit_id": unit_ids, "district_id": district_ids}),
        "membership": pd.DataFrame({"enterprise_id": firms["enterprise_id"], "organisation_id": np.array(org_ids)[member], "reason": "joint"}),
        "organisation_district": pd.DataFrame({"organisation_id": org_ids, "district_id": np.array(district_ids)[of]}),
        "facilities": facilities,
        "staffing": pd.DataFrame({"district_id": district_ids, "professionals_needed": 2, "professionals_posted": 2,
            "part_time_chairs": 1, "volunteers": 1}),
        # What the page does not show is the town's, without its rows: they would name what is no longer there.
        **{name: town.decisions[name].iloc[:0] for name in ("targets", "hours", "programme", "models")},
    }  # fmt: skip
    layers = {
        **town.layers, "units": units, "organisations": orgs, "enterprises": firms, "sites": sites,
        "street_towns": town.layers["street_towns"].iloc[[0]].set_geometry(outline, crs=crs),
        "boroughs": town.layers["boroughs"].iloc[[0]].set_geometry(outline, crs=crs),
    }  # fmt: skip
    derived = {
        **town.derived,
        "access": access,
        "reach": reach,
        "site_cards": cards,
        "adjacency": _adjacency(unit_ids, wide),
    }
    return dataclasses.replace(town, decisions=decisions, layers=layers, derived=derived)


def _adjacency(unit_ids, wide):
    """Join each unit to its neighbours to the right and above by a street."""
    count = len(unit_ids)
    right = [(k, k + 1) for k in range(count - 1) if (k + 1) % wide]
    above = [(k, k + wide) for k in range(count - wide)]
    a, b = np.array(sorted(right + above)).T
    ids = np.array(unit_ids)
    return pd.DataFrame(
        {"unit_a": ids[a], "unit_b": ids[b], "border_m": SIDE_M, "crossing": True, "over": "street",
         "walk_ds": int(SIDE_M / 75 * 600), "adjoins": True, "change": "", "by": "", "reason": "", "made": False}
    )  # fmt: skip


def _cell(x, y):
    t = np.linspace(0, 1, 31)[:-1]
    wave = 40 * np.sin(2 * np.pi * t)
    bottom = np.c_[x + t * SIDE_M, y + wave]
    right = np.c_[x + SIDE_M + wave, y + t * SIDE_M]
    top = np.c_[x + t * SIDE_M, y + SIDE_M + wave][::-1]
    left = np.c_[x + wave, y + t * SIDE_M][::-1]
    return shapely.make_valid(shapely.Polygon(np.r_[bottom, right, top, left]))


def _points(rng, cells, of, x0, y0):
    corner = np.array(cells, float)[of] * SIDE_M + (x0, y0)
    xy = corner + rng.uniform(0.08, 0.92, (len(of), 2)) * SIDE_M
    return shapely.points(xy)


def _names(rng, count):
    picked = np.array(list(LETTERS))[rng.integers(0, len(LETTERS), (count, 4))]
    return ["".join(row) for row in picked.tolist()]


def _codes(rng, count):
    """Return distinct codes that look like social credit codes: few beginnings, then what tells them apart."""
    town = rng.choice(["101", "104", "105", "106", "107", "109", "110", "112", "113", "115"], count)
    kind = rng.choice(["MA1K", "MA1F", "MA7A", "MABU", "7030", "5588"], count)
    rows = zip(town, kind, rng.permutation(count).tolist(), strict=True)
    return [f"91310{t}{k}{number:06d}" for t, k, number in rows]


def _firms(town, rng, member, cells, of, corner, crs):
    count = len(member)
    template = town.layers["enterprises"].iloc[[0]]
    trade = np.array(TRADES)[rng.integers(0, len(TRADES), count)].tolist()
    ids = _codes(rng, count)
    names = [
        f"上海{name}{what}有限公司" for name, what in zip(_names(rng, count), trade, strict=True)
    ]
    fixed = {c: template[c].iloc[0] for c in template.columns if c != "geometry"}
    fixed |= {
        "enterprise_id": ids,
        "uscc": ids,
        "name": names,
        "in_scope": True,
        "source_row": np.arange(count) + 2,
    }
    fixed |= {"workers": np.maximum(1, rng.lognormal(1.8, 1.2, count)).astype(int), "members": 0}
    geometry = _points(rng, cells, of[member], *corner)
    return gpd.GeoDataFrame(fixed, index=range(count), geometry=geometry, crs=crs)


def _sites(town, rng, cells, district_ids, corner, crs):
    """Give each district a station, two points and a rest station."""
    tiers = ["station", "service_point", "service_point", "rest_station"]
    n = len(district_ids)
    of = np.repeat(np.arange(n), len(tiers))
    tier = np.tile(tiers, n)
    ids = [f"s{k:06d}" for k in range(len(of))]
    template = town.layers["sites"].iloc[[0]]
    fixed = {c: template[c].iloc[0] for c in template.columns if c != "geometry"}
    fixed |= {"site_id": ids, "name": [f"{name}服务站" for name in _names(rng, len(of))]}
    sites = gpd.GeoDataFrame(
        fixed, index=range(len(of)), geometry=_points(rng, cells, of, *corner), crs=crs
    )
    facilities = pd.DataFrame(
        {"facility_id": [f"{t}:{i}" for t, i in zip(tier, ids, strict=True)], "tier": tier, "site_id": ids,
         "district_id": np.array(district_ids)[of], "parent_facility_id": None, "compulsory": False, "existing": False,
         "reason": "coverage"}
    )  # fmt: skip
    station = np.array(ids).reshape(n, len(tiers))
    reach = pd.concat(
        [pd.DataFrame({"access_id": [f"a{d}" for d in range(n)], "way": 0, "hours": 2**24 - 1, "site_id": station[:, k], "deciseconds": 3000, "tier": tiers[k]})
         for k in (0, 1)], ignore_index=True,
    )  # fmt: skip
    cards = pd.DataFrame(
        {"facility_id": facilities["facility_id"], "within": 900.0, "only_here": 30.0}
    )
    return sites, facilities, reach, cards
