"""Federation districts of two plans matched by the workers they share, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geodata.messages import mark

if TYPE_CHECKING:
    from planner.plan import Plan

PART_SHARE = 0.2
"""Part of a district's workers that makes a split, a merger, growth or shrinking worth naming, inclusive."""

FATES = {
    "kept": mark("kept"),
    "grown": mark("grown"),
    "shrunk": mark("shrunk"),
    "split": mark("split"),
    "merged": mark("merged"),
    "new": mark("new"),
    "ended": mark("ended"),
}
"""What becomes of a district, in words."""


def shared_workers(before: Plan, after: Plan) -> pd.DataFrame:
    """Return the workers that districts of two plans share, counted by enterprises both plans hold.

    Returns
    -------
    pandas.DataFrame
        ``before``, ``after`` (district ids), ``workers`` (of the later plan), ``enterprises``; only pairs that share any.
    """
    old, new = _districts_of_enterprises(before), _districts_of_enterprises(after)
    both = old.index.intersection(new.index)
    workers = after.layers["enterprises"].set_index("enterprise_id")["workers"].reindex(both)
    pairs = pd.DataFrame({"before": old[both], "after": new[both], "workers": workers})
    grouped = pairs.dropna().groupby(["before", "after"])["workers"]
    return grouped.agg(workers="sum", enterprises="size").reset_index()


def match_districts(before: Plan, after: Plan, shared: pd.DataFrame) -> pd.Series:
    """Return the earlier district that each later one carries on, indexed by ``district_id``; absent for new ones.

    One to one, so that most workers stay (Hungarian method); enterprises settle what workers leave open. Where the later
    plan goes on from the earlier one, its districts carry their ids on, and those are what matches.
    """
    parent = after.manifest.get("parent_plan") if "carried_units" in after.derived else None
    if parent is not None and parent == before.plan_id:
        ids = sorted(set(before.districts["district_id"]) & set(after.districts["district_id"]))
        return pd.Series(ids, index=ids, name="before", dtype=object)
    from scipy.optimize import linear_sum_assignment

    old = np.sort(before.districts["district_id"].to_numpy(dtype=str))
    new = np.sort(after.districts["district_id"].to_numpy(dtype=str))
    weight = np.zeros((len(old), len(new)))
    rows, columns = np.searchsorted(old, shared["before"]), np.searchsorted(new, shared["after"])
    total = max(float(shared["enterprises"].sum()), 1.0)
    weight[rows, columns] = shared["workers"] + shared["enterprises"] / (2.0 * total)
    at, to = linear_sum_assignment(weight, maximize=True)
    linked = weight[at, to] > 0
    return pd.Series(old[at[linked]], index=new[to[linked]], name="before").sort_index()


def district_changes(
    before: Plan, after: Plan, shared: pd.DataFrame, matched: pd.Series
) -> pd.DataFrame:
    """Return one row per district of either plan, matched ones on one row.

    Parameters
    ----------
    before, after
        The two plans.
    shared
        See `shared_workers`.
    matched
        See `match_districts`.

    Returns
    -------
    pandas.DataFrame
        ``before``, ``after`` (district ids, absent where there is none), ``name`` (the later one where there is one),
        ``street_town_id``, ``fate`` (a key of `FATES`; where several hold: merged before split before grown or shrunk),
        ``organisations_before``, ``organisations_after``, ``workers_before``, ``workers_after``, ``retained_share``
        (shared workers of the pair over those of the earlier district that are still there; absent for new ones).
        Sorted by ``after``, then ``before``.
    """
    pairs = matched.rename_axis("after").reset_index()
    known = {column: set(pairs[column]) for column in ("before", "after")}
    new = after.districts.loc[~after.districts["district_id"].isin(known["after"]), "district_id"]
    ended = before.districts.loc[
        ~before.districts["district_id"].isin(known["before"]), "district_id"
    ]
    rows = pd.concat(
        [pairs, pd.DataFrame({"after": new}), pd.DataFrame({"before": ended})], ignore_index=True
    )
    old = before.districts.set_index("district_id").reindex(rows["before"])
    now = after.districts.set_index("district_id").reindex(rows["after"])
    for column in ("name", "street_town_id"):
        values = now[column].reset_index(drop=True)
        rows[column] = values.fillna(old[column].reset_index(drop=True))
    for column in ("organisations", "workers"):
        rows[f"{column}_before"] = old[column].to_numpy()
        rows[f"{column}_after"] = now[column].to_numpy()
    survivors = shared.groupby("before")["workers"].sum()
    held = shared.set_index(["before", "after"])["workers"]
    kept = held.reindex(pd.MultiIndex.from_frame(rows[["before", "after"]])).to_numpy(float)
    still = survivors.reindex(rows["before"]).to_numpy(float)
    rows["retained_share"] = np.divide(
        kept, still, out=np.full(len(rows), np.nan), where=np.nan_to_num(still) > 0
    )
    rows["fate"] = _fates(rows, shared, survivors)
    columns = ["before", "after", "name", "street_town_id", "fate"]
    columns += [f"{what}_{when}" for what in ("organisations", "workers") for when in _WHEN]
    ordered = rows.sort_values(["after", "before"], na_position="last")
    return ordered[[*columns, "retained_share"]].reset_index(drop=True)


_WHEN = ("before", "after")


def _fates(rows: pd.DataFrame, shared: pd.DataFrame, survivors: pd.Series) -> np.ndarray:
    """Name what became of each row's district."""
    large = shared[
        (shared["workers"] > 0)
        & (shared["workers"] >= PART_SHARE * shared["before"].map(survivors).astype(float))
    ]
    parts = large.groupby("before").size()
    sources = large.groupby("after").size()
    growth = rows["workers_after"] / rows["workers_before"].where(rows["workers_before"] > 0)
    fate = np.select(
        [
            rows["before"].isna(),
            rows["after"].isna(),
            rows["after"].map(sources).gt(1),
            rows["before"].map(parts).gt(1),
            growth.ge(1 + PART_SHARE),
            growth.le(1 - PART_SHARE),
        ],
        ["new", "ended", "merged", "split", "grown", "shrunk"],
        default="kept",
    )
    return np.asarray(fate, dtype=object)


def _districts_of_enterprises(plan: Plan) -> pd.Series:
    districts = plan.decisions["organisation_district"].set_index("organisation_id")["district_id"]
    membership = plan.decisions["membership"].set_index("enterprise_id")["organisation_id"]
    return membership.map(districts).dropna()
