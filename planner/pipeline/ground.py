"""What every tier is sited on: all candidate sites, everybody's access to the network, weights, districts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import pandas as pd

from planner.pipeline.book import suggested_with_book
from planner.problems.access import Access, access_points
from planner.problems.candidates import carrier_sites, large_enterprise_sites, premises_to_find
from planner.problems.priorities import priorities
from planner.problems.siting import AREAS

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from geodata.layers import Layers
    from geodata.roads import RoadNetwork, Snapped
    from planner.organisations import Organisations
    from planner.scenario import Scenario

DEMAND = {"workers": "enterprises", "outdoor": "outdoor"}
"""Demand layer of a tier -> frame it is counted in."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Demand, candidates and roads, the same for every tier.

    Parameters
    ----------
    network
        Roads.
    demand
        Access of each demand layer (`DEMAND`) for each mode a tier needs it in.
    weights
        Demand layer -> one row per entity: ``workers``, or ``h00`` ... ``h23`` for outdoor workers.
    sites
        All candidates, with ``site_id``, ``kind``, ``existing_tier``, ``consent``, ``workers``.
    site_access
        Access of the candidates for each mode.
    site_area
        ``district_id``, ``street_town_id``, ``borough_id``, ``city`` of each site, indexed by ``site_id``; sites outside
        every basic unit are absent.
    unit_area
        The same of each basic unit, indexed by ``unit_id``.
    peopled
        Column of `planner.problems.siting.AREAS` -> areas that hold organisations; one of nobody (a reserve, a harbour
        basin) needs no station.
    """

    network: RoadNetwork
    demand: dict[tuple[str, str], Access]
    weights: dict[str, pd.DataFrame]
    sites: gpd.GeoDataFrame
    site_access: dict[str, Access]
    site_area: pd.DataFrame
    unit_area: pd.DataFrame
    peopled: dict[str, frozenset[str]]

    def site_positions(self, mode: str, site_ids: pd.Series) -> Snapped:
        """Return the sites named, in that order, as positions on the network."""
        sites = self.site_access[mode]
        access = sites.entities.set_index("entity_id")["access_id"]
        return sites.snapped(access.loc[site_ids].to_numpy(dtype=str))


def lay_ground(
    scenario: Scenario,
    layers: Layers,
    formed: Organisations,
    network: RoadNetwork,
    unit_district: pd.DataFrame,
    *,
    unregistered: gpd.GeoDataFrame,
) -> Ground:
    """Gather candidates and place everybody on the network.

    Parameters
    ----------
    scenario
        Snapping limits and the policy's thresholds.
    layers, formed, network
        What the stages before gave.
    unit_district
        District of each basic unit.
    unregistered
        Workers whom no row of the register explains; they count as demand beside the enterprises.
    """
    sites = all_sites(layers, formed, scenario)
    tiers = scenario.rules.tiers
    areas = unit_areas(layers, unit_district)
    travel = scenario.travel
    place = partial(
        access_points,
        max_snap_m=travel.max_snap_m,
        grid_m=travel.access_grid_m,
        barriers=water_barriers(scenario, network),
    )
    workers = worker_demand(layers.enterprises, unregistered)
    people = {"workers": (workers, "entity_id"), "outdoor": (layers.outdoor, "outdoor_id")}
    return Ground(
        network=network,
        demand={
            (demand, mode): place(*people[demand], network, mode=mode)
            for demand, mode in sorted(
                {(way.demand, way.mode) for tier in tiers for way in tier.streams}
            )
        },
        weights={
            "workers": pd.DataFrame(workers.drop(columns="geometry")).assign(
                priority=priorities(workers, layers.disputes, scenario.rules.disputes)
            ),
            "outdoor": pd.DataFrame(layers.outdoor.drop(columns="geometry")),
        },
        sites=sites,
        site_access={
            mode: place(sites, "site_id", network, mode=mode)
            for mode in sorted({mode for tier in tiers for mode in tier.modes})
        },
        site_area=_areas_of(sites, layers, areas),
        unit_area=areas,
        peopled={
            name: frozenset(areas[name].reindex(formed.organisations["unit_id"]).dropna())
            for name in AREAS
        },
    )


def worker_demand(
    enterprises: gpd.GeoDataFrame, unregistered: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return the demand of tiers that serve workers: ``entity_id``, ``workers`` and points."""
    known = enterprises.loc[enterprises["in_scope"], ["enterprise_id", "workers", "geometry"]]
    known = known.rename(columns={"enterprise_id": "entity_id"})
    if unregistered.empty:
        return known.reset_index(drop=True)
    more = unregistered[["unregistered_id", "workers", "geometry"]]
    more = more.rename(columns={"unregistered_id": "entity_id"})
    return pd.concat([known, more], ignore_index=True)


def all_sites(layers: Layers, formed: Organisations, scenario: Scenario) -> gpd.GeoDataFrame:
    """Return listed premises and the places the register suggests, one row per site, sorted by ``site_id``."""
    least = [tier.compulsory_enterprise_workers for tier in scenario.rules.tiers]
    large = min((workers for workers in least if workers is not None), default=None)
    made = [carrier_sites(formed.carriers)]
    if large is not None:
        made.append(large_enterprise_sites(layers.enterprises, large))
    made.append(premises_to_find(formed.organisations, layers.units.set_index("unit_id")["name"]))
    listed = layers.sites.assign(workers=0)
    suggested = pd.concat(made, ignore_index=True)
    suggested = suggested_with_book(suggested, layers.premises_book)
    sites = pd.concat([listed, suggested], ignore_index=True)
    return sites.sort_values("site_id").reset_index(drop=True)


def water_barriers(scenario: Scenario, network: RoadNetwork) -> NDArray[np.object_] | None:
    """Return the water in the road file, which nobody crosses between door and road; None where it holds none."""
    from geodata.roads.osm_file import OSM_SUFFIXES

    roads = scenario.resolve(scenario.inputs.roads)
    if not roads.name.lower().endswith(OSM_SUFFIXES):
        return None
    stamp = roads.stat()
    return _water_in(roads, network.crs, (stamp.st_mtime_ns, stamp.st_size))


@lru_cache(maxsize=1)
def _water_in(
    roads: Path,
    crs: str,
    stamp: tuple[int, int],  # noqa: ARG001 - another state of the file is another answer
) -> NDArray[np.object_] | None:
    """Read the water once for all steps of a run."""
    from geodata.roads import read_water_barriers

    water = read_water_barriers(roads, crs)
    return water if len(water) else None


def unit_areas(layers: Layers, unit_district: pd.DataFrame) -> pd.DataFrame:
    """Return the areas each basic unit lies in, columns `AREAS`, indexed by ``unit_id``."""
    units = layers.units[["unit_id", "street_town_id"]].merge(unit_district, on="unit_id")
    boroughs = layers.street_towns.set_index("street_town_id")["borough_id"]
    areas = units.assign(borough_id=units["street_town_id"].map(boroughs), city="city")
    return pd.DataFrame(areas.set_index("unit_id")[list(AREAS)])


def _areas_of(sites: gpd.GeoDataFrame, layers: Layers, areas: pd.DataFrame) -> pd.DataFrame:
    from geodata.areas import unit_of

    units = unit_of(sites.geometry, layers.units)["unit_id"]
    return areas.reindex(units.to_numpy()).set_axis(sites["site_id"].to_numpy()).dropna()
