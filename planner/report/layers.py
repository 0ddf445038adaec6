"""The layers of a plan that leave the program, in longitude and latitude."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geodata.crs import STORAGE_CRS
from planner.explain import district_areas, site_cards

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
    "geometry",
]


def output_layers(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    """Return name -> layer in EPSG:4326: districts, one per tier, organisations, units, street_towns.

    Returns
    -------
    dict
        Layers without any row are left out.
    """
    cards = site_cards(plan)
    units = plan.layers["units"].merge(plan.decisions["unit_district"], on="unit_id")
    organisations = plan.layers["organisations"].merge(
        plan.decisions["organisation_district"], on="organisation_id"
    )
    layers = {"districts": district_areas(plan)}
    layers |= {str(tier): part.reset_index(drop=True) for tier, part in cards.groupby("tier")}
    layers["organisations"] = organisations[ORGANISATION_COLUMNS]
    layers["units"] = units
    layers["street_towns"] = plan.layers["street_towns"]
    return {name: layer.to_crs(STORAGE_CRS) for name, layer in layers.items() if len(layer)}
