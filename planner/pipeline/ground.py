"""What every tier is sited on: all candidate sites, everybody's access to the network, weights, districts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from planner.problems.access import Access, access_points
from planner.problems.candidates import carrier_sites, large_enterprise_sites, premises_to_find

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from geodata.layers import Layers
    from geodata.roads import RoadNetwork
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
    site_district
        District of each site, indexed by ``site_id``; sites outside every basic unit are absent.
    peopled
        Districts that hold organisations; one of nobody (a reserve, a harbour basin) needs no station.
    n_districts
        How many those are.
    """

    network: RoadNetwork
    demand: dict[tuple[str, str], Access]
    weights: dict[str, pd.DataFrame]
    sites: gpd.GeoDataFrame
    site_access: dict[str, Access]
    site_district: pd.Series
    peopled: frozenset[str]
    n_districts: int


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
    held = formed.organisations["unit_id"].map(unit_district.set_index("unit_id")["district_id"])
    peopled = frozenset(held.dropna())
    travel = scenario.travel
    place = partial(
        access_points,
        max_snap_m=travel.max_snap_m,
        grid_m=travel.access_grid_m,
        barriers=_water(scenario, network),
    )
    workers = worker_demand(layers.enterprises, unregistered)
    people = {"workers": (workers, "entity_id"), "outdoor": (layers.outdoor, "outdoor_id")}
    return Ground(
        network=network,
        demand={
            (demand, mode): place(*people[demand], network, mode=mode)
            for demand, mode in sorted({(tier.demand, tier.mode) for tier in tiers})
        },
        weights={
            name: pd.DataFrame(layer.drop(columns="geometry"))
            for name, (layer, _) in people.items()
        },
        sites=sites,
        site_access={
            mode: place(sites, "site_id", network, mode=mode)
            for mode in sorted({tier.mode for tier in tiers})
        },
        site_district=_districts_of(sites, layers, unit_district),
        peopled=peopled,
        n_districts=len(peopled),
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
    sites = pd.concat([listed, *made], ignore_index=True)
    return sites.sort_values("site_id").reset_index(drop=True)


def _water(scenario: Scenario, network: RoadNetwork) -> NDArray[np.object_] | None:
    """Return the water in the road file, which nobody crosses between door and road; None where it holds none."""
    from geodata.roads import read_water_barriers
    from geodata.roads.osm_file import OSM_SUFFIXES

    roads = scenario.resolve(scenario.inputs.roads)
    if not roads.name.lower().endswith(OSM_SUFFIXES):
        return None
    water = read_water_barriers(roads, network.crs)
    return water if len(water) else None


def _districts_of(
    sites: gpd.GeoDataFrame, layers: Layers, unit_district: pd.DataFrame
) -> pd.Series:
    from geodata.areas import unit_of

    units = unit_of(sites.geometry, layers.units)["unit_id"]
    districts = pd.Series(units.to_numpy()).map(unit_district.set_index("unit_id")["district_id"])
    return districts.set_axis(sites["site_id"]).dropna()
