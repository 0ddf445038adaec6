"""Last year's plan as arrays: the district each basic unit comes from, what leaving it counts, and what has not changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from planner.districting import DistrictingProblem
    from planner.rules import ChangeRule

MONTH_DAYS = 30.44


@dataclass(frozen=True, eq=False)
class Incumbent:
    """A districting problem with last year's districts in it.

    Parameters
    ----------
    problem
        With ``incumbent``, ``switching_cost`` and ``locked``.
    district_ids
        Ids of last year's districts, as numbered in ``problem.incumbent``.
    moving
        int64, shape (units,): organisations of both years that switch when the unit leaves.
    district_of
        Last year's district of each basic unit that is still where most of that district is, indexed by ``unit_id``.
    factor
        Street_town id -> how many times as much switching counts there, for terms that have not ended.
    """

    problem: DistrictingProblem
    district_ids: tuple[str, ...]
    moving: NDArray[np.int64]
    district_of: pd.Series
    factor: dict[str, float]


def units_before(units: gpd.GeoDataFrame, before: gpd.GeoDataFrame) -> pd.Series:
    """Return last year's unit of each basic unit, indexed by ``unit_id``; absent where there was none.

    A unit is last year's of the same id when it still covers the middle of that one or the reverse; else, after a
    change of boundaries or codes, the one its inner point lies in.
    """
    now = units[["unit_id", "geometry"]].sort_values("unit_id").reset_index(drop=True)
    old = before[["unit_id", "geometry"]].to_crs(now.crs)
    known = old.set_index("unit_id").geometry
    same = known.reindex(now["unit_id"].astype(str))
    there = same.notna().to_numpy(bool)
    inner = now.geometry.representative_point()
    stays = np.zeros(len(now), dtype=bool)
    mine = gpd.GeoSeries(same[there].to_numpy(), crs=now.crs)
    here = gpd.GeoSeries(now.geometry[there].to_numpy(), crs=now.crs)
    points = gpd.GeoSeries(inner[there].to_numpy(), crs=now.crs)
    stays[there] = (
        points.within(mine, align=False) | mine.representative_point().within(here, align=False)
    ).to_numpy(bool)
    found = pd.Series(now["unit_id"].where(stays).to_numpy(dtype=object), index=now["unit_id"])
    rest = now[~stays].set_geometry(inner[~stays])
    if len(rest):
        joined = gpd.sjoin(rest, old.rename(columns={"unit_id": "before"}), predicate="within")
        placed = joined.sort_values(["unit_id", "before"]).drop_duplicates("unit_id")
        found.update(placed.set_index("unit_id")["before"])
    return found.rename("unit_before").rename_axis("unit_id")


def with_incumbent(
    problem: DistrictingProblem,
    district_of: pd.Series,
    organisations: pd.DataFrame,
    survivors: pd.Series,
    *,
    rule: ChangeRule,
    day: date,
) -> Incumbent:
    """Put last year's districts into a problem.

    Parameters
    ----------
    problem
        This year's.
    district_of
        Last year's district of each basic unit, indexed by ``unit_id``; absent where there is none.
    organisations
        This year's: ``organisation_id``, ``unit_id``, ``workers``.
    survivors
        Last year's district of each organisation of both years, indexed by ``organisation_id``.
    rule
        Costs, terms and pins.
    day
        Day of the change, on which terms are read.
    """
    unions = organisations[["organisation_id", "workers"]].assign(
        unit=organisations["unit_id"].astype(str).to_numpy(),
        before=organisations["organisation_id"].map(survivors).to_numpy(dtype=object),
    )
    district_of = _where_most_stay(problem, district_of, unions)
    ids = sorted(set(district_of.dropna()))
    number = {name: i for i, name in enumerate(ids)}
    unit_ids = pd.Index(problem.unit_ids.astype(str))
    incumbent = district_of.reindex(unit_ids).map(number).fillna(-1).to_numpy(np.int32)
    unions["home"] = unions["unit"].map(district_of)
    staying = unions[(unions["before"] == unions["home"]).to_numpy(bool)].copy()
    staying["cost"] = rule.per_organisation + rule.per_worker * staying["workers"]
    freed = {pin.id for pin in rule.pins if pin.decision == "free"}
    staying.loc[staying["before"].isin(freed) | staying["organisation_id"].isin(freed), "cost"] = (
        0.0
    )
    late = term_factors(rule, day)
    staying["dear"] = staying["cost"] * staying["before"].map(late).fillna(1.0).astype(float)
    sums = staying.groupby("unit")[["cost", "dear"]].sum().reindex(unit_ids).fillna(0.0)
    moving = staying.groupby("unit").size().reindex(unit_ids).fillna(0).to_numpy(np.int64)
    by_town = sums.groupby(problem.street_town).sum()
    factor = {
        str(problem.street_town_ids[town]): float(dear / cost)
        for town, cost, dear in zip(
            by_town.index.to_numpy(np.int64), by_town["cost"], by_town["dear"], strict=True
        )
        if cost > 0
    }
    filled = replace(
        problem,
        incumbent=incumbent,
        switching_cost=sums["dear"].to_numpy(float),
        locked=_locked(problem, incumbent, number, unions, rule),
    )
    return Incumbent(filled, tuple(ids), np.asarray(moving, dtype=np.int64), district_of, factor)


def _where_most_stay(
    problem: DistrictingProblem, district_of: pd.Series, unions: pd.DataFrame
) -> pd.Series:
    """Return the districts without the parts that a changed border cut off into another street_town.

    A district goes on in the street_town that holds most of its organisations; small street_towns that are merged with a
    neighbour share districts with it and are left as they are.
    """
    if problem.undersize == "merge":
        return district_of
    ids = pd.Index(problem.unit_ids.astype(str))
    table = pd.DataFrame(
        {
            "district": district_of.reindex(ids).to_numpy(dtype=object),
            "town": problem.street_town,
            "held": unions.groupby("unit").size().reindex(ids).fillna(0).to_numpy(),
            "one": 1,
        },
        index=ids,
    ).dropna()
    sums = table.groupby(["district", "town"])[["held", "one"]].sum().reset_index()
    ordered = sums.sort_values(
        ["district", "held", "one", "town"], ascending=[True, False, False, True]
    )
    home = ordered.drop_duplicates("district").set_index("district")["town"]
    stays = table["district"].map(home) == table["town"]
    kept: pd.Series = table.loc[stays, "district"]
    return kept


def term_factors(rule: ChangeRule, day: date) -> dict[str, float]:
    """Return how many times as much leaving each federation in mid-term counts; those at their term's end are absent."""
    limit = rule.term_months * MONTH_DAYS
    return {
        term.federation: rule.mid_term_factor
        for term in rule.terms
        if (term.ends - day).days > limit
    }


