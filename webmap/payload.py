"""The data beside the map: columns, not objects, so that a hundred thousand points stay small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geodata.crs import STORAGE_CRS
from geodata.messages import mark, text_in
from planner.explain import KINDS, REASONS, district_areas, policy_of, site_cards
from planner.kpis import figures
from webmap.style import DISTRICT_FILLS, tier_style

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from planner.plan import Plan

DECIMALS = 5
"""About a metre."""

SIMPLIFY_M = 2.0

INTERFACE = {
    "title": mark("Trade-union service network"),
    "map": mark("map"),
    "search": mark("search names and ids"),
    "figures": mark("figures"),
    "districts": mark("federation districts"),
    "organisations": mark("union organisations"),
    "roads": mark("roads"),
    "organisation": mark("union organisation"),
    "zoom_in": mark("zoom in"),
    "zoom_out": mark("zoom out"),
    "close": mark("close"),
    "name": mark("name"),
    "street_town": mark("subdistrict or town"),
    "workers": mark("workers"),
    "in_band": mark("both in band"),
    "yes": mark("yes"),
    "no": mark("no"),
    "units": mark("basic units"),
    "professionals": mark("professionals posted / needed"),
    "premises": mark("premises"),
    "district": mark("federation"),
    "parent": mark("parent"),
    "why": mark("why here"),
    "within": mark("people within reach"),
    "only_here": mark("reached only from here"),
    "sources": mark("sources"),
    "gap": mark("certified gap at most"),
    "nothing": mark("nothing found"),
    "more": mark("shown of all; search to narrow down"),
    "owner": mark("owner, licence, date"),
    "file": mark("file"),
    "print": mark("print"),
    "internal": mark("internal working map; publishing it needs map review"),
    "legend": mark("legend"),
}
"""Words of the page, by key."""


LAYERS = {
    "enterprises": mark("enterprise register"),
    "boroughs": mark("boundaries of boroughs"),
    "street_towns": mark("boundaries of subdistricts and towns"),
    "units": mark("boundaries of basic units"),
    "outdoor": mark("outdoor workers"),
    "sites": mark("premises"),
    "roads": mark("roads"),
    "density": mark("worker density"),
    "census": mark("census totals"),
    "buildings": mark("buildings"),
}
"""What each source tells, in words."""


def payload(plan: Plan) -> dict[str, Any]:
    """Return everything the page draws and lists, with texts as [Chinese, English] pairs.

    Returns
    -------
    dict
        Plain JSON values; coordinates are latitude, longitude with five decimals.
    """
    policy = policy_of(plan)
    known = figures(policy)
    return {
        "plan_id": plan.plan_id,
        "name": str(plan.manifest["name"]),
        "created": str(plan.manifest["created"])[:10],
        "words": {key: both(text, "webmap") for key, text in INTERFACE.items()},
        "kpis": [
            [[known[name].label_zh, known[name].label_en], known[name].unit, value]
            for name, value in plan.kpis.items()
            if name in known
        ],
        "tiers": _tiers(plan),
        "districts": _districts(plan),
        "organisations": _organisations(plan),
        "basemap": _basemap(plan),
        "sources": [
            [
                both(LAYERS.get(s["layer"], s["layer"]), "webmap"),
                s["path"],
                [text for text in (s["owner"], s["licence"], str(s["as_of"] or "")) if text],
            ]
            for s in plan.manifest["sources"]
        ],
        "bounds": _bounds(plan),
    }


def both(message: str, *packages: str) -> list[str]:
    """Return a marked text as [Chinese, English], from the first package that knows it."""
    chinese = (text_in("zh", package, message) for package in packages)
    return [next((text for text in chinese if text != message), message), message]


def _tiers(plan: Plan) -> list[dict[str, Any]]:
    cards = site_cards(plan)
    gaps = dict(zip(plan.tiers["tier"], plan.tiers["gap_share"].astype(float), strict=True))
    out = []
    for tier in policy_of(plan).tiers:
        mine = cards[cards["tier"] == tier.name]
        style = tier_style(tier.name)
        lat, lon = lat_lon(mine)
        reasons = [both(REASONS.get(reason, reason), "planner") for reason in mine["reason"]]
        kinds = [both(KINDS.get(kind, kind), "planner") for kind in mine["kind"]]
        out.append(
            {
                "key": tier.name,
                "label": [tier.label_zh, tier.label_en],
                "colour": style.colour,
                "shape": style.shape,
                "radius": style.radius_px,
                "cutoff_min": tier.cutoff_min,
                "gap": gaps[tier.name],
                "id": mine["facility_id"].tolist(),
                "name": _site_names(plan, mine),
                "kind": kinds,
                "district": mine["district"].fillna("").tolist(),
                "parent": mine["parent"].fillna("").tolist(),
                "reason": reasons,
                "by": mine["decided_by"].tolist(),
                "within": [round(float(value)) for value in mine["within"]],
                "only_here": [round(float(value)) for value in mine["only_here"]],
                "lat": lat,
                "lon": lon,
            }
        )
    return out


def _site_names(plan: Plan, cards: gpd.GeoDataFrame) -> list[str]:
    """Return names of sites; premises still unnamed in a carrier go by the union that works there."""
    unions = plan.layers["organisations"].dropna(subset="carrier_id").set_index("carrier_id")
    names = unions.loc[~unions.index.duplicated(), "name"]
    carriers = cards["site_id"].str.removeprefix("carrier:")
    named: list[str] = cards["name"].fillna(carriers.map(names)).fillna("").tolist()
    return named


def _districts(plan: Plan) -> dict[str, Any]:
    areas = district_areas(plan)
    areas["geometry"] = shapely.coverage_simplify(areas.geometry.to_numpy(), SIMPLIFY_M)
    return {
        "id": areas["district_id"].tolist(),
        "name": areas["name"].tolist(),
        "street_town": areas["street_town"].fillna("").tolist(),
        "organisations": areas["organisations"].astype(int).tolist(),
        "workers": areas["workers"].astype(int).tolist(),
        "units": areas["units"].astype(int).tolist(),
        "needed": areas["professionals_needed"].astype(int).tolist(),
        "posted": areas["professionals_posted"].astype(int).tolist(),
        "in_band": areas["in_band"].tolist(),
        "fill": [DISTRICT_FILLS[colour] for colour in _map_colours(areas)],
        "rings": [as_rings(shape) for shape in areas.to_crs(STORAGE_CRS).geometry],
    }


def _map_colours(areas: gpd.GeoDataFrame) -> list[int]:
    """Colour districts so that neighbours differ where six colours allow it, the same on every machine."""
    tree = shapely.STRtree(areas.geometry.to_numpy())
    pairs = tree.query(areas.geometry.to_numpy(), predicate="intersects")
    near: dict[int, set[int]] = {}
    for a, b in pairs.T.tolist():
        near.setdefault(a, set()).add(b)
    colours = [-1] * len(areas)
    for district in range(len(areas)):
        taken = {colours[other] for other in near.get(district, ())}
        free = [colour for colour in range(len(DISTRICT_FILLS)) if colour not in taken]
        colours[district] = free[0] if free else district % len(DISTRICT_FILLS)
    return colours


def _organisations(plan: Plan) -> dict[str, Any]:
    frame = plan.layers["organisations"]
    lat, lon = lat_lon(frame)
    districts = frame["organisation_id"].map(
        plan.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    )
    order = {
        district: place for place, district in enumerate(sorted(plan.districts["district_id"]))
    }
    return {
        "id": frame["organisation_id"].tolist(),
        "name": frame["name"].fillna("").tolist(),
        "workers": frame["workers"].astype(int).tolist(),
        "district": districts.map(order).astype(int).tolist(),
        "lat": lat,
        "lon": lon,
    }


def _basemap(plan: Plan) -> dict[str, Any]:
    """Return water polygons and road lines by weight, simplified to what a screen can show."""
    return base_of(plan.layers.get("basemap"))


def base_of(base: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Return what is drawn under a plan, ready for the page; None draws nothing."""
    if base is None:
        return {"water": [], "roads": []}
    shapes = base.assign(geometry=base.geometry.simplify(SIMPLIFY_M)).to_crs(STORAGE_CRS)
    water = [as_rings(shape) for shape in shapes.loc[shapes["kind"] == "water", "geometry"]]
    roads = shapes[shapes["kind"] != "water"]
    return {
        "water": water,
        "roads": [
            [kind, [_line(line) for line in part.geometry]]
            for kind, part in roads.groupby("kind", sort=True)
        ],
    }


