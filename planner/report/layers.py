"""The layers of a plan that leave the program, in longitude and latitude."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.crs import STORAGE_CRS
from planner.explain import (
    adjacency_links,
    district_areas,
    industry_federation_of,
    site_cards,
    unit_cards,
)

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.plan import Plan

ORGANISATION_COLUMNS = [
    "organisation_id",
    "name",
    "kind",
    "unit_id",
    "street_town_id",
    "enterprises",
    "workers",
    "members",
    "industry",
    "district_id",
    "industry_federation_id",
    "geometry",
]


def output_layers(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    """Return name -> layer in EPSG:4326.

    They are districts, one per tier, organisations, units, adjacency (lines), carriers, street_towns, and
    existing_federations where a list was given.

    Returns
    -------
    dict
        Layers without any row are left out.
    """
    cards = site_cards(plan)
    organisations = plan.layers["organisations"].merge(
        plan.decisions["organisation_district"], on="organisation_id"
    )
    layers = {"districts": district_areas(plan)}
    layers |= {str(tier): part.reset_index(drop=True) for tier, part in cards.groupby("tier")}
    overlay = industry_federation_of(plan)["industry_federation_id"]
    organisations["industry_federation_id"] = organisations["organisation_id"].map(overlay)
    layers["organisations"] = organisations[ORGANISATION_COLUMNS]
    layers["units"] = unit_cards(plan)
    layers["adjacency"] = adjacency_links(plan)
    for name in ("carriers", "existing_federations"):
        if name in plan.layers:
            layers[name] = plan.layers[name]
    layers["street_towns"] = plan.layers["street_towns"]
    return {name: layer.to_crs(STORAGE_CRS) for name, layer in layers.items() if len(layer)}
