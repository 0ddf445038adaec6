"""Who is covered, beside how many: by street_town, industry, size of firm, kind of outdoor work, and the worst tenth (二(三))."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from planner.policy import Policy

GROUPS = ("street_town", "industry", "size", "outdoor", "worst_tenth")
"""How people are grouped."""


def equity(
    policy: Policy,
    reached: dict[str, pd.DataFrame],
    enterprises: pd.DataFrame,
    street_town: pd.Series,
    outdoor: pd.DataFrame,
) -> pd.DataFrame:
    """Return each tier's coverage by group.

    Parameters
    ----------
    policy
        What a small firm is; the share that counts as worst.
    reached
        Tier -> one row per entity (and block of hours): ``entity_id``, ``weight``, ``deciseconds`` (absent: none in reach).
    enterprises
        ``enterprise_id``, ``industry``, ``workers``.
    street_town
        Street_town of each enterprise, indexed by ``enterprise_id``.
    outdoor
        ``outdoor_id``, ``kind``.

    Returns
    -------
    pandas.DataFrame
        ``tier``, ``by`` (`GROUPS`), ``group``, ``people``, ``covered``, ``coverage_share``, ``mean_min`` (of those covered).
        The worst tenth are the people with the longest way, those without a site in reach the longest of all.
    """
    sizes = np.where(enterprises["workers"] < policy.equity.small_workers, "small", "other")
    of_workers = {
        "street_town": street_town,
        "industry": enterprises.set_index("enterprise_id")["industry"],
        "size": pd.Series(sizes, index=enterprises["enterprise_id"]),
    }
    of_outdoor = {"outdoor": outdoor.set_index("outdoor_id")["kind"]}
    parts = []
    for tier in policy.tiers:
        table = reached[tier.name]
        for by, group in (of_outdoor if tier.demand == "outdoor" else of_workers).items():
            parts.append(_by(table, table["entity_id"].map(group).fillna("")).assign(by=by))
        worst = worst_tenth(table, policy.equity.worst_share)
        parts.append(
            _by(worst, pd.Series("worst_tenth", index=worst.index)).assign(by="worst_tenth")
        )
        for part in parts:
            if "tier" not in part:
                part.insert(0, "tier", tier.name)
    frame = pd.concat(parts, ignore_index=True)
    columns = ["tier", "by", "group", "people", "covered", "coverage_share", "mean_min"]
    return frame[columns].sort_values(["tier", "by", "group"], ignore_index=True)


def worst_tenth(table: pd.DataFrame, share: float) -> pd.DataFrame:
    """Return the rows with the longest way that together hold so much of the weight; the last of them in part.

    Which of equally long ways is counted in part changes nobody's sum.
    """
    away = table["deciseconds"].astype(float).fillna(np.inf).to_numpy()
    far = table.iloc[np.argsort(-away, kind="stable")].copy()
    wanted = share * float(far["weight"].sum())
    before = far["weight"].cumsum() - far["weight"]
    part = (wanted - before).clip(lower=0)
    far["weight"] = np.minimum(far["weight"], part)
    return far[far["weight"] > 0]


def _by(table: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    weight = table["weight"].astype(float)
    inside = table["deciseconds"].notna()
    covered = weight.where(inside, 0.0)
    time = covered * table["deciseconds"].astype(float).fillna(0.0) / 600.0
    sums = (
        pd.DataFrame({"people": weight, "covered": covered, "time": time})
        .groupby(group.to_numpy())
        .sum()
    )
    people, reached = sums["people"].to_numpy(), sums["covered"].to_numpy()
    return pd.DataFrame(
        {
            "group": sums.index.astype(str),
            "people": people,
            "covered": reached,
            "coverage_share": np.divide(reached, people, out=np.zeros(len(sums)), where=people > 0),
            "mean_min": np.divide(
                sums["time"].to_numpy(), reached, out=np.zeros(len(sums)), where=reached > 0
            ),
        }
    )
