"""What can be asked for: federations, sites, places, union organisations, enterprises; each with where it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geodata.crs import STORAGE_CRS
from webmap.coverage import facts_of, station_tier, unit_of, worker_units
from webmap.payload import site_names

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.kpis import Facts
    from planner.plan import Plan

COLUMNS = (
    "kind", "id", "name", "code", "district_id", "unit_id", "street_town_id", "workers", "access_id", "minutes", "share", "lon", "lat", "address",
)  # fmt: skip
PUBLIC = ("borough", "street_town", "unit", "district", "facility", "premise")
"""Kinds anybody may see; names and sizes of enterprises and their unions are for staff."""


def things(plan: Plan) -> pd.DataFrame:
    """Return one row per thing that can be asked for, the public ones first, then by how many people they hold.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: ``district_id`` (absent for what holds several), ``access_id`` (enterprises: network access point by the station's mode),
        ``minutes`` and ``share`` (others: mean minutes to the nearest station of the workers who reach one within the
        cutoff, and their share), ``lon``, ``lat`` of a place to show.
    """
    facts = facts_of(plan)
    people = _people(plan, facts)
    district_of = plan.decisions["unit_district"].set_index("unit_id")["district_id"]
    parts = [
        _areas(plan, "borough", people),
        _areas(plan, "street_town", people),
        _areas(plan, "unit", people).assign(district_id=lambda t: t["id"].map(district_of)),
        _districts(plan, people),
        _facilities(plan),
        _premises(plan, district_of),
        _organisations(plan, people),
        _enterprises(plan, people),
    ]
    frame = pd.concat([part.reindex(columns=COLUMNS) for part in parts], ignore_index=True)
    frame["rank"] = ~frame["kind"].isin(PUBLIC)
    frame = frame.sort_values(["rank", "workers"], ascending=[True, False], kind="stable")
    return frame.drop(columns="rank").reset_index(drop=True)


def _people(plan: Plan, facts: Facts) -> pd.DataFrame:
    """Return enterprises in scope, and workers beside the register, with where they belong and how far a station is."""
    membership = plan.decisions["membership"].set_index("enterprise_id")["organisation_id"]
    district = plan.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    unit = worker_units(plan)
    people = facts.reached(station_tier(facts.policy).name).rename(
        columns={"entity_id": "enterprise_id"}
    )
    people["deciseconds"] = pd.to_numeric(people["deciseconds"])  # of no people, it is text
    people["organisation_id"] = people["enterprise_id"].map(membership)
    people["district_id"] = people["organisation_id"].map(district)
    people["unit_id"] = people["enterprise_id"].map(unit)
    units = plan.layers["units"].set_index("unit_id")["street_town_id"]
    people["street_town_id"] = people["unit_id"].map(units)
    towns = plan.layers["street_towns"].set_index("street_town_id")["borough_id"]
    people["borough_id"] = people["street_town_id"].map(towns)
    return people


def _reach(people: pd.DataFrame, key: str, ids: pd.Series) -> pd.DataFrame:
    """Return ``minutes`` and ``share`` of the people of each id."""
    weight = people["weight"].astype(float)
    inside = people["deciseconds"].notna()
    walked = (weight * people["deciseconds"].fillna(0)).groupby(people[key]).sum() / 600
    reached = weight.where(inside, 0).groupby(people[key]).sum()
    total = weight.groupby(people[key]).sum()
    minutes = (walked / reached.where(reached > 0)).reindex(ids)
    share = (reached / total.where(total > 0)).reindex(ids)
    return pd.DataFrame(
        {"minutes": minutes.to_numpy(), "share": share.to_numpy(), "workers": total.reindex(ids).fillna(0).to_numpy()}
    )  # fmt: skip


def _areas(plan: Plan, kind: str, people: pd.DataFrame) -> pd.DataFrame:
    layer = plan.layers[f"{kind}s"]
    key = f"{kind}_id"
    reach = _reach(people, key, layer[key])
    frame = pd.DataFrame(
        {"kind": kind, "id": layer[key], "name": layer["name"], "code": layer[key]}
    )
    for column in ("unit_id", "street_town_id"):
        if column in layer:
            frame[column] = layer[column]
    return _placed(frame.assign(**reach), layer.geometry.representative_point())


def _districts(plan: Plan, people: pd.DataFrame) -> pd.DataFrame:
    table = plan.districts
    units = plan.decisions["unit_district"].drop_duplicates("district_id").set_index("district_id")
    middle = plan.layers["units"].set_index("unit_id").geometry.representative_point()
    spots = middle.reindex(table["district_id"].map(units["unit_id"]))
    frame = table[["district_id", "name", "street_town_id"]].assign(
        kind="district", id=table["district_id"], code=table["district_id"]
    )
    return _placed(frame.assign(**_reach(people, "district_id", table["district_id"])), spots)


def _facilities(plan: Plan) -> pd.DataFrame:
    sites = plan.layers["sites"][["site_id", "name", "geometry"]]
    cards = sites.merge(plan.facilities, on="site_id")
    frame = cards[["facility_id", "district_id"]].rename(columns={"facility_id": "id"})
    return _placed(
        frame.assign(kind="facility", name=site_names(plan, cards), code="", workers=0),
        cards.geometry,
    )


def _premises(plan: Plan, district_of: pd.Series) -> pd.DataFrame:
    sites = plan.layers["sites"]
    rest = sites[
        ~sites["site_id"].isin(plan.facilities["site_id"])
        & sites["name"].notna()
        & ~sites["kind"].isin(["large_enterprise", "to_find"])
    ]
    unit = unit_of(plan, rest)
    frame = rest[["site_id", "name"]].rename(columns={"site_id": "id"})
    return _placed(
        frame.assign(kind="premise", code="", unit_id=unit, district_id=unit.map(district_of), workers=0),
        rest.geometry,
    )  # fmt: skip


def _organisations(plan: Plan, people: pd.DataFrame) -> pd.DataFrame:
    layer = plan.layers["organisations"]
    ids = layer["organisation_id"]
    district = plan.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    reach = _reach(people, "organisation_id", ids).drop(columns="workers")
    frame = layer[["name", "unit_id", "street_town_id", "workers"]].assign(
        kind="organisation", id=ids, code="", district_id=ids.map(district), **reach
    )
    return _placed(frame, layer.geometry)


def _enterprises(plan: Plan, people: pd.DataFrame) -> pd.DataFrame:
    layer = plan.layers["enterprises"]
    mine = people.set_index("enterprise_id").reindex(layer["enterprise_id"])
    frame = layer[["name", "workers", "address"]].assign(
        kind="enterprise",
        id=layer["enterprise_id"],
        code=layer["uscc"].fillna(layer["enterprise_id"]),
    )
    for column in ("district_id", "unit_id", "street_town_id", "access_id"):
        frame[column] = mine[column].to_numpy()
    frame["minutes"] = mine["deciseconds"].to_numpy() / 600
    return _placed(frame, layer.geometry)


def _placed(frame: pd.DataFrame, spots: gpd.GeoSeries) -> pd.DataFrame:
    points = spots.to_crs(STORAGE_CRS).to_numpy()
    xy = np.full((len(points), 2), np.nan)
    there = ~(shapely.is_missing(points) | shapely.is_empty(points))
    xy[there] = shapely.get_coordinates(points[there])
    return frame.assign(lon=np.round(xy[:, 0], 5), lat=np.round(xy[:, 1], 5))
