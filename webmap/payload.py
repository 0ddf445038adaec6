"""The data beside the map, in five parts: the plan itself, its base map, coverage, links between units, organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geodata.crs import STORAGE_CRS
from planner.explain import (
    KINDS,
    LINKS,
    REASONS,
    adjacency_links,
    district_areas,
    industry_federation_of,
    policy_of,
    site_cards,
)
from planner.kpis import figures
from planner.tier_styles import tier_styles
from webmap import columns
from webmap.coverage import station_tier, unit_coverage
from webmap.hours import site_hours
from webmap.style import APART, COVERAGE, DISTRICT_FILLS
from webmap.style import LINKS as LINK_COLOURS
from webmap.words import LAYERS, both, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import geopandas as gpd

    from planner.plan import Plan

SIMPLIFY_M = 2.0
HEADLINE = {
    "union_rate_share",
    "membership_rate_share",
    "districts_in_band_share",
    "station_coverage_share",
    "service_point_coverage_share",
    "rest_station_coverage_share",
}
"""Figures shown large; every other stands in the table of figures."""


def core(plan: Plan) -> dict[str, Any]:
    """Return what the page needs first: words, figures, districts, sites, sources; texts as [Chinese, English]."""
    known = figures(policy_of(plan))
    return {
        "plan_id": plan.plan_id,
        "name": str(plan.manifest["name"]),
        "created": str(plan.manifest["created"])[:10],
        "words": words(),
        "kpis": [
            [[known[name].label_zh, known[name].label_en], known[name].unit, value, known[name].better, name in HEADLINE]
            for name, value in plan.kpis.items()
            if name in known
        ],
        "tiers": _tiers(plan),
        "station": station_tier(policy_of(plan)).name,
        "districts": _districts(plan),
        "notes": [str(note) for note in plan.manifest.get("notes", [])],
        "sources": [source_line(source) for source in plan.manifest["sources"]],
        "credit": road_credit(plan.manifest["sources"]),
        "bounds": _bounds(plan),
    }  # fmt: skip


def base(plan: Plan) -> dict[str, Any]:
    """Return water, roads, boundaries and names, simplified to what a screen can show."""
    parts = base_of(plan.layers.get("basemap"))
    for layer in ("street_towns", "boroughs"):
        frame = plan.layers[layer]
        spots = frame.geometry.representative_point()
        parts[layer] = {
            "name": frame["name"].tolist(),
            "label": columns.points(frame.set_geometry(spots)),
            "shape": columns.areas(simplified(frame.geometry)),
        }
    return parts


def base_of(drawn: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Return what is drawn under a plan: ``water``, ``roads`` by weight, ``road_names`` and their lines; None draws nothing."""
    parts: dict[str, Any] = {
        "water": {"f": [], "n": [], "x": [], "y": []},
        "roads": {},
        "road_names": [],
    }
    if drawn is None or drawn.empty:
        return parts
    shapes = drawn.geometry.simplify(SIMPLIFY_M)
    parts["water"] = columns.areas(shapes[drawn["kind"] == "water"])
    for kind in ("major", "minor", "street"):
        if (drawn["kind"] == kind).any():
            parts["roads"][kind] = columns.lines(shapes[drawn["kind"] == kind])
    named = drawn["kind"] == "road_name"
    if named.any():  # plans made before roads kept their names have none
        parts["road_names"] = drawn.loc[named, "name"].tolist()
        parts["road_lines"] = columns.lines(shapes[named])
    return parts


def coverage(plan: Plan) -> dict[str, Any]:
    """Return the basic units with the share of their people within reach, for each tier."""
    units = unit_coverage(plan)
    towns = plan.layers["street_towns"].set_index("street_town_id")["name"]
    return {
        "id": units["unit_id"].tolist(),
        "name": units["name"].fillna("").tolist(),
        "street_town": units["street_town_id"].map(towns).fillna("").tolist(),
        "classes": [list(row) for row in COVERAGE],
        "tiers": [
            {
                "key": tier.name,
                "demand": units[f"{tier.name}_demand"].round().astype(int).tolist(),
                "share": [_share(value) for value in units[f"{tier.name}_share"]],
            }
            for tier in policy_of(plan).tiers
        ],
        "shape": columns.areas(simplified(units.geometry)),
    }


