"""Worker density in the line: read, clipped, spread, calibrated; what the register does not explain becomes demand.

Districts and organisations are of enterprises that are known. Workers whom a density shows and no row of the register
explains have no employer to form a union with; they can still walk to a station. So they count as demand of the tiers
that serve workers, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geodata.messages import translator
from planner.pipeline.platform import platform_units, with_platform_workers

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.layers import Layers
    from geodata.provenance import Read
    from geodata.roads import RoadNetwork
    from planner.pipeline.inputs import Tables
    from planner.scenario import Scenario

_ = translator("planner")


@dataclass(frozen=True, eq=False)
class DensityInputs:
    """What was read of a worker density, in the working CRS and inside the city.

    Parameters
    ----------
    density
        ``density_id``, ``workers`` and shapes.
    census
        Totals, or None.
    buildings
        With ``floor_area_m2``, or None where the road file's are taken.
    """

    density: gpd.GeoDataFrame
    census: pd.DataFrame | None
    buildings: gpd.GeoDataFrame | None


def read_everything(scenario: Scenario) -> tuple[Layers, DensityInputs | None, Tables]:
    """Read and check every layer of a scenario, its worker density where it has one, and the tables people wrote."""
    from planner.pipeline.inputs import read_inputs, read_tables

    layers, density = read_density_inputs(scenario, read_inputs(scenario))
    layers, tables = read_tables(scenario, layers)
    return layers, density, tables


def read_density_inputs(scenario: Scenario, layers: Layers) -> tuple[Layers, DensityInputs | None]:
    """Read the scenario's density, census and buildings; return the layers with their records added.

    Raises
    ------
    GeodataError
        For files that cannot be used; a density without a cell in the city is one.
    """
    inputs = scenario.inputs
    if inputs.density is None:
        return layers, None
    from geodata.layers.clipping import inside_city
    from geodata.sources.buildings import read_buildings
    from geodata.sources.census import read_census
    from geodata.sources.density import read_density

    read = read_density(**_options(scenario, "density"), per_km2=inputs.density.per_km2)
    density = inside_city(read, layers.street_towns)
    reads: list[Read] = [density]
    census = buildings = None
    if inputs.census is not None:
        reads.append(read_census(**_options(scenario, "census")))
        census = pd.DataFrame(reads[-1].frame.drop(columns="geometry"))
    if inputs.buildings is not None:
        reads.append(read_buildings(**_options(scenario, "buildings")))
        buildings = reads[-1].frame.to_crs(layers.crs)
    records = (*layers.records, *(one.record for one in reads))
    told = [one.rejected.assign(layer=one.record.layer) for one in reads if len(one.rejected)]
    rejected = pd.concat([layers.rejected, *told], ignore_index=True) if told else layers.rejected
    layers = replace(layers, records=records, rejected=rejected)
    return layers, DensityInputs(density.frame.to_crs(layers.crs), census, buildings)


def _options(scenario: Scenario, name: str) -> dict[str, Any]:
    from planner.pipeline.inputs import source_of

    given = source_of(scenario, getattr(scenario.inputs, name))
    return {
        "path": given.path,
        "datum": given.datum,
        "columns": given.columns,
        "sheet": given.sheet,
        "owner": given.owner,
        "licence": given.licence,
        "as_of": given.as_of,
    }


def workers_without_register(
    scenario: Scenario,
    layers: Layers,
    network: RoadNetwork,
    given: DensityInputs | None,
    platform: gpd.GeoDataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the layer ``unregistered``, platform workers in it, and the factors of the calibration.

    The density is spread over the buildings of `inputs.buildings`, else those of the road file, by floor area, where it
    has none along the roads, and where there are none at its own place; then scaled to the census. Platform workers that
    are listed are people the density shows as well: they count once.

    Returns
    -------
    tuple
        The layer (see `planner.pipeline.platform`), and the factors (see `geodata.density.raking`); these without a row
        where the scenario has no density.
    """
    from geodata.areas import unit_of
    from geodata.density.raking import COLUMNS, rake
    from geodata.density.spread import building_targets, road_targets, spread
    from geodata.density.unregistered import nobody_unregistered, unregistered_workers
    from geodata.roads import basemap_lines

    if given is None or scenario.inputs.density is None:
        nobody = nobody_unregistered(layers.crs)
        return with_platform_workers(nobody, platform, layers), pd.DataFrame(columns=list(COLUMNS))
    targets = []
    buildings = given.buildings if given.buildings is not None else _osm(scenario, layers.crs)
    if buildings is not None and len(buildings):
        targets.append(building_targets(buildings))
    targets.append(road_targets(basemap_lines(network)))
    places = spread(given.density, targets)
    unit = unit_of(places, layers.units)["unit_id"]
    town = unit.map(layers.units.set_index("unit_id")["street_town_id"])
    census = given.census
    if census is None:
        census = pd.DataFrame(
            columns=["borough_name", "street_town_name", "workers", "non_public_share"]
        )
    workers, factors = rake(
        places["workers"].to_numpy(),
        town.to_numpy(dtype=object),
        layers.street_towns,
        layers.boroughs,
        census,
        non_public_share=scenario.inputs.density.non_public_share,
    )
    enterprises = _explaining(scenario, layers, census)
    home = unit_of(enterprises, layers.units)["unit_id"]
    registered = enterprises["workers"].groupby(home.to_numpy()).sum()
    explained = registered.add(platform_units(platform, layers), fill_value=0)
    layer = unregistered_workers(places.assign(workers=workers), unit, explained)
    return with_platform_workers(layer, platform, layers), factors