def _locked(
    problem: DistrictingProblem,
    incumbent: NDArray[np.int32],
    number: dict[str, int],
    unions: pd.DataFrame,
    rule: ChangeRule,
) -> NDArray[np.bool_] | None:
    """Return the units that pins hold in their district: all of a pinned federation, those of pinned organisations.

    Of units that no longer adjoin only the largest piece is held; the rest cannot stay in one district.
    """
    kept = [pin for pin in rule.pins if pin.decision == "keep"]
    if not kept:
        return None
    federations = {number[pin.id] for pin in kept if pin.kind == "federation" and pin.id in number}
    names = {pin.id for pin in kept if pin.kind == "organisation"}
    units = set(unions.loc[unions["organisation_id"].isin(names), "unit"])
    locked = np.isin(incumbent, list(federations))
    locked |= np.isin(problem.unit_ids.astype(str), list(units))
    locked &= incumbent >= 0
    return locked & _largest_pieces(problem, incumbent, locked)


def _largest_pieces(
    problem: DistrictingProblem, incumbent: NDArray[np.int32], locked: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a, b = problem.links.T
    one = (incumbent[a] == incumbent[b]) & locked[a] & locked[b]
    one &= problem.street_town[a] == problem.street_town[b]
    n = len(incumbent)
    graph = coo_array((np.ones(int(one.sum())), (a[one], b[one])), shape=(n, n))
    piece = connected_components(graph, directed=False)[1]
    table = pd.DataFrame(
        {
            "district": incumbent,
            "piece": piece,
            "held": problem.measures[:, 0],
            "unit": problem.unit_ids,
        }
    )[locked]
    sizes = table.groupby(["district", "piece"]).agg(held=("held", "sum"), unit=("unit", "min"))
    ordered = sizes.reset_index().sort_values(
        ["district", "held", "unit"], ascending=[True, False, True]
    )
    largest = set(ordered.drop_duplicates("district")["piece"])
    return np.isin(piece, list(largest))


def town_digests(
    problem: DistrictingProblem, settings: Any, names: pd.Series | None = None
) -> dict[str, str]:
    """Return a digest of everything each street_town's map depends on: the same digest, nothing to decide anew.

    Parameters
    ----------
    problem
        This year's problem; its incumbents do not count.
    settings
        Plain values that count as well: seed, work, costs of switching.
    names
        What basic units were called last year, indexed by ``unit_id``; None: as now. A change of codes alone is none.
    """
    ids = problem.unit_ids.astype(str)
    if names is not None:
        ids = names.reindex(ids).fillna("").to_numpy(dtype=str)
    head = json.dumps(
        [settings, problem.undersize, repr(problem.bands)], sort_keys=True, default=str
    )
    town_of = problem.street_town
    a, b = problem.links.T
    digests = {}
    for town, name in enumerate(problem.street_town_ids):
        rows = np.flatnonzero(town_of == town)
        rows = rows[np.argsort(ids[rows])]
        ends = (town_of[a] == town) | (town_of[b] == town)
        pairs = np.sort(ids[problem.links[ends]], axis=1)
        links = sorted(
            (str(x), str(y), int(ds))
            for (x, y), ds in zip(pairs, problem.link_ds[ends], strict=True)
        )
        body = [head, ids[rows].tolist(), problem.measures[rows].tolist(), links]
        if problem.preferred_area is not None:
            # Numbered by first appearance, so that another street_town's sub-areas change nothing here.
            kept = problem.preferred_area[rows]
            body.append([-1 if area < 0 else int(np.argmax(kept == area)) for area in kept])
        digests[str(name)] = digest_of(body)
    return digests


def digest_of(values: Sequence[Any] | Mapping[str, Any]) -> str:
    """Return a short digest of plain values."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
