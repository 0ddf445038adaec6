"""Basic units, what they hold and which adjoin, as the arrays that districting solves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.districting import Band, DistrictingProblem

if TYPE_CHECKING:
    import geopandas as gpd

    from planner.policy import BandRule, FederationRule


def districting_problem(
    units: gpd.GeoDataFrame,
    organisations: gpd.GeoDataFrame,
    adjacency: pd.DataFrame,
    rule: FederationRule,
    sub_areas: pd.Series | None = None,
) -> DistrictingProblem:
    """Build the arrays of one plan's districting.

    Parameters
    ----------
    units
        ``unit_id``, ``street_town_id`` and polygons in the working CRS.
    organisations
        ``unit_id``, ``enterprises``, ``workers``, ``industry`` and points.
    adjacency
        ``unit_a``, ``unit_b``, ``walk_ds``, ``adjoins``; rows that do not adjoin are left out; links between street_towns stay and
        serve only where a small street_town is merged with a neighbour.
    rule
        Bands, what the first one counts, and what happens to street_towns too small for one district.
    sub_areas
        Sub-area of basic units that are in one, indexed by ``unit_id``; in two street_towns it is two. None: there are none.

    Returns
    -------
    DistrictingProblem
        Units in ascending order of id; bands are organisations (or covered units) and workers.
    """
    units = units.sort_values("unit_id").reset_index(drop=True)
    ids = units["unit_id"].astype(str)
    towns = sorted(set(units["street_town_id"].astype(str)))
    counted = organisations["enterprises"] if rule.count == "covered_units" else 1
    held = (
        organisations[["unit_id", "workers"]]
        .assign(counted=counted)
        .groupby("unit_id")[["counted", "workers"]]
        .sum()
    )
    measures = held.reindex(ids).fillna(0).to_numpy(np.int64)
    links, link_ds = _links(adjacency, ids)
    return DistrictingProblem(
        unit_ids=ids.to_numpy(dtype=str),
        street_town=units["street_town_id"]
        .astype(str)
        .map({town: i for i, town in enumerate(towns)})
        .to_numpy(np.int32),
        street_town_ids=np.array(towns, dtype=str),
        measures=measures,
        bands=(
            _band("organisations", rule.organisations, rule),
            _band("workers", rule.workers, rule),
        ),
        links=links,
        link_ds=link_ds,
        xy=_centres(units, organisations),
        industry=_industry(organisations, ids),
        preferred_area=None if sub_areas is None else _sub_areas(sub_areas, units, ids),
        undersize=rule.undersize,
    )


def _sub_areas(sub_areas: pd.Series, units: gpd.GeoDataFrame, ids: pd.Series) -> np.ndarray:
    """Return the number of each unit's sub-area, by street_town; -1 for units in none."""
    area = sub_areas.reindex(ids).to_numpy(dtype=object)
    inside = pd.notna(area)
    town = units["street_town_id"].astype(str).to_numpy(dtype=object)
    number = np.full(len(ids), -1, dtype=np.int32)
    pairs = pd.DataFrame({"town": town[inside], "area": area[inside]})
    number[inside] = pairs.groupby(["town", "area"], sort=True).ngroup().to_numpy(np.int32)
    return number


def _band(name: str, band: BandRule, rule: FederationRule) -> Band:
    return Band(
        name,
        band.least,
        band.ideal,
        band.most,
        hard=rule.hard_bands,
        maximum_hard=band.ideal * rule.maximum_share,
    )


def _links(adjacency: pd.DataFrame, ids: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    place = pd.Series(np.arange(len(ids)), index=ids)
    near = adjacency[adjacency["adjoins"]]
    pairs = np.column_stack(
        [place.loc[near["unit_a"].astype(str)], place.loc[near["unit_b"].astype(str)]]
    )
    pairs.sort(axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order].astype(np.int32), near["walk_ds"].to_numpy(np.int32)[order]


def _centres(units: gpd.GeoDataFrame, organisations: gpd.GeoDataFrame) -> np.ndarray:
    """Return where a unit's people work on average; the polygon's inner point where nobody does."""
    inner = units.geometry.representative_point()
    weight = organisations["workers"].clip(lower=1).to_numpy(float)
    sums = pd.DataFrame(
        {
            "x": organisations.geometry.x.to_numpy() * weight,
            "y": organisations.geometry.y.to_numpy() * weight,
            "w": weight,
        }
    )
    means = sums.groupby(organisations["unit_id"].astype(str).to_numpy()).sum()
    means = means[["x", "y"]].div(means["w"], axis=0).reindex(units["unit_id"].astype(str))
    return np.column_stack(
        [
            means["x"].fillna(pd.Series(inner.x.to_numpy(), means.index)),
            means["y"].fillna(pd.Series(inner.y.to_numpy(), means.index)),
        ]
    )


def _industry(organisations: gpd.GeoDataFrame, ids: pd.Series) -> np.ndarray:
    table = organisations.assign(unit_id=organisations["unit_id"].astype(str)).pivot_table(
        index="unit_id", columns="industry", values="workers", aggfunc="sum", fill_value=0
    )
    held: np.ndarray = table.reindex(ids).fillna(0).to_numpy(np.int64)
    return held