def _explaining(scenario: Scenario, layers: Layers, census: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the rows of the register that a density's workers may be: of all ownership, or, with a share, non-public."""
    share = scenario.inputs.density.non_public_share if scenario.inputs.density else 1.0
    enterprises = layers.enterprises
    if share < 1.0 or census["non_public_share"].notna().any():
        return enterprises[enterprises["in_scope"].to_numpy(bool)]
    return enterprises


def _osm(scenario: Scenario, crs: str) -> gpd.GeoDataFrame | None:
    from geodata.roads.osm_file import OSM_SUFFIXES
    from geodata.sources.buildings import osm_buildings

    roads = scenario.resolve(scenario.inputs.roads)
    return osm_buildings(roads, crs) if roads.name.lower().endswith(OSM_SUFFIXES) else None


def density_notes(unregistered: gpd.GeoDataFrame, factors: pd.DataFrame) -> list[str]:
    """Return what a reader should know of the density: how many count beyond the register, how it was scaled."""
    beyond = unregistered[unregistered["kind"] == "density"]
    notes = [] if beyond.empty and factors.empty else [
        _("density: {workers} workers beyond the register count as demand of the tiers that serve workers, at {places} places").format(
            workers=f"{int(beyond['workers'].sum()):,}", places=f"{len(beyond):,}"
        )
    ]  # fmt: skip
    towns = factors[(factors["level"] == "street_town") & (factors["status"] == "scaled")]
    if len(towns):
        notes.append(
            _("density: scaled to the census in {count} street_towns, by {least} to {most}").format(
                count=len(towns), least=f"{np.nanmin(towns['factor']):.2f}", most=f"{np.nanmax(towns['factor']):.2f}"
            )
        )  # fmt: skip
    for status, text in (
        ("nobody_to_scale", _("density: nobody to scale to the census in {names}")),
        ("unknown_area", _("density: areas of the census that the city does not have: {names}")),
        ("exceeded", _("density: the street_towns' totals are more than the borough's in {names}")),
    ):
        names = factors.loc[factors["status"] == status, "name"].astype(str)
        if len(names):
            shown = ", ".join(names.head(5)) + (f" ({len(names)})" if len(names) > 5 else "")
            notes.append(text.format(names=shown))
    return notes