def _bounds(plan: Plan) -> list[list[float]]:
    west, south, east, north = plan.layers["units"].to_crs(STORAGE_CRS).total_bounds
    return [
        [round(float(south), DECIMALS), round(float(west), DECIMALS)],
        [round(float(north), DECIMALS), round(float(east), DECIMALS)],
    ]


def lat_lon(frame: gpd.GeoDataFrame) -> tuple[list[float], list[float]]:
    """Return latitudes and longitudes of a frame of points, rounded."""
    points = frame.geometry.to_crs(STORAGE_CRS)
    return np.round(points.y, DECIMALS).tolist(), np.round(points.x, DECIMALS).tolist()


def _line(line: shapely.LineString) -> list[list[float]]:
    return _latitude_first(shapely.get_coordinates(line))


def as_rings(shape: shapely.Geometry) -> list[list[list[list[float]]]]:
    """Return polygons -> rings -> [latitude, longitude]."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return [
        [
            _latitude_first(shapely.get_coordinates(ring))
            for ring in (polygon.exterior, *polygon.interiors)
        ]
        for polygon in polygons
    ]


def _latitude_first(xy: NDArray[np.float64]) -> list[list[float]]:
    pairs: list[list[float]] = np.round(xy[:, ::-1], DECIMALS).tolist()
    return pairs
