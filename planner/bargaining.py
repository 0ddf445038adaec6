"""Which bargaining each enterprise comes under, where mediation sits, and where disputes gather (三)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from planner.policy import Policy
    from planner.rules import BargainingRule, DisputeRule


def bargaining(
    enterprises: pd.DataFrame, street_town: pd.Series, rule: BargainingRule
) -> pd.DataFrame:
    """Mark each organised enterprise (三(一)).

    Own bargaining from a size on; the others industry-wide where their street_town has enough enterprises and workers of
    their industry among them, else area-wide.

    Parameters
    ----------
    enterprises
        ``enterprise_id``, ``industry``, ``industry_division``, ``workers``.
    street_town
        Street_town of each organised enterprise, indexed by ``enterprise_id``.
    rule
        Thresholds, all inclusive.

    Returns
    -------
    pandas.DataFrame
        By ``enterprise_id``: ``street_town_id``, ``bargaining`` (own, industry, area), ``bargaining_group`` (the industry,
        or the street_town).
    """
    table = enterprises[enterprises["enterprise_id"].isin(street_town.index)]
    table = table.sort_values("enterprise_id").reset_index(drop=True)
    town = table["enterprise_id"].map(street_town)
    column = "industry" if rule.by == "section" else "industry_division"
    industry = table[column].astype(str)
    own = table["workers"] >= rule.own_workers
    small = pd.DataFrame({"town": town, "industry": industry, "workers": table["workers"]})
    small = small[~own & (industry != "")]
    sums = small.groupby(["town", "industry"])["workers"].agg(["size", "sum"])
    enough = sums[
        (sums["size"] >= rule.industry_enterprises) & (sums["sum"] >= rule.industry_workers)
    ]
    keys = pd.MultiIndex.from_arrays([town, industry], names=["town", "industry"])
    together = keys.isin(enough.index)
    kind = np.select([own.to_numpy(bool), together], ["own", "industry"], "area")
    group = np.select(
        [kind == "own", kind == "industry"],
        [table["enterprise_id"], town + ":" + industry],
        town,
    )
    return pd.DataFrame(
        {
            "enterprise_id": table["enterprise_id"],
            "street_town_id": town,
            "bargaining": kind,
            "bargaining_group": group,
        }
    )


def mediation(
    policy: Policy,
    districts: pd.DataFrame,
    facilities: pd.DataFrame,
    dispute_district: pd.Series,
    settled: pd.Series,
) -> pd.DataFrame:
    """Return each federation's mediation seat, its disputes, and whether it is watched (三(二)(三)).

    Parameters
    ----------
    policy
        Rule of disputes; tiers that house a mediation seat.
    districts, facilities
        Federations and open sites.
    dispute_district, settled
        District of each dispute and whether it is settled, both indexed by ``dispute_id``.

    Returns
    -------
    pandas.DataFrame
        By ``district_id``: ``facility_id`` of the seat (absent where there is none), ``seats``, ``disputes``,
        ``open_disputes``, ``per_thousand`` (open ones per 1,000 workers), ``watched``.
    """
    rule: DisputeRule = policy.disputes
    homes = {tier.name for tier in policy.tiers if "mediation_seat" in tier.houses}
    seats = facilities[facilities["tier"].isin(homes)].sort_values("facility_id")
    frame = districts[["district_id", "workers"]].sort_values("district_id").reset_index(drop=True)
    frame["facility_id"] = frame["district_id"].map(
        seats.groupby("district_id")["facility_id"].first()
    )
    more = (frame["workers"] - 1).clip(lower=0) // rule.workers_per_seat
    frame["seats"] = np.where(frame["facility_id"].notna(), rule.seats_per_federation + more, 0)
    cases = dispute_district.value_counts()
    waiting = dispute_district[~settled.reindex(dispute_district.index)].value_counts()
    for name, counts in (("disputes", cases), ("open_disputes", waiting)):
        frame[name] = frame["district_id"].map(counts).fillna(0).astype("int64")
    workers = frame["workers"].to_numpy(float)
    frame["per_thousand"] = np.divide(
        frame["open_disputes"].to_numpy(float) * 1000,
        workers,
        out=np.zeros(len(frame)),
        where=workers > 0,
    )
    many = frame["open_disputes"] >= rule.watch_cases
    dense = (frame["per_thousand"] >= rule.watch_per_thousand) & (frame["open_disputes"] > 0)
    frame["watched"] = many | dense
    return frame.drop(columns="workers")