def links(plan: Plan) -> dict[str, Any]:
    """Return the pairs of basic units that border or adjoin: how, the walk, who decided; lines between their middles."""
    frame = adjacency_links(plan)
    units = plan.layers["units"].set_index("unit_id")["name"]
    names = units.where(units.notna() & (units != ""), units.index.to_series())
    minutes = frame["walk_min"].astype(object).where(frame["walk_min"].notna(), None)
    return {
        "kinds": {
            kind: {
                "label": both(text, "planner"),
                "colour": LINK_COLOURS[kind],
                "apart": kind in APART,
            }
            for kind, text in LINKS.items()
        },
        "id": (frame["unit_a"] + " " + frame["unit_b"]).tolist(),
        "a": frame["unit_a"].map(names).tolist(),
        "b": frame["unit_b"].map(names).tolist(),
        "how": frame["how"].tolist(),
        "walk_min": minutes.tolist(),
        "border_m": frame["border_m"].round().astype(int).tolist(),
        "by": [
            f"{by} ({reason})" if by and reason else by or ""
            for by, reason in zip(frame["by"].fillna(""), frame["reason"].fillna(""), strict=True)
        ],
        **columns.lines(frame.geometry),
    }


def organisations(plan: Plan) -> dict[str, Any]:
    """Return union organisations; their names may be those of enterprises."""
    frame = plan.layers["organisations"]
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
        "industry": frame["organisation_id"]
        .map(industry_federation_of(plan)["industry_federation"])
        .fillna("")
        .tolist(),
        **columns.points(frame),
    }


PARTS: dict[str, Callable[[Plan], dict[str, Any]]] = {
    "core": core,
    "base": base,
    "coverage": coverage,
    "links": links,
    "organisations": organisations,
}
"""Part of the data -> how it is made."""


def source_line(source: Mapping[str, Any]) -> list[Any]:
    """Return a source as a map tells of it: what it is, its file, and owner, licence, date, rows, CRS, encoding, hash."""
    rest = (
        source["owner"],
        source["licence"],
        str(source["as_of"] or ""),
        f"{source['kept']:,} / {source['rows_in']:,}" if source["rows_in"] else "",
        source["crs"],
        source["encoding"],
        source["sha256"][:12],
    )
    return [
        both(LAYERS.get(source["layer"], source["layer"]), "webmap"),
        source["path"],
        [text for text in rest if text],
    ]


def road_credit(sources: Iterable[Mapping[str, Any]]) -> str:
    """Return whom the record of the roads names, as the map's own mark; nobody where it names nobody."""
    return next((str(one["owner"] or "") for one in sources if one["layer"] == "roads"), "")


def _tiers(plan: Plan) -> list[dict[str, Any]]:
    cards = site_cards(plan)
    gaps = dict(zip(plan.tiers["tier"], plan.tiers["gap_share"].astype(float), strict=True))
    hours = site_hours(plan)
    out = []
    policy = policy_of(plan)
    styles = tier_styles(policy)
    for tier in policy.tiers:
        mine = cards[cards["tier"] == tier.name]
        style = styles[tier.name]
        reasons = [both(REASONS.get(reason, reason), "planner") for reason in mine["reason"]]
        kinds = [both(KINDS.get(kind, kind), "planner") for kind in mine["kind"].fillna("")]
        out.append(
            {
                "key": tier.name,
                "label": [tier.label_zh, tier.label_en],
                "colour": style.colour,
                "shape": style.shape,
                "radius": style.radius_px,
                "border": style.border,
                "cutoff_min": tier.cutoff_min,
                "gap": gaps[tier.name],
                "id": mine["facility_id"].tolist(),
                "name": site_names(plan, mine),
                "kind": kinds,
                "district": mine["district"].fillna("").tolist(),
                "parent": mine["parent"].fillna("").tolist(),
                "reason": reasons,
                "by": mine["decided_by"].tolist(),
                "said": mine["said"].tolist(),
                "hours": [hours.get(facility, "") for facility in mine["facility_id"]],
                "within": [round(float(value)) for value in mine["within"]],
                "only_here": [round(float(value)) for value in mine["only_here"]],
                **columns.points(mine),
            }
        )
    return out


def site_names(plan: Plan, cards: gpd.GeoDataFrame) -> list[str]:
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
        "label": columns.points(areas.set_geometry(areas.geometry.representative_point())),
        "shape": columns.areas(areas.geometry),
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


def simplified(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Simplify areas that share borders so that they still do."""
    import geopandas as gpd

    return gpd.GeoSeries(
        shapely.coverage_simplify(shapes.to_numpy(), SIMPLIFY_M), index=shapes.index, crs=shapes.crs
    )


def _share(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def _bounds(plan: Plan) -> list[list[float]]:
    west, south, east, north = plan.layers["units"].to_crs(STORAGE_CRS).total_bounds
    corner = [[south, west], [north, east]]
    return [[round(float(value), 5) for value in pair] for pair in corner]
