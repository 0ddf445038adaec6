"""Leases of premises: until when they run, and what leaving before their end costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from planner.rules import ChangeRule

MONTH_DAYS = 365.25 / 12


def leases(
    sites: pd.DataFrame, tier: str, rule: ChangeRule, day: date, shared: Collection[str] = ()
) -> pd.DataFrame:
    """Return what leaving each of the premises on a day leaves to be paid.

    Parameters
    ----------
    sites
        ``site_id``, ``rent_yuan_month``; ``lease_end`` where known (lists and the book of premises say it).
    tier
        Tier of the sites: what `change.leases` says of it goes before the column.
    rule
        Leases of the scenario.
    day
        Day of the change.
    shared
        Premises that stay in use by another tier: nothing is left there.

    Returns
    -------
    pandas.DataFrame
        By ``site_id``: ``ends`` (last day of the lease, NaT where it has run out, is not known, or the premises stay in
        use), ``rest_yuan`` (rent from the day to the end, whole yuan; NaN where a lease runs and its rent is not known).
    """
    index = pd.Index(sites["site_id"].astype(str), name="site_id")
    ends = pd.Series(pd.NaT, index=index, dtype="datetime64[s]")
    if "lease_end" in sites:
        ends = pd.Series(sites["lease_end"].to_numpy(dtype="datetime64[s]"), index=index)
    for lease in rule.leases:
        if lease.tier == tier and lease.ends is not None and lease.site_id in index:
            ends[lease.site_id] = pd.Timestamp(lease.ends)
    runs = (ends > pd.Timestamp(day)) & ~index.isin(list(shared))
    ends = ends.where(runs)
    months = (ends - pd.Timestamp(day)).dt.days / MONTH_DAYS
    rest = (months * sites["rent_yuan_month"].to_numpy(float)).round().where(runs, 0.0)
    return pd.DataFrame({"ends": ends, "rest_yuan": rest})


def closing_factor(found: pd.DataFrame, rule: ChangeRule) -> pd.Series:
    """Return how many times as much closing each site counts for its lease.

    A closing of `closing_yuan` counts once, so that the rest of the rent counts for what it is in the same yuan. Where the
    rent is not known, or closing costs nothing otherwise, `broken_lease_factor` stands in.
    """
    runs = found["ends"].notna()
    if rule.closing_yuan > 0:
        priced = 1.0 + found["rest_yuan"] / rule.closing_yuan
        return priced.fillna(rule.broken_lease_factor).where(runs, 1.0)
    return pd.Series(np.where(runs, rule.broken_lease_factor, 1.0), index=found.index)


def broken_leases(
    closed: pd.DataFrame, opened: Collection[str], sites: pd.DataFrame, rule: ChangeRule, day: date
) -> pd.DataFrame:
    """Return the leases that closings break; premises that several tiers leave are paid for once, by the first row.

    Parameters
    ----------
    closed
        ``tier`` and ``site_id`` (this year's) of what closes or moves.
    opened
        Premises that some tier goes on using, or begins to.
    sites, rule, day
        As in `leases`.

    Returns
    -------
    pandas.DataFrame
        Rows of ``closed`` in their order: ``ends``, ``rest_yuan`` (0 where nothing is left, NaN where the rent is not known).
    """
    paid = set(opened)
    rows = []
    known = sites.drop_duplicates("site_id").set_index("site_id", drop=False)
    for tier, name in zip(closed["tier"], closed["site_id"], strict=True):
        if name not in known.index:
            rows.append((pd.NaT, 0.0))
            continue
        one = leases(known.loc[[name]], str(tier), rule, day, shared=paid).iloc[0]
        rows.append((one["ends"], float(one["rest_yuan"])))
        if not pd.isna(one["ends"]):
            paid.add(str(name))
    table = pd.DataFrame(rows, columns=["ends", "rest_yuan"], index=closed.index)
    return table.astype({"ends": "datetime64[s]", "rest_yuan": float})
